//! Values of one type as values of another: what casts and assignments have in common.
//!
//! Plain numbers go through Arrow's kernels, which check; all else goes value by value, through the texts and numbers
//! of `cairn_rows`.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Float32Array, Float64Array, LargeListArray, ListArray, StringArray,
    TimestampMicrosecondArray, new_null_array,
};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Field, Float32Type, Float64Type, IntervalUnit, TimeUnit,
};
use cairn_catalog::ColumnType;
use cairn_rows::{Datum, Interval, Numeric, Zone, arrow_type, column_type, datum_at, json::Json};

use crate::{Result, SqlError, SqlState};

pub(super) const MICROS_PER_DAY: i64 = 86_400_000_000;

/// Why a value becomes one of another type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To be stored: what does not fit is an error.
    Assignment,
    /// `CAST`: too long a text is cut.
    Cast,
}

/// The values as `arrow_type(to)` has them. Limits of texts are applied by a cast, and left to `Datum::fit` by an
/// assignment. `zone` is where local times are: the session's.
///
/// # Errors
/// What a value that does not fit deserves; `CannotCoerce` for types that do not convert.
pub(crate) fn convert(
    array: &ArrayRef,
    to: &ColumnType,
    purpose: Purpose,
    zone: Zone,
) -> Result<ArrayRef> {
    let target = arrow_type(to);
    if array.data_type() == &DataType::Null {
        return Ok(new_null_array(&target, array.len()));
    }
    if let (Some(lists), ColumnType::Array(element)) = (array.as_list_opt::<i32>(), to)
        && lists.value_type() == DataType::Null
    {
        let element = arrow_type(&element.column_type());
        let elements = new_null_array(&element, lists.values().len());
        return Ok(Arc::new(with_elements(lists, elements)?));
    }
    if let (Some(vectors), true) = (array.as_list_opt::<i64>(), is_text(to)) {
        return convert(&vector_texts(vectors)?, to, purpose, zone);
    }
    let array = settled(array)?;
    let from = column_type(array.data_type());
    let limited = purpose == Purpose::Cast && is_limited(to);
    if array.data_type() == &target && !limited {
        return Ok(array);
    }
    match from {
        Some(from) if is_plain(&from) && is_plain(to) => plain(&array, &from, to),
        Some(ColumnType::Date) if *to == ColumnType::Timestamp => midnights(&array),
        Some(from) if allowed(&from, to, purpose) => each(&array, &from, to, purpose, zone),
        None if is_text(to) && purpose == Purpose::Cast => Ok(cast(&array, &target)?),
        _ => Err(cannot_cast(array.data_type(), to)),
    }
}

/// Whether `convert` takes values of this type; a value can still be one that does not fit.
pub(crate) fn converts(from: &DataType, to: &ColumnType, purpose: Purpose) -> bool {
    let empty = arrow::array::new_empty_array(from);
    convert(&empty, to, purpose, Zone::UTC).is_ok()
}

/// Arrow's variants of one type, as the one that columns have.
fn settled(array: &ArrayRef) -> Result<ArrayRef> {
    let target = match array.data_type() {
        DataType::Utf8View => DataType::Utf8,
        DataType::BinaryView => DataType::Binary,
        DataType::Int8 | DataType::UInt8 => DataType::Int16,
        DataType::UInt16 => DataType::Int32,
        DataType::UInt32 | DataType::UInt64 => DataType::Int64,
        DataType::Float16 => DataType::Float32,
        DataType::Date64 => DataType::Date32,
        DataType::Time32(_) | DataType::Time64(TimeUnit::Nanosecond) => {
            DataType::Time64(TimeUnit::Microsecond)
        }
        DataType::Timestamp(unit, zone) if *unit != TimeUnit::Microsecond => {
            DataType::Timestamp(TimeUnit::Microsecond, zone.clone())
        }
        DataType::Duration(_)
        | DataType::Interval(IntervalUnit::YearMonth | IntervalUnit::DayTime) => {
            DataType::Interval(IntervalUnit::MonthDayNano)
        }
        DataType::Dictionary(_, value) => value.as_ref().clone(),
        DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            return settled(&cast(array, &DataType::List(item.clone()))?);
        }
        DataType::Decimal256(..) => {
            let texts = cast(array, &DataType::Utf8)?;
            return each(
                &texts,
                &ColumnType::String { max: None },
                &ColumnType::Numeric,
                Purpose::Cast,
                Zone::UTC,
            );
        }
        DataType::List(item) => return settled_list(array, item),
        _ => return Ok(array.clone()),
    };
    cast(array, &target)
}

/// A list with the field that columns have.
fn settled_list(array: &ArrayRef, item: &Field) -> Result<ArrayRef> {
    let lists = array.as_list::<i32>();
    let elements = settled(lists.values())?;
    let field = Field::new_list_field(elements.data_type().clone(), true);
    if elements.data_type() == item.data_type() && *item == field {
        return Ok(array.clone());
    }
    Ok(Arc::new(with_elements(lists, elements)?))
}

/// Vectors, which only the system catalogs have, as PostgreSQL writes them: `1 2 3`.
fn vector_texts(vectors: &LargeListArray) -> Result<ArrayRef> {
    let texts = vectors.iter().map(|vector| {
        let Some(vector) = vector else {
            return Ok(None);
        };
        let elements = cast(&vector, &DataType::Utf8)?;
        let elements: Vec<&str> = elements.as_string::<i32>().iter().flatten().collect();
        Ok(Some(elements.join(" ")))
    });
    let texts: StringArray = texts.collect::<Result<_>>()?;
    Ok(Arc::new(texts))
}

fn with_elements(lists: &ListArray, elements: ArrayRef) -> Result<ListArray> {
    let field = Arc::new(Field::new_list_field(elements.data_type().clone(), true));
    Ok(ListArray::try_new(
        field,
        lists.offsets().clone(),
        elements,
        lists.nulls().cloned(),
    )?)
}

fn cast(array: &ArrayRef, target: &DataType) -> Result<ArrayRef> {
    let options = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    Ok(cast_with_options(array, target, &options)?)
}

/// Numbers that Arrow's kernels convert as PostgreSQL does, once they are rounded.
fn is_plain(ty: &ColumnType) -> bool {
    use ColumnType::{Decimal, Float4, Float8, Int2, Int4, Int8};
    matches!(ty, Int2 | Int4 | Int8 | Float4 | Float8 | Decimal { .. })
}

fn is_number(ty: &ColumnType) -> bool {
    is_plain(ty) || *ty == ColumnType::Numeric
}

fn is_text(ty: &ColumnType) -> bool {
    matches!(ty, ColumnType::String { .. } | ColumnType::Char { .. })
}

pub(super) fn is_limited(ty: &ColumnType) -> bool {
    match ty {
        ColumnType::String { max } => max.is_some(),
        ColumnType::Char { .. } => true,
        ColumnType::Array(element) => is_limited(&element.column_type()),
        _ => false,
    }
}

fn is_instant(ty: &ColumnType) -> bool {
    matches!(
        ty,
        ColumnType::Date | ColumnType::Timestamp | ColumnType::TimestampTz
    )
}

/// Whether values of one type convert into another's.
fn allowed(from: &ColumnType, to: &ColumnType, purpose: Purpose) -> bool {
    use ColumnType::{Array, Bool, Bytes, Interval, Jsonb, Time, Timestamp, TimestampTz};
    let explicit = purpose == Purpose::Cast;
    match (from, to) {
        (Array(from), Array(to)) => {
            let (from, to) = (from.column_type(), to.column_type());
            from == to || is_plain(&from) && is_plain(&to) || allowed(&from, &to, purpose)
        }
        (from, _) if is_text(from) => true,
        (Bytes | Array(_), to) if is_text(to) => explicit,
        (_, to) if is_text(to) => true,
        (from, to) if is_number(from) && is_number(to) => true,
        (from, to) if is_instant(from) && is_instant(to) => true,
        (Timestamp | TimestampTz | Interval, Time) | (Time, Interval) => true,
        (Bool, ColumnType::Int2 | ColumnType::Int4 | ColumnType::Int8) => explicit,
        (ColumnType::Int2 | ColumnType::Int4 | ColumnType::Int8, Bool) => explicit,
        (Jsonb, to) if is_number(to) || *to == Bool => explicit,
        (from, to) => arrow_type(from) == arrow_type(to),
    }
}

/// The error for types that do not convert.
fn cannot_cast(from: &DataType, to: &ColumnType) -> SqlError {
    SqlError::new(
        SqlState::CannotCoerce,
        format!(
            "cannot cast type {} to {}",
            postgres_name(from),
            to.postgres_name()
        ),
    )
}

/// The type of a value, of those that only the system catalogs have, too: oids, and vectors, which count from 0.
pub(crate) fn known_type(ty: &DataType) -> Option<ColumnType> {
    match ty {
        DataType::UInt32 => Some(ColumnType::Int8),
        DataType::List(item) | DataType::LargeList(item) => {
            let element = known_type(item.data_type())?.as_element()?;
            Some(ColumnType::Array(element))
        }
        other => column_type(other),
    }
}

/// What PostgreSQL calls the type of an expression.
pub(crate) fn postgres_name(ty: &DataType) -> String {
    match column_type(ty) {
        Some(column) => column.postgres_name().to_owned(),
        None => ty.to_string().to_lowercase(),
    }
}

/// Days as what clocks show at their beginnings. Filters compare many of them.
fn midnights(days: &ArrayRef) -> Result<ArrayRef> {
    let days = days.as_primitive::<Date32Type>();
    let midnights: TimestampMicrosecondArray = days.try_unary(midnight)?;
    Ok(Arc::new(midnights))
}

fn midnight(days: i32) -> Result<i64> {
    match days {
        i32::MAX => Ok(i64::MAX),
        i32::MIN => Ok(i64::MIN),
        days => i64::from(days)
            .checked_mul(MICROS_PER_DAY)
            .ok_or_else(date_overflow),
    }
}

fn date_overflow() -> SqlError {
    SqlError::new(
        SqlState::DatetimeFieldOverflow,
        "date out of range for timestamp",
    )
}

fn plain(array: &ArrayRef, from: &ColumnType, to: &ColumnType) -> Result<ArrayRef> {
    if let ColumnType::Decimal { scale, .. } = *from {
        let numbers = array.as_primitive::<Decimal128Type>();
        match to {
            ColumnType::Float8 => {
                let floats: Float64Array = numbers.unary(|number| nearest(number, scale));
                return Ok(Arc::new(floats));
            }
            ColumnType::Float4 => {
                let floats: Float32Array = numbers.unary(|number| nearest_single(number, scale));
                return Ok(Arc::new(floats));
            }
            _ => {}
        }
    }
    let out_of_range = || match *to {
        ty @ ColumnType::Decimal { .. } => cairn_rows::Error::NumericOverflow { ty }.into(),
        ty => SqlError::new(
            SqlState::NumericValueOutOfRange,
            format!("{} out of range", ty.postgres_name()),
        ),
    };
    let rounded = rounded(array, &arrow_type(to))?;
    let converted = cast(&rounded, &arrow_type(to)).map_err(|error| match error.sqlstate {
        SqlState::NumericValueOutOfRange => out_of_range(),
        _ => error,
    })?;
    // Arrow makes an infinity of a number that 32 bits cannot hold.
    if *to == ColumnType::Float4 && *from == ColumnType::Float8 {
        let (before, after) = (
            array.as_primitive::<Float64Type>(),
            converted.as_primitive::<Float32Type>(),
        );
        let lost = |(before, after): (Option<f64>, Option<f32>)| match (before, after) {
            (Some(before), Some(after)) => {
                before.is_finite() && after.is_infinite() || before != 0.0 && after == 0.0
            }
            _ => false,
        };
        if before.iter().zip(after).any(lost) {
            return Err(out_of_range());
        }
    }
    Ok(converted)
}

/// `number` / 10^`scale` as the nearest double. Arrow divides one double by another, which is right only where both are exact.
fn nearest(number: i128, scale: i8) -> f64 {
    let exact = number.unsigned_abs() <= 1 << f64::MANTISSA_DIGITS && (0..=22).contains(&scale);
    match exact {
        true => number as f64 / 10_f64.powi(scale.into()),
        false => written(number, scale).parse().unwrap_or(f64::NAN),
    }
}

/// The same as a REAL: a double on the way would round twice.
fn nearest_single(number: i128, scale: i8) -> f32 {
    written(number, scale).parse().unwrap_or(f32::NAN)
}

fn written(number: i128, scale: i8) -> String {
    format!("{number}e{}", -i16::from(scale))
}

/// Numbers round to the nearest when they become integers; Arrow would cut them off.
fn rounded(array: &ArrayRef, target: &DataType) -> Result<ArrayRef> {
    if !target.is_integer() {
        return Ok(array.clone());
    }
    match array.data_type() {
        DataType::Float64 | DataType::Float32 => {
            let floats = cast(array, &DataType::Float64)?;
            let floats = floats.as_primitive::<Float64Type>();
            let floats: Float64Array = floats
                .iter()
                .map(|value| value.map(f64::round_ties_even))
                .collect();
            Ok(Arc::new(floats))
        }
        DataType::Decimal128(precision, scale) if *scale > 0 => {
            cast(array, &DataType::Decimal128(*precision, 0))
        }
        _ => Ok(array.clone()),
    }
}

fn each(
    array: &ArrayRef,
    from: &ColumnType,
    to: &ColumnType,
    purpose: Purpose,
    zone: Zone,
) -> Result<ArrayRef> {
    if let (ColumnType::Array(_), ColumnType::Array(element), Some(lists)) =
        (from, to, array.as_list_opt::<i32>())
    {
        let elements = convert(lists.values(), &element.column_type(), purpose, zone)?;
        return Ok(Arc::new(with_elements(lists, elements)?));
    }
    let mut values = Vec::with_capacity(array.len());
    for row in 0..array.len() {
        let value = match datum_at(array, row, from)? {
            Datum::Null => Datum::Null,
            value => one(value, from, to, zone)?,
        };
        values.push(if purpose == Purpose::Cast {
            cut(value, to)
        } else {
            value
        });
    }
    Ok(cairn_rows::array_of(to, values.iter())?)
}

/// One value that is not NULL, as one of another type.
fn one(value: Datum, from: &ColumnType, to: &ColumnType, zone: Zone) -> Result<Datum> {
    Ok(match (value, to) {
        (Datum::String(text), to) if !is_text(to) => Datum::parse_text_in(zone, to, &text)?,
        (Datum::Bool(value), to) if is_text(to) => Datum::String(value.to_string()),
        (Datum::String(text), _) => Datum::String(text),
        (value, to) if is_text(to) => {
            let mut text = String::new();
            value.write_text_in(zone, from, &mut text);
            Datum::String(text)
        }
        (Datum::Bool(value), _) => integer(i128::from(value), to)?,
        (Datum::Int2(value), ColumnType::Bool) => Datum::Bool(value != 0),
        (Datum::Int4(value), ColumnType::Bool) => Datum::Bool(value != 0),
        (Datum::Int8(value), ColumnType::Bool) => Datum::Bool(value != 0),
        (Datum::Jsonb(text), to) => json(&text, to)?,
        (value, ColumnType::Numeric) => Datum::Numeric(numeric(&value, from)?),
        (Datum::Numeric(number), to) => narrowed(&number, to)?,
        (value, to) => time(value, to, zone)?,
    })
}

fn out_of_range(to: &ColumnType) -> SqlError {
    SqlError::new(
        SqlState::NumericValueOutOfRange,
        format!("{} out of range", to.postgres_name()),
    )
}

fn integer(value: i128, to: &ColumnType) -> Result<Datum> {
    let fitted = match to {
        ColumnType::Int2 => i16::try_from(value).ok().map(Datum::Int2),
        ColumnType::Int4 => i32::try_from(value).ok().map(Datum::Int4),
        _ => i64::try_from(value).ok().map(Datum::Int8),
    };
    fitted.ok_or_else(|| out_of_range(to))
}

/// A number without limits.
pub(crate) fn numeric(value: &Datum, from: &ColumnType) -> Result<Numeric> {
    Ok(match (value, from) {
        (Datum::Numeric(number), _) => number.clone(),
        (Datum::Int2(value), _) => Numeric::from_scaled(i128::from(*value), 0),
        (Datum::Int4(value), _) => Numeric::from_scaled(i128::from(*value), 0),
        (Datum::Int8(value), _) => Numeric::from_scaled(i128::from(*value), 0),
        (Datum::Decimal(value), ColumnType::Decimal { scale, .. }) => {
            Numeric::from_scaled(*value, *scale)
        }
        // The shortest digits that give the number back.
        (value, from) => {
            let mut text = String::new();
            value.write_text(from, &mut text);
            match Datum::parse_text(&ColumnType::Numeric, &text)? {
                Datum::Numeric(number) => number,
                _ => Numeric::nan(),
            }
        }
    })
}

/// A number as one of a type with limits.
fn narrowed(number: &Numeric, to: &ColumnType) -> Result<Datum> {
    match to {
        ColumnType::Int2 | ColumnType::Int4 | ColumnType::Int8 => {
            if !number.is_finite() {
                let what = format!("the number {number} as {}", to.postgres_name());
                return Err(SqlError::unsupported(what));
            }
            integer(number.to_scaled(0).ok_or_else(|| out_of_range(to))?, to)
        }
        ColumnType::Decimal { scale, .. } if number.is_finite() => {
            let value = number.to_scaled(*scale).map(Datum::Decimal);
            let value = value.ok_or(cairn_rows::Error::NumericOverflow { ty: *to })?;
            Ok(value.fit(to)?)
        }
        _ => Ok(Datum::parse_text(to, &number.to_string())?),
    }
}

fn json(text: &str, to: &ColumnType) -> Result<Datum> {
    match (cairn_rows::text::parse_json(text)?, to) {
        (Json::Bool(value), ColumnType::Bool) => Ok(Datum::Bool(value)),
        (Json::Number(number), ColumnType::Numeric) => Ok(Datum::Numeric(number)),
        (Json::Number(number), to) if is_number(to) => narrowed(&number, to),
        (Json::Null, _) => Ok(Datum::Null),
        (other, to) => Err(SqlError::new(
            SqlState::InvalidParameterValue,
            format!(
                "cannot cast jsonb {} to type {}",
                other.type_name(),
                to.postgres_name()
            ),
        )),
    }
}

/// Dates and times. Infinities stay infinite.
fn time(value: Datum, to: &ColumnType, zone: Zone) -> Result<Datum> {
    let micros = match value {
        Datum::Date(days) => midnight(days)?,
        Datum::Timestamp(micros) => micros,
        Datum::TimestampTz(micros) if *to == ColumnType::TimestampTz => {
            return Ok(Datum::TimestampTz(micros));
        }
        Datum::TimestampTz(micros) => zone.local(micros).ok_or_else(date_overflow)?,
        Datum::Time(micros) => {
            return Ok(Datum::Interval(Interval {
                micros,
                ..Interval::default()
            }));
        }
        Datum::Interval(interval) => {
            return Ok(Datum::Time(interval.micros.rem_euclid(MICROS_PER_DAY)));
        }
        other => return Ok(other),
    };
    Ok(match to {
        ColumnType::Timestamp => Datum::Timestamp(micros),
        ColumnType::TimestampTz => {
            Datum::TimestampTz(zone.instant(micros).ok_or_else(date_overflow)?)
        }
        ColumnType::Date => Datum::Date(match micros {
            i64::MAX => i32::MAX,
            i64::MIN => i32::MIN,
            micros => {
                i32::try_from(micros.div_euclid(MICROS_PER_DAY)).map_err(|_| date_overflow())?
            }
        }),
        _ if matches!(micros, i64::MAX | i64::MIN) => Datum::Null,
        _ => Datum::Time(micros.rem_euclid(MICROS_PER_DAY)),
    })
}

/// A cast cuts a text that is too long.
fn cut(value: Datum, to: &ColumnType) -> Datum {
    let (Datum::String(mut text), Some(limit)) = (value.clone(), limit(to)) else {
        return value;
    };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    if let Some((end, _)) = text.char_indices().nth(limit) {
        text.truncate(end);
    }
    if matches!(to, ColumnType::Char { .. }) {
        text.truncate(text.trim_end_matches(' ').len());
    }
    Datum::String(text)
}

fn limit(ty: &ColumnType) -> Option<u32> {
    match *ty {
        ColumnType::String { max } => max,
        ColumnType::Char { length } => Some(length),
        _ => None,
    }
}
