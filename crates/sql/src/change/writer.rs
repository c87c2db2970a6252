//! Rows and their index entries into a transaction, with the checks of uniqueness.

use std::{collections::HashSet, sync::Arc};

use bytes::Bytes;
use cairn_catalog::{IndexDescriptor, TableDescriptor};
use cairn_rows::{Datum, TableCodec};
use cairn_storage::{Read, Transaction};

use crate::{Result, SqlError, SqlState, constraint::log::Log};

/// Rows looked up at once.
const LOOKUP: usize = 1024;

/// What to do about a row whose key is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Conflict {
    Error,
    /// UPSERT: the new row takes the old one's place. A clash in another unique index is still an error.
    Replace,
    /// ON CONFLICT DO NOTHING.
    Skip,
}

/// Writes rows of one table.
pub(crate) struct Writer<'a> {
    transaction: &'a Arc<Transaction>,
    table: TableDescriptor,
    codec: TableCodec,
    /// What the changes mean for foreign keys.
    log: Log,
}

impl<'a> Writer<'a> {
    /// `table` is as the transaction itself read it.
    pub fn new(transaction: &'a Arc<Transaction>, table: TableDescriptor) -> Result<Self> {
        let codec = TableCodec::new(&table)?;
        Ok(Writer {
            transaction,
            table,
            codec,
            log: Log::default(),
        })
    }

    /// Notes its changes in a log of this table's.
    pub fn noting(mut self, log: Log) -> Self {
        self.log = log;
        self
    }

    /// What the changes mean for foreign keys: `constraint::consequences` settles it at the end of the statement.
    pub fn into_log(self) -> Log {
        self.log
    }

    /// The row's primary key.
    pub fn key(&self, row: &[Datum]) -> Result<Bytes> {
        Ok(self.codec.key(row)?)
    }

    /// Writes new rows, and says how many.
    pub async fn insert(&mut self, rows: Vec<Vec<Datum>>, conflict: Conflict) -> Result<u64> {
        let mut count = 0;
        for rows in rows.chunks(LOOKUP) {
            count += self.insert_some(rows, conflict).await?;
        }
        Ok(count)
    }

    async fn insert_some(&mut self, rows: &[Vec<Datum>], conflict: Conflict) -> Result<u64> {
        let encoded = rows
            .iter()
            .map(|row| self.encode(row))
            .collect::<Result<Vec<_>>>()?;
        let keys: Vec<Bytes> = encoded.iter().map(|(key, _)| key.clone()).collect();
        let found = self.transaction.get_many(&keys).await?;
        let mut fresh = HashSet::new();
        let mut count = 0;
        for ((row, (key, value)), found) in rows.iter().zip(encoded).zip(found) {
            // A key that this statement wrote a moment ago was not there when it was looked up.
            let repeated = !fresh.insert(key.clone());
            let present = match found {
                Some(found) if !repeated => Some(found.value),
                _ if repeated => self.transaction.get(&key).await?.map(|found| found.value),
                _ => None,
            };
            let mut replaced = None;
            match (present, conflict) {
                (Some(_), Conflict::Error) => return Err(self.duplicate(&self.table.primary, row)),
                (Some(_), Conflict::Skip) => continue,
                (Some(_), Conflict::Replace) if repeated => {
                    return Err(SqlError::new(
                        SqlState::CardinalityViolation,
                        "UPSERT command cannot affect row a second time",
                    ));
                }
                (Some(old), Conflict::Replace) => {
                    let old = self.codec.decode(&key, &old)?;
                    self.delete_entries(&old)?;
                    replaced = Some(old);
                }
                (None, _) => {}
            }
            if let Some(index) = self.clash(row, &key).await? {
                if conflict == Conflict::Skip {
                    continue;
                }
                return Err(self.duplicate(&index.clone(), row));
            }
            self.put(row, key, value)?;
            self.log.note(replaced.as_deref(), Some(row))?;
            count += 1;
        }
        Ok(count)
    }

    /// Gives rows new values, all at once: a key that one row leaves is free for another.
    pub async fn update(&mut self, changes: Vec<(Vec<Datum>, Vec<Datum>)>) -> Result<u64> {
        let mut count = 0;
        for (old, new) in &changes {
            self.encode(new)?;
            self.remove(old)?;
        }
        for (old, new) in &changes {
            let (key, value) = self.encode(new)?;
            if self.transaction.get(&key).await?.is_some() {
                return Err(self.duplicate(&self.table.primary, new));
            }
            if let Some(index) = self.clash(new, &key).await? {
                return Err(self.duplicate(&index.clone(), new));
            }
            self.put(new, key, value)?;
            self.log.note(Some(old), Some(new))?;
            count += 1;
        }
        Ok(count)
    }

    /// Removes a row with its entries.
    pub fn delete(&mut self, row: &[Datum]) -> Result<()> {
        self.remove(row)?;
        self.log.note(Some(row), None)
    }

    fn remove(&self, row: &[Datum]) -> Result<()> {
        self.transaction.delete(self.codec.key(row)?)?;
        self.delete_entries(row)
    }

    fn delete_entries(&self, row: &[Datum]) -> Result<()> {
        for index in &self.table.indexes {
            self.transaction
                .delete(self.codec.index_entry(index, row)?.0)?;
        }
        Ok(())
    }

    fn put(&self, row: &[Datum], key: Bytes, value: Bytes) -> Result<()> {
        self.transaction.put(key, value)?;
        for index in &self.table.indexes {
            let (key, value) = self.codec.index_entry(index, row)?;
            self.transaction.put(key, value)?;
        }
        Ok(())
    }

    fn encode(&self, row: &[Datum]) -> Result<(Bytes, Bytes)> {
        self.codec.encode(row).map_err(|error| match error {
            cairn_rows::Error::NotNull { table, column } => SqlError::new(
                SqlState::NotNullViolation,
                format!("null value in column {column:?} of relation {table:?} violates not-null constraint"),
            )
            .relation(table)
            .column(column),
            other => other.into(),
        })
    }

    /// The unique index in which another row has this row's values.
    async fn clash(&self, row: &[Datum], key: &[u8]) -> Result<Option<&IndexDescriptor>> {
        for index in self.table.indexes.iter().filter(|index| index.unique) {
            let (entry, _) = self.codec.index_entry(index, row)?;
            if let Some(found) = self.transaction.get(&entry).await?
                && self
                    .codec
                    .primary_key_of_entry(index, &entry, &found.value)?
                    != key
            {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }

    fn duplicate(&self, index: &IndexDescriptor, row: &[Datum]) -> SqlError {
        duplicate(&self.table, index, row)
    }
}

/// 23505, naming the constraint and, where the row is at hand, the values.
pub(crate) fn duplicate(
    table: &TableDescriptor,
    index: &IndexDescriptor,
    row: &[Datum],
) -> SqlError {
    let (mut names, mut values) = (Vec::new(), Vec::new());
    for part in &index.columns {
        let Some(place) = table
            .columns
            .iter()
            .position(|column| column.id == part.column)
        else {
            continue;
        };
        if let (Some(column), Some(value)) = (table.columns.get(place), row.get(place)) {
            let mut text = String::new();
            value.write_text(&column.ty, &mut text);
            names.push(column.name.clone());
            values.push(text);
        }
    }
    let error = SqlError::new(
        SqlState::UniqueViolation,
        format!(
            "duplicate key value violates unique constraint {:?}",
            index.name
        ),
    )
    .relation(&table.name)
    .constraint(index.name.clone());
    match values.is_empty() {
        true => error,
        false => error.detail(format!(
            "Key ({})=({}) already exists.",
            names.join(", "),
            values.join(", ")
        )),
    }
}
