//! Rows per second into and out of data files: `cargo run --release -p cairn-archive --example data_file_throughput`.
//!
//! Five columns, 80 bytes a row, one file at a time, so that the figures are about those of one core.

use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use arrow::array::{
    ArrayRef, Decimal128Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use bytes::Bytes;
use cairn_archive::{
    Chunk, DataFileWriter, FileShape, KeyColumn, Scratch, VersionWindow, open_verified,
};
use cairn_blob::{Location, Settings};

const ROWS: i64 = 4_000_000;
const BATCH: i64 = 25_000;

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(measure())
}

#[expect(clippy::disallowed_methods, reason = "measures")]
async fn measure() -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let settings = Settings::new(Some(directory.path().to_owned()));
    let store = Location::parse("nodelocal:///throughput")?.open(&settings)?;
    let key = vec![KeyColumn {
        column: 1,
        descending: false,
        unordered: false,
    }];
    let shape = FileShape::new(schema(), key.clone())?;
    let batches: Vec<RecordBatch> = (0..ROWS / BATCH).map(batch).collect::<Result<_, _>>()?;
    let window = VersionWindow {
        after: None,
        upto: 1,
    };

    let start = Instant::now();
    let mut writer = DataFileWriter::create(&*store, "file".to_owned(), shape, window).await?;
    for (number, batch) in batches.into_iter().enumerate() {
        let key = |last: u8| Bytes::from([&(number as u64).to_be_bytes()[..], &[last]].concat());
        let bytes = batch.num_rows() as u64 * 80;
        writer
            .write(Chunk {
                batch,
                first_key: key(0),
                last_key: key(1),
                bytes,
            })
            .await?;
    }
    let file = writer.finish().await?;
    report("written", file.file_bytes, start);

    let start = Instant::now();
    let mut reader = open_verified(&*store, &file, &key, &Scratch::new(directory.path())).await?;
    while reader.next().await?.is_some() {}
    report("read", file.file_bytes, start);
    Ok(())
}

fn report(what: &str, bytes: u64, start: Instant) {
    let seconds = start.elapsed().as_secs_f64();
    let rate = ROWS as f64 / seconds / 1e6;
    println!(
        "{what}: {rate:.2} M rows/s, {:.1} bytes a row in the file, {seconds:.2} s",
        bytes as f64 / ROWS as f64
    );
}

fn schema() -> SchemaRef {
    let field = |id: u32, name: &str, data_type| {
        let id = [("PARQUET:field_id".to_owned(), id.to_string())].into();
        Field::new(name, data_type, false).with_metadata(id)
    };
    Arc::new(Schema::new(vec![
        field(1, "id", DataType::Int64),
        field(2, "branch", DataType::Int64),
        field(3, "balance", DataType::Decimal128(15, 2)),
        field(4, "note", DataType::Utf8),
        field(5, "at", DataType::Timestamp(TimeUnit::Microsecond, None)),
    ]))
}

/// Values from a small generator of noise: half of the note is as random as text may be.
fn batch(number: i64) -> Result<RecordBatch, Box<dyn Error>> {
    let ids: Vec<i64> = (number * BATCH..(number + 1) * BATCH).collect();
    let noise = |id: i64| {
        (id as u64)
            .wrapping_add(1)
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .rotate_left(29)
            .wrapping_mul(0xBF58_476D_1CE4_E5B9)
    };
    let notes: Vec<String> = ids
        .iter()
        .map(|id| format!("customer {:016x} pays {:016x}", noise(*id), id))
        .collect();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from(ids.clone())),
        Arc::new(Int64Array::from_iter_values(
            ids.iter().map(|id| (noise(*id) % 100) as i64),
        )),
        Arc::new(
            Decimal128Array::from_iter_values(
                ids.iter().map(|id| i128::from(noise(*id) % 10_000_000)),
            )
            .with_precision_and_scale(15, 2)?,
        ),
        Arc::new(StringArray::from(notes)),
        Arc::new(TimestampMicrosecondArray::from_iter_values(ids.iter().map(
            |id| 1_700_000_000_000_000 + id * 1_000 + (noise(*id) % 1000) as i64,
        ))),
    ];
    Ok(RecordBatch::try_new(schema(), columns)?)
}
