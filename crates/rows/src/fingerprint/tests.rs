//! The numbers below are for ever: backups carry them. (Also in docs/keys.md.)

use cairn_catalog::{ColumnDescriptor, ColumnType, Direction};
use cairn_storage::Version;

use super::*;
use crate::samples::{column, part, table};
use crate::{Datum, TableCodec};

fn people() -> TableDescriptor {
    let columns = vec![
        column(1, "id", ColumnType::Int8),
        column(2, "name", ColumnType::String { max: None }),
        column(
            3,
            "balance",
            ColumnType::Decimal {
                precision: 12,
                scale: 2,
            },
        ),
    ];
    table(columns, vec![part(1, Direction::Ascending)])
}

fn rows() -> Vec<[Datum; 3]> {
    vec![
        [
            Datum::Int8(1),
            Datum::String("ada".into()),
            Datum::Decimal(12_345),
        ],
        [Datum::Int8(2), Datum::Null, Datum::Decimal(-1)],
    ]
}

fn fingerprint(table: &TableDescriptor, rows: &[[Datum; 3]]) -> Fingerprint {
    let codec = TableCodec::new(table).unwrap();
    let mut entries = Entries::new();
    for row in rows {
        let (key, value) = codec.encode(row).unwrap();
        entries.push(&key, Version(9), &value);
    }
    Fingerprinter::new(table)
        .unwrap()
        .entries(&entries)
        .unwrap()
}

#[test]
fn vectors() {
    let table = people();
    assert_eq!(fingerprint(&table, &[]).to_string(), "0".repeat(32));
    assert_eq!(
        fingerprint(&table, &rows()[..1]).to_string(),
        "e4e5f7ac3277d8c0f868d016d195ee3b"
    );
    assert_eq!(
        fingerprint(&table, &rows()).to_string(),
        "6e1e2c7aa9c2b04d70dccaac8413a64b"
    );
    assert_eq!(
        "6e1e2c7aa9c2b04d70dccaac8413a64b".parse(),
        Ok(fingerprint(&table, &rows()))
    );
}

/// Neither the order of the rows nor where they are stored matters; everything in them does.
#[test]
fn content_is_all_that_matters() {
    let table = people();
    let whole = fingerprint(&table, &rows());
    let mut reversed = rows();
    reversed.reverse();
    assert_eq!(whole, fingerprint(&table, &reversed));
    let elsewhere = TableDescriptor {
        id: cairn_storage::TableId(777),
        ..people()
    };
    assert_eq!(whole, fingerprint(&elsewhere, &rows()));

    let mut parts = fingerprint(&table, &rows()[..1]);
    parts.add(fingerprint(&table, &rows()[1..]));
    assert_eq!(whole, parts);
    parts.subtract(fingerprint(&table, &rows()[..1]));
    assert_eq!(parts, fingerprint(&table, &rows()[1..]));

    for change in [[1, 0, 0], [0, 1, 0], [0, 0, 1]] {
        let mut other = rows();
        if change[0] == 1 {
            other[0][0] = Datum::Int8(3);
        }
        if change[1] == 1 {
            other[1][1] = Datum::String(String::new());
        }
        if change[2] == 1 {
            other[1][2] = Datum::Null;
        }
        assert_ne!(whole, fingerprint(&table, &other));
    }
}

/// What reads the same when it is absent goes, whatever else the row has; a NULL stays where the missing value is another.
#[test]
fn a_thin_row_is_the_same_row() {
    let before = people();
    let mut columns = people().columns;
    columns.push(ColumnDescriptor {
        missing_value: Some("long".into()),
        ..column(4, "later", ColumnType::String { max: None })
    });
    let after = table(columns, vec![part(1, Direction::Ascending)]);
    let of_after = Fingerprinter::new(&after).unwrap();
    let (_, stored) = TableCodec::new(&before)
        .unwrap()
        .encode(&rows()[0])
        .unwrap();
    let (mut filled, mut thin) = (Vec::new(), Vec::new());
    of_after.fill(&stored, &mut filled).unwrap();
    of_after.thin(&filled, &mut thin).unwrap();
    assert!(filled.len() > stored.len());
    assert_eq!(thin, stored);

    let mut null = rows()[0].to_vec();
    null.push(Datum::Null);
    let (_, stored) = TableCodec::new(&after).unwrap().encode(&null).unwrap();
    thin.clear();
    of_after.thin(&stored, &mut thin).unwrap();
    assert_eq!(thin, stored);
}
