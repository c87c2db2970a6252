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
            object: format!("relation {:?}", table.name),
            reason: offline.reason.clone(),
        }),
        State::Dropping => Err(Error::UnknownTable { name: table.name }),
    }
}

/// A public table that a text is to name in full. Its database is read too, so that the transaction conflicts with whoever gives
/// either another name: that one rewrites the texts that are there, not one that is on its way.
pub(crate) async fn read_named_table(txn: &Transaction, id: TableId) -> Result<TableDescriptor> {
    let table = read_table(txn, id).await?;
    find_database(txn, table.database).await?;
    Ok(table)
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

/// Gives a name to a database.
pub(crate) async fn take_database_name(
    txn: &Transaction,
    name: &str,
    id: DatabaseId,
) -> Result<()> {
    let key = layout::database_name(name);
    let Some(taken) = txn.get(&key).await? else {
        return Ok(txn.put(key, id.0.to_be_bytes().to_vec())?);
    };
    let other = find_database(txn, DatabaseId(named_id(&taken.value)?)).await?;
    let exists = Error::DatabaseExists {
        name: name.to_owned(),
    };
    Err(taken_by(other.state, format!("database {name:?}"), exists))
}

/// Gives a name to a table, view or sequence.
pub(crate) async fn take_relation_name(
    txn: &Transaction,
    database: DatabaseId,
    name: &str,
    id: TableId,
) -> Result<()> {
    let key = layout::relation_name(database, name);
    let Some(taken) = txn.get(&key).await? else {
        return Ok(txn.put(key, id.0.to_be_bytes().to_vec())?);
    };
    let other = find_table(txn, TableId(named_id(&taken.value)?)).await?;
    let exists = Error::RelationExists {
        name: name.to_owned(),
    };
    Err(taken_by(other.state, format!("relation {name:?}"), exists))
}

/// What is offline is there for nobody: that it has the name must be said.
fn taken_by(state: State, object: String, exists: Error) -> Error {
    match state {
        State::Offline(offline) => Error::Offline {
            object,
            reason: offline.reason,
        },
        _ => exists,
    }
}

/// The id that a name stands for.
fn named_id(value: &[u8]) -> Result<u32> {
    let bytes = <[u8; 4]>::try_from(value).map_err(|_| Error::Damaged {
        what: "name".into(),
        source: None,
    })?;
    Ok(u32::from_be_bytes(bytes))
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
