//! Values and tables for the tests: every type, with the values that break codecs.

use cairn_catalog::{
    ColumnDescriptor, ColumnId, ColumnType, DatabaseId, Direction, IndexColumn, StepState,
    TableDescriptor, TableId,
};
use proptest::prelude::*;

use crate::Datum;

pub const DECIMAL: ColumnType = ColumnType::Decimal {
    precision: 38,
    scale: 10,
};

pub const TYPES: [ColumnType; 12] = [
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
];

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

/// A table with two columns of each type; the first of each pair is in the primary key when `in_key` says so. Columns
/// stand in the order of their names, ids do not. It has a plain and a unique index over the columns outside.
pub fn wide_table(in_key: [bool; 12], direction: Direction) -> TableDescriptor {
    let mut columns = Vec::new();
    let mut key = Vec::new();
    let mut outside = Vec::new();
    for (place, ty) in TYPES.iter().enumerate() {
        let id = place as u32 * 2 + 1;
        columns.push(column(25 - id, &format!("a{place:02}"), *ty));
        columns.push(column(25 - id - 1 + 100, &format!("b{place:02}"), *ty));
        if in_key[place] {
            key.push(part(25 - id, direction));
        } else {
            outside.push(part(25 - id, direction));
        }
    }
    if key.is_empty() {
        key.extend(outside.pop());
    }
    outside.push(part(24 + 100 - 1, Direction::Descending));
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

pub fn any_type() -> impl Strategy<Value = ColumnType> {
    prop::sample::select(TYPES.to_vec())
}

pub fn any_direction() -> impl Strategy<Value = Direction> {
    prop_oneof![Just(Direction::Ascending), Just(Direction::Descending)]
}

/// The row without NUL characters in its texts, which batches refuse.
pub fn without_nul(mut row: Vec<Datum>) -> Vec<Datum> {
    for datum in &mut row {
        if let Datum::String(text) = datum {
            text.retain(|letter| letter != '\0');
        }
    }
    row
}

/// Equal also in what keys do not tell apart: the sign of zero.
pub fn same(a: &Datum, b: &Datum) -> bool {
    match (a, b) {
        (Datum::Float8(a), Datum::Float8(b)) => {
            a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
        }
        _ => a == b,
    }
}
