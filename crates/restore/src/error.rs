//! What can go wrong with a RESTORE, and what the user must do.

use std::path::PathBuf;

use crate::check;
use crate::conflicts::{Conflict, listed};
use crate::dependencies::{self, Missing};
use cairn_rows::sort::SortError;

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{form} is not supported yet")]
    Unsupported { form: String },
    #[error("failed to read backup descriptor: {0}")]
    Manifest(#[source] cairn_archive::Error),
    #[error("{0}")]
    Chain(#[source] cairn_archive::chain::Break),
    #[error(
        "invalid RESTORE timestamp: restoring to arbitrary time requires that BACKUP for requested time be created with 'revision_history' option. nearest backup {nearest}"
    )]
    InsideLayer { nearest: String },
    #[error(
        "incompatible RESTORE timestamp (BACKUP only has revision history from {from}): {of} tells nothing of the time before"
    )]
    BeforeHistory { from: String, of: String },
    #[error(
        "incompatible RESTORE timestamp (BACKUP only has revision history from {from}) of table {table}: name a later instant, or leave the table out"
    )]
    BeforeTable { table: String, from: String },
    #[error(
        "invalid RESTORE timestamp: supplied backups do not cover requested time. nearest backup time is {nearest}"
    )]
    BeyondChain { nearest: String },
    #[error("{}", unknown_databases(.names))]
    UnknownDatabases { names: Vec<String> },
    #[error("{}", unknown_tables(.names))]
    UnknownTables { names: Vec<String> },
    #[error("{pattern:?} does not match any valid database or schema")]
    NoMatch { pattern: String },
    #[error("no tables found: {targets}")]
    NoTables { targets: String },
    #[error(
        "cannot RESTORE {what} from a backup of individual tables (use SHOW BACKUP to determine available tables)"
    )]
    IndividualTables { what: String },
    #[error("cannot use \"into_db\" option when restoring database(s)")]
    IntoDatabase,
    #[error("new_db_name can only be used for RESTORE DATABASE with a single target database")]
    NewName,
    #[error("{}", listed(.0))]
    Conflicts(Vec<Conflict>),
    #[error("{}", dependencies::listed(.0))]
    Dependencies(Vec<Missing>),
    #[error("a text in the backup cannot be read: {0}")]
    Text(#[from] cairn_syntax::SyntaxError),
    #[error(
        "the manifest describes table {table:?} in a way that this cairn does not understand: {problem}"
    )]
    Description { table: String, problem: String },
    #[error("{table}: {what} should be {expected} by the manifest, but is {found}")]
    Mismatch {
        table: String,
        what: &'static str,
        expected: String,
        found: String,
    },
    #[error(
        "duplicate key value violates unique constraint {index:?} of table {table}: two rows have the same key {key}"
    )]
    Duplicate {
        table: String,
        index: String,
        key: String,
    },
    #[error("the backup is damaged: {}", check::listed(.0))]
    Unsound(Vec<cairn_archive::Report>),
    #[error(
        "the backup at {location} is not the one that the job began with: put that one back, or cancel the job and restore again"
    )]
    OtherBackup { location: String },
    #[error("the plan of the restore does not fit: {problem}; this is a bug")]
    Plan { problem: String },
    #[error("temporary file or folder {path:?}")]
    Scratch {
        path: PathBuf,
        source: std::io::Error,
    },
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
    /// Name what the backup has.
    UnknownDatabase,
    UnknownTable,
    /// Free the name, or restore elsewhere.
    DatabaseExists,
    /// Choose another name.
    NameReserved,
    RelationExists,
    /// Wait for the job that has the name, or cancel it.
    Offline,
    /// Create the database first.
    DatabaseMissing,
    /// Choose another database.
    Denied,
    /// Do without this form.
    Unsupported,
    /// Change options, locations or instant.
    Invalid,
    /// Restore more at once, or say what to leave out.
    Dependencies,
    /// Use another copy of the backup.
    Damaged,
    /// Make room, or look after the local disk.
    LocalIo,
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
            Error::Unsupported { .. } => ErrorKind::Unsupported,
            Error::UnknownDatabases { .. } | Error::NoMatch { .. } => ErrorKind::UnknownDatabase,
            Error::UnknownTables { .. } | Error::NoTables { .. } => ErrorKind::UnknownTable,
            Error::Chain(_)
            | Error::InsideLayer { .. }
            | Error::BeforeHistory { .. }
            | Error::BeforeTable { .. }
            | Error::BeyondChain { .. }
            | Error::IndividualTables { .. }
            | Error::IntoDatabase
            | Error::NewName
            | Error::OtherBackup { .. } => ErrorKind::Invalid,
            Error::Dependencies(_) => ErrorKind::Dependencies,
            Error::Text(_) => ErrorKind::Damaged,
            Error::Conflicts(conflicts) => conflicts.first().map_or(ErrorKind::Bug, Conflict::kind),
            Error::Description { .. }
            | Error::Mismatch { .. }
            | Error::Duplicate { .. }
            | Error::Unsound(_) => ErrorKind::Damaged,
            Error::Scratch { .. } => ErrorKind::LocalIo,
            Error::Manifest(_) | Error::Archive(_) => ErrorKind::Archive,
            Error::Blob(_) => ErrorKind::Blob,
            Error::Catalog(_) => ErrorKind::Catalog,
            Error::Jobs(_) => ErrorKind::Jobs,
            Error::Rows(_) => ErrorKind::Rows,
            Error::Storage(_) => ErrorKind::Storage,
            Error::Plan { .. } | Error::Payload(_) => ErrorKind::Bug,
        }
    }

    /// What sorting the entries of an index ran into.
    pub(crate) fn of_sort(error: SortError, table: &str, index: &str) -> Self {
        match error {
            SortError::Duplicate { key } => Error::Duplicate {
                table: table.to_owned(),
                index: index.to_owned(),
                key: hex::encode(key),
            },
            SortError::Io { path, source } => Error::Scratch { path, source },
        }
    }
}

fn unknown_databases(names: &[String]) -> String {
    match names {
        [name] => format!("unknown database {name:?}"),
        names => format!("unknown databases {}", quoted(names)),
    }
}

fn unknown_tables(names: &[String]) -> String {
    match names {
        [name] => format!("table {name:?} does not exist"),
        names => format!("tables {} do not exist", quoted(names)),
    }
}

fn quoted(names: &[String]) -> String {
    names
        .iter()
        .map(|name| format!("{name:?}"))
        .collect::<Vec<_>>()
        .join(", ")
}
