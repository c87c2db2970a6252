//! The rows of a table in a backup, as CSV.

mod printed;

use std::collections::BTreeSet;
use std::io::{self, Write};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use cairn_blob::Store;

use crate::data::{Scratch, open_verified};
use crate::error::{Error, Fault, Result};
use crate::manifest::{ArchivedTable, Manifest};
use printed::{Printed, Printer};

/// Writes the rows of `table` (`database.name`, or the name alone where it is the only one) in key order.
///
/// A header names the columns; it comes again, after an empty line, where a file has others. NULL is empty, an empty string `""`,
/// bytes are hexadecimal, an array is `{a,"",NULL}`. A file's rows are written only after its bytes were verified.
///
/// # Errors
/// `NoTable`, `SeveralTables`; kind `Damaged`; `Output` when `out` fails.
pub async fn cat(
    store: &dyn Store,
    table: &str,
    scratch: &Scratch,
    out: &mut (dyn Write + Send),
) -> Result<()> {
    let manifest = Manifest::read(store).await?;
    let table = find(store, &manifest, table)?;
    let mut header: Option<SchemaRef> = None;
    for file in &table.files {
        let mut reader = open_verified(store, file, &table.primary_key, scratch).await?;
        let schema = reader.schema();
        if header.as_ref() != Some(&schema) {
            let first = header.is_none();
            write_header(out, &schema, first).map_err(|source| Error::Output { source })?;
            header = Some(schema);
        }
        while let Some(batch) = reader.next().await? {
            let lines = lines(&batch).map_err(|error| Error::Damaged {
                location: store.to_string(),
                object: file.path.clone(),
                fault: Fault::Content(error.to_string()),
            })?;
            out.write_all(lines.as_bytes())
                .map_err(|source| Error::Output { source })?;
        }
    }
    out.flush().map_err(|source| Error::Output { source })
}

/// The table that has a name. In a history several tables may have had it, one after the other: it means the last of them.
pub(crate) fn find<'a>(
    store: &dyn Store,
    manifest: &'a Manifest,
    wanted: &str,
) -> Result<&'a ArchivedTable> {
    let full_name = |table: &ArchivedTable| {
        format!("{}.{}", manifest.database_name(table.database), table.name)
    };
    let all_names = |tables: &mut dyn Iterator<Item = &ArchivedTable>| {
        let names: BTreeSet<String> = tables.map(full_name).collect();
        names.into_iter().collect::<Vec<_>>().join(", ")
    };
    let named: Vec<&ArchivedTable> = manifest
        .tables
        .iter()
        .filter(|table| full_name(table) == wanted || table.name == wanted)
        .collect();
    match named
        .iter()
        .copied()
        .max_by_key(|table| (is_at_end(table), table.id))
    {
        None => Err(Error::NoTable {
            location: store.to_string(),
            name: wanted.to_owned(),
            present: all_names(&mut manifest.tables.iter()),
        }),
        Some(table) if named.iter().all(|other| other.database == table.database) => Ok(table),
        Some(_) => Err(Error::SeveralTables {
            location: store.to_string(),
            name: wanted.to_owned(),
            present: all_names(&mut named.into_iter()),
        }),
    }
}

fn is_at_end(table: &ArchivedTable) -> bool {
    let last = table.descriptor_revisions.last();
    last.is_none_or(|revision| revision.descriptor.is_some())
}

fn write_header(out: &mut (dyn Write + Send), schema: &SchemaRef, first: bool) -> io::Result<()> {
    let mut line = String::new();
    if !first {
        line.push('\n');
    }
    for (at, field) in schema.fields().iter().enumerate() {
        separate(&mut line, at);
        push_quoted(&mut line, field.name());
    }
    line.push('\n');
    out.write_all(line.as_bytes())
}

fn lines(batch: &RecordBatch) -> std::result::Result<String, ArrowError> {
    let columns: Vec<Printed> = batch.columns().iter().map(Printed::of).collect();
    let printers = columns.iter().map(Printer::new);
    let printers = printers.collect::<std::result::Result<Vec<_>, _>>()?;
    let mut lines = String::new();
    for row in 0..batch.num_rows() {
        for (at, printer) in printers.iter().enumerate() {
            separate(&mut lines, at);
            if let Some(text) = printer.field(row)? {
                push_quoted(&mut lines, &text);
            }
        }
        lines.push('\n');
    }
    Ok(lines)
}

fn separate(line: &mut String, at: usize) {
    if at > 0 {
        line.push(',');
    }
}

/// Quotes what would be read otherwise, and the empty string, which is not NULL.
fn push_quoted(line: &mut String, text: &str) {
    if text.is_empty() || text.contains(['"', ',', '\n', '\r']) {
        line.push('"');
        line.push_str(&text.replace('"', "\"\""));
        line.push('"');
    } else {
        line.push_str(text);
    }
}
