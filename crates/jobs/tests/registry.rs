//! Jobs on the memory engine: states, the fence, ends, and what a crash leaves to the next start.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use cairn_jobs::{
    BoxError, Claim, Control, Crew, DonePiece, Duty, Error, JobId, JobResult, Kind, NewJob, Record,
    Registry, Resume, Running, Status, Stop, transact,
};
use cairn_storage::clock::Clock;
use cairn_storage::memory::Memory;
use cairn_storage::{Engine, Snapshot, Transaction};
use tokio::sync::Semaphore;
use tokio::time::timeout;

const COUNTS: JobResult = JobResult {
    rows: 1,
    index_entries: 2,
    system_records: 3,
    bytes: 4,
};

/// Counts what is asked of it; claims debris, and finds a seal where the payload says so.
#[derive(Default)]
struct Duties {
    resumed: Arc<Mutex<Vec<Record>>>,
    released: AtomicUsize,
    removed: AtomicUsize,
    unstuck: AtomicBool,
    resumable: AtomicBool,
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
            Some("unreachable") => Err("no route to host".into()),
            _ => Ok(None),
        }
    }
}

struct Hall {
    engine: Arc<dyn Engine>,
    registry: Arc<Registry>,
    duties: Arc<Duties>,
}

fn hall() -> Hall {
    over(Arc::new(Memory::new(Clock::system())))
}

/// Another process on the same store.
fn over(engine: Arc<dyn Engine>) -> Hall {
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
    async fn create(&self, payload: &str) -> JobId {
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

    async fn claimed(&self) -> Claim {
        let id = self.create("").await;
        self.registry.claim(id).await.unwrap()
    }

    async fn cancel(&self, id: JobId) -> Result<(), Error> {
        self.registry.control(id, Control::Cancel).await
    }

    /// Waits until the job's runs by this process are as many as that, and the newest goes on.
    async fn runs(&self, runs: usize, id: JobId) {
        while self.duties.resumed.lock().unwrap().len() < runs
            || self.record(id).await.fraction < 0.5
        {
            tokio::task::yield_now().await;
        }
    }

    async fn record(&self, id: JobId) -> Record {
        let read = Snapshot::now(self.engine.clone()).await.unwrap();
        self.registry.get(&read, id).await.unwrap()
    }

    async fn succeed(&self, claim: &Claim) -> Result<(), Error> {
        transact(&self.engine, |txn| async move {
            claim.succeed_in(&txn, COUNTS).await
        })
        .await
        .map(|_| ())
    }
}

#[tokio::test]
async fn a_job_goes_from_pending_to_succeeded() {
    let hall = hall();
    let id = hall.create("payload").await;
    let pending = hall.record(id).await;
    assert_eq!(
        (pending.status, pending.started, pending.fraction),
        (Status::Pending, None, 0.0)
    );
    let claim = hall.registry.claim(id).await.unwrap();
    claim.checkpoint(0.5, Some("half-way")).await.unwrap();
    let running = hall.record(id).await;
    assert_eq!((running.status, running.fraction), (Status::Running, 0.5));
    assert_eq!(running.running_status.as_deref(), Some("half-way"));
    hall.succeed(&claim).await.unwrap();
    let done = hall.record(id).await;
    assert_eq!(
        (done.status, done.fraction, done.result),
        (Status::Succeeded, 1.0, Some(COUNTS))
    );
    assert!(done.finished >= done.started && done.started >= Some(done.created));
    assert_eq!(done.running_status, None);
    assert!(matches!(
        hall.cancel(id).await,
        Err(Error::NotAllowed {
            verb: "canceled",
            ..
        })
    ));
}

/// Thousands of small pieces cost a few commits, not one each.
#[tokio::test]
async fn progress_is_noted_now_and_then() {
    let (clock, _hand) = Clock::manual(1_700_000_000_000_000);
    let hall = over(Arc::new(Memory::new(clock)));
    let claim = hall.claimed().await;
    let before = hall.engine.counters().commits;
    for piece in 1..=1000 {
        claim
            .progress(f64::from(piece) / 1000.0, "working")
            .await
            .unwrap();
    }
    let commits = hall.engine.counters().commits - before;
    assert!((10..=21).contains(&commits), "{commits} commits");
    assert!(hall.record(claim.id()).await.fraction > 0.9);
}

#[tokio::test]
async fn ids_differ_and_list_in_order() {
    let hall = hall();
    let mut ids = Vec::new();
    for _ in 0..20 {
        ids.push(hall.create("").await);
    }
    let read = Snapshot::now(hall.engine.clone()).await.unwrap();
    let listed: Vec<JobId> = hall
        .registry
        .list(&read)
        .await
        .unwrap()
        .iter()
        .map(|job| job.id)
        .collect();
    ids.sort();
    assert_eq!(listed, ids);
    let missing = JobId(7);
    assert!(
        matches!(hall.registry.get(&read, missing).await, Err(Error::Unknown(id)) if id == missing)
    );
}

/// After a cancel the run has no say: not for progress, not for success, not for a failure.
#[tokio::test]
async fn a_cancel_fences_the_run() {
    let hall = hall();
    let claim = hall.claimed().await;
    hall.cancel(claim.id()).await.unwrap();
    hall.cancel(claim.id()).await.unwrap();
    assert_eq!(hall.duties.released.load(Ordering::SeqCst), 1);
    assert!(matches!(
        claim.checkpoint(0.1, None).await,
        Err(Error::Canceled(_))
    ));
    assert!(matches!(
        hall.succeed(&claim).await,
        Err(Error::Canceled(_))
    ));
    // The run is still going, so its bytes stay until it has stopped.
    assert_eq!(hall.duties.removed.load(Ordering::SeqCst), 0);
    claim.fail("too late").await.unwrap();
    assert_eq!(hall.duties.removed.load(Ordering::SeqCst), 1);
    let record = hall.record(claim.id()).await;
    assert_eq!((record.status, record.debris), (Status::Canceled, false));
    assert_eq!(record.error.as_deref(), Some("job canceled"));
}

#[tokio::test]
async fn a_second_claim_fences_the_first() {
    let hall = hall();
    let first = hall.claimed().await;
    let second = hall.registry.claim(first.id()).await.unwrap();
    assert!(matches!(
        first.checkpoint(0.1, None).await,
        Err(Error::Fenced(_))
    ));
    second.checkpoint(0.2, None).await.unwrap();
}

/// The commit that publishes and a cancel race: exactly one of them wins.
#[tokio::test]
async fn a_cancel_between_guard_and_commit_wins() {
    let hall = hall();
    let claim = hall.claimed().await;
    let txn = Transaction::begin(hall.engine.clone()).await.unwrap();
    claim.succeed_in(&txn, COUNTS).await.unwrap();
    hall.cancel(claim.id()).await.unwrap();
    assert!(matches!(
        txn.commit().await,
        Err(cairn_storage::Error::Conflict)
    ));
    assert_eq!(hall.record(claim.id()).await.status, Status::Canceled);
}

#[tokio::test]
async fn a_sealing_job_cannot_be_canceled() {
    let hall = hall();
    let claim = hall.claimed().await;
    claim.seal("writing the manifest").await.unwrap();
    assert!(matches!(
        hall.cancel(claim.id()).await,
        Err(Error::Sealing(_))
    ));
}

/// A crash ends as failed, unless the job had in truth succeeded; a location that does not answer
/// is no reason not to start.
#[tokio::test]
async fn orphans_end_at_the_next_start() {
    let before = hall();
    let pending = before.create("").await;
    let running = before.claimed().await;
    let mut sealing = Vec::new();
    for payload in ["sealed", "unreachable"] {
        let claim = before
            .registry
            .claim(before.create(payload).await)
            .await
            .unwrap();
        claim.seal("sealing").await.unwrap();
        sealing.push(claim.id());
    }

    let after = over(before.engine.clone());
    let orphans = after.registry.adopt_orphans().await.unwrap();
    assert_eq!(orphans.len(), 4);
    for id in [pending, running.id()] {
        let record = after.record(id).await;
        assert_eq!((record.status, record.debris), (Status::Failed, false));
        assert!(record.error.unwrap().contains("the server stopped"));
    }
    assert_eq!(after.record(sealing[0]).await.result, Some(COUNTS));
    assert_eq!(after.record(sealing[1]).await.status, Status::Failed);
    assert_eq!(after.duties.released.load(Ordering::SeqCst), 4);
    assert_eq!(after.duties.removed.load(Ordering::SeqCst), 3);
    assert!(matches!(
        running.checkpoint(0.1, None).await,
        Err(Error::Fenced(_))
    ));
    assert!(after.registry.adopt_orphans().await.unwrap().is_empty());
}

/// A job that cannot be ended keeps neither the server from starting nor other jobs from ending,
/// and is ended once that works.
#[tokio::test]
async fn an_orphan_that_cannot_be_ended_is_left_for_later() {
    let (clock, hand) = Clock::manual(1_700_000_000_000_000);
    let before = over(Arc::new(Memory::new(clock)));
    let stuck = before.create("stuck").await;
    let other = before.create("").await;
    let after = over(before.engine.clone());
    assert_eq!(after.registry.adopt_orphans().await.unwrap(), [other]);
    assert_eq!(after.record(other).await.status, Status::Failed);
    assert_eq!(after.record(stuck).await.status, Status::Pending);

    hand.advance(Duration::from_secs(61));
    after.registry.sweep_all().await.unwrap();
    assert_eq!(after.record(stuck).await.status, Status::Pending);
    after.duties.unstuck.store(true, Ordering::SeqCst);
    after.registry.sweep_all().await.unwrap();
    let record = after.record(stuck).await;
    assert_eq!((record.status, record.debris), (Status::Failed, false));
}

/// The end of a run could not be written: a minute later it is, unless the job is still run here.
#[tokio::test]
async fn a_lost_job_is_ended_by_a_later_sweep() {
    let (clock, hand) = Clock::manual(1_700_000_000_000_000);
    let hall = over(Arc::new(Memory::new(clock)));
    let running = hall.claimed().await;
    let stuck = hall.create("stuck").await;
    let claim = hall.registry.claim(stuck).await.unwrap();
    claim.fail("because").await.unwrap_err();
    hall.duties.unstuck.store(true, Ordering::SeqCst);
    hall.registry.sweep_all().await.unwrap();
    assert_eq!(hall.record(stuck).await.status, Status::Running);
    hand.advance(Duration::from_secs(61));
    hall.registry.sweep_all().await.unwrap();
    let record = hall.record(stuck).await;
    assert_eq!((record.status, record.debris), (Status::Failed, false));
    assert_eq!(hall.record(running.id()).await.status, Status::Running);
}

/// What failed after its seal was set did not fail: the destination says so, and the job as well.
#[tokio::test]
async fn a_failure_after_the_seal_is_a_success() {
    let hall = hall();
    for (payload, sealing, status) in [
        ("sealed", true, Status::Succeeded),
        ("sealed", false, Status::Failed),
        ("", true, Status::Failed),
        ("unreachable", true, Status::Failed),
    ] {
        let id = hall.create(payload).await;
        let claim = Arc::new(hall.registry.claim(id).await.unwrap());
        if sealing {
            claim.seal("sealing").await.unwrap();
        }
        let running = Running::<Error>::start(claim, async { Err(Error::Stopped) });
        let outcome = running.wait().await;
        assert_eq!(
            outcome.ok(),
            (status == Status::Succeeded).then_some(COUNTS)
        );
        let record = hall.record(id).await;
        assert_eq!(record.status, status, "{payload}");
        if payload == "unreachable" {
            assert!(
                record
                    .error
                    .unwrap()
                    .contains("see there whether it succeeded")
            );
        }
    }
}

#[tokio::test]
async fn a_failed_run_says_why_with_its_causes() {
    let hall = hall();
    let claim = Arc::new(hall.claimed().await);
    let id = claim.id();
    let running = Running::<Error>::start(claim, async move {
        Err(Error::Ending {
            id,
            source: "the disk is full".into(),
        })
    });
    assert!(matches!(running.wait().await, Err(Error::Ending { .. })));
    let record = hall.record(id).await;
    assert_eq!(
        record.error.unwrap(),
        format!("ending job {id}: the disk is full")
    );
    assert_eq!(hall.duties.removed.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_panic_fails_the_job() {
    let hall = hall();
    let claim = Arc::new(hall.claimed().await);
    let id = claim.id();
    let running = Running::<Error>::start(claim, async { panic!("on purpose") });
    assert!(matches!(running.wait().await, Err(Error::WorkerLost)));
    assert_eq!(hall.record(id).await.status, Status::Failed);
}

#[tokio::test]
async fn a_crew_does_every_piece_once() {
    let tasks: Vec<u64> = (1..=100).collect();
    let mut crew = Crew::<u64, Error>::start(
        "test",
        3,
        tasks,
        Stop::default(),
        |task| async move { Ok(task) },
    )
    .unwrap();
    let mut sum = 0;
    while let Some(done) = crew.next().await {
        sum += done.unwrap();
    }
    assert_eq!(sum, 5050);
}

/// After `dismiss` no piece is running; after a panic the job hears of it.
#[tokio::test]
async fn a_crew_stops_and_reports_its_dead() {
    let started = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&started);
    let mut crew =
        Crew::<(), Error>::start("test", 2, vec![(); 1000], Stop::default(), move |()| {
            count.fetch_add(1, Ordering::SeqCst);
            async { Err(Error::Stopped) }
        })
        .unwrap();
    assert!(crew.next().await.unwrap().is_err());
    crew.dismiss().await;
    let after = started.load(Ordering::SeqCst);
    tokio::task::yield_now().await;
    assert_eq!(started.load(Ordering::SeqCst), after);
    assert!(after < 1000);

    let mut crew = Crew::<(), Error>::start("test", 1, vec![()], Stop::default(), |()| async {
        panic!("on purpose")
    })
    .unwrap();
    assert!(matches!(crew.next().await, Some(Err(Error::WorkerLost))));
    assert!(crew.next().await.is_none());
}

/// A run that panics leaves its crew behind: the bytes are swept once the last piece has stopped.
#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_waits_for_the_pieces() {
    let hall = hall();
    let claim = Arc::new(hall.claimed().await);
    let open = Arc::new(Semaphore::new(0));
    let begun = Arc::new(Semaphore::new(0));
    let (stop, gate) = (claim.stop().clone(), Arc::clone(&open));
    let running = Running::<Error>::start(Arc::clone(&claim), async move {
        let begins = Arc::clone(&begun);
        let _crew = Crew::<(), Error>::start("test", 1, vec![()], stop, move |()| {
            let (gate, begins) = (Arc::clone(&gate), Arc::clone(&begins));
            async move {
                begins.add_permits(1);
                let _permit = gate.acquire().await.unwrap();
                Ok(())
            }
        })?;
        let _permit = begun.acquire().await.unwrap();
        panic!("on purpose")
    });
    while hall.record(claim.id()).await.status != Status::Failed {
        tokio::task::yield_now().await;
    }
    hall.registry.sweep_all().await.unwrap();
    assert_eq!(hall.duties.removed.load(Ordering::SeqCst), 0);
    open.add_permits(1);
    running.wait().await.unwrap_err();
    assert_eq!(hall.duties.removed.load(Ordering::SeqCst), 1);
}

/// A piece that takes for ever does not hide a cancel.
#[tokio::test]
async fn a_cancel_is_noticed_inside_a_piece() {
    let hall = hall();
    let claim = hall.claimed().await;
    let open = Arc::new(Semaphore::new(0));
    let gate = Arc::clone(&open);
    let stop = claim.stop().clone();
    let claim = Arc::new(claim);
    let id = claim.id();
    let mut crew = Crew::<(), Error>::start("test", 1, vec![()], stop, move |()| {
        let gate = Arc::clone(&gate);
        async move {
            let _permit = gate.acquire().await.unwrap();
            Ok(())
        }
    })
    .unwrap();
    let running = Running::<Error>::start(claim, async move {
        while let Some(done) = crew.next().await {
            done?;
        }
        Ok(COUNTS)
    });
    hall.cancel(id).await.unwrap();
    let noticed = timeout(Duration::from_secs(30), running.wait()).await;
    assert!(matches!(noticed.unwrap(), Err(Error::Canceled(_))));
    // Its bytes stay while the piece may write.
    assert_eq!(hall.duties.removed.load(Ordering::SeqCst), 0);
    open.add_permits(1);
    while hall.duties.removed.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
}

/// Whoever waits for a run that was paused is told so, though the job was resumed at once: another run goes on.
#[tokio::test]
async fn a_run_that_was_paused_and_resumed_at_once_is_told_so() {
    let hall = hall();
    hall.duties.resumable.store(true, Ordering::SeqCst);
    let claim = Arc::new(hall.claimed().await);
    let id = claim.id();
    let running = Running::<Error>::start(claim, std::future::pending());
    hall.registry.control(id, Control::Pause).await.unwrap();
    hall.registry.control(id, Control::Resume).await.unwrap();
    assert!(matches!(running.wait().await, Err(Error::Paused(_))));
    hall.runs(1, id).await;
    hall.cancel(id).await.unwrap();
}

/// A job that was created in a transaction is begun from its record, by one run; one that was rolled back is not there.
#[tokio::test]
async fn a_created_job_is_begun_once() {
    let hall = hall();
    hall.duties.resumable.store(true, Ordering::SeqCst);
    let id = hall.create("").await;
    hall.registry.begin(id).await.unwrap();
    hall.registry.begin(id).await.unwrap();
    hall.runs(1, id).await;
    assert_eq!(hall.duties.resumed.lock().unwrap().len(), 1);
    assert_eq!(hall.record(id).await.interruptions, 0);
    hall.cancel(id).await.unwrap();
    let unknown = hall.registry.begin(JobId(id.0 + 1)).await;
    assert!(matches!(unknown, Err(Error::Unknown(_))));
}

/// What is done stays done, however a later run counts.
#[tokio::test]
async fn progress_never_goes_back() {
    let hall = hall();
    let claim = hall.claimed().await;
    claim.checkpoint(0.6, None).await.unwrap();
    claim.checkpoint(0.2, Some("planning again")).await.unwrap();
    let record = hall.record(claim.id()).await;
    assert!((record.fraction - 0.6).abs() < f64::EPSILON);
    assert_eq!(record.running_status.as_deref(), Some("planning again"));
}

/// PAUSE stops the run and keeps everything; RESUME lets it go on from the record, by one run only.
#[tokio::test]
async fn a_paused_job_goes_on_where_it_was() {
    let hall = hall();
    hall.duties.resumable.store(true, Ordering::SeqCst);
    let claim = Arc::new(hall.claimed().await);
    let id = claim.id();
    let piece = DonePiece {
        key: "7".into(),
        value: "what it wrote".into(),
    };
    claim.done(piece.clone());
    claim.checkpoint(0.25, Some("at work")).await.unwrap();
    let waiting = Running::<Error>::start(claim, std::future::pending());
    hall.registry.control(id, Control::Pause).await.unwrap();
    hall.registry.control(id, Control::Pause).await.unwrap();
    assert!(matches!(waiting.wait().await, Err(Error::Paused(_))));
    assert!(hall.registry.adopt_orphans().await.unwrap().is_empty());
    let record = hall.record(id).await;
    assert_eq!((record.status, record.error), (Status::Paused, None));
    assert_eq!(hall.duties.released.load(Ordering::SeqCst), 0);

    for _ in 0..2 {
        hall.registry.control(id, Control::Resume).await.unwrap();
    }
    hall.runs(1, id).await;
    let read = Snapshot::now(hall.engine.clone()).await.unwrap();
    assert_eq!(hall.registry.pieces(&read, id).await.unwrap(), [piece]);
    hall.registry.control(id, Control::Pause).await.unwrap();
    hall.registry.control(id, Control::Resume).await.unwrap();
    hall.runs(2, id).await;
    hall.cancel(id).await.unwrap();
    while hall.registry.is_running_here(id) {
        tokio::task::yield_now().await;
    }
    hall.registry.sweep_all().await.unwrap();
    assert_eq!(hall.duties.resumed.lock().unwrap().len(), 2);
    let read = Snapshot::now(hall.engine.clone()).await.unwrap();
    assert!(hall.registry.pieces(&read, id).await.unwrap().is_empty());
    let record = hall.record(id).await;
    assert_eq!(
        (record.status, record.has_pieces),
        (Status::Canceled, false)
    );
}

/// What each state allows, in the words that users know.
#[tokio::test]
async fn controls_are_refused_by_state() {
    let hall = hall();
    let refused = async |id, control| {
        let error = hall.registry.control(id, control).await.unwrap_err();
        error.to_string()
    };
    let claim = hall.claimed().await;
    let id = claim.id();
    claim.fail("because").await.unwrap();
    assert_eq!(
        refused(id, Control::Pause).await,
        format!("cannot pause failed job (id {id})")
    );
    assert_eq!(
        refused(id, Control::Resume).await,
        "job with status failed cannot be resumed"
    );
    assert_eq!(
        refused(id, Control::Cancel).await,
        "job with status failed cannot be canceled"
    );
    assert_eq!(
        refused(JobId(5), Control::Pause).await,
        "job with ID 5 does not exist"
    );
    let running = hall.claimed().await.id();
    assert!(
        refused(running, Control::Pause)
            .await
            .contains("PAUSE of a RESTORE job is not supported yet")
    );
    hall.duties.resumable.store(true, Ordering::SeqCst);
    let sealing = hall.claimed().await;
    sealing.seal("sealing").await.unwrap();
    assert!(matches!(
        hall.registry.control(sealing.id(), Control::Pause).await,
        Err(Error::Sealing(_))
    ));
}

/// The next process goes on with what the last one ran; but a job that may be what stops the process
/// is paused, and says so.
#[tokio::test]
async fn a_job_that_is_always_interrupted_is_paused() {
    let mut hall = hall();
    let id = hall.create("").await;
    for _ in 0..5 {
        hall = over(hall.engine.clone());
        hall.duties.resumable.store(true, Ordering::SeqCst);
        assert_eq!(hall.registry.adopt_orphans().await.unwrap(), [id]);
        assert_eq!(hall.record(id).await.status, Status::Running);
    }
    hall = over(hall.engine.clone());
    hall.duties.resumable.store(true, Ordering::SeqCst);
    hall.registry.adopt_orphans().await.unwrap();
    let record = hall.record(id).await;
    assert_eq!(record.status, Status::Paused);
    assert!(record.error.unwrap().contains("RESUME JOB"));
    hall.registry.control(id, Control::Resume).await.unwrap();
    assert_eq!(hall.record(id).await.status, Status::Running);
}
