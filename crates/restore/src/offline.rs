//! The first commit of a restore: its job, and everything it will fill, named but offline.

use std::collections::HashMap;

use cairn_blob::SealedLocation;
use cairn_catalog::{
    DatabaseId, Error as CatalogError, Offline, State, TableDescriptor, TableId, USERS_TABLE,
    create_offline_database, create_tables, put_offline_table, read_database,
};
use cairn_jobs::{JobId, Kind, NewJob};
use cairn_storage::Transaction;

use crate::conflicts;
use crate::context::{Context, Request};
use crate::error::{Error, Result};
use crate::record::Payload;
use crate::select::{SelectedTable, Selection};
use crate::start::Chosen;

/// What the first commit made.
pub struct Created {
    pub job: JobId,
    /// Under new ids, in the order of the selection.
    pub tables: Vec<TableDescriptor>,
    pub payload: Payload,
}

/// Checks names, writes the job and creates its objects, all or nothing, in the caller's transaction.
///
/// # Errors
/// [`Error::Conflicts`] with everything that is in the way; then there is no job.
pub async fn create(
    context: &Context,
    txn: &Transaction,
    request: &Request,
    chosen: &Chosen,
) -> Result<Created> {
    let selection = &chosen.selection;
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
        protects_since: None,
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
        let database = match databases.get(&table.into) {
            Some(id) => *id,
            None => {
                let missing = || CatalogError::UnknownDatabase {
                    name: table.into.clone(),
                };
                let found = view.database(&table.into).ok_or_else(missing)?.id;
                // Read, so that dropping the database meanwhile is a conflict.
                read_database(txn, found).await?.id
            }
        };
        tables.push(rewritten(table, database, &offline));
    }
    let mut tables = create_tables(txn, tables).await?;
    relink(txn, job, selection, &mut tables).await?;
    let from = request.from.iter();
    let from = from.map(|location| SealedLocation::new(location, &context.settings.vault));
    let layers = chosen.chain.layers.iter();
    let payload = Payload {
        from: from.collect::<Result<_, cairn_blob::Error>>()?,
        backups: layers.map(|layer| layer.manifest.backup).collect(),
        targets: request.targets.clone(),
        current_database: request.current_database.clone(),
        as_of: request.as_of,
        options: request.options.clone(),
        databases: new_databases,
        tables: tables.iter().map(|table| table.id).collect(),
        version: None,
    };
    context.jobs.set_payload(txn, job, &payload).await?;
    Ok(Created {
        job,
        tables,
        payload,
    })
}

/// References lead from old ids to old ids; now that all have new ones, to those. The system's own table has one id everywhere.
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
        table.relink(|id| {
            let stays = (id == USERS_TABLE).then_some(id);
            ids.get(&id).copied().or(stays)
        })?;
        if *table != before {
            put_offline_table(txn, table, job.0).await?;
        }
    }
    Ok(())
}

/// The table as it will be here. Ids of columns and indexes stay: they are the table's own. Who may use it and how long its
/// past is kept is this store's matter, not the backup's; the first is settled when it is published.
fn rewritten(table: &SelectedTable, database: DatabaseId, offline: &Offline) -> TableDescriptor {
    TableDescriptor {
        database,
        state: State::Offline(offline.clone()),
        public_since: None,
        grants: Vec::new(),
        zone: None,
        ..table.descriptor.clone()
    }
}
