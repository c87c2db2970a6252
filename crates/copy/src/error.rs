//! What can be wrong with a COPY's options and bytes.

use cairn_syntax::InvalidUtf8;

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("COPY with FORMAT binary")]
    Binary,

    /// Options that cannot be told apart in a file.
    #[error("{problem}")]
    Option { problem: String },

    /// Bytes that are no record.
    #[error("{problem}")]
    File {
        problem: String,
        hint: Option<String>,
    },

    #[error("line {line} is longer than {mebibytes} MiB")]
    TooLong {
        line: u64,
        mebibytes: usize,
        /// Inside quotes: one may be missing.
        quoted: bool,
    },

    #[error(transparent)]
    NotText(#[from] InvalidUtf8),
}

impl Error {
    pub(crate) fn option(problem: impl Into<String>) -> Error {
        let problem = problem.into();
        Error::Option { problem }
    }

    pub(crate) fn file(problem: impl Into<String>) -> Error {
        let (problem, hint) = (problem.into(), None);
        Error::File { problem, hint }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        match self {
            Error::File { hint, .. } => hint.as_deref(),
            Error::TooLong { quoted: true, .. } => Some("is a closing quote missing?"),
            _ => None,
        }
    }
}
