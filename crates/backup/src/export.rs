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
    /// `None` when the piece has no rows.
    pub file: Option<DataFile>,
    pub fingerprint: Fingerprint,
}

impl Exporter {
    pub fn new(
        engine: Arc<dyn Engine>,
        end: Closed,
        store: Arc<dyn Store>,
        stop: Stop,
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
        let mut writer: Option<DataFileWriter> = None;
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
            let writer = match &mut writer {
                Some(writer) => writer,
                None => writer.insert(self.create_file(source, &piece).await?),
            };
            writer.write(rows).await?;
        }
        let file = match writer {
            Some(writer) => Some(writer.finish().await?),
            None => None,
        };
        read.check(&source.target, file.as_ref())?;
        Ok(Exported {
            table: piece.table,
            number: piece.number,
            file,
            fingerprint,
        })
    }

    async fn create_file(&self, source: &Source, piece: &Piece) -> Result<DataFileWriter> {
        let path = if source.target.database.id == SYSTEM_DATABASE {
            system_file_path(&source.target.table.name)
        } else {
            data_file_path(piece.table.0, u64::from(piece.number))
        };
        let window = VersionWindow {
            after: piece.window.after.map(|after| after.0),
            upto: piece.window.upto.0,
        };
        Ok(
            DataFileWriter::create(self.store.as_ref(), path, Arc::clone(&source.shape), window)
                .await?,
        )
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

    fn check(&self, target: &Target, file: Option<&DataFile>) -> Result<()> {
        let (rows, bytes) = file.map_or((0, 0), |file| (file.rows, file.bytes));
        if (rows, bytes) == (self.rows, self.bytes) {
            return Ok(());
        }
        Err(Error::Miscounted {
            table: target.qualified_name(),
            file: file.map(|file| file.path.clone()).unwrap_or_default(),
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
