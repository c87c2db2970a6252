use std::io;

use super::{Crew, Stop, Take};
use crate::Error;

/// Gives out `threads` threads, then none.
async fn crew_on(threads: usize) -> Result<Crew<u64, Error>, Error> {
    let spawn = move |name: String, take: Take| {
        if name.ends_with(&format!("-{threads}")) {
            return Err(io::Error::from(io::ErrorKind::WouldBlock));
        }
        std::thread::Builder::new().spawn(take).map(|_detached| ())
    };
    let tasks: Vec<u64> = (1..=100).collect();
    Crew::start_on(
        spawn,
        "test",
        3,
        tasks,
        Stop::default(),
        |task| async move { Ok(task) },
    )
}

#[tokio::test]
async fn fewer_threads_do_the_same_work() {
    for threads in 1..=3 {
        let mut crew = crew_on(threads).await.unwrap();
        let mut sum = 0;
        while let Some(done) = crew.next().await {
            sum += done.unwrap();
        }
        assert_eq!(sum, 5050);
        let stop = crew.stop.clone();
        stop.idle().await;
    }
    assert!(matches!(crew_on(0).await, Err(Error::Thread(_))));
}
