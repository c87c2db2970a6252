//! An engine whose calls are interrupted: what a test has prepared happens before the next one of its kind goes on.

use std::collections::VecDeque;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use cairn_storage::{
    Chunk, Closed, Collected, Commit, Counters, Cursor, Engine, Entries, Found, Ingested, Limits,
    Prefix, Result, RevisionChunk, Revisions, ScanLimit, Span, TableId, Timeline, TransactionId,
    Version, Window,
};
use futures::{FutureExt, future::BoxFuture, stream::BoxStream};
use tokio::sync::Mutex;

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Call {
    Commit,
    Ingest,
}

struct Interruption {
    call: Call,
    prefix: Prefix,
    happens: BoxFuture<'static, ()>,
}

pub struct Interrupted {
    inner: Arc<dyn Engine>,
    /// Locked while something happens, whose own calls are not interrupted.
    prepared: Mutex<VecDeque<Interruption>>,
}

impl Interrupted {
    pub fn over(inner: Arc<dyn Engine>) -> Arc<Interrupted> {
        Arc::new(Interrupted {
            inner,
            prepared: Mutex::default(),
        })
    }

    /// What happens before the next call of this kind that writes below the prefix, once all that was prepared earlier has happened.
    pub fn before(
        &self,
        call: Call,
        prefix: Prefix,
        happens: impl Future<Output = ()> + Send + 'static,
    ) {
        self.prepared.try_lock().unwrap().push_back(Interruption {
            call,
            prefix,
            happens: happens.boxed(),
        });
    }

    /// Panics where something prepared has not happened.
    pub fn all_has_happened(&self) {
        assert_eq!(self.prepared.try_lock().unwrap().len(), 0);
    }

    async fn interrupt(&self, call: Call, mut keys: impl Iterator<Item = &Bytes> + Send) {
        let is_meant = |next: &mut Interruption| {
            next.call == call && keys.any(|key| Prefix::of(key) == Some(next.prefix))
        };
        if let Ok(mut prepared) = self.prepared.try_lock()
            && let Some(next) = prepared.pop_front_if(is_meant)
        {
            next.happens.await;
        }
    }
}

#[async_trait]
impl Engine for Interrupted {
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
        self.interrupt(Call::Commit, commit.writes.keys()).await;
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
        self.interrupt(Call::Ingest, [&span.start].into_iter())
            .await;
        self.inner.ingest(span, revisions).await
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
