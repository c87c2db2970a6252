//! Writing one data file.

use std::sync::Arc;

use arrow::array::RecordBatch;
use bytes::Bytes;
use cairn_blob::{Store, Upload};

use super::encoder::Encoder;
use super::encoders;
use super::shape::FileShape;
use crate::error::{Error, Result};
use crate::manifest::{DataFile, VersionWindow};

/// Rows that follow each other in key order.
#[derive(Clone, Debug)]
pub struct Chunk {
    pub batch: RecordBatch,
    /// Encoded primary keys of the first and the last row, without the table's and the index's id.
    pub first_key: Bytes,
    pub last_key: Bytes,
    /// Logical bytes of the rows, keys included.
    pub bytes: u64,
}

/// A data file being written. Dropping it abandons the file.
pub struct DataFileWriter {
    path: String,
    shape: Arc<FileShape>,
    window: VersionWindow,
    upload: Box<dyn Upload>,
    /// `None` after an error.
    encoder: Option<Encoder>,
    rows: u64,
    bytes: u64,
    keys: Option<(Bytes, Bytes)>,
}

impl DataFileWriter {
    /// Begins the file `path`, which must never have been used: see [`data_file_path`](crate::data_file_path).
    ///
    /// # Errors
    /// Of the store.
    pub async fn create(
        store: &dyn Store,
        path: String,
        shape: Arc<FileShape>,
        window: VersionWindow,
    ) -> Result<DataFileWriter> {
        let upload = store.upload(&path).await?;
        let encoder = Encoder::new(path.clone(), Arc::clone(&shape));
        Ok(DataFileWriter {
            path,
            shape,
            window,
            upload,
            encoder: Some(encoder),
            rows: 0,
            bytes: 0,
            keys: None,
        })
    }

    /// Appends rows. Waits while the store is slow.
    ///
    /// # Errors
    /// Of the store; `OutOfOrder` and `Shape` for a caller's mistake. The file can then only be abandoned.
    pub async fn write(&mut self, chunk: Chunk) -> Result<()> {
        if chunk.batch.num_rows() == 0 {
            return Ok(());
        }
        let goes_on = self.shape.has_revisions();
        let follows = self.keys.as_ref().is_none_or(|(_, last)| {
            *last < chunk.first_key || (goes_on && *last == chunk.first_key)
        });
        if !follows || chunk.first_key > chunk.last_key {
            self.encoder = None;
            return Err(Error::OutOfOrder {
                path: self.path.clone(),
            });
        }
        let rows = chunk.batch.num_rows() as u64;
        let mut encoder = self.take_encoder()?;
        let (encoder, parts) = encoders()
            .run(move || {
                let parts = encoder.write(&chunk.batch);
                (encoder, parts)
            })
            .await?;
        for part in parts? {
            self.upload.write(part).await?;
        }
        // Only now: an error above leaves the file without an encoder, so that it cannot be finished.
        self.encoder = Some(encoder);
        self.rows += rows;
        self.bytes += chunk.bytes;
        let first = self.keys.take().map_or(chunk.first_key, |(first, _)| first);
        self.keys = Some((first, chunk.last_key));
        Ok(())
    }

    /// Logical bytes so far: begin another file when they are enough.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Ends the file and makes it durable. A file needs at least one row.
    ///
    /// # Errors
    /// Of the store, after which the file must not be named in a manifest.
    pub async fn finish(mut self) -> Result<DataFile> {
        let encoder = self.take_encoder()?;
        let encoded = encoders().run(move || encoder.finish()).await??;
        let (Some((first_key, last_key)), true) = (self.keys, encoded.rows == self.rows) else {
            let what = format!(
                "{} rows were written, and the file has {}",
                self.rows, encoded.rows
            );
            return Err(Error::Shape {
                path: self.path,
                what,
            });
        };
        for part in encoded.rest {
            self.upload.write(part).await?;
        }
        self.upload.finish().await?;
        Ok(DataFile {
            path: self.path,
            rows: self.rows,
            bytes: self.bytes,
            file_bytes: encoded.file_bytes,
            blake3: encoded.blake3,
            first_key: hex::encode(&first_key),
            last_key: hex::encode(&last_key),
            columns: self.shape.columns.clone(),
            window: self.window,
        })
    }

    fn take_encoder(&mut self) -> Result<Encoder> {
        let what = || "it is used after an error".to_owned();
        self.encoder.take().ok_or_else(|| Error::Shape {
            path: self.path.clone(),
            what: what(),
        })
    }
}
