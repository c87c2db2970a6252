//! Functions of dates, times and intervals: cutting them, putting them together, and the time between them.

use std::sync::Arc;

use cairn_catalog::ColumnType;
use cairn_rows::{Datum, Interval, Zone, calendar};
use datafusion::logical_expr::ScalarUDF;

use super::{
    DAY, HOUR, MINUTE, SECOND, TEXT, fields::no_such, mismatch, overloaded::Overloaded, zones,
};
use crate::query::elementwise::Elementwise;
use crate::{Result, SqlError, SqlState};

pub(super) fn function(name: &str) -> Option<Arc<ScalarUDF>> {
    use ColumnType::{Bool, Date, Float8, Int4, Interval, Time, Timestamp, TimestampTz};
    let several = |name, bodies| Some(Overloaded::function(name, bodies, None));
    let one = Elementwise::new;
    let body = match name {
        "date_trunc" => {
            let name = "date_trunc";
            let zoned = one(
                name,
                &[TEXT, TimestampTz, TEXT],
                TimestampTz,
                truncate_in_zone,
            );
            let plain = [TimestampTz, Timestamp, Interval];
            let plain = plain.map(|ty| Elementwise::zoned(name, &[TEXT, ty], ty, truncate));
            return several(name, plain.into_iter().chain([zoned]).collect());
        }
        "date_bin" => {
            let binned = [TimestampTz, Timestamp];
            let binned = binned.map(|ty| one("date_bin", &[Interval, ty, ty], ty, bin));
            return several("date_bin", binned.into());
        }
        "age" => {
            let aged = [TimestampTz, Timestamp]
                .map(|ty| Elementwise::zoned("age", &[ty, ty], Interval, age));
            return several("age", aged.into());
        }
        "isfinite" => {
            let finite = [Date, TimestampTz, Timestamp, Interval];
            let finite = finite.map(|ty| one("isfinite", &[ty], Bool, is_finite));
            return several("isfinite", finite.into());
        }
        "make_timestamp" => one(
            "make_timestamp",
            &[Int4, Int4, Int4, Int4, Int4, Float8],
            Timestamp,
            make_timestamp,
        ),
        "make_timestamptz" => {
            let fields = [Int4, Int4, Int4, Int4, Int4, Float8];
            let zoned = [Int4, Int4, Int4, Int4, Int4, Float8, TEXT];
            let make = |takes: &[ColumnType]| {
                Elementwise::zoned("make_timestamptz", takes, TimestampTz, make_timestamptz)
            };
            let bodies = vec![make(&fields), make(&zoned)];
            return several("make_timestamptz", bodies);
        }
        "make_date" => one("make_date", &[Int4, Int4, Int4], Date, make_date),
        "make_time" => one("make_time", &[Int4, Int4, Float8], Time, make_time),
        "make_interval" => {
            let fields = [Int4, Int4, Int4, Int4, Int4, Int4, Float8];
            let bodies = (0..=fields.len()).filter_map(|count| {
                Some(one(
                    "make_interval",
                    fields.get(..count)?,
                    Interval,
                    make_interval,
                ))
            });
            return several("make_interval", bodies.collect());
        }
        "justify_days" => one("justify_days", &[Interval], Interval, |row| {
            justify(row, justify_days)
        }),
        "justify_hours" => one("justify_hours", &[Interval], Interval, |row| {
            justify(row, justify_hours)
        }),
        "justify_interval" => one("justify_interval", &[Interval], Interval, |row| {
            justify(row, justify_both)
        }),
        _ => return None,
    };
    Some(body.function())
}

fn truncate(row: &[Datum], zone: Zone) -> Result<Datum> {
    let [Datum::String(unit), value] = row else {
        return Err(mismatch());
    };
    let unit = unit.to_lowercase();
    match value {
        Datum::Timestamp(instant) => Ok(Datum::Timestamp(
            truncated(&unit, *instant).ok_or_else(|| unknown(&unit, ColumnType::Timestamp))?,
        )),
        Datum::TimestampTz(instant) => truncated_in_zone(&unit, *instant, zone),
        Datum::Interval(interval) => Ok(Datum::Interval(
            truncated_interval(&unit, interval)
                .ok_or_else(|| no_such(&unit, &ColumnType::Interval))?,
        )),
        _ => Err(mismatch()),
    }
}

fn truncate_in_zone(row: &[Datum]) -> Result<Datum> {
    let [
        Datum::String(unit),
        Datum::TimestampTz(instant),
        Datum::String(zone),
    ] = row
    else {
        return Err(mismatch());
    };
    truncated_in_zone(&unit.to_lowercase(), *instant, zones::find(zone)?)
}

fn truncated_in_zone(unit: &str, instant: i64, zone: Zone) -> Result<Datum> {
    let local = zones::local(zone, instant)?;
    let cut = truncated(unit, local);
    let cut = cut.ok_or_else(|| unknown(unit, ColumnType::TimestampTz))?;
    // What lies within a day keeps its offset, also where an hour comes twice.
    let within = ["hour", "minute", "second", "milli", "micro"]
        .iter()
        .any(|short| unit.starts_with(short));
    Ok(Datum::TimestampTz(match within {
        true => instant - (local - cut),
        false => zones::instant(zone, cut)?,
    }))
}

/// Units that an instant cannot be cut to are not recognized.
fn unknown(unit: &str, ty: ColumnType) -> SqlError {
    SqlError::new(
        SqlState::InvalidParameterValue,
        format!(
            "unit \"{unit}\" not recognized for type {}",
            ty.postgres_name()
        ),
    )
}

/// The length of a unit that all days are made of alike, in microseconds.
fn unit_length(unit: &str) -> Option<i64> {
    Some(match unit {
        "microsecond" | "microseconds" => 1,
        "millisecond" | "milliseconds" => SECOND / 1000,
        "second" | "seconds" => SECOND,
        "minute" | "minutes" => MINUTE,
        "hour" | "hours" => HOUR,
        "day" | "days" => DAY,
        _ => return None,
    })
}

/// How many years a unit has.
fn unit_years(unit: &str) -> Option<i64> {
    Some(match unit {
        "year" | "years" => 1,
        "decade" | "decades" => 10,
        "century" | "centuries" => 100,
        "millennium" | "millennia" => 1000,
        _ => return None,
    })
}

fn truncated(unit: &str, instant: i64) -> Option<i64> {
    if matches!(instant, i64::MIN | i64::MAX) {
        return Some(instant);
    }
    if let Some(length) = unit_length(unit) {
        return Some(instant - instant.rem_euclid(length));
    }
    let days = instant.div_euclid(DAY);
    let (year, month, _) = calendar::civil_from_days(days);
    let first = match unit {
        // 1970-01-01 was a Thursday.
        "week" => days - (days + 3).rem_euclid(7),
        "month" => calendar::days_from_civil(year, month, 1),
        "quarter" => calendar::days_from_civil(year, (month - 1) / 3 * 3 + 1, 1),
        _ => {
            let years = unit_years(unit)?;
            // A decade begins with a year 0, centuries and millennia with a year 1.
            let offset = i64::from(years > 10);
            calendar::days_from_civil((year - offset).div_euclid(years) * years + offset, 1, 1)
        }
    };
    Some(first * DAY)
}

fn truncated_interval(unit: &str, interval: &Interval) -> Option<Interval> {
    if unit == "day" || unit == "days" {
        return Some(Interval {
            micros: 0,
            ..*interval
        });
    }
    if let Some(length) = unit_length(unit) {
        return Some(Interval {
            micros: interval.micros - interval.micros % length,
            ..*interval
        });
    }
    let months = match unit {
        "month" | "months" => 1,
        "quarter" => 3,
        _ => i32::try_from(unit_years(unit)? * 12).ok()?,
    };
    Some(Interval {
        months: interval.months - interval.months % months,
        days: 0,
        micros: 0,
    })
}

fn bin(row: &[Datum]) -> Result<Datum> {
    let (stride, value, origin) = match row {
        [
            Datum::Interval(stride),
            Datum::Timestamp(value),
            Datum::Timestamp(origin),
        ]
        | [
            Datum::Interval(stride),
            Datum::TimestampTz(value),
            Datum::TimestampTz(origin),
        ] => (stride, *value, *origin),
        _ => return Err(mismatch()),
    };
    if stride.months != 0 {
        return Err(SqlError::unsupported(
            "date_bin by months or years: use date_trunc",
        ));
    }
    let infinite = |instant| matches!(instant, i64::MIN | i64::MAX);
    if infinite(origin) {
        return Err(overflow("origin out of range"));
    }
    let length = i64::from(stride.days)
        .checked_mul(DAY)
        .and_then(|days| days.checked_add(stride.micros));
    let length = length.ok_or_else(|| overflow("interval out of range"))?;
    if length <= 0 {
        return Err(overflow("stride must be greater than zero"));
    }
    let binned = match infinite(value) {
        true => Some(value),
        false => value
            .checked_sub(origin)
            .map(|since| value - since.rem_euclid(length)),
    };
    let binned = binned.ok_or_else(|| overflow("timestamp out of range"))?;
    Ok(match row {
        [_, Datum::TimestampTz(_), _] => Datum::TimestampTz(binned),
        _ => Datum::Timestamp(binned),
    })
}

/// Years, months, days and the rest, from the one instant to the other.
fn age(row: &[Datum], zone: Zone) -> Result<Datum> {
    let (later, earlier) = match row {
        [Datum::Timestamp(later), Datum::Timestamp(earlier)] => (*later, *earlier),
        [Datum::TimestampTz(later), Datum::TimestampTz(earlier)] => {
            (zones::local(zone, *later)?, zones::local(zone, *earlier)?)
        }
        _ => return Err(mismatch()),
    };
    if [later, earlier]
        .iter()
        .any(|instant| matches!(*instant, i64::MIN | i64::MAX))
    {
        return Err(overflow("timestamp out of range"));
    }
    let negative = later < earlier;
    let (low, high) = if negative {
        (later, earlier)
    } else {
        (earlier, later)
    };
    let fields = |instant: i64| {
        let (year, month, day) = calendar::civil_from_days(instant.div_euclid(DAY));
        (year * 12 + month - 1, day, instant.rem_euclid(DAY))
    };
    let ((low_month, low_day, low_time), (high_month, high_day, high_time)) =
        (fields(low), fields(high));
    let (mut months, mut days, mut micros) = (
        high_month - low_month,
        high_day - low_day,
        high_time - low_time,
    );
    if micros < 0 {
        micros += DAY;
        days -= 1;
    }
    if days < 0 {
        // They are borrowed from the month that the earlier one lies in.
        days += calendar::days_of_month(low_month.div_euclid(12), low_month.rem_euclid(12) + 1);
        months -= 1;
    }
    let sign = if negative { -1 } else { 1 };
    let interval = (|| {
        Some(Interval {
            months: i32::try_from(sign * months).ok()?,
            days: i32::try_from(sign * days).ok()?,
            micros: sign * micros,
        })
    })();
    Ok(Datum::Interval(
        interval.ok_or_else(|| overflow("interval out of range"))?,
    ))
}

fn is_finite(row: &[Datum]) -> Result<Datum> {
    Ok(Datum::Bool(match row {
        [Datum::Date(days)] => !matches!(*days, i32::MIN | i32::MAX),
        [Datum::Timestamp(instant) | Datum::TimestampTz(instant)] => {
            !matches!(*instant, i64::MIN | i64::MAX)
        }
        [Datum::Interval(_)] => true,
        _ => return Err(mismatch()),
    }))
}

fn make_date(row: &[Datum]) -> Result<Datum> {
    let [Datum::Int4(year), Datum::Int4(month), Datum::Int4(day)] = row else {
        return Err(mismatch());
    };
    let days = day_of(*year, *month, *day)?;
    Ok(Datum::Date(
        i32::try_from(days).map_err(|_| no_date(*year, *month, *day))?,
    ))
}

/// The days since 1970 of a date whose year, if it is negative, is one before Christ.
fn day_of(year: i32, month: i32, day: i32) -> Result<i64> {
    let wrong = || no_date(year, month, day);
    let counted = i64::from(year) + i64::from(year < 0);
    let (month, day) = (i64::from(month), i64::from(day));
    if year == 0
        || !(1..=12).contains(&month)
        || !(1..=calendar::days_of_month(counted, month)).contains(&day)
    {
        return Err(wrong());
    }
    let days = calendar::days_from_civil(counted, month, day);
    let known = calendar::FIRST_DAY..calendar::END_OF_DATES;
    known.contains(&days).then_some(days).ok_or_else(wrong)
}

fn no_date(year: i32, month: i32, day: i32) -> SqlError {
    overflow(&format!(
        "date field value out of range: {year}-{month:02}-{day:02}"
    ))
}

fn make_time(row: &[Datum]) -> Result<Datum> {
    let [
        Datum::Int4(hour),
        Datum::Int4(minute),
        Datum::Float8(second),
    ] = row
    else {
        return Err(mismatch());
    };
    Ok(Datum::Time(time_of(*hour, *minute, *second)?))
}

/// Microseconds since midnight; the day's end is a time too.
fn time_of(hour: i32, minute: i32, second: f64) -> Result<i64> {
    let micros = (second * SECOND as f64).round_ties_even();
    let whole =
        (0..=24).contains(&hour) && (0..60).contains(&minute) && (0.0..=60e6).contains(&micros);
    let time = i64::from(hour) * HOUR + i64::from(minute) * MINUTE + micros as i64;
    match whole && time <= DAY {
        true => Ok(time),
        false => Err(overflow(&format!(
            "time field value out of range: {hour}:{minute:02}:{second:02}"
        ))),
    }
}

fn make_timestamp(row: &[Datum]) -> Result<Datum> {
    Ok(Datum::Timestamp(instant_of(row)?))
}

fn make_timestamptz(row: &[Datum], zone: Zone) -> Result<Datum> {
    let local = instant_of(row.get(..6).unwrap_or_default())?;
    let zone = match row.get(6) {
        Some(Datum::String(name)) => zones::find_written(name)?,
        _ => zone,
    };
    Ok(Datum::TimestampTz(zones::instant(zone, local)?))
}

fn instant_of(row: &[Datum]) -> Result<i64> {
    let [
        Datum::Int4(year),
        Datum::Int4(month),
        Datum::Int4(day),
        Datum::Int4(hour),
        Datum::Int4(minute),
        Datum::Float8(second),
    ] = row
    else {
        return Err(mismatch());
    };
    let (days, time) = (
        day_of(*year, *month, *day)?,
        time_of(*hour, *minute, *second)?,
    );
    let instant = days
        .checked_mul(DAY)
        .and_then(|start| start.checked_add(time));
    let instant = instant.filter(|instant| *instant < calendar::END_OF_TIMESTAMPS * DAY);
    instant.ok_or_else(|| overflow("timestamp out of range"))
}

fn make_interval(row: &[Datum]) -> Result<Datum> {
    let field = |place: usize| match row.get(place) {
        Some(Datum::Int4(value)) => i64::from(*value),
        _ => 0,
    };
    let seconds = match row.get(6) {
        Some(Datum::Float8(seconds)) => *seconds,
        _ => 0.0,
    };
    let fraction = (seconds * SECOND as f64).round_ties_even();
    let within = fraction.abs() < cairn_rows::interval::MAX_MICROS as f64;
    let interval = (|| {
        Interval {
            months: i32::try_from(field(0) * 12 + field(1)).ok()?,
            days: i32::try_from(field(2) * 7 + field(3)).ok()?,
            micros: (field(4) * HOUR + field(5) * MINUTE).checked_add(fraction as i64)?,
        }
        .checked()
    })();
    let interval = interval.filter(|_| within);
    Ok(Datum::Interval(
        interval.ok_or_else(|| overflow("interval out of range"))?,
    ))
}

fn justify(row: &[Datum], how: fn(Interval) -> Option<Interval>) -> Result<Datum> {
    match row {
        [Datum::Interval(interval)] => {
            let justified = how(*interval).ok_or_else(|| overflow("interval out of range"))?;
            Ok(Datum::Interval(justified))
        }
        _ => Err(mismatch()),
    }
}

/// 24 hours become a day.
fn justify_hours(interval: Interval) -> Option<Interval> {
    let days = interval
        .days
        .checked_add(i32::try_from(interval.micros / DAY).ok()?)?;
    let (days, micros) = same_sign(days.into(), interval.micros % DAY, DAY);
    Some(Interval {
        days: i32::try_from(days).ok()?,
        micros,
        ..interval
    })
}

/// 30 days become a month.
fn justify_days(interval: Interval) -> Option<Interval> {
    let months = interval.months.checked_add(interval.days / 30)?;
    let (months, days) = same_sign(months.into(), i64::from(interval.days % 30), 30);
    Some(Interval {
        months: i32::try_from(months).ok()?,
        days: i32::try_from(days).ok()?,
        ..interval
    })
}

fn justify_both(interval: Interval) -> Option<Interval> {
    let justified = justify_days(justify_hours(interval)?)?;
    // All three fields have the sign of the greatest.
    let (months, days, micros) = (
        i64::from(justified.months),
        i64::from(justified.days),
        justified.micros,
    );
    let (days, micros) = match (months.signum(), days.signum(), micros.signum()) {
        (1, 0, -1) => (days - 1, micros + DAY),
        (-1, 0, 1) => (days + 1, micros - DAY),
        _ => (days, micros),
    };
    let (months, days) = same_sign(months, days, 30);
    Some(Interval {
        months: i32::try_from(months).ok()?,
        days: i32::try_from(days).ok()?,
        micros,
    })
}

/// Moves one between two fields of which the greater counts `size` of the less, so that their signs agree.
fn same_sign(greater: i64, less: i64, size: i64) -> (i64, i64) {
    match (greater.signum(), less.signum()) {
        (1, -1) => (greater - 1, less + size),
        (-1, 1) => (greater + 1, less - size),
        _ => (greater, less),
    }
}

fn overflow(message: &str) -> SqlError {
    SqlError::new(SqlState::DatetimeFieldOverflow, message)
}
