//! `EXTRACT` and `date_part`: the fields of dates, times and intervals.

use std::sync::Arc;

use cairn_catalog::ColumnType;
use cairn_rows::{Datum, Interval, Numeric, Zone, calendar};
use datafusion::logical_expr::ScalarUDF;

use super::{DAY, HOUR, MINUTE, SECOND, mismatch, overloaded::Overloaded};
use crate::query::elementwise::Elementwise;
use crate::{Result, SqlError, SqlState};

const TEXT: ColumnType = ColumnType::String { max: None };

pub(super) fn function(name: &str) -> Option<Arc<ScalarUDF>> {
    use ColumnType::{Date, Float8, Interval, Numeric, Time, Timestamp, TimestampTz};
    let body = |ty| match name {
        "extract" => Elementwise::zoned("extract", &[TEXT, ty], Numeric, extract),
        _ => Elementwise::zoned("date_part", &[TEXT, ty], Float8, date_part),
    };
    let instants = [Timestamp, TimestampTz, Time, Interval].map(body);
    match name {
        // A date's hour is refused by the one, and 0 to the other.
        "extract" => {
            let bodies = std::iter::once(body(Date)).chain(instants);
            Some(Overloaded::function("extract", bodies.collect(), None))
        }
        "date_part" => Some(Overloaded::function("date_part", instants.into(), None)),
        _ => None,
    }
}

/// A field's value: a number with as many digits behind its point, or the infinity of an infinite day or instant, for fields that
/// grow with it.
enum Field {
    Exact(i128, i8),
    /// Microseconds since 4714 BC, to be shown as days.
    Julian(i64),
    Null,
    Infinite {
        negative: bool,
    },
}

fn extract(row: &[Datum], zone: Zone) -> Result<Datum> {
    Ok(match field(row, zone)? {
        Field::Exact(value, scale) => Datum::Numeric(Numeric::from_scaled(value, scale)),
        Field::Julian(micros) => {
            let whole = |value: i64| Numeric::from_scaled(value.into(), 0);
            let part = whole(micros.rem_euclid(DAY)).divide(&whole(DAY));
            let days = part.and_then(|part| part.add(&whole(micros.div_euclid(DAY))));
            Datum::Numeric(days.map_err(|_| mismatch())?)
        }
        Field::Null => Datum::Null,
        Field::Infinite { negative } => Datum::Numeric(Numeric::infinity(negative)),
    })
}

fn date_part(row: &[Datum], zone: Zone) -> Result<Datum> {
    Ok(match field(row, zone)? {
        Field::Exact(value, scale) => Datum::Float8(value as f64 / 10f64.powi(i32::from(scale))),
        Field::Julian(micros) => Datum::Float8(micros as f64 / DAY as f64),
        Field::Null => Datum::Null,
        Field::Infinite { negative: true } => Datum::Float8(f64::NEG_INFINITY),
        Field::Infinite { negative: false } => Datum::Float8(f64::INFINITY),
    })
}

fn field(row: &[Datum], zone: Zone) -> Result<Field> {
    let [Datum::String(unit), value] = row else {
        return Err(mismatch());
    };
    let unit = unit.to_lowercase();
    let (found, ty) = match value {
        Datum::Date(days) => (of_date(&unit, *days), ColumnType::Date),
        Datum::Timestamp(instant) => (of_instant(&unit, *instant), ColumnType::Timestamp),
        Datum::TimestampTz(instant) => (of_zoned(&unit, *instant, zone), ColumnType::TimestampTz),
        Datum::Time(time) => (of_time(&unit, *time), ColumnType::Time),
        Datum::Interval(interval) => (of_interval(&unit, interval), ColumnType::Interval),
        _ => return Err(mismatch()),
    };
    found.ok_or_else(|| no_such(&unit, &ty))
}

/// The error for a unit that a type does not have.
pub(super) fn no_such(unit: &str, ty: &ColumnType) -> SqlError {
    const UNITS: [&str; 26] = [
        "microsecond",
        "microseconds",
        "millisecond",
        "milliseconds",
        "second",
        "seconds",
        "minute",
        "minutes",
        "hour",
        "hours",
        "day",
        "days",
        "dow",
        "isodow",
        "doy",
        "week",
        "month",
        "quarter",
        "year",
        "isoyear",
        "decade",
        "century",
        "millennium",
        "julian",
        "timezone",
        "epoch",
    ];
    let (state, problem) = match UNITS.contains(&unit) {
        true => (SqlState::FeatureNotSupported, "not supported"),
        false => (SqlState::InvalidParameterValue, "not recognized"),
    };
    SqlError::new(
        state,
        format!("unit \"{unit}\" {problem} for type {}", ty.postgres_name()),
    )
}

fn whole(value: i64) -> Option<Field> {
    Some(Field::Exact(value.into(), 0))
}

fn of_date(unit: &str, days: i32) -> Option<Field> {
    if matches!(days, i32::MIN | i32::MAX) {
        return infinite(unit, days == i32::MIN);
    }
    match unit {
        "epoch" => whole(i64::from(days) * (DAY / SECOND)),
        "julian" => whole(i64::from(days) + calendar::EPOCH_JULIAN),
        _ => of_day(unit, days.into()),
    }
}

fn of_instant(unit: &str, instant: i64) -> Option<Field> {
    if matches!(instant, i64::MIN | i64::MAX) {
        return infinite(unit, instant == i64::MIN);
    }
    match unit {
        "epoch" => Some(Field::Exact(instant.into(), 6)),
        "julian" => Some(Field::Julian(instant + calendar::EPOCH_JULIAN * DAY)),
        _ => of_clock(unit, instant.rem_euclid(DAY))
            .or_else(|| of_day(unit, instant.div_euclid(DAY))),
    }
}

fn of_zoned(unit: &str, instant: i64, zone: Zone) -> Option<Field> {
    let east = zone.east(instant);
    match unit {
        "timezone" => whole(east),
        "timezone_hour" => whole(east / 3600),
        "timezone_minute" => whole(east / 60 % 60),
        "epoch" => of_instant(unit, instant),
        _ => of_instant(unit, zone.local(instant)?),
    }
}

fn of_time(unit: &str, time: i64) -> Option<Field> {
    match unit {
        "epoch" => Some(Field::Exact(time.into(), 6)),
        _ => of_clock(unit, time),
    }
}

/// What grows without end is infinite, and what goes round is NULL.
fn infinite(unit: &str, negative: bool) -> Option<Field> {
    match unit {
        "year" | "isoyear" | "decade" | "century" | "millennium" | "julian" | "epoch" => {
            Some(Field::Infinite { negative })
        }
        _ => of_instant(unit, 0).map(|_| Field::Null),
    }
}

fn of_clock(unit: &str, micros: i64) -> Option<Field> {
    let within = i128::from(micros % MINUTE);
    match unit {
        "microsecond" | "microseconds" => Some(Field::Exact(within, 0)),
        "millisecond" | "milliseconds" => Some(Field::Exact(within, 3)),
        "second" | "seconds" => Some(Field::Exact(within, 6)),
        "minute" | "minutes" => whole(micros % HOUR / MINUTE),
        "hour" | "hours" => whole(micros / HOUR),
        _ => None,
    }
}

fn of_day(unit: &str, days: i64) -> Option<Field> {
    let (year, month, day) = calendar::civil_from_days(days);
    // 1970-01-01 was a Thursday.
    let weekday = (days + 4).rem_euclid(7);
    // Year 0 is 1 BC, which is shown as -1.
    let shown = |year: i64| if year > 0 { year } else { year - 1 };
    let hundreds = |years: i64| match year > 0 {
        true => (year + years - 1) / years,
        false => -((years - year) / years),
    };
    whole(match unit {
        "day" | "days" => day,
        "month" => month,
        "quarter" => (month - 1) / 3 + 1,
        "year" => shown(year),
        "decade" => year.div_euclid(10),
        "century" => hundreds(100),
        "millennium" => hundreds(1000),
        "dow" => weekday,
        "isodow" => (weekday + 6) % 7 + 1,
        "doy" => days - calendar::days_from_civil(year, 1, 1) + 1,
        "week" => calendar::iso_week(days).1,
        "isoyear" => shown(calendar::iso_week(days).0),
        _ => return None,
    })
}

fn of_interval(unit: &str, interval: &Interval) -> Option<Field> {
    let (years, months) = (
        i64::from(interval.months / 12),
        i64::from(interval.months % 12),
    );
    match unit {
        "epoch" => {
            // A year counts a quarter of a day more than 365 days, as in PostgreSQL.
            let quarters =
                i128::from(years) * 1461 + i128::from(months * 120) + i128::from(interval.days) * 4;
            let micros = quarters * i128::from(DAY / 4) + i128::from(interval.micros);
            Some(Field::Exact(micros, 6))
        }
        "day" | "days" => whole(interval.days.into()),
        "month" => whole(months),
        "quarter" => whole(months / 3 + 1),
        "year" => whole(years),
        "decade" => whole(years / 10),
        "century" => whole(years / 100),
        "millennium" => whole(years / 1000),
        _ => of_clock(unit, interval.micros),
    }
}
