//! Arrow batches to DataRow messages, text and binary.
//!
//! A batch is settled once (see `types`), each column is looked at once, and then rows are written one after the
//! other straight into the channel's buffer. The text of a value is PostgreSQL's, written by `cairn_rows::text`,
//! the same code that reads and writes it everywhere else.

use std::fmt::Write as _;

use arrow::array::*;
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, IntervalMonthDayNano};
use bytes::{BufMut, BytesMut};
use cairn_rows::text;
use cairn_sql::{SqlError, SqlState};

use crate::numeric;
use crate::types::{Format, settled, wire_type};

/// Days and microseconds from 1970-01-01, where our values count from, to 2000-01-01, where the binary forms do.
const EPOCH_DAYS: i32 = 10_957;
const EPOCH_MICROSECONDS: i64 = 946_684_800_000_000;

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
    Numeric(Decimal128Array),
    Text(StringArray),
    TextView(StringViewArray),
    Bytes(BinaryArray),
    BytesView(BinaryViewArray),
    Date(Date32Array),
    Time(Time64MicrosecondArray),
    Timestamp(TimestampMicrosecondArray),
    TimestampTz(TimestampMicrosecondArray),
    Interval(IntervalMonthDayNanoArray),
    Uuid(FixedSizeBinaryArray),
    /// Lists, with the oid of their elements.
    List(ListArray, u32),
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
            DataType::Decimal128(..) => Cells::Numeric(array.as_primitive().clone()),
            DataType::Utf8 => Cells::Text(array.as_string().clone()),
            DataType::Utf8View => Cells::TextView(array.as_string_view().clone()),
            DataType::Binary => Cells::Bytes(array.as_binary().clone()),
            DataType::BinaryView => Cells::BytesView(array.as_binary_view().clone()),
            DataType::Date32 => Cells::Date(array.as_primitive().clone()),
            DataType::Time64(_) => Cells::Time(array.as_primitive().clone()),
            DataType::Timestamp(_, None) => Cells::Timestamp(array.as_primitive().clone()),
            DataType::Timestamp(_, Some(_)) => Cells::TimestampTz(array.as_primitive().clone()),
            DataType::Interval(_) => Cells::Interval(array.as_primitive().clone()),
            DataType::FixedSizeBinary(_) => Cells::Uuid(array.as_fixed_size_binary().clone()),
            DataType::List(item) => {
                let element = wire_type(item.data_type())?.oid();
                Cells::List(array.as_list().clone(), element)
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
            Cells::Numeric(cells) => cells.is_null(row),
            Cells::Text(cells) => cells.is_null(row),
            Cells::TextView(cells) => cells.is_null(row),
            Cells::Bytes(cells) => cells.is_null(row),
            Cells::BytesView(cells) => cells.is_null(row),
            Cells::Date(cells) => cells.is_null(row),
            Cells::Time(cells) => cells.is_null(row),
            Cells::Timestamp(cells) | Cells::TimestampTz(cells) => cells.is_null(row),
            Cells::Interval(cells) => cells.is_null(row),
            Cells::Uuid(cells) => cells.is_null(row),
            Cells::List(cells, _) => cells.is_null(row),
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
            Cells::Float4(cells) => write_float4(cells.value(row), out),
            Cells::Float8(cells) => text::write_float8(cells.value(row), out),
            Cells::Numeric(cells) => text::write_decimal(cells.value(row), cells.scale(), out),
            Cells::Text(cells) => out.push_str(cells.value(row)),
            Cells::TextView(cells) => out.push_str(cells.value(row)),
            Cells::Bytes(cells) => text::write_bytes(cells.value(row), out),
            Cells::BytesView(cells) => text::write_bytes(cells.value(row), out),
            Cells::Date(cells) => text::write_date(cells.value(row), out),
            Cells::Time(cells) => write_time(cells.value(row), out),
            Cells::Timestamp(cells) => text::write_timestamp(cells.value(row), out),
            Cells::TimestampTz(cells) => text::write_timestamptz(cells.value(row), out),
            Cells::Interval(cells) => write_interval(cells.value(row), out),
            Cells::Uuid(cells) => text::write_uuid(&uuid(cells, row)?, out),
            Cells::List(cells, _) => return write_list_text(&cells.value(row), out),
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
            Cells::Numeric(cells) => numeric::write(cells.value(row), cells.scale(), out),
            Cells::Text(cells) => out.put_slice(cells.value(row).as_bytes()),
            Cells::TextView(cells) => out.put_slice(cells.value(row).as_bytes()),
            Cells::Bytes(cells) => out.put_slice(cells.value(row)),
            Cells::BytesView(cells) => out.put_slice(cells.value(row)),
            Cells::Date(cells) => out.put_i32(cells.value(row).saturating_sub(EPOCH_DAYS)),
            Cells::Time(cells) => out.put_i64(cells.value(row)),
            Cells::Timestamp(cells) | Cells::TimestampTz(cells) => {
                out.put_i64(cells.value(row).saturating_sub(EPOCH_MICROSECONDS));
            }
            Cells::Interval(cells) => {
                let interval = cells.value(row);
                out.put_i64(interval.nanoseconds / 1_000);
                out.put_i32(interval.days);
                out.put_i32(interval.months);
            }
            Cells::Uuid(cells) => out.put_slice(&uuid(cells, row)?),
            Cells::List(cells, element) => {
                return write_list_binary(&cells.value(row), *element, scratch, out);
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

/// The shortest digits that give this 32-bit float back; as a 64-bit one it would show digits it does not have.
fn write_float4(value: f32, out: &mut String) {
    text::write_float8(
        value
            .to_string()
            .parse()
            .unwrap_or_else(|_| f64::from(value)),
        out,
    );
}

/// `HH:MM:SS` with as many decimals as needed.
fn write_time(microseconds: i64, out: &mut String) {
    let seconds = microseconds / 1_000_000;
    push(
        out,
        format_args!(
            "{:02}:{:02}:{:02}",
            seconds / 3_600,
            seconds / 60 % 60,
            seconds % 60
        ),
    );
    let rest = microseconds % 1_000_000;
    if rest != 0 {
        push(out, format_args!(".{rest:06}"));
        out.truncate(out.trim_end_matches('0').len());
    }
}

/// An interval in the style `postgres`: `1 year 2 mons -3 days +04:05:06`.
fn write_interval(interval: IntervalMonthDayNano, out: &mut String) {
    let start = out.len();
    let (years, months) = (interval.months / 12, interval.months % 12);
    let mut after_negative = false;
    for (count, one, many) in [
        (years, "year", "years"),
        (months, "mon", "mons"),
        (interval.days, "day", "days"),
    ] {
        if count != 0 {
            let gap = if out.len() > start { " " } else { "" };
            let sign = if after_negative && count > 0 { "+" } else { "" };
            push(
                out,
                format_args!("{gap}{sign}{count} {}", if count == 1 { one } else { many }),
            );
            after_negative = count < 0;
        }
    }
    let microseconds = interval.nanoseconds / 1_000;
    if microseconds != 0 || out.len() == start {
        if out.len() > start {
            out.push(' ');
        }
        if microseconds < 0 {
            out.push('-');
        } else if after_negative {
            out.push('+');
        }
        write_time(microseconds.saturating_abs(), out);
    }
}

/// `{1,2,NULL,"a b"}`.
fn write_list_text(items: &ArrayRef, out: &mut String) -> Result<(), SqlError> {
    let cells = Cells::new(items)?;
    out.push('{');
    let mut item = String::new();
    for row in 0..items.len() {
        if row > 0 {
            out.push(',');
        }
        if cells.is_null(row) {
            out.push_str("NULL");
            continue;
        }
        item.clear();
        cells.write_text(row, &mut item)?;
        let plain = !item.is_empty()
            && !item.eq_ignore_ascii_case("null")
            && !item
                .contains(|c: char| c.is_whitespace() || matches!(c, '{' | '}' | ',' | '"' | '\\'));
        if plain {
            out.push_str(&item);
        } else {
            push(
                out,
                format_args!("\"{}\"", item.replace('\\', "\\\\").replace('"', "\\\"")),
            );
        }
    }
    out.push('}');
    Ok(())
}

/// Dimensions, whether there are NULLs, type of the elements, length and lower bound, then the elements.
fn write_list_binary(
    items: &ArrayRef,
    element: u32,
    scratch: &mut String,
    out: &mut BytesMut,
) -> Result<(), SqlError> {
    let cells = Cells::new(items)?;
    out.put_i32(i32::from(!items.is_empty()));
    out.put_i32(i32::from(items.null_count() > 0));
    out.put_u32(element);
    if !items.is_empty() {
        out.put_i32(i32::try_from(items.len()).map_err(|_| too_large("an array"))?);
        out.put_i32(1);
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
