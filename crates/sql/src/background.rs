//! What a node does while nobody asks: ending what a crash left, collecting old versions, removing what was dropped.
//!
//! ERRORS, RETRIES
//!   A round that fails is logged and tried again a minute later; nothing here is needed for correctness.
//!
//! CRASH
//!   Every step may be repeated: collection and removal are idempotent, ended jobs keep their debts in their records.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use cairn_catalog::Zone;
use cairn_storage::{Engine, IndexId, Prefix, Read, Snapshot, TableId, Transaction, floor};
use tokio::{sync::watch, time};
use uuid::Uuid;

use crate::{Node, Result, SqlError, SqlState};

const ROUND: Duration = Duration::from_secs(60);

/// The node's own records: the store's id.
const NODE_TABLE: TableId = TableId(4);

/// The store's id, drawn when it is first asked for.
pub(crate) async fn cluster_id(engine: &Arc<dyn Engine>) -> Result<Uuid> {
    drawn_once(engine, b"cluster").await
}

/// What makes up answers about users that do not exist: nobody outside must know it, and it stays the same.
pub(crate) async fn login_secret(engine: &Arc<dyn Engine>) -> Result<Uuid> {
    drawn_once(engine, b"login").await
}

async fn drawn_once(engine: &Arc<dyn Engine>, name: &[u8]) -> Result<Uuid> {
    let key = Prefix {
        table: NODE_TABLE,
        index: IndexId(1),
    }
    .key(name);
    loop {
        let transaction = Transaction::begin(engine.clone()).await?;
        if let Some(found) = transaction.get(&key).await? {
            return Uuid::from_slice(&found.value).map_err(|_| {
                SqlError::new(
                    SqlState::DataCorrupted,
                    "one of the store's own records is damaged",
                )
            });
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "a store is named once, by chance, and so is its secret"
        )]
        let id = Uuid::new_v4();
        transaction.put(key.clone(), id.as_bytes().to_vec())?;
        match transaction.commit().await {
            Ok(_) => return Ok(id),
            Err(cairn_storage::Error::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Goes on with what the last process left half-done, or ends it. Runs before the first session.
pub(crate) async fn recover(node: &Arc<Node>) -> Result<()> {
    crate::copy::abandon_leftovers(node).await?;
    node.jobs().adopt_orphans().await?;
    Ok(())
}

/// The rounds, until the node stops or is gone.
pub(crate) async fn run(node: Weak<Node>, mut stopped: watch::Receiver<bool>) {
    let mut rounds = time::interval(ROUND);
    rounds.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = rounds.tick() => {}
            _ = stopped.changed() => return,
        }
        let Some(node) = node.upgrade() else { return };
        if let Err(error) = round(&node).await {
            tracing::warn!(%error, "a round of background work failed; it is tried again");
        }
    }
}

/// One round, and never two at once.
pub(crate) async fn round(node: &Arc<Node>) -> Result<()> {
    let _alone = node.tidying().lock().await;
    node.jobs().sweep_all().await?;
    collect(node).await?;
    remove(node).await
}

/// Raises every table's floor as far as its zone says and drops what no read can see any more.
async fn collect(node: &Arc<Node>) -> Result<()> {
    let engine = node.engine();
    let snapshot = Snapshot::now(engine.clone()).await?;
    let view = node.view(&snapshot).await?;
    let horizon = |zone: Zone| {
        let ttl = Duration::from_secs(zone.gc_ttl_seconds.into());
        engine.timeline().horizon(ttl)
    };
    // A dropped table is kept as long as it would have been.
    let of_table = |table: TableId| match view.any_table(table) {
        Some(descriptor) => horizon(view.zone_of_table(descriptor)),
        None => horizon(view.default_zone()),
    };
    let mut lowest = horizon(view.default_zone());
    let dropped = cairn_catalog::removals(&snapshot).await?;
    let tables = view
        .tables()
        .map(|table| table.id)
        .chain(dropped.iter().map(|removal| removal.table))
        // Job records and floors change all the time, and nobody reads their past.
        .chain([cairn_jobs::TABLE, cairn_backup::TABLE, floor::SYSTEM_TABLE]);
    for table in tables {
        let floor = floor::raise(engine, table, of_table(table)).await?;
        lowest = lowest.min(floor);
        engine.collect(table, floor).await?;
    }
    // The catalog must be readable wherever any table is.
    let floor = floor::raise(engine, cairn_catalog::CATALOG, lowest).await?;
    engine.collect(cairn_catalog::CATALOG, floor).await?;
    Ok(())
}

/// Removes the rows of dropped tables and indexes that no read can want any more.
async fn remove(node: &Arc<Node>) -> Result<()> {
    let engine = node.engine();
    let snapshot = Snapshot::now(engine.clone()).await?;
    for removal in cairn_catalog::removals(&snapshot).await? {
        if floor::floor_of(&snapshot, removal.table).await? < removal.dropped_at {
            continue;
        }
        for prefix in &removal.prefixes {
            engine.remove(*prefix).await?;
        }
        let transaction = Transaction::begin(engine.clone()).await?;
        cairn_catalog::finish_removal(&transaction, &removal).await?;
        node.commit(&transaction).await?;
    }
    Ok(())
}
