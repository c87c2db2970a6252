//! Single records of the catalog, read and written through a transaction: what all changes are made of.

use bytes::Bytes;
use cairn_storage::{Read, TableId, Transaction};

use crate::layout::{self, FIRST_USER_ID};
use crate::{DatabaseDescriptor, DatabaseId, Error, Result, State, TableDescriptor};

/// The longest name, in bytes.
const MAX_NAME: usize = 255;

/// A public table as the transaction sees it. Reading it here puts the descriptor into the transaction's reads, so
/// that the transaction conflicts with every step of a schema change: each transaction that touches a table calls
/// this, also when it has the descriptor from a view.
///
/// # Errors
/// `UnknownTable` when the table was dropped, `Offline` when it is not published.
pub async fn read_table(txn: &Transaction, id: TableId) -> Result<TableDescriptor> {
    let table = find_table(txn, id).await?;
    match &table.state {
        State::Public => Ok(table),
        State::Offline(offline) => Err(Error::Offline {
            name: table.name,
            reason: offline.reason.clone(),
        }),
        State::Dropping => Err(Error::UnknownTable { name: table.name }),
    }
}

/// A table in any state.
pub(crate) async fn find_table(txn: &Transaction, id: TableId) -> Result<TableDescriptor> {
    let found = txn
        .get(&layout::table(id))
        .await?
        .ok_or(Error::UnknownTableId { id })?;
    TableDescriptor::from_json(&found.value)
}

/// A database in any state.
pub(crate) async fn find_database(txn: &Transaction, id: DatabaseId) -> Result<DatabaseDescriptor> {
    let found = txn
        .get(&layout::database(id))
        .await?
        .ok_or(Error::UnknownDatabaseId { id })?;
    DatabaseDescriptor::from_json(&found.value)
}

pub(crate) fn write_table(txn: &Transaction, table: &TableDescriptor) -> Result<()> {
    table.check()?;
    txn.put(layout::table(table.id), table.to_json()?)?;
    changed(txn)
}

pub(crate) fn write_database(txn: &Transaction, database: &DatabaseDescriptor) -> Result<()> {
    txn.put(layout::database(database.id), database.to_json()?)?;
    changed(txn)
}

/// Notes that the catalog has changed, so that no cached view outlives this commit. A blind write: two changes
/// of different objects do not conflict.
pub(crate) fn changed(txn: &Transaction) -> Result<()> {
    Ok(txn.put(layout::generation(), Bytes::new())?)
}

/// Gives a name to an object.
pub(crate) async fn take_name(
    txn: &Transaction,
    key: Bytes,
    id: u32,
    taken: impl FnOnce() -> Error,
) -> Result<()> {
    if txn.get(&key).await?.is_some() {
        return Err(taken());
    }
    Ok(txn.put(key, id.to_be_bytes().to_vec())?)
}

pub(crate) fn check_name(what: &str, name: &str) -> Result<()> {
    let problem = if name.is_empty() {
        "a name cannot be empty".to_owned()
    } else if name.len() > MAX_NAME {
        format!("a name has at most {MAX_NAME} bytes")
    } else if name.contains('\0') {
        "a name cannot contain a NUL character".to_owned()
    } else {
        return Ok(());
    };
    Err(Error::Invalid {
        object: format!("{what} {name:?}"),
        problem,
    })
}

/// Refuses to change what the system stands on.
pub(crate) fn check_user_table(table: &TableDescriptor) -> Result<()> {
    if table.id.0 < FIRST_USER_ID {
        return Err(Error::System {
            object: format!("table {:?}", table.name),
        });
    }
    Ok(())
}

pub(crate) fn check_user_database(database: &DatabaseDescriptor) -> Result<()> {
    if database.id.0 < FIRST_USER_ID {
        return Err(Error::System {
            object: format!("database {:?}", database.name),
        });
    }
    Ok(())
}
