//! COPY: streams of bytes into a table and out of one.

use arrow::datatypes::SchemaRef;
use bytes::Bytes;
use futures::stream::BoxStream;

use crate::Result;

/// A COPY … FROM STDIN under way. Dropping it is the same as `abort`.
pub struct CopyIn {
    pub(crate) columns: usize,
}

impl CopyIn {
    /// How many columns a line has.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Takes the next bytes; they need not end at a line's end.
    pub async fn write(&mut self, _data: Bytes) -> Result<()> {
        todo!()
    }

    /// Writes what was sent. The tag is `COPY <rows>`.
    pub async fn finish(self) -> Result<u64> {
        todo!()
    }

    /// The client gave up: nothing of it is kept.
    pub async fn abort(self) {}
}

/// A COPY … TO STDOUT under way.
pub struct CopyOut {
    pub schema: SchemaRef,
    /// Each item is one or more whole lines.
    pub stream: BoxStream<'static, Result<Bytes>>,
    /// How many rows the stream has given out so far.
    pub rows: std::sync::Arc<std::sync::atomic::AtomicU64>,
}

impl crate::Session {
    pub(crate) async fn copy(&mut self, _copy: &cairn_syntax::Copy) -> Result<crate::Answer> {
        Err(crate::SqlError::unsupported("COPY"))
    }
}

pub(crate) async fn abandon_leftovers(_node: &std::sync::Arc<crate::Node>) -> Result<()> {
    Ok(())
}
