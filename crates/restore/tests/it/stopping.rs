//! The process dies at the n-th bulk write to the store, for every n, before or after it: pieces and indexes of a RESTORE alike. The
//! next start goes on from what was proved and ends with the content and the counts of an undisturbed one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use cairn_jobs::Status;
use cairn_storage::clock::Clock;
use cairn_storage::memory::Memory;
use cairn_storage::{
    Chunk, Closed, Collected, Commit, Counters, Cursor, Engine, Entries, Error, Found, Ingested,
    Limits, Prefix, Result, RevisionChunk, Revisions, ScanLimit, Span, TableId, Timeline,
    TransactionId, Version, Window,
};
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

/// An engine that answers so many bulk writes, then none.
struct Stopping {
    inner: Arc<dyn Engine>,
    left: AtomicUsize,
    moment: Moment,
    stopped: watch::Sender<bool>,
    over: watch::Sender<bool>,
}

impl Stopping {
    fn new(inner: Arc<dyn Engine>, writes: usize, moment: Moment) -> Arc<Stopping> {
        Arc::new(Stopping {
            inner,
            left: AtomicUsize::new(writes),
            moment,
            stopped: watch::Sender::new(false),
            over: watch::Sender::new(false),
        })
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
impl Engine for Stopping {
    async fn read_version(&self) -> Result<Closed> {
        self.inner.read_version().await
    }

    async fn close(&self, at: Version) -> Result<Closed> {
        self.inner.close(at).await
    }

    async fn close_now(&self) -> Result<Closed> {
        self.inner.close_now().await
    }

    async fn commit(&self, commit: Commit) -> Result<Version> {
        self.inner.commit(commit).await
    }

    async fn outcome(&self, transaction: TransactionId, at: Version) -> Result<Option<Version>> {
        self.inner.outcome(transaction, at).await
    }

    async fn get(&self, keys: &[Bytes], at: Closed) -> Result<Vec<Option<Found>>> {
        self.inner.get(keys, at).await
    }

    async fn scan(&self, span: &Span, at: Closed, limit: ScanLimit) -> Result<Chunk<Entries>> {
        self.inner.scan(span, at, limit).await
    }

    async fn history(
        &self,
        span: &Span,
        window: Window,
        from: Option<Cursor>,
        base: bool,
        limit: ScanLimit,
    ) -> Result<RevisionChunk> {
        self.inner.history(span, window, from, base, limit).await
    }

    async fn ingest(
        &self,
        span: &Span,
        revisions: BoxStream<'_, Result<Revisions>>,
    ) -> Result<Ingested> {
        let left = |left: usize| left.checked_sub(1);
        let goes_on = self
            .left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, left)
            .is_ok();
        if goes_on {
            return self.inner.ingest(span, revisions).await;
        }
        if self.moment == Moment::After && !self.is_stopped() {
            self.inner.ingest(span, revisions).await?;
        }
        self.stop().await
    }

    async fn collect(&self, table: TableId, floor: Version) -> Result<Collected> {
        self.inner.collect(table, floor).await
    }

    async fn remove(&self, prefix: Prefix) -> Result<()> {
        self.inner.remove(prefix).await
    }

    async fn split(&self, span: &Span, pieces: usize) -> Result<Vec<Bytes>> {
        self.inner.split(span, pieces).await
    }

    async fn split_changes(
        &self,
        span: &Span,
        window: Window,
        keys: usize,
    ) -> Result<Option<Chunk<Vec<Bytes>>>> {
        self.inner.split_changes(span, window, keys).await
    }

    async fn size(&self, span: &Span) -> Result<u64> {
        self.inner.size(span).await
    }

    fn timeline(&self) -> &Timeline {
        self.inner.timeline()
    }

    fn limits(&self) -> Limits {
        self.inner.limits()
    }

    fn counters(&self) -> Counters {
        self.inner.counters()
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
        let stopping = Stopping::new(engine.clone(), writes, moment);
        let dying = World::over(stopping.clone(), folder.clone()).await;
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
