//! Sums, products and quotients of numbers without limits, with PostgreSQL's rules for NaN and the infinities.

use super::{MAX_SCALE, Numeric, NumericError, Parts};

/// The digits that a quotient shows at least, as in PostgreSQL.
const QUOTIENT_DIGITS: i64 = 16;

impl Numeric {
    pub fn negated(&self) -> Self {
        match self.parts() {
            Some(parts) if parts.digits.is_empty() => self.clone(),
            Some(parts) => {
                let negative = !parts.negative;
                Parts { negative, ..parts }
                    .encode()
                    .unwrap_or_else(|_| Self::nan())
            }
            None if self.is_nan() => Self::nan(),
            None => Self::infinity(!self.is_negative()),
        }
    }

    /// # Errors
    /// `TooManyDigits`.
    pub fn add(&self, other: &Self) -> Result<Self, NumericError> {
        let (Some(a), Some(b)) = (self.parts(), other.parts()) else {
            return Ok(match (self.is_finite(), other.is_finite()) {
                _ if self.is_nan() || other.is_nan() => Self::nan(),
                (false, true) => self.clone(),
                (true, _) => other.clone(),
                (false, false) if self == other => self.clone(),
                (false, false) => Self::nan(),
            });
        };
        let low = -i64::from(a.least_scale().max(b.least_scale()));
        let high = a.exponent.max(b.exponent).max(low);
        let scale = a.scale.max(b.scale);
        if a.negative == b.negative {
            return Parts::new(a.negative, sum(&a, &b, low, high), high + 1, scale).encode();
        }
        let (greater, less) = if magnitude_order(&a, &b).is_ge() {
            (&a, &b)
        } else {
            (&b, &a)
        };
        Parts::new(
            greater.negative,
            difference(greater, less, low, high),
            high + 1,
            scale,
        )
        .encode()
    }

    /// # Errors
    /// `TooManyDigits`.
    pub fn subtract(&self, other: &Self) -> Result<Self, NumericError> {
        self.add(&other.negated())
    }

    /// # Errors
    /// `TooManyDigits`.
    pub fn multiply(&self, other: &Self) -> Result<Self, NumericError> {
        let (Some(a), Some(b)) = (self.parts(), other.parts()) else {
            if self.is_nan() || other.is_nan() || self.is_zero() || other.is_zero() {
                return Ok(Self::nan());
            }
            return Ok(Self::infinity(self.is_negative() != other.is_negative()));
        };
        let scale = a.scale + b.scale;
        let product = Parts::new(
            a.negative != b.negative,
            product(&a.digits, &b.digits),
            a.exponent + b.exponent,
            scale,
        );
        if product.scale > MAX_SCALE {
            product.rounded(MAX_SCALE).encode()
        } else {
            product.encode()
        }
    }

    /// The quotient, rounded half away from zero to as many digits as PostgreSQL gives.
    ///
    /// # Errors
    /// `DivisionByZero`, `TooManyDigits`.
    pub fn divide(&self, other: &Self) -> Result<Self, NumericError> {
        let (Some(a), Some(b)) = (self.parts(), other.parts()) else {
            if self.is_nan() || other.is_nan() || !self.is_finite() && !other.is_finite() {
                return Ok(Self::nan());
            }
            if self.is_finite() {
                return Ok(Self::from_scaled(0, 0));
            }
            if other.is_zero() {
                return Err(NumericError::DivisionByZero);
            }
            return Ok(Self::infinity(self.is_negative() != other.is_negative()));
        };
        if b.digits.is_empty() {
            return Err(NumericError::DivisionByZero);
        }
        let scale = quotient_scale(&a, &b);
        // Digits up to one behind the scale, to round by.
        let count = usize::try_from(a.exponent - b.exponent + 2 + scale).unwrap_or(0);
        let digits = quotient(&a.digits, &b.digits, count);
        let exact = Parts::new(
            a.negative != b.negative,
            digits,
            a.exponent - b.exponent + 1,
            0,
        );
        exact.rounded(scale).encode()
    }

    /// The quotient without its digits behind the point.
    ///
    /// # Errors
    /// `DivisionByZero`, `TooManyDigits`.
    pub fn quotient(&self, other: &Self) -> Result<Self, NumericError> {
        let (Some(a), Some(b)) = (self.parts(), other.parts()) else {
            return self.divide(other);
        };
        if b.digits.is_empty() {
            return Err(NumericError::DivisionByZero);
        }
        let count = usize::try_from(a.exponent - b.exponent + 1).unwrap_or(0);
        let digits = quotient(&a.digits, &b.digits, count);
        Parts::new(
            a.negative != b.negative,
            digits,
            a.exponent - b.exponent + 1,
            0,
        )
        .encode()
    }

    /// The remainder of the division that cuts its quotient off; it has the sign of `self`.
    ///
    /// # Errors
    /// `DivisionByZero`, `TooManyDigits`.
    pub fn remainder(&self, other: &Self) -> Result<Self, NumericError> {
        if self.is_nan() || other.is_nan() {
            return Ok(Self::nan());
        }
        if other.is_zero() {
            return Err(NumericError::DivisionByZero);
        }
        if !self.is_finite() || !other.is_finite() {
            return Ok(if self.is_finite() {
                self.clone()
            } else {
                Self::nan()
            });
        }
        self.subtract(&self.quotient(other)?.multiply(other)?)
    }

    /// The root, cut off behind at least 16 significant digits, as PostgreSQL shows them; None for a negative number.
    pub fn square_root(&self) -> Option<Self> {
        let Some(parts) = self.parts() else {
            return (self.is_nan() || !self.is_negative()).then(|| self.clone());
        };
        let weight = weight(&parts) * 4;
        let before = if parts.digits.is_empty() {
            1
        } else {
            (weight / 2) + 1
        };
        let scale = (QUOTIENT_DIGITS - before)
            .max(parts.scale)
            .clamp(0, MAX_SCALE);
        self.square_root_to(scale)
    }

    /// The root with `scale` digits behind the point.
    pub fn square_root_to(&self, scale: i64) -> Option<Self> {
        let parts = self.parts()?;
        if parts.negative {
            return None;
        }
        // Digits are taken in pairs from the point, and one more than is shown is found to round by.
        let pairs = (parts.exponent + 1).div_euclid(2);
        let count = usize::try_from(pairs + scale + 1).unwrap_or(0);
        let digit = |place: i64| parts.digit(pairs * 2 - 1 - place);
        let taken = (0..i64::try_from(count).unwrap_or(0))
            .map(|place| [digit(place * 2), digit(place * 2 + 1)]);
        let root = Parts::new(false, root(taken), pairs, 0);
        root.rounded(scale).encode().ok()
    }
}

/// The digits of a square root, one for each pair of its square's.
fn root(pairs: impl Iterator<Item = [u8; 2]>) -> Vec<u8> {
    let mut root: Vec<u8> = Vec::new();
    let mut rest: Vec<u8> = Vec::new();
    for pair in pairs {
        rest.extend(pair);
        // The next digit is the greatest d of which (20 * root + d) * d is not more than the rest: d times an odd number that
        // grows by two is taken away.
        let mut odd = doubled(&root);
        odd.push(0);
        let mut found = 0;
        for digit in 0..10 {
            let mut subtrahend = odd.clone();
            add_small(&mut subtrahend, digit * 2 + 1);
            let width = rest.len().max(subtrahend.len());
            let (mut wide, subtrahend) = (padded(&rest, width), padded(&subtrahend, width));
            if wide < subtrahend {
                break;
            }
            take_away(&mut wide, &subtrahend);
            rest = wide;
            found = digit + 1;
        }
        root.push(found);
        let zeros = rest.iter().take_while(|digit| **digit == 0).count();
        rest.drain(..zeros);
    }
    root
}

/// Twice a number.
fn doubled(digits: &[u8]) -> Vec<u8> {
    let mut carry = 0;
    let mut twice: Vec<u8> = digits
        .iter()
        .rev()
        .map(|digit| {
            let total = digit * 2 + carry;
            carry = total / 10;
            total % 10
        })
        .collect();
    twice.push(carry);
    twice.reverse();
    twice
}

fn add_small(digits: &mut [u8], mut carry: u8) {
    for digit in digits.iter_mut().rev() {
        let total = *digit + carry;
        *digit = total % 10;
        carry = total / 10;
    }
}

fn padded(digits: &[u8], width: usize) -> Vec<u8> {
    let mut padded = vec![0; width.saturating_sub(digits.len())];
    padded.extend_from_slice(digits);
    padded
}

/// The power of the first of the groups of four digits, aligned at the point, in which PostgreSQL counts.
fn weight(parts: &Parts) -> i64 {
    (parts.exponent - 1).div_euclid(4)
}

/// PostgreSQL's rule: at least 16 significant digits, and no fewer behind the point than either side shows.
fn quotient_scale(a: &Parts, b: &Parts) -> i64 {
    let group = |parts: &Parts| {
        let top = weight(parts) * 4;
        (0..4).rev().fold(0u32, |value, power| {
            value * 10 + u32::from(parts.digit(top + power))
        })
    };
    let (weight_a, weight_b) = if a.digits.is_empty() {
        (0, weight(b))
    } else {
        (weight(a), weight(b))
    };
    let mut quotient_weight = weight_a - weight_b;
    if group(a) <= group(b) {
        quotient_weight -= 1;
    }
    (QUOTIENT_DIGITS - quotient_weight * 4)
        .max(a.scale)
        .max(b.scale)
        .clamp(0, MAX_SCALE)
}

fn magnitude_order(a: &Parts, b: &Parts) -> std::cmp::Ordering {
    match (a.digits.is_empty(), b.digits.is_empty()) {
        (false, false) => a
            .exponent
            .cmp(&b.exponent)
            .then_with(|| a.digits.cmp(&b.digits)),
        (a_zero, b_zero) => b_zero.cmp(&a_zero),
    }
}

/// The digits of powers `high` to `low` of both, added.
fn sum(a: &Parts, b: &Parts, low: i64, high: i64) -> Vec<u8> {
    let mut carry = 0;
    let mut digits: Vec<u8> = (low..=high)
        .map(|power| {
            let total = a.digit(power) + b.digit(power) + carry;
            carry = total / 10;
            total % 10
        })
        .collect();
    digits.reverse();
    digits
}

/// The same, subtracted; `a` is the greater.
fn difference(a: &Parts, b: &Parts, low: i64, high: i64) -> Vec<u8> {
    let mut borrow = 0;
    let mut digits: Vec<u8> = (low..=high)
        .map(|power| {
            let total = 10 + a.digit(power) - b.digit(power) - borrow;
            borrow = u8::from(total < 10);
            total % 10
        })
        .collect();
    digits.reverse();
    digits
}

/// How many digits a limb of a product holds, and ten to the power of that.
const LIMB_DIGITS: usize = 9;
const LIMB: u64 = 1_000_000_000;

/// All digits of `0.a… · 0.b…`: as many as both have. Numbers may have 131,072 digits, so it is not done digit by digit.
fn product(a: &[u8], b: &[u8]) -> Vec<u8> {
    let (left, right) = (limbs(a), limbs(b));
    let mut cells = vec![0; left.len() + right.len()];
    for (place, x) in left.iter().enumerate() {
        let mut carry = 0;
        // One more: the cell that takes the last carry.
        let row = right.iter().copied().chain([0]);
        for (cell, y) in cells.iter_mut().skip(place).zip(row) {
            let sum = *cell + x * y + carry;
            *cell = sum % LIMB;
            carry = sum / LIMB;
        }
    }
    let mut digits = Vec::with_capacity(cells.len() * LIMB_DIGITS);
    for mut cell in cells {
        for _ in 0..LIMB_DIGITS {
            digits.push(u8::try_from(cell % 10).unwrap_or(0));
            cell /= 10;
        }
    }
    digits.truncate(a.len() + b.len());
    digits.reverse();
    digits
}

/// Digits as limbs, the last ones first.
fn limbs(digits: &[u8]) -> Vec<u64> {
    let value = |limb: &[u8]| {
        limb.iter()
            .fold(0, |sum, digit| sum * 10 + u64::from(*digit))
    };
    digits.rchunks(LIMB_DIGITS).map(value).collect()
}

/// `count` digits of `0.a… / 0.b…`, the first of which stands before the point.
fn quotient(a: &[u8], b: &[u8], count: usize) -> Vec<u8> {
    let mut rest: Vec<u8> = vec![0; b.len() + 1];
    // The first b.len() digits of the dividend, but for the last of them, are brought down at once.
    let mut next = a.iter().copied().chain(std::iter::repeat(0));
    for place in rest.iter_mut().skip(2) {
        *place = next.next().unwrap_or(0);
    }
    let mut digits = Vec::with_capacity(count);
    for _ in 0..count {
        rest.remove(0);
        rest.push(next.next().unwrap_or(0));
        let mut digit = 0;
        while !less(&rest, b) {
            take_away(&mut rest, b);
            digit += 1;
        }
        digits.push(digit);
    }
    digits
}

/// `rest` has one digit more than `b`.
fn less(rest: &[u8], b: &[u8]) -> bool {
    match rest.split_first() {
        Some((0, rest)) => rest < b,
        _ => false,
    }
}

fn take_away(rest: &mut [u8], b: &[u8]) {
    let mut borrow = 0;
    let subtrahend = b.iter().rev().copied().chain(std::iter::repeat(0));
    for (digit, other) in rest.iter_mut().rev().zip(subtrahend) {
        let total = 10 + *digit - other - borrow;
        borrow = u8::from(total < 10);
        *digit = total % 10;
    }
}
