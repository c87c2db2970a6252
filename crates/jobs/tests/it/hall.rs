//! A registry over a store in memory, with duties that count what is asked of them.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use cairn_jobs::{
    BoxError, Claim, Control, Duty, Error, JobId, JobResult, Kind, NewJob, Record, Registry,
    Resume, Running, transact,
};
use cairn_storage::clock::Clock;
use cairn_storage::memory::Memory;
use cairn_storage::{Engine, Snapshot, Transaction};

pub const COUNTS: JobResult = JobResult {
    rows: 1,
    index_entries: 2,
    system_records: 3,
    bytes: 4,
};

/// Counts what is asked of it; claims debris, and finds a seal where the payload says so.
#[derive(Default)]
pub struct Duties {
    pub resumed: Arc<Mutex<Vec<Record>>>,
    pub released: AtomicUsize,
    pub removed: AtomicUsize,
    pub unstuck: AtomicBool,
    pub resumable: AtomicBool,
}

#[async_trait]
impl Duty for Duties {
    fn resume(&self) -> Option<Resume> {
        let resumed = self.resumed.clone();
        self.resumable.load(Ordering::SeqCst).then(|| -> Resume {
            Box::new(move |claim, job| {
                Box::pin(async move {
                    resumed.lock().unwrap().push(job);
                    let run = Arc::clone(&claim);
                    let work = async move {
                        loop {
                            run.checkpoint(0.5, None).await?;
                            tokio::task::yield_now().await;
                        }
                    };
                    let _ = Running::<Error>::start(claim, work).wait().await;
                })
            })
        })
    }

    async fn release(&self, _: &Transaction, job: &Record) -> Result<bool, BoxError> {
        if job.payload.as_str() == Some("stuck") && !self.unstuck.load(Ordering::SeqCst) {
            return Err("the disk is full".into());
        }
        self.released.fetch_add(1, Ordering::SeqCst);
        Ok(true)
    }

    async fn remove(&self, _: &Record) -> Result<(), BoxError> {
        self.removed.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    async fn sealed(&self, job: &Record) -> Result<Option<JobResult>, BoxError> {
        match job.payload.as_str() {
            Some("sealed") => Ok(Some(COUNTS)),
            Some("hanging") => std::future::pending().await,
            Some("unreachable") => Err("no route to host".into()),
            _ => Ok(None),
        }
    }
}

pub struct Hall {
    pub engine: Arc<dyn Engine>,
    pub registry: Arc<Registry>,
    pub duties: Arc<Duties>,
}

pub fn hall() -> Hall {
    over(Arc::new(Memory::new(Clock::system())))
}

/// Another process on the same store.
pub fn over(engine: Arc<dyn Engine>) -> Hall {
    let registry = Registry::new(Arc::clone(&engine));
    let duties = Arc::new(Duties::default());
    registry.register(Kind::Restore, duties.clone());
    Hall {
        engine,
        registry,
        duties,
    }
}

impl Hall {
    pub async fn create(&self, payload: &str) -> JobId {
        let new = NewJob {
            kind: Kind::Restore,
            description: "RESTORE TABLE t FROM 'x'".into(),
            user: "root".into(),
            running_status: None,
            protects_since: None,
            payload: payload.into(),
        };
        let (id, _) = transact::<_, Error, _>(&self.engine, |txn| {
            let new = new.clone();
            async move { self.registry.create(&txn, new).await }
        })
        .await
        .unwrap();
        id
    }

    pub async fn claimed(&self) -> Claim {
        let id = self.create("").await;
        self.registry.claim(id).await.unwrap()
    }

    pub async fn cancel(&self, id: JobId) -> Result<(), Error> {
        self.registry.control(id, Control::Cancel).await
    }

    /// Waits until the job's runs by this process are as many as that, and the newest goes on.
    pub async fn runs(&self, runs: usize, id: JobId) {
        while self.duties.resumed.lock().unwrap().len() < runs
            || self.record(id).await.fraction < 0.5
        {
            tokio::task::yield_now().await;
        }
    }

    pub async fn record(&self, id: JobId) -> Record {
        let read = Snapshot::now(self.engine.clone()).await.unwrap();
        self.registry.get(&read, id).await.unwrap()
    }

    pub async fn succeed(&self, claim: &Claim) -> Result<(), Error> {
        transact(&self.engine, |txn| async move {
            claim.succeed_in(&txn, COUNTS).await
        })
        .await
        .map(|_| ())
    }
}
