//! What must be true of every manifest, before it is written and after it was read.

use std::collections::HashSet;

use super::{
    ArchivedTable, BackupKind, Coverage, DataFile, DescriptorRevision, Manifest, ObjectType,
};
use crate::data::REVISION_COLUMNS;

/// The first thing that is wrong.
pub(crate) fn check(manifest: &Manifest) -> Result<(), String> {
    let window = &manifest.window;
    match (manifest.kind, window.start) {
        (BackupKind::Full, Some(_)) => return Err("a full backup has no start".to_owned()),
        (BackupKind::Incremental, None) => {
            return Err("an incremental backup needs a start".to_owned());
        }
        (BackupKind::Incremental, Some(start)) if start.version > window.end.version => {
            return Err("its start is after its end".to_owned());
        }
        _ => {}
    }
    let mut databases = HashSet::new();
    for database in &manifest.databases {
        if !databases.insert(database.id) {
            return Err(format!("database {} is listed twice", database.id));
        }
    }
    for database in &manifest.databases {
        check_revisions(&database.descriptor_revisions, window.end.version)
            .map_err(|reason| format!("database {}: {reason}", database.id))?;
    }
    for id in &manifest.complete_databases {
        if !databases.contains(id) {
            return Err(format!("database {id} is complete, but not listed"));
        }
    }
    let mut tables = HashSet::new();
    let mut paths = HashSet::new();
    for table in &manifest.tables {
        if !tables.insert(table.id) {
            return Err(format!("table {} is listed twice", table.id));
        }
        if !databases.contains(&table.database) {
            return Err(format!(
                "table {} is in database {}, which is not listed",
                table.id, table.database
            ));
        }
        if table.coverage == Coverage::Continued && manifest.kind == BackupKind::Full {
            return Err(format!(
                "table {} continues, but the backup is full",
                table.id
            ));
        }
        check_table(table, window.end.version)
            .and_then(|()| check_order(table))
            .and_then(|()| check_revisions(&table.descriptor_revisions, window.end.version))
            .map_err(|reason| format!("table {}: {reason}", table.id))?;
        for file in &table.files {
            if !paths.insert(file.path.as_str()) {
                return Err(format!("{} is listed twice", file.path));
            }
        }
    }
    for object in &manifest.outside {
        if !tables.insert(object.id) {
            return Err(format!(
                "table {} is outside, but listed or named twice",
                object.id
            ));
        }
    }
    Ok(())
}

fn check_table(table: &ArchivedTable, end: u64) -> Result<(), String> {
    if let Some(fingerprint) = &table.fingerprint
        && !is_hex(fingerprint, 32)
    {
        return Err("its fingerprint is not 32 hexadecimal digits".to_owned());
    }
    let mut sum = Some((0_u64, 0_u64));
    for file in &table.files {
        check_file(file, end).map_err(|reason| format!("{}: {reason}", file.path))?;
        sum = sum.and_then(|(rows, bytes)| {
            Some((rows.checked_add(file.rows)?, bytes.checked_add(file.bytes)?))
        });
    }
    let (rows, bytes) = sum.ok_or_else(|| "the sizes of its files overflow".to_owned())?;
    match table.object_type {
        ObjectType::Table if table.primary_key.is_empty() => {
            Err("it has no primary key".to_owned())
        }
        // A sequence of version 1 has no files.
        ObjectType::Sequence if table.files.is_empty() => Ok(()),
        ObjectType::Table | ObjectType::Sequence if rows != table.rows || bytes != table.bytes => {
            Err(format!(
                "it has {} rows and {} bytes, but its files have {rows} and {bytes}",
                table.rows, table.bytes
            ))
        }
        ObjectType::View if !table.files.is_empty() => Err("a view has no data files".to_owned()),
        _ => Ok(()),
    }
}

/// The files of a table follow each other in key order; the revisions of one key may go on in the next file. Within a file, reading
/// it checks the rows.
fn check_order(table: &ArchivedTable) -> Result<(), String> {
    for (file, next) in table.files.iter().zip(table.files.iter().skip(1)) {
        let goes_on =
            file.has_revisions() && next.has_revisions() && file.last_key == next.first_key;
        if file.last_key >= next.first_key && !goes_on {
            return Err(format!(
                "{} does not begin after the last key of {}",
                next.path, file.path
            ));
        }
    }
    Ok(())
}

fn check_revisions(revisions: &[DescriptorRevision], end: u64) -> Result<(), String> {
    let ascend = revisions
        .iter()
        .zip(revisions.iter().skip(1))
        .all(|(one, next)| one.version < next.version);
    if !ascend || revisions.last().is_some_and(|last| last.version > end) {
        return Err("its descriptors are out of order, or later than the end".to_owned());
    }
    Ok(())
}

fn check_file(file: &DataFile, end: u64) -> Result<(), String> {
    if !is_hex(&file.blake3, 64) {
        return Err("its blake3 is not 64 hexadecimal digits".to_owned());
    }
    if file.rows == 0 {
        return Err("it has no rows".to_owned());
    }
    // Keys are compared as text: hexadecimal keeps the order of bytes, and of a prefix.
    if !is_bytes(&file.first_key) || !is_bytes(&file.last_key) || file.first_key > file.last_key {
        return Err("its keys are not hexadecimal, or out of order".to_owned());
    }
    if file.columns.is_empty() {
        return Err("it has no columns".to_owned());
    }
    let own = file
        .columns
        .iter()
        .filter(|id| REVISION_COLUMNS.contains(id));
    if !matches!(own.count(), 0 | 3) {
        return Err("it has a part of the columns of revisions".to_owned());
    }
    if file.window.upto > end
        || file
            .window
            .after
            .is_some_and(|after| after > file.window.upto)
    {
        return Err("its window is not in the backup's".to_owned());
    }
    Ok(())
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_bytes(text: &str) -> bool {
    text.len().is_multiple_of(2) && is_hex(text, text.len())
}
