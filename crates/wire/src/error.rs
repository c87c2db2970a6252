//! What can be wrong with what a client says.

use cairn_syntax::InvalidUtf8;
use pgwire::error::PgWireError;

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("protocol violation: {0}")]
    Protocol(String),

    #[error("protocol violation: {0}")]
    Message(#[from] PgWireError),

    /// It has passed by; the session goes on.
    #[error("a statement of {bytes} bytes; the limit is {limit}")]
    StatementTooLong {
        /// Whether it came in a Query message, and not in a Parse message.
        simple: bool,
        bytes: usize,
        limit: usize,
    },

    /// A statement, or the name of a statement or portal, or a parameter of the startup. Behind an open session's message the next
    /// one is read as ever.
    #[error("{source}")]
    NotText {
        /// Whether it came in a Query message.
        simple: bool,
        source: InvalidUtf8,
    },
}

impl Error {
    /// Whether it is about a Query message, which is answered by itself; what other messages make goes on to the next Sync.
    #[must_use]
    pub fn is_of_query(&self) -> bool {
        match self {
            Error::StatementTooLong { simple, .. } | Error::NotText { simple, .. } => *simple,
            Error::Protocol(_) | Error::Message(_) => false,
        }
    }
}
