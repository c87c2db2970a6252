//! `(start, end) OVERLAPS (start, end)`, where an end may be given as a length.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use cairn_catalog::ColumnType;
use cairn_rows::{Datum, Zone, column_type};
use datafusion::{
    common::Result,
    logical_expr::{
        ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
    },
};

use super::{DAY, mismatch};
use crate::query::convert::postgres_name;
use crate::query::elementwise::{answers, invoke};
use crate::query::operators::later;
use crate::{SqlError, SqlState};

/// The name of the function.
pub(crate) const OVERLAPS: &str = "overlaps";

pub(super) fn function(name: &str) -> Option<Arc<ScalarUDF>> {
    (name == OVERLAPS).then(|| {
        Arc::new(ScalarUDF::new_from_impl(Overlaps {
            signature: Signature::any(4, Volatility::Immutable),
        }))
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Overlaps {
    signature: Signature,
}

/// The types that the four are taken as: of one type, but for ends that are lengths.
fn takes(types: &[DataType]) -> crate::Result<[ColumnType; 4]> {
    use ColumnType::{Date, Interval, Time, Timestamp, TimestampTz};
    let known: Vec<Option<ColumnType>> = types.iter().map(column_type).collect();
    let has = |ty: ColumnType| known.contains(&Some(ty));
    let point = match (has(Time), has(TimestampTz), has(Timestamp) || has(Date)) {
        (true, false, false) => Time,
        (false, true, _) => TimestampTz,
        (false, false, true) => Timestamp,
        _ => return Err(unknown(types)),
    };
    let end = |ty: &Option<ColumnType>| match ty {
        Some(Interval) => Interval,
        _ => point,
    };
    match known.as_slice() {
        [_, one, _, other] => Ok([point, end(one), point, end(other)]),
        _ => Err(unknown(types)),
    }
}

fn unknown(types: &[DataType]) -> SqlError {
    let types: Vec<String> = types.iter().map(postgres_name).collect();
    SqlError::new(
        SqlState::UndefinedFunction,
        format!("function {OVERLAPS}({}) does not exist", types.join(", ")),
    )
}

impl ScalarUDFImpl for Overlaps {
    fn name(&self) -> &str {
        OVERLAPS
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        takes(types)?;
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        invoke(args, overlapping)
    }
}

fn overlapping(arrays: &[ArrayRef], rows: usize, zone: Zone) -> crate::Result<ArrayRef> {
    let types: Vec<DataType> = arrays
        .iter()
        .map(|array| array.data_type().clone())
        .collect();
    let takes = takes(&types)?;
    answers(
        arrays,
        &takes,
        &ColumnType::Bool,
        false,
        rows,
        zone,
        |row| {
            let [start, end, other_start, other_end] = row else {
                return Err(mismatch());
            };
            let one = Period::new(start, end, zone)?;
            let other = Period::new(other_start, other_end, zone)?;
            let overlap = one.zip(other).and_then(|(one, other)| one.overlaps(other));
            Ok(overlap.map_or(Datum::Null, Datum::Bool))
        },
    )
}

/// From a time until before another, or at just one time.
#[derive(Clone, Copy)]
struct Period {
    start: i64,
    /// None: it is not known.
    end: Option<i64>,
}

impl Period {
    /// The one of two times that is known, or the earlier one, is the start; None where neither is known.
    fn new(start: &Datum, end: &Datum, zone: Zone) -> crate::Result<Option<Period>> {
        let end = match end {
            Datum::Interval(_) if start.is_null() => None,
            Datum::Interval(_) => Some(moved(start, end, zone)?),
            end => micros(end)?,
        };
        Ok(match (micros(start)?, end) {
            (Some(start), Some(end)) => Some(Period {
                start: start.min(end),
                end: Some(start.max(end)),
            }),
            (Some(start), None) | (None, Some(start)) => Some(Period { start, end: None }),
            (None, None) => None,
        })
    }

    /// None where it is not known.
    fn overlaps(self, other: Period) -> Option<bool> {
        let (first, second) = match self.start <= other.start {
            true => (self, other),
            false => (other, self),
        };
        match first.end {
            Some(end) if first.start < second.start && second.start < end => Some(true),
            Some(_) => second.end.map(|_| first.start == second.start),
            None => None,
        }
    }
}

fn micros(time: &Datum) -> crate::Result<Option<i64>> {
    match time {
        Datum::Null => Ok(None),
        Datum::Time(micros) | Datum::Timestamp(micros) | Datum::TimestampTz(micros) => {
            Ok(Some(*micros))
        }
        _ => Err(mismatch()),
    }
}

/// A time and a length later.
fn moved(time: &Datum, length: &Datum, zone: Zone) -> crate::Result<i64> {
    match (time, length) {
        (Datum::Time(time), Datum::Interval(length)) => {
            Ok((time + length.micros % DAY).rem_euclid(DAY))
        }
        (Datum::Timestamp(time), Datum::Interval(length)) => later(*time, length, Zone::UTC),
        (Datum::TimestampTz(time), Datum::Interval(length)) => later(*time, length, zone),
        _ => Err(mismatch()),
    }
}
