//! Chunks without wanted columns.

use cairn_catalog::{ColumnType, Direction};
use cairn_storage::Version;

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
