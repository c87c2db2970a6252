//! The bytes of a row's value: the columns outside the primary key, in the order of their ids.
//!
//! WHAT
//!   Each column is a tag, which holds the distance from the column id before and the kind of what follows, and a
//!   payload (`docs/keys.md`). A column that is absent is not NULL: it was added later, and reads as its stored
//!   missing value.
//!
//! INVARIANTS
//!   One row has one encoding: ids ascend, integers and tags take the fewest bytes, NaN has one form. `Values`
//!   refuses others, so bytes that it has read may be hashed as they are.

use cairn_catalog::{ColumnId, ColumnType};

use crate::Datum;
use crate::element::{Malformed, NAN_BITS, NAN_BITS4};
use crate::inet::Inet;
use crate::interval::Interval;
use crate::numeric::Numeric;

const NULL: u32 = 0;
const FALSE: u32 = 1;
const TRUE: u32 = 2;
const INT8: u32 = 3;
const INT16: u32 = 4;
const INT32: u32 = 5;
const INT64: u32 = 6;
const INT128: u32 = 7;
const FLOAT: u32 = 8;
const TEXT: u32 = 9;
const BYTES: u32 = 10;
const UUID: u32 = 11;
const FLOAT4: u32 = 12;
const INTERVAL: u32 = 13;
const ARRAY: u32 = 14;

const KIND_BITS: u32 = 4;
const KIND_MASK: u32 = (1 << KIND_BITS) - 1;

/// Writes one row's value; columns come in the order of their ids.
#[derive(Debug)]
pub struct ValueWriter<'a> {
    out: &'a mut Vec<u8>,
    last: u32,
}

impl<'a> ValueWriter<'a> {
    /// Appends to `out`.
    pub fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out, last: 0 }
    }

    fn tag(&mut self, column: ColumnId, kind: u32) {
        debug_assert!(
            column.0 > self.last,
            "columns come in the order of their ids"
        );
        let distance = u64::from(column.0.wrapping_sub(self.last));
        self.last = column.0;
        push_varint(self.out, distance << KIND_BITS | u64::from(kind));
    }

    pub fn null(&mut self, column: ColumnId) {
        self.tag(column, NULL);
    }

    pub fn bool(&mut self, column: ColumnId, value: bool) {
        self.tag(column, if value { TRUE } else { FALSE });
    }

    pub fn int(&mut self, column: ColumnId, value: i64) {
        if let Ok(value) = i8::try_from(value) {
            self.fixed(column, INT8, value.to_le_bytes());
        } else if let Ok(value) = i16::try_from(value) {
            self.fixed(column, INT16, value.to_le_bytes());
        } else if let Ok(value) = i32::try_from(value) {
            self.fixed(column, INT32, value.to_le_bytes());
        } else {
            self.fixed(column, INT64, value.to_le_bytes());
        }
    }

    pub fn wide(&mut self, column: ColumnId, value: i128) {
        match i64::try_from(value) {
            Ok(value) => self.int(column, value),
            Err(_) => self.fixed(column, INT128, value.to_le_bytes()),
        }
    }

    pub fn float(&mut self, column: ColumnId, value: f64) {
        self.fixed(column, FLOAT, canonical_bits(value).to_le_bytes());
    }

    pub fn text(&mut self, column: ColumnId, value: &str) {
        self.string(column, TEXT, value.as_bytes());
    }

    pub fn bytes(&mut self, column: ColumnId, value: &[u8]) {
        self.string(column, BYTES, value);
    }

    pub fn uuid(&mut self, column: ColumnId, value: &[u8; 16]) {
        self.fixed(column, UUID, *value);
    }

    pub fn float4(&mut self, column: ColumnId, value: f32) {
        self.fixed(column, FLOAT4, canonical_bits4(value).to_le_bytes());
    }

    pub fn interval(&mut self, column: ColumnId, value: &Interval) {
        self.tag(column, INTERVAL);
        self.out.extend_from_slice(&value.months.to_le_bytes());
        self.out.extend_from_slice(&value.days.to_le_bytes());
        self.out.extend_from_slice(&value.micros.to_le_bytes());
    }

    /// Prefix and address.
    pub fn inet(&mut self, column: ColumnId, value: &Inet) {
        self.tag(column, BYTES);
        push_varint(self.out, value.octets().len() as u64 + 1);
        self.out.push(value.prefix());
        self.out.extend_from_slice(value.octets());
    }

    /// Elements, written as the columns 1, 2, 3, … of a value.
    pub fn array(&mut self, column: ColumnId, elements: &[u8]) {
        self.string(column, ARRAY, elements);
    }

    fn fixed<const N: usize>(&mut self, column: ColumnId, kind: u32, payload: [u8; N]) {
        self.tag(column, kind);
        self.out.extend_from_slice(&payload);
    }

    fn string(&mut self, column: ColumnId, kind: u32, value: &[u8]) {
        self.tag(column, kind);
        push_varint(self.out, value.len() as u64);
        self.out.extend_from_slice(value);
    }

    /// Writes a value of any type.
    pub fn datum(&mut self, column: ColumnId, datum: &Datum) {
        match datum {
            Datum::Null => self.null(column),
            Datum::Bool(value) => self.bool(column, *value),
            Datum::Int2(value) => self.int(column, i64::from(*value)),
            Datum::Int4(value) | Datum::Date(value) => self.int(column, i64::from(*value)),
            Datum::Int8(value)
            | Datum::Timestamp(value)
            | Datum::TimestampTz(value)
            | Datum::Time(value) => self.int(column, *value),
            Datum::Float8(value) => self.float(column, *value),
            Datum::Decimal(value) => self.wide(column, *value),
            Datum::String(value) => self.text(column, value),
            Datum::Bytes(value) => self.bytes(column, value),
            Datum::Uuid(value) => self.uuid(column, value),
            Datum::Float4(value) => self.float4(column, *value),
            Datum::Numeric(value) => self.bytes(column, value.as_bytes()),
            Datum::Interval(value) => self.interval(column, value),
            Datum::Inet(value) => self.inet(column, value),
            Datum::Jsonb(value) => self.text(column, value),
            Datum::Array(elements) => {
                let mut bytes = Vec::new();
                let mut writer = ValueWriter::new(&mut bytes);
                for (id, element) in (1..).zip(elements) {
                    writer.datum(ColumnId(id), element);
                }
                self.array(column, &bytes);
            }
        }
    }

    /// Writes what `Values` has read, as it is.
    pub fn raw(&mut self, column: ColumnId, raw: &Raw<'_>) {
        match *raw {
            Raw::Null => self.null(column),
            Raw::Bool(value) => self.bool(column, value),
            Raw::Int(value) => self.int(column, value),
            Raw::Wide(value) => self.fixed(column, INT128, *value),
            Raw::Float(value) => self.float(column, value),
            Raw::Text(value) => self.string(column, TEXT, value),
            Raw::Bytes(value) => self.bytes(column, value),
            Raw::Uuid(value) => self.uuid(column, value),
            Raw::Float4(value) => self.float4(column, value),
            Raw::Interval(value) => self.fixed(column, INTERVAL, *value),
            Raw::Array(value) => self.array(column, value),
        }
    }
}

fn canonical_bits4(value: f32) -> u32 {
    if value.is_nan() {
        NAN_BITS4
    } else {
        value.to_bits()
    }
}

fn canonical_bits(value: f64) -> u64 {
    if value.is_nan() {
        NAN_BITS
    } else {
        value.to_bits()
    }
}

/// What a column's payload holds, before its type is known.
#[derive(Clone, Copy, Debug)]
pub enum Raw<'a> {
    Null,
    Bool(bool),
    Int(i64),
    /// What does not fit an `Int`.
    Wide(&'a [u8; 16]),
    Float(f64),
    /// UTF-8, unless the bytes are damaged.
    Text(&'a [u8]),
    Bytes(&'a [u8]),
    Uuid(&'a [u8; 16]),
    Float4(f32),
    Interval(&'a [u8; 16]),
    /// To be read as a value whose columns are the elements.
    Array(&'a [u8]),
}

const SHORT: Malformed = "a value ends inside a column";
const NOT_SHORTEST: Malformed = "a number in a value is not in its canonical form";
const WRONG_TYPE: Malformed = "a value has another type than its column";

impl Raw<'_> {
    /// The value as one of the column's type.
    pub fn datum(&self, ty: &ColumnType) -> Result<Datum, Malformed> {
        Ok(match (ty, self) {
            (_, Self::Null) => Datum::Null,
            (ColumnType::Bool, Self::Bool(value)) => Datum::Bool(*value),
            (ColumnType::Int2, Self::Int(value)) => {
                Datum::Int2((*value).try_into().map_err(|_| WRONG_TYPE)?)
            }
            (ColumnType::Int4, Self::Int(value)) => {
                Datum::Int4((*value).try_into().map_err(|_| WRONG_TYPE)?)
            }
            (ColumnType::Int8, Self::Int(value)) => Datum::Int8(*value),
            (ColumnType::Date, Self::Int(value)) => {
                Datum::Date((*value).try_into().map_err(|_| WRONG_TYPE)?)
            }
            (ColumnType::Timestamp, Self::Int(value)) => Datum::Timestamp(*value),
            (ColumnType::TimestampTz, Self::Int(value)) => Datum::TimestampTz(*value),
            (ColumnType::Decimal { .. }, Self::Int(value)) => Datum::Decimal(i128::from(*value)),
            (ColumnType::Decimal { .. }, Self::Wide(value)) => {
                Datum::Decimal(i128::from_le_bytes(**value))
            }
            (ColumnType::Float8, Self::Float(value)) => Datum::Float8(*value),
            (ColumnType::String { .. }, Self::Text(value)) => Datum::String(
                std::str::from_utf8(value)
                    .map_err(|_| "a text is not UTF-8")?
                    .to_owned(),
            ),
            (ColumnType::Bytes, Self::Bytes(value)) => Datum::Bytes(value.to_vec()),
            (ColumnType::Uuid, Self::Uuid(value)) => Datum::Uuid(**value),
            (ColumnType::Char { .. }, text) => text.datum(&ColumnType::String { max: None })?,
            (ColumnType::Float4, Self::Float4(value)) => Datum::Float4(*value),
            (ColumnType::Numeric, Self::Bytes(value)) => {
                Datum::Numeric(Numeric::from_bytes(value)?)
            }
            (ColumnType::Time, Self::Int(value)) => Datum::Time(*value),
            (ColumnType::Interval, Self::Interval(value)) => Datum::Interval(read_interval(value)?),
            (ColumnType::Inet, Self::Bytes(value)) => Datum::Inet(read_inet(value)?),
            (ColumnType::Jsonb, Self::Text(value)) => Datum::Jsonb(
                std::str::from_utf8(value)
                    .map_err(|_| "a text is not UTF-8")?
                    .to_owned(),
            ),
            (ColumnType::Array(element), Self::Array(value)) => {
                let element = element.column_type();
                let mut datums = Vec::new();
                read_elements(value, |raw| {
                    datums.push(raw.datum(&element)?);
                    Ok(())
                })?;
                Datum::Array(datums)
            }
            _ => return Err(WRONG_TYPE),
        })
    }
}

/// The months, days and microseconds of a stored interval.
pub fn read_interval(bytes: &[u8; 16]) -> Result<Interval, Malformed> {
    let (months, rest) = bytes.split_first_chunk::<4>().ok_or(SHORT)?;
    let (days, rest) = rest.split_first_chunk::<4>().ok_or(SHORT)?;
    let micros = rest.first_chunk::<8>().ok_or(SHORT)?;
    Interval {
        months: i32::from_le_bytes(*months),
        days: i32::from_le_bytes(*days),
        micros: i64::from_le_bytes(*micros),
    }
    .checked()
    .ok_or("an INTERVAL is too large")
}

/// The prefix and address of a stored INET.
pub fn read_inet(bytes: &[u8]) -> Result<Inet, Malformed> {
    let read = bytes
        .split_first()
        .and_then(|(prefix, octets)| Inet::from_octets(*prefix, octets));
    read.ok_or("an INET is not in its canonical form")
}

/// Gives out the elements of a stored array, one after the other.
pub fn read_elements<'a>(
    bytes: &'a [u8],
    mut each: impl FnMut(Raw<'a>) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    let mut elements = Values::new(bytes);
    let mut expected = 1;
    while let Some((id, raw)) = elements.next()? {
        if id.0 != expected {
            return Err("the elements of an array are out of order");
        }
        expected += 1;
        each(raw)?;
    }
    Ok(())
}

/// Reads a row's value, column by column.
#[derive(Clone, Debug)]
pub struct Values<'a> {
    rest: &'a [u8],
    last: u32,
}

impl<'a> Values<'a> {
    pub fn new(value: &'a [u8]) -> Self {
        Self {
            rest: value,
            last: 0,
        }
    }

    /// The next column, or None after the last.
    #[inline]
    pub fn next(&mut self) -> Result<Option<(ColumnId, Raw<'a>)>, Malformed> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let tag = take_varint(&mut self.rest)?;
        let distance =
            u32::try_from(tag >> KIND_BITS).map_err(|_| "a value has an impossible column id")?;
        let id = self
            .last
            .checked_add(distance)
            .ok_or("a value has an impossible column id")?;
        if distance == 0 {
            return Err("the columns of a value are out of order");
        }
        self.last = id;
        let raw = self.payload(tag as u32 & KIND_MASK)?;
        Ok(Some((ColumnId(id), raw)))
    }

    #[inline]
    fn payload(&mut self, kind: u32) -> Result<Raw<'a>, Malformed> {
        Ok(match kind {
            NULL => Raw::Null,
            FALSE => Raw::Bool(false),
            TRUE => Raw::Bool(true),
            INT8 => Raw::Int(i64::from(i8::from_le_bytes(*self.take()?))),
            INT16 => {
                let value = i16::from_le_bytes(*self.take()?);
                self.shortest(i8::try_from(value).is_err())?;
                Raw::Int(i64::from(value))
            }
            INT32 => {
                let value = i32::from_le_bytes(*self.take()?);
                self.shortest(i16::try_from(value).is_err())?;
                Raw::Int(i64::from(value))
            }
            INT64 => {
                let value = i64::from_le_bytes(*self.take()?);
                self.shortest(i32::try_from(value).is_err())?;
                Raw::Int(value)
            }
            INT128 => {
                let payload = self.take()?;
                self.shortest(i64::try_from(i128::from_le_bytes(*payload)).is_err())?;
                Raw::Wide(payload)
            }
            FLOAT => {
                let bits = u64::from_le_bytes(*self.take()?);
                let value = f64::from_bits(bits);
                self.shortest(!value.is_nan() || bits == canonical_bits(value))?;
                Raw::Float(value)
            }
            TEXT => Raw::Text(self.string()?),
            BYTES => Raw::Bytes(self.string()?),
            UUID => Raw::Uuid(self.take()?),
            FLOAT4 => {
                let bits = u32::from_le_bytes(*self.take()?);
                let value = f32::from_bits(bits);
                self.shortest(!value.is_nan() || bits == canonical_bits4(value))?;
                Raw::Float4(value)
            }
            INTERVAL => Raw::Interval(self.take()?),
            ARRAY => Raw::Array(self.string()?),
            _ => return Err("a value holds a kind that this version does not know"),
        })
    }

    #[inline]
    fn shortest(&self, is_shortest: bool) -> Result<(), Malformed> {
        if is_shortest {
            Ok(())
        } else {
            Err(NOT_SHORTEST)
        }
    }

    #[inline]
    fn take<const N: usize>(&mut self) -> Result<&'a [u8; N], Malformed> {
        let (payload, rest) = self.rest.split_first_chunk::<N>().ok_or(SHORT)?;
        self.rest = rest;
        Ok(payload)
    }

    #[inline]
    fn string(&mut self) -> Result<&'a [u8], Malformed> {
        let length = usize::try_from(take_varint(&mut self.rest)?).map_err(|_| SHORT)?;
        let (payload, rest) = self.rest.split_at_checked(length).ok_or(SHORT)?;
        self.rest = rest;
        Ok(payload)
    }
}

fn push_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[inline]
fn take_varint(rest: &mut &[u8]) -> Result<u64, Malformed> {
    match rest.split_first() {
        Some((byte, tail)) if *byte < 0x80 => {
            *rest = tail;
            Ok(u64::from(*byte))
        }
        _ => take_long_varint(rest),
    }
}

/// At most 42 bits are ever written: a length below 4 GiB, or an id and a kind.
fn take_long_varint(rest: &mut &[u8]) -> Result<u64, Malformed> {
    let mut value = 0u64;
    for shift in (0..42).step_by(7) {
        let (byte, tail) = rest.split_first().ok_or(SHORT)?;
        *rest = tail;
        value |= u64::from(byte & 0x7F) << shift;
        if *byte < 0x80 {
            return if *byte == 0 && shift > 0 {
                Err(NOT_SHORTEST)
            } else {
                Ok(value)
            };
        }
    }
    Err("a number in a value is too long")
}

#[cfg(test)]
mod tests;
