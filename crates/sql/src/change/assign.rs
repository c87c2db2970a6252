//! Assignment: from a query's values to a column's, with PostgreSQL's conversions.

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::datatypes::DataType;
use cairn_catalog::ColumnDescriptor;
use cairn_rows::{Datum, Zone, datum_at};

pub(crate) use crate::query::convert::postgres_name;
use crate::query::convert::{Purpose, convert, converts};
use crate::{Result, SqlError, SqlState};

/// The values of each column, row by row; `columns` says which column each of the batch's columns is for,
/// `zone` where local times are.
pub(crate) fn rows(
    batch: &RecordBatch,
    columns: &[&ColumnDescriptor],
    zone: Zone,
) -> Result<Vec<Vec<Datum>>> {
    let mut rows: Vec<Vec<Datum>> = (0..batch.num_rows())
        .map(|_| Vec::with_capacity(columns.len()))
        .collect();
    for (array, column) in batch.columns().iter().zip(columns) {
        for (row, value) in rows.iter_mut().zip(values(array, column, zone)?) {
            row.push(value);
        }
    }
    Ok(rows)
}

/// One column's values.
fn values(array: &ArrayRef, column: &ColumnDescriptor, zone: Zone) -> Result<Vec<Datum>> {
    let ty = &column.ty;
    check_assignable(array.data_type(), column)?;
    let converted =
        convert(array, ty, Purpose::Assignment, zone).map_err(|error| match error.sqlstate {
            SqlState::NumericValueOutOfRange => error.detail(format!("column {:?}", column.name)),
            _ => error,
        })?;
    (0..converted.len())
        .map(|row| Ok(datum_at(&converted, row, ty)?.fit(ty)?))
        .collect()
}

/// Refuses an expression whose values a column never takes. A text is taken by any column, if it can be read.
pub(crate) fn check_assignable(source: &DataType, column: &ColumnDescriptor) -> Result<()> {
    if converts(source, &column.ty, Purpose::Assignment) {
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
