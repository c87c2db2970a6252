//! Batches to Parquet bytes, without any waiting: the part of writing that costs CPU.

use std::io::{self, Write};
use std::sync::Arc;

use arrow::array::RecordBatch;
use bytes::{Bytes, BytesMut};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::errors::ParquetError;

use super::PART_BYTES;
use super::properties::properties;
use super::shape::FileShape;
use crate::error::{Error, Result};
use crate::order::Order;

/// The encoder of one file.
pub(super) struct Encoder {
    path: String,
    shape: Arc<FileShape>,
    order: Order,
    /// Made with the first batch, which decides on the encoding.
    writer: Option<ArrowWriter<Gathered>>,
}

/// The end of a file.
pub(super) struct Encoded {
    pub(super) rest: Vec<Bytes>,
    /// As counted by the Parquet writer.
    pub(super) rows: u64,
    pub(super) file_bytes: u64,
    pub(super) blake3: String,
}

impl Encoder {
    pub(super) fn new(path: String, shape: Arc<FileShape>) -> Encoder {
        let order = Order::new(&shape.columns, &shape.schema, &shape.key);
        Encoder {
            path,
            shape,
            order,
            writer: None,
        }
    }

    /// Encodes a batch and gives the parts that are ready.
    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<Vec<Bytes>> {
        let ascending = self.order.check(batch).map_err(|source| Error::Compare {
            path: self.path.clone(),
            source,
        })?;
        if !ascending {
            return Err(Error::OutOfOrder {
                path: self.path.clone(),
            });
        }
        self.encode(batch).map_err(|source| self.failed(source))
    }

    fn encode(&mut self, batch: &RecordBatch) -> std::result::Result<Vec<Bytes>, ParquetError> {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => {
                let options = ArrowWriterOptions::new()
                    .with_properties(properties(&self.shape, batch)?)
                    .with_parquet_schema(self.shape.parquet.clone())
                    .with_skip_arrow_metadata(true);
                let schema = Arc::clone(&self.shape.schema);
                none.insert(ArrowWriter::try_new_with_options(
                    Gathered::default(),
                    schema,
                    options,
                )?)
            }
        };
        writer.write(batch)?;
        Ok(writer.inner_mut().take_parts())
    }

    pub(super) fn finish(mut self) -> Result<Encoded> {
        let Some(mut writer) = self.writer.take() else {
            return Err(Error::Shape {
                path: self.path,
                what: "a data file without rows".to_owned(),
            });
        };
        let metadata = writer.finish().map_err(|source| self.failed(source))?;
        let rows = u64::try_from(metadata.file_metadata().num_rows()).unwrap_or(0);
        // `finish` has flushed the writer's own buffer, so all bytes are here.
        let mut gathered = std::mem::take(writer.inner_mut());
        let mut rest = gathered.take_parts();
        if !gathered.buffer.is_empty() {
            rest.push(gathered.buffer.split().freeze());
        }
        let blake3 = gathered.hasher.finalize().to_hex().to_string();
        Ok(Encoded {
            rest,
            rows,
            file_bytes: gathered.bytes,
            blake3,
        })
    }

    fn failed(&self, source: ParquetError) -> Error {
        Error::Encode {
            path: self.path.clone(),
            source,
        }
    }
}

/// Gathers what the Parquet writer writes, and hashes it.
#[derive(Default)]
struct Gathered {
    buffer: BytesMut,
    hasher: blake3::Hasher,
    bytes: u64,
}

impl Gathered {
    fn take_parts(&mut self) -> Vec<Bytes> {
        let mut parts = Vec::new();
        while self.buffer.len() >= PART_BYTES {
            parts.push(self.buffer.split_to(PART_BYTES).freeze());
        }
        parts
    }
}

impl Write for Gathered {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.hasher.update(bytes);
        self.buffer.extend_from_slice(bytes);
        self.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
