use std::path::PathBuf;
use std::sync::Arc;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use bytes::Bytes;
use cairn_blob::Store;
use crate::error::Result;
use crate::manifest::{DataFile, KeyColumn, VersionWindow};
pub struct FileShape {}
impl FileShape {
    /// Column ids come from the fields' metadata `PARQUET:field_id`.
    pub fn new(_schema: SchemaRef, _key: Vec<KeyColumn>) -> Result<Arc<FileShape>> { todo!() }
}
/// Rows in key order; keys without the table's and index's id; logical bytes.
pub struct Chunk { pub batch: RecordBatch, pub first_key: Bytes, pub last_key: Bytes, pub bytes: u64 }
pub struct DataFileWriter {}
impl DataFileWriter {
    pub async fn create(_store: &dyn Store, _path: String, _shape: Arc<FileShape>, _window: VersionWindow) -> Result<DataFileWriter> { todo!() }
    pub async fn write(&mut self, _chunk: Chunk) -> Result<()> { todo!() }
    /// Logical bytes so far: begin another file when they are enough.
    pub fn bytes(&self) -> u64 { todo!() }
    pub async fn finish(self) -> Result<DataFile> { todo!() }
    pub async fn abort(self) -> Result<()> { todo!() }
}
/// A directory for temporary files.
#[derive(Clone, Debug)]
pub struct Scratch { _d: PathBuf }
impl Scratch { pub fn new(d: PathBuf) -> Scratch { Scratch { _d: d } } }
pub struct DataFileReader {}
impl DataFileReader {
    pub fn schema(&self) -> SchemaRef { todo!() }
    pub async fn next(&mut self) -> Result<Option<RecordBatch>> { todo!() }
}
pub async fn open_verified(_store: &dyn Store, _file: &DataFile, _key: &[KeyColumn], _scratch: &Scratch) -> Result<DataFileReader> { todo!() }
