//! One value of one column.

use std::cmp::Ordering;

use cairn_catalog::ColumnType;

use crate::inet::Inet;
use crate::interval::Interval;
use crate::numeric::Numeric;
use crate::{Error, Result};

/// A value. `Eq` and `Ord` are those of keys: NULL first, then as PostgreSQL sorts: `-0` equals `0`, and `NaN`
/// equals itself and is the greatest number.
#[derive(Clone, Debug)]
pub enum Datum {
    Null,
    Bool(bool),
    Int2(i16),
    Int4(i32),
    Int8(i64),
    Float8(f64),
    /// The number times ten to the power of its column's scale.
    Decimal(i128),
    String(String),
    Bytes(Vec<u8>),
    /// Days since 1970-01-01.
    Date(i32),
    /// Microseconds since 1970-01-01 00:00:00 of no zone in particular.
    Timestamp(i64),
    /// Microseconds since 1970-01-01 00:00:00 UTC.
    TimestampTz(i64),
    Uuid([u8; 16]),
    Float4(f32),
    Numeric(Numeric),
    /// Microseconds since midnight; the day's end is a time too.
    Time(i64),
    Interval(Interval),
    Inet(Inet),
    /// A document in its canonical form (`json`).
    Jsonb(String),
    /// Elements of one type, or NULL; no array among them.
    Array(Vec<Datum>),
}

impl Datum {
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// True if this is NULL or a value of the type's kind; its limits are `fit`'s matter.
    pub fn is_of(&self, ty: &ColumnType) -> bool {
        matches!(
            (self, ty),
            (Self::Null, _)
                | (Self::Bool(_), ColumnType::Bool)
                | (Self::Int2(_), ColumnType::Int2)
                | (Self::Int4(_), ColumnType::Int4)
                | (Self::Int8(_), ColumnType::Int8)
                | (Self::Float8(_), ColumnType::Float8)
                | (Self::Decimal(_), ColumnType::Decimal { .. })
                | (
                    Self::String(_),
                    ColumnType::String { .. } | ColumnType::Char { .. }
                )
                | (Self::Bytes(_), ColumnType::Bytes)
                | (Self::Date(_), ColumnType::Date)
                | (Self::Timestamp(_), ColumnType::Timestamp)
                | (Self::TimestampTz(_), ColumnType::TimestampTz)
                | (Self::Uuid(_), ColumnType::Uuid)
                | (Self::Float4(_), ColumnType::Float4)
                | (Self::Numeric(_), ColumnType::Numeric)
                | (Self::Time(_), ColumnType::Time)
                | (Self::Interval(_), ColumnType::Interval)
                | (Self::Inet(_), ColumnType::Inet)
                | (Self::Jsonb(_), ColumnType::Jsonb)
        ) || match (self, ty) {
            (Self::Array(elements), ColumnType::Array(element)) => {
                let element = element.column_type();
                elements.iter().all(|datum| datum.is_of(&element))
            }
            _ => false,
        }
    }

    /// The value as it may be stored in a column of this type: the limits of VARCHAR(n) and DECIMAL(p, s) hold, and
    /// text holds no NUL byte. Spaces beyond a VARCHAR's end are dropped, as PostgreSQL does.
    ///
    /// # Errors
    /// `TooLong`, `NumericOverflow`, `NulInText`; `Unsupported` for a value of another type.
    pub fn fit(self, ty: &ColumnType) -> Result<Self> {
        if !self.is_of(ty) {
            return Err(Error::Unsupported {
                what: format!("storing {self:?} as {ty}"),
            });
        }
        match (self, *ty) {
            (Self::String(text), ColumnType::String { max }) => {
                Ok(Self::String(fit_text(text, max)?))
            }
            (Self::String(text), ColumnType::Char { length }) => {
                Ok(Self::String(fit_padded(text, length)?))
            }
            (Self::Array(elements), ColumnType::Array(element)) => {
                let element = element.column_type();
                let fitted = elements.into_iter().map(|datum| datum.fit(&element));
                Ok(Self::Array(fitted.collect::<Result<_>>()?))
            }
            (Self::Decimal(value), ColumnType::Decimal { precision, .. }) => {
                if value.unsigned_abs() < 10u128.pow(u32::from(precision)) {
                    Ok(Self::Decimal(value))
                } else {
                    Err(Error::NumericOverflow { ty: *ty })
                }
            }
            (other, _) => Ok(other),
        }
    }

    /// The place of this value's kind among the others, for an order over values of different types.
    fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Bool(_) => 1,
            Self::Int2(_) => 2,
            Self::Int4(_) => 3,
            Self::Int8(_) => 4,
            Self::Float8(_) => 5,
            Self::Decimal(_) => 6,
            Self::String(_) => 7,
            Self::Bytes(_) => 8,
            Self::Date(_) => 9,
            Self::Timestamp(_) => 10,
            Self::TimestampTz(_) => 11,
            Self::Uuid(_) => 12,
            Self::Float4(_) => 13,
            Self::Numeric(_) => 14,
            Self::Time(_) => 15,
            Self::Interval(_) => 16,
            Self::Inet(_) => 17,
            Self::Jsonb(_) => 18,
            Self::Array(_) => 19,
        }
    }
}

fn fit_text(mut text: String, max: Option<u32>) -> Result<String> {
    if text.as_bytes().contains(&0) {
        return Err(Error::NulInText);
    }
    let Some(max) = max else { return Ok(text) };
    let limit = usize::try_from(max).unwrap_or(usize::MAX);
    if text.len() <= limit {
        return Ok(text);
    }
    if let Some((end, _)) = text.char_indices().nth(limit) {
        if text
            .get(end..)
            .is_some_and(|rest| rest.bytes().any(|byte| byte != b' '))
        {
            return Err(Error::TooLong { max, padded: false });
        }
        text.truncate(end);
    }
    Ok(text)
}

/// A CHAR(n): spaces at its end do not count, so they are not kept.
fn fit_padded(mut text: String, length: u32) -> Result<String> {
    text.truncate(text.trim_end_matches(' ').len());
    fit_text(text, Some(length)).map_err(|error| match error {
        Error::TooLong { max, .. } => Error::TooLong { max, padded: true },
        other => other,
    })
}

impl Ord for Datum {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Int2(a), Self::Int2(b)) => a.cmp(b),
            (Self::Int4(a), Self::Int4(b)) | (Self::Date(a), Self::Date(b)) => a.cmp(b),
            (Self::Int8(a), Self::Int8(b))
            | (Self::Timestamp(a), Self::Timestamp(b))
            | (Self::TimestampTz(a), Self::TimestampTz(b))
            | (Self::Time(a), Self::Time(b)) => a.cmp(b),
            (Self::Float4(a), Self::Float4(b)) => compare_floats(f64::from(*a), f64::from(*b)),
            (Self::Float8(a), Self::Float8(b)) => compare_floats(*a, *b),
            (Self::Decimal(a), Self::Decimal(b)) => a.cmp(b),
            (Self::String(a), Self::String(b)) | (Self::Jsonb(a), Self::Jsonb(b)) => a.cmp(b),
            (Self::Numeric(a), Self::Numeric(b)) => a.cmp(b),
            (Self::Interval(a), Self::Interval(b)) => a.cmp(b),
            (Self::Inet(a), Self::Inet(b)) => a.cmp(b),
            (Self::Array(a), Self::Array(b)) => a.cmp(b),
            (Self::Bytes(a), Self::Bytes(b)) => a.cmp(b),
            (Self::Uuid(a), Self::Uuid(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

fn compare_floats(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b)
        .unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

impl PartialOrd for Datum {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Datum {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Datum {}
