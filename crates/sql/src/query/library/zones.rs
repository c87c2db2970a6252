//! Time zones: `AT TIME ZONE`, which is the function `timezone`, by the names of the tz database, abbreviations and offsets.

use std::sync::Arc;

use cairn_catalog::ColumnType;
use cairn_rows::Datum;
use chrono::{DateTime, Offset, TimeDelta, TimeZone};
use chrono_tz::Tz;
use datafusion::logical_expr::ScalarUDF;

use super::{DAY, MINUTE, SECOND, TEXT, mismatch, overloaded::Overloaded};
use crate::query::elementwise::Elementwise;
use crate::{Result, SqlError, SqlState};

/// Abbreviations that stand for one offset all year round, in minutes east of Greenwich.
const ABBREVIATIONS: [(&str, i64); 23] = [
    ("utc", 0),
    ("gmt", 0),
    ("z", 0),
    ("zulu", 0),
    ("wet", 0),
    ("west", 60),
    ("bst", 60),
    ("cet", 60),
    ("cest", 120),
    ("eet", 120),
    ("eest", 180),
    ("msk", 180),
    ("jst", 540),
    ("ast", -240),
    ("adt", -180),
    ("est", -300),
    ("edt", -240),
    ("cst", -360),
    ("cdt", -300),
    ("mst", -420),
    ("mdt", -360),
    ("pst", -480),
    ("pdt", -420),
];

/// How far a gap in local time reaches at most: the offset before it holds this long before.
const GAP: TimeDelta = TimeDelta::hours(3);

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
        Some(Datum::TimestampTz(instant)) => Ok(Datum::Timestamp(zone.local(*instant)?)),
        Some(Datum::Timestamp(local)) => Ok(Datum::TimestampTz(zone.instant(*local)?)),
        _ => Err(mismatch()),
    }
}

#[derive(Clone, Copy)]
pub(super) enum Zone {
    /// Seconds east of Greenwich.
    Fixed(i64),
    Named(Tz),
}

/// The zone that a name stands for. An offset is POSIX's: west of Greenwich it is positive.
///
/// # Errors
/// 22023.
pub(super) fn find(name: &str) -> Result<Zone> {
    if let Some(zone) = named(name) {
        return Ok(zone);
    }
    let letters = name.find(|letter: char| !letter.is_ascii_alphabetic());
    let offset = letters.and_then(|end| name.get(end..)).and_then(offset);
    match offset {
        Some(seconds) => Ok(Zone::Fixed(-seconds)),
        None => Err(unknown(name)),
    }
}

/// The same, but an offset is ISO 8601's: east of Greenwich it is positive.
pub(super) fn find_written(name: &str) -> Result<Zone> {
    match (named(name), offset(name)) {
        (Some(zone), _) => Ok(zone),
        (None, Some(seconds)) => Ok(Zone::Fixed(seconds)),
        (None, None) => Err(unknown(name)),
    }
}

fn named(name: &str) -> Option<Zone> {
    let is = |other: &str| other.eq_ignore_ascii_case(name);
    if let Some((_, minutes)) = ABBREVIATIONS
        .iter()
        .find(|(abbreviation, _)| is(abbreviation))
    {
        return Some(Zone::Fixed(minutes * MINUTE / SECOND));
    }
    let zone = chrono_tz::TZ_VARIANTS.iter().find(|zone| is(zone.name()))?;
    Some(Zone::Named(*zone))
}

fn unknown(name: &str) -> SqlError {
    SqlError::new(
        SqlState::InvalidParameterValue,
        format!("time zone \"{name}\" not recognized"),
    )
    .hint("write a name as Europe/Berlin, or an offset")
}

/// The seconds of `+H`, `-HH:MM` or `HH:MM:SS`.
fn offset(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut seconds = 0;
    let mut parts = digits.split(':');
    for unit in [3600, 60, 1] {
        let Some(part) = parts.next() else { break };
        let number: u32 = part
            .parse()
            .ok()
            .filter(|_| part.len() <= 2 && part.starts_with(|c: char| c.is_ascii_digit()))?;
        seconds += i64::from(number) * unit;
    }
    (parts.next().is_none() && seconds < 168 * 3600).then_some(sign * seconds)
}

impl Zone {
    /// What clocks show at an instant; both in microseconds since 1970.
    pub fn local(self, instant: i64) -> Result<i64> {
        if matches!(instant, i64::MIN | i64::MAX) {
            return Ok(instant);
        }
        let east = match self {
            Zone::Fixed(seconds) => seconds,
            Zone::Named(zone) => {
                let utc = DateTime::from_timestamp_micros(instant).ok_or_else(out_of_range)?;
                zone.offset_from_utc_datetime(&utc.naive_utc())
                    .fix()
                    .local_minus_utc()
                    .into()
            }
        };
        in_range(instant.checked_add(east * SECOND))
    }

    /// The instant at which clocks show a time: of two the one of standard time; of none, by the offset that held before.
    pub fn instant(self, local: i64) -> Result<i64> {
        if matches!(local, i64::MIN | i64::MAX) {
            return Ok(local);
        }
        let east = match self {
            Zone::Fixed(seconds) => seconds,
            Zone::Named(zone) => {
                let shown = DateTime::from_timestamp_micros(local)
                    .ok_or_else(out_of_range)?
                    .naive_utc();
                let offset = zone.offset_from_local_datetime(&shown).latest();
                let offset =
                    offset.or_else(|| zone.offset_from_local_datetime(&(shown - GAP)).latest());
                offset
                    .ok_or_else(out_of_range)?
                    .fix()
                    .local_minus_utc()
                    .into()
            }
        };
        in_range(local.checked_sub(east * SECOND))
    }
}

fn in_range(instant: Option<i64>) -> Result<i64> {
    let known =
        cairn_rows::calendar::FIRST_DAY * DAY..cairn_rows::calendar::END_OF_TIMESTAMPS * DAY;
    instant
        .filter(|instant| known.contains(instant))
        .ok_or_else(out_of_range)
}

fn out_of_range() -> SqlError {
    SqlError::new(SqlState::DatetimeFieldOverflow, "timestamp out of range")
}
