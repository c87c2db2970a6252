//! Schema changes of several steps, made while readers and writers go on: jobs of kind SCHEMA CHANGE.
//!
//! HOW DATA FLOWS
//!   1. `begin`: one commit, at version T, makes what is added write-only, stores the job that goes on with it, and protects the table
//!      from collection. Writers that read the descriptor before conflict with that commit; later ones keep up what is added, and refuse
//!      what it forbids.
//!   2. `columns::fill`: rows of before T get their own values, a chunk per commit, each guarded by the job's claim; then what became
//!      of those that were given another key meanwhile.
//!   3. `entries::fill`: what the table holds at an instant is sorted into the new index and ingested with that instant's version.
//!      For another primary key `successor` does the same with all rows, under the id of a table that every writer also writes.
//!   4. `Work::settle`: the descriptor is written once more, at U. Every writer that commits after U began after the ingest, so its
//!      own checks of uniqueness saw all entries. What was written before is checked by `entries::check`.
//!   5. `rows::validate`: the rows of an instant are looked at, for NOT NULL, CHECK and FOREIGN KEY.
//!   6. `Work::publish`: one commit makes all of it public, applies the actions that waited for it, and ends the job.
//!
//! INVARIANT
//!   Nothing of the table is collected while the job lives. A deleted entry's tombstone would be, and the entry then be ingested below
//!   it, as if it had never been deleted; and rows and windows of before would not be there to be read.
//!
//! ERRORS, RETRIES
//!   What fails ends the job, and in the same commit takes away what was begun (`Abandon`); the entries go afterwards.
//!
//! CRASH
//!   The next start finds a job that nobody runs, and ends it the same way. So a change is there as a whole or not at all. Values
//!   of an abandoned column may stay in rows: no reader looks at them, and the column's id is never used again.

mod abandon;
mod columns;
mod entries;
mod rows;
mod successor;

use std::sync::Arc;

use cairn_catalog::{IndexDescriptor, Offline, Part, SchemaChange, TableDescriptor};
use cairn_jobs::{Claim, JobId, JobResult, Kind, NewJob, Running, transact};
use cairn_storage::{Closed, Read, Snapshot, Transaction, Version, floor};
use cairn_syntax::ast::AlterTableOperation;

pub(crate) use abandon::Abandon;

use crate::{
    Node, Result, SqlError, SqlState,
    query::Scope,
    schema::alter::{Alteration, primary_key::successor_of},
};

/// A change that is begun once its transaction is committed.
pub(crate) struct Begun {
    change: SchemaChange,
    pub job: JobId,
    /// Actions for the last commit.
    waiting: Vec<AlterTableOperation>,
    scope: Scope,
}

/// Stores the job that goes on with a change, in the transaction that begins it.
pub(crate) async fn begin(
    node: &Node,
    transaction: &Transaction,
    scope: Scope,
    change: SchemaChange,
    description: String,
    waiting: Vec<AlterTableOperation>,
) -> Result<Begun> {
    let since = transaction.at().version();
    let new = NewJob {
        kind: Kind::SchemaChange,
        description,
        user: scope.facts.user.clone(),
        running_status: None,
        protects_since: Some(node.engine().timeline().micros(since)),
        payload: change.to_json()?,
    };
    let job = node.jobs().create(transaction, new).await?;
    floor::protect(transaction, job.protection(), change.table, since).await?;
    if change.successor().is_some() {
        let offline = Offline {
            reason: "its rows are being written".to_owned(),
            job: Some(job.0),
        };
        cairn_catalog::put_successor(transaction, change.table, offline).await?;
    }
    Ok(Begun {
        change,
        job,
        waiting,
        scope,
    })
}

/// Goes on with a change that was begun at `at`, to its end. A client that goes away does not stop it.
pub(crate) async fn run(node: &Arc<Node>, begun: Begun, at: Version) -> Result<()> {
    let claim = Arc::new(node.jobs().claim(begun.job).await?);
    let work = Work {
        node: node.clone(),
        claim: claim.clone(),
        begun,
    };
    let running: Running<SqlError> = Running::start(claim, async move { work.run(at).await });
    running.wait().await?;
    Ok(())
}

/// A change at work.
struct Work {
    node: Arc<Node>,
    claim: Arc<Claim>,
    begun: Begun,
}

impl Work {
    async fn run(self, at: Version) -> Result<JobResult> {
        let at = self.node.engine().close(at).await?;
        let table = self.table(at).await?;
        columns::fill(&self, &table).await?;
        let indexes = self.indexes(&table);
        if !indexes.is_empty() {
            // What the chunks above wrote is in the rows by then.
            let at = self.node.engine().read_version().await?;
            self.fill_indexes(&table, &indexes, at).await?;
        }
        if let Some(after) = table.succeeded() {
            let at = self.node.engine().read_version().await?;
            successor::fill(&self, &table, &after, at).await?;
            let upto = self.settle().await?;
            successor::check(&self, &table, &after, at, upto).await?;
        }
        rows::validate(&self, &table).await?;
        self.publish().await?;
        Ok(JobResult::default())
    }

    /// The table as writers see it.
    async fn table(&self, at: Closed) -> Result<Arc<TableDescriptor>> {
        let snapshot = Snapshot::new(self.node.engine().clone(), at);
        let view = self.node.view(&snapshot).await?;
        view.written_table(self.begun.change.table)
            .cloned()
            .ok_or_else(|| {
                SqlError::new(
                    SqlState::UndefinedTable,
                    "the table was dropped while it was being changed",
                )
            })
    }

    /// The new indexes.
    fn indexes(&self, table: &TableDescriptor) -> Vec<IndexDescriptor> {
        let parts = self.begun.change.parts.iter();
        parts
            .filter_map(|part| match part {
                Part::Index { index } => table.index(*index).cloned(),
                _ => None,
            })
            .collect()
    }

    async fn fill_indexes(
        &self,
        table: &TableDescriptor,
        indexes: &[IndexDescriptor],
        at: Closed,
    ) -> Result<()> {
        for (place, index) in indexes.iter().enumerate() {
            let status = format!("filling index {:?}", index.name);
            let fraction = place as f64 / indexes.len() as f64;
            self.claim.checkpoint(fraction, Some(&status)).await?;
            entries::fill(&self.node, table, table, index, at).await?;
        }
        let upto = self.settle().await?;
        for index in indexes.iter().filter(|index| index.unique) {
            let status = format!("checking that index {:?} is unique", index.name);
            self.claim.checkpoint(0.95, Some(&status)).await?;
            entries::check(&self.node, table, index, at, upto).await?;
        }
        Ok(())
    }

    /// Writes the table's descriptor as it is, so that every writer which began before conflicts.
    async fn settle(&self) -> Result<Closed> {
        let (claim, table) = (&self.claim, self.begun.change.table);
        let ((), version) = transact(self.node.engine(), |transaction| async move {
            claim.guard(&transaction).await?;
            let present = cairn_catalog::read_table(&transaction, table).await?;
            cairn_catalog::put_table(&transaction, &present).await?;
            Ok::<_, SqlError>(())
        })
        .await?;
        Ok(self.node.engine().close(version).await?)
    }

    async fn publish(&self) -> Result<()> {
        let (claim, begun, node) = (&self.claim, &self.begun, &self.node);
        transact(node.engine(), |transaction| async move {
            claim.succeed_in(&transaction, JobResult::default()).await?;
            floor::release(&transaction, begun.job.protection()).await?;
            let view = node.view_in(&transaction).await?;
            let scope = begun.scope.at(view, transaction.clone());
            let table = cairn_catalog::read_table(&transaction, begun.change.table).await?;
            let mut alteration = Alteration::new(&scope, &transaction, table)?;
            begun.change.publish(&mut alteration.table);
            for operation in &begun.waiting {
                alteration.apply(operation).await?;
            }
            if begun.change.successor().is_some() {
                let after = successor_of(&alteration.table)?;
                let table = alteration.table.id;
                cairn_catalog::publish_successor(&transaction, table, after).await?;
                return Ok(());
            }
            alteration.finish().await
        })
        .await?;
        Ok(())
    }
}
