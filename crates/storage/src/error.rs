//! What can go wrong, and what the user must do about it.

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;

use crate::{TableId, Version};

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error("restart transaction: a row it read was changed by a transaction that committed first")]
    Conflict,
    #[error("the outcome of transaction {transaction} is unknown")]
    OutcomeUnknown { transaction: crate::TransactionId },
    #[error("transaction is already finished")]
    Finished,
    #[error("what the statement saw was rolled back to an earlier savepoint: run it again")]
    RolledBack,
    #[error("disk full: {free} bytes are free on {}, and {reserve} are kept in reserve", .dir.display())]
    DiskFull {
        dir: PathBuf,
        free: u64,
        reserve: u64,
    },
    #[error("version {at} of table {table} must be after the garbage collection threshold {floor}")]
    BelowFloor {
        table: TableId,
        at: Version,
        floor: Version,
    },
    #[error("version {at} is in the future: now is {now}")]
    Future { at: Version, now: Version },
    #[error("{what} of {bytes} bytes is larger than the limit of {limit} bytes")]
    TooLarge {
        what: &'static str,
        bytes: usize,
        limit: usize,
    },
    #[error("keys are out of order: {key:?} follows {previous:?}")]
    OutOfOrder { previous: Bytes, key: Bytes },
    #[error("key {key:?} is not usable: {reason}")]
    Key { key: Bytes, reason: &'static str },
    #[error("span from {start:?} to {end:?} does not lie within one index")]
    Span { start: Bytes, end: Bytes },
    #[error("store directory {} is in use by another process", .dir.display())]
    Locked { dir: PathBuf },
    #[error("store directory {} has format version {found}, and this program reads up to {supported}: use a newer release", .dir.display())]
    Format {
        dir: PathBuf,
        found: u32,
        supported: u32,
    },
    #[error("store directory {} holds something else: {reason}", .dir.display())]
    NotAStore { dir: PathBuf, reason: String },
    #[error(
        "the clock says {wall} us, more than a year after {last} us, when this store was last open: set the clock, or start with --accept-clock"
    )]
    Clock { wall: u64, last: u64 },
    #[error("input/output error on the store: {source}")]
    Io { source: Arc<std::io::Error> },
    #[error("the store is damaged: {what}")]
    Damaged { what: String },
    #[error("the store is closing")]
    Closing,
    #[error("{0}")]
    Source(Arc<dyn std::error::Error + Send + Sync>),
}

/// What the user must do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Run the transaction again.
    Retry,
    /// Look up whether it happened before doing it again.
    LookUp,
    /// Change the request: it can never succeed as it is.
    Refused,
    /// Make room on the disk.
    MakeRoom,
    /// Set up the machine differently: directory, clock, release.
    SetUp,
    /// Look at the disk; the store may need a restore.
    Broken,
    /// Connect again later.
    Unavailable,
}

impl Error {
    pub fn kind(&self) -> ErrorKind {
        match self {
            Error::Conflict => ErrorKind::Retry,
            Error::OutcomeUnknown { .. } => ErrorKind::LookUp,
            Error::Finished
            | Error::RolledBack
            | Error::BelowFloor { .. }
            | Error::Future { .. }
            | Error::TooLarge { .. }
            | Error::OutOfOrder { .. }
            | Error::Key { .. }
            | Error::Span { .. }
            | Error::Source(_) => ErrorKind::Refused,
            Error::DiskFull { .. } => ErrorKind::MakeRoom,
            Error::Locked { .. }
            | Error::Format { .. }
            | Error::NotAStore { .. }
            | Error::Clock { .. } => ErrorKind::SetUp,
            Error::Io { .. } | Error::Damaged { .. } => ErrorKind::Broken,
            Error::Closing => ErrorKind::Unavailable,
        }
    }

    /// Carries an error of whoever feeds an ingest through the engine, unchanged.
    pub fn source(error: impl std::error::Error + Send + Sync + 'static) -> Error {
        Error::Source(Arc::new(error))
    }
}

impl From<std::io::Error> for Error {
    fn from(source: std::io::Error) -> Error {
        Error::Io {
            source: Arc::new(source),
        }
    }
}
