//! What relations there are and what columns they have: `relations.txt`, read once.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

pub(crate) const PG_CATALOG: &str = "pg_catalog";
pub(crate) const INFORMATION_SCHEMA: &str = "information_schema";

/// One relation of `pg_catalog` or `information_schema`.
#[derive(Debug)]
pub(crate) struct Relation {
    pub schema: &'static str,
    pub name: &'static str,
    pub oid: u32,
    /// `r` or `v`.
    pub kind: &'static str,
    pub columns: Vec<Column>,
}

#[derive(Debug)]
pub(crate) struct Column {
    pub name: &'static str,
    /// The type's name in `types.txt`, that of the elements for an array.
    pub type_name: &'static str,
    pub array: bool,
    pub not_null: bool,
}

static RELATIONS: LazyLock<Vec<Relation>> = LazyLock::new(|| {
    lines(include_str!("relations.txt"))
        .filter_map(relation)
        .collect()
});

/// The lines of a resource that say something.
pub(crate) fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
}

fn relation(line: &'static str) -> Option<Relation> {
    let mut words = line.split(' ');
    let (schema, name) = words.next()?.split_once('.')?;
    let oid = words.next()?.parse().ok()?;
    let kind = words.next()?;
    Some(Relation {
        schema,
        name,
        oid,
        kind,
        columns: words.filter_map(column).collect(),
    })
}

fn column(word: &'static str) -> Option<Column> {
    let (name, ty) = word.split_once(':')?;
    let (ty, not_null) = ty.strip_suffix('!').map_or((ty, false), |ty| (ty, true));
    let (type_name, array) = ty.strip_suffix("[]").map_or((ty, false), |ty| (ty, true));
    Some(Column {
        name,
        type_name,
        array,
        not_null,
    })
}

/// The relation of that name. Names of `pg_catalog` need no schema: it is searched first.
pub(crate) fn find(schema: Option<&str>, name: &str) -> Option<&'static Relation> {
    let schema = schema.unwrap_or(PG_CATALOG);
    all().find(|relation| relation.schema == schema && relation.name == name)
}

/// All relations, by schema and name.
pub(crate) fn all() -> impl Iterator<Item = &'static Relation> {
    RELATIONS.iter()
}

impl Relation {
    pub fn arrow_schema(&self) -> SchemaRef {
        let fields: Vec<Field> = self
            .columns
            .iter()
            .map(|column| Field::new(column.name, column.arrow_type(), true))
            .collect();
        Arc::new(Schema::new(fields))
    }
}

impl Column {
    /// Oids are UInt32 and vectors are LargeList, which no column of a user has. What has no Arrow type of its own is text.
    pub fn arrow_type(&self) -> DataType {
        let element = match self.type_name {
            "bool" => DataType::Boolean,
            "int2" => DataType::Int16,
            "int4" => DataType::Int32,
            "int8" => DataType::Int64,
            "oid" | "xid" => DataType::UInt32,
            "float4" => DataType::Float32,
            "float8" => DataType::Float64,
            "timestamptz" => {
                DataType::Timestamp(TimeUnit::Microsecond, Some(cairn_rows::UTC.into()))
            }
            "bytea" => DataType::Binary,
            "int2vector" => vector(DataType::Int16),
            "oidvector" => vector(DataType::UInt32),
            _ => DataType::Utf8,
        };
        match self.array {
            true => DataType::List(Arc::new(Field::new_list_field(element, true))),
            false => element,
        }
    }
}

/// An array that counts from 0.
fn vector(element: DataType) -> DataType {
    DataType::LargeList(Arc::new(Field::new_list_field(element, true)))
}
