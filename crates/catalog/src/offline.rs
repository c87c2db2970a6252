//! The end of offline objects: published or abandoned, inside the transaction that also ends their job.
//!
//! Every call names the job, so that one whose claim was lost cannot touch what is another's.

use cairn_storage::{Read, TableId, Transaction};

use crate::record::{find_database, find_table, write_database, write_table};
use crate::references::note_view;
use crate::table::{drop_any_table, drop_unnamed_table, note_public};
use crate::{
    DatabaseDescriptor, DatabaseId, Error, Result, State, TableDescriptor, USERS_TABLE, database,
    layout,
};

/// Who may use a table that becomes public.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Whoever may use its database by now, as he may use that.
    OfDatabase,
    RootAlone,
}

/// Makes an offline table public from this commit's version on. Who may use it is settled here: who had a privilege on the database
/// when the table was made may have lost it since, or be gone. A view is noted at what it reads of the system's: it may have been given up
/// before.
///
/// # Errors
/// `UnknownTable` when it was dropped with its database, or is not this job's.
pub async fn publish_table(
    txn: &Transaction,
    id: TableId,
    job: i64,
    audience: Audience,
) -> Result<TableDescriptor> {
    let mut table = of_job(find_table(txn, id).await?, Some(job))?;
    table.grants = match audience {
        Audience::OfDatabase => find_database(txn, table.database).await?.grants,
        Audience::RootAlone => Vec::new(),
    };
    table.state = State::Public;
    note_public(txn, id)?;
    write_table(txn, &table)?;
    note_view(txn, &table, |relation| relation == USERS_TABLE).await?;
    Ok(table)
}

/// Replaces the definition of a job's offline table. Id, name, database and state stay.
///
/// # Errors
/// `UnknownTable` when it is not this job's any more.
pub async fn put_offline_table(txn: &Transaction, table: &TableDescriptor, job: i64) -> Result<()> {
    let stored = of_job(find_table(txn, table.id).await?, Some(job))?;
    write_table(
        txn,
        &TableDescriptor {
            name: stored.name,
            database: stored.database,
            state: stored.state,
            ..table.clone()
        },
    )
}

/// Makes an offline database public; its tables have calls of their own.
pub async fn publish_database(
    txn: &Transaction,
    id: DatabaseId,
    job: i64,
) -> Result<DatabaseDescriptor> {
    let mut database = database_of_job(find_database(txn, id).await?, job)?;
    database.state = State::Public;
    write_database(txn, &database)?;
    Ok(database)
}

/// Drops an offline table: its name is free from now on. One that is dropped already stays so.
pub async fn abandon_table(txn: &Transaction, id: TableId, job: Option<i64>) -> Result<()> {
    let table = match find_table(txn, id).await {
        Err(Error::UnknownTableId { .. }) => return Ok(()),
        found => found?,
    };
    if table.state == State::Dropping {
        return Ok(());
    }
    let table = of_job(table, job)?;
    // A successor (`create_successor`) has its table's name only from `replace_table` on.
    if holder_of_name(txn, &table).await? == Some(id) {
        drop_any_table(txn, table)
    } else {
        drop_unnamed_table(txn, table)
    }
}

/// Drops an offline database with its tables. One that is gone already stays so.
pub async fn abandon_database(txn: &Transaction, id: DatabaseId, job: i64) -> Result<()> {
    let found = match find_database(txn, id).await {
        Err(Error::UnknownDatabaseId { .. }) => return Ok(()),
        found => database_of_job(found?, job)?,
    };
    database::remove(txn, &found).await
}

fn of_job(table: TableDescriptor, job: Option<i64>) -> Result<TableDescriptor> {
    match table.state.offline() {
        Some(offline) if offline.job == job => Ok(table),
        _ => Err(Error::UnknownTable { name: table.name }),
    }
}

fn database_of_job(database: DatabaseDescriptor, job: i64) -> Result<DatabaseDescriptor> {
    match database.state.offline() {
        Some(offline) if offline.job == Some(job) => Ok(database),
        _ => Err(Error::UnknownDatabase {
            name: database.name,
        }),
    }
}

/// What a table's name stands for.
async fn holder_of_name(txn: &Transaction, table: &TableDescriptor) -> Result<Option<TableId>> {
    let found = txn
        .get(&layout::relation_name(table.database, &table.name))
        .await?;
    found
        .map(|found| layout::id_of(&found.value).map(TableId))
        .transpose()
}
