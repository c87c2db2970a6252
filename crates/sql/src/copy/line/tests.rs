//! What goes out comes in again as the same values, for all types, both formats and awkward options.

use arrow::datatypes::Field;
use cairn_catalog::{ColumnDescriptor, ColumnId, ColumnType};
use cairn_copy::{Fields, Splitter};
use cairn_rows::{Datum, batch_from_rows};
use cairn_syntax::{CopyFormat, CopyOptions};
use proptest::prelude::*;

use super::*;

const TYPES: [ColumnType; 12] = [
    ColumnType::Bool,
    ColumnType::Int2,
    ColumnType::Int4,
    ColumnType::Int8,
    ColumnType::Float8,
    ColumnType::Decimal {
        precision: 38,
        scale: 10,
    },
    ColumnType::String { max: None },
    ColumnType::Bytes,
    ColumnType::Date,
    ColumnType::Timestamp,
    ColumnType::TimestampTz,
    ColumnType::Uuid,
];

fn columns(types: &[ColumnType]) -> Vec<ColumnDescriptor> {
    let column = |(place, ty): (usize, &ColumnType)| {
        ColumnDescriptor::new(ColumnId(place as u32 + 1), &format!("c{place}"), *ty)
    };
    types.iter().enumerate().map(column).collect()
}

fn options(format: CopyFormat) -> CopyOptions {
    CopyOptions {
        format,
        delimiter: None,
        null: None,
        header: false,
        quote: None,
        escape: None,
    }
}

fn formats() -> Vec<Format> {
    let csv = CopyOptions {
        delimiter: Some(':'),
        null: Some("a".into()),
        quote: Some('-'),
        ..options(CopyFormat::Csv)
    };
    let escaped = CopyOptions {
        escape: Some('\\'),
        quote: Some('\''),
        ..options(CopyFormat::Csv)
    };
    let text = CopyOptions {
        delimiter: Some(','),
        // One that a text could be would be read as NULL, in PostgreSQL too.
        null: Some("\\Q".into()),
        ..options(CopyFormat::Text)
    };
    [
        options(CopyFormat::Text),
        options(CopyFormat::Csv),
        csv,
        escaped,
        text,
    ]
    .iter()
    .map(|options| Format::new(options).unwrap())
    .collect()
}

fn text() -> impl Strategy<Value = String> {
    let awkward = prop::sample::select(vec![
        "\\",
        "\"",
        "'",
        ",",
        ":",
        "-",
        "\n",
        "\r",
        "\t",
        "\\N",
        "\\.",
        "NULL",
        "a",
        "",
        "ä",
        "\u{1F600}",
        "\u{b}",
    ]);
    prop::collection::vec(awkward, 0..5).prop_map(|parts| parts.concat())
}

fn datum(ty: ColumnType) -> BoxedStrategy<Datum> {
    // What the calendar of PostgreSQL can hold: years 1 to 9999 are enough here.
    let micros = -62_135_596_800_000_000i64..253_402_300_800_000_000;
    let value = match ty {
        ColumnType::Bool => any::<bool>().prop_map(Datum::Bool).boxed(),
        ColumnType::Int2 => any::<i16>().prop_map(Datum::Int2).boxed(),
        ColumnType::Int4 => any::<i32>().prop_map(Datum::Int4).boxed(),
        ColumnType::Int8 => any::<i64>().prop_map(Datum::Int8).boxed(),
        ColumnType::Float8 => any::<f64>().prop_map(Datum::Float8).boxed(),
        ColumnType::Decimal { .. } => any::<i64>()
            .prop_map(|value| Datum::Decimal(i128::from(value) * 7_777))
            .boxed(),
        ColumnType::String { .. } => text().prop_map(Datum::String).boxed(),
        ColumnType::Bytes => prop::collection::vec(any::<u8>(), 0..6)
            .prop_map(Datum::Bytes)
            .boxed(),
        ColumnType::Date => (-719_162i32..2_932_896).prop_map(Datum::Date).boxed(),
        ColumnType::Timestamp => micros.prop_map(Datum::Timestamp).boxed(),
        ColumnType::TimestampTz => micros.prop_map(Datum::TimestampTz).boxed(),
        _ => any::<[u8; 16]>().prop_map(Datum::Uuid).boxed(),
    };
    prop_oneof![1 => Just(Datum::Null), 6 => value].boxed()
}

fn row(types: &[ColumnType]) -> Vec<BoxedStrategy<Datum>> {
    types.iter().map(|ty| datum(*ty)).collect()
}

fn round_trip(format: &Format, types: &[ColumnType], rows: &[Vec<Datum>]) -> Vec<Vec<Datum>> {
    let batch = batch_from_rows(&columns(types), rows).unwrap();
    let lines = lines(format, &batch).unwrap();
    let mut splitter = Splitter::new(format);
    for piece in lines.as_bytes().chunks(7) {
        splitter.push(piece).unwrap();
    }
    splitter.finish().unwrap();
    let block = splitter.take(0).unwrap_or_default();
    let mut fields = Fields::default();
    let read = |(_, record): (u64, &[u8])| {
        fields.read(format, record).unwrap();
        assert_eq!(fields.count(), types.len(), "{lines:?}");
        let value = |(place, ty)| {
            fields
                .get(place)
                .map_or(Datum::Null, |text| Datum::parse_text(ty, text).unwrap())
        };
        types.iter().enumerate().map(value).collect()
    };
    block.records().map(read).collect()
}

proptest! {
    #[test]
    fn rows_of_all_types_come_back(rows in prop::collection::vec(row(&TYPES), 0..4)) {
        for format in formats() {
            prop_assert_eq!(round_trip(&format, &TYPES, &rows), rows.clone());
        }
    }

    /// One text alone on a line is the one that may look like the end marker, or like nothing.
    #[test]
    fn lone_texts_come_back(rows in prop::collection::vec(row(&[TYPES[6]]), 0..4)) {
        for format in formats() {
            prop_assert_eq!(round_trip(&format, &TYPES[6..7], &rows), rows.clone());
        }
    }
}

#[test]
fn text_and_csv_look_as_in_postgresql() {
    let types = [
        ColumnType::Int4,
        ColumnType::String { max: None },
        ColumnType::Bytes,
        ColumnType::Bool,
    ];
    let text = |text: &str| Datum::String(text.to_owned());
    let rows = [
        vec![
            Datum::Int4(-1),
            text("a\tb\\"),
            Datum::Bytes(vec![1, 255]),
            Datum::Bool(true),
        ],
        vec![Datum::Null, text(""), Datum::Null, Datum::Null],
        vec![
            Datum::Int4(2),
            text("say \"x\",\n"),
            Datum::Bytes(Vec::new()),
            Datum::Bool(false),
        ],
    ];
    let batch = batch_from_rows(&columns(&types), &rows).unwrap();
    let (plain, csv) = (&formats()[0], &formats()[1]);
    assert_eq!(
        lines(plain, &batch).unwrap(),
        "-1\ta\\tb\\\\\t\\\\x01ff\tt\n\\N\t\t\\N\t\\N\n2\tsay \"x\",\\n\t\\\\x\tf\n"
    );
    assert_eq!(
        lines(csv, &batch).unwrap(),
        "-1,a\tb\\,\\x01ff,t\n,\"\",,\n2,\"say \"\"x\"\",\n\",\\x,f\n"
    );
    assert_eq!(header(csv, &batch.schema()), "c0,c1,c2,c3\n");
}

#[test]
fn what_has_no_text_is_refused_by_name() {
    let schema = Schema::new(vec![Field::new(
        "d",
        DataType::Duration(TimeUnit::Second),
        true,
    )]);
    assert_eq!(
        check(&schema).unwrap_err().sqlstate,
        crate::SqlState::FeatureNotSupported
    );
}
