//! Columns being filled, one per field of the batch to come.
//!
//! Values go from stored bytes straight into the buffers that the arrays will own. Appending does no checks that
//! can be made once for the whole column: `finish` checks text for UTF-8 and decimals for their precision.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, BooleanBufferBuilder, Date32Array, Decimal128Array,
    FixedSizeBinaryArray, Float32Array, Float64Array, GenericBinaryArray, GenericStringArray,
    Int16Array, Int32Array, Int64Array, IntervalMonthDayNanoArray, ListArray, NullBufferBuilder,
    OffsetSizeTrait, PrimitiveArray, Time64MicrosecondArray, TimestampMicrosecondArray,
};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{ArrowPrimitiveType, Field, IntervalMonthDayNano};
use cairn_catalog::ColumnType;

use crate::Datum;
use crate::element::{self, Malformed, TOO_LARGE};
use crate::inet::Inet;
use crate::interval::Interval;
use crate::numeric::StoredNumeric;
use crate::schema::{UTC, arrow_type};
use crate::value::{self, Raw};

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
    Text(Strings<i32>),
    Bytes(Strings<i32>),
    Date(Vec<i32>),
    Timestamp(Vec<i64>),
    TimestampTz(Vec<i64>),
    Uuid(Vec<u8>),
    Float4(Vec<f32>),
    Numeric(Strings<i64>),
    Time(Vec<i64>),
    Interval(Vec<IntervalMonthDayNano>),
    Inet(Vec<u8>),
    Jsonb(Strings<i64>),
    /// The elements of all arrays, and where each array ends among them.
    Array(Box<Column>, ColumnType, Vec<i32>),
}

/// The offsets and bytes of a column of strings.
#[derive(Debug)]
struct Strings<O> {
    offsets: Vec<O>,
    bytes: Vec<u8>,
}

impl<O: OffsetSizeTrait> Strings<O> {
    fn with_capacity(rows: usize) -> Self {
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(O::zero());
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
            .push(O::from_usize(self.bytes.len()).ok_or(FULL)?);
        Ok(())
    }

    fn push_null(&mut self) {
        let end = self.offsets.last().copied().unwrap_or_default();
        self.offsets.push(end);
    }

    fn text(self, nulls: Option<NullBuffer>) -> Result<ArrayRef, Malformed> {
        let offsets = OffsetBuffer::new(self.offsets.into());
        let array = GenericStringArray::try_new(offsets, self.bytes.into(), nulls);
        Ok(Arc::new(array.map_err(|_| "a text is not UTF-8")?))
    }

    fn binary(self, nulls: Option<NullBuffer>) -> Result<ArrayRef, Malformed> {
        let offsets = OffsetBuffer::new(self.offsets.into());
        let array = GenericBinaryArray::try_new(offsets, self.bytes.into(), nulls);
        Ok(Arc::new(array.map_err(|_| FULL)?))
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
            ColumnType::String { .. } | ColumnType::Char { .. } => {
                Data::Text(Strings::with_capacity(rows))
            }
            ColumnType::Bytes => Data::Bytes(Strings::with_capacity(rows)),
            ColumnType::Date => Data::Date(Vec::with_capacity(rows)),
            ColumnType::Timestamp => Data::Timestamp(Vec::with_capacity(rows)),
            ColumnType::TimestampTz => Data::TimestampTz(Vec::with_capacity(rows)),
            ColumnType::Uuid => Data::Uuid(Vec::with_capacity(rows * 16)),
            ColumnType::Float4 => Data::Float4(Vec::with_capacity(rows)),
            ColumnType::Numeric => Data::Numeric(Strings::with_capacity(rows)),
            ColumnType::Time => Data::Time(Vec::with_capacity(rows)),
            ColumnType::Interval => Data::Interval(Vec::with_capacity(rows)),
            ColumnType::Inet => Data::Inet(Vec::with_capacity(rows * Inet::ORDERED_BYTES)),
            ColumnType::Jsonb => Data::Jsonb(Strings::with_capacity(rows)),
            ColumnType::Array(element) => {
                let element = element.column_type();
                let mut offsets = Vec::with_capacity(rows + 1);
                offsets.push(0);
                Data::Array(Box::new(Column::new(&element, rows)?), element, offsets)
            }
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
                Data::Int8(values)
                | Data::Timestamp(values)
                | Data::TimestampTz(values)
                | Data::Time(values),
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
            (Data::Float4(values), Raw::Float4(value)) => values.push(value),
            (Data::Numeric(values), Raw::Bytes(value)) => {
                StoredNumeric::check(value)?;
                values.push(value)?;
            }
            (Data::Interval(values), Raw::Interval(value)) => {
                values.push(month_day_nano(&value::read_interval(value)?));
            }
            (Data::Inet(values), Raw::Bytes(value)) => {
                values.extend_from_slice(&value::read_inet(value)?.ordered());
            }
            (Data::Jsonb(values), Raw::Text(value)) => values.push(value)?,
            (Data::Array(elements, _, offsets), Raw::Array(value)) => {
                value::read_elements(value, |raw| elements.push_raw(raw))?;
                offsets.push(i32::try_from(elements.nulls.len()).map_err(|_| FULL)?);
            }
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
            Data::Int8(values)
            | Data::Timestamp(values)
            | Data::TimestampTz(values)
            | Data::Time(values) => {
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
            Data::Float4(values) => values.push(element::read_float4(rest, flip)?),
            Data::Numeric(values) => {
                values.push(element::read_numeric(rest, flip)?.as_bytes())?;
            }
            Data::Interval(values) => {
                values.push(month_day_nano(&element::read_interval(rest, flip)?));
            }
            Data::Inet(values) => {
                values.extend_from_slice(&element::read_inet(rest, flip)?.ordered());
            }
            Data::Jsonb(_) | Data::Array(..) => return Err(WRONG_TYPE),
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
            | (Data::TimestampTz(values), Datum::TimestampTz(value))
            | (Data::Time(values), Datum::Time(value)) => values.push(*value),
            (Data::Float8(values), Datum::Float8(value)) => values.push(*value),
            (Data::Decimal(values, ..), Datum::Decimal(value)) => values.push(*value),
            (Data::Text(values), Datum::String(value)) => values.push(value.as_bytes())?,
            (Data::Bytes(values), Datum::Bytes(value)) => values.push(value)?,
            (Data::Uuid(values), Datum::Uuid(value)) => values.extend_from_slice(value),
            (Data::Float4(values), Datum::Float4(value)) => values.push(*value),
            (Data::Numeric(values), Datum::Numeric(value)) => values.push(value.as_bytes())?,
            (Data::Interval(values), Datum::Interval(value)) => values.push(month_day_nano(value)),
            (Data::Inet(values), Datum::Inet(value)) => values.extend_from_slice(&value.ordered()),
            (Data::Jsonb(values), Datum::Jsonb(value)) => values.push(value.as_bytes())?,
            (Data::Array(column, _, offsets), Datum::Array(elements)) => {
                for element in elements {
                    column.push_datum(element)?;
                }
                offsets.push(i32::try_from(column.nulls.len()).map_err(|_| FULL)?);
            }
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
            Data::Int8(values)
            | Data::Timestamp(values)
            | Data::TimestampTz(values)
            | Data::Time(values) => values.push(0),
            Data::Float8(values) => values.push(0.0),
            Data::Decimal(values, ..) => values.push(0),
            Data::Text(values) | Data::Bytes(values) => values.push_null(),
            Data::Uuid(values) => values.extend_from_slice(&[0; 16]),
            Data::Float4(values) => values.push(0.0),
            Data::Numeric(values) | Data::Jsonb(values) => values.push_null(),
            Data::Interval(values) => values.push(IntervalMonthDayNano::ZERO),
            Data::Inet(values) => values.extend_from_slice(&[0; Inet::ORDERED_BYTES]),
            Data::Array(_, _, offsets) => {
                let end = offsets.last().copied().unwrap_or_default();
                offsets.push(end);
            }
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
            Data::Text(values) => values.text(nulls)?,
            Data::Bytes(values) => values.binary(nulls)?,
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
            Data::Float4(values) => Arc::new(Float32Array::new(values.into(), nulls)),
            Data::Numeric(values) => values.binary(nulls)?,
            Data::Time(values) => Arc::new(Time64MicrosecondArray::new(values.into(), nulls)),
            Data::Interval(values) => {
                Arc::new(IntervalMonthDayNanoArray::new(values.into(), nulls))
            }
            Data::Inet(values) => {
                let size = Inet::ORDERED_BYTES as i32;
                let array = FixedSizeBinaryArray::try_new(size, Buffer::from_vec(values), nulls);
                Arc::new(array.map_err(|_| WRONG_TYPE)?)
            }
            Data::Jsonb(values) => values.text(nulls)?,
            Data::Array(elements, ty, offsets) => {
                let field = Arc::new(Field::new_list_field(arrow_type(&ty), true));
                let offsets = OffsetBuffer::new(offsets.into());
                let array = ListArray::try_new(field, offsets, elements.finish()?, nulls);
                Arc::new(array.map_err(|_| WRONG_TYPE)?)
            }
        })
    }
}

/// An interval as Arrow has it; `Interval`s are checked to fit.
pub fn month_day_nano(interval: &Interval) -> IntervalMonthDayNano {
    IntervalMonthDayNano::new(interval.months, interval.days, interval.micros * 1_000)
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
