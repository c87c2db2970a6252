//! What a process that is gone leaves behind, and what is owed after an end.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use cairn_jobs::{Control, Crew, Error, Running, Status};
use cairn_storage::clock::Clock;
use cairn_storage::memory::Memory;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::hall::{COUNTS, hall, over};

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

/// A location that hangs keeps the server from nothing: the job's own run looks there.
#[tokio::test]
async fn a_job_that_was_sealing_goes_on_without_being_waited_for() {
    let before = hall();
    let id = before.create("hanging").await;
    let claim = before.registry.claim(id).await.unwrap();
    claim.seal("sealing").await.unwrap();
    let after = over(before.engine.clone());
    after.duties.resumable.store(true, Ordering::SeqCst);
    let adopted = timeout(Duration::from_secs(20), after.registry.adopt_orphans());
    assert_eq!(adopted.await.unwrap().unwrap(), [id]);
    after.runs(1, id).await;
    assert!(after.duties.resumed.lock().unwrap()[0].sealing);
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
