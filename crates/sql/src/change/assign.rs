//! Assignment: from a query's values to a column's, with PostgreSQL's conversions.

use std::sync::Arc;

use arrow::{
    array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch},
    compute::{CastOptions, cast_with_options},
    datatypes::{DataType, Float64Type},
};
use cairn_catalog::{ColumnDescriptor, ColumnType};
use cairn_rows::{Datum, arrow_type, datum_at};

use crate::{Result, SqlError, SqlState};

/// The values of each column, row by row; `columns` says which column each of the batch's columns is for.
pub(crate) fn rows(batch: &RecordBatch, columns: &[&ColumnDescriptor]) -> Result<Vec<Vec<Datum>>> {
    let mut rows: Vec<Vec<Datum>> = (0..batch.num_rows())
        .map(|_| Vec::with_capacity(columns.len()))
        .collect();
    for (array, column) in batch.columns().iter().zip(columns) {
        for (row, value) in rows.iter_mut().zip(values(array, column)?) {
            row.push(value);
        }
    }
    Ok(rows)
}

/// One column's values.
fn values(array: &ArrayRef, column: &ColumnDescriptor) -> Result<Vec<Datum>> {
    let ty = &column.ty;
    let target = arrow_type(ty);
    let source = array.data_type();
    let text = is_text(source);
    let values = if source == &target {
        read(array, ty)?
    } else if text && !matches!(ty, ColumnType::String { .. }) {
        texts(array, ty)?
    } else if *source == DataType::FixedSizeBinary(16) && matches!(ty, ColumnType::String { .. }) {
        uuids(array)?
    } else {
        read(&convert(array, &target, column)?, ty)?
    };
    values.into_iter().map(|value| Ok(value.fit(ty)?)).collect()
}

fn read(array: &ArrayRef, ty: &ColumnType) -> Result<Vec<Datum>> {
    (0..array.len())
        .map(|row| Ok(datum_at(array, row, ty)?))
        .collect()
}

/// A text is read as the column's type: the literals of SQL have no type of their own.
fn texts(array: &ArrayRef, ty: &ColumnType) -> Result<Vec<Datum>> {
    let array = arrow::compute::cast(array, &DataType::Utf8)?;
    array
        .as_string::<i32>()
        .iter()
        .map(|text| {
            Ok(text
                .map(|text| Datum::parse_text(ty, text))
                .transpose()?
                .unwrap_or(Datum::Null))
        })
        .collect()
}

fn uuids(array: &ArrayRef) -> Result<Vec<Datum>> {
    let mut values = read(array, &ColumnType::Uuid)?;
    for value in &mut values {
        if !value.is_null() {
            let mut text = String::new();
            value.write_text(&ColumnType::Uuid, &mut text);
            *value = Datum::String(text);
        }
    }
    Ok(values)
}

/// Numbers, times and what can be shown as text; what does not fit is an error.
fn convert(array: &ArrayRef, target: &DataType, column: &ColumnDescriptor) -> Result<ArrayRef> {
    check_assignable(array.data_type(), column)?;
    let array = rounded(array, target)?;
    let options = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    cast_with_options(&array, target, &options).map_err(|error| {
        let error = SqlError::from(error);
        match (error.sqlstate, column.ty) {
            (SqlState::NumericValueOutOfRange, ty @ ColumnType::Decimal { .. }) => {
                cairn_rows::Error::NumericOverflow { ty }.into()
            }
            (SqlState::NumericValueOutOfRange, ty) => SqlError::new(
                SqlState::NumericValueOutOfRange,
                format!("{} out of range", ty.postgres_name()),
            )
            .detail(format!("column {:?}", column.name)),
            _ => error,
        }
    })
}

/// Refuses an expression whose values a column never takes. A text is taken by any column, if it can be read.
pub(crate) fn check_assignable(source: &DataType, column: &ColumnDescriptor) -> Result<()> {
    let target = arrow_type(&column.ty);
    if is_text(source) || source == &target || is_assignable(source, &target) {
        return Ok(());
    }
    Err(SqlError::new(
        SqlState::DatatypeMismatch,
        format!(
            "column {:?} is of type {} but expression is of type {}",
            column.name,
            column.ty.postgres_name(),
            postgres_name(source),
        ),
    )
    .hint("you will need to rewrite or cast the expression"))
}

fn is_text(ty: &DataType) -> bool {
    matches!(
        ty,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
    )
}

fn is_assignable(source: &DataType, target: &DataType) -> bool {
    let is_time = |ty: &DataType| {
        matches!(
            ty,
            DataType::Timestamp(..) | DataType::Date32 | DataType::Date64
        )
    };
    let is_binary = |ty: &DataType| {
        matches!(
            ty,
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView
        )
    };
    source == &DataType::Null
        || (source.is_numeric() && target.is_numeric())
        || (is_time(source) && is_time(target))
        || (is_binary(source) && is_binary(target))
        || (target == &DataType::Utf8 && !is_binary(source) && !source.is_nested())
        || (source == &DataType::Boolean && target == &DataType::Boolean)
}

pub(crate) fn postgres_name(ty: &DataType) -> String {
    match crate::query::literal::column_type(ty) {
        Some(column) => column.postgres_name().to_owned(),
        None => ty.to_string().to_lowercase(),
    }
}

/// Numbers round to the nearest when they become integers; Arrow would cut them off.
fn rounded(array: &ArrayRef, target: &DataType) -> Result<ArrayRef> {
    if !target.is_integer() {
        return Ok(array.clone());
    }
    match array.data_type() {
        DataType::Float64 | DataType::Float32 => {
            let floats = arrow::compute::cast(array, &DataType::Float64)?;
            let floats: Float64Array = floats
                .as_primitive::<Float64Type>()
                .iter()
                .map(|value| value.map(f64::round_ties_even))
                .collect();
            Ok(Arc::new(floats))
        }
        DataType::Decimal128(precision, scale) if *scale > 0 => {
            let options = CastOptions {
                safe: false,
                ..CastOptions::default()
            };
            Ok(cast_with_options(
                array,
                &DataType::Decimal128(*precision, 0),
                &options,
            )?)
        }
        _ => Ok(array.clone()),
    }
}
