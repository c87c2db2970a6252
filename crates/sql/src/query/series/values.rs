//! The values of a series, one after the other: of integers, DECIMALs and instants.

use std::cmp::Ordering;

use cairn_rows::{Datum, Interval, Zone};

use crate::query::operators::{compared, later};
use crate::{Result, SqlError, SqlState};

pub(crate) struct Series {
    next: Option<Datum>,
    stop: Datum,
    step: Datum,
    ascending: bool,
    /// Where the days of a step are.
    zone: Zone,
}

impl Series {
    /// From the first value to the second by the third, or by one.
    ///
    /// # Errors
    /// 22023 for a step of nothing, or for numbers without a value.
    pub fn new(row: &[Datum], zone: Zone) -> Result<Series> {
        let (start, stop, step) = match row {
            [start @ Datum::Numeric(_), stop] => (
                start,
                stop,
                Datum::Numeric(cairn_rows::Numeric::from_scaled(1, 0)),
            ),
            [start, stop] => (start, stop, Datum::Int8(1)),
            [start, stop, step] => (start, stop, step.clone()),
            _ => return Err(SqlError::internal("a series has two or three arguments")),
        };
        for (what, value) in [("start", start), ("stop", stop), ("step size", &step)] {
            if matches!(value, Datum::Numeric(number) if !number.is_finite()) {
                let name = if what == "step size" {
                    what.to_owned()
                } else {
                    format!("{what} value")
                };
                return Err(invalid(format!("{name} cannot be infinity or NaN")));
            }
        }
        let direction = match &step {
            Datum::Int8(step) => step.cmp(&0),
            Datum::Numeric(step) if step.is_zero() => Ordering::Equal,
            Datum::Numeric(step) if step.is_negative() => Ordering::Less,
            Datum::Interval(step) => step.length().cmp(&Interval::default().length()),
            _ => Ordering::Greater,
        };
        if direction.is_eq() {
            return Err(invalid("step size cannot equal zero".to_owned()));
        }
        Ok(Series {
            next: Some(start.clone()),
            stop: stop.clone(),
            step,
            ascending: direction.is_gt(),
            zone,
        })
    }

    /// None where the numbers of a type end, as the series does then.
    fn successor(&self, value: &Datum) -> Result<Option<Datum>> {
        let out_of_range =
            || SqlError::new(SqlState::DatetimeFieldOverflow, "timestamp out of range");
        Ok(match (value, &self.step) {
            (Datum::Int8(value), Datum::Int8(step)) => value.checked_add(*step).map(Datum::Int8),
            (Datum::Numeric(value), Datum::Numeric(step)) => {
                value.add(step).ok().map(Datum::Numeric)
            }
            (Datum::Timestamp(value), Datum::Interval(step)) => Some(Datum::Timestamp(
                step.after(*value).ok_or_else(out_of_range)?,
            )),
            (Datum::TimestampTz(value), Datum::Interval(step)) => {
                Some(Datum::TimestampTz(later(*value, step, self.zone)?))
            }
            _ => return Err(SqlError::internal("a series of these types")),
        })
    }
}

impl Iterator for Series {
    type Item = Result<Datum>;

    fn next(&mut self) -> Option<Self::Item> {
        let value = self.next.take()?;
        let order = compared(&value, &self.stop);
        if if self.ascending {
            order.is_gt()
        } else {
            order.is_lt()
        } {
            return None;
        }
        match self.successor(&value) {
            Ok(next) => {
                self.next = next;
                Some(Ok(value))
            }
            Err(error) => Some(Err(error)),
        }
    }
}

fn invalid(problem: String) -> SqlError {
    SqlError::new(SqlState::InvalidParameterValue, problem)
}
