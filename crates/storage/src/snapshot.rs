//! Reading at one instant.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use crate::{Chunk, Closed, Engine, Entries, Found, Result, ScanLimit, Span};

/// Reads at one version: a [`Snapshot`], or a [`Transaction`](crate::Transaction), which also sees
/// its own writes.
#[async_trait]
pub trait Read: Send + Sync {
    fn at(&self) -> Closed;

    async fn get_many(&self, keys: &[Bytes]) -> Result<Vec<Option<Found>>>;

    /// One chunk of a span; the rest begins at the chunk's `resume`.
    async fn scan(&self, span: &Span, limit: ScanLimit) -> Result<Chunk<Entries>>;

    async fn get(&self, key: &[u8]) -> Result<Option<Found>> {
        let found = self.get_many(&[Bytes::copy_from_slice(key)]).await?;
        Ok(found.into_iter().next().flatten())
    }

    /// A whole span in memory: for the catalog, jobs and other small things.
    async fn scan_all(&self, span: &Span) -> Result<Vec<(Bytes, Found)>> {
        let mut rows = Vec::new();
        let mut rest = Some(span.clone());
        while let Some(span) = rest {
            let chunk = self.scan(&span, ScanLimit::default()).await?;
            rows.extend(chunk.items.iter().map(|entry| {
                let value = Bytes::copy_from_slice(entry.value);
                (
                    Bytes::copy_from_slice(entry.key),
                    Found {
                        version: entry.version,
                        value,
                    },
                )
            }));
            rest = chunk.resume.map(|start| span.from(start));
        }
        Ok(rows)
    }
}

/// The store as it was at one closed instant. Holds nothing open: cheap to keep and to clone.
#[derive(Clone)]
pub struct Snapshot {
    engine: Arc<dyn Engine>,
    at: Closed,
}

impl Snapshot {
    pub fn new(engine: Arc<dyn Engine>, at: Closed) -> Snapshot {
        Snapshot { engine, at }
    }

    /// The store as it is now.
    pub async fn now(engine: Arc<dyn Engine>) -> Result<Snapshot> {
        let at = engine.read_version().await?;
        Ok(Snapshot { engine, at })
    }

    pub fn engine(&self) -> &Arc<dyn Engine> {
        &self.engine
    }
}

#[async_trait]
impl Read for Snapshot {
    fn at(&self) -> Closed {
        self.at
    }

    async fn get_many(&self, keys: &[Bytes]) -> Result<Vec<Option<Found>>> {
        self.engine.get(keys, self.at).await
    }

    async fn scan(&self, span: &Span, limit: ScanLimit) -> Result<Chunk<Entries>> {
        self.engine.scan(span, self.at, limit).await
    }
}
