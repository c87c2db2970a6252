//! SHOW BACKUP: what a backup holds, read from its manifest alone.

use std::collections::BTreeMap;

use cairn_archive::{ArchivedTable, BackupKind, DataFile, Manifest, ObjectType};
use cairn_catalog::{
    ColumnDescriptor, ColumnId, ColumnType, DatabaseDescriptor, DatabaseId, TableDescriptor, View,
};
use cairn_rows::TableCodec;
use cairn_storage::{Prefix, TableId};

use crate::error::{Error, Result};

/// One row of SHOW BACKUP. Times are microseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownTable {
    pub id: u32,
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
    /// Bytes of its data files.
    pub file_bytes: u64,
}

/// One row of SHOW BACKUP FILES.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownFile {
    /// The table's id.
    pub id: u32,
    pub database: String,
    pub table: String,
    pub backup_type: &'static str,
    pub path: String,
    /// Of the first and of the last row.
    pub start: ShownKey,
    pub end: ShownKey,
    pub size_bytes: u64,
    pub rows: u64,
    pub file_bytes: u64,
    pub blake3: String,
}

/// A primary key in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownKey {
    /// `/Table/<id>/<index>/<value>/…`.
    pub pretty: String,
    /// As it is stored, without table and index.
    pub bytes: Vec<u8>,
}

/// The tables of a backup, in the manifest's order.
#[must_use]
pub fn tables(manifest: &Manifest) -> Vec<ShownTable> {
    let tables = manifest.tables.iter().map(|table| ShownTable {
        id: table.id,
        database: manifest.database_name(table.database).to_owned(),
        table: table.name.clone(),
        start_time: manifest.window.start.map(|start| start.unix_micros),
        end_time: manifest.window.end.unix_micros,
        size_bytes: table.bytes,
        rows: manifest.counted_rows(table),
        object_type: match table.object_type {
            ObjectType::Table => "table",
            ObjectType::View => "view",
            ObjectType::Sequence => "sequence",
        },
        backup_type: backup_type(manifest),
        revision_history: manifest.revision_history,
        fingerprint: table.fingerprint.clone(),
        file_bytes: table.files.iter().map(|file| file.file_bytes).sum(),
    });
    tables.collect()
}

fn backup_type(manifest: &Manifest) -> &'static str {
    match manifest.kind {
        BackupKind::Full => "full",
        BackupKind::Incremental => "incremental",
    }
}

/// The data files of a backup, by table and key.
///
/// # Errors
/// [`Error::Described`]; damage in a key.
pub fn files(manifest: &Manifest) -> Result<Vec<ShownFile>> {
    let mut shown = Vec::new();
    for table in &manifest.tables {
        for file in &table.files {
            let [start, end] = keys(table, file)?;
            shown.push(ShownFile {
                id: table.id,
                database: manifest.database_name(table.database).to_owned(),
                table: table.name.clone(),
                backup_type: backup_type(manifest),
                path: file.path.clone(),
                start,
                end,
                size_bytes: file.bytes,
                rows: file.rows,
                file_bytes: file.file_bytes,
                blake3: file.blake3.clone(),
            });
        }
    }
    Ok(shown)
}

fn keys(archived: &ArchivedTable, file: &DataFile) -> Result<[ShownKey; 2]> {
    let table = table(archived)?;
    let codec = TableCodec::new(&table)?;
    let prefix = Prefix::new(table.id, table.primary.id);
    let shown = |digits: &str| {
        let bytes = hex::decode(digits).unwrap_or_default();
        let row = codec.row_of_key(&table.primary, &prefix.key(&bytes))?;
        let mut pretty = format!("/Table/{}/{}", table.id, table.primary.id);
        for part in &table.primary.columns {
            let position = table
                .columns
                .iter()
                .position(|column| column.id == part.column);
            let found = position
                .and_then(|position| Some((table.columns.get(position)?, row.get(position)?)));
            pretty.push('/');
            match found {
                Some((column, datum)) if !datum.is_null() => {
                    datum.write_text(&column.ty, &mut pretty);
                }
                _ => pretty.push_str("NULL"),
            }
        }
        Ok::<_, Error>(ShownKey { pretty, bytes })
    };
    Ok([shown(&file.first_key)?, shown(&file.last_key)?])
}

fn table(archived: &ArchivedTable) -> Result<TableDescriptor> {
    let described = |source| Error::Described {
        name: archived.name.clone(),
        source,
    };
    let bytes = serde_json::to_vec(&archived.descriptor).map_err(Error::Descriptor)?;
    TableDescriptor::from_json(&bytes).map_err(described)
}

/// The catalog of a backup: what it holds, and of what else that refers to the names.
///
/// # Errors
/// [`Error::Described`].
pub fn view(manifest: &Manifest) -> Result<View> {
    let mut databases = Vec::with_capacity(manifest.databases.len());
    for archived in &manifest.databases {
        let bytes = serde_json::to_vec(&archived.descriptor).map_err(Error::Descriptor)?;
        let database =
            DatabaseDescriptor::from_json(&bytes).map_err(|source| Error::Described {
                name: archived.name.clone(),
                source,
            })?;
        databases.push(database);
    }
    let mut ids: BTreeMap<String, DatabaseId> = databases
        .iter()
        .map(|database| (database.name.clone(), database.id))
        .collect();
    let mut tables = Vec::with_capacity(manifest.tables.len());
    for archived in &manifest.tables {
        tables.push(table(archived)?);
    }
    // Databases outside have no ids here: any that no database has will do.
    let mut free = u32::MAX;
    for object in &manifest.outside {
        let database = *ids.entry(object.database.clone()).or_insert_with(|| {
            let id = DatabaseId(free);
            free -= 1;
            databases.push(DatabaseDescriptor::new(id, &object.database));
            id
        });
        let columns = object.columns.iter().map(|column| {
            let ty = ColumnType::String { max: None };
            ColumnDescriptor::new(ColumnId(column.id), &column.name, ty)
        });
        let table = TableDescriptor::new(database, &object.name, columns.collect(), Vec::new());
        tables.push(TableDescriptor {
            id: TableId(object.id),
            ..table
        });
    }
    Ok(View::of(databases, tables))
}
