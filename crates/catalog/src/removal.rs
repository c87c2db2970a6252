//! What is dropped but still has its rows.
//!
//! HOW DATA FLOWS
//!   1. A drop puts an entry into the queue, in its own commit; the entry's version is the drop's.
//!   2. Once the table's floor has passed that version, no read can want the rows (`removals` says which are due).
//!   3. The caller has the engine remove each of the entry's prefixes, then calls `finish_removal`.
//!
//! CRASH
//!   Removing is repeated until the entry is gone: it is idempotent, and an id is never used again.

use cairn_storage::{IndexId, Prefix, Read, TableId, Transaction, Version};

use crate::record::find_table;
use crate::view::for_each;
use crate::{Error, PRIMARY_INDEX, Result, layout};

/// A dropped table, or a dropped index of a living one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    pub table: TableId,
    /// None: the whole table.
    pub index: Option<IndexId>,
    /// The commit that dropped it.
    pub dropped_at: Version,
    /// Where its rows and entries lie.
    pub prefixes: Vec<Prefix>,
}

/// The queue, by table.
pub async fn removals(read: &dyn Read) -> Result<Vec<Removal>> {
    let mut queue = Vec::new();
    for_each(read, &layout::removals(), |key, _, version| {
        let (table, index) = layout::removal_of(key)?;
        // An entry of the reader's own is not committed yet, so not due.
        if let Some(dropped_at) = version {
            queue.push(Removal {
                table,
                index,
                dropped_at,
                prefixes: Vec::new(),
            });
        }
        Ok(())
    })
    .await?;
    for removal in &mut queue {
        removal.prefixes = prefixes(read, removal.table, removal.index).await?;
    }
    Ok(queue)
}

async fn prefixes(read: &dyn Read, table: TableId, index: Option<IndexId>) -> Result<Vec<Prefix>> {
    if let Some(index) = index {
        return Ok(vec![Prefix { table, index }]);
    }
    let Some(found) = read.get(&layout::table(table)).await? else {
        return Ok(Vec::new());
    };
    // Every index the table ever had: one that was dropped alone may still be in the queue too.
    let descriptor = crate::TableDescriptor::from_json(&found.value)?;
    let indexes = PRIMARY_INDEX.0..descriptor.next_index.0;
    Ok(indexes
        .map(|index| Prefix {
            table,
            index: IndexId(index),
        })
        .collect())
}

/// Forgets what is removed: the queue's entry, and a table's descriptor.
pub async fn finish_removal(txn: &Transaction, removal: &Removal) -> Result<()> {
    txn.delete(layout::removal(removal.table, removal.index))?;
    if removal.index.is_some() {
        return Ok(());
    }
    match find_table(txn, removal.table).await {
        Ok(_) => {}
        Err(Error::UnknownTableId { .. }) => return Ok(()),
        Err(error) => return Err(error),
    }
    txn.delete(layout::public_since(removal.table))?;
    txn.delete(layout::table(removal.table))?;
    crate::record::changed(txn)
}
