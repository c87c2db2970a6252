//! Rows and their index entries into a transaction, with the checks of uniqueness.
//!
//! HOW DATA FLOWS
//!   1. `look_up` fetches, for a batch of rows, whatever stands at their keys in the primary and the unique indexes.
//!   2. `clash` says what is in a row's way by now: what was looked up, with the transaction's own writes laid over it.
//!   3. `put` writes a new row; `update` gives rows new values; `delete` takes rows away.
//!   4. `finish` writes the rows that had to wait until others had left their keys.
//!
//! INVARIANTS
//!   Keys are unique when the statement is done, not before: a row whose new key is still another's waits for `finish`.
//!   Every index of the descriptor that the transaction itself read is kept up: `new` takes no other descriptor.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use bytes::Bytes;
use cairn_catalog::{IndexDescriptor, StepState, TableDescriptor};
use cairn_rows::{Datum, TableCodec};
use cairn_storage::{IndexId, Read, Transaction};

use super::mirror::Mirror;
use crate::{Result, SqlError, SqlState, admin::user_rows::UserRows, constraint::log::Log};

/// Rows looked up at once.
pub(crate) const LOOKUP: usize = 1024;

/// Stands for the primary key to come of a table that gets another one; no index has this id.
const NEW_KEY: IndexId = IndexId(0);

/// A row as it is and as it becomes.
pub(crate) type Replacement = (Vec<Datum>, Vec<Datum>);

/// Writes rows of one table.
pub(crate) struct Writer<'a> {
    transaction: &'a Arc<Transaction>,
    table: TableDescriptor,
    codec: TableCodec,
    /// Updated rows whose old form is gone and whose new key was still another row's.
    waiting: Vec<Vec<Datum>>,
    mirror: Option<Mirror>,
    /// What the changes mean for foreign keys.
    log: Log,
    /// Of the table of users, what its rows must keep.
    users: Option<UserRows>,
}

/// What stood at some keys when they were looked up.
#[derive(Default)]
pub(crate) struct Known(HashMap<Bytes, Option<Bytes>>);

/// The row that has a new row's values in a unique index.
pub(crate) struct Clash {
    pub index: IndexId,
    /// Its primary key.
    pub key: Bytes,
}

impl<'a> Writer<'a> {
    /// `table` is as the transaction itself read it.
    pub fn new(transaction: &'a Arc<Transaction>, table: TableDescriptor) -> Result<Self> {
        let codec = TableCodec::new(&table)?;
        Ok(Writer {
            transaction,
            mirror: Mirror::of(&table)?,
            users: UserRows::of(&table),
            table,
            codec,
            waiting: Vec::new(),
            log: Log::default(),
        })
    }

    /// Notes its changes in a log of this table's.
    pub fn noting(mut self, log: Log) -> Self {
        self.log = log;
        self
    }

    /// The row's primary key.
    pub fn key(&self, row: &[Datum]) -> Result<Bytes> {
        Ok(self.codec.key(row)?)
    }

    /// Writes new rows, and says how many. A row whose key is taken is an error.
    pub async fn insert(&mut self, rows: &[Vec<Datum>]) -> Result<u64> {
        for rows in rows.chunks(LOOKUP) {
            let known = self.look_up(rows).await?;
            for row in rows {
                if let Some(clash) = self.clash(&known, row, &[])? {
                    return Err(self.duplicate(clash.index, row));
                }
                self.put(row)?;
            }
        }
        Ok(rows.len() as u64)
    }

    /// Fetches what stands at the rows' keys.
    pub async fn look_up(&self, rows: &[Vec<Datum>]) -> Result<Known> {
        let mut keys = HashSet::new();
        for row in rows {
            keys.insert(self.key(row)?);
            for index in self.table.indexes.iter().filter(|index| index.unique) {
                keys.insert(self.codec.index_entry(index, row)?.0);
            }
            if let Some(mirror) = &self.mirror {
                keys.extend(mirror.key(row)?);
            }
        }
        self.fetch(keys).await
    }

    /// What is stored under these keys, as the transaction sees it.
    async fn fetch(&self, keys: HashSet<Bytes>) -> Result<Known> {
        let keys: Vec<Bytes> = keys.into_iter().collect();
        let found = self.transaction.get_many(&keys).await?;
        let values = found
            .into_iter()
            .map(|found| found.map(|found| found.value));
        Ok(Known(keys.into_iter().zip(values).collect()))
    }

    /// What stands at a key now.
    fn value(&self, known: &Known, key: &Bytes) -> Option<Bytes> {
        match self.transaction.written(key) {
            Some(own) => own,
            None => known.0.get(key).cloned().flatten(),
        }
    }

    /// The row in a new row's way; one in the way of `first` indexes before others, also where it has the new row's primary key.
    pub fn clash(&self, known: &Known, row: &[Datum], first: &[IndexId]) -> Result<Option<Clash>> {
        let key = self.key(row)?;
        let mut indexes: Vec<&IndexDescriptor> = self
            .table
            .all_indexes()
            .filter(|index| index.unique || index.id == self.table.primary.id)
            .collect();
        indexes.sort_by_key(|index| !first.contains(&index.id));
        for index in indexes {
            if index.id == self.table.primary.id {
                if self.value(known, &key).is_some() {
                    return Ok(Some(Clash {
                        index: index.id,
                        key,
                    }));
                }
            } else if let Some(other) = self.holder(known, index, row)? {
                return Ok(Some(Clash {
                    index: index.id,
                    key: other,
                }));
            }
        }
        let other = self.holder_of_new_key(known, row)?;
        Ok(other.filter(|other| *other != key).map(|key| Clash {
            index: NEW_KEY,
            key,
        }))
    }

    /// The primary key of the row that has this row's key to come.
    fn holder_of_new_key(&self, known: &Known, row: &[Datum]) -> Result<Option<Bytes>> {
        let Some(mirror) = &self.mirror else {
            return Ok(None);
        };
        let Some(key) = mirror.key(row)? else {
            return Ok(None);
        };
        match self.value(known, &key) {
            Some(value) => Ok(Some(self.codec.key(&mirror.row(&key, &value)?)?)),
            None => Ok(None),
        }
    }

    /// The primary key of the row that has this row's values in a unique index; a NULL among them is nobody's.
    fn holder(
        &self,
        known: &Known,
        index: &IndexDescriptor,
        row: &[Datum],
    ) -> Result<Option<Bytes>> {
        if self.has_null(index, row) {
            return Ok(None);
        }
        let (entry, _) = self.codec.index_entry(index, row)?;
        Ok(match self.value(known, &entry) {
            Some(value) => Some(self.codec.primary_key_of_entry(index, &entry, &value)?),
            None => None,
        })
    }

    fn has_null(&self, index: &IndexDescriptor, row: &[Datum]) -> bool {
        let is_indexed = |id| index.columns.iter().any(|part| part.column == id);
        let mut cells = self.table.columns.iter().zip(row);
        cells.any(|(column, cell)| is_indexed(column.id) && cell.is_null())
    }

    /// The rows at these primary keys; `None` where none is.
    pub async fn rows_at(&self, keys: &[Bytes]) -> Result<Vec<Option<Vec<Datum>>>> {
        let found = self.transaction.get_many(keys).await?;
        keys.iter()
            .zip(found)
            .map(|(key, found)| match found {
                Some(found) => Ok(Some(self.codec.decode(key, &found.value)?)),
                None => Ok(None),
            })
            .collect()
    }

    /// Writes a row that nothing is in the way of.
    pub fn put(&mut self, row: &[Datum]) -> Result<()> {
        self.note(None, Some(row))?;
        self.place(row)
    }

    fn note(&mut self, old: Option<&[Datum]>, new: Option<&[Datum]>) -> Result<()> {
        if let Some(users) = &mut self.users {
            users.note(old, new)?;
        }
        self.log.note(old, new)
    }

    fn place(&self, row: &[Datum]) -> Result<()> {
        let (key, value) = self.encode(row)?;
        self.transaction.put(key, value)?;
        for index in &self.table.indexes {
            let (key, value) = self.codec.index_entry(index, row)?;
            self.transaction.put(key, value)?;
        }
        match &self.mirror {
            Some(mirror) => mirror.put(self.transaction, row),
            None => Ok(()),
        }
    }

    /// Gives rows new values. Within the batch all old rows leave before the first new one comes.
    pub async fn update(&mut self, changes: &[Replacement]) -> Result<()> {
        for changes in changes.chunks(LOOKUP) {
            for (old, new) in changes {
                self.encode(new)?;
                self.leave(old, new)?;
                self.note(Some(old), Some(new))?;
            }
            let known = self.look_up_moved(changes).await?;
            for (old, new) in changes {
                match self.is_free(&known, old, new)? {
                    true => self.replace(old, new)?,
                    false => {
                        self.withdraw(old, new)?;
                        self.waiting.push(new.clone());
                    }
                }
            }
        }
        Ok(())
    }

    /// Removes what of the old row is not overwritten by the new one.
    fn leave(&self, old: &[Datum], new: &[Datum]) -> Result<()> {
        let key = self.key(old)?;
        if key != self.key(new)? {
            self.transaction.delete(key)?;
        }
        for index in &self.table.indexes {
            let (entry, _) = self.codec.index_entry(index, old)?;
            if entry != self.codec.index_entry(index, new)?.0 {
                self.transaction.delete(entry)?;
            }
        }
        match &self.mirror {
            Some(mirror) => mirror.delete(self.transaction, old),
            None => Ok(()),
        }
    }

    /// Removes the rest of the old row, which the new one cannot overwrite yet.
    fn withdraw(&self, old: &[Datum], new: &[Datum]) -> Result<()> {
        let key = self.key(old)?;
        if key == self.key(new)? {
            self.transaction.delete(key)?;
        }
        for index in &self.table.indexes {
            let (entry, _) = self.codec.index_entry(index, old)?;
            if entry == self.codec.index_entry(index, new)?.0 {
                self.transaction.delete(entry)?;
            }
        }
        Ok(())
    }

    /// Fetches what stands at the keys that rows move to.
    async fn look_up_moved(&self, changes: &[Replacement]) -> Result<Known> {
        let mut keys = HashSet::new();
        for (old, new) in changes {
            let key = self.key(new)?;
            if key != self.key(old)? {
                keys.insert(key);
            }
            for index in self.table.indexes.iter().filter(|index| index.unique) {
                let (entry, _) = self.codec.index_entry(index, new)?;
                if entry != self.codec.index_entry(index, old)?.0 {
                    keys.insert(entry);
                }
            }
            if let Some(mirror) = &self.mirror {
                keys.extend(mirror.key(new)?);
            }
        }
        self.fetch(keys).await
    }

    /// Whether nothing is in the way of a row that moves.
    fn is_free(&self, known: &Known, old: &[Datum], new: &[Datum]) -> Result<bool> {
        let key = self.key(new)?;
        if key != self.key(old)? && self.value(known, &key).is_some() {
            return Ok(false);
        }
        for index in self.table.indexes.iter().filter(|index| index.unique) {
            let entry = self.codec.index_entry(index, new)?.0;
            if entry != self.codec.index_entry(index, old)?.0
                && self
                    .holder(known, index, new)?
                    .is_some_and(|other| other != key)
            {
                return Ok(false);
            }
        }
        // Its own old form has left the successor already.
        let other = self.holder_of_new_key(known, new)?;
        Ok(other.is_none_or(|other| other == key))
    }

    /// Writes the new form of a row. Entries that stay as they are, are left alone, once the index is whole.
    fn replace(&self, old: &[Datum], new: &[Datum]) -> Result<()> {
        let (key, value) = self.encode(new)?;
        self.transaction.put(key, value)?;
        for index in &self.table.indexes {
            let entry = self.codec.index_entry(index, new)?;
            if index.state != StepState::Public || entry != self.codec.index_entry(index, old)? {
                self.transaction.put(entry.0, entry.1)?;
            }
        }
        match &self.mirror {
            Some(mirror) => mirror.put(self.transaction, new),
            None => Ok(()),
        }
    }

    /// Ends the statement: the rows that waited take their places. The answer is what all changes mean for foreign keys, which
    /// `constraint::consequences` settles.
    pub async fn finish(mut self) -> Result<Log> {
        let waiting = std::mem::take(&mut self.waiting);
        for rows in waiting.chunks(LOOKUP) {
            let known = self.look_up(rows).await?;
            for row in rows {
                if let Some(clash) = self.clash(&known, row, &[])? {
                    return Err(self.duplicate(clash.index, row));
                }
                self.place(row)?;
            }
        }
        if let Some(users) = self.users {
            users.settle(self.transaction).await?;
        }
        Ok(self.log)
    }

    /// Removes a row with its entries.
    pub fn delete(&mut self, row: &[Datum]) -> Result<()> {
        self.remove(row)?;
        self.note(Some(row), None)
    }

    fn remove(&self, row: &[Datum]) -> Result<()> {
        self.transaction.delete(self.codec.key(row)?)?;
        for index in &self.table.indexes {
            self.transaction
                .delete(self.codec.index_entry(index, row)?.0)?;
        }
        match &self.mirror {
            Some(mirror) => mirror.delete(self.transaction, row),
            None => Ok(()),
        }
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

    /// 23505 for a row that has no place in an index.
    pub fn duplicate(&self, index: IndexId, row: &[Datum]) -> SqlError {
        if let Some(mirror) = self.mirror.as_ref().filter(|_| index == NEW_KEY) {
            return mirror.duplicate(row);
        }
        match self.table.all_indexes().find(|known| known.id == index) {
            Some(index) => duplicate(&self.table, index, row),
            None => SqlError::internal("a clash in an index that the table does not have"),
        }
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
