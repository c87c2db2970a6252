//! `avg` of INTERVALs: the sum of each field, divided by how many there are.

use std::mem::size_of_val;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Int64Type, IntervalUnit};
use cairn_catalog::ColumnType;
use cairn_rows::{Datum, Interval, datum_at};
use datafusion::{
    common::{Result, ScalarValue},
    logical_expr::Accumulator,
};

use crate::query::literal::scalar;
use crate::{SqlError, SqlState};

pub(super) const INTERVAL: DataType = DataType::Interval(IntervalUnit::MonthDayNano);

/// The intervals of one group.
#[derive(Debug, Default)]
pub(super) struct IntervalMean {
    sum: Interval,
    count: i64,
}

impl IntervalMean {
    /// Adds an interval that stands for `count` of them.
    fn add(&mut self, interval: &Interval, count: i64) -> crate::Result<()> {
        self.sum = self.sum.add(interval).ok_or_else(out_of_range)?;
        self.count += count;
        Ok(())
    }
}

fn out_of_range() -> SqlError {
    SqlError::new(SqlState::DatetimeFieldOverflow, "interval out of range")
}

fn intervals(array: &ArrayRef) -> impl Iterator<Item = crate::Result<Interval>> + '_ {
    let rows = (0..array.len()).filter(|row| array.is_valid(*row));
    rows.map(|row| match datum_at(array, row, &ColumnType::Interval)? {
        Datum::Interval(interval) => Ok(interval),
        _ => Err(SqlError::internal("an interval is none")),
    })
}

impl Accumulator for IntervalMean {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        for interval in values.iter().flat_map(intervals) {
            self.add(&interval?, 1)?;
        }
        Ok(())
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        for interval in values.iter().flat_map(intervals) {
            self.add(&interval?.negated().ok_or_else(out_of_range)?, -1)?;
        }
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let mean = match self.count {
            0 => Datum::Null,
            count => {
                let mean = self.sum.divided(count as f64);
                Datum::Interval(mean.ok_or_else(out_of_range)?)
            }
        };
        Ok(scalar(&mean, &ColumnType::Interval))
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![
            scalar(&Datum::Interval(self.sum), &ColumnType::Interval),
            ScalarValue::Int64(Some(self.count)),
        ])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let [sums, counts] = states else {
            return Err(SqlError::internal("the state of a mean").into());
        };
        let counts = counts.as_primitive::<Int64Type>().iter().flatten();
        for (sum, count) in intervals(sums).zip(counts) {
            self.add(&sum?, count)?;
        }
        Ok(())
    }
}
