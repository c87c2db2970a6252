//! The engine on a local disk: fjall below, our versions and change index on top.
//!
//! WHAT
//!   One directory, one process. Bytes on disk: `docs/storage-engine.md` and `layout`.
//! HOW DATA FLOWS
//!   Writes go to one thread (`committer`), which checks, numbers and writes them in groups. Reads
//!   run on a few threads (`threads`), each on a fresh snapshot that lives as long as one chunk:
//!   `read`, `history`, `measure`. Bulk writes have their own threads (`ingest`).
//! INVARIANTS
//!   Versions, not fjall's snapshots, make reads consistent; a snapshot only keeps files alive.
//!   Nothing here runs fjall on a caller's thread.
//! ERRORS, RETRIES
//!   Refusals leave the store as it was. A failed write ends the process: `committer`.
//! CRASH
//!   Opens with exactly the commits whose batch was synced. Half-made keyspaces, half-written
//!   tables and a half-made store are removed by the next start.
//! LEFT OUT
//!   Repair of a damaged journal (but for its torn end: `journal`) or table: restore a backup.

mod changes;
mod collect;
mod committer;
mod directory;
mod history;
mod ingest;
mod journal;
mod layout;
mod measure;
mod parts;
mod queue;
mod read;
mod recent;
mod rows;
mod space;
mod store;
mod threads;
mod watchdog;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use tokio::sync::Semaphore;

use self::directory::Directory;
use self::parts::Writing;
use self::queue::{Admission, Answer, Fatal, Queue, Request};
use self::space::Space;
use self::store::{Counts, Store};
use self::threads::Threads;
use self::watchdog::Watchdog;
use crate::clock::Clock;
use crate::timeline::Sequencer;
use crate::transaction::check_commit;
use crate::{
    Chunk, Closed, Collected, Commit, Counters, Cursor, Engine, Entries, Error, Found, Ingested,
    Limits, Prefix, Result, RevisionChunk, Revisions, ScanLimit, Span, TableId, Timeline,
    TransactionId, Version, Window,
};

/// How to open a store.
pub struct LsmOptions {
    pub clock: Clock,
    /// Go on although the clock is more than a year ahead of the last time the store was open.
    pub accept_clock: bool,
    pub max_commit_bytes: usize,
    pub cache_bytes: u64,
    /// Free disk space that ordinary writes leave alone.
    pub reserve_bytes: u64,
    /// A bulk write of so many bytes gives its index a keyspace of its own.
    pub large_write_bytes: usize,
    /// Changed keys kept in memory for checking commits; older ones are looked up in the change index.
    pub remembered_changes: usize,
    /// So many keys must change before a cut begins another part of the change index: fewer are passed over faster than a part is
    /// opened.
    pub keys_of_a_part: usize,
    /// Threads that read.
    pub threads: usize,
    /// Called after a failed write, when everybody waiting was told: must end the process.
    pub fatal: Fatal,
}

impl Default for LsmOptions {
    fn default() -> LsmOptions {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        LsmOptions {
            clock: Clock::system(),
            accept_clock: false,
            max_commit_bytes: Limits::default().commit,
            cache_bytes: 64 << 20,
            reserve_bytes: 256 << 20,
            large_write_bytes: 4 << 20,
            remembered_changes: 200_000,
            keys_of_a_part: 100_000,
            threads: cores + 2,
            fatal: Arc::new(|error| {
                tracing::error!(%error, "ending: only a new start can tell what was written");
                // Whoever waited has been told by now; sessions need a moment to pass it on.
                std::thread::park_timeout(std::time::Duration::from_millis(500));
                std::process::abort();
            }),
        }
    }
}

/// A store in a directory of this machine.
pub struct Lsm {
    // Dropped in this order: the committer ends, readers end, the database closes, the lock goes.
    queue: Queue,
    threads: Threads,
    _watchdog: Watchdog,
    ingests: Arc<Semaphore>,
    large_write_bytes: usize,
    store: Arc<Store>,
    _directory: Directory,
}

/// How often a commit is checked while others pass it by, before it counts as a conflict.
const CHECKS: usize = 5;
/// Bulk writes at once.
const INGESTS: usize = 8;

impl Lsm {
    /// Opens a store, or makes a new one. Blocks: call it on a thread that may sleep.
    pub fn open(path: &Path, options: LsmOptions) -> Result<Lsm> {
        let LsmOptions {
            clock,
            accept_clock,
            max_commit_bytes,
            cache_bytes,
            reserve_bytes,
            large_write_bytes,
            remembered_changes,
            keys_of_a_part,
            threads,
            fatal,
        } = options;
        let directory = Directory::open(path)?;
        directory.ensure_data(|data| store::create_database(data, cache_bytes))?;
        journal::check(&directory.data())?;
        let fatal = once(fatal);
        let opened = store::open_database(&directory.data(), cache_bytes)?;
        let newest = opened.newest;
        clock.start(newest, opened.last_tick, accept_clock)?;
        let timeline = Timeline::new(Arc::new(clock), newest);
        let limits = Limits {
            commit: max_commit_bytes,
            ..Limits::default()
        };
        let space = Space::new(directory.path().to_owned(), reserve_bytes);
        let store = Arc::new(Store::new(opened, timeline.clone(), limits, space)?);
        Ok(Lsm {
            queue: Queue::start(
                store.clone(),
                Sequencer::new(timeline, newest),
                Writing::after(newest, keys_of_a_part),
                remembered_changes,
                fatal.clone(),
            )?,
            threads: Threads::start(threads.max(1))?,
            _watchdog: Watchdog::start(store.clone(), fatal)?,
            ingests: Arc::new(Semaphore::new(INGESTS)),
            large_write_bytes,
            store,
            _directory: directory,
        })
    }

    /// For tests: the next commit meets a disk that fails.
    #[doc(hidden)]
    pub fn fail_next_write(&self) {
        self.queue.fail_next_write();
    }

    /// Refuses a commit whose reads changed after a version, by the change index.
    async fn check(&self, commit: Commit, after: Version) -> Result<Commit> {
        let check = move |store: &Store| {
            let changed = changes::reads_changed(store, &commit.reads, after)?;
            if changed {
                Err(Error::Conflict)
            } else {
                Ok(commit)
            }
        };
        self.read(check).await.map_err(|error| self.counted(error))
    }

    fn counted(&self, error: Error) -> Error {
        if matches!(error, Error::Conflict) {
            Counts::add(&self.store.counts.conflicts, 1);
        }
        error
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let store = self.store.clone();
        self.threads.run(move || work(&store)).await
    }

    async fn ask<T>(&self, request: impl FnOnce(Answer<T>) -> Request) -> Result<T> {
        self.queue.ask(request).await.ok_or(Error::Closing)?
    }

    /// Removes a range of a keyspace, a little at a time.
    async fn remove_range(
        &self,
        keyspace: impl Fn(&Store) -> fjall::Keyspace + Clone + Send + 'static,
        span: &Span,
    ) -> Result<()> {
        let mut start = Some(span.start.to_vec());
        while let Some(from) = start {
            let (keyspace, end) = (keyspace.clone(), span.end.to_vec());
            start = self
                .read(move |store| collect::remove_some(store, &keyspace(store), (from, end)))
                .await?;
        }
        Ok(())
    }
}

/// The committer and the watchdog may both find the same failure.
fn once(fatal: Fatal) -> Fatal {
    let called = AtomicBool::new(false);
    Arc::new(move |error| {
        if !called.swap(true, Ordering::AcqRel) {
            fatal(error);
        }
    })
}

#[async_trait]
impl Engine for Lsm {
    async fn read_version(&self) -> Result<Closed> {
        Ok(self.store.timeline.readable())
    }

    async fn close(&self, at: Version) -> Result<Closed> {
        if let Some(closed) = self.store.timeline.closed(at) {
            return Ok(closed);
        }
        self.ask(|answer| Request::Close { at, answer }).await?;
        self.store.timeline.closed(at).ok_or(Error::Closing)
    }

    async fn close_now(&self) -> Result<Closed> {
        let at = self.ask(|answer| Request::CloseNow { answer }).await?;
        self.store.timeline.closed(at).ok_or(Error::Closing)
    }

    async fn commit(&self, mut commit: Commit) -> Result<Version> {
        let bytes = check_commit(&commit, &self.store.limits)?;
        let transaction = commit.id;
        let mut checked = commit.read_at.map(Closed::version);
        for _ in 0..CHECKS {
            if let Some(after) = checked.filter(|after| !self.queue.remembers(*after)) {
                let upto = self.store.timeline.newest();
                commit = self.check(commit, after).await?;
                checked = Some(upto);
            }
            let request = |answer| Request::Commit {
                commit,
                bytes,
                checked,
                answer,
            };
            match self.queue.ask(request).await {
                Some(Ok(Admission::Committed(version))) => return Ok(version),
                Some(Ok(Admission::CheckAgain(again))) => commit = again,
                Some(Err(error)) => return Err(self.counted(error)),
                None => return Err(Error::OutcomeUnknown { transaction }),
            }
        }
        Err(self.counted(Error::Conflict))
    }

    async fn outcome(&self, id: TransactionId, read_at: Version) -> Result<Option<Version>> {
        self.ask(|answer| Request::Outcome {
            id,
            read_at,
            answer,
        })
        .await
    }

    async fn get(&self, keys: &[Bytes], at: Closed) -> Result<Vec<Option<Found>>> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let keys = keys.to_vec();
        self.read(move |store| read::get(store, &keys, at)).await
    }

    async fn scan(&self, span: &Span, at: Closed, limit: ScanLimit) -> Result<Chunk<Entries>> {
        let span = span.clone();
        self.read(move |store| read::scan(store, &span, at, limit))
            .await
    }

    async fn history(
        &self,
        span: &Span,
        window: Window,
        from: Option<Cursor>,
        base: bool,
        limit: ScanLimit,
    ) -> Result<RevisionChunk> {
        let span = span.clone();
        self.read(move |store| history::history(store, &span, window, from, base, limit))
            .await
    }

    async fn ingest(
        &self,
        span: &Span,
        revisions: BoxStream<'_, Result<Revisions>>,
    ) -> Result<Ingested> {
        let ingest = ingest::Ingest {
            store: &self.store,
            queue: &self.queue,
            threads: &self.ingests,
            large: self.large_write_bytes,
        };
        ingest.run(span, revisions).await
    }

    async fn collect(&self, table: TableId, floor: Version) -> Result<Collected> {
        let mut total = Collected::default();
        let mut from = None;
        loop {
            let progress = self
                .read(move |store| collect::collect_some(store, table, floor, from))
                .await?;
            total.keys += progress.collected.keys;
            total.versions += progress.collected.versions;
            match progress.rest {
                Some(rest) => from = Some(rest),
                None => return Ok(total),
            }
        }
    }

    async fn remove(&self, prefix: Prefix) -> Result<()> {
        self.ask(|answer| Request::GiveUp { prefix, answer })
            .await?;
        self.remove_range(move |store| store.rows(prefix), &prefix.span())
            .await?;
        self.remove_range(|store| store.changes.clone(), &prefix.span())
            .await
    }

    async fn split(&self, span: &Span, pieces: usize) -> Result<Vec<Bytes>> {
        let span = span.clone();
        self.read(move |store| measure::split(store, &span, pieces))
            .await
    }

    async fn split_changes(
        &self,
        span: &Span,
        window: Window,
        keys: usize,
    ) -> Result<Option<Chunk<Vec<Bytes>>>> {
        let span = span.clone();
        self.read(move |store| history::split_changes(store, &span, window, keys))
            .await
    }

    async fn size(&self, span: &Span) -> Result<u64> {
        let span = span.clone();
        self.read(move |store| measure::size(store, &span)).await
    }

    fn timeline(&self) -> &Timeline {
        &self.store.timeline
    }

    fn limits(&self) -> Limits {
        self.store.limits
    }

    fn counters(&self) -> Counters {
        self.store.counts.read()
    }
}
