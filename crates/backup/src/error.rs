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
    #[error("failed to read backup from \"{}\": {}", .0.location, .0.source)]
    Base(#[source] cairn_archive::chain::Unreadable),
    #[error(
        "previous BACKUP {location:?} belongs to cluster {cluster}: an incremental backup goes on from backups of its own cluster"
    )]
    ForeignBase {
        location: String,
        cluster: uuid::Uuid,
    },
    #[error(
        "invalid previous backups (a new full backup may be required if a table has been created, dropped or truncated): {0}"
    )]
    Chain(#[source] cairn_archive::chain::Break),
    #[error(
        "AS OF SYSTEM TIME {end} is before the end of the previous backup {location}, {base}: name a later one, or fewer previous backups"
    )]
    BeforeBase {
        location: String,
        base: String,
        end: String,
    },
    #[error(
        "start timestamp {start} must be after replica GC threshold {floor} of {what}: previous backup {location} has ended too long ago, make a new full backup"
    )]
    BaseCollected {
        location: String,
        what: String,
        start: String,
        floor: String,
    },
    #[error(
        "this store has not made the previous backup {location}, or does not remember it: it may have been put back from an older copy; make a new full backup"
    )]
    StrangeBase { location: String },
    #[error(
        "previous backup does not contain table {table:?}: make a new full backup, or leave the table out"
    )]
    NotInBase { table: String },
    #[error(
        "previous backup does not contain the complete database {database:?}: make a new full backup, or leave the database out"
    )]
    DatabaseNotInBase { database: String },
    #[error(
        "previous backup does not contain the complete database {database:?}: the one that it has is another database of that name, dropped or renamed since; make a new full backup, or leave the database out"
    )]
    DatabaseReplaced { database: String },
    #[error("{}", .missing.join("; "))]
    Interleaved { missing: Vec<String> },
    #[error(
        "the previous BACKUP {location} is not the one that the job began with: put that one back, or cancel the job and make a new backup"
    )]
    OtherBase { location: String },
    #[error(
        "{location} has lost files of the backup while it was written: {}; make it again, and let nobody remove files from a location that a job writes to", .files.join(", ")
    )]
    Lost {
        location: String,
        files: Vec<String>,
    },
    #[error("the job's record of a finished piece cannot be read; this is a bug")]
    Piece,
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
    #[error("the manifest describes {name:?} in a way that this cairn does not understand")]
    Described {
        name: String,
        source: cairn_catalog::Error,
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
    /// List the right previous backups, or make a full one.
    Chain,
    /// Make a full backup.
    BaseCollected,
    /// Name the whole hierarchy.
    Interleaved,
    /// Choose a later instant.
    Collected,
    /// Ask the error of the part named, which is the source.
    Archive,
    Blob,
    Catalog,
    Jobs,
    Rows,
    Storage,
    /// Make the backup again, or use another copy of it or a newer Cairn.
    Damaged,
    /// Report it.
    Bug,
}

impl Error {
    /// Whether a file did not arrive that can be written again under another name.
    pub(crate) fn is_astray(&self) -> bool {
        matches!(self, Error::Archive(error) if error.is_astray())
    }

    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Error::UnknownDatabase { .. } | Error::NoMatch { .. } => ErrorKind::UnknownDatabase,
            Error::UnknownTable { .. } => ErrorKind::UnknownTable,
            Error::ForeignBase { .. }
            | Error::Chain(_)
            | Error::BeforeBase { .. }
            | Error::StrangeBase { .. }
            | Error::OtherBase { .. }
            | Error::NotInBase { .. }
            | Error::DatabaseNotInBase { .. }
            | Error::DatabaseReplaced { .. } => ErrorKind::Chain,
            Error::BaseCollected { .. } => ErrorKind::BaseCollected,
            Error::Interleaved { .. } => ErrorKind::Interleaved,
            Error::Collected { .. } => ErrorKind::Collected,
            Error::Described { .. } | Error::Lost { .. } => ErrorKind::Damaged,
            Error::Archive(_) | Error::Base(_) => ErrorKind::Archive,
            Error::Blob(_) => ErrorKind::Blob,
            Error::Catalog(_) => ErrorKind::Catalog,
            Error::Jobs(_) => ErrorKind::Jobs,
            Error::Rows(_) => ErrorKind::Rows,
            Error::Storage(_) => ErrorKind::Storage,
            Error::NoUsers
            | Error::Plan { .. }
            | Error::Miscounted { .. }
            | Error::Piece
            | Error::Payload(_)
            | Error::Descriptor(_) => ErrorKind::Bug,
        }
    }
}
