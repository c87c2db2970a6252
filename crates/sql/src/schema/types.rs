//! SQL type names to column types.

use arrow::datatypes::DataType as ArrowType;
use cairn_catalog::{ColumnType, MAX_PRECISION};
use cairn_syntax::ast::{CharacterLength, DataType, ExactNumberInfo, TimezoneInfo};

use crate::{Result, SqlError, SqlState};

/// The type of a column declared so.
pub(crate) fn column_type(ty: &DataType) -> Result<ColumnType> {
    Ok(match ty {
        DataType::Bool | DataType::Boolean => ColumnType::Bool,
        DataType::Int2(None) | DataType::SmallInt(None) => ColumnType::Int2,
        DataType::Int4(None) => ColumnType::Int4,
        // As in CockroachDB, an INT has 64 bits.
        DataType::Int8(None)
        | DataType::Int(None)
        | DataType::Integer(None)
        | DataType::BigInt(None)
        | DataType::Int64 => ColumnType::Int8,
        DataType::Float8 | DataType::DoublePrecision | DataType::Float64 => ColumnType::Float8,
        DataType::Float(ExactNumberInfo::None) | DataType::Double(ExactNumberInfo::None) => {
            ColumnType::Float8
        }
        DataType::Decimal(info) | DataType::Numeric(info) | DataType::Dec(info) => decimal(info)?,
        DataType::String(None) | DataType::Text => ColumnType::String { max: None },
        DataType::String(Some(max)) => string(*max)?,
        DataType::Varchar(length)
        | DataType::CharacterVarying(length)
        | DataType::CharVarying(length) => match length {
            None => ColumnType::String { max: None },
            Some(CharacterLength::IntegerLength { length, unit: None }) => string(*length)?,
            Some(_) => return Err(unsupported(ty)),
        },
        DataType::Bytea | DataType::Bytes(None) => ColumnType::Bytes,
        DataType::Date => ColumnType::Date,
        DataType::Timestamp(None, TimezoneInfo::None | TimezoneInfo::WithoutTimeZone) => {
            ColumnType::Timestamp
        }
        DataType::Timestamp(None, TimezoneInfo::Tz | TimezoneInfo::WithTimeZone) => {
            ColumnType::TimestampTz
        }
        DataType::Uuid => ColumnType::Uuid,
        DataType::Custom(name, arguments) => {
            let name = name.to_string().to_lowercase();
            match (name.as_str(), arguments.is_empty()) {
                ("int64", true) => ColumnType::Int8,
                ("timestamptz", true) => ColumnType::TimestampTz,
                ("bytes", true) => ColumnType::Bytes,
                ("string", true) => ColumnType::String { max: None },
                _ => return Err(unsupported(ty)),
            }
        }
        _ => return Err(unsupported(ty)),
    })
}

fn unsupported(ty: &DataType) -> SqlError {
    SqlError::unsupported(format_args!("type {ty}"))
}

fn string(max: u64) -> Result<ColumnType> {
    match u32::try_from(max) {
        Ok(max) if (1..=10_485_760).contains(&max) => Ok(ColumnType::String { max: Some(max) }),
        _ => Err(SqlError::new(
            SqlState::InvalidParameterValue,
            "length for type varchar must be between 1 and 10485760",
        )),
    }
}

fn decimal(info: &ExactNumberInfo) -> Result<ColumnType> {
    let (precision, scale) = match info {
        ExactNumberInfo::None => {
            return Err(
                SqlError::unsupported("DECIMAL without a precision").hint("use DECIMAL(38, 10)")
            );
        }
        ExactNumberInfo::Precision(precision) => (*precision, 0),
        ExactNumberInfo::PrecisionAndScale(precision, scale) => (*precision, *scale),
    };
    let ty = u8::try_from(precision)
        .ok()
        .zip(i8::try_from(scale).ok())
        .map(|(precision, scale)| ColumnType::Decimal { precision, scale });
    ty.filter(ColumnType::is_valid).ok_or_else(|| {
        SqlError::new(
            SqlState::InvalidParameterValue,
            format!("DECIMAL({precision}, {scale}): the precision must be between 1 and {MAX_PRECISION}, the scale between 0 and the precision"),
        )
    })
}

pub(crate) fn is_bare_decimal(ty: &DataType) -> bool {
    matches!(
        ty,
        DataType::Decimal(ExactNumberInfo::None)
            | DataType::Numeric(ExactNumberInfo::None)
            | DataType::Dec(ExactNumberInfo::None)
    )
}

/// Types that only PostgreSQL's own catalog queries cast to.
pub(crate) fn postgres_internal(ty: &DataType) -> Option<ArrowType> {
    match ty {
        DataType::Regclass => Some(ArrowType::Utf8),
        DataType::Custom(name, _) => {
            let name = name.to_string().to_lowercase();
            match name.strip_prefix("pg_catalog.").unwrap_or(&name) {
                "oid" => Some(ArrowType::UInt32),
                "regclass" | "regtype" | "regproc" | "regnamespace" | "name" | "text" | "char"
                | "\"char\"" => Some(ArrowType::Utf8),
                "int2" => Some(ArrowType::Int16),
                "int4" => Some(ArrowType::Int32),
                "int8" => Some(ArrowType::Int64),
                "bool" => Some(ArrowType::Boolean),
                _ => None,
            }
        }
        _ => None,
    }
}
