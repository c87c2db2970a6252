//! A number's bytes, read where they lie: no digit is copied.

use super::parts::{MAX_SCALE, ordered_exponent, ordered_length};
use super::{INFINITY, NAN, NEGATIVE, NEGATIVE_INFINITY, POSITIVE, SCALE_BYTES, ZERO};
use crate::element::Malformed;

/// What a row and a cell hold of a number, borrowed.
#[derive(Clone, Copy, Debug)]
pub struct StoredNumeric<'a> {
    pub(super) ordered: &'a [u8],
    /// How many digits are shown behind the point.
    pub(super) scale: u16,
}

/// The digits of a finite number: `0.d1 d2 d3…` times ten to the power of `exponent`.
#[derive(Clone, Copy)]
pub(super) struct Digits<'a> {
    pub(super) negative: bool,
    pub(super) exponent: i64,
    /// Two digits each, plus one; the last may end in a zero too many. Of a negative number the bits are the other way round.
    pairs: &'a [u8],
}

impl<'a> StoredNumeric<'a> {
    /// # Errors
    /// Bytes that `Numeric::as_bytes` never gives.
    pub fn check(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let malformed = "a DECIMAL is not in its canonical form";
        let (ordered, scale) = bytes.split_last_chunk::<SCALE_BYTES>().ok_or(malformed)?;
        let scale = u16::from_be_bytes(*scale);
        let stored = Self { ordered, scale };
        let shown = i64::from(scale);
        let fits = match stored.digits() {
            Some(digits) => (digits.least_scale()..=MAX_SCALE).contains(&shown),
            None => shown == 0,
        };
        if ordered_length(ordered, 0)? != ordered.len() || !fits {
            return Err(malformed);
        }
        Ok(stored)
    }

    pub(super) fn kind(&self) -> u8 {
        self.ordered.first().copied().unwrap_or(NAN)
    }

    /// None for NaN and the infinities.
    pub(super) fn digits(&self) -> Option<Digits<'a>> {
        let negative = self.kind() == NEGATIVE;
        let flip = if negative { 0xFF } else { 0 };
        match self.kind() {
            ZERO => Some(Digits {
                negative,
                exponent: 0,
                pairs: &[],
            }),
            POSITIVE | NEGATIVE => Some(Digits {
                negative,
                exponent: ordered_exponent(self.ordered, flip)?,
                // Without the byte that ends them.
                pairs: self.ordered.get(5..self.ordered.len() - 1)?,
            }),
            _ => None,
        }
    }

    /// The text that a client sees.
    pub fn write(&self, out: &mut String) {
        match self.kind() {
            INFINITY => out.push_str("Infinity"),
            NEGATIVE_INFINITY => out.push_str("-Infinity"),
            _ => match self.digits() {
                Some(digits) => digits.write(self.scale, out),
                None => out.push_str("NaN"),
            },
        }
    }
}

impl Digits<'_> {
    /// How many there are; those at the ends are not zero.
    pub(super) fn count(&self) -> usize {
        let padded = self.pairs.len() * 2;
        padded - usize::from(padded > 0 && self.at(padded - 1) == 0)
    }

    /// The digits behind the point that are not zero, and those between.
    pub(super) fn least_scale(&self) -> i64 {
        let count = i64::try_from(self.count()).unwrap_or(i64::MAX);
        (count - self.exponent).max(0)
    }

    /// The digit at a place from the first one on; zero behind the last.
    pub(super) fn at(&self, place: usize) -> u8 {
        let Some(pair) = self.pairs.get(place / 2) else {
            return 0;
        };
        let pair = if self.negative { !*pair } else { *pair };
        let number = pair.saturating_sub(1);
        match place % 2 {
            0 => number / 10,
            _ => number % 10,
        }
    }

    fn write(&self, scale: u16, out: &mut String) {
        if self.negative {
            out.push('-');
        }
        for power in (0..self.exponent.max(1)).rev() {
            out.push(self.of_power(power));
        }
        if scale > 0 {
            out.push('.');
            for place in 1..=i64::from(scale) {
                out.push(self.of_power(-place));
            }
        }
    }

    /// The digit at a power of ten.
    fn of_power(&self, power: i64) -> char {
        let place = usize::try_from(self.exponent - 1 - power);
        char::from(b'0' + place.map_or(0, |place| self.at(place)))
    }
}
