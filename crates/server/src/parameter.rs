//! Parameters of a Bind message to values: text as `Datum` reads it everywhere, and the binary forms.

use std::sync::Arc;

use arrow::datatypes::{DataType, TimeUnit};
use cairn_catalog::ColumnType;
use cairn_rows::Datum;
use cairn_sql::{SqlError, SqlState};
use datafusion::scalar::ScalarValue;

use crate::numeric::{self, NumericError};
use crate::types::Format;

/// Days and microseconds from 1970-01-01 to 2000-01-01, where the binary forms count from.
const EPOCH_DAYS: i32 = 10_957;
const EPOCH_MICROSECONDS: i64 = 946_684_800_000_000;

/// The value of parameter `$number`, which the statement takes as `kind`.
pub fn decode(
    number: usize,
    bytes: Option<&[u8]>,
    kind: &DataType,
    format: Format,
) -> Result<ScalarValue, SqlError> {
    let column = column_type(kind)
        .ok_or_else(|| SqlError::unsupported(format!("a parameter of type {kind} (${number})")))?;
    let datum = match (bytes, format) {
        (None, _) => Datum::Null,
        (Some(bytes), Format::Text) => from_text(number, bytes, &column)?,
        (Some(bytes), Format::Binary) => match (kind, bytes.try_into()) {
            // An oid has no sign.
            (DataType::UInt32, Ok(oid)) => Datum::Int8(i64::from(u32::from_be_bytes(oid))),
            _ => from_binary(number, bytes, &column)?,
        },
    };
    scalar(datum, kind)
}

fn from_text(number: usize, bytes: &[u8], column: &ColumnType) -> Result<Datum, SqlError> {
    let text = std::str::from_utf8(bytes).map_err(|_| not_utf8(number))?;
    Ok(Datum::parse_text(column, text)?)
}

fn from_binary(number: usize, bytes: &[u8], column: &ColumnType) -> Result<Datum, SqlError> {
    let malformed = || {
        SqlError::new(
            SqlState::InvalidTextRepresentation,
            format!("incorrect binary data format in parameter ${number} of type {column}"),
        )
    };
    let out_of_range = || {
        SqlError::new(
            SqlState::NumericValueOutOfRange,
            format!("parameter ${number} is out of range for type {column}"),
        )
    };
    Ok(match column {
        ColumnType::Bool => match bytes {
            [flag] => Datum::Bool(*flag != 0),
            _ => return Err(malformed()),
        },
        ColumnType::Int2 => Datum::Int2(
            integer(bytes)
                .ok_or_else(malformed)?
                .try_into()
                .map_err(|_| out_of_range())?,
        ),
        ColumnType::Int4 => Datum::Int4(
            integer(bytes)
                .ok_or_else(malformed)?
                .try_into()
                .map_err(|_| out_of_range())?,
        ),
        ColumnType::Int8 => Datum::Int8(integer(bytes).ok_or_else(malformed)?),
        ColumnType::Float8 => Datum::Float8(float(bytes).ok_or_else(malformed)?),
        ColumnType::Decimal { .. } => {
            let text = numeric::read(bytes).map_err(|error| match error {
                NumericError::Malformed => malformed(),
                NumericError::NotFinite => SqlError::unsupported(format!(
                    "NaN or an infinity as {column} (parameter ${number})"
                )),
            })?;
            Datum::parse_text(column, &text)?
        }
        ColumnType::String { .. } => Datum::String(
            std::str::from_utf8(bytes)
                .map_err(|_| not_utf8(number))?
                .to_owned(),
        ),
        ColumnType::Bytes => Datum::Bytes(bytes.to_vec()),
        ColumnType::Date => {
            let days = i32::from_be_bytes(bytes.try_into().map_err(|_| malformed())?);
            Datum::Date(days.checked_add(EPOCH_DAYS).ok_or_else(out_of_range)?)
        }
        ColumnType::Timestamp | ColumnType::TimestampTz => {
            let since_2000 = i64::from_be_bytes(bytes.try_into().map_err(|_| malformed())?);
            let microseconds = since_2000
                .checked_add(EPOCH_MICROSECONDS)
                .ok_or_else(out_of_range)?;
            match column {
                ColumnType::Timestamp => Datum::Timestamp(microseconds),
                _ => Datum::TimestampTz(microseconds),
            }
        }
        ColumnType::Uuid => Datum::Uuid(bytes.try_into().map_err(|_| malformed())?),
        other => {
            return Err(SqlError::unsupported(format!(
                "a binary parameter of type {other} (${number})"
            )));
        }
    })
}

/// A big-endian integer of 2, 4 or 8 bytes: a client may declare a narrower type than the statement settles on.
fn integer(bytes: &[u8]) -> Option<i64> {
    match bytes.len() {
        2 => Some(i64::from(i16::from_be_bytes(bytes.try_into().ok()?))),
        4 => Some(i64::from(i32::from_be_bytes(bytes.try_into().ok()?))),
        8 => Some(i64::from_be_bytes(bytes.try_into().ok()?)),
        _ => None,
    }
}

fn float(bytes: &[u8]) -> Option<f64> {
    match bytes.len() {
        4 => Some(f64::from(f32::from_be_bytes(bytes.try_into().ok()?))),
        8 => Some(f64::from_be_bytes(bytes.try_into().ok()?)),
        _ => None,
    }
}

fn not_utf8(number: usize) -> SqlError {
    SqlError::new(
        SqlState::InvalidTextRepresentation,
        format!("parameter ${number} is not valid UTF-8"),
    )
}

/// The column type whose text and binary forms a parameter of an Arrow type has.
fn column_type(kind: &DataType) -> Option<ColumnType> {
    Some(match kind {
        DataType::Boolean => ColumnType::Bool,
        DataType::Int16 => ColumnType::Int2,
        DataType::Int32 => ColumnType::Int4,
        DataType::Int64 | DataType::UInt32 => ColumnType::Int8,
        DataType::Float32 | DataType::Float64 => ColumnType::Float8,
        DataType::Decimal128(precision, scale) => ColumnType::Decimal {
            precision: *precision,
            scale: *scale,
        },
        DataType::Null | DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8 => {
            ColumnType::String { max: None }
        }
        DataType::Binary | DataType::BinaryView => ColumnType::Bytes,
        DataType::Date32 => ColumnType::Date,
        DataType::Timestamp(TimeUnit::Microsecond, None) => ColumnType::Timestamp,
        DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => ColumnType::TimestampTz,
        DataType::FixedSizeBinary(16) => ColumnType::Uuid,
        _ => return None,
    })
}

/// The value as DataFusion takes it, in exactly the type that the statement asked for.
fn scalar(datum: Datum, kind: &DataType) -> Result<ScalarValue, SqlError> {
    let exact = match (datum, kind) {
        (Datum::Null, _) => return ScalarValue::try_from(kind).map_err(|error| internal(&error)),
        (Datum::Bool(value), _) => ScalarValue::Boolean(Some(value)),
        (Datum::Int2(value), _) => ScalarValue::Int16(Some(value)),
        (Datum::Int4(value), _) => ScalarValue::Int32(Some(value)),
        (Datum::Int8(value), _) => ScalarValue::Int64(Some(value)),
        (Datum::Float8(value), _) => ScalarValue::Float64(Some(value)),
        (Datum::Decimal(value), DataType::Decimal128(precision, scale)) => {
            ScalarValue::Decimal128(Some(value), *precision, *scale)
        }
        (Datum::String(value), _) => ScalarValue::Utf8(Some(value)),
        (Datum::Bytes(value), _) => ScalarValue::Binary(Some(value)),
        (Datum::Date(value), _) => ScalarValue::Date32(Some(value)),
        (Datum::Timestamp(value), _) => ScalarValue::TimestampMicrosecond(Some(value), None),
        (Datum::TimestampTz(value), _) => {
            ScalarValue::TimestampMicrosecond(Some(value), Some(Arc::from("UTC")))
        }
        (Datum::Uuid(value), _) => ScalarValue::FixedSizeBinary(16, Some(value.to_vec())),
        (Datum::Decimal(_), other) => {
            return Err(SqlError::internal(format!(
                "a decimal value for a parameter of type {other}"
            )));
        }
    };
    match kind {
        // A type that nothing decided is text.
        DataType::Null => Ok(exact),
        _ if &exact.data_type() == kind => Ok(exact),
        _ => exact.cast_to(kind).map_err(|error| internal(&error)),
    }
}

fn internal(error: &datafusion::error::DataFusionError) -> SqlError {
    SqlError::internal(error.to_string())
}

#[cfg(test)]
mod tests;
