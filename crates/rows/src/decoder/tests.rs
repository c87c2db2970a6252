//! Revisions as batches, and chunks without wanted columns.

use arrow::array::AsArray;
use arrow::datatypes::{Int8Type, TimestampMicrosecondType, UInt64Type};
use cairn_catalog::{ColumnType, Direction};
use cairn_storage::clock::Clock;
use cairn_storage::memory::Memory;
use cairn_storage::{Engine, Version};

use super::*;
use crate::TableCodec;
use crate::samples::{column, part, table};

fn people() -> TableDescriptor {
    let columns = vec![
        column(1, "id", ColumnType::Int8),
        column(2, "name", ColumnType::String { max: None }),
    ];
    table(columns, vec![part(1, Direction::Ascending)])
}

/// A deletion travels with its key, its version and its time; the other columns are NULL even where the table says
/// NOT NULL.
#[test]
fn deletions_are_rows_of_a_history() {
    let mut table = people();
    table.columns[1].nullable = false;
    let codec = TableCodec::new(&table).unwrap();
    let (key, value) = codec
        .encode(&[Datum::Int8(1), Datum::String("ada".into())])
        .unwrap();
    let mut revisions = Revisions::new();
    revisions.push(&key, Version(2_000_000), None);
    revisions.push(&key, Version(1_000_000), Some(&value));
    let (clock, _) = Clock::manual(3_000_000);
    let engine = Memory::new(clock);
    let batch = BatchDecoder::all(&table)
        .unwrap()
        .decode_revisions(&revisions, engine.timeline())
        .unwrap();
    let names: Vec<_> = batch
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect();
    assert_eq!(names, ["id", "name", "_version", "_time", "_deleted"]);
    assert_eq!(
        batch
            .column(0)
            .as_primitive::<arrow::datatypes::Int64Type>()
            .values(),
        &[1, 1]
    );
    assert!(batch.column(1).is_null(0) && batch.column(1).is_valid(1));
    assert_eq!(
        batch.column(2).as_primitive::<UInt64Type>().values(),
        &[2_000_000, 1_000_000]
    );
    assert_eq!(
        batch
            .column(3)
            .as_primitive::<TimestampMicrosecondType>()
            .values(),
        &[2_000_000, 1_000_000]
    );
    assert!(batch.column(4).as_boolean().value(0) && !batch.column(4).as_boolean().value(1));
    assert!(batch.column(0).as_primitive_opt::<Int8Type>().is_none());
}

/// COUNT(*) wants no columns, but the rows must be counted.
#[test]
fn no_columns_are_still_rows() {
    let table = people();
    let codec = TableCodec::new(&table).unwrap();
    let mut entries = Entries::new();
    for id in 0..3 {
        let (key, value) = codec.encode(&[Datum::Int8(id), Datum::Null]).unwrap();
        entries.push(&key, Version(1), &value);
    }
    let decoder = BatchDecoder::new(&table, &[]).unwrap();
    assert_eq!(decoder.decode(&entries).unwrap().num_rows(), 3);
}

#[test]
fn a_projection_names_columns_of_the_table_once() {
    let table = people();
    for wrong in [[ColumnId(1), ColumnId(1)], [ColumnId(1), ColumnId(9)]] {
        let error = BatchDecoder::new(&table, &wrong).unwrap_err();
        assert!(matches!(error, Error::Shape { .. }), "{error}");
    }
}

/// An error says which table and column cannot be read.
#[test]
fn damage_is_named() {
    let table = people();
    let (key, _) = TableCodec::new(&table)
        .unwrap()
        .encode(&[Datum::Int8(1), Datum::Null])
        .unwrap();
    let decode = |value: &[u8]| {
        let mut entries = Entries::new();
        entries.push(&key, Version(1), value);
        BatchDecoder::all(&table)
            .unwrap()
            .decode(&entries)
            .unwrap_err()
            .to_string()
    };
    let damaged = "the stored rows of table \"t\" are damaged: ";
    assert_eq!(
        decode(&[0x23, 7]),
        format!("{damaged}a value has another type than its column (column \"name\")")
    );
    assert_eq!(
        decode(&[0x29, 1, 0xFF]),
        format!("{damaged}a text is not UTF-8 (column \"name\")")
    );
    assert_eq!(
        decode(&[0x29, 9]),
        format!("{damaged}a value ends inside a column")
    );
}
