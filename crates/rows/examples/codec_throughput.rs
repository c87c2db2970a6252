//! How fast rows become batches and batches rows: `cargo run --release -p cairn-rows --example codec_throughput`.
//!
//! One table of five columns and about 80 bytes a row, as in the goals for BACKUP and RESTORE.
#![expect(clippy::disallowed_methods, reason = "a benchmark measures time")]

use std::error::Error;
use std::time::Instant;

use cairn_catalog::{
    ColumnDescriptor, ColumnId, ColumnType, DatabaseId, Direction, IndexColumn, StepState,
    TableDescriptor, TableId,
};
use cairn_rows::{BatchDecoder, BatchEncoder, Datum, Fingerprinter, TableCodec};
use cairn_storage::{Entries, Revisions, Version};

const ROWS: usize = 20_000;
const ROUNDS: usize = 50;

fn main() -> Result<(), Box<dyn Error>> {
    let mut table = table();
    let by_amount = vec![IndexColumn {
        column: ColumnId(3),
        direction: Direction::Descending,
    }];
    let index = table.push_index("by_amount", false, by_amount, StepState::Public)?;
    let codec = TableCodec::new(&table)?;
    let mut entries = Entries::new();
    let mut bytes = 0;
    for id in 0..ROWS as i64 {
        let row = [
            Datum::Int8(1_000_000 + id),
            Datum::String(format!(
                "customer {id:08} of the bank, somewhere in the city"
            )),
            Datum::Decimal(i128::from(id * 7_919 % 10_000_000)),
            Datum::Timestamp(1_790_000_000_000_000 + id),
            Datum::Int4((id % 97) as i32),
        ];
        let (key, value) = codec.encode(&row)?;
        bytes += key.len() + value.len();
        entries.push(&key, Version(1), &value);
    }
    println!("{} bytes a row", bytes / ROWS);

    let all = BatchDecoder::all(&table)?;
    let batch = all.decode(&entries)?;
    measure("decode, all columns", || Ok(all.decode(&entries)?))?;
    let one = BatchDecoder::new(&table, &[ColumnId(3)])?;
    measure("decode, one column", || Ok(one.decode(&entries)?))?;
    let encoder = BatchEncoder::new(&table)?;
    let mut out = Revisions::new();
    measure("encode", || {
        out.clear();
        Ok(encoder.encode(&batch, Version(1), &mut out)?)
    })?;
    measure("encode an index", || {
        out.clear();
        Ok(encoder.encode_index(&index, &batch, Version(1), &mut out)?)
    })?;
    let fingerprinter = Fingerprinter::new(&table)?;
    measure("fingerprint", || Ok(fingerprinter.entries(&entries)?))?;
    measure("one row at a time", || {
        for entry in entries.iter() {
            codec.decode(entry.key, entry.value)?;
        }
        Ok(())
    })
}

/// Prints the rows a second of the best of several rounds.
fn measure<T>(
    what: &str,
    mut work: impl FnMut() -> Result<T, Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        work()?;
        best = best.min(start.elapsed().as_secs_f64());
    }
    println!("{what:20} {:6.1} M rows/s", ROWS as f64 / best / 1e6);
    Ok(())
}

fn table() -> TableDescriptor {
    let column = |id, name: &str, ty| ColumnDescriptor::new(ColumnId(id), name, ty);
    let columns = vec![
        column(1, "id", ColumnType::Int8),
        column(2, "name", ColumnType::String { max: None }),
        column(
            3,
            "amount",
            ColumnType::Decimal {
                precision: 12,
                scale: 2,
            },
        ),
        column(4, "at", ColumnType::Timestamp),
        column(5, "branch", ColumnType::Int4),
    ];
    let key = vec![IndexColumn {
        column: ColumnId(1),
        direction: Direction::Ascending,
    }];
    TableDescriptor {
        id: TableId(100),
        ..TableDescriptor::new(DatabaseId(100), "accounts", columns, key)
    }
}
