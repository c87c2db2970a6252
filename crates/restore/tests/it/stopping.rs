//! The process dies at the n-th bulk write to the store, for every n, before or after it: pieces and indexes of a RESTORE alike. The
//! next start goes on from what was proved and ends with the content and the counts of an undisturbed one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use cairn_jobs::Status;
use cairn_storage::clock::Clock;
use cairn_storage::hooked::{Hooked, Hooks};
use cairn_storage::memory::Memory;
use cairn_storage::{Engine, Error, Ingested, Result, Revisions, Span};
use futures::stream::BoxStream;
use tokio::sync::watch;

use crate::tables::{accounts, some_accounts};
use crate::world::{SMALL_PIECE, World};

/// When the process dies.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Moment {
    Before,
    After,
}

/// So many bulk writes are answered, then none.
struct Stopping {
    left: AtomicUsize,
    moment: Moment,
    stopped: watch::Sender<bool>,
    over: watch::Sender<bool>,
}

impl Stopping {
    fn after(writes: usize, moment: Moment) -> Stopping {
        Stopping {
            left: AtomicUsize::new(writes),
            moment,
            stopped: watch::Sender::new(false),
            over: watch::Sender::new(false),
        }
    }

    fn is_stopped(&self) -> bool {
        *self.stopped.borrow()
    }

    /// The caller never gets an answer while the test looks.
    async fn stop<T>(&self) -> Result<T> {
        self.stopped.send_replace(true);
        self.over.subscribe().wait_for(|over| *over).await.unwrap();
        Err(Error::source(std::io::Error::other("this process is dead")))
    }
}

#[async_trait]
impl Hooks for Stopping {
    async fn ingest(
        &self,
        below: &dyn Engine,
        span: &Span,
        revisions: BoxStream<'_, Result<Revisions>>,
    ) -> Result<Ingested> {
        let left = |left: usize| left.checked_sub(1);
        let goes_on = self
            .left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, left)
            .is_ok();
        if goes_on {
            return below.ingest(span, revisions).await;
        }
        if self.moment == Moment::After && !self.is_stopped() {
            below.ingest(span, revisions).await?;
        }
        self.stop().await
    }
}

async fn restores_go_on(moment: Moment) {
    let engine: Arc<dyn Engine> = Arc::new(Memory::new(Clock::system()));
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let world = World::over(engine.clone(), folder.clone()).await;
    let database = world.database("bank").await;
    let table = world.table(&accounts(database.id)).await;
    world.insert(&table, &some_accounts(1_000)).await;
    let (rows, entries) = (world.rows(&table).await, world.entries(&table).await);
    let request = world.backup_request("BACKUP DATABASE bank TO 'nodelocal:///full'");
    let store = request.to.open(&world.backup.settings).unwrap();
    let made = cairn_backup::start_at(&world.backup, request, store, SMALL_PIECE).await;
    let undisturbed = made.unwrap().wait().await.unwrap();
    let statement = "RESTORE DATABASE bank FROM 'nodelocal:///full' WITH new_db_name = 'again'";
    for writes in 0.. {
        let dies = Hooked::over(engine.clone(), Stopping::after(writes, moment));
        let stopping = &dies.hooks;
        let dying = World::over(dies.clone(), folder.clone()).await;
        let request = dying.restore_request(statement);
        let running = cairn_restore::start(&dying.restore, request).await.unwrap();
        let id = running.id;
        let waiting = tokio::spawn(running.wait());
        while !waiting.is_finished() && !stopping.is_stopped() {
            tokio::task::yield_now().await;
        }
        let ended = waiting.is_finished();
        let after = match ended {
            true => world.again(),
            false => {
                World::over(engine.clone(), folder.clone())
                    .await
                    .restart()
                    .await
            }
        };
        let job = loop {
            let job = after.jobs.get(&after.now().await, id).await.unwrap();
            if job.status.is_terminal() {
                break job;
            }
            tokio::task::yield_now().await;
        };
        assert_eq!(
            (job.status, job.error),
            (Status::Succeeded, None),
            "{writes}"
        );
        assert_eq!(job.result, Some(undisturbed), "{writes}");
        let table = after.find("again", "accounts").await.unwrap();
        assert_eq!(after.rows(&table).await, rows, "{writes}");
        assert_eq!(after.entries(&table).await, entries, "{writes}");
        after.drop_for_good("again").await;
        stopping.over.send_replace(true);
        let _ = waiting.await.unwrap();
        if ended {
            assert!(writes > 8, "only {writes} bulk writes");
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn before_a_bulk_write() {
    restores_go_on(Moment::Before).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_bulk_write() {
    restores_go_on(Moment::After).await;
}
