//! Parameters of a Bind message to values: text as `Datum` reads it everywhere, and the binary forms.

use arrow::datatypes::DataType;
use cairn_catalog::ColumnType;
use cairn_rows::{Datum, Zone};
use cairn_sql::{SqlError, SqlState};
use cairn_syntax::InvalidUtf8;
use cairn_wire::binary;
use datafusion::scalar::ScalarValue;

use crate::types::Format;

/// The value of parameter `$number`, which the statement takes as `kind`; a text has its local times in `zone`.
pub fn decode(
    number: usize,
    bytes: Option<&[u8]>,
    kind: &DataType,
    format: Format,
    zone: Zone,
) -> Result<ScalarValue, SqlError> {
    let column = column_type(kind)
        .ok_or_else(|| SqlError::unsupported(format!("a parameter of type {kind} (${number})")))?;
    let datum = match (bytes, format) {
        (None, _) => Datum::Null,
        (Some(bytes), Format::Text) => from_text(number, bytes, &column, zone)?,
        (Some(bytes), Format::Binary) => match (kind, bytes.try_into()) {
            // An oid has no sign.
            (DataType::UInt32, Ok(oid)) => Datum::Int8(i64::from(u32::from_be_bytes(oid))),
            _ => from_binary(number, bytes, &column)?,
        },
    };
    scalar(datum, &column, kind)
}

fn from_text(
    number: usize,
    bytes: &[u8],
    column: &ColumnType,
    zone: Zone,
) -> Result<Datum, SqlError> {
    let text = cairn_syntax::text_of(bytes).map_err(|error| not_text(number, &error))?;
    Ok(Datum::parse_text_in(zone, column, text)?)
}

fn from_binary(number: usize, bytes: &[u8], column: &ColumnType) -> Result<Datum, SqlError> {
    use binary::Error;
    binary::read(bytes, column).map_err(|error| match error {
        Error::Malformed => SqlError::new(
            SqlState::InvalidTextRepresentation,
            format!("incorrect binary data format in parameter ${number} of type {column}"),
        ),
        Error::OutOfRange => SqlError::new(
            SqlState::NumericValueOutOfRange,
            format!("parameter ${number} is out of range for type {column}"),
        ),
        Error::NotText(error) => not_text(number, &error),
        Error::Value(error) => error.into(),
        Error::Unsupported => {
            SqlError::unsupported(format!("a binary parameter of type {column} (${number})"))
        }
    })
}

fn not_text(number: usize, error: &InvalidUtf8) -> SqlError {
    SqlError::from(error.clone()).context(format!("parameter ${number}"))
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
