//! A claim: the right to run a job, until somebody else takes or ends it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cairn_storage::{Snapshot, Transaction};
use parking_lot::Mutex;
use serde::Serialize;
use tokio::time;

use crate::adoption::Verdict;
use crate::error::{Error, Result};
use crate::pieces::{put_piece, remove_piece};
use crate::registry::RunId;
use crate::{DonePiece, JobId, JobResult, Record, Registry, Status, Stop, transact};

/// The fence of a running job. Every commit that the job makes goes through [`Claim::guard`], so a
/// job that was canceled or taken over cannot write anything more.
pub struct Claim {
    pub(crate) registry: Arc<Registry>,
    id: JobId,
    run: RunId,
    epoch: u64,
    noted: Mutex<Noted>,
    stop: Stop,
}

/// The progress last written, and what is done since.
#[derive(Debug, Default)]
struct Noted {
    at: Duration,
    fraction: f64,
    pieces: Vec<DonePiece>,
}

/// Progress is written when one of these is passed.
const PROGRESS_TIME: Duration = Duration::from_secs(1);
const PROGRESS_FRACTION: f64 = 0.05;

/// How long a pause or a cancel may stay unnoticed.
const LOOK: Duration = Duration::from_secs(1);

impl Claim {
    pub(crate) fn new(registry: Arc<Registry>, id: JobId, run: RunId, epoch: u64) -> Self {
        Claim {
            registry,
            id,
            run,
            epoch,
            noted: Mutex::default(),
            stop: Stop::default(),
        }
    }

    #[must_use]
    pub fn id(&self) -> JobId {
        self.id
    }

    /// What the pieces of this run look at. The run's bytes are swept once no crew with it is at work.
    #[must_use]
    pub fn stop(&self) -> &Stop {
        &self.stop
    }

    /// Returns once this claim counts no longer because of somebody else; looks each second.
    pub(crate) async fn lost(&self) -> Error {
        let mut looks = time::interval(LOOK);
        looks.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
        loop {
            looks.tick().await;
            // A store that cannot be read now tells the run itself.
            if let Err(error) = self.look().await
                && !matches!(error, Error::Storage(_))
            {
                return error;
            }
        }
    }

    /// Whether the run still counts.
    pub(crate) async fn look(&self) -> Result<()> {
        let read = Snapshot::now(Arc::clone(self.registry.engine())).await?;
        let record = self.registry.get(&read, self.id).await?;
        // What the run itself has ended keeps its epoch.
        if record.status == Status::Succeeded && record.epoch == self.epoch {
            return Ok(());
        }
        self.counts(record).map(|_record| ())
    }

    /// Reads the record inside `txn`, so that its commit fails if the job ends meanwhile.
    ///
    /// # Errors
    /// [`Error::Canceled`], [`Error::Paused`] or [`Error::Fenced`] when this claim no longer counts.
    pub async fn guard(&self, txn: &Transaction) -> Result<Record> {
        self.counts(self.registry.get(txn, self.id).await?)
    }

    fn counts(&self, record: Record) -> Result<Record> {
        match record.status {
            Status::Canceled => return Err(Error::Canceled(self.id)),
            Status::Paused => return Err(Error::Paused(self.id)),
            // Paused and resumed since: another run goes on.
            Status::Running if self.epoch <= record.paused_epoch => {
                return Err(Error::Paused(self.id));
            }
            _ => {}
        }
        if record.epoch != self.epoch || record.status != Status::Running {
            return Err(Error::Fenced(self.id));
        }
        Ok(record)
    }

    /// Says that a piece is done and durable; it is written down with the next progress, so a crash may
    /// have it done again.
    pub fn done(&self, piece: DonePiece) {
        self.noted.lock().pieces.push(piece);
    }

    /// Notes progress when that is worth a commit: after a second, or a twentieth of the job. A job
    /// of ten thousand small pieces would otherwise wait for the disk most of its time.
    ///
    /// # Errors
    /// Those of [`Claim::checkpoint`].
    pub async fn progress(&self, fraction: f64, running_status: &str) -> Result<()> {
        let at = self.registry.engine().timeline().running();
        {
            let mut noted = self.noted.lock();
            if at < noted.at + PROGRESS_TIME && fraction < noted.fraction + PROGRESS_FRACTION {
                return Ok(());
            }
            (noted.at, noted.fraction) = (at, fraction);
        }
        self.checkpoint(fraction, Some(running_status)).await
    }

    /// Notes where the job stands and what is done, and learns here whether it still counts.
    ///
    /// # Errors
    /// Those of [`Claim::guard`] and of the store.
    pub async fn checkpoint(&self, fraction: f64, running_status: Option<&str>) -> Result<()> {
        let pieces = std::mem::take(&mut self.noted.lock().pieces);
        let done = &pieces;
        transact(self.registry.engine(), |txn| async move {
            let mut record = self.guard(&txn).await?;
            // What was done stays done, however the rest is counted after a resume.
            record.fraction = record.fraction.max(fraction.clamp(0.0, 1.0));
            if let Some(status) = running_status {
                record.running_status = Some(status.to_owned());
            }
            self.put_pieces(&txn, &mut record, done)?;
            self.registry.put(&txn, &mut record)
        })
        .await
        .map(|((), _)| ())
    }

    /// Takes back that pieces, named by their keys, are done: what they wrote is gone. A job that was sealing is not any more.
    ///
    /// # Errors
    /// Those of [`Claim::guard`] and of the store.
    pub async fn undo(&self, pieces: &[Bytes]) -> Result<()> {
        transact(self.registry.engine(), |txn| async move {
            let mut record = self.guard(&txn).await?;
            for piece in pieces {
                remove_piece(&txn, self.id, piece)?;
            }
            record.sealing = false;
            self.registry.put(&txn, &mut record)
        })
        .await
        .map(|((), _)| ())
    }

    fn put_pieces(&self, txn: &Transaction, record: &mut Record, done: &[DonePiece]) -> Result<()> {
        if !done.is_empty() {
            record.has_pieces = true;
            record.interruptions = 0;
        }
        done.iter()
            .try_for_each(|piece| put_piece(txn, self.id, piece))
    }

    /// The record as it is.
    ///
    /// # Errors
    /// Those of [`Claim::guard`] and of the store.
    pub(crate) async fn record(&self) -> Result<Record> {
        let read = Snapshot::now(Arc::clone(self.registry.engine())).await?;
        self.counts(self.registry.get(&read, self.id).await?)
    }

    /// Counts that the job has lost its process once more, and gives the record.
    pub(crate) async fn note_interruption(&self) -> Result<Record> {
        let (record, _) = transact(self.registry.engine(), |txn| async move {
            let mut record = self.guard(&txn).await?;
            record.interruptions += 1;
            self.registry.put(&txn, &mut record)?;
            Ok::<_, Error>(record)
        })
        .await?;
        Ok(record)
    }

    /// Passes the point after which a cancel comes too late, with all done pieces noted: whoever goes on from here
    /// only has the last step to do. Only a job whose last step lies outside the store needs this.
    ///
    /// # Errors
    /// Those of [`Claim::guard`] and of the store.
    pub async fn seal(&self, running_status: &str) -> Result<()> {
        let pieces = std::mem::take(&mut self.noted.lock().pieces);
        let done = &pieces;
        transact(self.registry.engine(), |txn| async move {
            let mut record = self.guard(&txn).await?;
            record.sealing = true;
            record.running_status = Some(running_status.to_owned());
            self.put_pieces(&txn, &mut record, done)?;
            self.registry.put(&txn, &mut record)
        })
        .await
        .map(|((), _)| ())
    }

    /// Stores what the job needs to go on, in a commit of its own.
    ///
    /// # Errors
    /// [`Error::Record`], those of [`Claim::guard`] and of the store.
    pub async fn set_payload(&self, payload: &(impl Serialize + Sync)) -> Result<()> {
        transact(self.registry.engine(), |txn| async move {
            let mut record = self.guard(&txn).await?;
            record.set_payload(payload)?;
            self.registry.put(&txn, &mut record)
        })
        .await
        .map(|((), _)| ())
    }

    /// Marks success inside the transaction that makes the job's work count.
    ///
    /// # Errors
    /// Those of [`Claim::guard`] and of the store.
    pub async fn succeed_in(&self, txn: &Transaction, result: JobResult) -> Result<()> {
        let mut record = self.guard(txn).await?;
        self.registry.put_success(txn, &mut record, result)
    }

    /// Ends the job as failed, frees what its kind holds, and removes its bytes. A job that was
    /// sealing may have succeeded all the same: then it ends so, and its counts are answered.
    /// Nothing happens to a job that somebody else has ended, except that its bytes are removed now.
    ///
    /// # Errors
    /// Those of the store: then the job stays as it is, and [`Registry::sweep_all`] ends it later.
    pub async fn fail(&self, error: &str) -> Result<Option<JobResult>> {
        let ended = self.end(error).await;
        // What a piece still wrote after the sweep would stay for ever.
        self.stop.set();
        self.stop.idle().await;
        self.registry.stopped_running(self.id, self.run);
        // If it was paused and resumed meanwhile, it is waiting for this run to be over.
        self.registry.carry_out(self.id).await;
        match ended {
            Err(Error::Canceled(_) | Error::Paused(_) | Error::Fenced(_)) => Ok(None),
            other => other,
        }
    }

    async fn end(&self, error: &str) -> Result<Option<JobResult>> {
        let read = Snapshot::now(Arc::clone(self.registry.engine())).await?;
        let seen = self.registry.get(&read, self.id).await?;
        let verdict = &self.registry.verdict(&seen, error).await;
        transact(self.registry.engine(), |txn| async move {
            let record = self.guard(&txn).await?;
            self.registry.settle_in(&txn, record, verdict).await
        })
        .await?;
        match verdict {
            Verdict::Succeeded(result) => Ok(Some(*result)),
            Verdict::Failed(_) => Ok(None),
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.registry.stopped_running(self.id, self.run);
    }
}
