//! Columns being filled, one per field of the batch to come.
//!
//! Values go from stored bytes straight into the buffers that the arrays will own. Appending does no checks that
//! can be made once for the whole column: `finish` checks text for UTF-8 and decimals for their precision.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, BooleanBufferBuilder, Date32Array, Decimal128Array,
    FixedSizeBinaryArray, Float64Array, Int16Array, Int32Array, Int64Array, NullBufferBuilder,
    PrimitiveArray, StringArray, TimestampMicrosecondArray,
};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::ArrowPrimitiveType;
use cairn_catalog::ColumnType;

use crate::Datum;
use crate::element::{self, Malformed, TOO_LARGE};
use crate::schema::UTC;
use crate::value::Raw;

const WRONG_TYPE: Malformed = "a value has another type than its column";

/// One column being filled.
#[derive(Debug)]
pub struct Column {
    data: Data,
    nulls: NullBufferBuilder,
}

#[derive(Debug)]
enum Data {
    Bool(BooleanBufferBuilder),
    Int2(Vec<i16>),
    Int4(Vec<i32>),
    Int8(Vec<i64>),
    Float8(Vec<f64>),
    Decimal(Vec<i128>, u8, i8),
    Text(Strings),
    Bytes(Strings),
    Date(Vec<i32>),
    Timestamp(Vec<i64>),
    TimestampTz(Vec<i64>),
    Uuid(Vec<u8>),
}

/// The offsets and bytes of a column of strings.
#[derive(Debug)]
struct Strings {
    offsets: Vec<i32>,
    bytes: Vec<u8>,
}

impl Strings {
    fn with_capacity(rows: usize) -> Self {
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(0);
        Self {
            offsets,
            bytes: Vec::with_capacity(rows * 16),
        }
    }

    #[inline]
    fn push(&mut self, value: &[u8]) -> Result<(), Malformed> {
        self.bytes.extend_from_slice(value);
        self.end()
    }

    /// Ends the value whose bytes have been appended.
    #[inline]
    fn end(&mut self) -> Result<(), Malformed> {
        self.offsets
            .push(i32::try_from(self.bytes.len()).map_err(|_| FULL)?);
        Ok(())
    }
}

/// The one complaint that is not about damage: see `Column::is_full`.
pub const FULL: Malformed = "the strings of one batch exceed 2 GiB";

impl Column {
    /// None for a type that this version does not know.
    pub fn new(ty: &ColumnType, rows: usize) -> Option<Self> {
        let data = match *ty {
            ColumnType::Bool => Data::Bool(BooleanBufferBuilder::new(rows)),
            ColumnType::Int2 => Data::Int2(Vec::with_capacity(rows)),
            ColumnType::Int4 => Data::Int4(Vec::with_capacity(rows)),
            ColumnType::Int8 => Data::Int8(Vec::with_capacity(rows)),
            ColumnType::Float8 => Data::Float8(Vec::with_capacity(rows)),
            ColumnType::Decimal { precision, scale } => {
                Data::Decimal(Vec::with_capacity(rows), precision, scale)
            }
            ColumnType::String { .. } => Data::Text(Strings::with_capacity(rows)),
            ColumnType::Bytes => Data::Bytes(Strings::with_capacity(rows)),
            ColumnType::Date => Data::Date(Vec::with_capacity(rows)),
            ColumnType::Timestamp => Data::Timestamp(Vec::with_capacity(rows)),
            ColumnType::TimestampTz => Data::TimestampTz(Vec::with_capacity(rows)),
            ColumnType::Uuid => Data::Uuid(Vec::with_capacity(rows * 16)),
            _ => return None,
        };
        Some(Self {
            data,
            nulls: NullBufferBuilder::new(rows),
        })
    }

    /// Appends what a value holds.
    #[inline]
    pub fn push_raw(&mut self, raw: Raw<'_>) -> Result<(), Malformed> {
        match (&mut self.data, raw) {
            (
                Data::Int8(values) | Data::Timestamp(values) | Data::TimestampTz(values),
                Raw::Int(value),
            ) => {
                values.push(value);
            }
            (Data::Int4(values) | Data::Date(values), Raw::Int(value)) => {
                values.push(i32::try_from(value).map_err(|_| TOO_LARGE)?);
            }
            (Data::Text(values), Raw::Text(value)) | (Data::Bytes(values), Raw::Bytes(value)) => {
                values.push(value)?
            }
            (Data::Decimal(values, ..), Raw::Int(value)) => values.push(i128::from(value)),
            (Data::Decimal(values, ..), Raw::Wide(value)) => {
                values.push(i128::from_le_bytes(*value))
            }
            (Data::Float8(values), Raw::Float(value)) => values.push(value),
            (Data::Int2(values), Raw::Int(value)) => {
                values.push(i16::try_from(value).map_err(|_| TOO_LARGE)?)
            }
            (Data::Bool(values), Raw::Bool(value)) => values.append(value),
            (Data::Uuid(values), Raw::Uuid(value)) => values.extend_from_slice(value),
            (_, Raw::Null) => {
                self.push_null();
                return Ok(());
            }
            _ => return Err(WRONG_TYPE),
        }
        self.nulls.append_non_null();
        Ok(())
    }

    /// Appends a key's element, taking it from the front of `rest`.
    #[inline]
    pub fn push_element(&mut self, rest: &mut &[u8], flip: u8) -> Result<(), Malformed> {
        if element::read_null(rest, flip) {
            self.push_null();
            return Ok(());
        }
        match &mut self.data {
            Data::Int8(values) | Data::Timestamp(values) | Data::TimestampTz(values) => {
                values.push(element::read_int(rest, flip)?);
            }
            Data::Int4(values) | Data::Date(values) => {
                values.push(i32::try_from(element::read_int(rest, flip)?).map_err(|_| TOO_LARGE)?);
            }
            Data::Text(values) => {
                element::read_text(rest, flip, &mut values.bytes)?;
                values.end()?;
            }
            Data::Bytes(values) => {
                element::read_bytes(rest, flip, &mut values.bytes)?;
                values.end()?;
            }
            Data::Decimal(values, ..) => values.push(element::read_wide(rest, flip)?),
            Data::Float8(values) => values.push(element::read_float(rest, flip)?),
            Data::Int2(values) => {
                values.push(i16::try_from(element::read_int(rest, flip)?).map_err(|_| TOO_LARGE)?)
            }
            Data::Bool(values) => values.append(element::read_bool(rest, flip)?),
            Data::Uuid(values) => values.extend_from_slice(&element::read_uuid(rest, flip)?),
        }
        self.nulls.append_non_null();
        Ok(())
    }

    pub fn push_datum(&mut self, datum: &Datum) -> Result<(), Malformed> {
        match (&mut self.data, datum) {
            (_, Datum::Null) => {
                self.push_null();
                return Ok(());
            }
            (Data::Bool(values), Datum::Bool(value)) => values.append(*value),
            (Data::Int2(values), Datum::Int2(value)) => values.push(*value),
            (Data::Int4(values), Datum::Int4(value)) | (Data::Date(values), Datum::Date(value)) => {
                values.push(*value)
            }
            (Data::Int8(values), Datum::Int8(value))
            | (Data::Timestamp(values), Datum::Timestamp(value))
            | (Data::TimestampTz(values), Datum::TimestampTz(value)) => values.push(*value),
            (Data::Float8(values), Datum::Float8(value)) => values.push(*value),
            (Data::Decimal(values, ..), Datum::Decimal(value)) => values.push(*value),
            (Data::Text(values), Datum::String(value)) => values.push(value.as_bytes())?,
            (Data::Bytes(values), Datum::Bytes(value)) => values.push(value)?,
            (Data::Uuid(values), Datum::Uuid(value)) => values.extend_from_slice(value),
            _ => return Err(WRONG_TYPE),
        }
        self.nulls.append_non_null();
        Ok(())
    }

    pub fn push_null(&mut self) {
        match &mut self.data {
            Data::Bool(values) => values.append(false),
            Data::Int2(values) => values.push(0),
            Data::Int4(values) | Data::Date(values) => values.push(0),
            Data::Int8(values) | Data::Timestamp(values) | Data::TimestampTz(values) => {
                values.push(0)
            }
            Data::Float8(values) => values.push(0.0),
            Data::Decimal(values, ..) => values.push(0),
            Data::Text(values) | Data::Bytes(values) => {
                let end = values.offsets.last().copied().unwrap_or_default();
                values.offsets.push(end);
            }
            Data::Uuid(values) => values.extend_from_slice(&[0; 16]),
        }
        self.nulls.append_null();
    }

    /// The column as an array.
    pub fn finish(self) -> Result<ArrayRef, Malformed> {
        let Self { data, mut nulls } = self;
        let nulls = nulls.finish();
        Ok(match data {
            Data::Bool(mut values) => Arc::new(BooleanArray::new(values.finish(), nulls)),
            Data::Int2(values) => Arc::new(Int16Array::new(values.into(), nulls)),
            Data::Int4(values) => Arc::new(Int32Array::new(values.into(), nulls)),
            Data::Int8(values) => Arc::new(Int64Array::new(values.into(), nulls)),
            Data::Float8(values) => Arc::new(Float64Array::new(values.into(), nulls)),
            Data::Decimal(values, precision, scale) => {
                Arc::new(decimals(values, nulls, precision, scale)?)
            }
            Data::Text(Strings { offsets, bytes }) => {
                let array =
                    StringArray::try_new(OffsetBuffer::new(offsets.into()), bytes.into(), nulls);
                Arc::new(array.map_err(|_| "a text is not UTF-8")?)
            }
            Data::Bytes(Strings { offsets, bytes }) => {
                let array =
                    BinaryArray::try_new(OffsetBuffer::new(offsets.into()), bytes.into(), nulls);
                Arc::new(array.map_err(|_| FULL)?)
            }
            Data::Date(values) => Arc::new(Date32Array::new(values.into(), nulls)),
            Data::Timestamp(values) => {
                Arc::new(TimestampMicrosecondArray::new(values.into(), nulls))
            }
            Data::TimestampTz(values) => {
                Arc::new(TimestampMicrosecondArray::new(values.into(), nulls).with_timezone(UTC))
            }
            Data::Uuid(values) => {
                let array = FixedSizeBinaryArray::try_new(16, Buffer::from_vec(values), nulls);
                Arc::new(array.map_err(|_| WRONG_TYPE)?)
            }
        })
    }
}

fn decimals(
    values: Vec<i128>,
    nulls: Option<NullBuffer>,
    precision: u8,
    scale: i8,
) -> Result<Decimal128Array, Malformed> {
    let limit = 10u128
        .checked_pow(u32::from(precision))
        .unwrap_or(u128::MAX);
    if values.iter().any(|value| value.unsigned_abs() >= limit) {
        return Err("a number has more digits than its column");
    }
    Decimal128Array::new(values.into(), nulls)
        .with_precision_and_scale(precision, scale)
        .map_err(|_| WRONG_TYPE)
}

/// An array of plain values without NULLs.
pub fn plain<T: ArrowPrimitiveType>(values: Vec<T::Native>) -> PrimitiveArray<T> {
    PrimitiveArray::new(ScalarBuffer::from(values), None)
}
