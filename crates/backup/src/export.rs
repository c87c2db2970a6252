//! The work on one piece: from the store's rows to a data file.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use bytes::Bytes;
use cairn_archive::{
    Chunk, DataFile, DataFileWriter, FileShape, KeyColumn, VersionWindow, data_file_path,
    system_file_path,
};
use cairn_blob::Store;
use cairn_catalog::{ObjectKind, SYSTEM_DATABASE, TableDescriptor};
use cairn_faults::{Fault, is_planted};
use cairn_jobs::Stop;
use cairn_rows::{
    BatchDecoder, FileForm, Fingerprint, Fingerprinter, RevisionDecoder, WindowShape, file_schema,
    is_ordered_in_files,
};
use cairn_storage::{Closed, Engine, Prefix, ScanLimit, Span, TableId};
use tokio::sync::Semaphore;

use crate::error::{Error, Result};
use crate::plan::{Content, Fingerprinting, Piece, Plan};
use crate::revisions::{Picked, Revised};
use crate::target::Target;

/// What a worker holds at its most: two chunks as rows and as Arrow, a row group being compressed,
/// two parts on their way to the store.
pub const WORKER_BYTES: usize = 40 << 20;

/// What all workers together may hold.
pub const EXPORT_BYTES: usize = 200 << 20;

/// A piece whose files go astray is exported so often: the store itself waits while it has trouble.
const TRIES: u32 = 3;

/// How much is written at once.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    pub files_at_once: usize,
    /// Logical bytes after which a piece goes on in another file.
    pub file_bytes: u64,
}

/// Exports pieces; shared by all workers of a backup.
pub struct Exporter {
    engine: Arc<dyn Engine>,
    end: Closed,
    store: Arc<dyn Store>,
    stop: Stop,
    /// Held while a piece is read and written, and not while the rest of its last file is on its way: with more workers than turns, the
    /// first files are there sooner.
    turns: Semaphore,
    file_bytes: u64,
    tables: HashMap<TableId, Source>,
}

/// A table as the workers see it.
struct Source {
    target: Target,
    /// Of its rows, where it is carried as they are at the end.
    rows: Arc<FileShape>,
    /// Of its revisions, otherwise.
    revisions: Option<(Arc<FileShape>, RevisionDecoder)>,
}

impl Source {
    fn new(target: &Target, with_revisions: bool) -> Result<Self> {
        let key = || key_columns(&target.table);
        let revisions = target.revisions.iter();
        let revisions = revisions.map(|(version, table)| (*version, table.as_deref()));
        let shapes = cairn_archive::shapes(revisions, target.table.as_ref());
        let revisions = if with_revisions {
            let decoder = RevisionDecoder::new(&WindowShape::new(&shapes)?)?;
            let shape = FileShape::new(Arc::clone(decoder.schema()), key())?;
            Some((shape, decoder))
        } else {
            None
        };
        Ok(Source {
            target: target.clone(),
            rows: FileShape::new(file_schema(&target.table), key())?,
            revisions,
        })
    }
}

/// A piece that is done.
#[derive(Debug, Clone, PartialEq)]
pub struct Exported {
    pub table: TableId,
    pub span: Span,
    /// In key order; none when the piece has no rows, several when it holds more than was estimated.
    pub files: Vec<DataFile>,
    /// Of the rows at the end, or what changed of it where it is derived.
    pub fingerprint: Fingerprint,
    pub rows: i64,
}

impl Exporter {
    pub fn new(
        engine: Arc<dyn Engine>,
        end: Closed,
        store: Arc<dyn Store>,
        stop: Stop,
        bounds: Bounds,
        plan: &Plan,
        targets: &[Target],
    ) -> Result<Self> {
        let mut tables = HashMap::new();
        for planned in &plan.tables {
            let target = targets.iter().find(|target| target.table.id == planned.id);
            if let Some(target) = target {
                let with_revisions = planned.content != Content::Whole;
                tables.insert(planned.id, Source::new(target, with_revisions)?);
            }
        }
        Ok(Exporter {
            engine,
            end,
            store,
            stop,
            turns: Semaphore::new(bounds.files_at_once),
            file_bytes: bounds.file_bytes,
            tables,
        })
    }

    /// Exports one piece, and again, under other names, when a file of it went astray. What is left of that, and of an error, is files
    /// that no manifest names.
    ///
    /// # Errors
    /// Those of store and destination; [`Error::Miscounted`] when what was written is not what was read.
    pub async fn export(&self, piece: Piece) -> Result<Exported> {
        for _ in 1..TRIES {
            match self.export_once(&piece).await {
                Err(error) if error.is_astray() => {
                    tracing::info!(%error, "a piece is exported again");
                }
                done => return done,
            }
        }
        self.export_once(&piece).await
    }

    async fn export_once(&self, piece: &Piece) -> Result<Exported> {
        let Some(source) = self.tables.get(&piece.table) else {
            return Err(Error::Plan {
                problem: format!("table {} is not a target", piece.table),
            });
        };
        let mut exported = match &source.revisions {
            None => self.export_rows(source, piece).await?,
            Some((shape, decoder)) => self.export_revisions(source, shape, decoder, piece).await?,
        };
        if piece.fingerprint == Fingerprinting::Scan {
            let scanned = self.scan(source, piece, None).await?;
            exported.fingerprint = scanned.fingerprint;
            exported.rows = scanned.rows;
        }
        Ok(exported)
    }

    async fn export_rows(&self, source: &Source, piece: &Piece) -> Result<Exported> {
        let mut files = Files::new(self, source, &source.rows, piece);
        let turn = self.turns.acquire().await;
        let scanned = self.scan(source, piece, Some(&mut files)).await?;
        drop(turn);
        let files = files.finish().await?;
        scanned.read.check(&source.target, &files)?;
        Ok(Exported {
            table: piece.table,
            span: piece.span.clone(),
            files,
            fingerprint: scanned.fingerprint,
            rows: scanned.rows,
        })
    }

    /// Reads the rows at the end, for their fingerprint and maybe for files.
    async fn scan(
        &self,
        source: &Source,
        piece: &Piece,
        mut files: Option<&mut Files<'_>>,
    ) -> Result<Scanned> {
        let decoder = BatchDecoder::all(&source.target.table)?;
        let form = FileForm::of_table(&source.target.table);
        let fingerprinter = Fingerprinter::new(&source.target.table)?;
        let mut scanned = Scanned::default();
        let mut rest = Some(piece.span.clone());
        while let Some(span) = rest {
            self.stop.check()?;
            let chunk = self
                .engine
                .scan(&span, self.end, ScanLimit::default())
                .await?;
            rest = chunk.resume.map(|start| span.from(start));
            let entries = chunk.items;
            if entries.is_empty() || rest.is_none() && loses_last_batch(&source.target.table) {
                continue;
            }
            scanned.fingerprint.add(fingerprinter.entries(&entries)?);
            scanned.rows += entries.len() as i64;
            scanned.read.count(entries.len(), entries.bytes());
            if let Some(files) = &mut files {
                let ends = (entries.get(0), entries.last());
                let ends = (ends.0.map(|end| end.key), ends.1.map(|end| end.key));
                let batch = form.to_file(decoder.decode(&entries)?)?;
                files.write(chunk_of(batch, ends, entries.bytes())).await?;
            }
        }
        Ok(scanned)
    }

    async fn export_revisions(
        &self,
        source: &Source,
        shape: &Arc<FileShape>,
        decoder: &RevisionDecoder,
        piece: &Piece,
    ) -> Result<Exported> {
        let mut picked = Picked::new(piece, Fingerprinter::new(&source.target.table)?);
        let mut files = Files::new(self, source, shape, piece);
        let mut read = Read::default();
        let turn = self.turns.acquire().await;
        let mut revised = Revised::open(&self.engine, piece, self.end).await?;
        while let Some(chunk) = revised.next().await? {
            self.stop.check()?;
            let carried = picked.pick(chunk)?;
            if carried.is_empty() {
                continue;
            }
            read.count(carried.len(), carried.bytes());
            let ends = (carried.get(0), carried.last());
            let ends = (ends.0.map(|end| end.key), ends.1.map(|end| end.key));
            let batch = decoder.decode(&carried, self.engine.timeline())?;
            files.write(chunk_of(batch, ends, carried.bytes())).await?;
        }
        drop(turn);
        let files = files.finish().await?;
        read.check(&source.target, &files)?;
        Ok(Exported {
            table: piece.table,
            span: piece.span.clone(),
            files,
            fingerprint: picked.sum,
            rows: picked.rows,
        })
    }
}

/// Of a fault that is planted.
fn loses_last_batch(table: &TableDescriptor) -> bool {
    match table.kind {
        ObjectKind::Sequence(_) => is_planted(Fault::SequenceNotCarried),
        _ => is_planted(Fault::LastBatchLost),
    }
}

/// What a scan found.
#[derive(Default)]
struct Scanned {
    fingerprint: Fingerprint,
    rows: i64,
    read: Read,
}

/// The data files of one piece, one open at a time.
struct Files<'a> {
    exporter: &'a Exporter,
    source: &'a Source,
    shape: &'a Arc<FileShape>,
    piece: &'a Piece,
    open: Option<DataFileWriter>,
    done: Vec<DataFile>,
}

impl<'a> Files<'a> {
    fn new(
        exporter: &'a Exporter,
        source: &'a Source,
        shape: &'a Arc<FileShape>,
        piece: &'a Piece,
    ) -> Self {
        Files {
            exporter,
            source,
            shape,
            piece,
            open: None,
            done: Vec::new(),
        }
    }

    async fn write(&mut self, rows: Chunk) -> Result<()> {
        let mut writer = match self.open.take() {
            Some(writer) => writer,
            None => self.create().await?,
        };
        writer.write(rows).await?;
        if writer.bytes() < self.exporter.file_bytes {
            self.open = Some(writer);
        } else {
            self.done.push(writer.finish().await?);
        }
        Ok(())
    }

    async fn create(&self) -> Result<DataFileWriter> {
        let Files { source, piece, .. } = self;
        let path = if source.target.database.id == SYSTEM_DATABASE {
            system_file_path(&source.target.table.name)
        } else {
            data_file_path(piece.table.0, u64::from(piece.number))
        };
        let window = VersionWindow {
            after: piece.window.after.map(|after| after.0),
            upto: piece.window.upto.0,
        };
        let shape = Arc::clone(self.shape);
        Ok(DataFileWriter::create(self.exporter.store.as_ref(), path, shape, window).await?)
    }

    async fn finish(mut self) -> Result<Vec<DataFile>> {
        if let Some(writer) = self.open.take() {
            self.done.push(writer.finish().await?);
        }
        Ok(self.done)
    }
}

/// What came out of the store, counted there; the data file counts for itself.
#[derive(Debug, Default)]
struct Read {
    rows: u64,
    bytes: u64,
}

impl Read {
    fn count(&mut self, rows: usize, bytes: usize) {
        self.rows += rows as u64;
        self.bytes += bytes as u64;
    }

    fn check(&self, target: &Target, files: &[DataFile]) -> Result<()> {
        let rows = files.iter().map(|file| file.rows).sum();
        let bytes = files.iter().map(|file| file.bytes).sum();
        if (self.rows, self.bytes) == (rows, bytes) {
            return Ok(());
        }
        let paths: Vec<&str> = files.iter().map(|file| file.path.as_str()).collect();
        Err(Error::Miscounted {
            table: target.qualified_name(),
            files: paths.join(", "),
            read: self.rows,
            written: rows,
        })
    }
}

/// A chunk as the data file takes it; keys go without table and index.
fn chunk_of(batch: RecordBatch, ends: (Option<&[u8]>, Option<&[u8]>), bytes: usize) -> Chunk {
    let suffix = |key: Option<&[u8]>| {
        Bytes::copy_from_slice(
            key.and_then(|key| key.get(Prefix::LEN..))
                .unwrap_or_default(),
        )
    };
    Chunk {
        batch,
        first_key: suffix(ends.0),
        last_key: suffix(ends.1),
        bytes: bytes as u64,
    }
}

/// The primary key as a data file orders its rows.
pub fn key_columns(table: &TableDescriptor) -> Vec<KeyColumn> {
    let parts = table.primary.columns.iter();
    parts
        .map(|part| KeyColumn {
            column: part.column.0,
            descending: !part.direction.is_ascending(),
            unordered: table
                .column(part.column)
                .is_some_and(|column| !is_ordered_in_files(&column.ty)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    /// The two crates that write and read these columns know nothing of each other.
    #[test]
    fn the_columns_of_revisions_have_the_same_ids_everywhere() {
        let archive = [
            cairn_archive::VERSION_COLUMN_ID,
            cairn_archive::TIME_COLUMN_ID,
            cairn_archive::DELETED_COLUMN_ID,
        ];
        let rows = [
            cairn_rows::VERSION_FIELD,
            cairn_rows::TIME_FIELD,
            cairn_rows::DELETED_FIELD,
        ];
        assert_eq!(archive, rows);
    }
}
