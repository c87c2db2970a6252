//! PostgreSQL's text forms of values: what clients write and read, what COPY and DEFAULTs hold.
//!
//! `write_*` work on plain values, so that the wire protocol and COPY need no `Datum` per cell.

mod array;
pub mod calendar;
mod interval;
pub(crate) mod number;

use cairn_catalog::ColumnType;

use crate::inet::Inet;
use crate::json::{Json, JsonError};
use crate::{Datum, Error, Result, Zone};

pub use array::write_array;
pub use calendar::{
    write_date, write_time, write_timestamp, write_timestamptz, write_timestamptz_in,
};
pub use interval::{parse_interval, write_interval};
pub use number::{write_decimal, write_float4, write_float8};

impl Datum {
    /// The value that a text stands for in a column of this type, within the type's limits.
    ///
    /// # Errors
    /// `Syntax`, `OutOfRange`, `DateTime`, `NumericOverflow`, `TooLong`, `NulInText`, `Unsupported`.
    pub fn parse_text(ty: &ColumnType, text: &str) -> Result<Self> {
        Self::parse_text_in(Zone::UTC, ty, text)
    }

    /// The same; an instant without a zone is one of `zone`.
    ///
    /// # Errors
    /// As above.
    pub fn parse_text_in(zone: Zone, ty: &ColumnType, text: &str) -> Result<Self> {
        let value = match *ty {
            ColumnType::Bool => Self::Bool(parse_bool(text).ok_or_else(|| syntax(ty, text))?),
            ColumnType::Int2 => Self::Int2(number::parse_integer(ty, text)?),
            ColumnType::Int4 => Self::Int4(number::parse_integer(ty, text)?),
            ColumnType::Int8 => Self::Int8(number::parse_integer(ty, text)?),
            ColumnType::Float8 => Self::Float8(number::parse_float(ty, text)?),
            ColumnType::Decimal { precision, scale } => {
                Self::Decimal(number::parse_decimal(ty, precision, scale, text)?)
            }
            ColumnType::String { .. } | ColumnType::Char { .. } => Self::String(text.to_owned()),
            ColumnType::Bytes => Self::Bytes(parse_bytes(text).ok_or_else(|| syntax(ty, text))?),
            ColumnType::Date => Self::Date(calendar::parse_date(ty, text)?),
            ColumnType::Timestamp => Self::Timestamp(calendar::parse_timestamp(ty, text)?),
            ColumnType::TimestampTz => {
                Self::TimestampTz(calendar::parse_timestamptz(ty, text, zone)?)
            }
            ColumnType::Uuid => Self::Uuid(parse_uuid(text).ok_or_else(|| syntax(ty, text))?),
            ColumnType::Float4 => Self::Float4(number::parse_float4(ty, text)?),
            ColumnType::Numeric => Self::Numeric(number::parse_numeric(ty, text)?),
            ColumnType::Time => Self::Time(calendar::parse_time(ty, text)?),
            ColumnType::Interval => Self::Interval(parse_interval(text)?),
            ColumnType::Inet => Self::Inet(Inet::parse(text).ok_or_else(|| syntax(ty, text))?),
            ColumnType::Jsonb => Self::Jsonb(parse_json(text)?.to_string()),
            ColumnType::Array(element) => {
                Self::Array(array::parse_array(zone, ty, &element.column_type(), text)?)
            }
            _ => {
                return Err(Error::Unsupported {
                    what: format!("type {ty}"),
                });
            }
        };
        value.fit(ty)
    }

    /// Appends the text that `parse_text` reads back as the same value. A NULL has no text: nothing is appended.
    pub fn write_text(&self, ty: &ColumnType, out: &mut String) {
        self.write_text_in(Zone::UTC, ty, out);
    }

    /// The same; instants are shown as in `zone`.
    pub fn write_text_in(&self, zone: Zone, ty: &ColumnType, out: &mut String) {
        match self {
            Self::Null => {}
            Self::Bool(value) => out.push(if *value { 't' } else { 'f' }),
            Self::Int2(value) => number::write_integer(i64::from(*value), out),
            Self::Int4(value) => number::write_integer(i64::from(*value), out),
            Self::Int8(value) => number::write_integer(*value, out),
            Self::Float8(value) => write_float8(*value, out),
            Self::Decimal(value) => {
                let scale = if let ColumnType::Decimal { scale, .. } = ty {
                    *scale
                } else {
                    0
                };
                write_decimal(*value, scale, out);
            }
            Self::String(value) => out.push_str(value),
            Self::Bytes(value) => write_bytes(value, out),
            Self::Date(value) => write_date(*value, out),
            Self::Timestamp(value) => write_timestamp(*value, out),
            Self::TimestampTz(value) => write_timestamptz_in(zone, *value, out),
            Self::Uuid(value) => write_uuid(value, out),
            Self::Float4(value) => write_float4(*value, out),
            Self::Numeric(value) => value.write(out),
            Self::Time(value) => write_time(*value, out),
            Self::Interval(value) => write_interval(value, out),
            Self::Inet(value) => out.push_str(&value.to_string()),
            Self::Jsonb(value) => out.push_str(value),
            Self::Array(elements) => {
                let element = match ty {
                    ColumnType::Array(element) => element.column_type(),
                    other => *other,
                };
                let elements = elements
                    .iter()
                    .map(|datum| (!datum.is_null()).then_some(datum));
                write_array(elements, out, |datum, out| {
                    datum.write_text_in(zone, &element, out);
                });
            }
        }
    }
}

/// A JSON document.
///
/// # Errors
/// `Syntax`, `NulInText`, `JsonTooDeep`, `TooManyDigits`.
pub fn parse_json(text: &str) -> Result<Json> {
    Json::parse(text).map_err(|error| match error {
        JsonError::Syntax => Error::Json {
            text: text.to_owned(),
        },
        JsonError::Nul => Error::NulInText,
        JsonError::TooDeep => Error::JsonTooDeep,
        JsonError::Number => Error::TooManyDigits,
    })
}

pub(crate) fn syntax(ty: &ColumnType, text: &str) -> Error {
    Error::Syntax {
        ty: *ty,
        text: text.to_owned(),
    }
}

/// Any beginning of a word that is no beginning of its opposite, in any case.
fn parse_bool(text: &str) -> Option<bool> {
    let word = text.trim().to_ascii_lowercase();
    let begins = |whole: &str, least: usize| word.len() >= least && whole.starts_with(&word);
    if word == "1" || begins("true", 1) || begins("yes", 1) || begins("on", 2) {
        Some(true)
    } else if word == "0" || begins("false", 1) || begins("no", 1) || begins("off", 2) {
        Some(false)
    } else {
        None
    }
}

/// Appends `\x` and two digits per byte.
pub fn write_bytes(value: &[u8], out: &mut String) {
    out.push_str("\\x");
    push_hex(value, out);
}

fn push_hex(value: &[u8], out: &mut String) {
    for byte in value {
        for nibble in [byte >> 4, byte & 15] {
            out.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
    }
}

/// The hex form, or the older escape form: `\\` and `\ooo`.
fn parse_bytes(text: &str) -> Option<Vec<u8>> {
    if let Some(digits) = text.strip_prefix("\\x") {
        return parse_hex(digits);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, tail)) = rest.split_first() {
        rest = tail;
        if *byte != b'\\' {
            bytes.push(*byte);
            continue;
        }
        match *rest {
            [b'\\', ref tail @ ..] => {
                bytes.push(b'\\');
                rest = tail;
            }
            [
                a @ b'0'..=b'3',
                b @ b'0'..=b'7',
                c @ b'0'..=b'7',
                ref tail @ ..,
            ] => {
                bytes.push((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'));
                rest = tail;
            }
            _ => return None,
        }
    }
    Some(bytes)
}

fn parse_hex(digits: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(digits.len() / 2);
    let mut digits = digits.chars().filter(|digit| !digit.is_ascii_whitespace());
    while let Some(high) = digits.next() {
        let byte = high.to_digit(16)? << 4 | digits.next()?.to_digit(16)?;
        bytes.push(u8::try_from(byte).ok()?);
    }
    Some(bytes)
}

/// Appends the form 8-4-4-4-12.
pub fn write_uuid(value: &[u8; 16], out: &mut String) {
    let mut buffer = uuid::Uuid::encode_buffer();
    out.push_str(
        uuid::Uuid::from_bytes(*value)
            .hyphenated()
            .encode_lower(&mut buffer),
    );
}

/// With or without hyphens and braces.
fn parse_uuid(text: &str) -> Option<[u8; 16]> {
    let text = text.trim();
    let bare = text
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'))
        .unwrap_or(text);
    if bare.starts_with("urn:") {
        return None;
    }
    uuid::Uuid::try_parse(bare).ok().map(uuid::Uuid::into_bytes)
}

#[cfg(test)]
mod tests;
