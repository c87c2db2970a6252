//! What can be wrong with what a client says.

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
}
