//! Which PostgreSQL type stands for which Arrow type on the wire.
//!
//! Arrow has many types for one SQL type (views, dictionaries, other units). [`settled`] names the one that values
//! are written from, and the encoder casts to it; [`wire_type`] gives its PostgreSQL type. Both directions of the
//! table in `docs/types.md` for what a column can be; the rest is what expressions and catalog tables produce.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, IntervalUnit, TimeUnit};
use cairn_catalog::ColumnType;
use cairn_sql::{Origin, SqlError, SqlState};
use pgwire::messages::data::FieldDescription;
use postgres_types::{Kind, Type};

/// The width of the Arrow type of an INET.
const INET_BYTES: i32 = cairn_rows::Inet::ORDERED_BYTES as i32;

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Text,
    Binary,
}

impl Format {
    pub fn from_code(code: i16) -> Result<Format, SqlError> {
        match code {
            0 => Ok(Format::Text),
            1 => Ok(Format::Binary),
            other => Err(SqlError::new(
                SqlState::ProtocolViolation,
                format!("unknown format code {other}"),
            )),
        }
    }

    pub fn code(self) -> i16 {
        match self {
            Format::Text => 0,
            Format::Binary => 1,
        }
    }

    /// The formats of `count` values, from a list that may be empty (all text), of one (for all), or complete.
    pub fn expand(codes: &[i16], count: usize) -> Result<Vec<Format>, SqlError> {
        match codes {
            [] => Ok(vec![Format::Text; count]),
            [one] => Ok(vec![Format::from_code(*one)?; count]),
            each if each.len() == count => {
                each.iter().map(|code| Format::from_code(*code)).collect()
            }
            each => Err(SqlError::new(
                SqlState::ProtocolViolation,
                format!("bind message has {} formats for {count} values", each.len()),
            )),
        }
    }
}

/// The Arrow type that values of `found` are written from; `None`: there is no wire form.
pub fn settled(found: &DataType) -> Option<DataType> {
    use DataType::*;
    Some(match found {
        // LargeBinary holds a DECIMAL without limits, LargeUtf8 a JSONB: see `cairn_rows::arrow_type`.
        Null | Boolean | Int16 | Int32 | Int64 | Float32 | Float64 | Decimal128(..) | Utf8
        | Utf8View | Binary | BinaryView | Date32 | UInt32 | LargeBinary | LargeUtf8 => {
            found.clone()
        }
        Int8 | UInt8 => Int16,
        UInt16 => Int32,
        UInt64 => Int64,
        Float16 => Float32,
        FixedSizeBinary(16 | INET_BYTES) => found.clone(),
        FixedSizeBinary(_) => Binary,
        Date64 => Date32,
        Time32(_) | Time64(_) => Time64(TimeUnit::Microsecond),
        Timestamp(_, zone) => Timestamp(TimeUnit::Microsecond, zone.clone()),
        Interval(_) | Duration(_) => Interval(IntervalUnit::MonthDayNano),
        Dictionary(_, value) => settled(value)?,
        // Only the system catalogs have vectors, of these elements.
        LargeList(item) if matches!(item.data_type(), Int16 | UInt32) => found.clone(),
        List(item)
        | LargeList(item)
        | FixedSizeList(item, _)
        | ListView(item)
        | LargeListView(item) => {
            let element = settled(item.data_type())?;
            if matches!(element, List(_)) {
                return None;
            }
            List(Arc::new(item.as_ref().clone().with_data_type(element)))
        }
        _ => return None,
    })
}

/// The PostgreSQL type of values of an Arrow type.
pub fn wire_type(found: &DataType) -> Result<Type, SqlError> {
    let settled = settled(found).ok_or_else(|| {
        SqlError::unsupported(format!("sending a value of type {found} to a client"))
    })?;
    Ok(match &settled {
        DataType::List(item) => array_of(&scalar(item.data_type())),
        DataType::LargeList(item) if item.data_type() == &DataType::UInt32 => Type::OID_VECTOR,
        DataType::LargeList(_) => Type::INT2_VECTOR,
        other => scalar(other),
    })
}

fn scalar(settled: &DataType) -> Type {
    match settled {
        DataType::Boolean => Type::BOOL,
        DataType::Int16 => Type::INT2,
        DataType::Int32 => Type::INT4,
        DataType::Int64 => Type::INT8,
        // Only the system catalogs have columns of this type.
        DataType::UInt32 => Type::OID,
        DataType::Float32 => Type::FLOAT4,
        DataType::Float64 => Type::FLOAT8,
        DataType::Decimal128(..) | DataType::LargeBinary => Type::NUMERIC,
        DataType::LargeUtf8 => Type::JSONB,
        DataType::Binary | DataType::BinaryView => Type::BYTEA,
        DataType::FixedSizeBinary(INET_BYTES) => Type::INET,
        DataType::FixedSizeBinary(_) => Type::UUID,
        DataType::Date32 => Type::DATE,
        DataType::Time64(_) => Type::TIME,
        DataType::Timestamp(_, None) => Type::TIMESTAMP,
        DataType::Timestamp(_, Some(_)) => Type::TIMESTAMPTZ,
        DataType::Interval(_) => Type::INTERVAL,
        _ => Type::TEXT,
    }
}

fn array_of(element: &Type) -> Type {
    match *element {
        Type::BOOL => Type::BOOL_ARRAY,
        Type::INT2 => Type::INT2_ARRAY,
        Type::INT4 => Type::INT4_ARRAY,
        Type::INT8 => Type::INT8_ARRAY,
        Type::OID => Type::OID_ARRAY,
        Type::FLOAT4 => Type::FLOAT4_ARRAY,
        Type::FLOAT8 => Type::FLOAT8_ARRAY,
        Type::NUMERIC => Type::NUMERIC_ARRAY,
        Type::BYTEA => Type::BYTEA_ARRAY,
        Type::UUID => Type::UUID_ARRAY,
        Type::DATE => Type::DATE_ARRAY,
        Type::TIME => Type::TIME_ARRAY,
        Type::TIMESTAMP => Type::TIMESTAMP_ARRAY,
        Type::TIMESTAMPTZ => Type::TIMESTAMPTZ_ARRAY,
        Type::INTERVAL => Type::INTERVAL_ARRAY,
        Type::INET => Type::INET_ARRAY,
        Type::JSONB => Type::JSONB_ARRAY,
        Type::VARCHAR => Type::VARCHAR_ARRAY,
        Type::BPCHAR => Type::BPCHAR_ARRAY,
        _ => Type::TEXT_ARRAY,
    }
}

/// The Arrow type of a parameter that the client declares; `None`: it leaves the type to us. `Null` is for what it says is none.
pub fn declared_type(oid: u32) -> Result<Option<DataType>, SqlError> {
    let unknown = || SqlError::unsupported(format!("a parameter of the type with oid {oid}"));
    if oid == 0 {
        return Ok(None);
    }
    let declared = Type::from_oid(oid).ok_or_else(unknown)?;
    Ok(match (&declared, declared.kind()) {
        (&Type::UNKNOWN, _) => None,
        (&Type::VOID, _) => Some(DataType::Null),
        (_, Kind::Array(element)) => {
            let element = declared_scalar(element).ok_or_else(unknown)?;
            Some(DataType::List(Arc::new(Field::new_list_field(
                element, true,
            ))))
        }
        (scalar, _) => Some(declared_scalar(scalar).ok_or_else(unknown)?),
    })
}

fn declared_scalar(declared: &Type) -> Option<DataType> {
    Some(match *declared {
        Type::BOOL => DataType::Boolean,
        Type::INT2 => DataType::Int16,
        Type::INT4 => DataType::Int32,
        Type::INT8 => DataType::Int64,
        Type::OID => DataType::UInt32,
        Type::FLOAT4 => DataType::Float32,
        Type::FLOAT8 => DataType::Float64,
        Type::NUMERIC => DataType::LargeBinary,
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME => DataType::Utf8,
        Type::BYTEA => DataType::Binary,
        Type::DATE => DataType::Date32,
        Type::TIME => DataType::Time64(TimeUnit::Microsecond),
        Type::TIMESTAMP => DataType::Timestamp(TimeUnit::Microsecond, None),
        Type::TIMESTAMPTZ => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        Type::INTERVAL => DataType::Interval(IntervalUnit::MonthDayNano),
        Type::UUID => DataType::FixedSizeBinary(16),
        Type::INET => DataType::FixedSizeBinary(INET_BYTES),
        Type::JSON | Type::JSONB => DataType::LargeUtf8,
        _ => return None,
    })
}

/// A result column as RowDescription tells it.
pub fn describe(field: &Field, format: Format) -> Result<FieldDescription, SqlError> {
    let (kind, modifier) = column_kind(field)?;
    let origin = Origin::of(field);
    Ok(FieldDescription::new(
        field.name().clone(),
        origin.map_or(0, |origin| origin.relation.cast_signed()),
        origin.map_or(0, |origin| origin.attribute),
        kind.oid(),
        size(&kind),
        modifier,
        format.code(),
    ))
}

/// Type and modifier (`pg_attribute.atttypmod`). Limits of texts are not in the Arrow type: a column of a table has
/// them in its metadata.
fn column_kind(field: &Field) -> Result<(Type, i32), SqlError> {
    let kind = wire_type(field.data_type())?;
    Ok(match cairn_rows::field_type(field) {
        Some(ColumnType::Array(element)) => match limited(&element.column_type()) {
            Some((kind, modifier)) => (array_of(&kind), modifier),
            None => (kind, -1),
        },
        Some(ty) => limited(&ty).unwrap_or((kind, decimal_modifier(field.data_type()))),
        None => (kind, decimal_modifier(field.data_type())),
    })
}

/// A text type with a limit: PostgreSQL's type and its modifier.
fn limited(ty: &ColumnType) -> Option<(Type, i32)> {
    let (kind, length) = match *ty {
        ColumnType::String { max } => (Type::VARCHAR, max?),
        ColumnType::Char { length } => (Type::BPCHAR, length),
        _ => return None,
    };
    Some((kind, i32::try_from(length).ok()?.checked_add(4)?))
}

/// Bytes of a value, or -1 where that varies (`pg_type.typlen`).
fn size(kind: &Type) -> i16 {
    match *kind {
        Type::BOOL => 1,
        Type::INT2 => 2,
        Type::INT4 | Type::FLOAT4 | Type::DATE | Type::OID => 4,
        Type::INT8 | Type::FLOAT8 | Type::TIME | Type::TIMESTAMP | Type::TIMESTAMPTZ => 8,
        Type::UUID | Type::INTERVAL => 16,
        _ => -1,
    }
}

/// Precision and scale of a NUMERIC, as `pg_attribute.atttypmod` packs them.
fn decimal_modifier(found: &DataType) -> i32 {
    match found {
        DataType::Decimal128(precision, scale) if *scale >= 0 => {
            ((i32::from(*precision) << 16) | i32::from(*scale)) + 4
        }
        _ => -1,
    }
}
