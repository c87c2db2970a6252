//! Values and tables for the tests: every type, with the values that break codecs.

use cairn_catalog::{
    ColumnDescriptor, ColumnId, ColumnType, DatabaseId, Direction, ElementType, IndexColumn,
    StepState, TableDescriptor, TableId,
};
use proptest::prelude::*;

use crate::interval::MAX_MICROS;
use crate::json::{Json, Key};
use crate::{Datum, Inet, Interval, Numeric};

pub const DECIMAL: ColumnType = ColumnType::Decimal {
    precision: 38,
    scale: 10,
};

pub const TYPES: [ColumnType; 21] = [
    ColumnType::Bool,
    ColumnType::Int2,
    ColumnType::Int4,
    ColumnType::Int8,
    ColumnType::Float8,
    DECIMAL,
    ColumnType::String { max: None },
    ColumnType::Bytes,
    ColumnType::Date,
    ColumnType::Timestamp,
    ColumnType::TimestampTz,
    ColumnType::Uuid,
    ColumnType::Float4,
    ColumnType::Numeric,
    ColumnType::Char { length: 5 },
    ColumnType::Time,
    ColumnType::Interval,
    ColumnType::Inet,
    ColumnType::Jsonb,
    ColumnType::Array(ElementType::Int8),
    ColumnType::Array(ElementType::String { max: None }),
];

/// Ids of the first columns of each pair are below this.
const IDS: u32 = TYPES.len() as u32 * 2 + 1;

pub fn column(id: u32, name: &str, ty: ColumnType) -> ColumnDescriptor {
    ColumnDescriptor::new(ColumnId(id), name, ty)
}

pub fn part(id: u32, direction: Direction) -> IndexColumn {
    IndexColumn {
        column: ColumnId(id),
        direction,
    }
}

/// A table with these columns (ids from 1) and this primary key.
pub fn table(columns: Vec<ColumnDescriptor>, key: Vec<IndexColumn>) -> TableDescriptor {
    TableDescriptor {
        id: TableId(123),
        ..TableDescriptor::new(DatabaseId(100), "t", columns, key)
    }
}

/// A table with two columns of each type; the first of each pair is in the primary key when `in_key` says so and its
/// type can be. Columns stand in the order of their names, ids do not. It has a plain and a unique index over the
/// columns outside.
pub fn wide_table(in_key: [bool; TYPES.len()], direction: Direction) -> TableDescriptor {
    let mut columns = Vec::new();
    let mut key = Vec::new();
    let mut outside = Vec::new();
    for (place, ty) in TYPES.iter().enumerate() {
        let id = place as u32 * 2 + 1;
        columns.push(column(IDS - id, &format!("a{place:02}"), *ty));
        columns.push(column(IDS - id - 1 + 100, &format!("b{place:02}"), *ty));
        match (ty.is_indexable(), in_key[place]) {
            (false, _) => {}
            (true, true) => key.push(part(IDS - id, direction)),
            (true, false) => outside.push(part(IDS - id, direction)),
        }
    }
    if key.is_empty() {
        key.extend(outside.pop());
    }
    outside.push(part(IDS - 2 + 100, Direction::Descending));
    let mut table = table(columns, key);
    let id = table.columns[0].id;
    table
        .push_index("plain", false, outside.clone(), StepState::Public)
        .unwrap();
    table
        .push_index("uniq", true, outside, StepState::Public)
        .unwrap();
    table
        .push_index(
            "short",
            true,
            vec![IndexColumn {
                column: id,
                direction,
            }],
            StepState::Public,
        )
        .unwrap();
    table.check().unwrap();
    table
}

fn awkward_bytes() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        Just(0u8),
        Just(1),
        Just(2),
        Just(0x61),
        Just(0xFD),
        Just(0xFE),
        Just(0xFF),
        any::<u8>()
    ];
    prop::collection::vec(byte, 0..6)
}

fn awkward_text() -> impl Strategy<Value = String> {
    let letter = prop_oneof![
        Just('\0'),
        Just('\u{1}'),
        Just('a'),
        Just('\u{7f}'),
        Just('é'),
        Just('\u{10ffff}'),
        any::<char>()
    ];
    prop::collection::vec(letter, 0..5).prop_map(String::from_iter)
}

fn awkward_int() -> impl Strategy<Value = i64> {
    prop_oneof![
        any::<i64>(),
        -300i64..300,
        // Around every power of two: where lengths change.
        (0u32..64, -2i64..3, any::<bool>()).prop_map(|(bit, near, negative)| {
            let power = 1i64.wrapping_shl(bit).wrapping_add(near);
            if negative {
                power.wrapping_neg()
            } else {
                power
            }
        }),
        Just(i64::MIN),
        Just(i64::MAX),
    ]
}

fn awkward_float() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        Just(0.0),
        Just(-0.0),
        Just(f64::NAN),
        Just(-f64::NAN),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
        Just(f64::MIN_POSITIVE),
        Just(f64::MAX),
        -10.0f64..10.0,
    ]
}

const DECIMAL_LIMIT: i128 = 10i128.pow(38) - 1;

fn awkward_decimal() -> impl Strategy<Value = i128> {
    prop_oneof![
        any::<i128>().prop_map(|value| value % DECIMAL_LIMIT),
        awkward_int().prop_map(i128::from),
        Just(DECIMAL_LIMIT),
        Just(-DECIMAL_LIMIT),
    ]
}

/// Few and many digits, far from the point and near it, equal ones with other scales, NaN and infinities.
fn awkward_numeric() -> impl Strategy<Value = Numeric> {
    let digits = prop_oneof![
        "[0-9]{1,5}",
        "[0-9]{1,60}",
        "[09]{1,4}",
        Just("1".to_owned())
    ];
    let number = (any::<bool>(), digits, -70..70i32, 0..4usize).prop_map(
        |(negative, digits, exponent, zeros)| {
            let sign = if negative { "-" } else { "" };
            let text = format!("{sign}{digits}.{}e{exponent}", "0".repeat(zeros));
            Numeric::parse(&text).unwrap()
        },
    );
    prop_oneof![
        12 => number,
        1 => Just(Numeric::nan()),
        1 => Just(Numeric::infinity(false)),
        1 => Just(Numeric::infinity(true)),
        1 => Just(Numeric::parse("1e400").unwrap()),
        1 => Just(Numeric::parse("-1e-400").unwrap()),
    ]
}

fn awkward_interval() -> impl Strategy<Value = Interval> {
    let field = || awkward_int().prop_map(|value| value as i32);
    let micros = prop_oneof![
        awkward_int().prop_map(|value| value % (MAX_MICROS + 1)),
        (-40i64..40).prop_map(|days| days * 86_400_000_000),
        Just(MAX_MICROS),
        Just(-MAX_MICROS),
    ];
    // Small ones are often of equal length.
    prop_oneof![
        (field(), field(), micros).prop_map(|(months, days, micros)| Interval {
            months,
            days,
            micros
        }),
        (-1..2i32, -31..32i32, -1..2i64).prop_map(|(months, days, hours)| Interval {
            months,
            days,
            micros: hours * 86_400_000_000,
        }),
    ]
}

fn awkward_inet() -> impl Strategy<Value = Inet> {
    let byte = || prop_oneof![Just(0u8), Just(255), Just(10), any::<u8>()];
    prop_oneof![
        ([byte(), byte(), byte(), byte()], 0..=32u8)
            .prop_map(|(octets, prefix)| Inet::from_octets(prefix, &octets).unwrap()),
        (any::<[u8; 16]>(), 0..=128u8)
            .prop_map(|(octets, prefix)| Inet::from_octets(prefix, &octets).unwrap()),
    ]
}

/// Documents without NUL characters, which no JSONB has.
pub fn awkward_json() -> impl Strategy<Value = Json> {
    let text = || awkward_text().prop_map(|text| text.replace('\0', ""));
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        awkward_numeric()
            .prop_filter("a JSON number is finite", Numeric::is_finite)
            .prop_map(Json::Number),
        text().prop_map(Json::String),
    ];
    leaf.prop_recursive(3, 12, 4, move |inner| {
        let members = prop::collection::btree_map(text().prop_map(Key), inner.clone(), 0..4);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Json::Array),
            members.prop_map(Json::Object),
        ]
    })
}

/// A value of the type that is not NULL.
pub fn value_of(ty: ColumnType) -> BoxedStrategy<Datum> {
    match ty {
        ColumnType::Bool => any::<bool>().prop_map(Datum::Bool).boxed(),
        ColumnType::Int2 => awkward_int()
            .prop_map(|value| Datum::Int2(value as i16))
            .boxed(),
        ColumnType::Int4 => awkward_int()
            .prop_map(|value| Datum::Int4(value as i32))
            .boxed(),
        ColumnType::Int8 => awkward_int().prop_map(Datum::Int8).boxed(),
        ColumnType::Float8 => awkward_float().prop_map(Datum::Float8).boxed(),
        ColumnType::Decimal { .. } => awkward_decimal().prop_map(Datum::Decimal).boxed(),
        ColumnType::String { .. } => awkward_text().prop_map(Datum::String).boxed(),
        ColumnType::Bytes => awkward_bytes().prop_map(Datum::Bytes).boxed(),
        ColumnType::Date => awkward_int()
            .prop_map(|value| Datum::Date(value as i32))
            .boxed(),
        ColumnType::Timestamp => awkward_int().prop_map(Datum::Timestamp).boxed(),
        ColumnType::TimestampTz => awkward_int().prop_map(Datum::TimestampTz).boxed(),
        ColumnType::Uuid => any::<[u8; 16]>().prop_map(Datum::Uuid).boxed(),
        ColumnType::Float4 => awkward_float()
            .prop_map(|value| Datum::Float4(value as f32))
            .boxed(),
        ColumnType::Numeric => awkward_numeric().prop_map(Datum::Numeric).boxed(),
        ColumnType::Char { length } => awkward_text()
            .prop_map(move |text| {
                let text: String = text.chars().take(length as usize).collect();
                Datum::String(text.trim_end_matches(' ').to_owned())
            })
            .boxed(),
        ColumnType::Time => prop_oneof![0..=86_400_000_000i64, Just(0), Just(86_400_000_000)]
            .prop_map(Datum::Time)
            .boxed(),
        ColumnType::Interval => awkward_interval().prop_map(Datum::Interval).boxed(),
        ColumnType::Inet => awkward_inet().prop_map(Datum::Inet).boxed(),
        ColumnType::Jsonb => awkward_json()
            .prop_map(|json| Datum::Jsonb(json.to_string()))
            .boxed(),
        ColumnType::Array(element) => prop::collection::vec(datum_of(element.column_type()), 0..4)
            .prop_map(Datum::Array)
            .boxed(),
        _ => unreachable!("the tests know every type"),
    }
}

/// A value of the type, or NULL.
pub fn datum_of(ty: ColumnType) -> BoxedStrategy<Datum> {
    prop_oneof![1 => Just(Datum::Null), 5 => value_of(ty)].boxed()
}

/// A row that the table can hold, but for NUL bytes in texts.
pub fn row_of(table: &TableDescriptor) -> BoxedStrategy<Vec<Datum>> {
    let columns: Vec<_> = table
        .columns
        .iter()
        .map(|column| {
            if column.nullable {
                datum_of(column.ty)
            } else {
                value_of(column.ty)
            }
        })
        .collect();
    columns.boxed()
}

/// A type that a key can have.
pub fn any_key_type() -> impl Strategy<Value = ColumnType> {
    let types = TYPES.iter().copied().filter(ColumnType::is_indexable);
    prop::sample::select(types.collect::<Vec<_>>())
}

pub fn any_type() -> impl Strategy<Value = ColumnType> {
    prop::sample::select(TYPES.to_vec())
}

pub fn any_direction() -> impl Strategy<Value = Direction> {
    prop_oneof![Just(Direction::Ascending), Just(Direction::Descending)]
}

/// The row without NUL characters in its texts, which batches refuse.
pub fn without_nul(mut row: Vec<Datum>) -> Vec<Datum> {
    row.iter_mut().for_each(drop_nul);
    row
}

fn drop_nul(datum: &mut Datum) {
    match datum {
        Datum::String(text) => text.retain(|letter| letter != '\0'),
        Datum::Array(elements) => elements.iter_mut().for_each(drop_nul),
        _ => {}
    }
}

/// Equal also in what keys do not tell apart: the sign of zero, zeros behind the point.
pub fn same(a: &Datum, b: &Datum) -> bool {
    match (a, b) {
        (Datum::Float8(a), Datum::Float8(b)) => {
            a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
        }
        (Datum::Float4(a), Datum::Float4(b)) => {
            a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
        }
        (Datum::Numeric(a), Datum::Numeric(b)) => a.as_bytes() == b.as_bytes(),
        (Datum::Array(a), Datum::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        _ => a == b,
    }
}
