//! The book of jobs: who is in it, who may write in it, and what happens to orphans.

use std::collections::{HashMap, HashSet};
use std::error::Error as StdError;
use std::sync::Arc;

use bytes::Bytes;
use cairn_storage::{Engine, IndexId, Prefix, Read, Snapshot, TableId, Transaction};
use parking_lot::{Mutex, RwLock};
use rand::Rng;

use crate::error::{Error, Result};
use crate::{Claim, Ending, JobId, JobResult, Kind, NewJob, Record, Status, transact};

/// The table of the job records.
pub const TABLE: TableId = TableId(2);
const RECORDS: Prefix = Prefix::new(TABLE, IndexId(1));

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

/// All jobs of a store. Cheap to share; everything durable lies in the store.
pub struct Registry {
    engine: Arc<dyn Engine>,
    endings: RwLock<HashMap<Kind, Arc<dyn Ending>>>,
    /// Jobs that this process is running, so that nobody sweeps under their feet.
    running: Mutex<HashSet<JobId>>,
}

impl Registry {
    #[must_use]
    pub fn new(engine: Arc<dyn Engine>) -> Arc<Self> {
        Arc::new(Registry {
            engine,
            endings: RwLock::default(),
            running: Mutex::default(),
        })
    }

    /// Says how jobs of this kind end; needed before the first of them is claimed or adopted.
    pub fn register(&self, kind: Kind, ending: Arc<dyn Ending>) {
        self.endings.write().insert(kind, ending);
    }

    #[must_use]
    pub fn engine(&self) -> &Arc<dyn Engine> {
        &self.engine
    }

    /// Writes a pending job; it exists once the caller's transaction commits.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn create(&self, txn: &Transaction, new: NewJob) -> Result<JobId> {
        let id = self.free_id(txn).await?;
        let now = self.now();
        let record = Record {
            id,
            kind: new.kind,
            description: new.description,
            user: new.user,
            status: Status::Pending,
            created: now,
            started: None,
            finished: None,
            modified: now,
            fraction: 0.0,
            error: None,
            running_status: new.running_status,
            epoch: 0,
            sealing: false,
            debris: false,
            payload: new.payload,
            result: None,
        };
        write(txn, &record)?;
        Ok(id)
    }

    /// Says what a job needs to clean up after itself, once that is known; in the transaction that
    /// creates the job.
    ///
    /// # Errors
    /// [`Error::Unknown`], and those of the store.
    pub async fn set_payload(
        &self,
        txn: &Transaction,
        id: JobId,
        payload: serde_json::Value,
    ) -> Result<()> {
        let mut record = self.get(txn, id).await?;
        record.payload = payload;
        write(txn, &record)
    }

    /// An id from the store's own version: versions only grow, so an id never comes back, not even
    /// after the oldest records were deleted. The low bits keep two creations in one instant apart.
    async fn free_id(&self, txn: &Transaction) -> Result<JobId> {
        let base = (txn.at().version().0 & (u64::MAX >> 11)) << 10;
        loop {
            let low: u64 = draw_low_bits();
            let id = JobId(i64::try_from(base | low).unwrap_or(i64::MAX));
            if txn.get(&key(id)).await?.is_none() {
                return Ok(id);
            }
        }
    }

    /// # Errors
    /// [`Error::Unknown`] if there is no such job.
    pub async fn get(&self, read: &dyn Read, id: JobId) -> Result<Record> {
        let found = read.get(&key(id)).await?.ok_or(Error::Unknown(id))?;
        decode(id, &found.value)
    }

    /// Every job, oldest first.
    ///
    /// # Errors
    /// Those of the store, and [`Error::Record`].
    pub async fn list(&self, read: &dyn Read) -> Result<Vec<Record>> {
        let rows = read.scan_all(&RECORDS.span()).await?;
        rows.iter()
            .map(|(key, found)| decode(id_of(key), &found.value))
            .collect()
    }

    /// Takes the job to run it here. From then on earlier claims of it have no say.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] if it has already ended.
    pub async fn claim(self: &Arc<Self>, id: JobId) -> Result<Claim> {
        // Before the commit: a running job that is not in this list is an orphan.
        let added = self.running.lock().insert(id);
        let claimed = self.raise_epoch(id).await;
        if claimed.is_err() && added {
            self.stopped_running(id);
        }
        Ok(Claim::new(Arc::clone(self), id, claimed?))
    }

    async fn raise_epoch(&self, id: JobId) -> Result<u64> {
        let (epoch, _) = transact(&self.engine, |txn| async move {
            let mut record = self.get(&*txn, id).await?;
            if record.status.is_terminal() {
                return Err(Error::NotAllowed {
                    id,
                    status: record.status,
                    verb: "claimed",
                });
            }
            record.epoch += 1;
            record.status = Status::Running;
            record.started.get_or_insert(self.now());
            self.put(&txn, &mut record)?;
            Ok(record.epoch)
        })
        .await?;
        Ok(epoch)
    }

    /// Ends a job that is not wanted any more: one commit, after which its names are free and
    /// nothing is protected. Its bytes go when its pieces have stopped. A second cancel does nothing.
    ///
    /// # Errors
    /// [`Error::NotAllowed`] if it has ended otherwise, [`Error::Sealing`] if it is too late.
    pub async fn cancel(&self, id: JobId) -> Result<()> {
        transact(&self.engine, |txn| async move {
            let record = self.get(&*txn, id).await?;
            match record.status {
                Status::Canceled => Ok(()),
                status if status.is_terminal() => Err(Error::NotAllowed {
                    id,
                    status,
                    verb: "canceled",
                }),
                _ if record.sealing => Err(Error::Sealing(id)),
                _ => {
                    self.end_in(&txn, record, Status::Canceled, "job canceled")
                        .await
                }
            }
        })
        .await?;
        self.sweep(id).await;
        Ok(())
    }

    /// At the start of a node that alone holds the store: whatever is pending or running has lost
    /// its process. Each is ended in one commit; then the bytes of all ended jobs are swept. A job
    /// that cannot be ended now is logged and left to [`Registry::sweep_all`]: it must not keep the
    /// server from starting.
    ///
    /// # Errors
    /// Those of the store when it cannot be read.
    pub async fn adopt_orphans(&self) -> Result<Vec<JobId>> {
        let read = Snapshot::now(Arc::clone(&self.engine)).await?;
        let mut orphans = Vec::new();
        for record in self.list(&read).await? {
            if is_living(&record) && self.end_orphan(&record, ORPHANED).await {
                orphans.push(record.id);
            }
        }
        self.sweep_all().await?;
        Ok(orphans)
    }

    /// Ends a living job that nobody runs; answers whether that was written down.
    async fn end_orphan(&self, seen: &Record, error: &str) -> bool {
        match self.try_end_orphan(seen, error).await {
            Ok(()) => true,
            Err(error) => {
                tracing::error!(
                    job = seen.id.0,
                    error = &error as &dyn StdError,
                    "cannot end a job that nobody runs; it is tried again"
                );
                false
            }
        }
    }

    async fn try_end_orphan(&self, seen: &Record, error: &str) -> Result<()> {
        let verdict = &self.verdict(seen, error).await;
        let (id, epoch) = (seen.id, seen.epoch);
        tracing::warn!(job = id.0, kind = %seen.kind, ?verdict, "ending a job that nobody runs");
        transact(&self.engine, |txn| async move {
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

    /// How a job ends that stopped with `error`: if it was sealing, its kind looks whether the seal
    /// was set nevertheless.
    pub(crate) async fn verdict(&self, job: &Record, error: &str) -> Verdict {
        if !job.sealing {
            return Verdict::Failed(error.to_owned());
        }
        let sealed = match self.ending(job.kind) {
            Ok(ending) => ending.sealed(job).await,
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

    /// Ends a job as its verdict says, in the caller's transaction.
    pub(crate) async fn settle_in(
        &self,
        txn: &Transaction,
        record: Record,
        verdict: &Verdict,
    ) -> Result<()> {
        match verdict {
            Verdict::Succeeded(result) => self.succeed_orphan_in(txn, record, *result).await,
            Verdict::Failed(error) => self.end_in(txn, record, Status::Failed, error).await,
        }
    }

    async fn succeed_orphan_in(
        &self,
        txn: &Transaction,
        mut record: Record,
        result: JobResult,
    ) -> Result<()> {
        self.release_in(txn, &record).await?;
        record.epoch += 1;
        self.put_success(txn, &mut record, result)
    }

    /// Makes up for what could not be done at a job's end; a node calls this now and then. Ends
    /// living jobs that nobody here runs, and removes the bytes of every ended job that owes it.
    ///
    /// # Errors
    /// Those of the store. What fails of one job is logged and left for the next time.
    pub async fn sweep_all(&self) -> Result<()> {
        let read = Snapshot::now(Arc::clone(&self.engine)).await?;
        for record in self.list(&read).await? {
            let ended = self.is_lost(&record) && self.end_orphan(&record, UNNOTED).await;
            if ended || record.debris {
                self.sweep(record.id).await;
            }
        }
        Ok(())
    }

    fn is_lost(&self, job: &Record) -> bool {
        is_living(job)
            && !self.running.lock().contains(&job.id)
            && self.now().saturating_sub(job.modified) > SETTLED
    }

    /// Sweeps one job, unless its pieces may still be writing: then its own end does it.
    pub(crate) async fn sweep(&self, id: JobId) {
        if self.running.lock().contains(&id) {
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
        let read = Snapshot::now(Arc::clone(&self.engine)).await?;
        let record = self.get(&read, id).await?;
        if !record.debris {
            return Ok(());
        }
        self.ending(record.kind)?
            .remove(&record)
            .await
            .map_err(|source| Error::Ending { id, source })?;
        transact(&self.engine, |txn| async move {
            let mut record = self.get(&*txn, id).await?;
            record.debris = false;
            write(&txn, &record)
        })
        .await?;
        Ok(())
    }

    /// Ends a job without success, in the caller's transaction.
    pub(crate) async fn end_in(
        &self,
        txn: &Transaction,
        mut record: Record,
        status: Status,
        error: &str,
    ) -> Result<()> {
        record.debris = self.release_in(txn, &record).await?;
        record.status = status;
        record.epoch += 1;
        record.error = Some(error.to_owned());
        record.running_status = None;
        record.sealing = false;
        record.finished = Some(self.now());
        self.put(txn, &mut record)
    }

    pub(crate) fn put_success(
        &self,
        txn: &Transaction,
        record: &mut Record,
        result: JobResult,
    ) -> Result<()> {
        record.status = Status::Succeeded;
        record.fraction = 1.0;
        record.running_status = None;
        record.sealing = false;
        record.finished = Some(self.now());
        record.result = Some(result);
        self.put(txn, record)
    }

    async fn release_in(&self, txn: &Transaction, record: &Record) -> Result<bool> {
        let id = record.id;
        self.ending(record.kind)?
            .release(txn, record)
            .await
            .map_err(|source| Error::Ending { id, source })
    }

    pub(crate) fn put(&self, txn: &Transaction, record: &mut Record) -> Result<()> {
        record.modified = self.now();
        write(txn, record)
    }

    pub(crate) fn stopped_running(&self, id: JobId) {
        self.running.lock().remove(&id);
    }

    fn ending(&self, kind: Kind) -> Result<Arc<dyn Ending>> {
        self.endings
            .read()
            .get(&kind)
            .cloned()
            .ok_or(Error::NoEnding(kind))
    }

    fn now(&self) -> i64 {
        let timeline = self.engine.timeline();
        timeline.micros(timeline.now())
    }
}

/// How a job ends that its run did not end itself.
#[derive(Debug)]
pub(crate) enum Verdict {
    Succeeded(JobResult),
    Failed(String),
}

fn is_living(job: &Record) -> bool {
    matches!(job.status, Status::Pending | Status::Running)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the low bits of a job id only have to differ within one instant, and a taken id is drawn again"
)]
fn draw_low_bits() -> u64 {
    rand::rng().random_range(0..1 << 10)
}

fn write(txn: &Transaction, record: &Record) -> Result<()> {
    let value = serde_json::to_vec(record).map_err(|source| Error::Record {
        id: record.id,
        source,
    })?;
    txn.put(key(record.id), Bytes::from(value))?;
    Ok(())
}

fn decode(id: JobId, value: &[u8]) -> Result<Record> {
    serde_json::from_slice(value).map_err(|source| Error::Record { id, source })
}

/// Ids are never negative, so big-endian bytes keep their order.
fn key(id: JobId) -> Bytes {
    RECORDS.key(&id.0.to_be_bytes())
}

fn id_of(key: &[u8]) -> JobId {
    key.last_chunk::<8>()
        .map_or(JobId(0), |bytes| JobId(i64::from_be_bytes(*bytes)))
}
