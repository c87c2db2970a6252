//! Arrow batches to DataRow messages, text and binary.
//!
//! A batch is settled once (see `types`), each column is looked at once, and then rows are written one after the
//! other straight into the channel's buffer. The text of a value is PostgreSQL's, written by `cairn_rows::text`,
//! the same code that reads and writes it everywhere else.

use std::fmt::Write as _;

use arrow::array::*;
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::DataType;
use bytes::{BufMut, BytesMut};
use cairn_rows::{Inet, Numeric, Zone, text};
use cairn_sql::{SqlError, SqlState};
use cairn_wire::binary::{EPOCH_DAYS, EPOCH_MICROSECONDS, INET_V4, INET_V6, JSONB_VERSION};
use cairn_wire::numeric;

use crate::types::{Format, settled, wire_type};

/// Writes the rows of one batch.
pub struct RowWriter {
    columns: Vec<(Cells, Format)>,
    scratch: String,
}

/// A settled column.
enum Cells {
    Null,
    Bool(BooleanArray),
    Int2(Int16Array),
    Int4(Int32Array),
    Int8(Int64Array),
    Oid(UInt32Array),
    Float4(Float32Array),
    Float8(Float64Array),
    Decimal(Decimal128Array),
    Numeric(LargeBinaryArray),
    Inet(FixedSizeBinaryArray),
    Jsonb(LargeStringArray),
    Text(StringArray),
    TextView(StringViewArray),
    Bytes(BinaryArray),
    BytesView(BinaryViewArray),
    Date(Date32Array),
    Time(Time64MicrosecondArray),
    Timestamp(TimestampMicrosecondArray),
    TimestampTz(TimestampMicrosecondArray, Zone),
    Interval(IntervalMonthDayNanoArray),
    Uuid(FixedSizeBinaryArray),
    /// Lists, with the oid of their elements.
    List(ListArray, u32),
    /// Lists that count from 0.
    Vector(LargeListArray, u32),
}

impl RowWriter {
    pub fn new(batch: &RecordBatch, formats: &[Format]) -> Result<RowWriter, SqlError> {
        let columns = batch.columns().iter().zip(formats);
        let columns = columns.map(|(column, format)| Ok((Cells::new(column)?, *format)));
        Ok(RowWriter {
            columns: columns.collect::<Result<_, SqlError>>()?,
            scratch: String::new(),
        })
    }

    /// Appends row `row` as a DataRow message; nothing of it when a value cannot be written.
    pub fn write(&mut self, row: usize, out: &mut BytesMut) -> Result<(), SqlError> {
        let before = out.len();
        let written = self.write_message(row, out);
        if written.is_err() {
            out.truncate(before);
        }
        written
    }

    fn write_message(&mut self, row: usize, out: &mut BytesMut) -> Result<(), SqlError> {
        out.put_u8(b'D');
        let start = reserve_length(out);
        out.put_i16(
            i16::try_from(self.columns.len()).map_err(|_| too_large("a row's column count"))?,
        );
        for (cells, format) in &self.columns {
            cells.write(row, *format, &mut self.scratch, out)?;
        }
        // The length of a message counts itself.
        fill_length(out, start, 4)
    }
}

impl Cells {
    fn new(array: &ArrayRef) -> Result<Cells, SqlError> {
        let array = settle(array)?;
        Ok(match array.data_type() {
            DataType::Null => Cells::Null,
            DataType::Boolean => Cells::Bool(array.as_boolean().clone()),
            DataType::Int16 => Cells::Int2(array.as_primitive().clone()),
            DataType::Int32 => Cells::Int4(array.as_primitive().clone()),
            DataType::Int64 => Cells::Int8(array.as_primitive().clone()),
            DataType::UInt32 => Cells::Oid(array.as_primitive().clone()),
            DataType::Float32 => Cells::Float4(array.as_primitive().clone()),
            DataType::Float64 => Cells::Float8(array.as_primitive().clone()),
            DataType::Decimal128(..) => Cells::Decimal(array.as_primitive().clone()),
            DataType::LargeBinary => Cells::Numeric(array.as_binary().clone()),
            DataType::LargeUtf8 => Cells::Jsonb(array.as_string().clone()),
            DataType::Utf8 => Cells::Text(array.as_string().clone()),
            DataType::Utf8View => Cells::TextView(array.as_string_view().clone()),
            DataType::Binary => Cells::Bytes(array.as_binary().clone()),
            DataType::BinaryView => Cells::BytesView(array.as_binary_view().clone()),
            DataType::Date32 => Cells::Date(array.as_primitive().clone()),
            DataType::Time64(_) => Cells::Time(array.as_primitive().clone()),
            DataType::Timestamp(_, None) => Cells::Timestamp(array.as_primitive().clone()),
            DataType::Timestamp(_, Some(_)) => {
                let zone = cairn_rows::zone_of(array.data_type());
                Cells::TimestampTz(array.as_primitive().clone(), zone)
            }
            DataType::Interval(_) => Cells::Interval(array.as_primitive().clone()),
            DataType::FixedSizeBinary(16) => Cells::Uuid(array.as_fixed_size_binary().clone()),
            DataType::FixedSizeBinary(_) => Cells::Inet(array.as_fixed_size_binary().clone()),
            DataType::List(item) => {
                let element = wire_type(item.data_type())?.oid();
                Cells::List(array.as_list().clone(), element)
            }
            DataType::LargeList(item) => {
                let element = wire_type(item.data_type())?.oid();
                Cells::Vector(array.as_list().clone(), element)
            }
            other => return Err(SqlError::internal(format!("no wire form for {other}"))),
        })
    }

    fn is_null(&self, row: usize) -> bool {
        match self {
            Cells::Null => true,
            Cells::Bool(cells) => cells.is_null(row),
            Cells::Int2(cells) => cells.is_null(row),
            Cells::Int4(cells) => cells.is_null(row),
            Cells::Int8(cells) => cells.is_null(row),
            Cells::Oid(cells) => cells.is_null(row),
            Cells::Float4(cells) => cells.is_null(row),
            Cells::Float8(cells) => cells.is_null(row),
            Cells::Decimal(cells) => cells.is_null(row),
            Cells::Numeric(cells) => cells.is_null(row),
            Cells::Jsonb(cells) => cells.is_null(row),
            Cells::Text(cells) => cells.is_null(row),
            Cells::TextView(cells) => cells.is_null(row),
            Cells::Bytes(cells) => cells.is_null(row),
            Cells::BytesView(cells) => cells.is_null(row),
            Cells::Date(cells) => cells.is_null(row),
            Cells::Time(cells) => cells.is_null(row),
            Cells::Timestamp(cells) | Cells::TimestampTz(cells, _) => cells.is_null(row),
            Cells::Interval(cells) => cells.is_null(row),
            Cells::Uuid(cells) | Cells::Inet(cells) => cells.is_null(row),
            Cells::List(cells, _) => cells.is_null(row),
            Cells::Vector(cells, _) => cells.is_null(row),
        }
    }

    /// Appends a value with its length before it; -1 stands for NULL.
    fn write(
        &self,
        row: usize,
        format: Format,
        scratch: &mut String,
        out: &mut BytesMut,
    ) -> Result<(), SqlError> {
        if self.is_null(row) {
            out.put_i32(-1);
            return Ok(());
        }
        let start = reserve_length(out);
        match format {
            Format::Text => {
                scratch.clear();
                self.write_text(row, scratch)?;
                out.put_slice(scratch.as_bytes());
            }
            Format::Binary => self.write_binary(row, scratch, out)?,
        }
        fill_length(out, start, 0)
    }

    fn write_text(&self, row: usize, out: &mut String) -> Result<(), SqlError> {
        match self {
            Cells::Null => {}
            Cells::Bool(cells) => out.push(if cells.value(row) { 't' } else { 'f' }),
            Cells::Int2(cells) => push(out, cells.value(row)),
            Cells::Int4(cells) => push(out, cells.value(row)),
            Cells::Int8(cells) => push(out, cells.value(row)),
            Cells::Oid(cells) => push(out, cells.value(row)),
            Cells::Float4(cells) => text::write_float4(cells.value(row), out),
            Cells::Float8(cells) => text::write_float8(cells.value(row), out),
            Cells::Decimal(cells) => text::write_decimal(cells.value(row), cells.scale(), out),
            Cells::Numeric(cells) => numeric_at(cells, row)?.write(out),
            Cells::Inet(cells) => push(out, inet(cells, row)?),
            Cells::Jsonb(cells) => out.push_str(cells.value(row)),
            Cells::Text(cells) => out.push_str(cells.value(row)),
            Cells::TextView(cells) => out.push_str(cells.value(row)),
            Cells::Bytes(cells) => text::write_bytes(cells.value(row), out),
            Cells::BytesView(cells) => text::write_bytes(cells.value(row), out),
            Cells::Date(cells) => text::write_date(cells.value(row), out),
            Cells::Time(cells) => text::write_time(cells.value(row), out),
            Cells::Timestamp(cells) => text::write_timestamp(cells.value(row), out),
            Cells::TimestampTz(cells, zone) => {
                text::write_timestamptz_in(*zone, cells.value(row), out);
            }
            Cells::Interval(cells) => {
                text::write_interval(&cairn_rows::interval_of(cells.value(row)), out);
            }
            Cells::Uuid(cells) => text::write_uuid(&uuid(cells, row)?, out),
            Cells::List(cells, _) => return write_list_text(&cells.value(row), out),
            Cells::Vector(cells, _) => return write_vector_text(&cells.value(row), out),
        }
        Ok(())
    }

    fn write_binary(
        &self,
        row: usize,
        scratch: &mut String,
        out: &mut BytesMut,
    ) -> Result<(), SqlError> {
        match self {
            Cells::Null => {}
            Cells::Bool(cells) => out.put_u8(u8::from(cells.value(row))),
            Cells::Int2(cells) => out.put_i16(cells.value(row)),
            Cells::Int4(cells) => out.put_i32(cells.value(row)),
            Cells::Int8(cells) => out.put_i64(cells.value(row)),
            Cells::Oid(cells) => out.put_u32(cells.value(row)),
            Cells::Float4(cells) => out.put_f32(cells.value(row)),
            Cells::Float8(cells) => out.put_f64(cells.value(row)),
            Cells::Decimal(cells) => numeric::write(cells.value(row), cells.scale(), out),
            Cells::Numeric(cells) => numeric::write_unlimited(&numeric_at(cells, row)?, out),
            Cells::Inet(cells) => write_inet(&inet(cells, row)?, out),
            Cells::Jsonb(cells) => {
                out.put_u8(JSONB_VERSION);
                out.put_slice(cells.value(row).as_bytes());
            }
            Cells::Text(cells) => out.put_slice(cells.value(row).as_bytes()),
            Cells::TextView(cells) => out.put_slice(cells.value(row).as_bytes()),
            Cells::Bytes(cells) => out.put_slice(cells.value(row)),
            Cells::BytesView(cells) => out.put_slice(cells.value(row)),
            Cells::Date(cells) => out.put_i32(match cells.value(row) {
                infinite @ (i32::MIN | i32::MAX) => infinite,
                days => days.saturating_sub(EPOCH_DAYS),
            }),
            Cells::Time(cells) => out.put_i64(cells.value(row)),
            Cells::Timestamp(cells) | Cells::TimestampTz(cells, _) => {
                out.put_i64(match cells.value(row) {
                    infinite @ (i64::MIN | i64::MAX) => infinite,
                    micros => micros.saturating_sub(EPOCH_MICROSECONDS),
                });
            }
            Cells::Interval(cells) => {
                let interval = cells.value(row);
                out.put_i64(interval.nanoseconds / 1_000);
                out.put_i32(interval.days);
                out.put_i32(interval.months);
            }
            Cells::Uuid(cells) => out.put_slice(&uuid(cells, row)?),
            Cells::List(cells, element) => {
                return write_list_binary(&cells.value(row), (*element, 1), scratch, out);
            }
            Cells::Vector(cells, element) => {
                return write_list_binary(&cells.value(row), (*element, 0), scratch, out);
            }
        }
        Ok(())
    }
}

/// Casts a column to the type that its values are written from.
fn settle(array: &ArrayRef) -> Result<ArrayRef, SqlError> {
    let wanted = settled(array.data_type()).ok_or_else(|| {
        SqlError::unsupported(format!(
            "sending a value of type {} to a client",
            array.data_type()
        ))
    })?;
    if &wanted == array.data_type() {
        return Ok(array.clone());
    }
    // Not "safe": that would turn a value that does not fit into NULL.
    let options = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    cast_with_options(array, &wanted, &options).map_err(|error| {
        SqlError::new(
            SqlState::NumericValueOutOfRange,
            error.to_string().to_lowercase(),
        )
    })
}

fn uuid(cells: &FixedSizeBinaryArray, row: usize) -> Result<[u8; 16], SqlError> {
    cells
        .value(row)
        .try_into()
        .map_err(|_| SqlError::internal("a UUID that has not 16 bytes"))
}

fn numeric_at(cells: &LargeBinaryArray, row: usize) -> Result<Numeric, SqlError> {
    Numeric::from_bytes(cells.value(row)).map_err(SqlError::internal)
}

fn inet(cells: &FixedSizeBinaryArray, row: usize) -> Result<Inet, SqlError> {
    Inet::from_ordered(cells.value(row))
        .ok_or_else(|| SqlError::internal("an INET that is not in its canonical form"))
}

/// Family, prefix, whether it is a CIDR, length, address.
fn write_inet(inet: &Inet, out: &mut BytesMut) {
    out.put_u8(if inet.is_v4() { INET_V4 } else { INET_V6 });
    out.put_u8(inet.prefix());
    out.put_u8(0);
    out.put_u8(if inet.is_v4() { 4 } else { 16 });
    out.put_slice(inet.octets());
}

/// `{1,2,NULL,"a b"}`.
fn write_list_text(items: &ArrayRef, out: &mut String) -> Result<(), SqlError> {
    let cells = Cells::new(items)?;
    let mut failed = None;
    let rows = (0..items.len()).map(|row| (!cells.is_null(row)).then_some(row));
    text::write_array(rows, out, |row, out| {
        if let Err(error) = cells.write_text(row, out) {
            failed = Some(error);
        }
    });
    failed.map_or(Ok(()), Err)
}

/// `1 2 3`.
fn write_vector_text(items: &ArrayRef, out: &mut String) -> Result<(), SqlError> {
    let cells = Cells::new(items)?;
    for row in 0..items.len() {
        if row > 0 {
            out.push(' ');
        }
        cells.write_text(row, out)?;
    }
    Ok(())
}

/// Dimensions, whether there are NULLs, type of the elements, length and lower bound, then the elements.
fn write_list_binary(
    items: &ArrayRef,
    (element, lower_bound): (u32, i32),
    scratch: &mut String,
    out: &mut BytesMut,
) -> Result<(), SqlError> {
    let cells = Cells::new(items)?;
    out.put_i32(i32::from(!items.is_empty()));
    out.put_i32(i32::from(items.null_count() > 0));
    out.put_u32(element);
    if !items.is_empty() {
        out.put_i32(i32::try_from(items.len()).map_err(|_| too_large("an array"))?);
        out.put_i32(lower_bound);
    }
    for row in 0..items.len() {
        cells.write(row, Format::Binary, scratch, out)?;
    }
    Ok(())
}

/// Appends what a value displays as; writing to a `String` cannot fail.
fn push(out: &mut String, value: impl std::fmt::Display) {
    let _ = write!(out, "{value}");
}

/// Leaves room for a length, and says where.
fn reserve_length(out: &mut BytesMut) -> usize {
    let start = out.len();
    out.put_i32(0);
    start
}

/// Fills in a reserved length: the bytes since, plus `extra`.
fn fill_length(out: &mut BytesMut, start: usize, extra: usize) -> Result<(), SqlError> {
    let length = (out.len() - start - 4 + extra)
        .try_into()
        .map_err(|_| too_large("a row"))?;
    if let Some(field) = out.get_mut(start..start + 4) {
        field.copy_from_slice(&i32::to_be_bytes(length));
    }
    Ok(())
}

fn too_large(what: &str) -> SqlError {
    SqlError::new(
        SqlState::ProgramLimitExceeded,
        format!("{what} is too large for the wire protocol"),
    )
}

#[cfg(test)]
mod tests;
