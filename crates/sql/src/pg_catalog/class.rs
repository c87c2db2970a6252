//! `pg_class`, `pg_attribute`, `pg_attrdef`, `pg_tables`: relations and their columns.

use cairn_catalog::{ColumnDescriptor, Identity, ObjectKind, TableDescriptor};
use datafusion::{catalog::memory::MemTable, scalar::ScalarValue};

use super::{
    directory::{Directory, schema_oid, shown_indexes, system_type},
    oid,
    privileges::access_list,
    relation::{self, Relation},
    rows::{Rows, text},
    spelling, types,
};
use crate::{Result, query::names::PUBLIC};

type Scalar = ScalarValue;

/// The columns that a user knows of, with their numbers from 1 as everything else in the catalogs refers to them.
pub(crate) fn shown_columns(
    table: &TableDescriptor,
) -> impl Iterator<Item = (i16, &ColumnDescriptor)> {
    (1..).zip(table.columns.iter().filter(|column| !column.hidden))
}

fn count(of: usize) -> i16 {
    i16::try_from(of).unwrap_or(i16::MAX)
}

pub(crate) fn classes(directory: &Directory, relation: &'static Relation) -> Result<MemTable> {
    let mut rows = Rows::new(relation);
    for table in directory.tables() {
        let indexed = shown_indexes(table).next().is_some();
        push_class(
            &mut rows,
            oid::table(table.id),
            &table.name,
            oid::PUBLIC,
            kind(table),
            if table.is_table() { oid::HEAP } else { 0 },
            shown_columns(table).count(),
            indexed,
            Some(table),
        )?;
        for index in shown_indexes(table) {
            let oid = oid::index(table.id, index.id);
            push_class(
                &mut rows,
                oid,
                &index.name,
                oid::PUBLIC,
                "i",
                oid::BTREE,
                index.columns.len(),
                false,
                None,
            )?;
        }
    }
    for system in relation::all() {
        let schema = schema_oid(system.schema).unwrap_or_default();
        let method = if system.kind == "r" { oid::HEAP } else { 0 };
        push_class(
            &mut rows,
            system.oid,
            system.name,
            schema,
            system.kind,
            method,
            system.columns.len(),
            false,
            None,
        )?;
    }
    rows.table()
}

/// `relkind`.
fn kind(relation: &TableDescriptor) -> &'static str {
    match relation.kind {
        ObjectKind::View(_) => "v",
        ObjectKind::Sequence(_) => "S",
        _ => "r",
    }
}

#[expect(clippy::too_many_arguments, reason = "one row")]
fn push_class(
    rows: &mut Rows,
    oid: u32,
    name: &str,
    schema: u32,
    kind: &str,
    method: u32,
    columns: usize,
    indexed: bool,
    table: Option<&TableDescriptor>,
) -> Result<()> {
    // In PostgreSQL a foreign key is kept by triggers; psql looks for foreign keys only where there are some.
    let linked = table
        .is_some_and(|table| !table.foreign_keys.is_empty() || !table.referenced_by.is_empty());
    rows.push([
        ("oid", Scalar::from(oid)),
        ("relname", Scalar::from(name)),
        ("relnamespace", Scalar::from(schema)),
        ("relowner", Scalar::from(oid::ROOT)),
        ("relam", Scalar::from(method)),
        ("relfilenode", Scalar::from(oid)),
        ("reltuples", Scalar::from(-1.0_f32)),
        ("relhasindex", Scalar::from(indexed)),
        ("relpersistence", Scalar::from("p")),
        ("relkind", Scalar::from(kind)),
        ("relnatts", Scalar::from(count(columns))),
        (
            "relchecks",
            Scalar::from(count(table.map_or(0, |table| table.checks.len()))),
        ),
        ("relhastriggers", Scalar::from(linked)),
        ("relispopulated", Scalar::from(true)),
        (
            "relacl",
            access_list(table.map_or(&[], |table| &table.grants)),
        ),
        (
            "relreplident",
            Scalar::from(if kind == "r" { "d" } else { "n" }),
        ),
    ])
}

pub(crate) fn attributes(directory: &Directory, relation: &'static Relation) -> Result<MemTable> {
    let mut rows = Rows::new(relation);
    for table in directory.tables() {
        for (number, column) in shown_columns(table) {
            let attribute = Attribute {
                not_null: !column.nullable,
                has_default: default_of(column).is_some(),
                identity: identity_letter(column),
                generated: if column.computed.is_some() { "s" } else { "" },
                ..Attribute::of(oid::table(table.id), number, column)
            };
            attribute.push(&mut rows)?;
        }
        for index in shown_indexes(table) {
            // The columns of an index have the names of the table's.
            for (number, part) in (1..).zip(&index.columns) {
                if let Some(column) = table.column(part.column) {
                    let index = oid::index(table.id, index.id);
                    Attribute::of(index, number, column).push(&mut rows)?;
                }
            }
        }
    }
    for system in relation::all() {
        for (number, column) in (1_i16..).zip(&system.columns) {
            let attribute = Attribute {
                relation: system.oid,
                number,
                name: column.name,
                ty: system_type(column),
                modifier: -1,
                not_null: column.not_null,
                has_default: false,
                identity: "",
                generated: "",
            };
            attribute.push(&mut rows)?;
        }
    }
    rows.table()
}

/// What `pg_attrdef` holds of a column: its DEFAULT, or what it is computed from. An identity column has none, as in PostgreSQL.
fn default_of(column: &ColumnDescriptor) -> Option<&String> {
    let default = column.default.as_ref().or(column.computed.as_ref());
    default.filter(|_| column.identity.is_none())
}

/// `attidentity`.
fn identity_letter(column: &ColumnDescriptor) -> &'static str {
    match column.identity {
        Some(Identity::Always) => "a",
        Some(Identity::ByDefault) => "d",
        None => "",
    }
}

/// A row of `pg_attribute`.
struct Attribute<'a> {
    relation: u32,
    number: i16,
    name: &'a str,
    ty: u32,
    modifier: i32,
    not_null: bool,
    has_default: bool,
    identity: &'static str,
    generated: &'static str,
}

impl<'a> Attribute<'a> {
    /// A column's name and type alone.
    fn of(relation: u32, number: i16, column: &'a ColumnDescriptor) -> Self {
        Attribute {
            relation,
            number,
            name: &column.name,
            ty: types::oid_of(&column.ty),
            modifier: types::modifier(&column.ty),
            not_null: false,
            has_default: false,
            identity: "",
            generated: "",
        }
    }

    fn push(&self, rows: &mut Rows) -> Result<()> {
        let known = types::by_oid(self.ty);
        let is_array = known.is_some_and(|ty| ty.category == "A");
        rows.push([
            ("attrelid", Scalar::from(self.relation)),
            ("attname", Scalar::from(self.name)),
            ("atttypid", Scalar::from(self.ty)),
            ("attstattarget", Scalar::from(-1_i32)),
            ("attlen", Scalar::from(known.map_or(-1, |ty| ty.length))),
            ("attnum", Scalar::from(self.number)),
            ("attndims", Scalar::from(i32::from(is_array))),
            ("attcacheoff", Scalar::from(-1_i32)),
            ("atttypmod", Scalar::from(self.modifier)),
            (
                "attbyval",
                Scalar::from(known.is_some_and(|ty| ty.by_value)),
            ),
            ("attalign", Scalar::from(known.map_or("i", |ty| ty.align))),
            (
                "attstorage",
                Scalar::from(known.map_or("x", |ty| ty.storage)),
            ),
            ("attnotnull", Scalar::from(self.not_null)),
            ("atthasdef", Scalar::from(self.has_default)),
            ("attidentity", Scalar::from(self.identity)),
            ("attgenerated", Scalar::from(self.generated)),
            ("attislocal", Scalar::from(true)),
            (
                "attcollation",
                Scalar::from(known.map_or(0, |ty| ty.collation)),
            ),
        ])
    }
}

/// A default's "tree" is its SQL text, which `pg_get_expr` gives back.
pub(crate) fn defaults(directory: &Directory, relation: &'static Relation) -> Result<MemTable> {
    let mut rows = Rows::new(relation);
    for table in directory.tables() {
        for (number, column) in shown_columns(table) {
            if let Some(default) = default_of(column) {
                let shown = spelling::expression(default, directory.database_name());
                rows.push([
                    ("oid", Scalar::from(oid::default(table.id, column.id))),
                    ("adrelid", Scalar::from(oid::table(table.id))),
                    ("adnum", Scalar::from(number)),
                    ("adbin", text(Some(shown))),
                ])?;
            }
        }
    }
    rows.table()
}

pub(crate) fn tables(directory: &Directory, relation: &'static Relation) -> Result<MemTable> {
    let mut rows = Rows::new(relation);
    let users = directory.tables();
    let of_users = users.iter().filter(|table| table.is_table()).map(|table| {
        (
            PUBLIC,
            table.name.as_str(),
            shown_indexes(table).next().is_some(),
        )
    });
    let systems = relation::all().filter(|system| system.kind == "r");
    let of_system = systems.map(|system| (system.schema, system.name, false));
    for (schema, name, indexed) in of_users.chain(of_system) {
        rows.push([
            ("schemaname", Scalar::from(schema)),
            ("tablename", Scalar::from(name)),
            ("tableowner", Scalar::from(cairn_rows::users::ROOT)),
            ("hasindexes", Scalar::from(indexed)),
            ("hasrules", Scalar::from(false)),
            ("hastriggers", Scalar::from(false)),
            ("rowsecurity", Scalar::from(false)),
        ])?;
    }
    rows.table()
}
