//! The binary forms of values, on their way in.

use cairn_catalog::ColumnType;
use cairn_rows::text::calendar::{END_OF_DATES, END_OF_TIMESTAMPS, FIRST_DAY};
use cairn_rows::{Datum, Inet, Interval};
use cairn_syntax::{InvalidUtf8, text_of};

use crate::numeric;

/// Days and microseconds from 1970-01-01, where our values count from, to 2000-01-01, where the binary forms do.
pub const EPOCH_DAYS: i32 = 10_957;
pub const EPOCH_MICROSECONDS: i64 = 946_684_800_000_000;

/// The families of addresses, and the one version of JSONB's binary form.
pub const INET_V4: u8 = 2;
pub const INET_V6: u8 = 3;
pub const JSONB_VERSION: u8 = 1;

const MICROSECONDS_PER_DAY: i64 = 86_400_000_000;

pub type Result<T> = std::result::Result<T, Error>;

/// Why bytes are no value; whoever reads them knows which one it was to be.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("incorrect binary data format")]
    Malformed,

    #[error("out of range")]
    OutOfRange,

    #[error(transparent)]
    NotText(#[from] InvalidUtf8),

    #[error("a type without a binary form here")]
    Unsupported,

    #[error(transparent)]
    Value(#[from] cairn_rows::Error),
}

/// The value of a type in its binary form. What is in an array is read by the same rules.
///
/// # Errors
/// The bytes are no such value.
pub fn read(bytes: &[u8], column: &ColumnType) -> Result<Datum> {
    let value = match column {
        ColumnType::Bool => match bytes {
            [flag] => Datum::Bool(*flag != 0),
            _ => return Err(Error::Malformed),
        },
        ColumnType::Int2 => Datum::Int2(
            integer(bytes)
                .ok_or(Error::Malformed)?
                .try_into()
                .map_err(|_| Error::OutOfRange)?,
        ),
        ColumnType::Int4 => Datum::Int4(
            integer(bytes)
                .ok_or(Error::Malformed)?
                .try_into()
                .map_err(|_| Error::OutOfRange)?,
        ),
        ColumnType::Int8 => Datum::Int8(integer(bytes).ok_or(Error::Malformed)?),
        ColumnType::Float8 => Datum::Float8(float(bytes).ok_or(Error::Malformed)?),
        ColumnType::Decimal { .. } | ColumnType::Numeric => {
            let text = numeric::read(bytes).map_err(|_| Error::Malformed)?;
            Datum::parse_text(column, &text)?
        }
        ColumnType::String { .. } | ColumnType::Char { .. } => {
            Datum::String(text_of(bytes)?.to_owned())
        }
        ColumnType::Bytes => Datum::Bytes(bytes.to_vec()),
        ColumnType::Date => {
            let since_2000 = i32::from_be_bytes(bytes.try_into().map_err(|_| Error::Malformed)?);
            Datum::Date(match since_2000 {
                i32::MIN | i32::MAX => since_2000,
                _ => since_2000
                    .checked_add(EPOCH_DAYS)
                    .filter(|days| (FIRST_DAY..END_OF_DATES).contains(&i64::from(*days)))
                    .ok_or(Error::OutOfRange)?,
            })
        }
        ColumnType::Timestamp => Datum::Timestamp(instant(bytes)?),
        ColumnType::TimestampTz => Datum::TimestampTz(instant(bytes)?),
        ColumnType::Uuid => Datum::Uuid(bytes.try_into().map_err(|_| Error::Malformed)?),
        ColumnType::Float4 => Datum::Float4(match bytes.len() {
            4 => f32::from_be_bytes(bytes.try_into().map_err(|_| Error::Malformed)?),
            _ => float(bytes).ok_or(Error::Malformed)? as f32,
        }),
        ColumnType::Time => {
            let micros = i64::from_be_bytes(bytes.try_into().map_err(|_| Error::Malformed)?);
            if !(0..=MICROSECONDS_PER_DAY).contains(&micros) {
                return Err(Error::OutOfRange);
            }
            Datum::Time(micros)
        }
        ColumnType::Interval => Datum::Interval(
            interval(bytes)
                .ok_or(Error::Malformed)?
                .checked()
                .ok_or(Error::OutOfRange)?,
        ),
        ColumnType::Inet => Datum::Inet(inet(bytes).ok_or(Error::Malformed)?),
        ColumnType::Jsonb => {
            let text = match bytes.split_first() {
                Some((&JSONB_VERSION, text)) => text,
                _ => bytes,
            };
            Datum::parse_text(column, text_of(text)?)?
        }
        ColumnType::Array(element) => {
            let element = element.column_type();
            let item = |item: Option<&[u8]>| match item {
                Some(item) => read(item, &element),
                None => Ok(Datum::Null),
            };
            let items = array(bytes).ok_or(Error::Malformed)?;
            Datum::Array(items.into_iter().map(item).collect::<Result<_>>()?)
        }
        _ => return Err(Error::Unsupported),
    };
    Ok(value.fit(column)?)
}

/// Microseconds since 2000, as those since 1970.
fn instant(bytes: &[u8]) -> Result<i64> {
    let since_2000 = i64::from_be_bytes(bytes.try_into().map_err(|_| Error::Malformed)?);
    let range = FIRST_DAY * MICROSECONDS_PER_DAY..END_OF_TIMESTAMPS * MICROSECONDS_PER_DAY;
    match since_2000 {
        i64::MIN | i64::MAX => Ok(since_2000),
        _ => since_2000
            .checked_add(EPOCH_MICROSECONDS)
            .filter(|instant| range.contains(instant))
            .ok_or(Error::OutOfRange),
    }
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

#[cfg(test)]
mod tests {
    use cairn_catalog::ColumnType;
    use cairn_rows::Datum;

    use super::{Error, read};

    /// What could not have been written as text is not taken in binary either.
    #[test]
    fn both_forms_have_the_same_values() {
        let text = ColumnType::String { max: None };
        let nul = read(b"a\0b", &text);
        assert!(
            matches!(nul, Err(Error::Value(cairn_rows::Error::NulInText))),
            "{nul:?}"
        );
        let before_the_calendar =
            (-4_700 * 366 * 86_400_000_000_i64 - 211_813_488_000_000_000).to_be_bytes();
        for ty in [ColumnType::Timestamp, ColumnType::TimestampTz] {
            let early = read(&before_the_calendar, &ty);
            assert!(matches!(early, Err(Error::OutOfRange)), "{early:?}");
            let infinity = read(&i64::MIN.to_be_bytes(), &ty);
            assert!(infinity.is_ok(), "{infinity:?}");
        }
        let early = read(&(i32::MIN + 1).to_be_bytes(), &ColumnType::Date);
        assert!(matches!(early, Err(Error::OutOfRange)), "{early:?}");
        let day = read(&0_i32.to_be_bytes(), &ColumnType::Date);
        assert!(matches!(day, Ok(Datum::Date(10_957))), "{day:?}");
    }
}
