//! SHOW BACKUP: what a backup holds, read from its manifest alone.

use cairn_archive::{BackupKind, Manifest, ObjectType};
use cairn_blob::Store;

use crate::error::Result;

/// One row of SHOW BACKUP. Times are microseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownTable {
    pub database: String,
    pub table: String,
    /// `None` for a full backup.
    pub start_time: Option<i64>,
    pub end_time: i64,
    pub size_bytes: u64,
    pub rows: u64,
    pub object_type: &'static str,
    pub backup_type: &'static str,
    pub revision_history: bool,
    /// 32 hexadecimal digits.
    pub fingerprint: Option<String>,
}

/// The tables of the backup at a location, in the manifest's order.
///
/// # Errors
/// Those of the location and its manifest.
pub async fn show(store: &dyn Store) -> Result<Vec<ShownTable>> {
    Ok(rows_of(&Manifest::read(store).await?))
}

fn rows_of(manifest: &Manifest) -> Vec<ShownTable> {
    let tables = manifest.tables.iter().map(|table| ShownTable {
        database: manifest.database_name(table.database).to_owned(),
        table: table.name.clone(),
        start_time: manifest.window.start.map(|start| start.unix_micros),
        end_time: manifest.window.end.unix_micros,
        size_bytes: table.bytes,
        rows: table.rows,
        object_type: match table.object_type {
            ObjectType::Table => "table",
            ObjectType::View => "view",
            ObjectType::Sequence => "sequence",
        },
        backup_type: match manifest.kind {
            BackupKind::Full => "full",
            BackupKind::Incremental => "incremental",
        },
        revision_history: manifest.revision_history,
        fingerprint: table.fingerprint.clone(),
    });
    tables.collect()
}
