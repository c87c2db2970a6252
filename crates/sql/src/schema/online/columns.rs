//! New columns whose DEFAULT gives each row a value of its own: written into the rows there are, a chunk per commit.
//!
//! INVARIANT: a row without the column is one that still has to be filled. Writers leave a write-only column out of a row that they
//! found without it (`TableCodec::encode`), and give new rows its DEFAULT. What is filled has the column, also where its value is NULL.

use std::sync::Arc;

use bytes::Bytes;
use cairn_catalog::{ColumnDescriptor, ColumnId, Part, StepState, TableDescriptor};
use cairn_rows::{Datum, TableCodec, primary_span};
use cairn_storage::{Chunk, Closed, Read, RevisionChunk, ScanLimit, Snapshot, Window};

use super::Work;
use crate::{
    Result, SqlError, SqlState, change::writer::Writer, constraint::Checks,
    copy::defaults::Defaults,
};

/// Rows per commit. Writers of the same rows meet few of these, and each is short.
const CHUNK: usize = 500;

/// How often a chunk is tried that meets other commits, and how many windows may have rows to fill.
const ATTEMPTS: usize = 64;

/// Fills what the change's write-only columns need: the rows of an instant, then what was written since, until none of that lacks them.
///
/// A writer that changes the key of a row that is not filled yet leaves one like it under another key. It takes such a row to make one, so
/// after an instant that has none there are no more. A computed column is not looked for again: every writer computes it.
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
    let mut filling = Filling {
        work,
        table,
        codec: TableCodec::new(table)?,
        wanted,
        filled: 0,
    };
    let engine = work.node.engine();
    let mut seen = engine.read_version().await?;
    filling.rows_of(seen).await?;
    filling.wanted.retain(|id| !is_computed(table, *id));
    if filling.wanted.is_empty() {
        return Ok(());
    }
    // Each window is as long as it took to fill what the one before had, so they become short at once.
    for _ in 0..ATTEMPTS {
        let upto = engine.read_version().await?;
        let after = seen.version();
        if filling.rows_written_in(Window { after, upto }).await? == 0 {
            return Ok(());
        }
        seen = upto;
    }
    Err(changed_too_often(table))
}

fn is_computed(table: &TableDescriptor, column: ColumnId) -> bool {
    let column = table.column(column);
    column.is_some_and(|column| column.computed.is_some())
}

struct Filling<'a> {
    work: &'a Work,
    table: &'a Arc<TableDescriptor>,
    codec: TableCodec,
    wanted: Vec<ColumnId>,
    /// How many rows have been found to lack a column.
    filled: usize,
}

impl Filling<'_> {
    async fn rows_of(&mut self, at: Closed) -> Result<()> {
        let snapshot = Snapshot::new(self.work.node.engine().clone(), at);
        let mut rest = Some(primary_span(self.table));
        while let Some(span) = rest {
            let Chunk { items, resume } = snapshot.scan(&span, ScanLimit::rows(CHUNK)).await?;
            let rows = items.iter().map(|entry| (entry.key, entry.value));
            let keys = self.lacking(rows)?;
            self.fill(&keys).await?;
            rest = resume.map(|start| span.from(start));
        }
        Ok(())
    }

    /// How many there were.
    async fn rows_written_in(&mut self, window: Window) -> Result<usize> {
        let engine = self.work.node.engine();
        let (span, limit) = (primary_span(self.table), ScanLimit::rows(CHUNK));
        let before = self.filled;
        let mut from = None;
        loop {
            let RevisionChunk { items, resume } =
                engine.history(&span, window, from, false, limit).await?;
            // The newest of each key comes first.
            let mut previous: &[u8] = &[];
            let rows = items
                .iter()
                .filter(|row| std::mem::replace(&mut previous, row.key) != row.key)
                .filter_map(|row| Some((row.key, row.value?)));
            let keys = self.lacking(rows)?;
            self.fill(&keys).await?;
            match resume {
                Some(cursor) => from = Some(cursor),
                None => return Ok(self.filled - before),
            }
        }
    }

    /// The keys of the rows that lack a column.
    fn lacking<'r>(&self, rows: impl Iterator<Item = (&'r [u8], &'r [u8])>) -> Result<Vec<Bytes>> {
        let mut keys = Vec::new();
        for (key, value) in rows {
            if lacks(&self.codec, value, &self.wanted)? {
                keys.push(Bytes::copy_from_slice(key));
            }
        }
        Ok(keys)
    }

    async fn fill(&mut self, keys: &[Bytes]) -> Result<()> {
        if keys.is_empty() {
            return Ok(());
        }
        fill_chunk(self.work, self.table, &self.wanted, keys).await?;
        self.filled += keys.len();
        let status = format!("filled {} rows", self.filled);
        Ok(self.work.claim.progress(0.0, &status).await?)
    }
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
    Err(changed_too_often(table))
}

fn changed_too_often(table: &TableDescriptor) -> SqlError {
    SqlError::new(
        SqlState::SerializationFailure,
        format!(
            "table {:?} is changed by too many others at once; try again",
            table.name
        ),
    )
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
        // Others are gone, perhaps to another key, where the next window has them; or another row has come to that key, with a value.
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
    let mut writer = Writer::new(&transaction, filled(table, wanted))?;
    writer.update(&changes).await?;
    writer.finish().await?;
    node.commit(&transaction).await?;
    Ok(())
}

/// The table as its filled rows are written: these columns are in them, NULL or not.
fn filled(mut table: TableDescriptor, wanted: &[ColumnId]) -> TableDescriptor {
    for column in &mut table.columns {
        if wanted.contains(&column.id) {
            column.state = StepState::Public;
        }
    }
    table
}
