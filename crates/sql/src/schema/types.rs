//! SQL type names to column types.

use arrow::datatypes::DataType as ArrowType;
use cairn_catalog::{ColumnType, MAX_CHARACTERS, MAX_PRECISION};
use cairn_syntax::ast::{
    ArrayElemTypeDef, CharacterLength, DataType, ExactNumberInfo, TimezoneInfo,
};

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
        DataType::Float4 | DataType::Real | DataType::Float32 => ColumnType::Float4,
        DataType::Float(ExactNumberInfo::Precision(bits)) => match bits {
            1..=24 => ColumnType::Float4,
            25..=53 => ColumnType::Float8,
            _ => {
                return Err(SqlError::new(
                    SqlState::InvalidParameterValue,
                    format!("precision for type float must be between 1 and 53 bits, not {bits}"),
                ));
            }
        },
        DataType::Float(ExactNumberInfo::None) | DataType::Double(ExactNumberInfo::None) => {
            ColumnType::Float8
        }
        DataType::Decimal(info) | DataType::Numeric(info) | DataType::Dec(info) => decimal(info)?,
        DataType::String(None) | DataType::Text => ColumnType::String { max: None },
        DataType::String(Some(max)) => ColumnType::String {
            max: Some(characters(*max)?),
        },
        DataType::Varchar(length)
        | DataType::CharacterVarying(length)
        | DataType::CharVarying(length) => match length {
            None => ColumnType::String { max: None },
            Some(CharacterLength::IntegerLength { length, unit: None }) => ColumnType::String {
                max: Some(characters(*length)?),
            },
            Some(_) => return Err(unsupported(ty)),
        },
        DataType::Character(length) | DataType::Char(length) => match length {
            None => ColumnType::Char { length: 1 },
            Some(CharacterLength::IntegerLength { length, unit: None }) => ColumnType::Char {
                length: characters(*length)?,
            },
            Some(_) => return Err(unsupported(ty)),
        },
        DataType::Bytea | DataType::Bytes(None) | DataType::Blob(None) => ColumnType::Bytes,
        DataType::JSON | DataType::JSONB => ColumnType::Jsonb,
        DataType::Interval {
            fields: None,
            precision: None | Some(6),
        } => ColumnType::Interval,
        DataType::Time(None | Some(6), TimezoneInfo::None | TimezoneInfo::WithoutTimeZone) => {
            ColumnType::Time
        }
        DataType::Array(
            ArrayElemTypeDef::SquareBracket(element, _) | ArrayElemTypeDef::AngleBracket(element),
        ) => {
            let element = column_type(element)?.as_element();
            let nested = "an array of more than one dimension";
            ColumnType::Array(element.ok_or_else(|| SqlError::unsupported(nested))?)
        }
        DataType::Date => ColumnType::Date,
        DataType::Timestamp(None | Some(6), TimezoneInfo::None | TimezoneInfo::WithoutTimeZone) => {
            ColumnType::Timestamp
        }
        DataType::Timestamp(None | Some(6), TimezoneInfo::Tz | TimezoneInfo::WithTimeZone) => {
            ColumnType::TimestampTz
        }
        DataType::Uuid => ColumnType::Uuid,
        DataType::Custom(name, arguments) => {
            let name = name.to_string().to_lowercase();
            match (name.as_str(), arguments.is_empty()) {
                ("int64", true) => ColumnType::Int8,
                ("timestamptz", true) => ColumnType::TimestampTz,
                ("bytes", true) => ColumnType::Bytes,
                ("string" | "bpchar", true) => ColumnType::String { max: None },
                ("inet", true) => ColumnType::Inet,
                _ => return Err(unsupported(ty)),
            }
        }
        _ => return Err(unsupported(ty)),
    })
}

fn unsupported(ty: &DataType) -> SqlError {
    SqlError::unsupported(format_args!("type {ty}"))
}

fn characters(count: u64) -> Result<u32> {
    match u32::try_from(count) {
        Ok(count) if (1..=MAX_CHARACTERS).contains(&count) => Ok(count),
        _ => Err(SqlError::new(
            SqlState::InvalidParameterValue,
            format!("length for types varchar and char must be between 1 and {MAX_CHARACTERS}"),
        )),
    }
}

fn decimal(info: &ExactNumberInfo) -> Result<ColumnType> {
    let (precision, scale) = match info {
        ExactNumberInfo::None => return Ok(ColumnType::Numeric),
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
