//! The first commit of a restore: its job, and everything it will fill, named but offline.

use std::collections::HashMap;
use std::sync::Arc;

use cairn_catalog::{
    DatabaseId, Error as CatalogError, Offline, State, TableDescriptor, TableId,
    create_offline_database, create_table, put_offline_table, read_database,
};
use cairn_jobs::{JobId, Kind, NewJob, transact};
use cairn_storage::{Transaction, Version};

use crate::conflicts;
use crate::context::{Context, Request};
use crate::ending::Payload;
use crate::error::{Error, Result};
use crate::select::{SelectedTable, Selection};

/// What the first commit made.
pub struct Created {
    pub job: JobId,
    /// The commit's version, which all restored rows get.
    pub version: Version,
    pub databases: Vec<DatabaseId>,
    /// Under new ids, in the order of the selection.
    pub tables: Vec<TableDescriptor>,
}

/// Checks names, writes the job and creates its objects, all or nothing.
///
/// # Errors
/// [`Error::Conflicts`] with everything that is in the way; then there is no job.
pub async fn create(
    context: &Context,
    request: &Request,
    selection: &Selection,
) -> Result<Created> {
    let (mut created, version) = transact(&context.engine, |txn| async move {
        create_in(context, &txn, request, selection).await
    })
    .await?;
    created.version = version;
    Ok(created)
}

async fn create_in(
    context: &Context,
    txn: &Arc<Transaction>,
    request: &Request,
    selection: &Selection,
) -> Result<Created> {
    let view = context.catalog.view_in(txn).await?;
    let conflicts = conflicts::find(selection, &view, &request.user);
    if !conflicts.is_empty() {
        return Err(Error::Conflicts(conflicts));
    }
    let new = NewJob {
        kind: Kind::Restore,
        description: request.description.clone(),
        user: request.user.clone(),
        running_status: Some("waiting to start".to_owned()),
        payload: serde_json::Value::Null,
    };
    let job = context.jobs.create(txn, new).await?;
    let offline = Offline {
        reason: "restoring".to_owned(),
        job: Some(job.0),
    };
    let mut databases = HashMap::new();
    for name in &selection.databases {
        let comment = selection.comments.get(name).cloned();
        let database = create_offline_database(txn, name, comment, offline.clone()).await?;
        databases.insert(name, database.id);
    }
    let new_databases: Vec<DatabaseId> = databases.values().copied().collect();
    let mut tables = Vec::with_capacity(selection.tables.len());
    for table in &selection.tables {
        let (database, grants) = match databases.get(&table.into) {
            Some(id) => (*id, Vec::new()),
            None => {
                let missing = || CatalogError::UnknownDatabase {
                    name: table.into.clone(),
                };
                let found = view.database(&table.into).ok_or_else(missing)?.id;
                // Read, so that dropping the database meanwhile is a conflict.
                let database = read_database(txn, found).await?;
                (database.id, database.grants)
            }
        };
        let rewritten = TableDescriptor {
            grants,
            ..rewritten(table, database, &offline)
        };
        tables.push(create_table(txn, rewritten).await?);
    }
    relink(txn, job, selection, &mut tables).await?;
    let payload = Payload::new(&new_databases, &tables).to_json()?;
    context.jobs.set_payload(txn, job, payload).await?;
    Ok(Created {
        job,
        version: Version::PENDING,
        databases: new_databases,
        tables,
    })
}

/// References lead from old ids to old ids; now that all have new ones, to those.
async fn relink(
    txn: &Transaction,
    job: JobId,
    selection: &Selection,
    tables: &mut [TableDescriptor],
) -> Result<()> {
    let old = selection.tables.iter().map(|table| table.descriptor.id);
    let ids: HashMap<TableId, TableId> = old.zip(tables.iter().map(|table| table.id)).collect();
    for table in tables {
        let before = table.clone();
        table.relink(|id| ids.get(&id).copied())?;
        if *table != before {
            put_offline_table(txn, table, job.0).await?;
        }
    }
    Ok(())
}

/// The table as it will be here. Ids of columns and indexes stay: they are the table's own. Who may use it and how long its
/// past is kept is this store's matter, not the backup's.
fn rewritten(table: &SelectedTable, database: DatabaseId, offline: &Offline) -> TableDescriptor {
    TableDescriptor {
        database,
        state: State::Offline(offline.clone()),
        public_since: None,
        zone: None,
        ..table.descriptor.clone()
    }
}
