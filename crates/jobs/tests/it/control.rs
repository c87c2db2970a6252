//! PAUSE, RESUME and CANCEL: what each state allows, and what a run hears of it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use cairn_jobs::{Control, Crew, DonePiece, Error, JobId, Running, Status};
use cairn_storage::{Snapshot, Transaction};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::hall::{COUNTS, hall};

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
