//! COPY into an empty table: everything is written under a fresh table id, which then takes the table's place.
//!
//! See the room's essay for the flow. `Successor` sees to it that what is not published is dropped.

use std::sync::Arc;

use cairn_catalog::{Offline, TableDescriptor};
use cairn_copy::Block;
use cairn_storage::{Prefix, Snapshot, Transaction, Version};
use futures::{StreamExt, TryStreamExt, stream};
use tokio::sync::{mpsc, oneshot};

use super::{
    input::{changed, check_table},
    load::{Feed, Load},
    references,
    target::Target,
};
use crate::{Result, SqlError, node::Node, schema::alter::is_empty};

/// How often a commit is tried that meets others.
const ATTEMPTS: usize = 20;
/// Indexes that are merged at the same time.
const MERGES: usize = 2;

pub(super) struct Bulk {
    target: Arc<Target>,
    load: Arc<Load>,
    /// None: nothing more is fed.
    feed: Option<mpsc::Sender<Feed>>,
    workers: Vec<oneshot::Receiver<()>>,
    successor: Successor,
}

impl Bulk {
    /// Begins, unless the table has rows, or a schema change is at work on it.
    pub async fn start(target: &Arc<Target>) -> Result<Option<Self>> {
        if target.table.published().is_some() {
            return Ok(None);
        }
        let Some((table, version)) = create(target).await? else {
            return Ok(None);
        };
        let successor = Successor {
            node: target.node().clone(),
            table: Some(table.clone()),
        };
        let load = Arc::new(Load::new(target.clone(), table, version)?);
        let (feed, workers) = load.spawn()?;
        Ok(Some(Bulk {
            target: target.clone(),
            load,
            feed: Some(feed),
            workers,
            successor,
        }))
    }

    pub async fn feed(&mut self, block: Block) -> Result<()> {
        if !self.load.has_failed()
            && let Some(feed) = &self.feed
            && feed.send(Feed::Block(block)).await.is_ok()
        {
            return Ok(());
        }
        self.join().await?;
        Err(SqlError::internal("the threads of a COPY ended early"))
    }

    /// Waits for the threads and answers the error on the lowest line.
    async fn join(&mut self) -> Result<()> {
        self.feed = None;
        let mut panicked = false;
        for worker in self.workers.drain(..) {
            panicked |= worker.await.is_err();
        }
        match self.load.take_failure() {
            Some(error) => Err(error),
            None if panicked => Err(SqlError::internal(
                "a thread of a COPY panicked; see the log",
            )),
            None => Ok(()),
        }
    }

    /// Writes what was fed and makes it the table's rows; answers how many.
    pub async fn finish(&mut self) -> Result<u64> {
        for _ in 0..self.load.workers() {
            if let Some(feed) = &self.feed {
                // A thread that has ended says why in `join`.
                let _ = feed.send(Feed::Finish).await;
            }
        }
        self.join().await?;
        // First the rows: a duplicate among them would also be one in every index.
        self.load.ingest(0).await?;
        stream::iter(1..self.load.indexes())
            .map(|place| self.load.ingest(place))
            .buffer_unordered(MERGES)
            .try_collect::<Vec<()>>()
            .await?;
        publish(&self.target, &self.load.table, self.load.rows()).await?;
        self.successor.table = None;
        Ok(self.load.rows())
    }

    /// Nothing of it is kept.
    pub async fn abandon(mut self) {
        self.feed = None;
        for worker in self.workers.drain(..) {
            // A thread that panicked has ended too.
            let _ = worker.await;
        }
        if let Some(table) = self.successor.table.take() {
            abandon_or_log(&self.successor.node, &table).await;
        }
    }
}

/// The offline table and the version it was made at; None: the table has rows.
async fn create(target: &Target) -> Result<Option<(TableDescriptor, Version)>> {
    let mut attempt = 1;
    loop {
        let transaction = Transaction::begin(target.engine().clone()).await?;
        check_table(target, &transaction).await?;
        if !is_empty(&transaction, &target.table).await? {
            return Ok(None);
        }
        let offline = Offline {
            reason: "importing".to_owned(),
            job: None,
        };
        let table = cairn_catalog::create_successor(&transaction, target.table.id, offline).await?;
        match target.node().commit(&transaction).await {
            Ok(version) => return Ok(Some((table, version))),
            Err(error) if error.is_retryable() && attempt < ATTEMPTS => attempt += 1,
            Err(error) => return Err(error),
        }
    }
}

/// One commit puts the new table in the old one's place, if that is still empty and defined as it was.
async fn publish(target: &Target, table: &TableDescriptor, rows: u64) -> Result<()> {
    use cairn_catalog::Error;
    let mut attempt = 1;
    loop {
        let transaction = Transaction::begin(target.engine().clone()).await?;
        if !is_empty(&transaction, &target.table).await? {
            return Err(changed(target));
        }
        match cairn_catalog::replace_table(&transaction, target.table.id, table.id).await {
            Ok(()) => {}
            Err(
                Error::Invalid { .. } | Error::UnknownTable { .. } | Error::UnknownTableId { .. },
            ) => {
                return Err(changed(target));
            }
            Err(error) => return Err(error.into()),
        }
        let shown = cairn_catalog::read_table(&transaction, table.id).await?;
        references::check(&transaction, &shown, rows).await?;
        match target.node().commit(&transaction).await {
            Ok(_) => return Ok(()),
            Err(error) if error.is_retryable() && attempt < ATTEMPTS => attempt += 1,
            Err(error) => return Err(error),
        }
    }
}

/// A table that is dropped if it is not published.
struct Successor {
    node: Arc<Node>,
    table: Option<TableDescriptor>,
}

impl Drop for Successor {
    fn drop(&mut self) {
        let Some(table) = self.table.take() else {
            return;
        };
        let node = self.node.clone();
        // Without a runtime the process is going down, and the next start drops the table.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { abandon_or_log(&node, &table).await });
        }
    }
}

async fn abandon_or_log(node: &Arc<Node>, table: &TableDescriptor) {
    if let Err(error) = abandon(node, table).await {
        tracing::warn!(table = table.name, %error, "cannot drop what a COPY left; the next start will");
    }
}

/// Drops a table that was never public, and its rows at once: nobody can want to read them.
async fn abandon(node: &Arc<Node>, table: &TableDescriptor) -> Result<()> {
    let mut attempt = 1;
    loop {
        let transaction = Transaction::begin(node.engine().clone()).await?;
        cairn_catalog::abandon_table(&transaction, table.id, None).await?;
        match node.commit(&transaction).await {
            Ok(_) => break,
            Err(error) if error.is_retryable() && attempt < ATTEMPTS => attempt += 1,
            Err(error) => return Err(error),
        }
    }
    for index in table.all_indexes() {
        node.engine()
            .remove(Prefix::new(table.id, index.id))
            .await?;
    }
    Ok(())
}

/// Drops what the COPYs of a process that crashed had not published. Runs before the first session.
pub(crate) async fn abandon_leftovers(node: &Arc<Node>) -> Result<()> {
    let snapshot = Snapshot::now(node.engine().clone()).await?;
    let view = node.view(&snapshot).await?;
    for table in view.offline_tables() {
        if table
            .state
            .offline()
            .is_some_and(|offline| offline.job.is_none())
        {
            abandon(node, table).await?;
        }
    }
    Ok(())
}
