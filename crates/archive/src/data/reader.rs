//! Reading one data file, after it was verified.
//!
//! Parquet's reader believes what it reads, and panics on some bytes that it would not write itself. A checksum that is right does not
//! keep them away: whoever made the file made that, too. Such a file is damaged as any other is that does not say what it must.
//!
//! LEFT OUT
//!   A page's header can say that an unknown field of it is a list of two billion truth values, which take no bytes. The reader counts
//!   them all, about a second for six bytes of the file, and cannot be interrupted.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use cairn_blob::Store;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use super::encoders;
use super::fetch::fetch;
use super::properties::FORMAT_VERSION_KEY;
use super::scratch::{Scratch, Spool};
use super::shape::column_id;
use crate::error::{Error, Fault, Result};
use crate::manifest::{DataFile, FORMAT_VERSION, KeyColumn};
use crate::order::Order;

/// About how many logical bytes a batch holds.
const BATCH_BYTES: u64 = 2 << 20;
const MAX_BATCH_ROWS: u64 = 16 << 10;

/// The rows of a data file whose bytes are proved. Memory: a page per column and a batch.
pub struct DataFileReader {
    location: String,
    path: String,
    schema: SchemaRef,
    /// `None` at the end and after an error.
    decoder: Option<Decoder>,
}

struct Decoder {
    batches: ParquetRecordBatchReader,
    order: Order,
    /// Rows that must still come.
    rows: u64,
}

/// Fetches a data file, compares length and hash with the manifest, and only then reads it.
///
/// # Errors
/// `Damaged`, naming the file; of the store; `Scratch`.
pub async fn open_verified(
    store: &dyn Store,
    file: &DataFile,
    key: &[KeyColumn],
    scratch: &Scratch,
) -> Result<DataFileReader> {
    open_verified_in(store, file, key, scratch, BATCH_BYTES).await
}

/// The same with batches of about `batch_bytes`, for those who read many files at once.
///
/// # Errors
/// As [`open_verified`].
pub async fn open_verified_in(
    store: &dyn Store,
    file: &DataFile,
    key: &[KeyColumn],
    scratch: &Scratch,
    batch_bytes: u64,
) -> Result<DataFileReader> {
    let spool = fetch(store, file, scratch).await?;
    let (wanted, key) = (file.clone(), key.to_vec());
    let opened = encoders()
        .run(move || unless_it_panics(|| open(spool, &wanted, &key, batch_bytes)))
        .await?;
    let (schema, decoder) =
        opened.map_err(|reason| damaged(&store.to_string(), &file.path, reason))?;
    Ok(DataFileReader {
        location: store.to_string(),
        path: file.path.clone(),
        schema,
        decoder: Some(decoder),
    })
}

/// Compares what Parquet says of the file with what the manifest says.
fn open(
    spool: Spool,
    file: &DataFile,
    key: &[KeyColumn],
    batch_bytes: u64,
) -> std::result::Result<(SchemaRef, Decoder), String> {
    let builder =
        ParquetRecordBatchReaderBuilder::try_new(spool).map_err(|error| error.to_string())?;
    let metadata = builder.metadata().file_metadata();
    let version = metadata
        .key_value_metadata()
        .and_then(|pairs| pairs.iter().find(|pair| pair.key == FORMAT_VERSION_KEY))
        .and_then(|pair| pair.value.as_deref()?.parse::<u32>().ok());
    if version.is_none_or(|version| version > FORMAT_VERSION) {
        return Err(format!(
            "its format version is {version:?}, this Cairn reads up to {FORMAT_VERSION}"
        ));
    }
    let rows = u64::try_from(metadata.num_rows()).unwrap_or(0);
    if rows != file.rows {
        return Err(format!(
            "it has {rows} rows, the manifest says {}",
            file.rows
        ));
    }
    let columns: Option<Vec<u32>> = builder
        .schema()
        .fields()
        .iter()
        .map(|field| column_id(field))
        .collect();
    let columns = columns.ok_or_else(|| "a column has no id".to_owned())?;
    if columns != file.columns {
        return Err(format!(
            "it has columns {columns:?}, the manifest says {:?}",
            file.columns
        ));
    }
    if key.iter().any(|key| !columns.contains(&key.column)) {
        return Err("a key column is missing".to_owned());
    }
    let schema = builder.schema().clone();
    let order = Order::new(&columns, &schema, key);
    let row_bytes = (file.bytes / rows.max(1)).max(1);
    let batch_rows = (batch_bytes / row_bytes).clamp(1, MAX_BATCH_ROWS);
    let batches = builder
        .with_batch_size(usize::try_from(batch_rows).unwrap_or(1))
        .build()
        .map_err(|error| error.to_string())?;
    Ok((
        schema,
        Decoder {
            batches,
            order,
            rows,
        },
    ))
}

impl DataFileReader {
    /// The file's columns, as Parquet has them: no metadata but the column ids.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        SchemaRef::clone(&self.schema)
    }

    /// The next rows; `None` after the last one, when as many came as the manifest says.
    ///
    /// # Errors
    /// `Damaged` when the file does not hold what it must. Then nothing that came of it may be used.
    pub async fn next(&mut self) -> Result<Option<RecordBatch>> {
        let Some(mut decoder) = self.decoder.take() else {
            return Ok(None);
        };
        let (decoder, batch) = encoders()
            .run(move || {
                let batch = unless_it_panics(|| decoder.next());
                (decoder, batch)
            })
            .await?;
        let batch = batch.map_err(|reason| damaged(&self.location, &self.path, reason))?;
        if batch.is_some() {
            self.decoder = Some(decoder);
        }
        Ok(batch)
    }
}

impl Decoder {
    fn next(&mut self) -> std::result::Result<Option<RecordBatch>, String> {
        let Some(batch) = self
            .batches
            .next()
            .transpose()
            .map_err(|error| error.to_string())?
        else {
            return if self.rows == 0 {
                Ok(None)
            } else {
                Err(format!("{} rows are missing", self.rows))
            };
        };
        let more = batch.num_rows() as u64;
        self.rows = self
            .rows
            .checked_sub(more)
            .ok_or_else(|| "it has more rows than it says".to_owned())?;
        match self.order.check(&batch) {
            Ok(true) => Ok(Some(batch)),
            Ok(false) => Err("its rows are not in key order".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// Makes a panic a reason why a file is damaged. What has panicked must not be used again.
fn unless_it_panics<T>(
    read: impl FnOnce() -> std::result::Result<T, String>,
) -> std::result::Result<T, String> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|panic| {
        let words = words_of(panic.as_ref());
        Err(format!("the Parquet reader panics on it: {words}"))
    })
}

fn words_of(panic: &(dyn Any + Send)) -> &str {
    let fixed = panic.downcast_ref::<&str>().copied();
    let made = panic.downcast_ref::<String>().map(String::as_str);
    fixed.or(made).unwrap_or("it does not say why")
}

fn damaged(location: &str, object: &str, reason: String) -> Error {
    Error::Damaged {
        location: location.to_owned(),
        object: object.to_owned(),
        fault: Fault::Content(reason),
    }
}
