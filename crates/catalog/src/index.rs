//! The steps of an index: write-only, then public; and gone.
//!
//! A writer that read the descriptor before a step conflicts with it (`read_table`), so after the commit that makes
//! an index write-only, at version T, every writer keeps it up. What was there at T is then backfilled by an ingest
//! *with version T*, and what writers do later lies above it.

use bytes::Bytes;
use cairn_storage::{IndexId, TableId, Transaction};

use crate::record::{check_name, check_user_table, read_table, write_table};
use crate::{Error, IndexColumn, IndexDescriptor, Result, StepState, TableDescriptor, layout};

/// Adds an index that writers keep up and nobody reads.
///
/// # Errors
/// `IndexExists`, `Invalid`.
pub async fn add_index(
    txn: &Transaction,
    table: TableId,
    name: &str,
    unique: bool,
    columns: Vec<IndexColumn>,
) -> Result<IndexDescriptor> {
    check_name("index", name)?;
    let mut table = read_table(txn, table).await?;
    check_user_table(&table)?;
    if table.index_named(name).is_some() {
        return Err(Error::IndexExists {
            table: table.name,
            index: name.to_owned(),
        });
    }
    let index = table.push_index(name, unique, columns, StepState::WriteOnly)?;
    write_table(txn, &table)?;
    Ok(index)
}

/// Lets readers use an index that is complete.
pub async fn publish_index(txn: &Transaction, table: TableId, index: IndexId) -> Result<()> {
    let mut table = read_table(txn, table).await?;
    let name = table.name.clone();
    let found = table.indexes.iter_mut().find(|other| other.id == index);
    let unknown = || Error::UnknownIndex {
        table: name,
        index: index.to_string(),
    };
    found.ok_or_else(unknown)?.state = StepState::Public;
    write_table(txn, &table)
}

/// Drops a secondary index, complete or not; its entries go once no read can want them.
pub async fn drop_index(txn: &Transaction, table: TableId, index: IndexId) -> Result<()> {
    let mut table = read_table(txn, table).await?;
    check_user_table(&table)?;
    let before = table.indexes.len();
    table.indexes.retain(|other| other.id != index);
    if table.indexes.len() == before {
        return Err(Error::UnknownIndex {
            table: table.name,
            index: index.to_string(),
        });
    }
    txn.put(layout::removal(table.id, Some(index)), Bytes::new())?;
    write_table(txn, &table)
}

impl TableDescriptor {
    /// Adds a secondary index under the next free id.
    ///
    /// # Errors
    /// `IdsExhausted`. Whether the columns are there is `check`'s matter.
    pub fn push_index(
        &mut self,
        name: &str,
        unique: bool,
        columns: Vec<IndexColumn>,
        state: StepState,
    ) -> Result<IndexDescriptor> {
        let id = self.next_index;
        self.next_index = IndexId(
            id.0.checked_add(1)
                .ok_or(Error::IdsExhausted { what: "indexes" })?,
        );
        let index = IndexDescriptor {
            state,
            ..IndexDescriptor::new(id, name, unique, columns)
        };
        self.indexes.push(index.clone());
        Ok(index)
    }
}
