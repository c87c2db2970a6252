//! The manifest as JSON: head, and lists in line or in parts.

use serde::{Deserialize, Serialize};

use super::{ArchivedDatabase, ArchivedTable, DataFile, Manifest, ObjectRef};

/// The format version that this code writes, and the newest that it reads.
///
/// 1: full backups. 2: incremental ones and revision histories. 3: names of what is outside.
pub(crate) const FORMAT_VERSION: u32 = 3;

/// The content of `manifest.json`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stored {
    /// All of the manifest but its lists.
    pub(crate) backup: Manifest,
    pub(crate) databases: List<ArchivedDatabase>,
    /// Tables without their files.
    pub(crate) tables: List<ArchivedTable>,
    pub(crate) files: List<StoredFile>,
}

/// A list of the manifest. Only a large one has objects of its own.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum List<T> {
    Inline(Vec<T>),
    /// Numbered objects, each a JSON array, to be joined in this order.
    Parts(Vec<ObjectRef>),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredFile {
    /// Id of the table.
    pub(crate) table: u32,
    pub(crate) file: DataFile,
}

impl<T> List<T> {
    pub(crate) fn parts(&self) -> &[ObjectRef] {
        match self {
            List::Inline(_) => &[],
            List::Parts(parts) => parts,
        }
    }
}
