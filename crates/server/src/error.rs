//! What can go wrong in the front door itself. Errors of statements are `cairn_sql::SqlError`, and travel to the
//! client; these end a connection, or keep the server from starting.

use std::net::SocketAddr;

use pgwire::error::PgWireError;

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot listen on {address}: {source}")]
    Listen {
        address: SocketAddr,
        source: std::io::Error,
    },

    #[error(
        "refusing to listen on {address}: without authentication only loopback addresses \
         (127.0.0.1, ::1) are allowed"
    )]
    NotLoopback { address: SocketAddr },

    #[error("the connection failed: {0}")]
    Connection(#[from] std::io::Error),

    #[error("protocol violation: {0}")]
    Protocol(String),

    #[error("protocol violation: {0}")]
    Message(#[from] PgWireError),
}

/// What the user must do about an [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Give another address, or free this one, and start again.
    ChangeAddress,
    /// Nothing: the client went away, or may connect again.
    Reconnect,
    /// Repair or replace the client: it does not speak the protocol.
    FixClient,
}

impl Error {
    pub fn kind(&self) -> ErrorKind {
        match self {
            Error::Listen { .. } | Error::NotLoopback { .. } => ErrorKind::ChangeAddress,
            Error::Connection(_) => ErrorKind::Reconnect,
            Error::Protocol(_) | Error::Message(_) => ErrorKind::FixClient,
        }
    }
}
