//! What can go wrong with a backup's bytes, and what the user must do about it.

use std::fmt;
use std::io;

use arrow::error::ArrowError;
use parquet::errors::ParquetError;

pub type Result<T> = std::result::Result<T, Error>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Store(#[from] cairn_blob::Error),
    #[error("{location} does not contain a backup: it has no manifest.json")]
    NoBackup { location: String },
    #[error("cannot write to {location}: {source}")]
    Unwritable {
        location: String,
        source: cairn_blob::Error,
    },
    /// Reference: `already contains a`.
    #[error("{location} already contains a {what}")]
    InUse { location: String, what: String },
    #[error("{location}: {object}: {fault}")]
    Damaged {
        location: String,
        object: String,
        fault: Fault,
    },
    #[error(
        "{location}: {object} has format version {found}; this Cairn reads up to {supported}: use a newer one"
    )]
    Newer {
        location: String,
        object: String,
        found: u32,
        supported: u32,
    },
    #[error("{location}: {object} says what this Cairn does not know: {reason}")]
    Unknown {
        location: String,
        object: String,
        reason: String,
    },
    #[error("{location}: {object} would have {bytes} bytes; the limit is {limit}")]
    TooLarge {
        location: String,
        object: String,
        bytes: u64,
        limit: u64,
    },
    #[error("manifest of job {job}: {reason}; this is a bug in Cairn")]
    Inconsistent { job: i64, reason: String },
    #[error("{path}: rows are not in key order; this is a bug in Cairn")]
    OutOfOrder { path: String },
    #[error("{path}: {what}; this is a bug in Cairn")]
    Shape { path: String, what: String },
    #[error("{path}: cannot encode: {source}")]
    Encode { path: String, source: ParquetError },
    #[error("{object}: cannot write as JSON: {source}")]
    Json {
        object: String,
        source: serde_json::Error,
    },
    #[error("cannot ask for the state of job {job}: {source}")]
    Jobs {
        job: i64,
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("{path}: cannot compare keys: {source}")]
    Compare { path: String, source: ArrowError },
    #[error("scratch space {directory}: {source}")]
    Scratch {
        directory: String,
        source: io::Error,
    },
    #[error("cannot write the rows: {source}")]
    Output { source: io::Error },
    #[error("{location}: the backup has no table {name:?}; it has: {present}")]
    NoTable {
        location: String,
        name: String,
        present: String,
    },
    #[error("{location}: the backup has several tables {name:?}; name one of: {present}")]
    SeveralTables {
        location: String,
        name: String,
        present: String,
    },
}

/// What is wrong with an object of a backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    Missing,
    /// It has not the length that the manifest gives.
    Length {
        expected: u64,
        found: u64,
    },
    /// It has the right length and other bytes.
    Checksum {
        expected: String,
        found: String,
    },
    /// It holds what another object of the backup should hold.
    Swapped {
        with: String,
    },
    /// The store fails to give it.
    Unreadable(String),
    /// Its bytes are as they were written, but they do not say what they must.
    Content(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Missing => f.write_str("missing: no such object"),
            Fault::Length { expected, found } if found < expected => {
                write!(f, "truncated: {found} of {expected} bytes")
            }
            Fault::Length { expected, found } => {
                write!(f, "wrong length: {found} bytes instead of {expected}")
            }
            Fault::Checksum { expected, found } => {
                write!(
                    f,
                    "damaged: checksum mismatch: blake3 is {found}, must be {expected}"
                )
            }
            Fault::Swapped { with } => write!(
                f,
                "swapped: checksum mismatch: it holds the bytes of {with}"
            ),
            Fault::Unreadable(reason) => write!(f, "unreadable: {reason}"),
            Fault::Content(reason) => write!(f, "damaged: {reason}"),
        }
    }
}

/// What the user must do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The store's error has the answer.
    Store(cairn_blob::Kind),
    /// Look for the right location or name.
    NotFound,
    /// Choose another destination.
    InUse,
    /// Use another copy of the backup.
    Damaged,
    /// Use a newer Cairn.
    Unsupported,
    /// Make it smaller.
    TooLarge,
    /// Look after the local disk, or the output's reader.
    LocalIo,
    /// Report a bug.
    Internal,
}

/// What is wrong with bytes that may have changed on their way from the store, in words.
pub(crate) fn mismatch<T>(read: &Result<T>) -> Option<String> {
    match read {
        Err(
            error @ Error::Damaged {
                fault: Fault::Length { .. } | Fault::Checksum { .. } | Fault::Content(_),
                ..
            },
        ) => Some(error.to_string()),
        _ => None,
    }
}

impl Error {
    /// Whether an object did not arrive that can be written again under another name.
    #[must_use]
    pub fn is_astray(&self) -> bool {
        matches!(self, Error::Store(cairn_blob::Error::Astray { .. }))
    }

    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Error::Store(source) | Error::Unwritable { source, .. } => Kind::Store(source.kind()),
            Error::NoBackup { .. } | Error::NoTable { .. } | Error::SeveralTables { .. } => {
                Kind::NotFound
            }
            Error::InUse { .. } => Kind::InUse,
            Error::Damaged { .. } => Kind::Damaged,
            Error::Newer { .. } | Error::Unknown { .. } => Kind::Unsupported,
            Error::TooLarge { .. } => Kind::TooLarge,
            Error::Scratch { .. } | Error::Output { .. } | Error::Jobs { .. } => Kind::LocalIo,
            Error::Inconsistent { .. }
            | Error::OutOfOrder { .. }
            | Error::Shape { .. }
            | Error::Encode { .. }
            | Error::Json { .. }
            | Error::Compare { .. } => Kind::Internal,
        }
    }
}
