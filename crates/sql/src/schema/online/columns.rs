//! New columns whose DEFAULT gives each row a value of its own: written into the rows there are, a chunk per commit.
//!
//! INVARIANT: a row without the column is one that still has to be filled. Writers leave a write-only column out of a row that they
//! found without it (`TableCodec::encode`), and give new rows its DEFAULT.

use std::sync::Arc;

use bytes::Bytes;
use cairn_catalog::{ColumnDescriptor, ColumnId, Part, TableDescriptor};
use cairn_rows::{Datum, TableCodec, primary_span};
use cairn_storage::{Chunk, Read, ScanLimit, Snapshot};

use super::Work;
use crate::{
    Result, SqlError, change::writer::Writer, constraint::Checks, copy::defaults::Defaults,
};

/// Rows per commit. Writers of the same rows meet few of these, and each is short.
const CHUNK: usize = 500;

/// How often a chunk is tried that meets other commits.
const ATTEMPTS: usize = 64;

/// Fills what the change's write-only columns need.
pub(super) async fn fill(work: &Work, table: &Arc<TableDescriptor>) -> Result<()> {
    let parts = work.begun.change.parts.iter();
    let wanted: Vec<ColumnId> = parts
        .filter_map(|part| match part {
            Part::Column {
                column, fill: true, ..
            } => Some(*column),
            _ => None,
        })
        .collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let codec = TableCodec::new(table)?;
    let snapshot = Snapshot::now(work.node.engine().clone()).await?;
    let mut rest = Some(primary_span(table));
    let mut filled = 0;
    while let Some(span) = rest {
        let Chunk { items, resume } = snapshot.scan(&span, ScanLimit::rows(CHUNK)).await?;
        let mut keys = Vec::new();
        for entry in items.iter() {
            if lacks(&codec, entry.value, &wanted)? {
                keys.push(Bytes::copy_from_slice(entry.key));
            }
        }
        if !keys.is_empty() {
            fill_chunk(work, table, &wanted, &keys).await?;
            filled += keys.len();
            let status = format!("filled {filled} rows");
            work.claim.progress(0.0, &status).await?;
        }
        rest = resume.map(|start| span.from(start));
    }
    Ok(())
}

fn lacks(codec: &TableCodec, value: &[u8], wanted: &[ColumnId]) -> Result<bool> {
    for column in wanted {
        if !codec.holds(value, *column)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Gives rows their values, again when somebody else changes one of them meanwhile.
async fn fill_chunk(
    work: &Work,
    table: &Arc<TableDescriptor>,
    wanted: &[ColumnId],
    keys: &[Bytes],
) -> Result<()> {
    for _ in 0..ATTEMPTS {
        match try_chunk(work, table, wanted, keys).await {
            Err(error) if error.is_retryable() => {}
            other => return other,
        }
    }
    Err(SqlError::new(
        crate::SqlState::SerializationFailure,
        format!(
            "table {:?} is changed by too many others at once; try again",
            table.name
        ),
    ))
}

async fn try_chunk(
    work: &Work,
    table: &Arc<TableDescriptor>,
    wanted: &[ColumnId],
    keys: &[Bytes],
) -> Result<()> {
    let node = &work.node;
    let transaction = Arc::new(cairn_storage::Transaction::begin(node.engine().clone()).await?);
    work.claim.guard(&transaction).await?;
    let table = cairn_catalog::read_table(&transaction, table.id).await?;
    let codec = TableCodec::new(&table)?;
    let mut rows = Vec::with_capacity(keys.len());
    for (key, found) in keys.iter().zip(transaction.get_many(keys).await?) {
        // Gone meanwhile, or filled by whoever changed it.
        if let Some(found) = found
            && lacks(&codec, &found.value, wanted)?
        {
            rows.push(codec.decode(key, &found.value)?);
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    let scope = work
        .begun
        .scope
        .at(node.view_in(&transaction).await?, transaction.clone());
    let others: Vec<ColumnDescriptor> = table
        .columns
        .iter()
        .filter(|column| !wanted.contains(&column.id))
        .cloned()
        .collect();
    let values = Defaults::new(&scope, &table, &others)?.evaluate(rows.len())?;
    let mut changes: Vec<(Vec<Datum>, Vec<Datum>)> =
        rows.into_iter().map(|row| (row.clone(), row)).collect();
    for (place, values) in values {
        for ((_, new), value) in changes.iter_mut().zip(values) {
            if let Some(cell) = new.get_mut(place) {
                *cell = value;
            }
        }
    }
    let mut rows: Vec<Vec<Datum>> = changes.iter().map(|(_, new)| new.clone()).collect();
    Checks::new(&scope, &table)?.before(&mut rows)?;
    for ((_, new), row) in changes.iter_mut().zip(rows) {
        *new = row;
    }
    let mut writer = Writer::new(&transaction, table)?;
    writer.update(&changes).await?;
    writer.finish().await?;
    node.commit(&transaction).await?;
    Ok(())
}
