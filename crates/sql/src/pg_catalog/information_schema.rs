//! `information_schema`: the SQL standard's view of the same things.

use cairn_catalog::{ColumnDescriptor, ColumnType, Identity, SequenceOptions};
use datafusion::{catalog::memory::MemTable, scalar::ScalarValue as Scalar};

use super::{
    class::shown_columns,
    constraint,
    directory::{Directory, SCHEMAS, system_type},
    relation::{self, Relation},
    rows::{Rows, text},
    spelling, types,
};
use crate::{Result, query::names::PUBLIC};

/// One of its relations; `None`: Cairn has nothing to put in it.
pub(crate) fn table(
    directory: &Directory,
    relation: &'static Relation,
) -> Result<Option<MemTable>> {
    let rows = Rows::new(relation);
    Ok(Some(match relation.name {
        "schemata" => schemata(directory, rows)?,
        "tables" => tables(directory, rows)?,
        "columns" => columns(directory, rows)?,
        "table_constraints" => constraint::table_constraints(directory, rows)?,
        "key_column_usage" => constraint::key_columns(directory, rows)?,
        "constraint_column_usage" => constraint::used_columns(directory, rows)?,
        "referential_constraints" => constraint::referential_constraints(directory, rows)?,
        "check_constraints" => constraint::check_constraints(directory, rows)?,
        "information_schema_catalog_name" => catalog_name(directory, rows)?,
        _ => return Ok(None),
    }))
}

fn catalog_name(directory: &Directory, mut rows: Rows) -> Result<MemTable> {
    rows.push([("catalog_name", Scalar::from(directory.database_name()))])?;
    rows.table()
}

fn schemata(directory: &Directory, mut rows: Rows) -> Result<MemTable> {
    for (_, name) in SCHEMAS {
        rows.push([
            ("catalog_name", Scalar::from(directory.database_name())),
            ("schema_name", Scalar::from(name)),
            ("schema_owner", Scalar::from(cairn_rows::users::ROOT)),
        ])?;
    }
    rows.table()
}

fn tables(directory: &Directory, mut rows: Rows) -> Result<MemTable> {
    let users = directory.tables();
    let of_users = users
        .iter()
        .filter(|table| table.sequence_options().is_none())
        .map(|table| {
            let kind = if table.is_view() {
                "VIEW"
            } else {
                "BASE TABLE"
            };
            (PUBLIC, table.name.as_str(), kind)
        });
    let of_system = relation::all().map(|system| {
        (
            system.schema,
            system.name,
            if system.kind == "r" {
                "BASE TABLE"
            } else {
                "VIEW"
            },
        )
    });
    for (schema, name, kind) in of_users.chain(of_system) {
        rows.push([
            ("table_catalog", Scalar::from(directory.database_name())),
            ("table_schema", Scalar::from(schema)),
            ("table_name", Scalar::from(name)),
            ("table_type", Scalar::from(kind)),
            (
                "is_insertable_into",
                Scalar::from(yes(schema == PUBLIC && kind != "VIEW")),
            ),
            ("is_typed", Scalar::from("NO")),
        ])?;
    }
    rows.table()
}

fn yes(is: bool) -> &'static str {
    if is { "YES" } else { "NO" }
}

fn columns(directory: &Directory, mut rows: Rows) -> Result<MemTable> {
    let tables = directory.tables().into_iter();
    for table in tables.filter(|table| table.sequence_options().is_none()) {
        for (number, column) in shown_columns(table) {
            let place = Place {
                database: directory.database_name(),
                schema: PUBLIC,
                table: &table.name,
                number,
            };
            push_column(&mut rows, directory, &place, column)?;
        }
    }
    for system in relation::all() {
        for (number, column) in (1_i16..).zip(&system.columns) {
            let ty = types::by_oid(system_type(column));
            rows.push([
                ("table_catalog", Scalar::from(directory.database_name())),
                ("table_schema", Scalar::from(system.schema)),
                ("table_name", Scalar::from(system.name)),
                ("column_name", Scalar::from(column.name)),
                ("ordinal_position", Scalar::from(i32::from(number))),
                ("is_nullable", Scalar::from(yes(!column.not_null))),
                ("data_type", Scalar::from(data_type(ty))),
                ("udt_catalog", Scalar::from(directory.database_name())),
                ("udt_schema", Scalar::from(relation::PG_CATALOG)),
                ("udt_name", Scalar::from(ty.map_or("text", |ty| ty.name))),
                ("is_identity", Scalar::from("NO")),
                ("is_generated", Scalar::from("NEVER")),
                ("is_updatable", Scalar::from("NO")),
            ])?;
        }
    }
    rows.table()
}

/// Where a column stands.
struct Place<'a> {
    database: &'a str,
    schema: &'a str,
    table: &'a str,
    number: i16,
}

fn push_column(
    rows: &mut Rows,
    directory: &Directory,
    place: &Place<'_>,
    column: &ColumnDescriptor,
) -> Result<()> {
    let ty = types::by_oid(types::oid_of(&column.ty));
    let integer = |bits: i32| (Some(bits), Some(2), Some(0));
    let (precision, radix, scale) = match column.ty {
        ColumnType::Int2 => integer(16),
        ColumnType::Int4 => integer(32),
        ColumnType::Int8 => integer(64),
        ColumnType::Float4 => (Some(24), Some(2), None),
        ColumnType::Float8 => (Some(53), Some(2), None),
        ColumnType::Numeric => (None, Some(10), None),
        ColumnType::Decimal { precision, scale } => {
            (Some(i32::from(precision)), Some(10), Some(i32::from(scale)))
        }
        _ => (None, None, None),
    };
    let length = match column.ty {
        ColumnType::String { max } => max.and_then(|max| i32::try_from(max).ok()),
        ColumnType::Char { length } => i32::try_from(length).ok(),
        _ => None,
    };
    let time = match column.ty {
        ColumnType::Date => Some(0),
        ColumnType::Time
        | ColumnType::Timestamp
        | ColumnType::TimestampTz
        | ColumnType::Interval => Some(6),
        _ => None,
    };
    let spelled = |text: &String| spelling::expression(text, place.database);
    let default = column
        .default
        .as_ref()
        .filter(|_| column.identity.is_none());
    let generation = column.identity.map(|identity| match identity {
        Identity::Always => "ALWAYS".to_owned(),
        Identity::ByDefault => "BY DEFAULT".to_owned(),
    });
    let sequence = column.uses_sequences.first();
    let sequence = sequence
        .filter(|_| column.identity.is_some())
        .and_then(|id| directory.view().table_by_id(*id)?.sequence_options());
    let number =
        |of: fn(&SequenceOptions) -> i64| text(sequence.map(|options| of(options).to_string()));
    rows.push([
        ("table_catalog", Scalar::from(place.database)),
        ("table_schema", Scalar::from(place.schema)),
        ("table_name", Scalar::from(place.table)),
        ("column_name", Scalar::from(column.name.as_str())),
        ("ordinal_position", Scalar::from(i32::from(place.number))),
        ("column_default", text(default.map(spelled))),
        ("is_nullable", Scalar::from(yes(column.nullable))),
        ("data_type", Scalar::from(data_type(ty))),
        ("character_maximum_length", Scalar::Int32(length)),
        ("numeric_precision", Scalar::Int32(precision)),
        ("numeric_precision_radix", Scalar::Int32(radix)),
        ("numeric_scale", Scalar::Int32(scale)),
        ("datetime_precision", Scalar::Int32(time)),
        ("udt_catalog", Scalar::from(place.database)),
        ("udt_schema", Scalar::from(relation::PG_CATALOG)),
        ("udt_name", Scalar::from(ty.map_or("text", |ty| ty.name))),
        ("dtd_identifier", Scalar::from(place.number.to_string())),
        ("is_self_referencing", Scalar::from("NO")),
        ("is_identity", Scalar::from(yes(column.identity.is_some()))),
        ("identity_generation", text(generation)),
        ("identity_start", number(|options| options.start)),
        ("identity_increment", number(|options| options.increment)),
        ("identity_maximum", number(|options| options.max)),
        ("identity_minimum", number(|options| options.min)),
        ("identity_cycle", Scalar::from("NO")),
        (
            "is_generated",
            Scalar::from(match column.computed {
                Some(_) => "ALWAYS",
                None => "NEVER",
            }),
        ),
        (
            "generation_expression",
            text(column.computed.as_ref().map(spelled)),
        ),
        ("is_updatable", Scalar::from("YES")),
    ])
}

fn data_type(ty: Option<&types::Type>) -> String {
    match ty {
        Some(ty) if ty.category == "A" => "ARRAY".to_owned(),
        Some(ty) => types::format(ty.oid, None),
        None => "text".to_owned(),
    }
}
