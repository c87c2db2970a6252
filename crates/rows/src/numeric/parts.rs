//! Sign and digits of a finite number, and their ordered bytes.

use super::{NEGATIVE, Numeric, NumericError, POSITIVE, ZERO};
use crate::element::Malformed;
use crate::text::number::parse_exponent;

/// PostgreSQL's limits of digits before and behind the point.
pub const MAX_WHOLE_DIGITS: i64 = 131_072;
pub const MAX_SCALE: i64 = 16_383;

/// Flips an exponent's sign bit, so that its bytes order as its values.
const EXPONENT_SIGN: u32 = 1 << 31;

/// A finite number: `0.d1 d2 d3…` times ten to the power of `exponent`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    pub negative: bool,
    /// Each 0 to 9, none at either end 0; empty for zero.
    pub digits: Vec<u8>,
    pub exponent: i64,
    /// How many digits are shown behind the point: at least those that are not zero.
    pub scale: i64,
}

impl Parts {
    /// A number of any digits; zeros at the ends are taken off.
    pub fn new(negative: bool, mut digits: Vec<u8>, exponent: i64, scale: i64) -> Self {
        let zeros = digits.iter().take_while(|digit| **digit == 0).count();
        digits.drain(..zeros);
        while digits.last() == Some(&0) {
            digits.pop();
        }
        if digits.is_empty() {
            return Self {
                negative: false,
                digits,
                exponent: 0,
                scale: scale.max(0),
            };
        }
        let exponent = exponent - i64::try_from(zeros).unwrap_or(0);
        let parts = Self {
            negative,
            digits,
            exponent,
            scale,
        };
        let least = i64::from(parts.least_scale());
        Self {
            scale: parts.scale.max(least),
            ..parts
        }
    }

    /// Digits with an optional sign, point and exponent.
    pub fn parse(text: &str) -> Result<Self, NumericError> {
        let (negative, unsigned) = match text.as_bytes().first() {
            Some(b'-') => (true, text.get(1..).unwrap_or_default()),
            Some(b'+') => (false, text.get(1..).unwrap_or_default()),
            _ => (false, text),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (
                mantissa,
                parse_exponent(exponent).ok_or(NumericError::Syntax)?,
            ),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if whole.is_empty() && fraction.is_empty() {
            return Err(NumericError::Syntax);
        }
        let digits: Option<Vec<u8>> = whole
            .bytes()
            .chain(fraction.bytes())
            .map(|digit| digit.is_ascii_digit().then(|| digit - b'0'))
            .collect();
        let digits = digits.ok_or(NumericError::Syntax)?;
        let point = i64::try_from(whole.len()).map_err(|_| NumericError::TooManyDigits)?;
        let shown = i64::try_from(fraction.len()).map_err(|_| NumericError::TooManyDigits)?;
        let parts = Self::new(
            negative,
            digits,
            point + exponent,
            (shown - exponent).max(0),
        );
        parts.check()?;
        Ok(parts)
    }

    /// # Errors
    /// More digits than a DECIMAL has.
    pub(super) fn check(&self) -> Result<(), NumericError> {
        if self.exponent > MAX_WHOLE_DIGITS || self.scale > MAX_SCALE {
            Err(NumericError::TooManyDigits)
        } else {
            Ok(())
        }
    }

    /// The digits behind the point that are not zero, and those between.
    pub fn least_scale(&self) -> u16 {
        if self.digits.is_empty() {
            return 0;
        }
        let behind = i64::try_from(self.digits.len()).unwrap_or(i64::MAX) - self.exponent;
        u16::try_from(behind.max(0)).unwrap_or(u16::MAX)
    }

    /// # Errors
    /// `TooManyDigits`.
    pub fn encode(&self) -> Result<Numeric, NumericError> {
        self.check()?;
        let mut bytes = Vec::with_capacity(self.digits.len() / 2 + 10);
        if self.digits.is_empty() {
            bytes.push(ZERO);
        } else {
            let exponent = i32::try_from(self.exponent).map_err(|_| NumericError::TooManyDigits)?;
            bytes.push(if self.negative { NEGATIVE } else { POSITIVE });
            let start = bytes.len();
            bytes.extend_from_slice(&(exponent.cast_unsigned() ^ EXPONENT_SIGN).to_be_bytes());
            for pair in self.digits.chunks(2) {
                let (tens, ones) = (
                    pair.first().copied().unwrap_or(0),
                    pair.get(1).copied().unwrap_or(0),
                );
                bytes.push(tens * 10 + ones + 1);
            }
            bytes.push(0);
            if self.negative {
                for byte in bytes.iter_mut().skip(start) {
                    *byte = !*byte;
                }
            }
        }
        let scale = u16::try_from(self.scale).map_err(|_| NumericError::TooManyDigits)?;
        bytes.extend_from_slice(&scale.to_be_bytes());
        Ok(Numeric(bytes))
    }

    /// The digit at a power of ten.
    pub fn digit(&self, power: i64) -> u8 {
        let place = self.exponent - 1 - power;
        let digit = usize::try_from(place)
            .ok()
            .and_then(|place| self.digits.get(place));
        digit.copied().unwrap_or(0)
    }

    /// The number times ten to the power of `scale`, rounded half away from zero.
    pub fn to_scaled(&self, scale: i8) -> Option<i128> {
        let scale = i64::from(scale);
        let mut magnitude: u128 = 0;
        for power in (-scale..self.exponent).rev() {
            magnitude = magnitude
                .checked_mul(10)?
                .checked_add(u128::from(self.digit(power)))?;
        }
        if self.digit(-scale - 1) >= 5 {
            magnitude = magnitude.checked_add(1)?;
        }
        let value = i128::try_from(magnitude).ok()?;
        Some(if self.negative { -value } else { value })
    }

    /// With `scale` digits behind the point, the others cut off.
    pub fn truncated(&self, scale: i64) -> Self {
        if scale >= i64::from(self.least_scale()) {
            return Self {
                scale,
                ..self.clone()
            };
        }
        let kept = usize::try_from(self.exponent + scale).unwrap_or(0);
        let digits = self.digits.iter().take(kept).copied().collect();
        Self::new(self.negative, digits, self.exponent, scale.max(0))
    }

    /// With `scale` digits behind the point, rounded half away from zero.
    pub fn rounded(&self, scale: i64) -> Self {
        if scale >= i64::from(self.least_scale()) {
            return Self {
                scale,
                ..self.clone()
            };
        }
        let kept = self.exponent + scale;
        let up = self.digit(-scale - 1) >= 5;
        let mut digits: Vec<u8> = vec![0];
        digits.extend(self.digits.iter().take(usize::try_from(kept).unwrap_or(0)));
        let mut exponent = self.exponent + 1;
        if kept < 0 {
            digits = vec![0];
            exponent = 1 - scale;
        }
        if up {
            for digit in digits.iter_mut().rev() {
                *digit = (*digit + 1) % 10;
                if *digit != 0 {
                    break;
                }
            }
        }
        Self::new(self.negative, digits, exponent, scale.max(0))
    }
}

const MALFORMED: Malformed = "a DECIMAL is not in its canonical form";

/// The length of the ordered bytes at the front, all xored with `flip`; checks that they are canonical.
pub(super) fn ordered_length(bytes: &[u8], flip: u8) -> Result<usize, Malformed> {
    let kind = *bytes.first().ok_or(MALFORMED)? ^ flip;
    let flip = match kind {
        super::NEGATIVE_INFINITY | ZERO | super::INFINITY | super::NAN => return Ok(1),
        NEGATIVE => !flip,
        POSITIVE => flip,
        _ => return Err(MALFORMED),
    };
    let exponent = ordered_exponent(bytes, flip).ok_or(MALFORMED)?;
    let digits = bytes.get(5..).ok_or(MALFORMED)?;
    let end = digits
        .iter()
        .position(|byte| *byte == flip)
        .ok_or(MALFORMED)?;
    let digits = digits.get(..end).ok_or(MALFORMED)?;
    let pair = |byte: Option<&u8>| byte.map(|byte| byte ^ flip).unwrap_or(0);
    let canonical = digits.iter().all(|byte| (1..=100).contains(&(byte ^ flip)))
        && pair(digits.first()) >= 11
        && pair(digits.last()) >= 2;
    let last_digits = if pair(digits.last()) % 10 == 1 { 1 } else { 2 };
    let count = i64::try_from(end).map_err(|_| MALFORMED)? * 2 - 2 + last_digits;
    if !canonical || exponent > MAX_WHOLE_DIGITS || count - exponent > MAX_SCALE {
        return Err(MALFORMED);
    }
    Ok(5 + end + 1)
}

/// The exponent in ordered bytes that are xored with `flip`.
pub(super) fn ordered_exponent(bytes: &[u8], flip: u8) -> Option<i64> {
    let exponent = bytes.get(1..5)?;
    let exponent = exponent
        .iter()
        .fold(0u32, |value, byte| value << 8 | u32::from(byte ^ flip));
    Some(i64::from((exponent ^ EXPONENT_SIGN).cast_signed()))
}
