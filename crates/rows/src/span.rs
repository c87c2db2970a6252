//! Ranges of keys: where a table or an index lies, and where a condition on its first columns can be true.

use std::ops::Bound;

use bytes::Bytes;
use cairn_catalog::{Direction, IndexColumn, IndexDescriptor, TableDescriptor};
use cairn_storage::{IndexId, Prefix, Span, TableId};

use crate::element::{self, AFTER};
use crate::{Datum, Error, Result};

/// All rows of the table.
pub fn primary_span(table: &TableDescriptor) -> Span {
    index_span(table.id, table.primary.id)
}

/// All entries of the index.
pub fn index_span(table: TableId, index: IndexId) -> Span {
    Prefix { table, index }.span()
}

/// The beginning that all keys with these values in the index's first columns share.
///
/// # Errors
/// `Shape` when there are more values than columns, or one is not of its column's type.
pub fn key_bound(
    table: &TableDescriptor,
    index: &IndexDescriptor,
    first: &[Datum],
) -> Result<Bytes> {
    let mut key = Prefix {
        table: table.id,
        index: index.id,
    }
    .to_bytes()
    .to_vec();
    push_values(&mut key, table, index, first)?;
    Ok(key.into())
}

/// The keys with these values in the index's first columns.
pub fn equal_span(
    table: &TableDescriptor,
    index: &IndexDescriptor,
    first: &[Datum],
) -> Result<Span> {
    let start = key_bound(table, index, first)?;
    let end = if first.is_empty() {
        index_span(table.id, index.id).end
    } else {
        after(&start)
    };
    Ok(Span { start, end })
}

/// The keys with these values in the index's first columns, and the next column between two bounds, in the order of
/// values whatever the column's direction. NULL lies between no bounds: with one, only values that are not NULL
/// are in the span.
pub fn range_span(
    table: &TableDescriptor,
    index: &IndexDescriptor,
    first: &[Datum],
    low: Bound<&Datum>,
    high: Bound<&Datum>,
) -> Result<Span> {
    let span = equal_span(table, index, first)?;
    if matches!((low, high), (Bound::Unbounded, Bound::Unbounded)) {
        return Ok(span);
    }
    let part = index
        .columns
        .get(first.len())
        .ok_or_else(|| mismatch(table, "one more column", "none"))?;
    let base = &span.start;
    // In the order of values NULL comes first; what is not NULL begins behind it.
    let low_key = match low {
        Bound::Unbounded => Edge::behind(extend(table, part, base, &Datum::Null)?),
        Bound::Included(value) => Edge::before(extend(table, part, base, value)?),
        Bound::Excluded(value) => Edge::behind(extend(table, part, base, value)?),
    };
    let high_key = match high {
        Bound::Unbounded => None,
        Bound::Included(value) => Some(Edge::behind(extend(table, part, base, value)?)),
        Bound::Excluded(value) => Some(Edge::before(extend(table, part, base, value)?)),
    };
    let (start, end) = match part.direction {
        Direction::Ascending => (
            low_key.ascending(),
            high_key.map_or(span.end, Edge::ascending),
        ),
        Direction::Descending => (
            high_key.map_or(span.start, Edge::descending),
            low_key.descending(),
        ),
    };
    // Bounds that contradict each other leave nothing.
    let end = end.max(start.clone());
    Ok(Span { start, end })
}

/// A place between keys: before or behind all keys that begin so, in the order of values.
struct Edge {
    key: Bytes,
    behind: bool,
}

impl Edge {
    fn before(key: Bytes) -> Self {
        Self { key, behind: false }
    }

    fn behind(key: Bytes) -> Self {
        Self { key, behind: true }
    }

    fn ascending(self) -> Bytes {
        if self.behind {
            after(&self.key)
        } else {
            self.key
        }
    }

    /// In stored order, behind and before change places.
    fn descending(self) -> Bytes {
        if self.behind {
            self.key
        } else {
            after(&self.key)
        }
    }
}

/// The least key that is greater than all that begin with `key`, which ends with a whole column.
pub fn after(key: &[u8]) -> Bytes {
    let mut after = Vec::with_capacity(key.len() + 1);
    after.extend_from_slice(key);
    after.push(AFTER);
    after.into()
}

fn extend(
    table: &TableDescriptor,
    part: &IndexColumn,
    base: &[u8],
    value: &Datum,
) -> Result<Bytes> {
    let mut key = base.to_vec();
    push_value(&mut key, table, part, value)?;
    Ok(key.into())
}

fn push_values(
    key: &mut Vec<u8>,
    table: &TableDescriptor,
    index: &IndexDescriptor,
    values: &[Datum],
) -> Result<()> {
    if values.len() > index.columns.len() {
        return Err(mismatch(
            table,
            format!("at most {} values", index.columns.len()),
            values.len(),
        ));
    }
    index
        .columns
        .iter()
        .zip(values)
        .try_for_each(|(part, value)| push_value(key, table, part, value))
}

fn push_value(
    key: &mut Vec<u8>,
    table: &TableDescriptor,
    part: &IndexColumn,
    value: &Datum,
) -> Result<()> {
    let column = table
        .column(part.column)
        .ok_or_else(|| mismatch(table, "a column of the table", part.column))?;
    if !value.is_of(&column.ty) {
        return Err(mismatch(table, column.ty, format!("{value:?}")));
    }
    element::push(key, value, part.direction);
    Ok(())
}

fn mismatch(table: &TableDescriptor, expected: impl ToString, got: impl ToString) -> Error {
    Error::Shape {
        table: table.name.clone(),
        what: "key bound".into(),
        expected: expected.to_string(),
        got: got.to_string(),
    }
}

#[cfg(test)]
mod tests;
