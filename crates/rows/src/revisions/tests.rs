//! Revisions under changing columns, there and back.

use arrow::datatypes::Int64Type;
use cairn_catalog::{ColumnType, Direction};
use cairn_storage::Engine;
use cairn_storage::clock::Clock;
use cairn_storage::memory::Memory;

use super::*;
use crate::samples::{column, part, table};
use crate::{Datum, Fingerprinter, TableCodec};

const TEXT: ColumnType = ColumnType::String { max: None };

fn people(more: Vec<ColumnDescriptor>) -> TableDescriptor {
    let mut columns = vec![column(1, "id", ColumnType::Int8), column(2, "name", TEXT)];
    columns.extend(more);
    table(columns, vec![part(1, Direction::Ascending)])
}

fn engine() -> Memory {
    Memory::new(Clock::manual(9_000_000).0)
}

/// A deletion travels with its key, its version and its time; the other columns are NULL even where the table says NOT NULL.
#[test]
fn deletions_are_rows_of_a_history() {
    let mut table = people(vec![]);
    table.columns[1].nullable = false;
    let codec = TableCodec::new(&table).unwrap();
    let row = [Datum::Int8(1), Datum::String("ada".into())];
    let (key, value) = codec.encode(&row).unwrap();
    let mut revisions = Revisions::new();
    revisions.push(&key, Version(2_000_000), None);
    revisions.push(&key, Version(1_000_000), Some(&value));
    let dated = [(Version(0), &table)];
    let decoder = RevisionDecoder::new(&WindowShape::new(&dated).unwrap()).unwrap();
    let batch = decoder.decode(&revisions, engine().timeline()).unwrap();
    let schema = batch.schema();
    let names: Vec<_> = schema.fields().iter().map(|field| field.name()).collect();
    assert_eq!(names, ["id", "name", "_version", "_time", "_deleted"]);
    assert_eq!(
        batch.column(0).as_primitive::<Int64Type>().values(),
        &[1, 1]
    );
    assert!(batch.column(1).is_null(0) && batch.column(1).is_valid(1));
    let versions = batch.column(2).as_primitive::<UInt64Type>();
    assert_eq!(versions.values(), &[2_000_000, 1_000_000]);
    let times = batch.column(3).as_primitive::<TimestampMicrosecondType>();
    assert_eq!(times.values(), &[2_000_000, 1_000_000]);
    assert!(batch.column(4).as_boolean().value(0) && !batch.column(4).as_boolean().value(1));
}

/// A row keeps the columns that it was written with: one that came later reads as its missing value, one that was there as NULL
/// stays NULL, and one that was dropped is there for the instants before.
#[test]
fn each_revision_has_the_columns_of_its_own_version() {
    let before = people(vec![column(3, "gone", ColumnType::Int8)]);
    let mut after = people(vec![column(4, "gone", ColumnType::Int8)]);
    after.columns[2].missing_value = Some("7".into());
    let dated = [(Version(0), &before), (Version(10), &after)];
    let (old, new) = (
        TableCodec::new(&before).unwrap(),
        TableCodec::new(&after).unwrap(),
    );
    let ada = Datum::String("ada".into());
    let mut stored = Revisions::new();
    let (key, value) = new
        .encode(&[Datum::Int8(1), ada.clone(), Datum::Null])
        .unwrap();
    stored.push(&key, Version(12), Some(&value));
    let (_, value) = old
        .encode(&[Datum::Int8(1), ada.clone(), Datum::Int8(3)])
        .unwrap();
    stored.push(&key, Version(5), Some(&value));
    let decoder = RevisionDecoder::new(&WindowShape::new(&dated).unwrap()).unwrap();
    let names: Vec<_> = decoder
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect();
    assert_eq!(
        names,
        [
            "id", "name", "gone", "gone_3", "_version", "_time", "_deleted"
        ]
    );
    let batch = decoder.decode(&stored, engine().timeline()).unwrap();
    let prefix = Prefix::new(before.id, before.primary.id);
    let encoder = RevisionEncoder::new(prefix, &dated, &batch.schema()).unwrap();
    let mut back = Revisions::new();
    encoder.encode(&batch, Version(0), &mut back).unwrap();
    assert_eq!(back, stored);
    let mut filled = Vec::new();
    Fingerprinter::new(&after)
        .unwrap()
        .fill(&value, &mut filled)
        .unwrap();
    assert_eq!(
        new.decode(&key, &filled).unwrap(),
        [Datum::Int8(1), ada, Datum::Int8(7)]
    );
}

/// The name that an older column gets is not another's, be that one in the table still or dropped, too.
#[test]
fn an_older_column_of_a_name_takes_no_other_columns_name() {
    let names = |before: &TableDescriptor, after: &TableDescriptor| {
        let dated = [(Version(0), before), (Version(10), after)];
        let shape = WindowShape::new(&dated).unwrap();
        let columns = shape.table().unwrap().columns.iter();
        columns
            .map(|column| column.name.clone())
            .collect::<Vec<_>>()
    };
    let before = people(vec![column(3, "home", TEXT), column(4, "home_3", TEXT)]);
    let beside = people(vec![column(4, "home_3", TEXT), column(5, "home", TEXT)]);
    assert_eq!(
        names(&before, &beside),
        ["id", "name", "home_3", "home", "home_3_3"]
    );
    let without = people(vec![column(5, "home", TEXT)]);
    assert_eq!(
        names(&before, &without),
        ["id", "name", "home", "home_3_3", "home_3"]
    );
}

/// A row written in the very commit that adds a column, but before it was added, has not got it.
#[test]
fn a_column_that_the_stored_row_lacks_is_carried_as_its_missing_value() {
    let before = people(vec![]);
    let mut after = people(vec![column(3, "more", ColumnType::Int8)]);
    after.columns[2].missing_value = Some("7".into());
    let row = [Datum::Int8(1), Datum::String("ada".into())];
    let (key, value) = TableCodec::new(&before).unwrap().encode(&row).unwrap();
    let mut stored = Revisions::new();
    stored.push(&key, Version(10), Some(&value));
    let dated = [(Version(0), &before), (Version(10), &after)];
    let decoder = RevisionDecoder::new(&WindowShape::new(&dated).unwrap()).unwrap();
    let batch = decoder.decode(&stored, engine().timeline()).unwrap();
    assert_eq!(batch.column(2).as_primitive::<Int64Type>().value(0), 7);
}

#[test]
fn columns_of_the_users_do_not_hide_those_of_revisions() {
    let table = people(vec![
        column(3, "_version", TEXT),
        column(4, "__version", TEXT),
    ]);
    let shape = WindowShape::new(&[(Version(0), &table)]).unwrap();
    let decoder = RevisionDecoder::new(&shape).unwrap();
    let names: Vec<_> = decoder
        .schema()
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect();
    assert_eq!(names[4..], ["___version", "_time", "_deleted"]);
}
