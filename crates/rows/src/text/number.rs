//! Numbers as text.

use std::fmt::Write;
use std::num::IntErrorKind;
use std::str::FromStr;

use cairn_catalog::ColumnType;

use super::syntax;
use crate::numeric::{Numeric, NumericError};
use crate::{Error, Result};

fn out_of_range(ty: &ColumnType, text: &str) -> Error {
    Error::OutOfRange {
        ty: *ty,
        text: text.to_owned(),
    }
}

pub(super) fn write_integer(value: i64, out: &mut String) {
    // Writing to a String cannot fail.
    let _ = write!(out, "{value}");
}

pub(super) fn parse_integer<T>(ty: &ColumnType, text: &str) -> Result<T>
where
    T: FromStr<Err = std::num::ParseIntError>,
{
    text.trim()
        .parse::<T>()
        .map_err(|error| match error.kind() {
            IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => out_of_range(ty, text.trim()),
            _ => syntax(ty, text),
        })
}

/// The digits after which PostgreSQL turns to the exponential form: those that every double, and every float, has
/// exactly.
const EXACT_DIGITS: i32 = 15;
const EXACT_DIGITS_FLOAT4: i32 = 6;

/// Appends the shortest digits that read back as the same number, in PostgreSQL's form.
pub fn write_float8(value: f64, out: &mut String) {
    write_float(
        value,
        value.is_nan(),
        value.is_infinite(),
        value > 0.0,
        EXACT_DIGITS,
        out,
    );
}

/// The same of 32 bits.
pub fn write_float4(value: f32, out: &mut String) {
    write_float(
        value,
        value.is_nan(),
        value.is_infinite(),
        value > 0.0,
        EXACT_DIGITS_FLOAT4,
        out,
    );
}

fn write_float(
    value: impl std::fmt::Display + std::fmt::LowerExp,
    nan: bool,
    infinite: bool,
    positive: bool,
    exact_digits: i32,
    out: &mut String,
) {
    if nan {
        return out.push_str("NaN");
    }
    if infinite {
        return out.push_str(if positive { "Infinity" } else { "-Infinity" });
    }
    let start = out.len();
    // `{:e}` gives the shortest digits as `d.ddde<exponent>`; writing to a String cannot fail.
    let _ = write!(out, "{value:e}");
    let exponent = out
        .get(start..)
        .and_then(|form| form.split_once('e'))
        .and_then(|(_, digits)| digits.parse().ok());
    let exponent: i32 = exponent.unwrap_or(0);
    if (-4..exact_digits).contains(&exponent) {
        out.truncate(start);
        let _ = write!(out, "{value}");
    } else if let Some(mark) = out.get(start..).and_then(|form| form.find('e')) {
        out.truncate(start + mark);
        let sign = if exponent < 0 { '-' } else { '+' };
        let _ = write!(out, "e{sign}{:02}", exponent.unsigned_abs());
    }
}

/// Read as 32 bits from the start: by way of 64 it would be rounded twice.
pub(super) fn parse_float4(ty: &ColumnType, text: &str) -> Result<f32> {
    let wide = parse_float(ty, text)?;
    if !wide.is_finite() {
        return Ok(wide as f32);
    }
    let value: f32 = text.trim().parse().map_err(|_| syntax(ty, text))?;
    if value.is_infinite() || value == 0.0 && wide != 0.0 {
        Err(out_of_range(ty, text.trim()))
    } else {
        Ok(value)
    }
}

/// A number without limits.
pub(super) fn parse_numeric(ty: &ColumnType, text: &str) -> Result<Numeric> {
    Numeric::parse(text).map_err(|error| match error {
        NumericError::Syntax => syntax(ty, text),
        _ => Error::TooManyDigits,
    })
}

pub(super) fn parse_float(ty: &ColumnType, text: &str) -> Result<f64> {
    let trimmed = text.trim();
    let special = match trimmed.to_ascii_lowercase().as_str() {
        "nan" | "+nan" | "-nan" => Some(f64::NAN),
        "infinity" | "inf" | "+infinity" | "+inf" => Some(f64::INFINITY),
        "-infinity" | "-inf" => Some(f64::NEG_INFINITY),
        _ => None,
    };
    if let Some(value) = special {
        return Ok(value);
    }
    let value: f64 = trimmed.parse().map_err(|_| syntax(ty, text))?;
    // What is written with digits is a finite number, and only a written zero is zero.
    let digits = trimmed.split(['e', 'E']).next().unwrap_or_default();
    let vanished = value == 0.0 && digits.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
    if value.is_infinite() || vanished {
        Err(out_of_range(ty, trimmed))
    } else {
        Ok(value)
    }
}

/// Appends a number that is `value` times ten to the power of `-scale`, with all digits of the scale.
pub fn write_decimal(value: i128, scale: i8, out: &mut String) {
    if value < 0 {
        out.push('-');
    }
    let magnitude = value.unsigned_abs();
    // Writing to a String cannot fail.
    match u32::try_from(scale) {
        Ok(0) => {
            let _ = write!(out, "{magnitude}");
        }
        Ok(scale) => {
            let unit = 10u128.saturating_pow(scale);
            let _ = write!(
                out,
                "{}.{:0width$}",
                magnitude / unit,
                magnitude % unit,
                width = scale as usize
            );
        }
        Err(_) => {
            let zeros = usize::from(scale.unsigned_abs());
            let _ = if magnitude == 0 {
                write!(out, "0")
            } else {
                write!(out, "{magnitude}{:0<zeros$}", "")
            };
        }
    }
}

/// Rounds half away from zero to the scale, as PostgreSQL does.
pub(super) fn parse_decimal(ty: &ColumnType, precision: u8, scale: i8, text: &str) -> Result<i128> {
    let overflow = || Error::NumericOverflow { ty: *ty };
    let trimmed = text.trim();
    if matches!(
        trimmed.to_ascii_lowercase().as_str(),
        "nan" | "infinity" | "inf" | "-infinity" | "-inf"
    ) {
        return Err(Error::Unsupported {
            what: format!("the number {trimmed} in a column of type {ty}"),
        });
    }
    let number = Digits::parse(trimmed).ok_or_else(|| syntax(ty, text))?;
    let limit = 10u128.saturating_pow(u32::from(precision));
    let mut magnitude: u128 = 0;
    // The digits that count: up to the scale's last, then one more to round by.
    let wanted = number.point.saturating_add(i64::from(scale));
    for place in 0..wanted.min(number.len()) {
        magnitude = magnitude
            .saturating_mul(10)
            .saturating_add(u128::from(number.digit(place)));
        if magnitude >= limit {
            return Err(overflow());
        }
    }
    let missing_zeros = wanted.saturating_sub(number.len().max(0));
    if magnitude > 0 && missing_zeros > 0 {
        let zeros = u32::try_from(missing_zeros).map_err(|_| overflow())?;
        magnitude = 10u128
            .checked_pow(zeros)
            .and_then(|unit| magnitude.checked_mul(unit))
            .ok_or_else(overflow)?;
    }
    if wanted >= 0 && number.digit(wanted) >= 5 {
        magnitude += 1;
    }
    if magnitude >= limit {
        return Err(overflow());
    }
    let value = i128::try_from(magnitude).map_err(|_| overflow())?;
    Ok(if number.negative { -value } else { value })
}

/// A number as written: its digits without leading zeros, and where the point stands among them.
struct Digits {
    negative: bool,
    digits: Vec<u8>,
    point: i64,
}

impl Digits {
    fn parse(text: &str) -> Option<Self> {
        let (negative, text) = match text.as_bytes().first()? {
            b'-' => (true, text.get(1..)?),
            b'+' => (false, text.get(1..)?),
            _ => (false, text),
        };
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = [whole.as_bytes(), fraction.as_bytes()].concat();
        if all.is_empty() || !all.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let zeros = all.iter().take_while(|digit| **digit == b'0').count();
        let digits = all.get(zeros..)?.to_vec();
        let point = i64::try_from(whole.len()).ok()? - i64::try_from(zeros).ok()? + exponent;
        Some(Self {
            negative,
            digits,
            point,
        })
    }

    fn len(&self) -> i64 {
        i64::try_from(self.digits.len()).unwrap_or(i64::MAX)
    }

    /// The digit at a place counted from the first; 0 outside.
    fn digit(&self, place: i64) -> u8 {
        let place = usize::try_from(place).ok();
        place
            .and_then(|place| self.digits.get(place))
            .map_or(0, |digit| digit - b'0')
    }
}

/// Exponents beyond what any number here can use are all alike, so they are cut to a size that cannot overflow.
pub(crate) fn parse_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let magnitude = digits.parse::<i64>().unwrap_or(i64::MAX).min(1 << 40);
    Some(if text.starts_with('-') {
        -magnitude
    } else {
        magnitude
    })
}
