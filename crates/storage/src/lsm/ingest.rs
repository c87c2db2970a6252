//! Bulk writes.
//!
//! HOW DATA FLOWS
//!   1. The first batches are held back until the write turns out to be large.
//!   2. A small one goes to the committer in ordinary batches (`Request::Rows`).
//!   3. A large one gets a keyspace for its prefix and a thread of its own that feeds fjall's
//!      ingestion (`write_tables`). Prefixes that cannot be moved any more stay with 2.
//!   4. The span is noted in the change index (`Request::Ingested`).
//! CRASH
//!   Rows without the note of step 4, or part of the rows: nobody reads them, whoever began the
//!   write removes the prefix or writes it again. Tables that were never finished are removed by
//!   fjall's next start.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use fjall::Keyspace;
use futures::StreamExt;
use futures::stream::BoxStream;
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::layout::{self, Epoch};
use super::queue::{Answer, Queue, Request};
use super::store::{Counts, Store};
use crate::ingest::IngestOrder;
use crate::{Error, Ingested, Prefix, Result, Revisions, Span, Version};

/// Batches on their way to the thread that writes them.
const IN_FLIGHT: usize = 2;

pub(super) struct Ingest<'a> {
    pub(super) store: &'a Arc<Store>,
    pub(super) queue: &'a Queue,
    pub(super) threads: &'a Arc<Semaphore>,
    /// From so many bytes on a write is worth a keyspace.
    pub(super) large: usize,
}

/// Which versions a bulk write brings.
pub(super) struct Versions {
    pub(super) epochs: BTreeSet<Epoch>,
    pub(super) oldest: Version,
    pub(super) newest: Version,
}

impl Default for Versions {
    fn default() -> Versions {
        Versions {
            epochs: BTreeSet::new(),
            oldest: Version::PENDING,
            newest: Version::ZERO,
        }
    }
}

impl Versions {
    fn note(&mut self, batch: &Revisions) {
        let mut last = None;
        for version in batch.iter().map(|revision| revision.version) {
            // Most writes bring one version only.
            if last != Some(version) {
                self.epochs.insert(Epoch::of(version));
                self.oldest = self.oldest.min(version);
                self.newest = self.newest.max(version);
                last = Some(version);
            }
        }
    }
}

enum Feed {
    Rows(Revisions),
    Finish,
}

impl Ingest<'_> {
    pub(super) async fn run(
        self,
        span: &Span,
        stream: BoxStream<'_, Result<Revisions>>,
    ) -> Result<Ingested> {
        // A small one is at its end before it is held, and is then asked once more.
        let mut stream: BoxStream<'_, _> = Box::pin(stream.fuse());
        let prefix = span.prefix()?;
        let mut order = IngestOrder::new(
            span.clone(),
            self.store.limits,
            self.store.timeline.newest(),
        );
        let mut versions = Versions::default();
        let mut held = Vec::new();
        let mut held_bytes = 0;
        while held_bytes < self.large
            && let Some(batch) = next(&mut stream, &mut order, &mut versions).await?
        {
            held_bytes += batch.bytes();
            held.push(batch);
        }
        self.store
            .space
            .check(held_bytes as u64, self.store.timeline.clock())?;
        let own = match held_bytes < self.large {
            true => None,
            false => {
                self.ask(|answer| Request::Separate { prefix, answer })
                    .await?
            }
        };
        let batches = futures::stream::iter(held.into_iter().map(Ok));
        let rest = unheld(&mut stream, &mut order, &mut versions);
        let all = batches.chain(rest);
        match own {
            Some(own) => self.write_to_tables(own, Box::pin(all)).await?,
            None => self.write_in_batches(prefix, Box::pin(all)).await?,
        }
        let ingested = order.ingested();
        if ingested.rows > 0 {
            let (span, has_history) = (span.clone(), order.has_history());
            self.ask(|answer| Request::Ingested {
                prefix,
                span,
                versions,
                has_history,
                answer,
            })
            .await?;
        }
        Counts::add(&self.store.counts.rows_ingested, ingested.rows as usize);
        Ok(ingested)
    }

    async fn write_in_batches(
        &self,
        prefix: Prefix,
        mut batches: BoxStream<'_, Result<Revisions>>,
    ) -> Result<()> {
        while let Some(rows) = batches.next().await {
            let rows = rows?;
            self.ask(|answer| Request::Rows {
                prefix,
                rows,
                answer,
            })
            .await?;
        }
        Ok(())
    }

    async fn write_to_tables(
        &self,
        own: Keyspace,
        mut batches: BoxStream<'_, Result<Revisions>>,
    ) -> Result<()> {
        let permit = self
            .threads
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| Error::Closing)?;
        let (feed, fed) = mpsc::channel(IN_FLIGHT);
        let (done, finished) = oneshot::channel();
        let work = move || {
            let outcome = catch_unwind(AssertUnwindSafe(|| write_tables(&own, fed)));
            drop(permit);
            // Nobody listens any more when the caller was cancelled.
            let _ = done.send(outcome.unwrap_or_else(|_| {
                Err(Error::Damaged {
                    what: "the store's library panicked; see the log".to_owned(),
                })
            }));
        };
        thread::Builder::new()
            .name("cairn-ingest".to_owned())
            .spawn(work)?;
        while let Some(rows) = batches.next().await {
            let rows = rows?;
            self.store
                .space
                .check(rows.bytes() as u64 / 2, self.store.timeline.clock())?;
            if feed.send(Feed::Rows(rows)).await.is_err() {
                break;
            }
        }
        // A thread that ended early says why in `finished`.
        let _ = feed.send(Feed::Finish).await;
        finished.await.map_err(|_| Error::Closing)?
    }

    async fn ask<T>(&self, request: impl FnOnce(Answer<T>) -> Request) -> Result<T> {
        self.queue.ask(request).await.ok_or(Error::Closing)?
    }
}

/// The next batch that is not empty, checked.
async fn next(
    stream: &mut BoxStream<'_, Result<Revisions>>,
    order: &mut IngestOrder,
    versions: &mut Versions,
) -> Result<Option<Revisions>> {
    while let Some(batch) = stream.next().await {
        let batch = batch?;
        order.check(&batch)?;
        versions.note(&batch);
        if !batch.is_empty() {
            return Ok(Some(batch));
        }
    }
    Ok(None)
}

fn unheld<'a>(
    stream: &'a mut BoxStream<'_, Result<Revisions>>,
    order: &'a mut IngestOrder,
    versions: &'a mut Versions,
) -> impl futures::Stream<Item = Result<Revisions>> + Send + 'a {
    futures::stream::try_unfold(
        (stream, order, versions),
        |(stream, order, versions)| async move {
            let batch = next(stream, order, versions).await?;
            Ok(batch.map(|batch| (batch, (stream, order, versions))))
        },
    )
}

/// Writes what it is fed into tables, and makes them part of the keyspace only at `Finish`.
fn write_tables(own: &Keyspace, mut fed: mpsc::Receiver<Feed>) -> Result<()> {
    let mut ingestion = own.start_ingestion()?;
    let (mut key, mut value) = (Vec::new(), Vec::new());
    while let Some(feed) = fed.blocking_recv() {
        let Feed::Rows(rows) = feed else {
            return Ok(ingestion.finish()?);
        };
        for row in rows.iter() {
            key.clear();
            value.clear();
            layout::push_row_key(&mut key, row.key, row.version);
            layout::push_stored_value(&mut value, row.value);
            ingestion.write(key.as_slice(), value.as_slice())?;
        }
    }
    // The feeder gave up: what was written so far is forgotten.
    Ok(())
}
