//! Rows of all types, one at a time and in batches, give the same bytes and come back the same; bytes that were
//! changed on the way are refused or read as some row, but never panic.

use bytes::Bytes;
use cairn_catalog::{ColumnId, ColumnType, Direction, TableDescriptor};
use cairn_storage::{Entries, Revisions, Version};
use proptest::prelude::*;

use crate::samples::{
    TYPES, any_direction, column, part, row_of, same, table, wide_table, without_nul,
};
use crate::{
    BatchDecoder, BatchEncoder, Datum, Error, Fingerprinter, Numeric, TableCodec, batch_from_rows,
    datum_at, index_span, primary_span,
};

fn table_and_rows() -> impl Strategy<Value = (TableDescriptor, Vec<Vec<Datum>>)> {
    (any::<[bool; TYPES.len()]>(), any_direction()).prop_flat_map(|(in_key, direction)| {
        let table = wide_table(in_key, direction);
        let rows = prop::collection::vec(row_of(&table).prop_map(without_nul), 0..4);
        (Just(table), rows)
    })
}

/// What a key keeps of a value: zero without its sign, a number without the zeros at its end.
fn kept(table: &TableDescriptor, row: &[Datum]) -> Vec<Datum> {
    let kept = |(datum, column): (&Datum, &cairn_catalog::ColumnDescriptor)| match datum {
        Datum::Float8(value) if table.is_primary_key(column.id) => Datum::Float8(value + 0.0),
        Datum::Float4(value) if table.is_primary_key(column.id) => Datum::Float4(value + 0.0),
        Datum::Numeric(value) if table.is_primary_key(column.id) => {
            Datum::Numeric(Numeric::from_ordered(value.ordered()).unwrap())
        }
        other => other.clone(),
    };
    row.iter().zip(&table.columns).map(kept).collect()
}

fn assert_same(a: &[Datum], b: &[Datum]) {
    assert!(
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        "{a:?}\n{b:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn rows_and_batches_agree((table, rows) in table_and_rows()) {
        let codec = TableCodec::new(&table).unwrap();
        let batch = batch_from_rows(&table.columns, &rows).unwrap();
        let mut revisions = Revisions::new();
        let encoder = BatchEncoder::new(&table).unwrap();
        encoder.encode(&batch, Version(7), &mut revisions).unwrap();
        let mut entries = Entries::new();
        for (row, revision) in rows.iter().zip(revisions.iter()) {
            let (key, value) = codec.encode(row).unwrap();
            prop_assert_eq!((revision.key, revision.value), (key.as_ref(), Some(value.as_ref())));
            prop_assert!(primary_span(&table).contains(&key));
            assert_same(&codec.decode(&key, &value).unwrap(), &kept(&table, row));
            entries.push(&key, Version(7), &value);
        }
        let decoded = BatchDecoder::all(&table).unwrap().decode(&entries).unwrap();
        prop_assert_eq!(decoded.num_rows(), rows.len());
        for (place, row) in rows.iter().enumerate() {
            let read: Vec<Datum> = table.columns.iter().zip(decoded.columns())
                .map(|(column, array)| datum_at(array, place, &column.ty).unwrap()).collect();
            assert_same(&read, &kept(&table, row));
        }
        let by_ids = BatchEncoder::for_schema(&table, &decoded.schema()).unwrap();
        let mut again = Revisions::new();
        by_ids.encode(&decoded, Version(7), &mut again).unwrap();
        prop_assert_eq!(again, revisions.clone());
        let fingerprinter = Fingerprinter::new(&table).unwrap();
        prop_assert_eq!(
            fingerprinter.entries(&entries).unwrap(),
            fingerprinter.revisions(&revisions).unwrap()
        );
    }

    #[test]
    fn projections_are_parts_of_the_whole((table, rows) in table_and_rows(), wanted in prop::sample::subsequence((0..2 * TYPES.len()).collect::<Vec<_>>(), 0..2 * TYPES.len()).prop_shuffle()) {
        let codec = TableCodec::new(&table).unwrap();
        let mut entries = Entries::new();
        for row in &rows {
            let (key, value) = codec.encode(row).unwrap();
            entries.push(&key, Version(7), &value);
        }
        let ids: Vec<ColumnId> = wanted.iter().map(|place| table.columns[*place].id).collect();
        let some = BatchDecoder::new(&table, &ids).unwrap().decode(&entries).unwrap();
        let all = BatchDecoder::all(&table).unwrap().decode(&entries).unwrap();
        prop_assert_eq!(some, all.project(&wanted).unwrap());
    }

    #[test]
    fn index_entries_lead_back((table, rows) in table_and_rows()) {
        let codec = TableCodec::new(&table).unwrap();
        let batch = batch_from_rows(&table.columns, &rows).unwrap();
        for index in &table.indexes {
            let mut revisions = Revisions::new();
            BatchEncoder::new(&table).unwrap().encode_index(index, &batch, Version(7), &mut revisions).unwrap();
            for (row, revision) in rows.iter().zip(revisions.iter()) {
                let (key, value) = codec.index_entry(index, row).unwrap();
                prop_assert_eq!((revision.key, revision.value), (key.as_ref(), Some(value.as_ref())));
                prop_assert!(index_span(table.id, index.id).contains(&key));
                let primary = codec.primary_key_of_entry(index, &key, &value).unwrap();
                prop_assert_eq!(primary, codec.key(row).unwrap());
            }
        }
    }

    /// One byte changed: an error that names the table, or another row; never a panic.
    #[test]
    fn damage_does_not_panic((table, rows) in table_and_rows(), place: prop::sample::Index, byte: u8, cut: bool) {
        let codec = TableCodec::new(&table).unwrap();
        let decoder = BatchDecoder::all(&table).unwrap();
        for row in &rows {
            let (key, value) = codec.encode(row).unwrap();
            let (mut key, mut value) = (key.to_vec(), value.to_vec());
            let place = place.index(key.len() + value.len());
            if place < key.len() {
                if cut { key.truncate(place) } else { key[place] = byte }
            } else {
                let place = place - key.len();
                if cut { value.truncate(place) } else { value[place] = byte }
            }
            let mut entries = Entries::new();
            entries.push(&key, Version(7), &value);
            let one = codec.decode(&key, &value);
            let many = decoder.decode(&entries);
            if let Err(error) = &many {
                prop_assert!(error.to_string().contains("\"t\""), "{error}");
            }
            // A batch also refuses numbers with too many digits.
            prop_assert!(one.is_ok() || many.is_err(), "{one:?} {many:?}");
            let _ = Fingerprinter::new(&table).unwrap().entries(&entries);
            for index in &table.indexes {
                let _ = codec.primary_key_of_entry(index, &key, &value);
            }
        }
    }
}

fn people() -> TableDescriptor {
    let columns = vec![
        column(1, "id", ColumnType::Int8),
        column(2, "name", ColumnType::String { max: None }),
        column(3, "age", ColumnType::Int4),
    ];
    table(columns, vec![part(1, Direction::Ascending)])
}

/// A row written before a column was added reads as the column's missing value, not as NULL; a column that was
/// dropped is passed over.
#[test]
fn absent_columns_have_their_missing_value() {
    let old = people();
    let row = [Datum::Int8(1), Datum::String("ada".into()), Datum::Int4(36)];
    let (key, value) = TableCodec::new(&old).unwrap().encode(&row).unwrap();

    let mut new = people();
    new.columns.remove(1);
    let mut added = column(9, "city", ColumnType::String { max: None });
    added.missing_value = Some("london".into());
    new.columns.insert(1, added);
    new.columns.push(column(10, "note", ColumnType::Bytes));
    new.next_column = ColumnId(11);
    let codec = TableCodec::new(&new).unwrap();
    let wanted = [
        Datum::Int8(1),
        Datum::String("london".into()),
        Datum::Int4(36),
        Datum::Null,
    ];
    assert_same(&codec.decode(&key, &value).unwrap(), &wanted);

    let mut entries = Entries::new();
    entries.push(&key, Version(1), &value);
    let batch = BatchDecoder::all(&new).unwrap().decode(&entries).unwrap();
    assert_eq!(
        batch,
        batch_from_rows(&new.columns, &[wanted.to_vec()]).unwrap()
    );

    // The fingerprint is that of the same row written after the change.
    let (new_key, new_value) = codec.encode(&wanted).unwrap();
    let mut rewritten = Entries::new();
    rewritten.push(&new_key, Version(2), &new_value);
    let of_new = Fingerprinter::new(&new).unwrap();
    let of_old = Fingerprinter::new(&old).unwrap();
    let fingerprint = of_new.entries(&entries).unwrap();
    assert_eq!(fingerprint, of_new.entries(&rewritten).unwrap());
    assert_ne!(fingerprint, of_old.entries(&entries).unwrap());

    // A data file of the old shape, restored into the new one.
    let batch = BatchDecoder::all(&old).unwrap().decode(&entries).unwrap();
    let mut revisions = Revisions::new();
    BatchEncoder::for_schema(&new, &batch.schema())
        .unwrap()
        .encode(&batch, Version(2), &mut revisions)
        .unwrap();
    assert_eq!(revisions.get(0).unwrap().value, Some(new_value.as_ref()));
}

#[test]
fn what_cannot_be_stored_is_refused() {
    let table = people();
    let codec = TableCodec::new(&table).unwrap();
    let name = || Datum::String("ada".into());
    let null_key = codec
        .encode(&[Datum::Null, name(), Datum::Null])
        .unwrap_err();
    assert_eq!(
        null_key.to_string(),
        "null value in column \"id\" of relation \"t\" violates not-null constraint"
    );
    let wrong = codec
        .encode(&[Datum::Int4(1), name(), Datum::Null])
        .unwrap_err();
    assert!(matches!(wrong, Error::Shape { .. }), "{wrong}");
    let short = codec.encode(&[Datum::Int8(1)]).unwrap_err();
    assert!(matches!(short, Error::Shape { .. }), "{short}");

    let mut narrow = people();
    narrow.columns[1].ty = ColumnType::String { max: Some(2) };
    let batch = batch_from_rows(&table.columns, &[[Datum::Int8(1), name(), Datum::Null]]).unwrap();
    let error = BatchEncoder::new(&narrow)
        .unwrap()
        .encode(&batch, Version(1), &mut Revisions::new())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "value too long for type character varying(2)"
    );
}

/// A unique index over a NULL: two such rows do not collide.
#[test]
fn nulls_are_never_equal_in_a_unique_index() {
    let mut table = people();
    let index = table
        .push_index(
            "by_name",
            true,
            vec![part(2, Direction::Ascending)],
            Default::default(),
        )
        .unwrap();
    let codec = TableCodec::new(&table).unwrap();
    let entry = |id, name: Datum| {
        codec
            .index_entry(&index, &[Datum::Int8(id), name, Datum::Null])
            .unwrap()
    };
    let ada = Datum::String("ada".into());
    assert_eq!(entry(1, ada.clone()).0, entry(2, ada.clone()).0);
    assert_eq!(entry(1, ada).1, Bytes::from_static(&[0x81, 1]));
    assert_ne!(entry(1, Datum::Null).0, entry(2, Datum::Null).0);
    assert!(entry(1, Datum::Null).1.is_empty());
}
