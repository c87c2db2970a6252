//! What can go wrong in the catalog.

use crate::{DatabaseId, TableId};

pub type Result<T> = std::result::Result<T, Error>;

/// An error of the catalog. Messages are for users; names are as they wrote them.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("database {name:?} already exists")]
    DatabaseExists { name: String },

    /// A database of that name could not be told from the schema.
    #[error("{name:?} cannot be the name of a database: it is that of a schema")]
    ReservedName { name: String },

    #[error("relation {name:?} already exists")]
    RelationExists { name: String },

    #[error("index {index:?} already exists in table {table:?}")]
    IndexExists { table: String, index: String },

    #[error("unknown database {name:?}")]
    UnknownDatabase { name: String },

    #[error("unknown database with id {id}")]
    UnknownDatabaseId { id: DatabaseId },

    /// The table was dropped since its name was looked up, or never was.
    #[error("relation {name:?} does not exist")]
    UnknownTable { name: String },

    #[error("table with id {id} does not exist")]
    UnknownTableId { id: TableId },

    #[error("constraint {constraint:?} of relation {table:?} does not exist")]
    UnknownConstraint { table: String, constraint: String },

    /// Something is being filled; until it is published nobody can use it, nor its name.
    #[error("{object} is offline: {reason}")]
    Offline { object: String, reason: String },

    #[error("{object} belongs to the system and cannot be changed")]
    System { object: String },

    /// A definition that no table can have.
    #[error("{object}: {problem}")]
    Invalid { object: String, problem: String },

    #[error("there are no more ids for {what}")]
    IdsExhausted { what: &'static str },

    #[error(
        "the {what} has format version {found}, but this version of cairn reads up to {supported}: use a newer one"
    )]
    Format {
        what: String,
        found: u32,
        supported: u32,
    },

    #[error("the stored {what} is damaged")]
    Damaged {
        what: String,
        #[source]
        source: Option<serde_json::Error>,
    },

    #[error(transparent)]
    Storage(#[from] cairn_storage::Error),
}

/// What the user must do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Choose another name.
    Exists,
    /// Name something that is there.
    Unknown,
    /// Wait until the object is published.
    Offline,
    /// Change the definition.
    Invalid,
    /// Leave it alone: it is the system's.
    Denied,
    /// Use a newer version of Cairn.
    Format,
    /// Restore the store from a backup: its bytes are not what was written.
    Damaged,
    /// See the storage error.
    Storage,
}

impl Error {
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::DatabaseExists { .. }
            | Self::ReservedName { .. }
            | Self::RelationExists { .. }
            | Self::IndexExists { .. } => ErrorKind::Exists,
            Self::UnknownDatabase { .. }
            | Self::UnknownDatabaseId { .. }
            | Self::UnknownTable { .. }
            | Self::UnknownTableId { .. }
            | Self::UnknownConstraint { .. } => ErrorKind::Unknown,
            Self::Offline { .. } => ErrorKind::Offline,
            Self::Invalid { .. } | Self::IdsExhausted { .. } => ErrorKind::Invalid,
            Self::System { .. } => ErrorKind::Denied,
            Self::Format { .. } => ErrorKind::Format,
            Self::Damaged { .. } => ErrorKind::Damaged,
            Self::Storage(_) => ErrorKind::Storage,
        }
    }

    pub(crate) fn damaged(what: impl Into<String>, source: serde_json::Error) -> Self {
        Self::Damaged {
            what: what.into(),
            source: Some(source),
        }
    }
}
