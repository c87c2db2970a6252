//! The work on one piece: from the store's rows to a data file.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use cairn_archive::{
    Chunk, DataFile, DataFileWriter, FileShape, KeyColumn, VersionWindow, data_file_path,
    system_file_path,
};
use cairn_blob::Store;
use cairn_catalog::{SYSTEM_DATABASE, TableDescriptor};
use cairn_jobs::Stop;
use cairn_rows::{BatchDecoder, Fingerprint, Fingerprinter, arrow_schema};
use cairn_storage::{Closed, Engine, Entries, Prefix, ScanLimit, Span, TableId};

use crate::error::{Error, Result};
use crate::plan::Piece;
use crate::resolve::Target;

/// What a worker holds at its most: two chunks as rows and as Arrow, a row group being compressed,
/// two parts on their way to the store.
pub const WORKER_BYTES: usize = 40 << 20;

/// What all workers together may hold.
pub const EXPORT_BYTES: usize = 200 << 20;

/// Exports pieces; shared by all workers of a backup.
pub struct Exporter {
    engine: Arc<dyn Engine>,
    end: Closed,
    store: Arc<dyn Store>,
    stop: Stop,
    /// Logical bytes after which a piece goes on in another file.
    file_bytes: u64,
    tables: HashMap<TableId, Source>,
}

/// A table as the workers see it.
struct Source {
    target: Target,
    shape: Arc<FileShape>,
}

/// A piece that is done.
#[derive(Debug)]
pub struct Exported {
    pub table: TableId,
    pub number: u32,
    /// In key order; none when the piece has no rows, several when it holds more than was estimated.
    pub files: Vec<DataFile>,
    pub fingerprint: Fingerprint,
}

impl Exporter {
    pub fn new(
        engine: Arc<dyn Engine>,
        end: Closed,
        store: Arc<dyn Store>,
        stop: Stop,
        file_bytes: u64,
        targets: &[Target],
    ) -> Result<Self> {
        let mut tables = HashMap::new();
        for target in targets {
            let shape = FileShape::new(arrow_schema(&target.table), key_columns(&target.table))?;
            tables.insert(
                target.table.id,
                Source {
                    target: target.clone(),
                    shape,
                },
            );
        }
        Ok(Exporter {
            engine,
            end,
            store,
            stop,
            file_bytes,
            tables,
        })
    }

    /// Exports one piece. An error leaves at most a file that no manifest names.
    ///
    /// # Errors
    /// Those of store and destination; [`Error::Miscounted`] when what was written is not what was read.
    pub async fn export(&self, piece: Piece) -> Result<Exported> {
        let Some(source) = self.tables.get(&piece.table) else {
            return Err(Error::Plan {
                problem: format!("table {} is not a target", piece.table),
            });
        };
        let decoder = BatchDecoder::all(&source.target.table)?;
        let fingerprinter = Fingerprinter::new(&source.target.table)?;
        let mut fingerprint = Fingerprint::default();
        let mut read = Read::default();
        let mut files = Files::new(self, source, &piece);
        let mut rest = Some(piece.span.clone());
        while let Some(span) = rest {
            self.stop.check()?;
            let chunk = self
                .engine
                .scan(&span, self.end, ScanLimit::default())
                .await?;
            rest = chunk.resume.map(|start| Span {
                start,
                end: span.end,
            });
            let entries = chunk.items;
            if entries.is_empty() {
                continue;
            }
            fingerprint.add(fingerprinter.entries(&entries)?);
            read.count(&entries);
            let rows = rows_of(&entries, decoder.decode(&entries)?);
            files.write(rows).await?;
        }
        let files = files.finish().await?;
        read.check(&source.target, &files)?;
        Ok(Exported {
            table: piece.table,
            number: piece.number,
            files,
            fingerprint,
        })
    }
}

/// The data files of one piece, one open at a time.
struct Files<'a> {
    exporter: &'a Exporter,
    source: &'a Source,
    piece: &'a Piece,
    open: Option<DataFileWriter>,
    done: Vec<DataFile>,
}

impl<'a> Files<'a> {
    fn new(exporter: &'a Exporter, source: &'a Source, piece: &'a Piece) -> Self {
        Files {
            exporter,
            source,
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
        let shape = Arc::clone(&source.shape);
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
    fn count(&mut self, entries: &Entries) {
        self.rows += entries.len() as u64;
        self.bytes += entries.bytes() as u64;
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

/// A chunk of rows as the data file takes it; keys go without table and index.
fn rows_of(entries: &Entries, batch: arrow::array::RecordBatch) -> Chunk {
    let suffix = |key: Option<&[u8]>| {
        Bytes::copy_from_slice(
            key.and_then(|key| key.get(Prefix::LEN..))
                .unwrap_or_default(),
        )
    };
    Chunk {
        batch,
        first_key: suffix(entries.get(0).map(|entry| entry.key)),
        last_key: suffix(entries.last().map(|entry| entry.key)),
        bytes: entries.bytes() as u64,
    }
}

/// The primary key as a data file orders its rows.
pub fn key_columns(table: &TableDescriptor) -> Vec<KeyColumn> {
    let parts = table.primary.columns.iter();
    parts
        .map(|part| KeyColumn {
            column: part.column.0,
            descending: !part.direction.is_ascending(),
        })
        .collect()
}
