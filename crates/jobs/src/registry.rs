//! The book of jobs: who is in it, and who may write in it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use cairn_storage::{Engine, IndexId, Prefix, Read, TableId, Transaction};
use parking_lot::{Mutex, RwLock};
use rand::Rng;
use serde::Serialize;
use tokio::runtime::Handle;

use crate::adoption::Verdict;
use crate::error::{Error, Result};
use crate::{Claim, Duty, JobId, JobResult, Kind, NewJob, Record, Status, transact};

/// The table of the job records.
pub const TABLE: TableId = TableId(2);
const RECORDS: Prefix = Prefix::new(TABLE, IndexId(1));

/// Tells the runs of one job by this process apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RunId(u64);

/// All jobs of a store. Cheap to share; everything durable lies in the store.
pub struct Registry {
    engine: Arc<dyn Engine>,
    duties: RwLock<HashMap<Kind, Arc<dyn Duty>>>,
    /// The runs of this process, so that nobody sweeps under their feet or runs a job twice.
    running: Mutex<HashMap<JobId, RunId>>,
    runs: AtomicU64,
    /// Where jobs run, whoever begins them: not where statements may compute for long.
    runtime: Handle,
}

impl Registry {
    /// Of the runtime that this is called on.
    #[must_use]
    pub fn new(engine: Arc<dyn Engine>) -> Arc<Self> {
        Arc::new(Registry {
            runtime: Handle::current(),
            engine,
            duties: RwLock::default(),
            running: Mutex::default(),
            runs: AtomicU64::default(),
        })
    }

    /// Says what jobs of this kind owe; needed before the first of them is claimed or adopted.
    pub fn register(&self, kind: Kind, duty: Arc<dyn Duty>) {
        self.duties.write().insert(kind, duty);
    }

    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(work);
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
            protects_since: new.protects_since,
            epoch: 1,
            paused_epoch: 0,
            sealing: false,
            debris: false,
            has_pieces: false,
            interruptions: 0,
            payload: new.payload,
            result: None,
        };
        write(txn, &record)?;
        Ok(id)
    }

    /// Says what a job needs to go on and to clean up after itself, once that is known; in the transaction
    /// that creates the job.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::Record`], and those of the store.
    pub async fn set_payload(
        &self,
        txn: &Transaction,
        id: JobId,
        payload: &(impl Serialize + Sync),
    ) -> Result<()> {
        let mut record = self.get(txn, id).await?;
        record.set_payload(payload)?;
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
        let run = self.next_run();
        let earlier = self.running.lock().insert(id, run);
        let claimed = self.raise_epoch(id).await;
        if claimed.is_err() {
            self.stopped_running(id, run);
            if let Some(earlier) = earlier {
                self.running.lock().entry(id).or_insert(earlier);
            }
        }
        Ok(Claim::new(Arc::clone(self), id, run, claimed?))
    }

    /// The same unless this process runs the job already, or has not quite stopped running it.
    ///
    /// # Errors
    /// Those of [`Registry::claim`].
    pub(crate) async fn claim_free(self: &Arc<Self>, id: JobId) -> Result<Option<Claim>> {
        let run = self.next_run();
        match self.running.lock().entry(id) {
            Entry::Occupied(_) => return Ok(None),
            Entry::Vacant(free) => free.insert(run),
        };
        let claimed = self.raise_epoch(id).await;
        if claimed.is_err() {
            self.stopped_running(id, run);
        }
        Ok(Some(Claim::new(Arc::clone(self), id, run, claimed?)))
    }

    fn next_run(&self) -> RunId {
        RunId(self.runs.fetch_add(1, Ordering::Relaxed))
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
            if record.status == Status::Paused {
                return Err(Error::Paused(id));
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

    pub(crate) async fn release_in(&self, txn: &Transaction, record: &Record) -> Result<bool> {
        let id = record.id;
        self.duty(record.kind)?
            .release(txn, record)
            .await
            .map_err(|source| Error::Ending { id, source })
    }

    pub(crate) fn put(&self, txn: &Transaction, record: &mut Record) -> Result<()> {
        record.modified = self.now();
        write(txn, record)
    }

    /// Whether this process runs the job.
    #[must_use]
    pub fn is_running_here(&self, id: JobId) -> bool {
        self.running.lock().contains_key(&id)
    }

    pub(crate) fn stopped_running(&self, id: JobId, run: RunId) {
        let mut running = self.running.lock();
        if running.get(&id) == Some(&run) {
            running.remove(&id);
        }
    }

    pub(crate) fn duty(&self, kind: Kind) -> Result<Arc<dyn Duty>> {
        let duty = self.duties.read().get(&kind).cloned();
        duty.ok_or(Error::NoDuty(kind))
    }

    pub(crate) fn now(&self) -> i64 {
        let timeline = self.engine.timeline();
        timeline.micros(timeline.now())
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the low bits of a job id only have to differ within one instant, and a taken id is drawn again"
)]
fn draw_low_bits() -> u64 {
    rand::rng().random_range(0..1 << 10)
}

pub(crate) fn write(txn: &Transaction, record: &Record) -> Result<()> {
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
