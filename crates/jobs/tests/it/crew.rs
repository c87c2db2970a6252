//! Pieces on threads of their own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cairn_jobs::{Crew, Error, Stop};

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
