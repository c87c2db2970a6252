//! The rows there are, looked at: whether they bear out what a change demands.
//!
//! Every writer since the change began has been held to it, so the rows of one later instant are all that has to be seen.

use std::sync::Arc;

use arrow::array::Array;
use cairn_catalog::{ColumnId, Part, TableDescriptor};
use cairn_rows::{BatchDecoder, primary_span};
use cairn_storage::{Chunk, Read, ScanLimit, Snapshot};

use super::Work;
use crate::{
    Result, SqlError,
    constraint::{link::Link, validate},
    schema::alter::columns::holds_nulls,
};

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
    for part in &work.begun.change.parts {
        if let Part::Check { name } | Part::ForeignKey { name } | Part::Validation { name } = part {
            let status = format!("validating constraint {name:?}");
            work.claim.checkpoint(0.97, Some(&status)).await?;
            constraint(work, table, name).await?;
        }
    }
    Ok(())
}

async fn constraint(work: &Work, table: &Arc<TableDescriptor>, name: &str) -> Result<()> {
    let snapshot = Arc::new(Snapshot::now(work.node.engine().clone()).await?);
    let view = work.node.view(snapshot.as_ref()).await?;
    if let Some(check) = table.checks.iter().find(|check| check.name == name) {
        let scope = work.begun.scope.at(view.clone(), snapshot.clone());
        validate::check(&scope, table, check, snapshot.as_ref()).await?;
    }
    if let Some(key) = table.foreign_keys.iter().find(|key| key.name == name) {
        let parent = match key.referenced == table.id {
            true => Some(table.clone()),
            false => view.written_table(key.referenced).cloned(),
        };
        let parent = parent.ok_or_else(|| {
            SqlError::internal(format!("foreign key {name:?} refers to no table"))
        })?;
        // Whoever removes a row that is referred to has kept the key up since the change began.
        let link = Link::new(key.clone(), table.clone(), parent)?;
        validate::foreign_key(&link, snapshot.as_ref(), snapshot.as_ref()).await?;
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
