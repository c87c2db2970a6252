//! The rows there are, looked at: whether they bear out what a change demands.
//!
//! Every writer since the change began has been held to it, so the rows of one later instant are all that has to be seen.

use std::sync::Arc;

use arrow::array::Array;
use cairn_catalog::{ColumnId, Part, TableDescriptor};
use cairn_rows::{BatchDecoder, primary_span};
use cairn_storage::{Chunk, Read, ScanLimit, Snapshot};

use super::Work;
use crate::{Result, schema::alter::columns::holds_nulls};

/// Validates all parts of the change.
///
/// # Errors
/// The violation that was met first, with the constraint's name.
pub(super) async fn validate(work: &Work, table: &Arc<TableDescriptor>) -> Result<()> {
    let parts = work.begun.change.parts.iter();
    let not_null: Vec<ColumnId> = parts
        .filter_map(|part| match part {
            Part::NotNull { column }
            | Part::Column {
                column,
                not_null: true,
                ..
            } => Some(*column),
            _ => None,
        })
        .collect();
    if !not_null.is_empty() {
        work.claim
            .checkpoint(0.95, Some("looking for NULLs"))
            .await?;
        no_nulls(work, table, &not_null).await?;
    }
    Ok(())
}

async fn no_nulls(work: &Work, table: &TableDescriptor, columns: &[ColumnId]) -> Result<()> {
    let decoder = BatchDecoder::new(table, columns)?;
    let snapshot = Snapshot::now(work.node.engine().clone()).await?;
    let mut rest = Some(primary_span(table));
    while let Some(span) = rest {
        let Chunk { items, resume } = snapshot.scan(&span, ScanLimit::default()).await?;
        let batch = decoder.decode(&items)?;
        for (column, values) in columns.iter().zip(batch.columns()) {
            if values.null_count() > 0 {
                let name = table.column(*column).map_or("", |column| &column.name);
                return Err(holds_nulls(&table.name, name));
            }
        }
        rest = resume.map(|start| span.from(start));
    }
    Ok(())
}
