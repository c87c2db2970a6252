//! The types: their oids, modifiers and names, as PostgreSQL writes them.

use std::sync::LazyLock;

use cairn_catalog::ColumnType;

use super::relation::lines;

/// One row of `pg_type`, from `types.txt`.
#[derive(Debug)]
pub(crate) struct Type {
    pub oid: u32,
    pub name: &'static str,
    pub length: i16,
    pub by_value: bool,
    pub kind: &'static str,
    pub category: &'static str,
    pub preferred: bool,
    pub element: u32,
    pub array: u32,
    pub collation: u32,
    pub align: &'static str,
    pub storage: &'static str,
    pub input: &'static str,
    pub output: &'static str,
    pub receive: &'static str,
    pub send: &'static str,
}

static TYPES: LazyLock<Vec<Type>> =
    LazyLock::new(|| lines(include_str!("types.txt")).filter_map(read).collect());

fn read(line: &'static str) -> Option<Type> {
    let mut words = line.split(' ');
    let mut next = || words.next();
    Some(Type {
        oid: next()?.parse().ok()?,
        name: next()?,
        length: next()?.parse().ok()?,
        by_value: next()? == "t",
        kind: next()?,
        category: next()?,
        preferred: next()? == "t",
        element: next()?.parse().ok()?,
        array: next()?.parse().ok()?,
        collation: next()?.parse().ok()?,
        align: next()?,
        storage: next()?,
        input: next()?,
        output: next()?,
        receive: next()?,
        send: next()?,
    })
}

pub(crate) fn all() -> &'static [Type] {
    &TYPES
}

pub(crate) fn by_oid(oid: u32) -> Option<&'static Type> {
    TYPES.iter().find(|ty| ty.oid == oid)
}

/// By the catalog's name or the one people write: `int8` or `bigint`.
pub(crate) fn by_name(name: &str) -> Option<&'static Type> {
    let name = name.trim().to_lowercase();
    let name = name.strip_prefix("pg_catalog.").unwrap_or(&name);
    if let Some(element) = name.strip_suffix("[]") {
        return by_oid(by_name(element)?.array);
    }
    TYPES.iter().find(|ty| ty.name == name).or_else(|| {
        TYPES
            .iter()
            .filter(|ty| ty.element == 0)
            .find(|ty| long_name(ty.name) == Some(name))
            .or(match name {
                "int" => by_oid(23),
                "string" => by_oid(25),
                "bytes" => by_oid(17),
                "decimal" => by_oid(1700),
                _ => None,
            })
    })
}

/// The oid of a column's type.
pub(crate) fn oid_of(ty: &ColumnType) -> u32 {
    match ty {
        ColumnType::Bool => 16,
        ColumnType::Int2 => 21,
        ColumnType::Int4 => 23,
        ColumnType::Int8 => 20,
        ColumnType::Float8 => 701,
        ColumnType::Decimal { .. } => 1700,
        ColumnType::String { max: None } => 25,
        ColumnType::String { max: Some(_) } => 1043,
        ColumnType::Bytes => 17,
        ColumnType::Date => 1082,
        ColumnType::Timestamp => 1114,
        ColumnType::TimestampTz => 1184,
        ColumnType::Uuid => 2950,
        ColumnType::Float4 => 700,
        ColumnType::Numeric => 1700,
        ColumnType::Char { .. } => 1042,
        ColumnType::Time => 1083,
        ColumnType::Interval => 1186,
        ColumnType::Inet => 869,
        ColumnType::Jsonb => 3802,
        ColumnType::Array(element) => {
            by_oid(oid_of(&element.column_type())).map_or(1009, |element| element.array)
        }
        _ => 25,
    }
}

/// `atttypmod`: the parameters in one number, with the 4 bytes of length that PostgreSQL stores; -1 without any.
pub(crate) fn modifier(ty: &ColumnType) -> i32 {
    match ty {
        ColumnType::Decimal { precision, scale } => {
            (i32::from(*precision) << 16 | i32::from(*scale)) + 4
        }
        ColumnType::String { max: Some(max) } | ColumnType::Char { length: max } => {
            i32::try_from(*max).map_or(-1, |max| max.saturating_add(4))
        }
        ColumnType::Array(element) => modifier(&element.column_type()),
        _ => -1,
    }
}

/// `format_type(oid, modifier)`.
pub(crate) fn format(oid: u32, modifier: Option<i32>) -> String {
    let Some(ty) = by_oid(oid) else {
        return if oid == 0 {
            "-".to_owned()
        } else {
            "???".to_owned()
        };
    };
    if ty.name.starts_with('_') {
        return format!("{}[]", format(ty.element, modifier));
    }
    let name = long_name(ty.name).unwrap_or(ty.name);
    let modifier = modifier
        .filter(|modifier| *modifier >= 4)
        .map(|modifier| modifier - 4);
    match (ty.name, modifier) {
        ("numeric", Some(modifier)) => format!("numeric({},{})", modifier >> 16, modifier & 0x7ff),
        ("varchar" | "bpchar", Some(length)) => format!("{name}({length})"),
        _ => name.to_owned(),
    }
}

/// The SQL standard's name of a type that PostgreSQL calls otherwise inside.
fn long_name(name: &str) -> Option<&'static str> {
    Some(match name {
        "bool" => "boolean",
        "int2" => "smallint",
        "int4" => "integer",
        "int8" => "bigint",
        "float4" => "real",
        "float8" => "double precision",
        "varchar" => "character varying",
        "bpchar" => "character",
        "char" => "\"char\"",
        "any" => "\"any\"",
        "timestamp" => "timestamp without time zone",
        "timestamptz" => "timestamp with time zone",
        "time" => "time without time zone",
        "timetz" => "time with time zone",
        "varbit" => "bit varying",
        _ => return None,
    })
}
