//! What a statement's changes of one table mean for foreign keys, noted while they happen and looked at when it is done.

use std::{collections::HashMap, sync::Arc};

use cairn_catalog::{TableDescriptor, TableId};
use cairn_rows::Datum;
use cairn_storage::Transaction;

use super::link::{Link, Referred};
use crate::Result;

/// The tables that foreign keys lead to, each read once through the transaction.
#[derive(Default)]
pub(crate) struct Tables(HashMap<TableId, Arc<TableDescriptor>>);

impl Tables {
    async fn get(
        &mut self,
        transaction: &Transaction,
        id: TableId,
    ) -> Result<Arc<TableDescriptor>> {
        if let Some(table) = self.0.get(&id) {
            return Ok(table.clone());
        }
        let table = Arc::new(cairn_catalog::read_table(transaction, id).await?);
        self.0.insert(id, table.clone());
        Ok(table)
    }
}

/// The changes of one table.
#[derive(Default)]
pub(crate) struct Log {
    /// The table's own foreign keys, with what rows must be there.
    pub wanted: Vec<Wanted>,
    /// Other tables' foreign keys, with the keys that rows have left.
    pub left: Vec<LeftBehind>,
}

/// What rows refer to since they were written.
pub(crate) struct Wanted {
    pub link: Link,
    pub values: Referred<Vec<Datum>>,
}

/// Keys that rows had and have no more.
pub(crate) struct LeftBehind {
    pub link: Link,
    pub keys: Referred<Moved>,
}

/// From which values, and to which: `None` when the row was deleted.
#[derive(Clone)]
pub(crate) struct Moved {
    pub from: Vec<Datum>,
    pub to: Option<Vec<Datum>>,
}

impl Log {
    /// Begins the log of a table, which is as the transaction itself read it.
    pub async fn open(
        transaction: &Transaction,
        table: &Arc<TableDescriptor>,
        tables: &mut Tables,
    ) -> Result<Self> {
        let mut log = Log::default();
        for key in &table.foreign_keys {
            let parent = match key.referenced == table.id {
                true => table.clone(),
                false => tables.get(transaction, key.referenced).await?,
            };
            log.wanted.push(Wanted {
                link: Link::new(key.clone(), table.clone(), parent)?,
                values: Referred::new(),
            });
        }
        for id in &table.referenced_by {
            let child = match *id == table.id {
                true => table.clone(),
                false => tables.get(transaction, *id).await?,
            };
            for key in child
                .foreign_keys
                .iter()
                .filter(|key| key.referenced == table.id)
            {
                log.left.push(LeftBehind {
                    link: Link::new(key.clone(), child.clone(), table.clone())?,
                    keys: Referred::new(),
                });
            }
        }
        Ok(log)
    }

    /// Notes a row that was written, removed or replaced.
    pub fn note(&mut self, old: Option<&[Datum]>, new: Option<&[Datum]>) -> Result<()> {
        for wanted in &mut self.wanted {
            let link = &wanted.link;
            let now = new.and_then(|row| link.values_of_child(row));
            let before = old.and_then(|row| link.values_of_child(row));
            if let Some(values) = now
                && before.as_ref() != Some(&values)
            {
                wanted.values.insert(link.key_of(&values)?, values);
            }
        }
        for left in &mut self.left {
            let link = &left.link;
            let Some(from) = old.and_then(|row| link.values_of_parent(row)) else {
                continue;
            };
            let to = new.map(|row| link.new_values_of_parent(row));
            if to.as_ref() != Some(&from) {
                left.keys.insert(link.key_of(&from)?, Moved { from, to });
            }
        }
        Ok(())
    }
}
