//! What the threads of a bulk COPY do: parse, encode and sort; then merge.

use std::{path::PathBuf, sync::Arc, thread};

use cairn_catalog::{IndexDescriptor, TableDescriptor};
use cairn_copy::Block;
use cairn_rows::{
    Datum, TableCodec, index_span,
    sort::{RunWriter, Runs, SortError},
};
use cairn_storage::{Revisions, Version};
use futures::{StreamExt, stream};
use parking_lot::Mutex;
use tokio::sync::{mpsc, oneshot};

use super::target::Target;
use crate::{Result, SqlError, SqlState, change::writer::duplicate};

/// What all writers of runs may hold in memory together.
const MEMORY: usize = 96 << 20;
/// Threads that parse and sort.
const MOST_WORKERS: usize = 8;
/// What a writer gets at least.
const LEAST: usize = 1 << 20;
/// How much of a merge goes to the engine at once.
const BATCH: usize = 1 << 20;

/// Rows on their way into a fresh table.
pub(super) struct Load {
    target: Arc<Target>,
    /// The table they go into, with its own id.
    pub table: TableDescriptor,
    codec: TableCodec,
    /// The version they get.
    version: Version,
    workers: usize,
    /// Each index with its entries; the first is the primary one.
    sorted: Vec<(IndexDescriptor, Runs)>,
    /// The error on the first line that has one.
    failure: Mutex<Option<(u64, SqlError)>>,
    _scratch: Scratch,
}

/// What a thread is told.
pub(super) enum Feed {
    Block(Block),
    /// Nothing more comes: keep what you have.
    Finish,
}

impl Load {
    pub fn new(target: Arc<Target>, table: TableDescriptor, version: Version) -> Result<Self> {
        let scratch = Scratch(
            target
                .node()
                .temporary_dir()
                .join(format!("copy-{}", table.id)),
        );
        let failed = |error| sort_error(error, &table, &table.primary, None);
        let sorted = table
            .all_indexes()
            .map(|index| {
                Ok((
                    index.clone(),
                    Runs::create(scratch.0.join(index.id.to_string())).map_err(failed)?,
                ))
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Load {
            codec: TableCodec::new(&table)?,
            workers: thread::available_parallelism()
                .map_or(1, usize::from)
                .min(MOST_WORKERS),
            target,
            table,
            version,
            sorted,
            failure: Mutex::new(None),
            _scratch: scratch,
        })
    }

    /// Starts the threads; each answers when it has ended.
    pub fn spawn(self: &Arc<Self>) -> Result<(mpsc::Sender<Feed>, Vec<oneshot::Receiver<()>>)> {
        let (feed, fed) = mpsc::channel(2 * self.workers);
        let fed = Arc::new(Mutex::new(fed));
        let ended = (0..self.workers)
            .map(|_| {
                let (load, fed) = (self.clone(), fed.clone());
                spawn("cairn-copy", move || load.work(&fed))
            })
            .collect::<Result<Vec<_>>>()?;
        Ok((feed, ended))
    }

    pub fn workers(&self) -> usize {
        self.workers
    }

    pub fn has_failed(&self) -> bool {
        self.failure.lock().is_some()
    }

    pub fn take_failure(&self) -> Option<SqlError> {
        self.failure.lock().take().map(|(_, error)| error)
    }

    /// Rows so far.
    pub fn rows(&self) -> u64 {
        self.sorted.first().map_or(0, |(_, runs)| runs.entries())
    }

    pub fn indexes(&self) -> usize {
        self.sorted.len()
    }

    /// Takes blocks until there are no more, or one of them fails. All earlier ones are taken by then: so the failure on the
    /// lowest line is found whichever thread meets it.
    fn work(&self, fed: &Mutex<mpsc::Receiver<Feed>>) {
        let mut writers = self.writers();
        loop {
            let feed = fed.lock().blocking_recv();
            match feed {
                Some(_) | None if self.has_failed() => return,
                Some(Feed::Block(block)) => {
                    let mut line = 0;
                    if let Err(error) = self.sort(&block, &mut writers, &mut line) {
                        return self.fail(line, error);
                    }
                }
                Some(Feed::Finish) => {
                    for ((index, _), writer) in self.sorted.iter().zip(writers) {
                        if let Err(error) = writer.finish() {
                            return self
                                .fail(u64::MAX, sort_error(error, &self.table, index, None));
                        }
                    }
                    return;
                }
                None => return,
            }
        }
    }

    fn fail(&self, line: u64, error: SqlError) {
        let mut failure = self.failure.lock();
        if failure.as_ref().is_none_or(|(known, _)| line < *known) {
            *failure = Some((line, error));
        }
    }

    fn writers(&self) -> Vec<RunWriter<'_>> {
        let share = MEMORY / self.workers;
        let secondary = self.sorted.len() - 1;
        let (primary, secondary) = match secondary {
            0 => (share, 0),
            some => (share / 2, share / 2 / some),
        };
        self.sorted
            .iter()
            .enumerate()
            .map(|(place, (_, runs))| {
                runs.writer(if place == 0 { primary } else { secondary }.max(LEAST))
            })
            .collect()
    }

    fn sort(&self, block: &Block, writers: &mut [RunWriter<'_>], at: &mut u64) -> Result<()> {
        // A record that is no row fails on its line before `each` is asked.
        *at = block.records().next().map_or(0, |(line, _)| line);
        self.target.rows(block, |line, row| {
            *at = line;
            for (place, ((index, _), writer)) in
                self.sorted.iter().zip(writers.iter_mut()).enumerate()
            {
                let (key, value) = self.entry(place == 0, index, row)?;
                self.check_size(&key, &value)?;
                writer
                    .push(&key, &value)
                    .map_err(|error| sort_error(error, &self.table, index, None))?;
            }
            Ok(())
        })
    }

    fn entry(
        &self,
        primary: bool,
        index: &IndexDescriptor,
        row: &[Datum],
    ) -> Result<(bytes::Bytes, bytes::Bytes)> {
        Ok(if primary {
            self.codec.encode(row)?
        } else {
            self.codec.index_entry(index, row)?
        })
    }

    /// The engine refuses such a row too, but no longer knows its line.
    fn check_size(&self, key: &[u8], value: &[u8]) -> Result<()> {
        let limits = self.target.engine().limits();
        let (what, bytes, limit) = match (key.len(), key.len() + value.len()) {
            (key, _) if key > limits.key => ("key", key, limits.key),
            (_, row) if row > limits.row => ("row", row, limits.row),
            _ => return Ok(()),
        };
        Err(cairn_storage::Error::TooLarge { what, bytes, limit }.into())
    }

    /// Merges one index's entries and writes them into the engine.
    pub async fn ingest(self: &Arc<Self>, place: usize) -> Result<()> {
        let Some((index, runs)) = self.sorted.get(place) else {
            return Err(SqlError::internal("an index to be filled is not there"));
        };
        let (sender, receiver) = mpsc::channel(2);
        let load = self.clone();
        let ended = spawn("cairn-copy-merge", move || load.merge(place, &sender))?;
        let batches = stream::unfold(receiver, |mut receiver| async {
            let batch = receiver.recv().await?;
            Some((batch, receiver))
        })
        .fuse();
        let span = index_span(self.table.id, index.id);
        let ingested = self
            .target
            .engine()
            .ingest(&span, Box::pin(batches))
            .await
            .map_err(unwrapped)?;
        let (stored, sorted) = (ingested.rows, runs.entries());
        if ended.await.is_err() || stored != sorted {
            return Err(SqlError::internal(format!(
                "of {sorted} entries of index {:?} {stored} were stored",
                index.name
            )));
        }
        Ok(())
    }

    fn merge(&self, place: usize, sender: &mpsc::Sender<cairn_storage::Result<Revisions>>) {
        let Some((index, runs)) = self.sorted.get(place) else {
            return;
        };
        let outcome = self.send_merged(runs, sender);
        if let Err(error) = outcome {
            let error = sort_error(error, &self.table, index, Some(&self.codec));
            // Nobody listens any more when the statement was cancelled.
            let _ = sender.blocking_send(Err(cairn_storage::Error::source(error)));
        }
    }

    fn send_merged(
        &self,
        runs: &Runs,
        sender: &mpsc::Sender<cairn_storage::Result<Revisions>>,
    ) -> std::result::Result<(), SortError> {
        let mut merge = runs.merge()?;
        let mut rows = 0;
        loop {
            let mut batch = Revisions::with_capacity(rows, BATCH + BATCH / 8);
            rows = merge.fill(BATCH, |key, value| {
                batch.push(key, self.version, Some(value))
            })?;
            if rows == 0 || sender.blocking_send(Ok(batch)).is_err() {
                return Ok(());
            }
        }
    }
}

/// The folder of one COPY's runs, removed with the last thread that writes there.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(folder = %self.0.display(), %error, "cannot remove temporary files; the next start will");
        }
    }
}

/// Work that takes long, on a thread of its own; the answer comes when it has ended, and is an error if it panicked.
fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<oneshot::Receiver<()>> {
    let (done, ended) = oneshot::channel();
    let work = move || {
        work();
        // Nobody waits any more when the statement was cancelled.
        let _ = done.send(());
    };
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(|error| {
            SqlError::new(
                SqlState::SystemError,
                format!("cannot start a thread for COPY: {error}"),
            )
        })?;
    Ok(ended)
}

/// An error that travelled through the engine, as it was.
fn unwrapped(error: cairn_storage::Error) -> SqlError {
    if let cairn_storage::Error::Source(source) = &error
        && let Some(error) = source.downcast_ref::<SqlError>()
    {
        return error.clone();
    }
    error.into()
}

fn sort_error(
    error: SortError,
    table: &TableDescriptor,
    index: &IndexDescriptor,
    codec: Option<&TableCodec>,
) -> SqlError {
    match &error {
        SortError::Duplicate { key } => {
            let row = codec
                .and_then(|codec| codec.row_of_key(index, key).ok())
                .unwrap_or_default();
            duplicate(table, index, &row).context(format!("COPY {}", table.name))
        }
        SortError::Io { source, .. } => {
            let state = match source.kind() {
                std::io::ErrorKind::StorageFull => SqlState::DiskFull,
                _ => SqlState::IoError,
            };
            SqlError::new(state, format!("COPY {}: {error}: {source}", table.name))
        }
    }
}
