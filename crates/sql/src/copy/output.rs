//! COPY TO STDOUT: a query's rows as lines.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use arrow::{array::RecordBatch, datatypes::SchemaRef};
use bytes::Bytes;
use cairn_copy::Format;
use datafusion::execution::SendableRecordBatchStream;
use futures::{StreamExt, TryStreamExt, stream, stream::BoxStream};

use super::line;
use crate::{Result, SqlError};

/// How many rows are written at one go between two pauses.
const ROWS: usize = 1024;

/// A COPY … TO STDOUT under way.
pub struct CopyOut {
    pub schema: SchemaRef,
    /// Each item is one or more whole lines.
    pub stream: BoxStream<'static, Result<Bytes>>,
    /// How many rows the stream has given out so far.
    pub rows: Arc<AtomicU64>,
}

impl CopyOut {
    pub(crate) fn new(rows: SendableRecordBatchStream, format: Format) -> Result<Self> {
        let schema = rows.schema();
        line::check(&schema)?;
        let header = format
            .header
            .then(|| Ok(Bytes::from(line::header(&format, &schema))));
        let count = Arc::new(AtomicU64::new(0));
        let format = Arc::new(format);
        let counter = count.clone();
        let lines = rows
            .map_err(SqlError::from)
            .map_ok(move |batch| pieces(batch, format.clone(), counter.clone()))
            .try_flatten();
        Ok(CopyOut {
            schema,
            stream: stream::iter(header).chain(lines).boxed(),
            rows: count,
        })
    }
}

/// A batch's lines, some at a time.
fn pieces(
    batch: RecordBatch,
    format: Arc<Format>,
    count: Arc<AtomicU64>,
) -> impl futures::Stream<Item = Result<Bytes>> {
    let starts = (0..batch.num_rows()).step_by(ROWS);
    stream::iter(starts.map(move |start| {
        let piece = batch.slice(start, ROWS.min(batch.num_rows() - start));
        let lines = line::lines(&format, &piece)?;
        count.fetch_add(piece.num_rows() as u64, Ordering::Relaxed);
        Ok(Bytes::from(lines))
    }))
}
