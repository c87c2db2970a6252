//! What can go wrong in the front door itself. Errors of statements are `cairn_sql::SqlError`, and travel to the
//! client; these end a connection, or keep the server from starting.

use std::net::SocketAddr;

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot listen on {address}: {source}")]
    Listen {
        address: SocketAddr,
        source: std::io::Error,
    },

    #[error("cannot start the threads of statements: {0}")]
    Workers(std::io::Error),

    #[error(
        "refusing to listen on {address}: without certificates only addresses of this machine (127.0.0.1, ::1) are allowed"
    )]
    NotLoopback { address: SocketAddr },

    #[error(transparent)]
    Certificates(#[from] cairn_tls::Error),

    #[error("the TLS handshake failed: {0}")]
    Handshake(std::io::Error),

    #[error("the metrics are not well formed: {0}")]
    Metrics(#[from] prometheus::Error),

    #[error("the connection failed: {0}")]
    Connection(#[from] std::io::Error),

    #[error("protocol violation: {0}")]
    Protocol(String),

    #[error(transparent)]
    Wire(#[from] cairn_wire::Error),

    #[error("too many connections have not logged in; this one waited longest")]
    SentAway,
}

/// What the user must do about an [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Give another address, or free this one, and start again.
    ChangeAddress,
    /// Let the process have more threads, and start again.
    MakeRoom,
    /// Make or repair the certificates, and start again.
    FixCertificates,
    /// Nothing: the client went away, or may connect again.
    Reconnect,
    /// Repair or replace the client: it does not speak the protocol.
    FixClient,
}

impl Error {
    pub fn kind(&self) -> ErrorKind {
        match self {
            Error::Listen { .. } | Error::NotLoopback { .. } => ErrorKind::ChangeAddress,
            Error::Certificates(_) => ErrorKind::FixCertificates,
            Error::Workers(_) => ErrorKind::MakeRoom,
            Error::Connection(_) | Error::SentAway | Error::Metrics(_) => ErrorKind::Reconnect,
            Error::Protocol(_) | Error::Wire(_) | Error::Handshake(_) => ErrorKind::FixClient,
        }
    }
}
