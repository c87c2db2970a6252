//! Batches that do not fit the table are refused before a byte is written.

use cairn_catalog::{ColumnId, ColumnType, Direction};

use super::*;
use crate::samples::{column, part, table};
use crate::{Datum, batch_from_rows};

fn numbers() -> TableDescriptor {
    let columns = vec![
        column(1, "id", ColumnType::Int8),
        column(
            2,
            "n",
            ColumnType::Decimal {
                precision: 4,
                scale: 2,
            },
        ),
        column(3, "s", ColumnType::String { max: None }),
    ];
    table(columns, vec![part(1, Direction::Ascending)])
}

fn encode(table: &TableDescriptor, batch: &RecordBatch) -> Result<usize> {
    let mut out = Revisions::new();
    let result = BatchEncoder::new(table)?.encode(batch, Version(1), &mut out);
    if result.is_err() {
        assert!(out.is_empty());
    }
    result.map(|()| out.len())
}

#[test]
fn limits_hold() {
    let table = numbers();
    let batch =
        |n: Datum, s: Datum| batch_from_rows(&table.columns, &[[Datum::Int8(1), n, s]]).unwrap();
    assert_eq!(
        encode(&table, &batch(Datum::Decimal(9999), Datum::Null)).unwrap(),
        1
    );
    let nul = encode(&table, &batch(Datum::Null, Datum::String("a\0".into()))).unwrap_err();
    assert_eq!(
        nul.to_string(),
        "invalid byte sequence for encoding \"UTF8\": 0x00"
    );
    let mut strict = numbers();
    strict.columns[1].nullable = false;
    let null = encode(&strict, &batch(Datum::Null, Datum::Null)).unwrap_err();
    assert_eq!(
        null.to_string(),
        "null value in column \"n\" of relation \"t\" violates not-null constraint"
    );
}

#[test]
fn other_schemas_are_refused() {
    let table = numbers();
    let mut other = numbers();
    other.columns[1].ty = ColumnType::Int4;
    let batch = batch_from_rows(
        &other.columns,
        &[[Datum::Int8(1), Datum::Int4(1), Datum::Null]],
    )
    .unwrap();
    assert!(matches!(
        encode(&table, &batch).unwrap_err(),
        Error::Shape { .. }
    ));
    let keyless = batch.project(&[1, 2]).unwrap();
    let error = BatchEncoder::for_schema(&table, &keyless.schema()).unwrap_err();
    assert!(
        error.to_string().contains("the key column \"id\""),
        "{error}"
    );
    let nameless = batch_from_rows(&[column(7, "x", ColumnType::Bool)], &[[Datum::Null]]).unwrap();
    assert!(BatchEncoder::for_schema(&table, &nameless.schema()).is_err());
    assert_eq!(
        crate::column_ids(&table, &batch.schema()).unwrap(),
        [ColumnId(1), ColumnId(2), ColumnId(3)]
    );
}
