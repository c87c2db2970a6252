//! What the oracle keeps.

use std::collections::BTreeMap;

use cairn_catalog::{ColumnDescriptor, ColumnId, ColumnType, TableDescriptor};
use cairn_rows::Datum;
use cairn_storage::{TableId, Version};

use super::chance::Chance;

pub type Row = BTreeMap<ColumnId, Datum>;

#[derive(Clone)]
pub struct Table {
    pub descriptor: TableDescriptor,
    pub rows: BTreeMap<i64, Row>,
}

/// Everything as of one commit.
#[derive(Clone, Default)]
pub struct State {
    pub bank: String,
    pub tables: BTreeMap<TableId, Table>,
}

pub struct Layer {
    pub location: String,
    pub end: Version,
    pub history: bool,
}

pub fn datum(ty: ColumnType, chance: &mut Chance) -> Datum {
    match (chance.below(6), ty) {
        (0, _) => Datum::Null,
        (_, ColumnType::Int8) => Datum::Int8(chance.below(50) as i64),
        (_, _) => Datum::String(format!("text {}", chance.below(20))),
    }
}

/// What a row has that was written before the column was there.
pub fn missing(column: &ColumnDescriptor) -> Datum {
    let text = column.missing_value.as_ref();
    text.map_or(Datum::Null, |text| {
        Datum::parse_text(&column.ty, text).unwrap()
    })
}

/// What a reader sees of a row.
pub fn visible(table: &TableDescriptor, key: i64, row: &Row) -> Vec<Datum> {
    let columns = table
        .columns
        .iter()
        .filter(|column| column.state.is_public());
    let datums = columns.map(|column| {
        if column.id == ColumnId(1) {
            return Datum::Int8(key);
        }
        row.get(&column.id)
            .cloned()
            .unwrap_or_else(|| missing(column))
    });
    datums.collect()
}
