//! SHOW BACKUP in its forms: what a backup, or each one of a chain, holds.

use std::collections::HashMap;

use cairn_archive::Manifest;
use cairn_backup::show::{self, ShownFile, ShownTable};
use cairn_catalog::{ColumnType, TableId};
use cairn_restore::Proved;
use cairn_syntax::BackupForm;

use super::{
    Columns,
    objects::statement,
    values::{Cell, text, time, whole},
};
use crate::Result;

/// The columns of a form; `checked`: files and fingerprints are compared.
pub(crate) fn columns(form: BackupForm, checked: bool) -> Columns {
    let mut columns = match form {
        BackupForm::Objects | BackupForm::Schemas => vec![
            ("database", text()),
            ("table", text()),
            ("start_time", ColumnType::Timestamp),
            ("end_time", ColumnType::Timestamp),
            ("size_bytes", whole()),
            ("rows", whole()),
            ("object_type", text()),
            ("backup_type", text()),
            ("revision_history", ColumnType::Bool),
            ("fingerprint", text()),
        ],
        BackupForm::Files => vec![
            ("path", text()),
            ("backup_type", text()),
            ("start_pretty", text()),
            ("end_pretty", text()),
            ("start_key", ColumnType::Bytes),
            ("end_key", ColumnType::Bytes),
            ("size_bytes", whole()),
            ("rows", whole()),
            ("database", text()),
            ("table", text()),
            ("file_bytes", whole()),
            ("blake3", text()),
        ],
    };
    if form == BackupForm::Schemas {
        columns.push(("create_statement", text()));
    }
    if checked {
        if form != BackupForm::Files {
            columns.push(("file_bytes", whole()));
        }
        columns.push(("checked", text()));
    }
    Columns::new(&columns)
}

/// One backup's rows; `proved`: what a check found, by table.
pub(crate) fn push(
    manifest: &Manifest,
    form: BackupForm,
    proved: Option<&HashMap<u32, Proved>>,
    rows: &mut Columns,
) -> Result<()> {
    let checked = |id: u32| match proved?.get(&id) {
        Some(Proved::Fingerprint) => Some("fingerprint"),
        Some(Proved::Files) | None => Some("files"),
    };
    match form {
        BackupForm::Objects => {
            for table in show::tables(manifest) {
                push_table(table, None, checked, rows)?;
            }
        }
        BackupForm::Schemas => {
            let view = show::view(manifest)?;
            for table in show::tables(manifest) {
                let relation = view.table_by_id(TableId(table.id));
                let create = relation.map(|relation| statement(&view, relation));
                push_table(table, Some(create), checked, rows)?;
            }
        }
        BackupForm::Files => {
            for file in show::files(manifest)? {
                push_file(file, checked, rows)?;
            }
        }
    }
    Ok(())
}

fn push_table(
    table: ShownTable,
    create: Option<Option<String>>,
    checked: impl Fn(u32) -> Option<&'static str>,
    rows: &mut Columns,
) -> Result<()> {
    let mut row: Vec<Cell> = vec![
        table.database.into(),
        table.table.into(),
        table.start_time.map_or_else(|| None::<i64>.into(), time),
        time(table.end_time),
        table.size_bytes.into(),
        table.rows.into(),
        table.object_type.into(),
        table.backup_type.into(),
        table.revision_history.into(),
        table.fingerprint.into(),
    ];
    row.extend(create.map(Cell::from));
    if let Some(checked) = checked(table.id) {
        row.push(table.file_bytes.into());
        row.push(checked.into());
    }
    rows.push(row)
}

fn push_file(
    file: ShownFile,
    checked: impl Fn(u32) -> Option<&'static str>,
    rows: &mut Columns,
) -> Result<()> {
    let mut row: Vec<Cell> = vec![
        file.path.into(),
        file.backup_type.into(),
        file.start.pretty.into(),
        file.end.pretty.into(),
        file.start.bytes.into(),
        file.end.bytes.into(),
        file.size_bytes.into(),
        file.rows.into(),
        file.database.into(),
        file.table.into(),
        file.file_bytes.into(),
        file.blake3.into(),
    ];
    row.extend(checked(file.id).map(Cell::from));
    rows.push(row)
}
