//! Jobs that have lost their process, and bytes that have lost their job.
//!
//! A job whose process is gone goes on from its record if its kind can ([`crate::Duty::resume`]). One that was sealing finds out in
//! its own run whether its seal is there: a location that hangs must keep neither the server from starting nor other jobs from being
//! swept. One that is interrupted again and again without any progress may be what stops the process: it is paused.

use std::error::Error as StdError;
use std::sync::Arc;

use cairn_storage::Snapshot;

use crate::error::{Error, Result};
use crate::registry::write;
use crate::{JobId, JobResult, Record, Registry, Status, transact};

/// The error of a job whose process stopped before it was through.
const ORPHANED: &str = "the server stopped while the job ran; run the statement again";

/// The error of a job that failed in this process when that could not be written down.
const UNNOTED: &str = "the job failed, and the store could not note why: the server's log does";

/// Added when the place that would tell how a job ended does not answer.
const UNSEEN: &str =
    "it was finishing, and its location does not answer: see there whether it succeeded";

/// A living job that nobody here runs is left alone for so long, in microseconds: whoever created
/// it is about to claim it.
const SETTLED: i64 = 60_000_000;

/// How often a job may lose its process without progress before it is paused.
const MOST_INTERRUPTIONS: u32 = 5;

/// What a job says that was interrupted more often.
const TOO_OFTEN: &str = "the server stopped several times while this job ran, and it made no progress; RESUME JOB tries again";

/// How a job ends that its run did not end itself.
#[derive(Debug)]
pub(crate) enum Verdict {
    Succeeded(JobResult),
    Failed(String),
}

impl Registry {
    /// At the start of a node that alone holds the store: whatever is pending or running has lost
    /// its process, and goes on, or is ended in one commit if its kind cannot; then the bytes of all
    /// ended jobs are swept. A job that cannot be taken now is logged and left to
    /// [`Registry::sweep_all`]: it must not keep the server from starting. Answers what it took.
    ///
    /// # Errors
    /// Those of the store when it cannot be read.
    pub async fn adopt_orphans(self: &Arc<Self>) -> Result<Vec<JobId>> {
        let read = Snapshot::now(Arc::clone(self.engine())).await?;
        let mut orphans = Vec::new();
        for record in self.list(&read).await? {
            let orphaned = is_living(&record) && !self.is_running_here(record.id);
            if orphaned && self.take_orphan(&record, ORPHANED).await {
                orphans.push(record.id);
            }
        }
        self.sweep_all().await?;
        Ok(orphans)
    }

    /// Lets a job go on that RESUME has set running; nothing happens while its last run still winds
    /// up: that calls this again.
    pub(crate) async fn go_on(self: &Arc<Self>, id: JobId) -> Result<()> {
        let read = Snapshot::now(Arc::clone(self.engine())).await?;
        let record = self.get(&read, id).await?;
        if record.waits_since_resume() && !self.is_running_here(id) {
            self.take_orphan(&record, ORPHANED).await;
        }
        Ok(())
    }

    /// Starts a job from its record that was created in a transaction, once that is committed. Nothing happens if somebody has
    /// done so already.
    ///
    /// # Errors
    /// [`Error::Unknown`] if it was not created after all, and those of the store; then the job waits for
    /// [`Registry::sweep_all`].
    pub async fn begin(self: &Arc<Self>, id: JobId) -> Result<()> {
        let read = Snapshot::now(Arc::clone(self.engine())).await?;
        let seen = self.get(&read, id).await?;
        let Some(resume) = self.duty(seen.kind)?.resume() else {
            return Ok(());
        };
        if seen.status == Status::Pending
            && let Some(claim) = self.claim_free(id).await?.map(Arc::new)
        {
            let job = claim.record().await?;
            self.spawn(resume(claim, job));
        }
        Ok(())
    }

    /// Takes a living job that nobody runs: it goes on or ends. Answers whether one of the two was
    /// written down.
    async fn take_orphan(self: &Arc<Self>, seen: &Record, error: &str) -> bool {
        match self.try_take_orphan(seen, error).await {
            Ok(()) => true,
            Err(error) => {
                tracing::error!(
                    job = seen.id.0,
                    error = &error as &dyn StdError,
                    "cannot take a job that nobody runs; it is tried again"
                );
                false
            }
        }
    }

    async fn try_take_orphan(self: &Arc<Self>, seen: &Record, error: &str) -> Result<()> {
        if self.resume_orphan(seen).await? {
            return Ok(());
        }
        let verdict = &self.verdict(seen, error).await;
        let (id, epoch) = (seen.id, seen.epoch);
        tracing::warn!(job = id.0, kind = %seen.kind, ?verdict, "ending a job that nobody runs");
        transact(self.engine(), |txn| async move {
            let record = self.get(&*txn, id).await?;
            // Canceled meanwhile, or claimed at the last moment.
            if !is_living(&record) || record.epoch != epoch {
                return Ok(());
            }
            self.settle_in(&txn, record, verdict).await
        })
        .await
        .map(|((), _)| ())
    }

    /// Claims the job and runs it; false if its kind cannot go on, or it was interrupted too often.
    async fn resume_orphan(self: &Arc<Self>, seen: &Record) -> Result<bool> {
        let Some(resume) = self.duty(seen.kind)?.resume() else {
            return Ok(false);
        };
        let Some(claim) = self.claim_free(seen.id).await?.map(Arc::new) else {
            return Ok(true);
        };
        let job = claim.note_interruption().await?;
        if job.interruptions > MOST_INTERRUPTIONS {
            drop(claim);
            tracing::error!(
                job = seen.id.0,
                "interrupted too often without progress: paused"
            );
            self.pause_because(seen.id, TOO_OFTEN).await?;
            return Ok(true);
        }
        tracing::info!(job = seen.id.0, kind = %seen.kind, "a job goes on from its record");
        self.spawn(resume(claim, job));
        Ok(true)
    }

    /// How a job ends that stopped with `error`: if it was sealing, its kind looks whether the seal
    /// was set nevertheless.
    pub(crate) async fn verdict(&self, job: &Record, error: &str) -> Verdict {
        if !job.sealing {
            return Verdict::Failed(error.to_owned());
        }
        let sealed = match self.duty(job.kind) {
            Ok(duty) => duty.sealed(job).await,
            Err(error) => Err(error.into()),
        };
        match sealed {
            Ok(Some(result)) => Verdict::Succeeded(result),
            Ok(None) => Verdict::Failed(error.to_owned()),
            // A location that cannot be reached must not keep the job alive for ever.
            Err(unreadable) => {
                tracing::warn!(
                    job = job.id.0,
                    error = &*unreadable as &dyn StdError,
                    "cannot see how a job ended"
                );
                Verdict::Failed(format!("{error}; {UNSEEN}"))
            }
        }
    }

    /// Makes up for what could not be done at a job's end; a node calls this now and then. Takes
    /// living jobs that nobody runs, and removes the bytes of every ended job that owes it.
    ///
    /// # Errors
    /// Those of the store. What fails of one job is logged and left for the next time.
    pub async fn sweep_all(self: &Arc<Self>) -> Result<()> {
        let read = Snapshot::now(Arc::clone(self.engine())).await?;
        for record in self.list(&read).await? {
            let ended = self.is_lost(&record) && self.take_orphan(&record, UNNOTED).await;
            if ended || record.debris || record.has_pieces {
                self.sweep(record.id).await;
            }
        }
        Ok(())
    }

    fn is_lost(&self, job: &Record) -> bool {
        is_living(job)
            && !self.is_running_here(job.id)
            && self.now().saturating_sub(job.modified) > SETTLED
    }

    /// Sweeps one job, unless its pieces may still be writing: then its own end does it.
    pub(crate) async fn sweep(&self, id: JobId) {
        if self.is_running_here(id) {
            return;
        }
        if let Err(error) = self.try_sweep(id).await {
            tracing::warn!(
                job = id.0,
                error = &error as &dyn StdError,
                "cannot remove the bytes of an ended job yet"
            );
        }
    }

    async fn try_sweep(&self, id: JobId) -> Result<()> {
        let read = Snapshot::now(Arc::clone(self.engine())).await?;
        let record = self.get(&read, id).await?;
        if !record.status.is_terminal() {
            return Ok(());
        }
        if record.debris {
            let removed = self.duty(record.kind)?.remove(&record).await;
            removed.map_err(|source| Error::Ending { id, source })?;
        }
        if record.has_pieces {
            self.forget_pieces(id).await?;
        }
        if record.debris || record.has_pieces {
            transact(self.engine(), |txn| async move {
                let mut record = self.get(&*txn, id).await?;
                (record.debris, record.has_pieces) = (false, false);
                write(&txn, &record)
            })
            .await?;
        }
        Ok(())
    }
}

fn is_living(job: &Record) -> bool {
    matches!(job.status, Status::Pending | Status::Running)
}
