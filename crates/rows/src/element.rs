//! The bytes of one column inside a key: order of bytes = order of values, ascending or descending.
//!
//! WHAT
//!   An element is a marker and a payload (`docs/keys.md`). The marker is never 00, 01, FE or FF, so that an engine
//!   can put a version behind a key and a range a bound behind all of its continuations (`AFTER`). A descending
//!   element is the ascending one with every byte complemented; the reader complements on the way in (`flip`), so
//!   both directions share one code.
//!
//! INVARIANTS
//!   No element is the beginning of another: a string ends with two bytes, for with one the end of "" would begin
//!   the escape of "\\0", and in descending order the longer key must come first.
//!   One value has one encoding: `push_*` writes the shortest form, and `read_*` refuses others. `-0` and `0`
//!   are one key, as are all NaNs.

use cairn_catalog::{ColumnType, Direction};

use crate::Datum;
use crate::inet::Inet;
use crate::interval::Interval;
use crate::numeric::Numeric;

/// Sorts after every continuation of a key and before every other greater key.
pub const AFTER: u8 = 0xFE;

const NULL: u8 = 0x02;
const FALSE: u8 = 0x03;
const TRUE: u8 = 0x04;
const FLOAT: u8 = 0x05;
const TEXT: u8 = 0x06;
const BYTES: u8 = 0x07;
const UUID: u8 = 0x08;
const NUMERIC: u8 = 0x09;
const INTERVAL: u8 = 0x0A;
const INET: u8 = 0x0B;
const FLOAT4: u8 = 0x0C;
/// An integer of n bytes has the marker ZERO + n, a negative one ZERO - n; n is at most 16.
const ZERO: u8 = 0x80;

/// In a string, stands before one of the next two.
const NUL: u8 = 0x00;
/// After a NUL: it was a byte of the string, which goes on.
const ESCAPE: u8 = 0xFF;
/// After a NUL: the string has ended.
const END: u8 = 0x01;

const SIGN: u64 = 1 << 63;

/// The one NaN that is stored.
pub const NAN_BITS: u64 = 0x7FF8_0000_0000_0000;

const SIGN4: u32 = 1 << 31;

/// The one NaN of 32 bits that is stored.
pub const NAN_BITS4: u32 = 0x7FC0_0000;

/// What is wrong with bytes that are no element.
pub type Malformed = &'static str;

/// The mask that turns stored bytes into ascending ones.
pub fn flip(direction: Direction) -> u8 {
    match direction {
        Direction::Ascending => 0x00,
        Direction::Descending => 0xFF,
    }
}

/// Appends a value's element. The caller knows that the value is of its column's type.
pub fn push(out: &mut Vec<u8>, datum: &Datum, direction: Direction) {
    match datum {
        Datum::Null => push_null(out, direction),
        Datum::Bool(value) => push_bool(out, *value, direction),
        Datum::Int2(value) => push_int(out, i64::from(*value), direction),
        Datum::Int4(value) | Datum::Date(value) => push_int(out, i64::from(*value), direction),
        Datum::Int8(value)
        | Datum::Timestamp(value)
        | Datum::TimestampTz(value)
        | Datum::Time(value) => push_int(out, *value, direction),
        Datum::Float8(value) => push_float(out, *value, direction),
        Datum::Decimal(value) => push_wide(out, *value, direction),
        Datum::String(value) => push_text(out, value, direction),
        Datum::Bytes(value) => push_bytes(out, value, direction),
        Datum::Uuid(value) => push_uuid(out, value, direction),
        Datum::Float4(value) => push_float4(out, *value, direction),
        Datum::Numeric(value) => push_numeric(out, value.ordered(), direction),
        Datum::Interval(value) => push_interval(out, value, direction),
        Datum::Inet(value) => push_inet(out, value, direction),
        // `TableDescriptor::check` keeps these types out of indexes.
        Datum::Jsonb(_) | Datum::Array(_) => push_null(out, direction),
    }
}

pub fn push_null(out: &mut Vec<u8>, direction: Direction) {
    out.push(NULL ^ flip(direction));
}

pub fn push_bool(out: &mut Vec<u8>, value: bool, direction: Direction) {
    out.push(if value { TRUE } else { FALSE } ^ flip(direction));
}

pub fn push_int(out: &mut Vec<u8>, value: i64, direction: Direction) {
    let magnitude = value.unsigned_abs();
    let length = (64 - magnitude.leading_zeros()).div_ceil(8);
    let (marker, flip) = integer_head(value < 0, length, direction);
    out.push(marker);
    let bytes = (magnitude ^ u64::from_ne_bytes([flip; 8])).to_be_bytes();
    out.extend_from_slice(bytes.get(8 - length as usize..).unwrap_or_default());
}

pub fn push_wide(out: &mut Vec<u8>, value: i128, direction: Direction) {
    let magnitude = value.unsigned_abs();
    let length = (128 - magnitude.leading_zeros()).div_ceil(8);
    let (marker, flip) = integer_head(value < 0, length, direction);
    out.push(marker);
    let bytes = (magnitude ^ u128::from_ne_bytes([flip; 16])).to_be_bytes();
    out.extend_from_slice(bytes.get(16 - length as usize..).unwrap_or_default());
}

/// The marker of an integer, and what its magnitude's bytes are xored with: a negative one's are complemented.
fn integer_head(negative: bool, length: u32, direction: Direction) -> (u8, u8) {
    let flip = flip(direction);
    // `length` is at most 16.
    let length = length as u8;
    if negative {
        ((ZERO - length) ^ flip, !flip)
    } else {
        ((ZERO + length) ^ flip, flip)
    }
}

pub fn push_float(out: &mut Vec<u8>, value: f64, direction: Direction) {
    let value = if value == 0.0 { 0.0 } else { value };
    let bits = if value.is_nan() {
        NAN_BITS
    } else {
        value.to_bits()
    };
    let ordered = if bits & SIGN == 0 { bits | SIGN } else { !bits };
    push_fixed(out, FLOAT, ordered.to_be_bytes(), direction);
}

pub fn push_float4(out: &mut Vec<u8>, value: f32, direction: Direction) {
    let value = if value == 0.0 { 0.0 } else { value };
    let bits = if value.is_nan() {
        NAN_BITS4
    } else {
        value.to_bits()
    };
    let ordered = if bits & SIGN4 == 0 {
        bits | SIGN4
    } else {
        !bits
    };
    push_fixed(out, FLOAT4, ordered.to_be_bytes(), direction);
}

/// Appends a number of which the ordered bytes are given.
pub fn push_numeric(out: &mut Vec<u8>, ordered: &[u8], direction: Direction) {
    push_all(out, NUMERIC, ordered, direction);
}

/// The length, then what tells intervals of one length apart.
pub fn push_interval(out: &mut Vec<u8>, value: &Interval, direction: Direction) {
    out.push(INTERVAL ^ flip(direction));
    push_wide(out, value.length(), direction);
    push_int(out, i64::from(value.months), direction);
    push_int(out, i64::from(value.days), direction);
}

/// Family, network, prefix and address.
pub fn push_inet(out: &mut Vec<u8>, value: &Inet, direction: Direction) {
    let family = if value.is_v4() { 4 } else { 6 };
    push_all(out, INET, &[family], direction);
    let fields = [value.network_octets(), &[value.prefix()], value.octets()];
    out.extend(
        fields
            .into_iter()
            .flatten()
            .map(|byte| byte ^ flip(direction)),
    );
}

fn push_all(out: &mut Vec<u8>, marker: u8, payload: &[u8], direction: Direction) {
    let flip = flip(direction);
    out.push(marker ^ flip);
    out.extend(payload.iter().map(|byte| byte ^ flip));
}

pub fn push_uuid(out: &mut Vec<u8>, value: &[u8; 16], direction: Direction) {
    push_fixed(out, UUID, *value, direction);
}

fn push_fixed<const N: usize>(
    out: &mut Vec<u8>,
    marker: u8,
    mut payload: [u8; N],
    direction: Direction,
) {
    let flip = flip(direction);
    out.push(marker ^ flip);
    for byte in &mut payload {
        *byte ^= flip;
    }
    out.extend_from_slice(&payload);
}

pub fn push_text(out: &mut Vec<u8>, value: &str, direction: Direction) {
    push_string(out, TEXT, value.as_bytes(), direction);
}

pub fn push_bytes(out: &mut Vec<u8>, value: &[u8], direction: Direction) {
    push_string(out, BYTES, value, direction);
}

fn push_string(out: &mut Vec<u8>, marker: u8, value: &[u8], direction: Direction) {
    let flip = flip(direction);
    out.push(marker ^ flip);
    for (part, piece) in value.split(|byte| *byte == NUL).enumerate() {
        if part > 0 {
            out.extend_from_slice(&[NUL ^ flip, ESCAPE ^ flip]);
        }
        match direction {
            Direction::Ascending => out.extend_from_slice(piece),
            Direction::Descending => out.extend(piece.iter().map(|byte| !byte)),
        }
    }
    out.extend_from_slice(&[NUL ^ flip, END ^ flip]);
}

/// Takes one element of the type from the front of `rest`.
pub fn read(rest: &mut &[u8], ty: &ColumnType, flip: u8) -> Result<Datum, Malformed> {
    if read_null(rest, flip) {
        return Ok(Datum::Null);
    }
    Ok(match ty {
        ColumnType::Bool => Datum::Bool(read_bool(rest, flip)?),
        ColumnType::Int2 => Datum::Int2(read_int(rest, flip)?.try_into().map_err(|_| TOO_LARGE)?),
        ColumnType::Int4 => Datum::Int4(read_int(rest, flip)?.try_into().map_err(|_| TOO_LARGE)?),
        ColumnType::Int8 => Datum::Int8(read_int(rest, flip)?),
        ColumnType::Float8 => Datum::Float8(read_float(rest, flip)?),
        ColumnType::Decimal { .. } => Datum::Decimal(read_wide(rest, flip)?),
        ColumnType::String { .. } | ColumnType::Char { .. } => {
            let mut bytes = Vec::new();
            read_text(rest, flip, &mut bytes)?;
            Datum::String(String::from_utf8(bytes).map_err(|_| "a text in the key is not UTF-8")?)
        }
        ColumnType::Bytes => {
            let mut bytes = Vec::new();
            read_bytes(rest, flip, &mut bytes)?;
            Datum::Bytes(bytes)
        }
        ColumnType::Date => Datum::Date(read_int(rest, flip)?.try_into().map_err(|_| TOO_LARGE)?),
        ColumnType::Timestamp => Datum::Timestamp(read_int(rest, flip)?),
        ColumnType::TimestampTz => Datum::TimestampTz(read_int(rest, flip)?),
        ColumnType::Uuid => Datum::Uuid(read_uuid(rest, flip)?),
        ColumnType::Float4 => Datum::Float4(read_float4(rest, flip)?),
        ColumnType::Numeric => Datum::Numeric(read_numeric(rest, flip)?),
        ColumnType::Time => Datum::Time(read_int(rest, flip)?),
        ColumnType::Interval => Datum::Interval(read_interval(rest, flip)?),
        ColumnType::Inet => Datum::Inet(read_inet(rest, flip)?),
        _ => return Err("the key holds a type that this version does not know"),
    })
}

pub const TOO_LARGE: Malformed = "an integer is too large for its column";
const SHORT: Malformed = "the key ends inside a column";
const MARKER: Malformed = "the key has another type than its column";
const NOT_SHORTEST: Malformed = "an integer in the key is not in its shortest form";

/// Takes a NULL, if there is one.
pub fn read_null(rest: &mut &[u8], flip: u8) -> bool {
    match rest.split_first() {
        Some((marker, tail)) if marker ^ flip == NULL => {
            *rest = tail;
            true
        }
        _ => false,
    }
}

fn take_marker(rest: &mut &[u8], flip: u8) -> Result<u8, Malformed> {
    let (marker, tail) = rest.split_first().ok_or(SHORT)?;
    *rest = tail;
    Ok(marker ^ flip)
}

pub fn read_bool(rest: &mut &[u8], flip: u8) -> Result<bool, Malformed> {
    match take_marker(rest, flip)? {
        FALSE => Ok(false),
        TRUE => Ok(true),
        _ => Err(MARKER),
    }
}

#[inline]
pub fn read_int(rest: &mut &[u8], flip: u8) -> Result<i64, Malformed> {
    let (negative, payload) = take_integer(rest, flip, 8)?;
    let flip = if negative { !flip } else { flip };
    let magnitude = payload
        .iter()
        .fold(0u64, |value, byte| value << 8 | u64::from(byte ^ flip));
    check_shortest(payload, flip)?;
    if negative {
        if magnitude > SIGN {
            return Err(TOO_LARGE);
        }
        Ok(0i64.wrapping_sub_unsigned(magnitude))
    } else {
        i64::try_from(magnitude).map_err(|_| TOO_LARGE)
    }
}

pub fn read_wide(rest: &mut &[u8], flip: u8) -> Result<i128, Malformed> {
    let (negative, payload) = take_integer(rest, flip, 16)?;
    let flip = if negative { !flip } else { flip };
    let magnitude = payload
        .iter()
        .fold(0u128, |value, byte| value << 8 | u128::from(byte ^ flip));
    check_shortest(payload, flip)?;
    if negative {
        if magnitude > 1 << 127 {
            return Err(TOO_LARGE);
        }
        Ok(0i128.wrapping_sub_unsigned(magnitude))
    } else {
        i128::try_from(magnitude).map_err(|_| TOO_LARGE)
    }
}

#[inline]
fn take_integer<'a>(
    rest: &mut &'a [u8],
    flip: u8,
    most: u8,
) -> Result<(bool, &'a [u8]), Malformed> {
    let marker = take_marker(rest, flip)?;
    let length = marker.abs_diff(ZERO);
    if length > most {
        return Err(if length > 16 { MARKER } else { TOO_LARGE });
    }
    let (payload, tail) = rest.split_at_checked(usize::from(length)).ok_or(SHORT)?;
    *rest = tail;
    Ok((marker < ZERO, payload))
}

#[inline]
fn check_shortest(payload: &[u8], flip: u8) -> Result<(), Malformed> {
    if payload.first() == Some(&flip) {
        Err(NOT_SHORTEST)
    } else {
        Ok(())
    }
}

pub fn read_float(rest: &mut &[u8], flip: u8) -> Result<f64, Malformed> {
    let ordered = u64::from_be_bytes(take_fixed(rest, FLOAT, flip)?);
    let bits = if ordered & SIGN == 0 {
        !ordered
    } else {
        ordered & !SIGN
    };
    let value = f64::from_bits(bits);
    let canonical = if value.is_nan() {
        bits == NAN_BITS
    } else {
        bits != SIGN
    };
    if canonical {
        Ok(value)
    } else {
        Err("a number in the key is not in its canonical form")
    }
}

pub fn read_float4(rest: &mut &[u8], flip: u8) -> Result<f32, Malformed> {
    let ordered = u32::from_be_bytes(take_fixed(rest, FLOAT4, flip)?);
    let bits = if ordered & SIGN4 == 0 {
        !ordered
    } else {
        ordered & !SIGN4
    };
    let value = f32::from_bits(bits);
    let canonical = if value.is_nan() {
        bits == NAN_BITS4
    } else {
        bits != SIGN4
    };
    if canonical {
        Ok(value)
    } else {
        Err("a number in the key is not in its canonical form")
    }
}

pub fn read_numeric(rest: &mut &[u8], flip: u8) -> Result<Numeric, Malformed> {
    let ordered: Vec<u8> = take_numeric(rest, flip)?
        .iter()
        .map(|byte| byte ^ flip)
        .collect();
    Numeric::from_ordered(&ordered)
}

fn take_numeric<'a>(rest: &mut &'a [u8], flip: u8) -> Result<&'a [u8], Malformed> {
    if take_marker(rest, flip)? != NUMERIC {
        return Err(MARKER);
    }
    let length = Numeric::ordered_length(rest, flip)?;
    let (ordered, tail) = rest.split_at_checked(length).ok_or(SHORT)?;
    *rest = tail;
    Ok(ordered)
}

pub fn read_interval(rest: &mut &[u8], flip: u8) -> Result<Interval, Malformed> {
    if take_marker(rest, flip)? != INTERVAL {
        return Err(MARKER);
    }
    let length = read_wide(rest, flip)?;
    let months = read_int(rest, flip)?.try_into().map_err(|_| TOO_LARGE)?;
    let days = read_int(rest, flip)?.try_into().map_err(|_| TOO_LARGE)?;
    Interval::from_length(length, months, days).ok_or(TOO_LARGE)
}

pub fn read_inet(rest: &mut &[u8], flip: u8) -> Result<Inet, Malformed> {
    const NOT_INET: Malformed = "an INET in the key is not in its canonical form";
    if take_marker(rest, flip)? != INET {
        return Err(MARKER);
    }
    let size = match take_marker(rest, flip)? {
        4 => 4,
        6 => 16,
        _ => return Err(NOT_INET),
    };
    let (payload, tail) = rest.split_at_checked(2 * size + 1).ok_or(SHORT)?;
    *rest = tail;
    let payload: Vec<u8> = payload.iter().map(|byte| byte ^ flip).collect();
    let (network, fields) = payload.split_at_checked(size).ok_or(SHORT)?;
    let (prefix, octets) = fields.split_first().ok_or(SHORT)?;
    Inet::from_octets(*prefix, octets)
        .filter(|inet| inet.network_octets() == network)
        .ok_or(NOT_INET)
}

pub fn read_uuid(rest: &mut &[u8], flip: u8) -> Result<[u8; 16], Malformed> {
    take_fixed(rest, UUID, flip)
}

fn take_fixed<const N: usize>(
    rest: &mut &[u8],
    marker: u8,
    flip: u8,
) -> Result<[u8; N], Malformed> {
    if take_marker(rest, flip)? != marker {
        return Err(MARKER);
    }
    let (payload, tail) = rest.split_first_chunk::<N>().ok_or(SHORT)?;
    *rest = tail;
    Ok(payload.map(|byte| byte ^ flip))
}

/// Appends a text's bytes to `out`; whether they are UTF-8 is the caller's to check.
pub fn read_text(rest: &mut &[u8], flip: u8, out: &mut Vec<u8>) -> Result<(), Malformed> {
    read_string(rest, TEXT, flip, out)
}

pub fn read_bytes(rest: &mut &[u8], flip: u8, out: &mut Vec<u8>) -> Result<(), Malformed> {
    read_string(rest, BYTES, flip, out)
}

fn read_string(rest: &mut &[u8], marker: u8, flip: u8, out: &mut Vec<u8>) -> Result<(), Malformed> {
    if take_marker(rest, flip)? != marker {
        return Err(MARKER);
    }
    loop {
        let piece = take_piece(rest, flip)?;
        if flip == 0 {
            out.extend_from_slice(piece.bytes);
        } else {
            out.extend(piece.bytes.iter().map(|byte| byte ^ flip));
        }
        if piece.last {
            return Ok(());
        }
        out.push(0);
    }
}

/// What a string has up to its next NUL or its end, as stored.
struct Piece<'a> {
    bytes: &'a [u8],
    last: bool,
}

fn take_piece<'a>(rest: &mut &'a [u8], flip: u8) -> Result<Piece<'a>, Malformed> {
    let end = rest
        .iter()
        .position(|byte| *byte == NUL ^ flip)
        .ok_or(SHORT)?;
    let (bytes, tail) = rest.split_at_checked(end).ok_or(SHORT)?;
    let [_, next, after @ ..] = tail else {
        return Err(SHORT);
    };
    *rest = after;
    match next ^ flip {
        ESCAPE => Ok(Piece { bytes, last: false }),
        END => Ok(Piece { bytes, last: true }),
        _ => Err("a string in the key has neither end nor escape behind a NUL"),
    }
}

/// Passes over one element of the type.
pub fn skip(rest: &mut &[u8], ty: &ColumnType, flip: u8) -> Result<(), Malformed> {
    if read_null(rest, flip) {
        return Ok(());
    }
    match ty {
        ColumnType::Bool => read_bool(rest, flip).map(drop),
        ColumnType::Float8 => take_fixed::<8>(rest, FLOAT, flip).map(drop),
        ColumnType::Uuid => take_fixed::<16>(rest, UUID, flip).map(drop),
        ColumnType::Decimal { .. } => take_integer(rest, flip, 16).map(drop),
        ColumnType::String { .. } | ColumnType::Char { .. } | ColumnType::Bytes => {
            skip_string(rest, flip)
        }
        ColumnType::Float4 => take_fixed::<4>(rest, FLOAT4, flip).map(drop),
        ColumnType::Numeric => take_numeric(rest, flip).map(drop),
        ColumnType::Interval => read_interval(rest, flip).map(drop),
        ColumnType::Inet => read_inet(rest, flip).map(drop),
        _ => take_integer(rest, flip, 8).map(drop),
    }
}

fn skip_string(rest: &mut &[u8], flip: u8) -> Result<(), Malformed> {
    let marker = take_marker(rest, flip)?;
    if marker != TEXT && marker != BYTES {
        return Err(MARKER);
    }
    while !take_piece(rest, flip)?.last {}
    Ok(())
}

#[cfg(test)]
mod tests;
