//! What a backup is: its manifest.
//!
//! WHAT
//!   The types here are the manifest in memory, each table with its files. `stored` is the same as JSON, with the lists flat, in
//!   line or in numbered parts. `seal` writes and reads. `check` holds what must be true of any manifest, before writing it and
//!   after reading it.
//!
//! INVARIANTS
//!   A field that a reader does not know makes it refuse the backup: every stored type denies unknown fields.
//!   64-bit versions, job and seal numbers are written as decimal strings: many JSON readers round larger numbers.

mod check;
pub(crate) mod decimal;
mod picture;
pub(crate) mod seal;
mod stored;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

pub use picture::shapes;
pub use seal::Sealed;
pub(crate) use stored::FORMAT_VERSION;

/// A whole backup, as SHOW BACKUP, RESTORE and `cairn backup` see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The cluster that made the backup.
    pub cluster: Uuid,
    pub backup: Uuid,
    /// The job that made it, in that cluster.
    #[serde(with = "decimal")]
    pub job: i64,
    /// Random: proves to a store that it sealed this backup itself.
    #[serde(with = "decimal")]
    pub seal: u64,
    /// The Cairn that wrote it, for people: `cairn 0.1.0`.
    pub created_by: String,
    pub kind: BackupKind,
    /// The id of the backup that an incremental one continues.
    #[serde(default)]
    pub base: Option<Uuid>,
    pub revision_history: bool,
    /// With history: the version from which on `descriptor_revisions` tell what there was.
    #[serde(default, with = "decimal::optional")]
    pub history_from: Option<u64>,
    pub window: Window,
    /// What the statement asked for, for people, one per target: `DATABASE bank`, `TABLE bank.public.customers`.
    pub targets: Vec<String>,
    /// Ids of databases that the targets cover completely.
    pub complete_databases: Vec<u32>,
    /// What objects of the backup refer to and the backup does not have, so that it can be named.
    #[serde(default)]
    pub outside: Vec<OutsideObject>,
    #[serde(skip)]
    pub databases: Vec<ArchivedDatabase>,
    /// In the order of SHOW BACKUP. Those of database `system` included.
    #[serde(skip)]
    pub tables: Vec<ArchivedTable>,
    /// The lock by which the destination was claimed.
    pub lock: Option<ObjectRef>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BackupKind {
    Full,
    Incremental,
}

/// What a backup covers: `(start, end]`. A full one has no start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    pub start: Option<Instant>,
    pub end: Instant,
}

/// An instant as a version, by which backups join, and as a time, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instant {
    #[serde(with = "decimal")]
    pub version: u64,
    /// Microseconds since 1970-01-01 00:00 UTC.
    pub unix_micros: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArchivedDatabase {
    pub id: u32,
    pub name: String,
    /// The catalog's, as of the end.
    pub descriptor: Value,
    /// With history: the descriptors inside the window, oldest first.
    #[serde(default)]
    pub descriptor_revisions: Vec<DescriptorRevision>,
}

/// An object that is not in the backup, as of the end, or as it was when it was last there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutsideObject {
    pub id: u32,
    /// The name of its database.
    pub database: String,
    pub name: String,
    pub columns: Vec<OutsideColumn>,
}

/// A column of an [`OutsideObject`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutsideColumn {
    pub id: u32,
    pub name: String,
}

/// A table, view or sequence as of the end of the backup, with its files. With history also one that was dropped inside the window:
/// then as of just before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArchivedTable {
    pub id: u32,
    /// Id of its database, which is in `Manifest::databases`.
    pub database: u32,
    pub name: String,
    pub object_type: ObjectType,
    pub coverage: Coverage,
    /// Nothing of the table can be read below this version.
    #[serde(with = "decimal::optional")]
    pub public_since: Option<u64>,
    /// With history: the first instant at which its rows can be told. `None` for a continued one: all of the window.
    #[serde(with = "decimal::optional")]
    pub history_from: Option<u64>,
    /// The order of rows in the files, as columns of the files.
    pub primary_key: Vec<KeyColumn>,
    /// The catalog's, as of the end.
    pub descriptor: Value,
    /// With history: the descriptors inside the window, oldest first; `None` while it was not part of the backup.
    pub descriptor_revisions: Vec<DescriptorRevision>,
    /// In key order.
    #[serde(skip)]
    pub files: Vec<DataFile>,
    /// Primary entries in the files, of which there may be several revisions.
    pub rows: u64,
    /// Entries that a restore will build for the secondary indexes.
    pub index_entries: u64,
    /// Logical bytes before compression, without indexes.
    pub bytes: u64,
    /// Of the table at the end: 32 hexadecimal digits, `docs/format.md`. `None` where there are no rows by nature.
    pub fingerprint: Option<String>,
    /// How many rows the table has at the end, as `fingerprint` sums them.
    #[serde(default)]
    pub rows_at_end: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ObjectType {
    Table,
    View,
    Sequence,
}

/// Whether a restore also reads the table's earlier layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Coverage {
    /// This backup has the table's whole state; earlier layers have nothing to say about it.
    Introduced,
    /// This backup has the changes since the layer before.
    Continued,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyColumn {
    /// Column id: the Parquet field id.
    pub column: u32,
    pub descending: bool,
    /// The column's type is written as text whose order is not that of its values, so a reader cannot compare them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unordered: bool,
}

/// How an object was described from `version` on; `None` when it did not exist, or did not belong to the backup.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DescriptorRevision {
    #[serde(with = "decimal")]
    pub version: u64,
    pub descriptor: Option<Value>,
}

/// A data file as the manifest names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataFile {
    /// Below the backup's location.
    pub path: String,
    pub rows: u64,
    /// Logical bytes, as in [`ArchivedTable::bytes`].
    pub bytes: u64,
    pub file_bytes: u64,
    /// 64 hexadecimal digits.
    pub blake3: String,
    /// Encoded primary keys of the first and the last row, without the table's and the index's id, in hexadecimal.
    pub first_key: String,
    pub last_key: String,
    /// Ids of the columns in the file.
    pub columns: Vec<u32>,
    pub window: VersionWindow,
}

/// The versions `(after, upto]` that a file's rows may have; a full one has all up to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionWindow {
    #[serde(with = "decimal::optional")]
    pub after: Option<u64>,
    #[serde(with = "decimal")]
    pub upto: u64,
}

/// Another object of the backup, by its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectRef {
    pub path: String,
    pub bytes: u64,
    /// 64 hexadecimal digits.
    pub blake3: String,
}

/// The counts of the result row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub rows: u64,
    pub index_entries: u64,
    /// Rows of tables of database `system`.
    pub system_records: u64,
    pub bytes: u64,
}

impl Manifest {
    /// The database's name, or `?` in a manifest that never passed `check`.
    #[must_use]
    pub fn database_name(&self, id: u32) -> &str {
        self.databases
            .iter()
            .find(|database| database.id == id)
            .map_or("?", |database| &database.name)
    }

    fn is_of_system(&self, table: &ArchivedTable) -> bool {
        self.database_name(table.database) == "system"
    }

    /// What a table counts for: its entries, but of the system's the rows at the end, whatever became of them before, and of a
    /// sequence one, however often it was written.
    #[must_use]
    pub fn counted_rows(&self, table: &ArchivedTable) -> u64 {
        match table.object_type {
            ObjectType::Sequence => table.rows.min(1),
            _ if self.is_of_system(table) => table.rows_at_end.unwrap_or(table.rows),
            ObjectType::Table | ObjectType::View => table.rows,
        }
    }

    /// Sums over the tables: user tables in `rows`, those of database `system` in `system_records`.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for table in &self.tables {
            let rows = self.counted_rows(table);
            if self.is_of_system(table) {
                totals.system_records = totals.system_records.saturating_add(rows);
            } else {
                totals.rows = totals.rows.saturating_add(rows);
                totals.index_entries = totals.index_entries.saturating_add(table.index_entries);
            }
            totals.bytes = totals.bytes.saturating_add(table.bytes);
        }
        totals
    }
}

impl DataFile {
    /// Whether its rows are revisions: with version, time and whether they delete.
    #[must_use]
    pub fn has_revisions(&self) -> bool {
        self.columns.contains(&crate::data::VERSION_COLUMN_ID)
    }
}
