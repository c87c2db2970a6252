//! A column of a batch being read, row by row, into keys and values.

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, Date32Array, Decimal128Array,
    FixedSizeBinaryArray, Float64Array, Int16Array, Int32Array, Int64Array, StringArray,
    TimestampMicrosecondArray,
};
use arrow::datatypes::{
    Date32Type, Decimal128Type, Float64Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType,
};
use cairn_catalog::{ColumnId, ColumnType, Direction};

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
            ColumnType::String { .. } => Self::Text(array.as_string_opt::<i32>()?),
            ColumnType::Bytes => Self::Bytes(array.as_binary_opt::<i32>()?),
            ColumnType::Date => Self::Date(array.as_primitive_opt::<Date32Type>()?),
            ColumnType::Timestamp | ColumnType::TimestampTz => {
                Self::Timestamp(array.as_primitive_opt::<TimestampMicrosecondType>()?)
            }
            ColumnType::Uuid => Self::Uuid(array.as_fixed_size_binary_opt()?),
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
            Self::Uuid(array) => array.is_null(row),
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
            Self::Missing(datum) => out.datum(column, datum),
        }
    }
}

/// `new` has made sure that the values have 16 bytes.
fn uuid_at(array: &FixedSizeBinaryArray, row: usize) -> &[u8; 16] {
    array.value(row).first_chunk().unwrap_or(&[0; 16])
}
