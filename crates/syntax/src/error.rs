//! What is wrong with a text that is no statement.

/// A syntax error. The position counts characters from 1 in the whole text given to `parse`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    pub message: String,
    pub position: Option<usize>,
    pub hint: Option<String>,
    pub kind: SyntaxErrorKind,
}

/// What the user must do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyntaxErrorKind {
    /// Write the statement differently.
    Malformed,
    /// Write a smaller statement, or several.
    TooComplex,
}

pub(crate) type Result<T, E = SyntaxError> = std::result::Result<T, E>;

impl SyntaxError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        SyntaxError {
            message: message.into(),
            position: None,
            hint: None,
            kind: SyntaxErrorKind::Malformed,
        }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint.get_or_insert(hint.into());
        self
    }

    pub(crate) fn too_complex() -> Self {
        SyntaxError {
            kind: SyntaxErrorKind::TooComplex,
            ..Self::new("the statement is too complex: its expressions are nested too deeply")
        }
        .hint("split it into several statements, or use IN (…) or a VALUES list instead of a chain of operators")
    }
}
