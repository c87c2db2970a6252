//! Single values in and out of Arrow arrays.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int16Type, Int32Type,
    Int64Type, IntervalMonthDayNanoType, Schema, Time64MicrosecondType, TimestampMicrosecondType,
};
use cairn_catalog::{ColumnDescriptor, ColumnType};

use crate::columns::Column;
use crate::inet::Inet;
use crate::numeric::{Numeric, StoredNumeric};
use crate::schema::arrow_field;
use crate::source::interval_of;
use crate::{Datum, Error, Result};

/// The value in a row of an array, as one of the column type. Text and bytes may be in any of Arrow's forms; else the
/// array has the type that `arrow_type` gives (a decimal its scale, a timestamp microseconds).
///
/// # Errors
/// `Unsupported` for another array: cast it first.
pub fn datum_at(array: &ArrayRef, row: usize, ty: &ColumnType) -> Result<Datum> {
    let other = || Error::Unsupported {
        what: format!("storing a {} as {ty}", array.data_type()),
    };
    if row >= array.len() {
        return Err(Error::Unsupported {
            what: format!("row {row} of an array of {}", array.len()),
        });
    }
    if array.is_null(row) {
        return Ok(Datum::Null);
    }
    let datum = match *ty {
        ColumnType::Bool => array
            .as_boolean_opt()
            .map(|array| Datum::Bool(array.value(row))),
        ColumnType::Int2 => array
            .as_primitive_opt::<Int16Type>()
            .map(|array| Datum::Int2(array.value(row))),
        ColumnType::Int4 => array
            .as_primitive_opt::<Int32Type>()
            .map(|array| Datum::Int4(array.value(row))),
        ColumnType::Int8 => array
            .as_primitive_opt::<Int64Type>()
            .map(|array| Datum::Int8(array.value(row))),
        ColumnType::Float8 => array
            .as_primitive_opt::<Float64Type>()
            .map(|array| Datum::Float8(array.value(row))),
        ColumnType::Decimal { scale, .. } => match array.data_type() {
            DataType::Decimal128(_, other) if *other == scale => array
                .as_primitive_opt::<Decimal128Type>()
                .map(|array| Datum::Decimal(array.value(row))),
            _ => None,
        },
        ColumnType::String { .. } | ColumnType::Char { .. } => {
            text_at(array, row).map(|text| Datum::String(text.to_owned()))
        }
        ColumnType::Bytes => bytes_at(array, row).map(|bytes| Datum::Bytes(bytes.to_vec())),
        ColumnType::Date => array
            .as_primitive_opt::<Date32Type>()
            .map(|array| Datum::Date(array.value(row))),
        ColumnType::Timestamp => micros_at(array, row).map(Datum::Timestamp),
        ColumnType::TimestampTz => micros_at(array, row).map(Datum::TimestampTz),
        ColumnType::Uuid => bytes_at(array, row)
            .and_then(|bytes| bytes.try_into().ok())
            .map(Datum::Uuid),
        ColumnType::Float4 => array
            .as_primitive_opt::<Float32Type>()
            .map(|array| Datum::Float4(array.value(row))),
        ColumnType::Numeric => bytes_at(array, row)
            .and_then(|bytes| Numeric::from_bytes(bytes).ok())
            .map(Datum::Numeric),
        ColumnType::Time => array
            .as_primitive_opt::<Time64MicrosecondType>()
            .map(|array| Datum::Time(array.value(row))),
        ColumnType::Interval => array
            .as_primitive_opt::<IntervalMonthDayNanoType>()
            .map(|array| Datum::Interval(interval_of(array.value(row)))),
        ColumnType::Inet => bytes_at(array, row)
            .and_then(Inet::from_ordered)
            .map(Datum::Inet),
        ColumnType::Jsonb => match array.data_type() {
            DataType::LargeUtf8 => text_at(array, row).map(|text| Datum::Jsonb(text.to_owned())),
            _ => None,
        },
        ColumnType::Array(element) => match array.as_list_opt::<i32>() {
            Some(lists) => Some(elements_at(&lists.value(row), &element.column_type())?),
            None => None,
        },
        _ => None,
    };
    datum.ok_or_else(other)
}

fn elements_at(elements: &ArrayRef, ty: &ColumnType) -> Result<Datum> {
    let elements = (0..elements.len()).map(|row| datum_at(elements, row, ty));
    Ok(Datum::Array(elements.collect::<Result<_>>()?))
}

/// An array of these values, of the type that `arrow_type` gives.
///
/// # Errors
/// `Unsupported` for a value of another type.
pub fn array_of<'a>(
    ty: &ColumnType,
    values: impl ExactSizeIterator<Item = &'a Datum>,
) -> Result<ArrayRef> {
    let wrong = |_| Error::Unsupported {
        what: format!("an array of type {ty} from these values"),
    };
    let mut column = Column::new(ty, values.len()).ok_or_else(|| wrong(""))?;
    for value in values {
        column.push_datum(value).map_err(wrong)?;
    }
    column.finish().map_err(wrong)
}

fn micros_at(array: &ArrayRef, row: usize) -> Option<i64> {
    array
        .as_primitive_opt::<TimestampMicrosecondType>()
        .map(|array| array.value(row))
}

fn text_at(array: &ArrayRef, row: usize) -> Option<&str> {
    match array.data_type() {
        DataType::Utf8 => array.as_string_opt::<i32>().map(|array| array.value(row)),
        DataType::LargeUtf8 => array.as_string_opt::<i64>().map(|array| array.value(row)),
        DataType::Utf8View => array.as_string_view_opt().map(|array| array.value(row)),
        _ => None,
    }
}

/// Appends a value's text; false for NULL.
pub(crate) fn write_text_at(
    array: &ArrayRef,
    row: usize,
    ty: &ColumnType,
    out: &mut String,
) -> Result<bool> {
    // The type whose columns are long: its values are read where they lie.
    if *ty == ColumnType::Numeric
        && array.is_valid(row)
        && let Some(Ok(stored)) = bytes_at(array, row).map(StoredNumeric::check)
    {
        stored.write(out);
        return Ok(true);
    }
    let datum = datum_at(array, row, ty)?;
    datum.write_text(ty, out);
    Ok(!datum.is_null())
}

fn bytes_at(array: &ArrayRef, row: usize) -> Option<&[u8]> {
    match array.data_type() {
        DataType::Binary => array.as_binary_opt::<i32>().map(|array| array.value(row)),
        DataType::LargeBinary => array.as_binary_opt::<i64>().map(|array| array.value(row)),
        DataType::BinaryView => array.as_binary_view_opt().map(|array| array.value(row)),
        DataType::FixedSizeBinary(_) => array
            .as_fixed_size_binary_opt()
            .map(|array| array.value(row)),
        _ => None,
    }
}

/// A batch of these columns from rows of as many datums each; `batch_from_rows(&table.columns, …)` has the schema
/// `arrow_schema(table)`.
///
/// # Errors
/// `Shape` for a row of another length or a value of another type; Arrow's own for a NULL where none may be.
pub fn batch_from_rows<R: AsRef<[Datum]>>(
    columns: &[ColumnDescriptor],
    rows: &[R],
) -> Result<RecordBatch> {
    let shape = |what: String, expected: String, got: String| Error::Shape {
        table: String::new(),
        what,
        expected,
        got,
    };
    let mut filled = columns
        .iter()
        .map(|column| {
            let unknown = || Error::Unsupported {
                what: format!("type {}", column.ty),
            };
            Column::new(&column.ty, rows.len()).ok_or_else(unknown)
        })
        .collect::<Result<Vec<_>>>()?;
    for row in rows.iter().map(AsRef::as_ref) {
        if row.len() != columns.len() {
            return Err(shape(
                "row".into(),
                format!("{} values", columns.len()),
                row.len().to_string(),
            ));
        }
        for ((datum, column), descriptor) in row.iter().zip(&mut filled).zip(columns) {
            let wrong = |_| {
                shape(
                    format!("column {:?}", descriptor.name),
                    descriptor.ty.to_string(),
                    format!("{datum:?}"),
                )
            };
            column.push_datum(datum).map_err(wrong)?;
        }
    }
    let arrays = filled.into_iter().zip(columns).map(|(column, descriptor)| {
        let wrong = |problem: &str| {
            shape(
                format!("column {:?}", descriptor.name),
                descriptor.ty.to_string(),
                problem.into(),
            )
        };
        column.finish().map_err(wrong)
    });
    let arrays = arrays.collect::<Result<Vec<_>>>()?;
    let schema = Arc::new(Schema::new(
        columns.iter().map(arrow_field).collect::<Vec<_>>(),
    ));
    let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
    Ok(RecordBatch::try_new_with_options(schema, arrays, &options)?)
}
