//! A column of a batch being read, row by row, into keys and values.

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, Date32Array, Decimal128Array,
    FixedSizeBinaryArray, Float32Array, Float64Array, Int16Array, Int32Array, Int64Array,
    IntervalMonthDayNanoArray, LargeBinaryArray, LargeStringArray, ListArray, StringArray,
    Time64MicrosecondArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{
    Date32Type, Decimal128Type, Float32Type, Float64Type, Int16Type, Int32Type, Int64Type,
    IntervalMonthDayNano, IntervalMonthDayNanoType, Time64MicrosecondType,
    TimestampMicrosecondType,
};
use cairn_catalog::{ColumnId, ColumnType, Direction};

use crate::inet::Inet;
use crate::interval::Interval;
use crate::numeric::Numeric;
use crate::schema::arrow_type;
use crate::value::ValueWriter;
use crate::{Datum, element};

/// A column of the type that `arrow_type` gives, or one value for all rows.
#[derive(Debug)]
pub enum Source<'a> {
    Bool(&'a BooleanArray),
    Int2(&'a Int16Array),
    Int4(&'a Int32Array),
    Int8(&'a Int64Array),
    Float8(&'a Float64Array),
    Decimal(&'a Decimal128Array),
    Text(&'a StringArray),
    Bytes(&'a BinaryArray),
    Date(&'a Date32Array),
    /// TIMESTAMP and TIMESTAMPTZ alike.
    Timestamp(&'a TimestampMicrosecondArray),
    Uuid(&'a FixedSizeBinaryArray),
    Float4(&'a Float32Array),
    Numeric(&'a LargeBinaryArray),
    Time(&'a Time64MicrosecondArray),
    Interval(&'a IntervalMonthDayNanoArray),
    Inet(&'a FixedSizeBinaryArray),
    Jsonb(&'a LargeStringArray),
    /// The arrays, and all their elements.
    Array(&'a ListArray, Box<Source<'a>>),
    /// The column is not in the batch: its missing value.
    Missing(&'a Datum),
}

impl<'a> Source<'a> {
    /// None when the array is not of the type's Arrow form.
    pub fn new(ty: &ColumnType, array: &'a ArrayRef) -> Option<Self> {
        if *array.data_type() != arrow_type(ty) {
            return None;
        }
        Some(match ty {
            ColumnType::Bool => Self::Bool(array.as_boolean_opt()?),
            ColumnType::Int2 => Self::Int2(array.as_primitive_opt::<Int16Type>()?),
            ColumnType::Int4 => Self::Int4(array.as_primitive_opt::<Int32Type>()?),
            ColumnType::Int8 => Self::Int8(array.as_primitive_opt::<Int64Type>()?),
            ColumnType::Float8 => Self::Float8(array.as_primitive_opt::<Float64Type>()?),
            ColumnType::Decimal { .. } => {
                Self::Decimal(array.as_primitive_opt::<Decimal128Type>()?)
            }
            ColumnType::String { .. } | ColumnType::Char { .. } => {
                Self::Text(array.as_string_opt::<i32>()?)
            }
            ColumnType::Bytes => Self::Bytes(array.as_binary_opt::<i32>()?),
            ColumnType::Date => Self::Date(array.as_primitive_opt::<Date32Type>()?),
            ColumnType::Timestamp | ColumnType::TimestampTz => {
                Self::Timestamp(array.as_primitive_opt::<TimestampMicrosecondType>()?)
            }
            ColumnType::Uuid => Self::Uuid(array.as_fixed_size_binary_opt()?),
            ColumnType::Float4 => Self::Float4(array.as_primitive_opt::<Float32Type>()?),
            ColumnType::Numeric => Self::Numeric(array.as_binary_opt::<i64>()?),
            ColumnType::Time => Self::Time(array.as_primitive_opt::<Time64MicrosecondType>()?),
            ColumnType::Interval => {
                Self::Interval(array.as_primitive_opt::<IntervalMonthDayNanoType>()?)
            }
            ColumnType::Inet => Self::Inet(array.as_fixed_size_binary_opt()?),
            ColumnType::Jsonb => Self::Jsonb(array.as_string_opt::<i64>()?),
            ColumnType::Array(element) => {
                let lists = array.as_list_opt::<i32>()?;
                let elements = Source::new(&element.column_type(), lists.values())?;
                Self::Array(lists, Box::new(elements))
            }
            _ => return None,
        })
    }

    pub fn is_null(&self, row: usize) -> bool {
        match self {
            Self::Bool(array) => array.is_null(row),
            Self::Int2(array) => array.is_null(row),
            Self::Int4(array) => array.is_null(row),
            Self::Int8(array) => array.is_null(row),
            Self::Float8(array) => array.is_null(row),
            Self::Decimal(array) => array.is_null(row),
            Self::Text(array) => array.is_null(row),
            Self::Bytes(array) => array.is_null(row),
            Self::Date(array) => array.is_null(row),
            Self::Timestamp(array) => array.is_null(row),
            Self::Uuid(array) | Self::Inet(array) => array.is_null(row),
            Self::Float4(array) => array.is_null(row),
            Self::Numeric(array) => array.is_null(row),
            Self::Time(array) => array.is_null(row),
            Self::Interval(array) => array.is_null(row),
            Self::Jsonb(array) => array.is_null(row),
            Self::Array(array, _) => array.is_null(row),
            Self::Missing(datum) => datum.is_null(),
        }
    }

    /// Appends the row's value as an element of a key.
    #[inline]
    pub fn push_element(&self, row: usize, out: &mut Vec<u8>, direction: Direction) {
        if self.is_null(row) {
            return element::push_null(out, direction);
        }
        match self {
            Self::Bool(array) => element::push_bool(out, array.value(row), direction),
            Self::Int2(array) => element::push_int(out, i64::from(array.value(row)), direction),
            Self::Int4(array) => element::push_int(out, i64::from(array.value(row)), direction),
            Self::Date(array) => element::push_int(out, i64::from(array.value(row)), direction),
            Self::Int8(array) => element::push_int(out, array.value(row), direction),
            Self::Timestamp(array) => element::push_int(out, array.value(row), direction),
            Self::Float8(array) => element::push_float(out, array.value(row), direction),
            Self::Decimal(array) => element::push_wide(out, array.value(row), direction),
            Self::Text(array) => element::push_text(out, array.value(row), direction),
            Self::Bytes(array) => element::push_bytes(out, array.value(row), direction),
            Self::Uuid(array) => element::push_uuid(out, uuid_at(array, row), direction),
            Self::Float4(array) => element::push_float4(out, array.value(row), direction),
            Self::Numeric(array) => {
                let number =
                    Numeric::from_bytes(array.value(row)).unwrap_or_else(|_| Numeric::nan());
                element::push_numeric(out, number.ordered(), direction);
            }
            Self::Time(array) => element::push_int(out, array.value(row), direction),
            Self::Interval(array) => {
                element::push_interval(out, &interval_of(array.value(row)), direction);
            }
            Self::Inet(array) => match Inet::from_ordered(array.value(row)) {
                Some(value) => element::push_inet(out, &value, direction),
                None => element::push_null(out, direction),
            },
            // `TableDescriptor::check` keeps these types out of indexes.
            Self::Jsonb(_) | Self::Array(..) => element::push_null(out, direction),
            Self::Missing(datum) => element::push(out, datum, direction),
        }
    }

    /// Appends the row's value as a column of a value.
    #[inline]
    pub fn push_value(&self, row: usize, column: ColumnId, out: &mut ValueWriter<'_>) {
        if self.is_null(row) {
            return out.null(column);
        }
        match self {
            Self::Bool(array) => out.bool(column, array.value(row)),
            Self::Int2(array) => out.int(column, i64::from(array.value(row))),
            Self::Int4(array) => out.int(column, i64::from(array.value(row))),
            Self::Date(array) => out.int(column, i64::from(array.value(row))),
            Self::Int8(array) => out.int(column, array.value(row)),
            Self::Timestamp(array) => out.int(column, array.value(row)),
            Self::Float8(array) => out.float(column, array.value(row)),
            Self::Decimal(array) => out.wide(column, array.value(row)),
            Self::Text(array) => out.text(column, array.value(row)),
            Self::Bytes(array) => out.bytes(column, array.value(row)),
            Self::Uuid(array) => out.uuid(column, uuid_at(array, row)),
            Self::Float4(array) => out.float4(column, array.value(row)),
            Self::Numeric(array) => out.bytes(column, array.value(row)),
            Self::Time(array) => out.int(column, array.value(row)),
            Self::Interval(array) => out.interval(column, &interval_of(array.value(row))),
            Self::Inet(array) => match Inet::from_ordered(array.value(row)) {
                Some(value) => out.inet(column, &value),
                None => out.null(column),
            },
            Self::Jsonb(array) => out.text(column, array.value(row)),
            Self::Array(array, elements) => {
                let mut bytes = Vec::new();
                let mut writer = ValueWriter::new(&mut bytes);
                for (id, place) in (1..).zip(elements_of(array, row)) {
                    elements.push_value(place, ColumnId(id), &mut writer);
                }
                out.array(column, &bytes);
            }
            Self::Missing(datum) => out.datum(column, datum),
        }
    }
}

/// `new` has made sure that the values have 16 bytes.
fn uuid_at(array: &FixedSizeBinaryArray, row: usize) -> &[u8; 16] {
    array.value(row).first_chunk().unwrap_or(&[0; 16])
}

/// The places of a row's elements among all elements of the column.
pub fn elements_of(array: &ListArray, row: usize) -> std::ops::Range<usize> {
    let place = |row: usize| {
        let offset = array.value_offsets().get(row).copied().unwrap_or(0);
        usize::try_from(offset).unwrap_or(0)
    };
    place(row)..place(row + 1)
}

/// An interval of Arrow's; nanoseconds below a microsecond are cut off (`encoder` has refused them).
pub fn interval_of(value: IntervalMonthDayNano) -> Interval {
    Interval {
        months: value.months,
        days: value.days,
        micros: value.nanoseconds / 1_000,
    }
}
