//! `AT TIME ZONE`, which is the function `timezone`.

use std::sync::Arc;

use cairn_catalog::ColumnType;
use cairn_rows::{Datum, Zone};
use datafusion::logical_expr::ScalarUDF;

use super::{SECOND, TEXT, mismatch, overloaded::Overloaded};
use crate::query::elementwise::Elementwise;
use crate::{Result, SqlError, SqlState};

pub(super) fn function(name: &str) -> Option<Arc<ScalarUDF>> {
    use ColumnType::{Interval, Timestamp, TimestampTz};
    if name != "timezone" {
        return None;
    }
    let body = |zone, from, to| Elementwise::new("timezone", &[zone, from], to, convert);
    let bodies = vec![
        body(TEXT, TimestampTz, Timestamp),
        body(TEXT, Timestamp, TimestampTz),
        body(Interval, TimestampTz, Timestamp),
        body(Interval, Timestamp, TimestampTz),
    ];
    Some(Overloaded::function("timezone", bodies, None))
}

/// An instant as its local time, and a local time as its instant.
fn convert(row: &[Datum]) -> Result<Datum> {
    let zone = match row.first() {
        Some(Datum::String(name)) => find(name)?,
        Some(Datum::Interval(interval)) if interval.months == 0 && interval.days == 0 => {
            Zone::Fixed(interval.micros / SECOND)
        }
        Some(Datum::Interval(_)) => {
            return Err(SqlError::new(
                SqlState::InvalidParameterValue,
                "an interval time zone must not include months or days",
            ));
        }
        _ => return Err(mismatch()),
    };
    match row.get(1) {
        Some(Datum::TimestampTz(instant)) => Ok(Datum::Timestamp(local(zone, *instant)?)),
        Some(Datum::Timestamp(local)) => Ok(Datum::TimestampTz(instant(zone, *local)?)),
        _ => Err(mismatch()),
    }
}

/// The zone that a name stands for. An offset is POSIX's: west of Greenwich it is positive.
///
/// # Errors
/// 22023.
pub(super) fn find(name: &str) -> Result<Zone> {
    Zone::find(name).ok_or_else(|| unknown(name))
}

/// The same, but an offset is ISO 8601's: east of Greenwich it is positive.
pub(super) fn find_written(name: &str) -> Result<Zone> {
    Zone::find_written(name).ok_or_else(|| unknown(name))
}

/// What clocks show at an instant.
pub(super) fn local(zone: Zone, instant: i64) -> Result<i64> {
    zone.local(instant).ok_or_else(out_of_range)
}

/// The instant at which clocks show a time.
pub(super) fn instant(zone: Zone, local: i64) -> Result<i64> {
    zone.instant(local).ok_or_else(out_of_range)
}

fn unknown(name: &str) -> SqlError {
    SqlError::new(
        SqlState::InvalidParameterValue,
        format!("time zone \"{name}\" not recognized"),
    )
    .hint("write a name as Europe/Berlin, or an offset")
}

fn out_of_range() -> SqlError {
    SqlError::new(SqlState::DatetimeFieldOverflow, "timestamp out of range")
}
