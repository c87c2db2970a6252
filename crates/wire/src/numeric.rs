//! NUMERIC in PostgreSQL's binary form: groups of four decimal digits around the decimal point.
//!
//! Sixteen-bit fields: number of groups, weight of the first group (in groups left of the point, less one), sign,
//! number of decimals shown, then the groups.

use bytes::{BufMut, BytesMut};
use cairn_rows::Numeric;

const POSITIVE: u16 = 0x0000;
const NEGATIVE: u16 = 0x4000;
const NAN: u16 = 0xC000;
const INFINITY: u16 = 0xD000;
const NEGATIVE_INFINITY: u16 = 0xF000;

/// What the field has room for: the upper bits are the sign's in PostgreSQL.
const MOST_DECIMALS: usize = 0x3FFF;

/// Digits in a group.
const GROUP: u32 = 4;
const BASE: u128 = 10_000;

/// Appends `unscaled / 10^scale`. A negative scale means trailing zeros left of the point.
pub fn write(unscaled: i128, scale: i8, out: &mut BytesMut) {
    let decimals = u32::try_from(scale).unwrap_or(0);
    let zeros = if scale < 0 {
        u32::from(scale.unsigned_abs())
    } else {
        0
    };
    // The fraction must fill whole groups: shift left by what is missing. Groups of the magnitude are found
    // first and the shift is spread over them, because the shifted number may not fit in 128 bits.
    let shift = (GROUP - decimals % GROUP) % GROUP + zeros;
    let mut groups = groups_of(unscaled.unsigned_abs(), shift);
    let fraction_groups = decimals.div_ceil(GROUP);
    let mut weight =
        i32::try_from(groups.len()).unwrap_or(0) - i32::try_from(fraction_groups).unwrap_or(0) - 1;

    let leading = groups.iter().take_while(|group| **group == 0).count();
    groups.drain(..leading);
    weight -= i32::try_from(leading).unwrap_or(0);
    while groups.last() == Some(&0) {
        groups.pop();
    }
    if groups.is_empty() {
        weight = 0;
    }
    out.put_u16(u16::try_from(groups.len()).unwrap_or(0));
    out.put_i16(i16::try_from(weight).unwrap_or(0));
    out.put_u16(if unscaled < 0 { NEGATIVE } else { POSITIVE });
    out.put_u16(u16::try_from(decimals).unwrap_or(0));
    for group in groups {
        out.put_u16(group);
    }
}

/// `magnitude * 10^shift` in base 10,000, most significant group first.
fn groups_of(magnitude: u128, shift: u32) -> Vec<u16> {
    let whole = usize::try_from(shift / GROUP).unwrap_or(0);
    let factor = 10_u128.pow(shift % GROUP);
    let mut groups = vec![0_u16; whole];
    let mut rest = magnitude;
    let mut carry = 0_u128;
    while rest > 0 || carry > 0 {
        let value = (rest % BASE) * factor + carry;
        groups.push(u16::try_from(value % BASE).unwrap_or(0));
        carry = value / BASE;
        rest /= BASE;
    }
    groups.reverse();
    groups
}

/// Appends a number without limits.
pub fn write_unlimited(number: &Numeric, out: &mut BytesMut) {
    let Some(parts) = number.parts() else {
        let sign = match (number.is_nan(), number.is_negative()) {
            (true, _) => NAN,
            (false, false) => INFINITY,
            (false, true) => NEGATIVE_INFINITY,
        };
        for field in [0, 0, sign, 0] {
            out.put_u16(field);
        }
        return;
    };
    let group_digits = i64::from(GROUP);
    let weight = if parts.digits.is_empty() {
        0
    } else {
        (parts.exponent - 1).div_euclid(group_digits)
    };
    let last = -(i64::from(parts.least_scale()) + group_digits - 1).div_euclid(group_digits);
    let group_at = |power: i64| {
        let digits = (0..group_digits)
            .rev()
            .map(|digit| parts.digit(power * group_digits + digit));
        digits.fold(0_u16, |group, digit| group * 10 + u16::from(digit))
    };
    let mut groups: Vec<u16> = (last..=weight).rev().map(group_at).collect();
    while groups.last() == Some(&0) {
        groups.pop();
    }
    out.put_u16(u16::try_from(groups.len()).unwrap_or(0));
    out.put_i16(i16::try_from(weight).unwrap_or(0));
    out.put_u16(if parts.negative { NEGATIVE } else { POSITIVE });
    out.put_u16(number.scale());
    for group in groups {
        out.put_u16(group);
    }
}

/// The bytes are not a NUMERIC.
#[derive(Debug, PartialEq, Eq)]
pub struct Malformed;

/// Reads a binary NUMERIC as decimal text, which keeps every digit whatever the target's scale.
pub fn read(bytes: &[u8]) -> Result<String, Malformed> {
    let mut fields = bytes.chunks_exact(2).map(|field| match field {
        [high, low] => u16::from_be_bytes([*high, *low]),
        _ => 0,
    });
    let mut next = || fields.next().ok_or(Malformed);
    let count = next()?;
    let weight = i32::from(next()?.cast_signed());
    let sign = next()?;
    let decimals = usize::from(next()?);
    if bytes.len() != 8 + 2 * usize::from(count) {
        return Err(Malformed);
    }
    let negative = match sign {
        POSITIVE => false,
        NEGATIVE => true,
        NAN => return Ok("NaN".to_owned()),
        INFINITY => return Ok("Infinity".to_owned()),
        NEGATIVE_INFINITY => return Ok("-Infinity".to_owned()),
        _ => return Err(Malformed),
    };
    let groups: Vec<u16> = fields.collect();
    if groups.iter().any(|group| u128::from(*group) >= BASE) || decimals > MOST_DECIMALS {
        return Err(Malformed);
    }
    let group_at = |power: i32| {
        usize::try_from(weight - power)
            .ok()
            .and_then(|index| groups.get(index))
            .copied()
            .unwrap_or(0)
    };
    let mut text = String::with_capacity(48);
    if negative {
        text.push('-');
    }
    for power in (0..=weight.max(0)).rev() {
        text.push_str(&format!("{:04}", group_at(power)));
    }
    if decimals > 0 {
        text.push('.');
        let mut fraction = String::new();
        let mut power = -1;
        while fraction.len() < decimals {
            fraction.push_str(&format!("{:04}", group_at(power)));
            power -= 1;
        }
        fraction.truncate(decimals);
        text.push_str(&fraction);
    }
    Ok(text)
}

#[cfg(test)]
mod tests;
