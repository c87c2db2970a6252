//! The work on one piece: from a data file to rows in the store, and from sorted runs to an index.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use cairn_archive::chain::Layer;
use cairn_archive::{DataFile, DataFileReader, Scratch, open_verified};
use cairn_catalog::{IndexDescriptor, IndexId, TableDescriptor};
use cairn_faults::{Fault, is_planted};
use cairn_jobs::Stop;
use cairn_rows::{BatchDecoder, BatchEncoder, Fingerprint, Fingerprinter, index_span};
use cairn_storage::{
    Closed, Engine, Error as StorageError, Prefix, Revisions, ScanLimit, Span, TableId, Version,
};
use futures::StreamExt;
use futures::stream::{self, BoxStream};

use crate::chain::Chain;
use crate::error::{Error, Result};
use crate::history::{Checkpoint, Part};
use crate::merge::{Merge, PartFiles};
use crate::merged::MergedFeed;
use crate::plan::Piece;
use crate::proof::Proof;
use crate::select::SelectedTable;
use crate::thin;
use cairn_rows::sort::{Merge as MergedRuns, RunWriter, Runs, SortError};

/// What a worker holds at its most, index entries aside: a copy of a small object, a page per
/// column, a batch as Arrow and as rows, and what the engine buffers of an ingest.
pub const WORKER_BYTES: usize = 40 << 20;

/// What all workers together may hold.
pub const LOAD_BYTES: usize = 160 << 20;

/// What the entries of all indexes being gathered may hold; the buffers of a sort grow by doubling,
/// so this is half of what is spent.
const INDEX_BYTES: usize = 40 << 20;

/// Below this, runs get so short that merging them costs more than it saves memory.
const LEAST_RUN_BYTES: usize = 256 << 10;

/// About how much of a merged index is handed to the engine at once.
const MERGE_BYTES: usize = 1 << 20;

/// Loads pieces and builds indexes; shared by all workers of a restore.
pub struct Loader {
    pub engine: Arc<dyn Engine>,
    pub layers: Vec<Layer>,
    pub scratch: Scratch,
    /// What all rows get.
    pub version: Version,
    /// What earlier runs have written is read at it.
    stored: Closed,
    /// The instant that is restored, by the versions of the backups.
    pub at: Version,
    pub stop: Stop,
    tables: HashMap<TableId, Destination>,
}

/// A table being filled.
pub struct Destination {
    name: String,
    pub table: TableDescriptor,
    /// Where its rows come from, oldest layer first.
    pub parts: Vec<Part>,
    pub checkpoints: Vec<Checkpoint>,
    indexes: Vec<Gathered>,
    /// For the entries of each index, per worker.
    run_bytes: usize,
}

/// The entries of one index on their way to being sorted.
pub struct Gathered {
    pub index: IndexDescriptor,
    runs: Runs,
}

/// A unit of work.
#[derive(Debug, Clone)]
pub enum Task {
    Piece(Box<Piece>),
    /// Set aside the index entries of a piece that an earlier run has loaded: so many rows.
    Gather {
        piece: Box<Piece>,
        rows: u64,
    },
    Index {
        table: TableId,
        index: IndexId,
    },
}

impl Task {
    /// The rows that it loads.
    pub fn span(&self) -> Option<&Span> {
        match self {
            Task::Piece(piece) => Some(&piece.span),
            Task::Gather { .. } | Task::Index { .. } => None,
        }
    }
}

/// A unit of work that is done.
#[derive(Debug, Clone)]
pub struct Loaded {
    pub table: TableId,
    /// `None` for rows.
    pub index: Option<IndexId>,
    pub rows: u64,
    pub bytes: u64,
    /// What was found at each checkpoint of the table.
    pub proofs: Vec<Proof>,
}

impl Loader {
    pub fn new(
        engine: Arc<dyn Engine>,
        chain: &Chain,
        folder: &Path,
        version: Version,
        stored: Closed,
        stop: Stop,
    ) -> Self {
        let scratch = Scratch::new(folder);
        Loader {
            engine,
            layers: chain.layers.clone(),
            scratch,
            version,
            stored,
            at: chain.at,
            stop,
            tables: HashMap::new(),
        }
    }

    /// Adds a table to be filled, and of its indexes those that are to be built.
    pub fn add<'t>(
        &mut self,
        selected: &SelectedTable,
        table: &TableDescriptor,
        parts: &[Part],
        checkpoints: Vec<Checkpoint>,
        to_build: impl Iterator<Item = &'t IndexDescriptor>,
        workers: usize,
    ) -> Result<()> {
        let folder = self.scratch.directory().to_owned();
        let mut indexes = Vec::new();
        for index in to_build {
            let folder = folder.join(format!("{}-{}", table.id, index.id));
            let runs = Runs::create(folder)
                .map_err(|error| Error::of_sort(error, &table.name, &index.name))?;
            indexes.push(Gathered {
                index: index.clone(),
                runs,
            });
        }
        let run_bytes = INDEX_BYTES / workers.max(1) / indexes.len().max(1);
        let destination = Destination {
            name: selected.qualified_name(),
            table: table.clone(),
            parts: parts.to_vec(),
            checkpoints,
            indexes,
            run_bytes: run_bytes.max(LEAST_RUN_BYTES),
        };
        self.tables.insert(table.id, destination);
        Ok(())
    }

    /// Whether entries of the table's indexes are gathered.
    pub fn gathers(&self, table: TableId) -> bool {
        let table = self.tables.get(&table);
        table.is_some_and(|table| !table.indexes.is_empty())
    }

    /// One task for each index that is to be built.
    pub fn index_tasks(&self) -> Vec<Task> {
        let tables = self.tables.iter();
        tables
            .flat_map(|(id, table)| {
                table.indexes.iter().map(|gathered| Task::Index {
                    table: *id,
                    index: gathered.index.id,
                })
            })
            .collect()
    }

    /// Does one task; answers nothing of one that loads nothing. An error leaves any part of it in the store.
    ///
    /// # Errors
    /// Damage, named; those of store, disk and engine; [`Error::Duplicate`].
    pub async fn run(&self, task: &Task) -> Result<Option<Loaded>> {
        match task {
            Task::Piece(piece) => self.load(piece).await.map(Some),
            Task::Gather { piece, rows } => self.gather(piece, *rows).await.map(|()| None),
            Task::Index { table, index } => self.build(*table, *index).await.map(Some),
        }
    }

    fn destination(&self, table: TableId) -> Result<&Destination> {
        self.tables.get(&table).ok_or_else(|| Error::Plan {
            problem: format!("table {table} is not being restored"),
        })
    }

    async fn load(&self, piece: &Piece) -> Result<Loaded> {
        let destination = self.destination(piece.table)?;
        match piece.files.as_slice() {
            [(place, file)] if destination.is_whole(file) => {
                self.load_rows(destination, piece, *place, file).await
            }
            _ => self.load_merged(destination, piece).await,
        }
    }

    /// Loads a file that has just the rows that are wanted.
    async fn load_rows(
        &self,
        destination: &Destination,
        piece: &Piece,
        place: usize,
        file: &DataFile,
    ) -> Result<Loaded> {
        let (part, layer) = self.part(destination, place)?;
        let key = &part.archived.primary_key;
        let reader = open_verified(layer.store.as_ref(), file, key, &self.scratch).await?;
        let mut feed = RowFeed {
            loader: self,
            encoder: BatchEncoder::for_schema(&destination.table, &reader.schema())?,
            fingerprinter: Fingerprinter::new(&destination.table)?,
            reader,
            writers: destination.writers(),
            entries: Revisions::new(),
            rows: 0,
            bytes: 0,
            fingerprint: Fingerprint::default(),
        };
        let ingested = self.ingest(&piece.span, &mut feed).await?;
        let RowFeed {
            writers,
            rows,
            bytes,
            fingerprint,
            ..
        } = feed;
        destination.finish(writers, rows, ingested)?;
        Ok(Loaded {
            table: piece.table,
            index: None,
            rows,
            bytes,
            proofs: vec![Proof { rows, fingerprint }],
        })
    }

    /// Merges what all layers have of a piece.
    async fn load_merged(&self, destination: &Destination, piece: &Piece) -> Result<Loaded> {
        let mut of_parts: BTreeMap<usize, Vec<DataFile>> = BTreeMap::new();
        for (place, file) in &piece.files {
            of_parts.entry(*place).or_default().push(file.clone());
        }
        let mut parts = Vec::with_capacity(of_parts.len());
        if is_planted(Fault::LayerSkipped) && of_parts.len() > 1 {
            of_parts.pop_first();
        }
        for (place, files) in of_parts {
            let (part, layer) = self.part(destination, place)?;
            parts.push(PartFiles { layer, part, files });
        }
        let prefix = Prefix::new(piece.table, destination.table.primary.id);
        let merge = Merge::open(parts, prefix, &piece.span, &self.scratch).await?;
        let mut feed = MergedFeed::new(self, destination, merge)?;
        let ingested = self.ingest(&piece.span, &mut feed).await?;
        let (rows, bytes) = (feed.rows, feed.bytes);
        destination.finish(std::mem::take(&mut feed.writers), rows, ingested)?;
        Ok(Loaded {
            table: piece.table,
            index: None,
            rows,
            bytes,
            proofs: feed.proofs(),
        })
    }

    /// A layer, and what it has of a table.
    fn part<'a>(
        &'a self,
        destination: &'a Destination,
        place: usize,
    ) -> Result<(&'a Part, &'a Layer)> {
        let part = destination.parts.get(place);
        let layer = part.and_then(|part| self.layers.get(part.layer));
        part.zip(layer).ok_or_else(|| Error::Plan {
            problem: format!("{} has no layer {place}", destination.name),
        })
    }

    /// Reads what an earlier run has stored of a piece, and sets its index entries aside.
    async fn gather(&self, piece: &Piece, rows: u64) -> Result<()> {
        let destination = self.destination(piece.table)?;
        let decoder = BatchDecoder::all(&destination.table)?;
        let encoder = BatchEncoder::new(&destination.table)?;
        let mut writers = destination.writers();
        let (mut entries, mut found) = (Revisions::new(), 0);
        let mut rest = Some(piece.span.clone());
        while let Some(span) = rest {
            self.stop.check()?;
            let limit = ScanLimit::default();
            let chunk = self.engine.scan(&span, self.stored, limit).await?;
            rest = chunk.resume.map(|start| span.from(start));
            if chunk.items.is_empty() {
                continue;
            }
            found += chunk.items.len() as u64;
            let batch = decoder.decode(&chunk.items)?;
            set_aside(&mut writers, &encoder, &batch, self.version, &mut entries)?;
        }
        destination.finish(writers, rows, found)
    }

    async fn build(&self, table: TableId, index: IndexId) -> Result<Loaded> {
        let destination = self.destination(table)?;
        let mut indexes = destination.indexes.iter();
        let Some(gathered) = indexes.find(|gathered| gathered.index.id == index) else {
            return Err(Error::Plan {
                problem: format!("{} has no index {index}", destination.name),
            });
        };
        let merge = gathered
            .runs
            .merge()
            .map_err(|error| destination.sort_error(error, gathered))?;
        let mut feed = IndexFeed {
            loader: self,
            destination,
            gathered,
            merge,
        };
        let ingested = self
            .ingest(&index_span(table, gathered.index.id), &mut feed)
            .await?;
        expect(
            &destination.name,
            "the number of index entries stored",
            gathered.runs.entries(),
            ingested,
        )?;
        Ok(Loaded {
            table,
            index: Some(index),
            rows: ingested,
            bytes: 0,
            proofs: Vec::new(),
        })
    }

    /// Streams a feed into the engine; the feed's own error comes back as it was.
    async fn ingest(&self, span: &Span, feed: &mut impl Feed) -> Result<u64> {
        let mut failed = None;
        let ingested = self.engine.ingest(span, stream_of(feed, &mut failed)).await;
        match (failed, ingested) {
            (Some(error), _) => Err(error),
            (None, ingested) => Ok(ingested?.rows),
        }
    }
}

impl Destination {
    /// Whether the rows of a file are those that are wanted, and nothing else has to be proved of them.
    fn is_whole(&self, file: &DataFile) -> bool {
        let introduced = self.parts.len() == 1 || self.checkpoints.len() == 1;
        introduced && Part::is_plain(file) && self.checkpoints.len() == 1
    }

    /// Ends the runs of a piece, once its rows are stored.
    fn finish(
        &self,
        writers: Vec<(&Gathered, RunWriter<'_>)>,
        rows: u64,
        ingested: u64,
    ) -> Result<()> {
        expect(&self.name, "the number of rows stored", rows, ingested)?;
        for (gathered, writer) in writers {
            writer
                .finish()
                .map_err(|error| self.sort_error(error, gathered))?;
        }
        Ok(())
    }

    pub fn writers(&self) -> Vec<(&Gathered, RunWriter<'_>)> {
        self.indexes
            .iter()
            .map(|gathered| (gathered, gathered.runs.writer(self.run_bytes)))
            .collect()
    }

    fn sort_error(&self, error: SortError, gathered: &Gathered) -> Error {
        Error::of_sort(error, &self.name, &gathered.index.name)
    }
}

/// What an ingest is fed from.
pub trait Feed: Send {
    /// The next sorted revisions; `None` at the end.
    fn next(&mut self) -> impl Future<Output = Result<Option<Revisions>>> + Send;
}

/// A feed as the engine takes it. Its error is kept in `failed`; the engine gets a stand-in.
fn stream_of<'a, F: Feed>(
    feed: &'a mut F,
    failed: &'a mut Option<Error>,
) -> BoxStream<'a, cairn_storage::Result<Revisions>> {
    let next = |(feed, failed): (&'a mut F, &'a mut Option<Error>)| async move {
        match feed.next().await {
            Ok(Some(revisions)) => Some((Ok(revisions), (feed, failed))),
            Ok(None) => None,
            Err(error) => {
                let stand_in = StorageError::source(Interrupted(error.to_string()));
                *failed = Some(error);
                Some((Err(stand_in), (feed, failed)))
            }
        }
    };
    stream::unfold((feed, failed), next).fuse().boxed()
}

/// What the engine is told when a feed failed.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Interrupted(String);

/// The rows of a data file, with their index entries set aside.
struct RowFeed<'a> {
    loader: &'a Loader,
    reader: DataFileReader,
    encoder: BatchEncoder,
    fingerprinter: Fingerprinter,
    writers: Vec<(&'a Gathered, RunWriter<'a>)>,
    /// Kept between batches for its memory.
    entries: Revisions,
    rows: u64,
    bytes: u64,
    fingerprint: Fingerprint,
}

impl Feed for RowFeed<'_> {
    async fn next(&mut self) -> Result<Option<Revisions>> {
        self.loader.stop.check()?;
        let Some(batch) = self.reader.next().await? else {
            return Ok(None);
        };
        let mut revisions =
            Revisions::with_capacity(batch.num_rows(), batch.get_array_memory_size());
        self.encoder
            .encode(&batch, self.loader.version, &mut revisions)?;
        self.fingerprint
            .add(self.fingerprinter.revisions(&revisions)?);
        self.rows += revisions.len() as u64;
        self.bytes += revisions.bytes() as u64;
        set_aside(
            &mut self.writers,
            &self.encoder,
            &batch,
            self.loader.version,
            &mut self.entries,
        )?;
        let limits = self.loader.engine.limits();
        thin::within(limits, revisions, &self.fingerprinter).map(Some)
    }
}

/// Makes the index entries of a batch of rows and writes them to the runs. `entries` is kept between batches for its memory.
pub fn set_aside(
    writers: &mut [(&Gathered, RunWriter<'_>)],
    encoder: &BatchEncoder,
    batch: &RecordBatch,
    version: Version,
    entries: &mut Revisions,
) -> Result<()> {
    for (gathered, writer) in writers {
        entries.clear();
        encoder.encode_index(&gathered.index, batch, version, entries)?;
        let dropped = usize::from(is_planted(Fault::IndexEntryDropped));
        for entry in entries.iter().skip(dropped) {
            let written = writer.push(entry.key, entry.value.unwrap_or_default());
            written.map_err(|error| Error::of_sort(error, "", &gathered.index.name))?;
        }
    }
    Ok(())
}

/// The entries of an index, merged from their runs.
struct IndexFeed<'a> {
    loader: &'a Loader,
    destination: &'a Destination,
    gathered: &'a Gathered,
    merge: MergedRuns,
}

impl Feed for IndexFeed<'_> {
    async fn next(&mut self) -> Result<Option<Revisions>> {
        self.loader.stop.check()?;
        let mut revisions = Revisions::with_capacity(0, MERGE_BYTES);
        let version = self.loader.version;
        let filled = self.merge.fill(MERGE_BYTES, |key, value| {
            revisions.push(key, version, Some(value))
        });
        let filled = filled.map_err(|error| self.destination.sort_error(error, self.gathered))?;
        Ok((filled > 0).then_some(revisions))
    }
}

/// Compares what should be with what is.
pub fn expect<T: PartialEq + ToString>(
    table: &str,
    what: &'static str,
    expected: T,
    found: T,
) -> Result<()> {
    if expected == found {
        return Ok(());
    }
    Err(Error::Mismatch {
        table: table.to_owned(),
        what,
        expected: expected.to_string(),
        found: found.to_string(),
    })
}
