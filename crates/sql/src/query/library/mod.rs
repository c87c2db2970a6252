//! The library: functions that PostgreSQL has, and DataFusion has not or answers otherwise.
//!
//! WHAT
//!   A file per subject; each has one `function(name)` that knows its names. Most functions are written for the values of one row
//!   (`elementwise`); those of arrays, whose elements are of any type, are `polymorphic`.
//!
//! HOW A CALL FINDS ITS BODY
//!   1. `names` asks here before it asks DataFusion.
//!   2. Where a name has several bodies, the types of the arguments choose (`overloaded`); DataFusion's own function is one of them.
//!
//! INVARIANTS
//!   What stands here answers as PostgreSQL 15 does: the `pg_*.slt` files run against both.

mod arrays;
mod building;
mod calendar;
mod comparison;
mod documents;
mod fields;
mod formats;
mod numbers;
mod output;
mod overlaps;
mod overloaded;
mod polymorphic;
mod regular;
mod sets;
mod sleep;
mod texts;
mod zones;

use std::sync::Arc;

use cairn_catalog::ColumnType;
use datafusion::logical_expr::ScalarUDF;

use crate::SqlError;

pub(crate) use comparison::quantified_name;
pub(crate) use output::OUTPUT_TEXT;
pub(crate) use overlaps::OVERLAPS;
pub(crate) use regular::PATTERN;

const TEXT: ColumnType = ColumnType::String { max: None };

/// Microseconds.
const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The function of that name; `otherwise` is DataFusion's.
pub(crate) fn function(name: &str, otherwise: Option<&Arc<ScalarUDF>>) -> Option<Arc<ScalarUDF>> {
    fields::function(name)
        .or_else(|| calendar::function(name))
        .or_else(|| zones::function(name))
        .or_else(|| numbers::function(name, otherwise))
        .or_else(|| arrays::function(name))
        .or_else(|| comparison::function(name))
        .or_else(|| texts::function(name))
        .or_else(|| output::function(name))
        .or_else(|| formats::function(name))
        .or_else(|| documents::function(name))
        .or_else(|| sets::function(name))
        .or_else(|| building::function(name))
        .or_else(|| regular::function(name))
        .or_else(|| sleep::function(name))
        .or_else(|| overlaps::function(name))
}

/// A body was called with values that it does not take.
fn mismatch() -> SqlError {
    SqlError::internal("a function's arguments are not of its types")
}
