//! A number without limits: the value of a DECIMAL that was declared without a precision.
//!
//! WHAT
//!   A number is kept as bytes whose order is the order of numbers (`docs/keys.md`, section 2), with the count of
//!   digits that it shows behind its point behind them. So a key, a stored value and an Arrow cell are the same bytes,
//!   but for the count in a key; 1.5 and 1.50 are one key and equal, and are shown as they were written.
//!
//! INVARIANTS
//!   One number has one order: `Parts::encode` writes the digits without zeros at either end, and `StoredNumeric::check`
//!   refuses others.

mod arithmetic;
mod parts;
mod stored;

use std::cmp::Ordering;
use std::fmt;

use crate::element::Malformed;
pub use parts::{MAX_SCALE, MAX_WHOLE_DIGITS, Parts};
pub use stored::StoredNumeric;

/// The first byte: the kind of number, in its order.
const NEGATIVE_INFINITY: u8 = 1;
const NEGATIVE: u8 = 2;
const ZERO: u8 = 3;
const POSITIVE: u8 = 4;
const INFINITY: u8 = 5;
const NAN: u8 = 6;

/// Bytes behind the ordered ones: how many digits are shown behind the point.
const SCALE_BYTES: usize = 2;

/// A number. `Ord` is the order of numbers, in which NaN is the greatest and equals itself.
#[derive(Clone)]
pub struct Numeric(Vec<u8>);

impl Numeric {
    pub fn nan() -> Self {
        Self(vec![NAN, 0, 0])
    }

    pub fn infinity(negative: bool) -> Self {
        let kind = if negative {
            NEGATIVE_INFINITY
        } else {
            INFINITY
        };
        Self(vec![kind, 0, 0])
    }

    /// `unscaled` times ten to the power of `-scale`.
    pub fn from_scaled(unscaled: i128, scale: i8) -> Self {
        let mut text = String::new();
        crate::text::write_decimal(unscaled, scale, &mut text);
        // 39 digits are within every limit.
        Self::parse(&text).unwrap_or_else(|_| Self::nan())
    }

    /// The number that a text stands for: digits, point and exponent, `NaN`, `Infinity` and their short forms.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, NumericError> {
        let trimmed = text.trim();
        if trimmed.ends_with(|last: char| last.is_ascii_digit()) {
            return Parts::parse(trimmed)?.encode();
        }
        match trimmed.to_ascii_lowercase().as_str() {
            "nan" => Ok(Self::nan()),
            "infinity" | "inf" | "+infinity" | "+inf" => Ok(Self::infinity(false)),
            "-infinity" | "-inf" => Ok(Self::infinity(true)),
            _ => Parts::parse(trimmed)?.encode(),
        }
    }

    /// The bytes of a value or a cell: those of a key, then the digits shown behind the point.
    ///
    /// # Errors
    /// Bytes that `as_bytes` never gives.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        StoredNumeric::check(bytes)?;
        Ok(Self(bytes.to_vec()))
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes of a key: the order of the bytes is the order of the numbers.
    pub fn ordered(&self) -> &[u8] {
        self.stored().ordered
    }

    /// The length of the ordered bytes in front of `bytes`, all of which are xored with `flip`.
    pub fn ordered_length(bytes: &[u8], flip: u8) -> Result<usize, Malformed> {
        parts::ordered_length(bytes, flip)
    }

    /// The number that ordered bytes stand for; it shows only the digits that it needs.
    ///
    /// # Errors
    /// Bytes that `ordered` never gives.
    pub fn from_ordered(ordered: &[u8]) -> Result<Self, Malformed> {
        let mut bytes = ordered.to_vec();
        bytes.extend_from_slice(&[0; SCALE_BYTES]);
        let mut number = Self(bytes);
        if parts::ordered_length(ordered, 0)? != ordered.len() {
            return Err("a DECIMAL in the key is not in its canonical form");
        }
        if let Some(parts) = number.parts() {
            number.set_scale(parts.least_scale());
        }
        Ok(number)
    }

    fn stored(&self) -> StoredNumeric<'_> {
        let (ordered, scale) = match self.0.split_last_chunk::<SCALE_BYTES>() {
            Some((ordered, scale)) => (ordered, u16::from_be_bytes(*scale)),
            None => (&[][..], 0),
        };
        StoredNumeric { ordered, scale }
    }

    /// How many digits are shown behind the point.
    pub fn scale(&self) -> u16 {
        self.stored().scale
    }

    fn set_scale(&mut self, scale: u16) {
        let end = self.0.len().saturating_sub(SCALE_BYTES);
        self.0.truncate(end);
        self.0.extend_from_slice(&scale.to_be_bytes());
    }

    fn kind(&self) -> u8 {
        self.stored().kind()
    }

    pub fn is_nan(&self) -> bool {
        self.kind() == NAN
    }

    pub fn is_finite(&self) -> bool {
        matches!(self.kind(), NEGATIVE | ZERO | POSITIVE)
    }

    pub fn is_zero(&self) -> bool {
        self.kind() == ZERO
    }

    pub fn is_negative(&self) -> bool {
        matches!(self.kind(), NEGATIVE | NEGATIVE_INFINITY)
    }

    /// Sign and digits; None for NaN and the infinities.
    pub fn parts(&self) -> Option<Parts> {
        let stored = self.stored();
        let digits = stored.digits()?;
        Some(Parts {
            negative: digits.negative,
            digits: (0..digits.count()).map(|place| digits.at(place)).collect(),
            exponent: digits.exponent,
            scale: i64::from(stored.scale),
        })
    }

    /// The number times ten to the power of `scale`, rounded half away from zero; None if it does not fit.
    pub fn to_scaled(&self, scale: i8) -> Option<i128> {
        self.parts()?.to_scaled(scale)
    }

    /// The number with as many digits behind its point, or zeros in front of it, rounded half away from zero.
    pub fn rounded(&self, scale: i64) -> Self {
        self.changed(|parts| parts.rounded(within_scale(scale)))
    }

    /// The same, but what is behind is cut off.
    pub fn truncated(&self, scale: i64) -> Self {
        self.changed(|parts| parts.truncated(within_scale(scale)))
    }

    /// The greatest whole number that is not greater.
    pub fn floor(&self) -> Self {
        let cut = self.truncated(0);
        let below = Self::from_scaled(-1, 0);
        match self < &cut {
            true => cut.add(&below).unwrap_or(cut),
            false => cut,
        }
    }

    /// The least whole number that is not less.
    pub fn ceiling(&self) -> Self {
        self.negated().floor().negated()
    }

    pub fn absolute(&self) -> Self {
        match self.is_negative() {
            true => self.negated(),
            false => self.clone(),
        }
    }

    /// The number without zeros at its end.
    pub fn trimmed(&self) -> Self {
        self.changed(|parts| {
            let scale = i64::from(parts.least_scale());
            Parts {
                scale,
                ..parts.clone()
            }
        })
    }

    /// A change of finite numbers that gives them no more digits in front of the point than one.
    fn changed(&self, change: impl FnOnce(&Parts) -> Parts) -> Self {
        match self.parts() {
            Some(parts) => change(&parts).encode().unwrap_or_else(|_| self.clone()),
            None => self.clone(),
        }
    }

    pub fn write(&self, out: &mut String) {
        self.stored().write(out);
    }
}

fn within_scale(scale: i64) -> i64 {
    scale.clamp(-MAX_WHOLE_DIGITS, MAX_SCALE)
}

/// Why a text is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumericError {
    Syntax,
    /// More digits than PostgreSQL allows: 131072 before the point, 16383 behind it.
    TooManyDigits,
    DivisionByZero,
}

impl fmt::Display for Numeric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.write(&mut text);
        f.write_str(&text)
    }
}

impl fmt::Debug for Numeric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Ord for Numeric {
    fn cmp(&self, other: &Self) -> Ordering {
        self.ordered().cmp(other.ordered())
    }
}

impl PartialOrd for Numeric {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Numeric {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Numeric {}

#[cfg(test)]
mod tests;
