//! How a foreign key's values find the row they refer to, and the rows that refer to one.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use cairn_catalog::{ColumnId, ForeignKey, IndexDescriptor, TableDescriptor};
use cairn_rows::{Datum, TableCodec, equal_span, key_bound, primary_span};
use cairn_storage::{Chunk, Entries, Read, ScanLimit, Span};
use futures::{StreamExt, TryStreamExt, future::BoxFuture, stream};

use crate::{Result, SqlError, SqlState};

/// Keys looked up at once.
const LOOKUP: usize = 1024;
/// Spans scanned at the same time.
const SCANS: usize = 16;

/// A foreign key with both of its tables, as one transaction or instant sees them.
#[derive(Clone)]
pub(crate) struct Link {
    pub key: ForeignKey,
    /// The table that refers.
    pub child: Arc<TableDescriptor>,
    pub parent: Arc<TableDescriptor>,
    /// The parent's unique index over the columns referred to.
    index: IndexDescriptor,
    /// For each of its columns, which of the foreign key's values stands there.
    order: Vec<usize>,
    /// The places of the foreign key's columns in a row of the child, and of those it refers to in a row of the parent.
    from: Vec<usize>,
    to: Vec<usize>,
}

/// Values of a foreign key's columns, by the key of the row that they refer to.
pub(crate) type Referred<V> = BTreeMap<Bytes, V>;

impl Link {
    pub fn new(
        key: ForeignKey,
        child: Arc<TableDescriptor>,
        parent: Arc<TableDescriptor>,
    ) -> Result<Self> {
        let missing = || {
            SqlError::new(
                SqlState::DataCorrupted,
                format!(
                    "foreign key {:?} of table {:?} refers to nothing unique in table {:?}",
                    key.name, child.name, parent.name
                ),
            )
        };
        let index = parent
            .unique_index_over(&key.referenced_columns)
            .ok_or_else(missing)?
            .clone();
        let place_in_key = |column: ColumnId| {
            key.referenced_columns
                .iter()
                .position(|known| *known == column)
        };
        let order = index
            .columns
            .iter()
            .map(|part| place_in_key(part.column).ok_or_else(missing))
            .collect::<Result<_>>()?;
        let places = |table: &TableDescriptor, columns: &[ColumnId]| {
            columns
                .iter()
                .map(|id| table.columns.iter().position(|column| column.id == *id))
                .collect::<Option<Vec<usize>>>()
                .ok_or_else(missing)
        };
        let from = places(&child, &key.columns)?;
        let to = places(&parent, &key.referenced_columns)?;
        Ok(Link {
            key,
            child,
            parent,
            index,
            order,
            from,
            to,
        })
    }

    /// What a row of the child refers to; `None` when one of the values is NULL: then it refers to nothing.
    pub fn values_of_child(&self, row: &[Datum]) -> Option<Vec<Datum>> {
        values(row, &self.from)
    }

    /// The values by which a row of the parent is referred to.
    pub fn values_of_parent(&self, row: &[Datum]) -> Option<Vec<Datum>> {
        values(row, &self.to)
    }

    /// The same of a row that has changed: a value may be NULL now.
    pub fn new_values_of_parent(&self, row: &[Datum]) -> Vec<Datum> {
        self.to
            .iter()
            .map(|place| row.get(*place).cloned().unwrap_or(Datum::Null))
            .collect()
    }

    /// A row of the child that refers elsewhere.
    pub fn referring_to(&self, row: &[Datum], values: Option<&[Datum]>) -> Vec<Datum> {
        let mut row = row.to_vec();
        for (nth, place) in self.from.iter().enumerate() {
            if let Some(cell) = row.get_mut(*place) {
                *cell = values
                    .and_then(|values| values.get(nth))
                    .cloned()
                    .unwrap_or(Datum::Null);
            }
        }
        row
    }

    /// The key, in the parent's unique index, of the row with these values.
    pub fn key_of(&self, values: &[Datum]) -> Result<Bytes> {
        let ordered: Vec<Datum> = self
            .order
            .iter()
            .map(|place| values.get(*place).cloned().unwrap_or(Datum::Null))
            .collect();
        Ok(key_bound(&self.parent, &self.index, &ordered)?)
    }

    /// Where all of the parent's unique index lies.
    pub fn parent_span(&self) -> Span {
        cairn_rows::index_span(self.parent.id, self.index.id)
    }

    /// Those of the keys that no row of the parent has.
    pub async fn missing<'a, V>(
        &self,
        read: &dyn Read,
        referred: &'a Referred<V>,
    ) -> Result<Vec<(&'a Bytes, &'a V)>> {
        let mut missing = Vec::new();
        let all: Vec<(&Bytes, &V)> = referred.iter().collect();
        for some in all.chunks(LOOKUP) {
            let keys: Vec<Bytes> = some.iter().map(|(key, _)| (*key).clone()).collect();
            let found = read.get_many(&keys).await?;
            let absent = some.iter().zip(found).filter(|(_, found)| found.is_none());
            missing.extend(absent.map(|(entry, _)| *entry));
        }
        Ok(missing)
    }

    /// The rows of the child that refer to these, each with the key of what it refers to. `values` gives the values of a key's entry.
    pub async fn children<V: Sync>(
        &self,
        read: &dyn Read,
        referred: &Referred<V>,
        values: fn(&V) -> &[Datum],
    ) -> Result<Vec<(Bytes, Vec<Datum>)>> {
        if referred.is_empty() {
            return Ok(Vec::new());
        }
        let codec = TableCodec::new(&self.child)?;
        let Some(index) = self.child.index_beginning_with(&self.key.columns) else {
            return self.scan_children(read, &codec, referred).await;
        };
        let mut scans: Vec<BoxFuture<'_, Result<Vec<Vec<Datum>>>>> = Vec::new();
        for entry in referred.values() {
            let span = self.child_span(index, values(entry))?;
            scans.push(Box::pin(rows_in(read, &codec, &self.child, index, span)));
        }
        let found: Vec<Vec<Vec<Datum>>> = stream::iter(scans).buffered(SCANS).try_collect().await?;
        let mut children = Vec::new();
        for (key, rows) in referred.keys().zip(found) {
            children.extend(rows.into_iter().map(|row| (key.clone(), row)));
        }
        Ok(children)
    }

    /// Where the entries of the rows are that refer by these values.
    fn child_span(&self, index: &IndexDescriptor, values: &[Datum]) -> Result<Span> {
        let first: Vec<Datum> = index
            .columns
            .iter()
            .take(self.key.columns.len())
            .map(|part| {
                let nth = self.key.columns.iter().position(|id| *id == part.column);
                nth.and_then(|nth| values.get(nth))
                    .cloned()
                    .unwrap_or(Datum::Null)
            })
            .collect();
        Ok(equal_span(&self.child, index, &first)?)
    }

    /// Without an index: all rows are looked at.
    async fn scan_children<V>(
        &self,
        read: &dyn Read,
        codec: &TableCodec,
        referred: &Referred<V>,
    ) -> Result<Vec<(Bytes, Vec<Datum>)>> {
        let mut found = Vec::new();
        let mut rest = Some(primary_span(&self.child));
        while let Some(span) = rest {
            let Chunk { items, resume } = read.scan(&span, ScanLimit::default()).await?;
            for entry in items.iter() {
                let row = codec.decode(entry.key, entry.value)?;
                if let Some(values) = self.values_of_child(&row) {
                    let key = self.key_of(&values)?;
                    if referred.contains_key(&key) {
                        found.push((key, row));
                    }
                }
            }
            rest = resume.map(|start| span.from(start));
        }
        Ok(found)
    }
}

fn values(row: &[Datum], places: &[usize]) -> Option<Vec<Datum>> {
    places
        .iter()
        .map(|place| row.get(*place).filter(|value| !value.is_null()).cloned())
        .collect()
}

/// The rows whose entries in an index lie in a span.
async fn rows_in(
    read: &dyn Read,
    codec: &TableCodec,
    table: &TableDescriptor,
    index: &IndexDescriptor,
    span: Span,
) -> Result<Vec<Vec<Datum>>> {
    let mut rows = Vec::new();
    let mut rest = Some(span);
    while let Some(span) = rest {
        let Chunk { items, resume } = read.scan(&span, ScanLimit::default()).await?;
        match index.id == table.primary.id {
            true => {
                for entry in items.iter() {
                    rows.push(codec.decode(entry.key, entry.value)?);
                }
            }
            false => rows.extend(rows_of_entries(read, codec, index, &items).await?),
        }
        rest = resume.map(|start| span.from(start));
    }
    Ok(rows)
}

async fn rows_of_entries(
    read: &dyn Read,
    codec: &TableCodec,
    index: &IndexDescriptor,
    entries: &Entries,
) -> Result<Vec<Vec<Datum>>> {
    let keys = entries
        .iter()
        .map(|entry| codec.primary_key_of_entry(index, entry.key, entry.value))
        .collect::<Result<Vec<Bytes>, _>>()?;
    let found = read.get_many(&keys).await?;
    keys.iter()
        .zip(found)
        .map(|(key, found)| match found {
            Some(found) => Ok(codec.decode(key, &found.value)?),
            None => Err(SqlError::new(
                SqlState::DataCorrupted,
                format!(
                    "index {:?} has an entry for a row that is not there",
                    index.name
                ),
            )),
        })
        .collect()
}
