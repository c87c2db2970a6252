//! The foreign keys of a table whose rows were written in bulk: looked at in the transaction that shows them.

use std::sync::Arc;

use cairn_catalog::TableDescriptor;
use cairn_storage::{Read, ScanLimit, Snapshot, Span, Transaction};

use crate::{
    Result,
    constraint::{link::Link, validate},
};

/// Up to so many rows, each key that is looked up is remembered by itself; beyond, a change of anything in the other table is a
/// conflict.
const REMEMBERED: u64 = 100_000;

/// 23503 if one of the rows refers to nothing. What they refer to cannot go until the transaction has committed.
pub(super) async fn check(
    transaction: &Transaction,
    table: &TableDescriptor,
    rows: u64,
) -> Result<()> {
    if table.foreign_keys.is_empty() {
        return Ok(());
    }
    let child = Arc::new(table.clone());
    let rows_of_child = Snapshot::new(transaction.engine().clone(), transaction.at());
    for key in &table.foreign_keys {
        if key.referenced == table.id {
            let link = Link::new(key.clone(), child.clone(), child.clone())?;
            // Nobody else writes the table's rows before they are shown.
            validate::foreign_key(&link, &rows_of_child, &rows_of_child).await?;
            continue;
        }
        let parent = cairn_catalog::read_table(transaction, key.referenced).await?;
        let link = Link::new(key.clone(), child.clone(), Arc::new(parent))?;
        if rows <= REMEMBERED {
            validate::foreign_key(&link, &rows_of_child, transaction).await?;
        } else {
            remember(transaction, link.parent_span()).await?;
            validate::foreign_key(&link, &rows_of_child, &rows_of_child).await?;
        }
    }
    Ok(())
}

/// Makes the transaction conflict with every change in a span, in constant memory.
async fn remember(transaction: &Transaction, span: Span) -> Result<()> {
    let mut rest = Some(span);
    while let Some(span) = rest {
        let chunk = transaction.scan(&span, ScanLimit::default()).await?;
        rest = chunk.resume.map(|start| span.from(start));
    }
    Ok(())
}
