//! A statement that makes sense, and whose destination is free: found out before there is a job.

use std::sync::Arc;

use cairn_archive::{Error as ArchiveError, destination};
use cairn_blob::Store;
use cairn_catalog::CATALOG;
use cairn_jobs::{Kind, Record};
use cairn_storage::{Snapshot, Transaction, floor};

use crate::base;
use crate::context::{Context, Request};
use crate::error::{Error, Result};
use crate::reading::Reading;
use crate::record::Payload;
use crate::target::Resolved;

/// How often the beginning of a history is looked up when it rises meanwhile.
pub const ATTEMPTS: usize = 5;

/// A statement that makes sense, before it is a job.
pub struct Checked {
    pub reading: Reading,
    pub resolved: Resolved,
}

/// Checks a BACKUP. Every mistake of the statement is found here.
///
/// # Errors
/// Names that are not there, a destination that is in use or cannot be reached, an end that was collected.
pub async fn check(
    context: &Context,
    request: &Request,
    bases: Vec<Arc<dyn Store>>,
    store: &dyn Store,
) -> Result<Checked> {
    let end = match request.end {
        Some(end) => end,
        // Not the newest commit: a quiet hour before a backup is covered by it.
        None => context.engine.close_now().await?,
    };
    let base = base::open(context, bases, end).await?;
    let mut checked = Checked {
        reading: Reading {
            end,
            base,
            history_from: None,
        },
        resolved: Resolved::default(),
    };
    checked.resolve(context, request).await?;
    destination::check(store, context.cluster, context).await?;
    Ok(checked)
}

/// A job has its destination before it has written a lock there: one that was paused before it ran keeps it as well, and so does one
/// that the open transaction makes.
pub async fn refuse_reserved(
    context: &Context,
    txn: &Transaction,
    request: &Request,
) -> Result<()> {
    let location = request.to.to_string();
    // The progress of other jobs must not conflict with this one.
    let jobs = context.jobs.list(&txn.glance()).await?;
    let living = |job: &&Record| job.kind == Kind::Backup && !job.status.is_terminal();
    for job in jobs.iter().filter(living) {
        let payload: Payload = job.read_payload()?;
        if payload.lock.is_none() && payload.destination.shown == location {
            let what = format!(
                "reservation of job {} ({}): wait for that job or cancel it, or choose another destination",
                job.id, job.status
            );
            return Err(ArchiveError::InUse { location, what }.into());
        }
    }
    Ok(())
}

impl Checked {
    /// Looks the targets up, and with history where it begins: once more when that rises meanwhile.
    pub async fn resolve(&mut self, context: &Context, request: &Request) -> Result<()> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            match self.try_resolve(context, request).await {
                Err(Error::Collected { .. })
                    if self.begins_at_floor(request) && attempts < ATTEMPTS => {}
                other => return other,
            }
        }
    }

    /// Whether it is a full history: it begins wherever collection has come to.
    pub fn begins_at_floor(&self, request: &Request) -> bool {
        self.reading.base.is_none() && request.revision_history
    }

    async fn try_resolve(&mut self, context: &Context, request: &Request) -> Result<()> {
        self.reading.history_from = match (&self.reading.base, request.revision_history) {
            (_, false) => None,
            (Some(base), true) => Some(base.start),
            (None, true) => {
                let read = Snapshot::now(Arc::clone(&context.engine)).await?;
                let floor = floor::floor_of(&read, CATALOG).await?;
                // Before the first commit there was nothing.
                let from = floor.min(self.reading.end.version());
                Some(context.engine.close(from).await?)
            }
        };
        let current = request.current_database.as_deref();
        self.resolved = self
            .reading
            .resolve(context, &request.targets, current)
            .await?;
        Ok(())
    }
}
