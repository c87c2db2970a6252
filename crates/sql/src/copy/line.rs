//! From a batch's rows to lines.

use std::sync::Arc;

use arrow::{
    array::{
        Array, ArrayRef, AsArray, BinaryArray, BooleanArray, Date32Array, Decimal128Array,
        FixedSizeBinaryArray, Float64Array, Int64Array, RecordBatch, StringArray,
        TimestampMicrosecondArray,
    },
    compute::cast,
    datatypes::{
        DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int64Type, Schema,
        TimeUnit, TimestampMicrosecondType,
    },
};
use cairn_catalog::ColumnType;
use cairn_copy::Format;
use cairn_rows::text::{
    write_bytes, write_date, write_decimal, write_float8, write_timestamp, write_timestamptz_in,
    write_uuid,
};
use cairn_rows::{Zone, column_type, datum_at};

use crate::{
    Result, SqlError,
    query::convert::{Purpose, convert},
};

/// One column's values, in one of the forms that have a text.
enum Cells {
    Null,
    Bool(BooleanArray),
    Int(Int64Array),
    Float(Float64Array),
    Decimal(Decimal128Array, i8),
    Text(StringArray),
    Bytes(BinaryArray),
    Date(Date32Array),
    Timestamp(TimestampMicrosecondArray),
    TimestampTz(TimestampMicrosecondArray, Zone),
    Uuid(FixedSizeBinaryArray),
}

/// The line with the columns' names.
pub(super) fn header(format: &Format, schema: &Schema) -> String {
    let mut line = String::new();
    for (place, field) in schema.fields().iter().enumerate() {
        if place > 0 {
            line.push(char::from(format.delimiter));
        }
        format.write_field(field.name(), schema.fields().len() == 1, &mut line);
    }
    line.push('\n');
    line
}

/// Refuses columns that have no text here.
pub(super) fn check(schema: &Schema) -> Result<()> {
    for field in schema.fields() {
        form(field.data_type()).ok_or_else(|| unknown(field.name(), field.data_type()))?;
    }
    Ok(())
}

/// Each row as a line.
pub(super) fn lines(format: &Format, batch: &RecordBatch) -> Result<String> {
    let schema = batch.schema();
    let columns = batch
        .columns()
        .iter()
        .zip(schema.fields())
        .map(|(array, field)| cells(array, field.name()))
        .collect::<Result<Vec<_>>>()?;
    let mut out = String::with_capacity(batch.num_rows() * columns.len() * 8);
    let mut text = String::new();
    for row in 0..batch.num_rows() {
        for (place, cells) in columns.iter().enumerate() {
            if place > 0 {
                out.push(char::from(format.delimiter));
            }
            text.clear();
            if cells.write(row, &mut text)? {
                format.write_field(&text, columns.len() == 1, &mut out);
            } else {
                out.push_str(&format.null);
            }
        }
        out.push('\n');
    }
    Ok(out)
}

/// The type that a column is cast to before it is written.
fn form(ty: &DataType) -> Option<DataType> {
    use DataType as T;
    Some(match ty {
        T::Null | T::Boolean | T::Float32 | T::Decimal128(..) | T::FixedSizeBinary(16) => {
            ty.clone()
        }
        T::Int8 | T::Int16 | T::Int32 | T::Int64 | T::UInt8 | T::UInt16 | T::UInt32 => T::Int64,
        T::UInt64 => T::Decimal128(20, 0),
        T::Float16 | T::Float64 => T::Float64,
        T::Utf8 | T::LargeUtf8 | T::Utf8View => T::Utf8,
        T::Binary | T::BinaryView => T::Binary,
        T::Date32 | T::Date64 => T::Date32,
        T::Timestamp(_, zone) => T::Timestamp(TimeUnit::Microsecond, zone.clone()),
        T::Dictionary(_, values) => form(values)?,
        _ => return by_value(ty).map(|_| ty.clone()),
    })
}

/// The type of what has no array of its own here: each value's text is that of its datum.
fn by_value(ty: &DataType) -> Option<ColumnType> {
    use ColumnType::{Array, Inet, Interval, Numeric, Time};
    let ty = column_type(ty)?;
    matches!(ty, Numeric | Time | Interval | Inet | Array(_)).then_some(ty)
}

fn texts(array: &ArrayRef, ty: &ColumnType) -> Result<StringArray> {
    let zone = cairn_rows::zone_of(array.data_type());
    let array = convert(array, ty, Purpose::Assignment, zone)?;
    let text = |row| {
        let mut text = String::new();
        datum_at(&array, row, ty)?.write_text_in(zone, ty, &mut text);
        Ok(array.is_valid(row).then_some(text))
    };
    (0..array.len()).map(text).collect()
}

fn unknown(name: &str, ty: &DataType) -> SqlError {
    SqlError::unsupported(format_args!("COPY of column {name:?} of type {ty}"))
        .hint("cast it to STRING")
}

fn cells(array: &ArrayRef, name: &str) -> Result<Cells> {
    if let Some(ty) = by_value(array.data_type()) {
        return Ok(Cells::Text(texts(array, &ty)?));
    }
    let unknown = || unknown(name, array.data_type());
    let form = form(array.data_type()).ok_or_else(unknown)?;
    let array = if *array.data_type() == form {
        Arc::clone(array)
    } else {
        cast(array, &form)?
    };
    let cells = match &form {
        DataType::Null => Some(Cells::Null),
        DataType::Boolean => array.as_boolean_opt().cloned().map(Cells::Bool),
        DataType::Int64 => array
            .as_primitive_opt::<Int64Type>()
            .cloned()
            .map(Cells::Int),
        // The shortest text of a single is not that of the double next to it.
        DataType::Float32 => array.as_primitive_opt::<Float32Type>().map(|singles| {
            Cells::Float(
                singles
                    .iter()
                    .map(|single| single.and_then(|single| single.to_string().parse().ok()))
                    .collect(),
            )
        }),
        DataType::Float64 => array
            .as_primitive_opt::<Float64Type>()
            .cloned()
            .map(Cells::Float),
        DataType::Decimal128(_, scale) => array
            .as_primitive_opt::<Decimal128Type>()
            .map(|array| Cells::Decimal(array.clone(), *scale)),
        DataType::Utf8 => array.as_string_opt::<i32>().cloned().map(Cells::Text),
        DataType::Binary => array.as_binary_opt::<i32>().cloned().map(Cells::Bytes),
        DataType::Date32 => array
            .as_primitive_opt::<Date32Type>()
            .cloned()
            .map(Cells::Date),
        DataType::Timestamp(_, zone) => {
            array
                .as_primitive_opt::<TimestampMicrosecondType>()
                .map(|array| match zone {
                    Some(_) => {
                        let zone = cairn_rows::zone_of(array.data_type());
                        Cells::TimestampTz(array.clone(), zone)
                    }
                    None => Cells::Timestamp(array.clone()),
                })
        }
        DataType::FixedSizeBinary(_) => array.as_fixed_size_binary_opt().cloned().map(Cells::Uuid),
        _ => None,
    };
    cells.ok_or_else(unknown)
}

impl Cells {
    /// Appends a cell's text; false: it is NULL.
    fn write(&self, row: usize, text: &mut String) -> Result<bool> {
        if self.is_null(row) {
            return Ok(false);
        }
        match self {
            Cells::Null => return Ok(false),
            Cells::Bool(array) => text.push(if array.value(row) { 't' } else { 'f' }),
            Cells::Int(array) => write_decimal(i128::from(array.value(row)), 0, text),
            Cells::Float(array) => write_float8(array.value(row), text),
            Cells::Decimal(array, scale) => write_decimal(array.value(row), *scale, text),
            Cells::Text(array) => text.push_str(array.value(row)),
            Cells::Bytes(array) => write_bytes(array.value(row), text),
            Cells::Date(array) => write_date(array.value(row), text),
            Cells::Timestamp(array) => write_timestamp(array.value(row), text),
            Cells::TimestampTz(array, zone) => {
                write_timestamptz_in(*zone, array.value(row), text);
            }
            Cells::Uuid(array) => {
                let bytes = array
                    .value(row)
                    .try_into()
                    .map_err(|_| SqlError::internal("a UUID has 16 bytes"))?;
                write_uuid(bytes, text);
            }
        }
        Ok(true)
    }

    fn is_null(&self, row: usize) -> bool {
        match self {
            Cells::Null => true,
            Cells::Bool(array) => array.is_null(row),
            Cells::Int(array) => array.is_null(row),
            Cells::Float(array) => array.is_null(row),
            Cells::Decimal(array, _) => array.is_null(row),
            Cells::Text(array) => array.is_null(row),
            Cells::Bytes(array) => array.is_null(row),
            Cells::Date(array) => array.is_null(row),
            Cells::Timestamp(array) | Cells::TimestampTz(array, _) => array.is_null(row),
            Cells::Uuid(array) => array.is_null(row),
        }
    }
}

#[cfg(test)]
mod tests;
