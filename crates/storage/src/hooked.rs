//! An engine over another one, for tests: what writes or gets meets a hook on its way.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;

use crate::{
    Chunk, Closed, Collected, Commit, Counters, Cursor, Engine, Entries, Found, Ingested, Limits,
    Prefix, Result, RevisionChunk, Revisions, ScanLimit, Span, TableId, Timeline, TransactionId,
    Version, Window,
};

/// What happens to the calls that write, and to those that get what has such keys.
#[async_trait]
pub trait Hooks: Send + Sync + 'static {
    async fn get(
        &self,
        below: &dyn Engine,
        keys: &[Bytes],
        at: Closed,
    ) -> Result<Vec<Option<Found>>> {
        below.get(keys, at).await
    }

    async fn commit(&self, below: &dyn Engine, commit: Commit) -> Result<Version> {
        below.commit(commit).await
    }

    async fn ingest(
        &self,
        below: &dyn Engine,
        span: &Span,
        revisions: BoxStream<'_, Result<Revisions>>,
    ) -> Result<Ingested> {
        below.ingest(span, revisions).await
    }
}

pub struct Hooked<H> {
    below: Arc<dyn Engine>,
    pub hooks: H,
}

impl<H: Hooks> Hooked<H> {
    pub fn over(below: Arc<dyn Engine>, hooks: H) -> Arc<Hooked<H>> {
        Arc::new(Hooked { below, hooks })
    }
}

#[async_trait]
impl<H: Hooks> Engine for Hooked<H> {
    async fn read_version(&self) -> Result<Closed> {
        self.below.read_version().await
    }

    async fn close(&self, at: Version) -> Result<Closed> {
        self.below.close(at).await
    }

    async fn close_now(&self) -> Result<Closed> {
        self.below.close_now().await
    }

    async fn commit(&self, commit: Commit) -> Result<Version> {
        self.hooks.commit(self.below.as_ref(), commit).await
    }

    async fn outcome(&self, transaction: TransactionId, at: Version) -> Result<Option<Version>> {
        self.below.outcome(transaction, at).await
    }

    async fn get(&self, keys: &[Bytes], at: Closed) -> Result<Vec<Option<Found>>> {
        self.hooks.get(self.below.as_ref(), keys, at).await
    }

    async fn scan(&self, span: &Span, at: Closed, limit: ScanLimit) -> Result<Chunk<Entries>> {
        self.below.scan(span, at, limit).await
    }

    async fn history(
        &self,
        span: &Span,
        window: Window,
        from: Option<Cursor>,
        base: bool,
        limit: ScanLimit,
    ) -> Result<RevisionChunk> {
        self.below.history(span, window, from, base, limit).await
    }

    async fn ingest(
        &self,
        span: &Span,
        revisions: BoxStream<'_, Result<Revisions>>,
    ) -> Result<Ingested> {
        let below = self.below.as_ref();
        self.hooks.ingest(below, span, revisions).await
    }

    async fn collect(&self, table: TableId, floor: Version) -> Result<Collected> {
        self.below.collect(table, floor).await
    }

    async fn remove(&self, prefix: Prefix) -> Result<()> {
        self.below.remove(prefix).await
    }

    async fn split(&self, span: &Span, pieces: usize) -> Result<Vec<Bytes>> {
        self.below.split(span, pieces).await
    }

    async fn split_changes(
        &self,
        span: &Span,
        window: Window,
        keys: usize,
    ) -> Result<Option<Chunk<Vec<Bytes>>>> {
        self.below.split_changes(span, window, keys).await
    }

    async fn size(&self, span: &Span) -> Result<u64> {
        self.below.size(span).await
    }

    fn timeline(&self) -> &Timeline {
        self.below.timeline()
    }

    fn limits(&self) -> Limits {
        self.below.limits()
    }

    fn counters(&self) -> Counters {
        self.below.counters()
    }
}
