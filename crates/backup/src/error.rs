//! What can go wrong with a BACKUP, and what the user must do.

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("unknown database {name:?}")]
    UnknownDatabase { name: String },
    #[error("table {name:?} does not exist")]
    UnknownTable { name: String },
    #[error("{pattern:?} does not match any valid database or schema")]
    NoMatch { pattern: String },
    #[error("{form} is not supported yet")]
    Unsupported { form: &'static str },
    #[error("the catalog holds no system.users, which every backup carries")]
    NoUsers,
    #[error("the plan of the backup does not tile: {problem}; this is a bug")]
    Plan { problem: String },
    #[error(
        "table {table}: {read} rows were read but {written} written to {files:?}; the backup is not usable"
    )]
    Miscounted {
        table: String,
        files: String,
        read: u64,
        written: u64,
    },
    #[error(
        "batch timestamp {at} must be after GC threshold {floor} of {what}: name a later AS OF SYSTEM TIME"
    )]
    Collected {
        what: String,
        at: String,
        floor: String,
    },
    #[error("a descriptor cannot be written")]
    Descriptor(#[source] serde_json::Error),
    #[error("the payload of the job cannot be read")]
    Payload(#[source] serde_json::Error),
    #[error(transparent)]
    Archive(#[from] cairn_archive::Error),
    #[error(transparent)]
    Blob(#[from] cairn_blob::Error),
    #[error(transparent)]
    Catalog(#[from] cairn_catalog::Error),
    #[error(transparent)]
    Jobs(#[from] cairn_jobs::Error),
    #[error(transparent)]
    Rows(#[from] cairn_rows::Error),
    #[error(transparent)]
    Storage(#[from] cairn_storage::Error),
}

/// What the user must do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Name a database or table that was there at the backup's end.
    UnknownDatabase,
    UnknownTable,
    /// Do without this form.
    Unsupported,
    /// Choose a later instant.
    Collected,
    /// Ask the error of the part named, which is the source.
    Archive,
    Blob,
    Catalog,
    Jobs,
    Rows,
    Storage,
    /// Report it.
    Bug,
}

impl Error {
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Error::UnknownDatabase { .. } | Error::NoMatch { .. } => ErrorKind::UnknownDatabase,
            Error::UnknownTable { .. } => ErrorKind::UnknownTable,
            Error::Unsupported { .. } => ErrorKind::Unsupported,
            Error::Collected { .. } => ErrorKind::Collected,
            Error::Archive(_) => ErrorKind::Archive,
            Error::Blob(_) => ErrorKind::Blob,
            Error::Catalog(_) => ErrorKind::Catalog,
            Error::Jobs(_) => ErrorKind::Jobs,
            Error::Rows(_) => ErrorKind::Rows,
            Error::Storage(_) => ErrorKind::Storage,
            Error::NoUsers
            | Error::Plan { .. }
            | Error::Miscounted { .. }
            | Error::Payload(_)
            | Error::Descriptor(_) => ErrorKind::Bug,
        }
    }
}
