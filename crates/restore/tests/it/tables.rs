//! Tables and rows for tests.

use std::collections::BTreeSet;

use cairn_catalog::{
    ColumnDescriptor, ColumnId, ColumnType, DatabaseId, Direction, ElementType, IndexColumn,
    StepState, TableDescriptor,
};
use cairn_rows::{Datum, TableCodec};
use proptest::prelude::*;

pub fn column(id: u32, name: &str, ty: ColumnType) -> ColumnDescriptor {
    ColumnDescriptor::new(ColumnId(id), name, ty)
}

pub fn part(column: u32, direction: Direction) -> IndexColumn {
    IndexColumn {
        column: ColumnId(column),
        direction,
    }
}

/// `(id INT8 PRIMARY KEY, owner STRING, balance INT8, INDEX (owner), UNIQUE INDEX (balance DESC, id))`
pub fn accounts(database: DatabaseId) -> TableDescriptor {
    let columns = vec![
        column(1, "id", ColumnType::Int8),
        column(2, "owner", ColumnType::String { max: None }),
        column(3, "balance", ColumnType::Int8),
    ];
    let mut table = TableDescriptor::new(
        database,
        "accounts",
        columns,
        vec![part(1, Direction::Ascending)],
    );
    table
        .push_index(
            "by_owner",
            false,
            vec![part(2, Direction::Ascending)],
            StepState::Public,
        )
        .unwrap();
    let balance = vec![
        part(3, Direction::Descending),
        part(1, Direction::Ascending),
    ];
    table
        .push_index("by_balance", true, balance, StepState::Public)
        .unwrap();
    table
}

pub fn account(id: i64, owner: &str, balance: i64) -> Vec<Datum> {
    vec![
        Datum::Int8(id),
        Datum::String(owner.into()),
        Datum::Int8(balance),
    ]
}

pub fn some_accounts(count: i64) -> Vec<Vec<Datum>> {
    (1..=count)
        .map(|id| account(id, &format!("owner {}", id % 7), id * 10))
        .collect()
}

const TYPES: [ColumnType; 23] = [
    ColumnType::Bool,
    ColumnType::Int2,
    ColumnType::Int4,
    ColumnType::Int8,
    ColumnType::Float8,
    ColumnType::Decimal {
        precision: 20,
        scale: 4,
    },
    ColumnType::String { max: None },
    ColumnType::String { max: Some(5) },
    ColumnType::Bytes,
    ColumnType::Date,
    ColumnType::Timestamp,
    ColumnType::TimestampTz,
    ColumnType::Uuid,
    ColumnType::Float4,
    ColumnType::Numeric,
    ColumnType::Char { length: 3 },
    ColumnType::Time,
    ColumnType::Interval,
    ColumnType::Inet,
    ColumnType::Jsonb,
    ColumnType::Array(ElementType::Int8),
    ColumnType::Array(ElementType::Numeric),
    ColumnType::Array(ElementType::String { max: None }),
];

/// Values of the type with texts of this form.
fn read(ty: ColumnType, form: &'static str) -> BoxedStrategy<Datum> {
    form.prop_map(move |text| Datum::parse_text(&ty, &text).unwrap())
        .boxed()
}

fn datum(ty: ColumnType) -> BoxedStrategy<Datum> {
    let some = match ty {
        ColumnType::Bool => any::<bool>().prop_map(Datum::Bool).boxed(),
        ColumnType::Int2 => any::<i16>().prop_map(Datum::Int2).boxed(),
        ColumnType::Int4 => any::<i32>().prop_map(Datum::Int4).boxed(),
        ColumnType::Int8 => prop_oneof![any::<i64>(), -3..3i64]
            .prop_map(Datum::Int8)
            .boxed(),
        ColumnType::Float8 => any::<f64>()
            .prop_map(|value| Datum::Float8(if value == 0.0 { 0.0 } else { value }))
            .boxed(),
        ColumnType::Decimal { .. } => (-10i128.pow(20) + 1..10i128.pow(20))
            .prop_map(Datum::Decimal)
            .boxed(),
        ColumnType::String { max: None } => "[a\u{1}\u{ff}é😀\\PC]{0,12}"
            .prop_map(Datum::String)
            .boxed(),
        ColumnType::String { .. } => "[a-cé]{0,5}".prop_map(Datum::String).boxed(),
        ColumnType::Bytes => {
            proptest::collection::vec(prop_oneof![Just(0), Just(255), any::<u8>()], 0..9)
                .prop_map(Datum::Bytes)
                .boxed()
        }
        ColumnType::Date => (-700_000..2_000_000i32).prop_map(Datum::Date).boxed(),
        ColumnType::Timestamp => (-60_000_000_000_000_000..200_000_000_000_000_000i64)
            .prop_map(Datum::Timestamp)
            .boxed(),
        ColumnType::TimestampTz => (-60_000_000_000_000_000..200_000_000_000_000_000i64)
            .prop_map(Datum::TimestampTz)
            .boxed(),
        ColumnType::Uuid => any::<[u8; 16]>().prop_map(Datum::Uuid).boxed(),
        ColumnType::Float4 => any::<f32>()
            .prop_map(|value| Datum::Float4(if value == 0.0 { 0.0 } else { value }))
            .boxed(),
        // Without zeros at the end: a key would lose them.
        ColumnType::Numeric => read(ty, "-?[1-9]{1,40}|-?0[.]0{0,5}[1-9]{1,9}|NaN|-?Infinity|0"),
        ColumnType::Char { .. } => "[a-cé]{0,3}".prop_map(Datum::String).boxed(),
        ColumnType::Time => (0..=86_400_000_000i64).prop_map(Datum::Time).boxed(),
        ColumnType::Interval => read(
            ty,
            "-?[0-9]{1,3} mons -?[0-9]{1,4} days -?[0-9]{1,3}:00:00[.]00000[0-9]",
        ),
        ColumnType::Inet => read(
            ty,
            "10[.][01][.]0[.][0-9](/[0-9])?|::[0-9a-f]{1,3}(/12[0-8])?",
        ),
        ColumnType::Jsonb => read(
            ty,
            "\\[([1-9][0-9]{0,19}[.][0-9]{1,20},)?(\"[a-z]{0,3}\"|null)\\]",
        ),
        ColumnType::Array(element) => proptest::collection::vec(datum(element.column_type()), 0..4)
            .prop_map(Datum::Array)
            .boxed(),
        other => panic!("{other}"),
    };
    prop_oneof![4 => some, 1 => Just(Datum::Null)].boxed()
}

/// A table of any shape: composite and descending keys, hidden columns, unique and other indexes.
#[derive(Debug, Clone)]
pub struct AnyTable {
    pub table: TableDescriptor,
    pub rows: Vec<Vec<Datum>>,
}

pub fn any_table() -> impl Strategy<Value = AnyTable> {
    let direction = prop_oneof![Just(Direction::Ascending), Just(Direction::Descending)];
    let types = proptest::collection::vec(proptest::sample::select(&TYPES), 1..8);
    let shape = types.prop_flat_map(move |mut types| {
        // A key needs a column whose values have an order.
        if types.iter().all(|ty| !ty.is_indexable()) {
            types[0] = ColumnType::Int8;
        }
        let ordered: Vec<u32> = (1..)
            .zip(&types)
            .filter(|(_, ty)| ty.is_indexable())
            .map(|(id, _)| id)
            .collect();
        let parts = |least: usize| {
            let most = ordered.len().min(3).max(least);
            proptest::sample::subsequence(ordered.clone(), least..=most)
                .prop_shuffle()
                .prop_flat_map({
                    let direction = direction.clone();
                    move |ids| {
                        let directions = proptest::collection::vec(direction.clone(), ids.len());
                        directions.prop_map(move |directions| {
                            ids.iter()
                                .zip(directions)
                                .map(|(id, direction)| part(*id, direction))
                                .collect::<Vec<_>>()
                        })
                    }
                })
        };
        let indexes = proptest::collection::vec((any::<bool>(), parts(1)), 0..4);
        let rows =
            proptest::collection::vec(types.iter().map(|ty| datum(*ty)).collect::<Vec<_>>(), 0..60);
        (Just(types), parts(1), indexes, any::<bool>(), rows)
    });
    shape.prop_map(|(types, key, indexes, hidden, rows)| {
        let columns = (1..).zip(types).map(|(id, ty)| ColumnDescriptor {
            hidden: hidden && id == 1,
            ..column(id, &format!("c {id}"), ty)
        });
        let mut table = TableDescriptor::new(DatabaseId(0), "any", columns.collect(), key);
        for (number, (unique, parts)) in indexes.into_iter().enumerate() {
            table
                .push_index(&format!("index {number}"), unique, parts, StepState::Public)
                .unwrap();
        }
        let rows = valid_rows(&table, rows);
        AnyTable { table, rows }
    })
}

/// Leaves out what the table could not hold: NULL in the key, and what a unique index forbids.
fn valid_rows(table: &TableDescriptor, rows: Vec<Vec<Datum>>) -> Vec<Vec<Datum>> {
    let codec = TableCodec::new(table).unwrap();
    let mut taken = BTreeSet::new();
    let mut valid = Vec::new();
    for row in rows {
        let Ok((key, _)) = codec.encode(&row) else {
            continue;
        };
        let unique = table.indexes.iter().filter(|index| index.unique);
        let mut keys: Vec<_> = unique
            .map(|index| codec.index_entry(index, &row).unwrap().0)
            .collect();
        keys.push(key);
        if keys.iter().all(|key| !taken.contains(key)) {
            taken.extend(keys);
            valid.push(row);
        }
    }
    valid
}
