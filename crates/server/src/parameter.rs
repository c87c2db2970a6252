//! Parameters of a Bind message to values: text as `Datum` reads it everywhere, and the binary forms.

use arrow::datatypes::DataType;
use cairn_catalog::ColumnType;
use cairn_rows::{Datum, Inet, Interval};
use cairn_sql::{SqlError, SqlState};
use datafusion::scalar::ScalarValue;

use crate::encode::{INET_V4, INET_V6, JSONB_VERSION};
use crate::numeric;
use crate::types::Format;

/// Days and microseconds from 1970-01-01 to 2000-01-01, where the binary forms count from.
const EPOCH_DAYS: i32 = 10_957;
const EPOCH_MICROSECONDS: i64 = 946_684_800_000_000;

const MICROSECONDS_PER_DAY: i64 = 86_400_000_000;

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
    scalar(datum, &column, kind)
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
        ColumnType::Decimal { .. } | ColumnType::Numeric => {
            let text = numeric::read(bytes).map_err(|_| malformed())?;
            Datum::parse_text(column, &text)?
        }
        ColumnType::String { .. } | ColumnType::Char { .. } => Datum::String(
            std::str::from_utf8(bytes)
                .map_err(|_| not_utf8(number))?
                .to_owned(),
        ),
        ColumnType::Bytes => Datum::Bytes(bytes.to_vec()),
        ColumnType::Date => {
            let days = i32::from_be_bytes(bytes.try_into().map_err(|_| malformed())?);
            Datum::Date(match days {
                i32::MIN | i32::MAX => days,
                _ => days.checked_add(EPOCH_DAYS).ok_or_else(out_of_range)?,
            })
        }
        ColumnType::Timestamp | ColumnType::TimestampTz => {
            let since_2000 = i64::from_be_bytes(bytes.try_into().map_err(|_| malformed())?);
            let microseconds = match since_2000 {
                i64::MIN | i64::MAX => since_2000,
                _ => since_2000
                    .checked_add(EPOCH_MICROSECONDS)
                    .ok_or_else(out_of_range)?,
            };
            match column {
                ColumnType::Timestamp => Datum::Timestamp(microseconds),
                _ => Datum::TimestampTz(microseconds),
            }
        }
        ColumnType::Uuid => Datum::Uuid(bytes.try_into().map_err(|_| malformed())?),
        ColumnType::Float4 => Datum::Float4(match bytes.len() {
            4 => f32::from_be_bytes(bytes.try_into().map_err(|_| malformed())?),
            _ => float(bytes).ok_or_else(malformed)? as f32,
        }),
        ColumnType::Time => {
            let micros = i64::from_be_bytes(bytes.try_into().map_err(|_| malformed())?);
            if !(0..=MICROSECONDS_PER_DAY).contains(&micros) {
                return Err(out_of_range());
            }
            Datum::Time(micros)
        }
        ColumnType::Interval => Datum::Interval(
            interval(bytes)
                .ok_or_else(malformed)?
                .checked()
                .ok_or_else(out_of_range)?,
        ),
        ColumnType::Inet => Datum::Inet(inet(bytes).ok_or_else(malformed)?),
        ColumnType::Jsonb => {
            let text = match bytes.split_first() {
                Some((&JSONB_VERSION, text)) => text,
                _ => bytes,
            };
            from_text(number, text, column)?
        }
        ColumnType::Array(element) => {
            let element = element.column_type();
            let read = |item: Option<&[u8]>| match item {
                Some(item) => from_binary(number, item, &element),
                None => Ok(Datum::Null),
            };
            let items = array(bytes).ok_or_else(malformed)?;
            Datum::Array(items.into_iter().map(read).collect::<Result<_, _>>()?)
        }
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

/// Microseconds, days, months.
fn interval(bytes: &[u8]) -> Option<Interval> {
    let (micros, rest) = bytes.split_first_chunk::<8>()?;
    let (days, months) = rest.split_first_chunk::<4>()?;
    Some(Interval {
        months: i32::from_be_bytes(months.try_into().ok()?),
        days: i32::from_be_bytes(*days),
        micros: i64::from_be_bytes(*micros),
    })
}

/// Family, prefix, whether it is a CIDR, length, address.
fn inet(bytes: &[u8]) -> Option<Inet> {
    let [family, prefix, _, length, address @ ..] = bytes else {
        return None;
    };
    let expected = match *family {
        INET_V4 => 4,
        INET_V6 => 16,
        _ => return None,
    };
    let whole = usize::from(*length) == expected && address.len() == expected;
    Inet::from_octets(*prefix, address).filter(|_| whole)
}

/// The items of an array of at most one dimension: its count of dimensions, flags, type, length and lower bound,
/// then each item with its length in front; -1 stands for NULL.
fn array(bytes: &[u8]) -> Option<Vec<Option<&[u8]>>> {
    let mut rest = bytes;
    let mut field = || {
        let (value, tail) = rest.split_first_chunk::<4>()?;
        rest = tail;
        Some(i32::from_be_bytes(*value))
    };
    let (dimensions, _flags, _element) = (field()?, field()?, field()?);
    let length = match dimensions {
        0 => 0,
        1 => {
            let length = field()?;
            field()?;
            length
        }
        _ => return None,
    };
    let mut items = Vec::new();
    for _ in 0..length {
        let (size, tail) = rest.split_first_chunk::<4>()?;
        rest = tail;
        items.push(match i32::from_be_bytes(*size) {
            -1 => None,
            size => {
                let (item, tail) = rest.split_at_checked(usize::try_from(size).ok()?)?;
                rest = tail;
                Some(item)
            }
        });
    }
    rest.is_empty().then_some(items)
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
        DataType::UInt32 => ColumnType::Int8,
        DataType::Null | DataType::Utf8View => ColumnType::String { max: None },
        DataType::BinaryView => ColumnType::Bytes,
        _ => return cairn_rows::column_type(kind),
    })
}

/// The value as DataFusion takes it, in exactly the type that the statement asked for.
fn scalar(datum: Datum, column: &ColumnType, kind: &DataType) -> Result<ScalarValue, SqlError> {
    if datum.is_null() {
        return ScalarValue::try_from(kind).map_err(|error| internal(&error));
    }
    let array = cairn_rows::array_of(column, std::iter::once(&datum))?;
    let exact = ScalarValue::try_from_array(&array, 0).map_err(|error| internal(&error))?;
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
