//! Functions that give rows, as functions that give arrays: `bind` unnests them.

use std::sync::Arc;

use cairn_catalog::{ColumnType, ElementType};
use cairn_rows::{Datum, Zone};
use datafusion::logical_expr::ScalarUDF;

use super::overloaded::Overloaded;
use crate::query::elementwise::Elementwise;
use crate::query::series::values::Series;
use crate::{Result, SqlError, SqlState};

/// The most values of a series that are made at once.
const MOST: usize = 10_000_000;

pub(super) fn function(name: &str) -> Option<Arc<ScalarUDF>> {
    use ColumnType::{Int8, Interval, Numeric, Timestamp, TimestampTz};
    if name != "series_array" {
        return None;
    }
    let body = |takes: &[ColumnType], element| {
        Elementwise::zoned("series_array", takes, ColumnType::Array(element), series)
    };
    let bodies = vec![
        body(&[Int8, Int8], ElementType::Int8),
        body(&[Int8, Int8, Int8], ElementType::Int8),
        body(&[Numeric, Numeric], ElementType::Numeric),
        body(&[Numeric, Numeric, Numeric], ElementType::Numeric),
        body(
            &[TimestampTz, TimestampTz, Interval],
            ElementType::TimestampTz,
        ),
        body(&[Timestamp, Timestamp, Interval], ElementType::Timestamp),
    ];
    Some(Overloaded::function("series_array", bodies, None))
}

fn series(row: &[Datum], zone: Zone) -> Result<Datum> {
    let values = Series::new(row, zone)?
        .take(MOST + 1)
        .collect::<Result<Vec<Datum>>>()?;
    if values.len() > MOST {
        let problem = format!("generate_series gives more than {MOST} rows here");
        return Err(
            SqlError::new(SqlState::ProgramLimitExceeded, problem).hint("put it in the FROM list")
        );
    }
    Ok(Datum::Array(values))
}
