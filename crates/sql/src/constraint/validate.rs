//! The rows that were there before a constraint was: does it hold of all of them?
//!
//! What is read is the caller's matter: an instant at which every writer already kept the constraint up, or the transaction that
//! adds it to a table nobody else writes.

use cairn_catalog::{CheckConstraint, ColumnDescriptor, TableDescriptor};
use cairn_rows::{BatchDecoder, TableCodec, index_span, primary_span};
use cairn_storage::{Chunk, Entries, Read, ScanLimit};

use arrow::array::{Array, AsArray};

use super::{
    consequences::orphan,
    expression::{Purpose, RowExpression},
    link::{Link, Referred},
};
use crate::{Result, SqlError, SqlState, query::Scope};

/// 23514 if a row does not fulfil a CHECK.
pub(crate) async fn check(
    scope: &Scope,
    table: &TableDescriptor,
    check: &CheckConstraint,
    read: &dyn Read,
) -> Result<()> {
    let condition = cairn_syntax::parse_expression(&check.condition)?;
    let columns: Vec<&ColumnDescriptor> = table
        .columns
        .iter()
        .filter(|column| check.columns.contains(&column.id))
        .collect();
    let ids: Vec<_> = columns.iter().map(|column| column.id).collect();
    let condition = RowExpression::plan(scope, &columns, &condition, Purpose::Check)?;
    let decoder = BatchDecoder::new(table, &ids)?;
    let mut rest = Some(primary_span(table));
    while let Some(span) = rest {
        let Chunk { items, resume } = read.scan(&span, ScanLimit::default()).await?;
        let held = condition.evaluate(&decoder.decode(&items)?)?;
        let held = held.as_boolean();
        if (0..held.len()).any(|row| held.is_valid(row) && !held.value(row)) {
            return Err(SqlError::new(
                SqlState::CheckViolation,
                format!(
                    "check constraint {:?} of relation {:?} is violated by some row",
                    check.name, table.name
                ),
            )
            .relation(&table.name)
            .constraint(&check.name));
        }
        rest = resume.map(|start| span.from(start));
    }
    Ok(())
}

/// 23503 if a row refers to nothing. The two sides may be read differently: `parents` by the transaction that publishes, so that a
/// row that goes meanwhile is a conflict.
pub(crate) async fn foreign_key(
    link: &Link,
    children: &dyn Read,
    parents: &dyn Read,
) -> Result<()> {
    let child = &link.child;
    let codec = TableCodec::new(child)?;
    // By an index over its columns, equal values come together and are looked up once.
    let index = child.index_beginning_with(&link.key.columns);
    let index = index.unwrap_or(&child.primary);
    let mut rest = Some(index_span(child.id, index.id));
    while let Some(span) = rest {
        let Chunk { items, resume } = children.scan(&span, ScanLimit::default()).await?;
        let referred = referred(link, &codec, index, &items)?;
        if let Some((_, values)) = link.missing(parents, &referred).await?.first() {
            return Err(orphan(link, values));
        }
        rest = resume.map(|start| span.from(start));
    }
    Ok(())
}

/// What the rows of a chunk refer to, each once.
fn referred(
    link: &Link,
    codec: &TableCodec,
    index: &cairn_catalog::IndexDescriptor,
    entries: &Entries,
) -> Result<Referred<Vec<cairn_rows::Datum>>> {
    let mut referred = Referred::new();
    for entry in entries.iter() {
        let row = match index.id == link.child.primary.id {
            true => codec.decode(entry.key, entry.value)?,
            false => codec.row_of_key(index, entry.key)?,
        };
        if let Some(values) = link.values_of_child(&row) {
            referred.insert(link.key_of(&values)?, values);
        }
    }
    Ok(referred)
}
