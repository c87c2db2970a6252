//! `pg_index`, `pg_indexes`.

use cairn_catalog::{IndexDescriptor, PRIMARY_INDEX, StepState, TableDescriptor};
use datafusion::{catalog::memory::MemTable, scalar::ScalarValue as Scalar};

use super::{
    class::shown_columns,
    definition,
    directory::{Directory, shown_indexes},
    oid,
    relation::Relation,
    rows::{Rows, numbers, oids},
    types,
};
use crate::{Result, query::names::PUBLIC};

/// The numbers of an index's columns, as `pg_attribute` has them.
pub(crate) fn key(table: &TableDescriptor, index: &IndexDescriptor) -> Vec<i16> {
    let number = |part: &cairn_catalog::IndexColumn| {
        shown_columns(table)
            .find(|(_, column)| column.id == part.column)
            .map(|(number, _)| number)
    };
    index.columns.iter().filter_map(number).collect()
}

/// The collations of an index's columns, 0 for those that have none.
fn collations(table: &TableDescriptor, index: &IndexDescriptor) -> Vec<u32> {
    let collation = |part: &cairn_catalog::IndexColumn| {
        let ty = table
            .column(part.column)
            .map(|column| types::oid_of(&column.ty))?;
        types::by_oid(ty).map(|ty| ty.collation)
    };
    index
        .columns
        .iter()
        .map(|part| collation(part).unwrap_or_default())
        .collect()
}

pub(crate) fn indexes(directory: &Directory, relation: &'static Relation) -> Result<MemTable> {
    let mut rows = Rows::new(relation);
    for table in directory.tables() {
        for index in shown_indexes(table) {
            let count = Scalar::from(i16::try_from(index.columns.len()).unwrap_or(i16::MAX));
            // Bit 0: descending; bit 1: NULLs first. As PostgreSQL reads a definition that says nothing of NULLs.
            let options = index
                .columns
                .iter()
                .map(|part| if part.direction.is_ascending() { 0 } else { 3 });
            rows.push([
                ("indexrelid", Scalar::from(oid::index(table.id, index.id))),
                ("indrelid", Scalar::from(oid::table(table.id))),
                ("indnatts", count.clone()),
                ("indnkeyatts", count),
                ("indisunique", Scalar::from(index.unique)),
                ("indisprimary", Scalar::from(index.id == PRIMARY_INDEX)),
                ("indimmediate", Scalar::from(true)),
                ("indisvalid", Scalar::from(index.state == StepState::Public)),
                ("indisready", Scalar::from(true)),
                ("indislive", Scalar::from(true)),
                ("indkey", numbers(key(table, index))),
                ("indcollation", oids(collations(table, index))),
                ("indclass", oids(index.columns.iter().map(|_| 0))),
                ("indoption", numbers(options)),
            ])?;
        }
    }
    rows.table()
}

pub(crate) fn definitions(directory: &Directory, relation: &'static Relation) -> Result<MemTable> {
    let mut rows = Rows::new(relation);
    for table in directory.tables() {
        for index in shown_indexes(table) {
            rows.push([
                ("schemaname", Scalar::from(PUBLIC)),
                ("tablename", Scalar::from(table.name.as_str())),
                ("indexname", Scalar::from(index.name.as_str())),
                ("indexdef", Scalar::from(definition::index(table, index))),
            ])?;
        }
    }
    rows.table()
}
