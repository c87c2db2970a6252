//! Instants and intervals written by a template.

use cairn_rows::{Interval, Zone, calendar};

use super::template::{Case, DAYS, MONTHS, Part, ROMAN_MONTHS, parse, suffix};
use crate::query::library::{DAY, HOUR, MINUTE, SECOND, zones};
use crate::{Result, SqlError, SqlState};

/// What a template may ask for.
pub(super) struct Fields {
    /// Year 0 is 1 BC.
    year: i64,
    month: i64,
    day: i64,
    /// Microseconds of the day; of an interval, of any number of hours.
    time: i64,
    /// Days since 1970; None of an interval.
    days: Option<i64>,
    /// What the zone is called, and its seconds east of Greenwich.
    zone: Option<(String, i64)>,
}

impl Fields {
    pub fn of_instant(instant: i64, zone: Zone) -> Result<Self> {
        let named = (zone.abbreviation(instant), zone.east(instant));
        Ok(Fields {
            zone: Some(named),
            ..Self::of_local(zones::local(zone, instant)?)
        })
    }

    pub fn of_local(instant: i64) -> Self {
        let days = instant.div_euclid(DAY);
        let (year, month, day) = calendar::civil_from_days(days);
        Fields {
            year,
            month,
            day,
            time: instant.rem_euclid(DAY),
            days: Some(days),
            zone: None,
        }
    }

    pub fn of_interval(interval: &Interval) -> Self {
        Fields {
            year: i64::from(interval.months / 12),
            month: i64::from(interval.months % 12),
            day: i64::from(interval.days),
            time: interval.micros,
            days: None,
            zone: None,
        }
    }

    fn hour(&self) -> i64 {
        self.time / HOUR
    }

    fn hour_of_twelve(&self) -> i64 {
        match self.hour() % 12 {
            0 => 12,
            hour => hour,
        }
    }

    fn shown_year(&self) -> i64 {
        match self.days {
            Some(_) if self.year <= 0 => 1 - self.year,
            _ => self.year,
        }
    }

    fn weekday(&self) -> Option<i64> {
        // 1970-01-01 was a Thursday.
        self.days.map(|days| (days + 4).rem_euclid(7))
    }

    fn day_of_year(&self) -> i64 {
        match self.days {
            Some(days) => days - calendar::days_from_civil(self.year, 1, 1) + 1,
            None => self.year * 360 + self.month * 30 + self.day,
        }
    }

    fn iso_year(&self) -> Option<i64> {
        let year = self.iso_week()?.0;
        Some(if year > 0 { year } else { 1 - year })
    }

    fn iso_week(&self) -> Option<(i64, i64)> {
        self.days.map(calendar::iso_week)
    }
}

pub(super) fn write(fields: &Fields, template: &str) -> Result<String> {
    let mut out = String::new();
    for part in parse(template) {
        match part {
            Part::Literal(text) => out.push_str(&text),
            Part::Field {
                name,
                case,
                short,
                ordinal,
            } => {
                let before = out.len();
                write_field(fields, name, case, short, &mut out)?;
                let number: Option<i64> =
                    out.get(before..).and_then(|text| text.trim().parse().ok());
                if let (Some(case), Some(number)) = (ordinal, number) {
                    out.push_str(&cased(suffix(number), case));
                }
            }
        }
    }
    Ok(out)
}

fn write_field(
    fields: &Fields,
    name: &str,
    case: Case,
    short: bool,
    out: &mut String,
) -> Result<()> {
    if let Some((value, width)) = number(fields, name) {
        let width = if short {
            0
        } else {
            width + usize::from(value < 0)
        };
        out.push_str(&format!("{value:0width$}"));
        return Ok(());
    }
    if let Some(text) = word(fields, name, case) {
        let width = match name {
            "MONTH" | "DAY" if !short => 9,
            "RM" if !short => 4,
            _ => 0,
        };
        out.push_str(&format!("{text:width$}"));
        return Ok(());
    }
    if name == "Y,YYY" {
        let year = fields.shown_year();
        out.push_str(&format!("{},{:03}", year / 1000, year % 1000));
        return Ok(());
    }
    Err(SqlError::new(
        SqlState::FeatureNotSupported,
        format!("the pattern {name} in a template is not supported here"),
    ))
}

/// The value of a field that is a number, and the width to which it is filled with zeros.
fn number(fields: &Fields, name: &str) -> Option<(i64, usize)> {
    let year = fields.shown_year();
    let fraction = fields.time % SECOND;
    Some(match name {
        "HH24" => (fields.hour(), 2),
        "HH12" | "HH" => (fields.hour_of_twelve(), 2),
        "MI" => (fields.time % HOUR / MINUTE, 2),
        "SS" => (fields.time % MINUTE / SECOND, 2),
        "MS" | "FF3" => (fraction / 1000, 3),
        "US" | "FF6" => (fraction, 6),
        "FF1" => (fraction / 100_000, 1),
        "FF2" => (fraction / 10_000, 2),
        "FF4" => (fraction / 100, 4),
        "FF5" => (fraction / 10, 5),
        "SSSS" | "SSSSS" => (fields.time / SECOND, 0),
        "YYYY" => (year, 4),
        "YYY" => (year % 1000, 3),
        "YY" => (year % 100, 2),
        "Y" => (year % 10, 1),
        "IYYY" => (fields.iso_year()?, 4),
        "IYY" => (fields.iso_year()? % 1000, 3),
        "IY" => (fields.iso_year()? % 100, 2),
        "I" => (fields.iso_year()? % 10, 1),
        "MM" => (fields.month, 2),
        "DD" => (fields.day, 2),
        "DDD" => (fields.day_of_year(), 3),
        "IDDD" => {
            let (week, weekday) = (fields.iso_week()?.1, (fields.weekday()? + 6) % 7 + 1);
            ((week - 1) * 7 + weekday, 3)
        }
        "D" => (fields.weekday()? + 1, 1),
        "ID" => ((fields.weekday()? + 6) % 7 + 1, 1),
        "W" => ((fields.day - 1) / 7 + 1, 1),
        "WW" => ((fields.day_of_year() - 1) / 7 + 1, 2),
        "IW" => (fields.iso_week()?.1, 2),
        "CC" if fields.days.is_none() => (fields.year / 100, 2),
        "CC" => ((year + 99) / 100 * if fields.year > 0 { 1 } else { -1 }, 2),
        "J" => (fields.days? + calendar::EPOCH_JULIAN, 0),
        "Q" => ((fields.month - 1) / 3 + 1, 1),
        _ => return None,
    })
}

fn word(fields: &Fields, name: &str, case: Case) -> Option<String> {
    let month = usize::try_from(fields.month - 1).ok();
    let weekday = || usize::try_from(fields.weekday()?).ok();
    let past_noon = fields.hour() % 24 >= 12;
    let before_christ = fields.year <= 0;
    let text = match name {
        "MONTH" => *MONTHS.get(month?)?,
        "MON" => MONTHS.get(month?)?.get(..3)?,
        "DAY" => *DAYS.get(weekday()?)?,
        "DY" => DAYS.get(weekday()?)?.get(..3)?,
        "RM" => *ROMAN_MONTHS.get(month?)?,
        "AM" | "PM" => {
            if past_noon {
                "PM"
            } else {
                "AM"
            }
        }
        "A.M." | "P.M." => {
            if past_noon {
                "P.M."
            } else {
                "A.M."
            }
        }
        "AD" | "BC" => {
            if before_christ {
                "BC"
            } else {
                "AD"
            }
        }
        "A.D." | "B.C." => {
            if before_christ {
                "B.C."
            } else {
                "A.D."
            }
        }
        "TZ" | "TZH" | "TZM" | "OF" => return Some(zone(fields, name, case)),
        _ => return None,
    };
    Some(match (name, case) {
        // One letter in capitals makes all of them so.
        (
            "RM" | "AM" | "PM" | "A.M." | "P.M." | "AD" | "BC" | "A.D." | "B.C.",
            Case::Capitalized,
        ) => text.to_uppercase(),
        _ => cased(text, case),
    })
}

fn zone(fields: &Fields, name: &str, case: Case) -> String {
    let (called, east) = match &fields.zone {
        Some((called, east)) => (called.as_str(), *east),
        None => ("", 0),
    };
    match (name, case) {
        ("TZ", Case::Lower) => called.to_lowercase(),
        ("TZ", _) => called.to_owned(),
        ("TZM", _) => format!("{:02}", east.abs() / 60 % 60),
        ("TZH", _) => format!(
            "{}{:02}",
            if east < 0 { '-' } else { '+' },
            east.abs() / 3600
        ),
        _ => {
            let mut offset = String::new();
            cairn_rows::zone::write_offset(east, &mut offset);
            offset
        }
    }
}

fn cased(text: &str, case: Case) -> String {
    match case {
        Case::Upper => text.to_uppercase(),
        Case::Lower => text.to_lowercase(),
        Case::Capitalized => text.to_owned(),
    }
}
