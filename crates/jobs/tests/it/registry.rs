//! A job from its record to its end, and what its claim may write.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use cairn_jobs::{Error, JobId, Running, Status};
use cairn_storage::Snapshot;
use cairn_storage::clock::Clock;
use cairn_storage::memory::Memory;

use crate::hall::{COUNTS, hall, over};

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
