//! `to_char` and its inverses: values written by a template, and read by one.

mod dates;
mod instants;
mod numbers;
mod template;

use std::sync::Arc;

use cairn_catalog::ColumnType;
use cairn_rows::{Datum, Zone};
use datafusion::logical_expr::ScalarUDF;

use super::{TEXT, mismatch, overloaded::Overloaded};
use crate::query::elementwise::Elementwise;
use crate::{Result, SqlError, SqlState};

pub(super) fn function(name: &str) -> Option<Arc<ScalarUDF>> {
    use ColumnType::{Date, Float8, Int4, Int8, Interval, Numeric, Timestamp, TimestampTz};
    let body = |ty| Elementwise::zoned("to_char", &[ty, TEXT], TEXT, to_char);
    match name {
        "to_char" => {
            let types = [
                TimestampTz,
                Timestamp,
                Interval,
                Int4,
                Int8,
                Numeric,
                Float8,
            ];
            Some(Overloaded::function(
                "to_char",
                types.map(body).into(),
                None,
            ))
        }
        "to_number" => {
            Some(Elementwise::new("to_number", &[TEXT, TEXT], Numeric, to_number).function())
        }
        "to_date" => Some(Elementwise::new("to_date", &[TEXT, TEXT], Date, to_date).function()),
        "to_timestamp" => {
            let read = Elementwise::zoned("to_timestamp", &[TEXT, TEXT], TimestampTz, to_timestamp);
            let counted = Elementwise::new("to_timestamp", &[Float8], TimestampTz, since_epoch);
            Some(Overloaded::function(
                "to_timestamp",
                vec![read, counted],
                None,
            ))
        }
        _ => None,
    }
}

fn to_char(row: &[Datum], zone: Zone) -> Result<Datum> {
    let [value, Datum::String(template)] = row else {
        return Err(mismatch());
    };
    Ok(match value {
        Datum::Timestamp(i64::MIN | i64::MAX) | Datum::TimestampTz(i64::MIN | i64::MAX) => {
            Datum::Null
        }
        Datum::Timestamp(instant) => {
            Datum::String(dates::write(&dates::Fields::of_local(*instant), template)?)
        }
        Datum::TimestampTz(instant) => Datum::String(dates::write(
            &dates::Fields::of_instant(*instant, zone)?,
            template,
        )?),
        Datum::Interval(interval) => Datum::String(dates::write(
            &dates::Fields::of_interval(interval),
            template,
        )?),
        Datum::Int4(number) => Datum::String(numbers::write(
            &cairn_rows::Numeric::from_scaled((*number).into(), 0),
            template,
        )?),
        Datum::Int8(number) => Datum::String(numbers::write(
            &cairn_rows::Numeric::from_scaled((*number).into(), 0),
            template,
        )?),
        Datum::Numeric(number) => Datum::String(numbers::write(number, template)?),
        Datum::Float8(_) => {
            let number = crate::query::convert::numeric(value, &ColumnType::Float8)?;
            Datum::String(numbers::write(&number, template)?)
        }
        _ => return Err(mismatch()),
    })
}

fn to_number(row: &[Datum]) -> Result<Datum> {
    match row {
        [Datum::String(text), Datum::String(template)] => {
            numbers::read(text, template).map(Datum::Numeric)
        }
        _ => Err(mismatch()),
    }
}

fn to_date(row: &[Datum]) -> Result<Datum> {
    match row {
        [Datum::String(text), Datum::String(template)] => {
            instants::read(text, template)?.date().map(Datum::Date)
        }
        _ => Err(mismatch()),
    }
}

fn to_timestamp(row: &[Datum], zone: Zone) -> Result<Datum> {
    match row {
        [Datum::String(text), Datum::String(template)] => instants::read(text, template)?
            .instant(zone)
            .map(Datum::TimestampTz),
        _ => Err(mismatch()),
    }
}

/// The instant so many seconds after 1970.
fn since_epoch(row: &[Datum]) -> Result<Datum> {
    let [Datum::Float8(seconds)] = row else {
        return Err(mismatch());
    };
    let out_of_range = |text: String| {
        SqlError::new(
            SqlState::DatetimeFieldOverflow,
            format!("timestamp out of range: \"{text}\""),
        )
    };
    let micros = (seconds * super::SECOND as f64).round_ties_even();
    let known = (cairn_rows::calendar::FIRST_DAY * super::DAY) as f64
        ..(cairn_rows::calendar::END_OF_TIMESTAMPS * super::DAY) as f64;
    match *seconds {
        f64::INFINITY => Ok(Datum::TimestampTz(i64::MAX)),
        f64::NEG_INFINITY => Ok(Datum::TimestampTz(i64::MIN)),
        seconds if seconds.is_nan() => Err(out_of_range("timestamp cannot be NaN".to_owned())),
        _ if known.contains(&micros) => Ok(Datum::TimestampTz(micros as i64)),
        seconds => Err(out_of_range(seconds.to_string())),
    }
}
