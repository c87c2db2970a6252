//! Changes of databases.

use cairn_storage::Transaction;

use crate::allocation::allocate;
use crate::foreign_key::detach;
use crate::record::{
    changed, check_name, check_user_database, find_database, find_table, take_database_name,
    write_database,
};
use crate::table::{drop_any_table, tables_in};
use crate::{DatabaseDescriptor, DatabaseId, Error, Offline, Result, State, layout};

/// The schemas that are there in every database.
const SCHEMAS: [&str; 4] = [
    "public",
    "pg_catalog",
    "information_schema",
    "crdb_internal",
];

/// Whether a name of two parts that begins with this one means a schema: a database called so could not be told from it.
#[must_use]
pub fn is_schema(name: &str) -> bool {
    SCHEMAS.contains(&name)
}

/// # Errors
/// For what cannot be the name of a new database.
fn check_database_name(name: &str) -> Result<()> {
    check_name("database", name)?;
    match is_schema(name) {
        true => Err(Error::ReservedName {
            name: name.to_owned(),
        }),
        false => Ok(()),
    }
}

/// Makes an empty database.
///
/// # Errors
/// `DatabaseExists`, `ReservedName`.
pub async fn create_database(txn: &Transaction, name: &str) -> Result<DatabaseDescriptor> {
    create(txn, name, None, State::Public).await
}

/// Makes a database that only the job filling it sees; its name is taken from now on.
pub async fn create_offline_database(
    txn: &Transaction,
    name: &str,
    comment: Option<String>,
    offline: Offline,
) -> Result<DatabaseDescriptor> {
    create(txn, name, comment, State::Offline(offline)).await
}

async fn create(
    txn: &Transaction,
    name: &str,
    comment: Option<String>,
    state: State,
) -> Result<DatabaseDescriptor> {
    check_database_name(name)?;
    let id = DatabaseId(allocate(txn, layout::next_database(), "databases").await?);
    let database = DatabaseDescriptor {
        state,
        comment,
        ..DatabaseDescriptor::new(id, name)
    };
    put_new(txn, &database).await?;
    Ok(database)
}

/// Stores a database whose id is chosen already.
pub(crate) async fn put_new(txn: &Transaction, database: &DatabaseDescriptor) -> Result<()> {
    take_database_name(txn, &database.name, database.id).await?;
    write_database(txn, database)
}

/// Gives a database another name.
///
/// # Errors
/// `DatabaseExists`, `ReservedName`.
pub async fn rename_database(txn: &Transaction, id: DatabaseId, name: &str) -> Result<()> {
    check_database_name(name)?;
    let mut database = read_database(txn, id).await?;
    check_user_database(&database)?;
    if database.name == name {
        return Ok(());
    }
    take_database_name(txn, name, id).await?;
    txn.delete(layout::database_name(&database.name))?;
    database.name = name.to_owned();
    write_database(txn, &database)
}

/// Gives a database a comment, or none.
pub async fn comment_on_database(
    txn: &Transaction,
    id: DatabaseId,
    comment: Option<String>,
) -> Result<()> {
    let mut database = read_database(txn, id).await?;
    check_user_database(&database)?;
    database.comment = comment;
    write_database(txn, &database)
}

/// Stores a public database's grants, zone and comment. Id, name and state stay.
pub async fn put_database(txn: &Transaction, database: &DatabaseDescriptor) -> Result<()> {
    let stored = read_database(txn, database.id).await?;
    if (&stored.name, &stored.state) != (&database.name, &database.state) {
        return Err(Error::Invalid {
            object: format!("database {:?}", stored.name),
            problem: "a new definition cannot change its name or state".into(),
        });
    }
    write_database(txn, database)
}

/// Drops a database with all its tables, offline ones included: a job that fills one then fails.
pub async fn drop_database(txn: &Transaction, id: DatabaseId) -> Result<()> {
    let database = read_database(txn, id).await?;
    check_user_database(&database)?;
    remove(txn, &database).await
}

/// A public database as the transaction sees it.
///
/// # Errors
/// `UnknownDatabaseId`, also while it is offline.
pub async fn read_database(txn: &Transaction, id: DatabaseId) -> Result<DatabaseDescriptor> {
    let database = find_database(txn, id).await?;
    if database.state.is_public() {
        Ok(database)
    } else {
        Err(Error::UnknownDatabaseId { id })
    }
}

/// The descriptor goes at once: reads of the past have their own view, and the tables are queued one by one.
pub(crate) async fn remove(txn: &Transaction, database: &DatabaseDescriptor) -> Result<()> {
    for table in tables_in(txn, database.id).await? {
        // Foreign keys of other databases' tables that refer here go with it.
        detach(txn, table.id).await?;
        let mut table = find_table(txn, table.id).await?;
        // Its rows are kept for as long as they would have been.
        table.zone = table.zone.or(database.zone);
        drop_any_table(txn, table)?;
    }
    txn.delete(layout::database_name(&database.name))?;
    txn.delete(layout::database(database.id))?;
    changed(txn)
}
