//! Dates and times as text: the ISO form, years before 1 with `BC`, and PostgreSQL's limits.

use std::fmt::Write;

use cairn_catalog::ColumnType;

use super::syntax;
use crate::zone::write_offset;
use crate::{Error, Result, Zone};

const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;

/// The day that dates count from, in days since 4714-11-24 BC.
pub const EPOCH_JULIAN: i64 = 2_440_588;
/// 4714-11-24 BC, the first day that PostgreSQL knows, in days since 1970.
pub const FIRST_DAY: i64 = -EPOCH_JULIAN;
/// One past 5874897-12-31, the last date.
pub const END_OF_DATES: i64 = 2_147_483_494 - 2_440_588;
/// One past 294247-01-09, the last whole day whose microseconds since 1970 fit 64 bits.
pub const END_OF_TIMESTAMPS: i64 = 106_751_991;

/// Appends `YYYY-MM-DD`, or `infinity`, which is the greatest number of days, or `-infinity`, the least.
pub fn write_date(days: i32, out: &mut String) {
    match days {
        i32::MAX => return out.push_str("infinity"),
        i32::MIN => return out.push_str("-infinity"),
        _ => {}
    }
    let (year, month, day) = civil_from_days(i64::from(days));
    write_day(year, month, day, out);
    write_era(year, out);
}

/// Appends `YYYY-MM-DD HH:MM:SS`, and the fraction of a second if there is one.
pub fn write_timestamp(micros: i64, out: &mut String) {
    write_instant(micros, None, out);
}

/// Appends the instant in UTC, with its zone: `+00`.
pub fn write_timestamptz(micros: i64, out: &mut String) {
    write_timestamptz_in(Zone::UTC, micros, out);
}

/// Appends what clocks of a zone show at the instant, and how far they are before Greenwich's.
pub fn write_timestamptz_in(zone: Zone, micros: i64, out: &mut String) {
    let east = zone.east(micros);
    let local = match micros {
        i64::MIN | i64::MAX => micros,
        _ => micros.saturating_add(east * MICROS_PER_SECOND),
    };
    write_instant(local, Some(east), out);
}

/// Appends `HH:MM:SS`, and the fraction of a second if there is one; hours are not bound.
pub fn write_time(micros: i64, out: &mut String) {
    let (seconds, fraction) = (micros / MICROS_PER_SECOND, micros % MICROS_PER_SECOND);
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    );
    if fraction != 0 {
        let _ = write!(out, ".{fraction:06}");
        out.truncate(out.trim_end_matches('0').len());
    }
}

fn write_instant(micros: i64, east: Option<i64>, out: &mut String) {
    match micros {
        i64::MAX => return out.push_str("infinity"),
        i64::MIN => return out.push_str("-infinity"),
        _ => {}
    }
    let (year, month, day) = civil_from_days(micros.div_euclid(MICROS_PER_DAY));
    write_day(year, month, day, out);
    out.push(' ');
    write_time(micros.rem_euclid(MICROS_PER_DAY), out);
    if let Some(east) = east {
        write_offset(east, out);
    }
    write_era(year, out);
}

/// Year 0 is 1 BC.
fn write_day(year: i64, month: i64, day: i64, out: &mut String) {
    let shown = if year > 0 { year } else { 1 - year };
    let _ = write!(out, "{shown:04}-{month:02}-{day:02}");
}

fn write_era(year: i64, out: &mut String) {
    if year <= 0 {
        out.push_str(" BC");
    }
}

/// The proleptic Gregorian date of a day; months and years counted from March make leap days come last.
pub fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// The other way round; months and days beyond their range carry over.
pub fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
    era * 146_097 + of_era - 719_468
}

/// How many days a month has.
pub fn days_of_month(year: i64, month: i64) -> i64 {
    let (next_year, next) = if month == 12 {
        (year + 1, 1)
    } else {
        (year, month + 1)
    };
    days_from_civil(next_year, next, 1) - days_from_civil(year, month, 1)
}

/// The year and the week, by ISO 8601, that a day lies in: a week begins on Monday, and belongs to the year of its Thursday.
pub fn iso_week(days: i64) -> (i64, i64) {
    let weekday = (days + 3).rem_euclid(7);
    let thursday = days - weekday + 3;
    let (year, ..) = civil_from_days(thursday);
    (year, (thursday - days_from_civil(year, 1, 1)) / 7 + 1)
}

pub(super) fn parse_date(ty: &ColumnType, text: &str) -> Result<i32> {
    if let Some(special) = Special::parse(text) {
        return Ok(special.of(i32::MIN, i32::MAX));
    }
    let written = Written::parse(ty, text)?;
    let days = written.day(text, END_OF_DATES)?;
    i32::try_from(days).map_err(|_| out_of_range(text))
}

/// A zone in the text is ignored, as PostgreSQL does.
pub(super) fn parse_timestamp(ty: &ColumnType, text: &str) -> Result<i64> {
    if let Some(special) = Special::parse(text) {
        return Ok(special.of(i64::MIN, i64::MAX));
    }
    Written::parse(ty, text)?.micros(text)
}

/// `HH:MM[:SS[.ffffff]]`; a zone is ignored, and `24:00:00` is the day's end.
pub(super) fn parse_time(ty: &ColumnType, text: &str) -> Result<i64> {
    let upper = text.trim().to_ascii_uppercase();
    let mut input = Input(upper.strip_prefix('T').unwrap_or(&upper));
    let mut written = Written {
        year: 1970,
        month: 1,
        day: 1,
        hour: 0,
        minute: 0,
        second: 0,
        fraction: 0,
        zone: None,
    };
    let read = written.scan_time(&mut input);
    if read.is_none() || !input.0.is_empty() {
        return Err(syntax(ty, text));
    }
    let micros = written.micros(text)?;
    if micros > MICROS_PER_DAY {
        return Err(out_of_range(text));
    }
    Ok(micros)
}

/// The days and instants that have no number of their own.
#[derive(Clone, Copy)]
enum Special {
    Past,
    Epoch,
    Future,
}

impl Special {
    fn parse(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "-infinity" => Some(Self::Past),
            "epoch" => Some(Self::Epoch),
            "infinity" | "+infinity" => Some(Self::Future),
            _ => None,
        }
    }

    fn of<T: Default>(self, past: T, future: T) -> T {
        match self {
            Self::Past => past,
            Self::Epoch => T::default(),
            Self::Future => future,
        }
    }
}

/// Without a zone the text means UTC.
pub(super) fn parse_timestamptz(ty: &ColumnType, text: &str, zone: Zone) -> Result<i64> {
    if let Some(special) = Special::parse(text) {
        return Ok(special.of(i64::MIN, i64::MAX));
    }
    let written = Written::parse(ty, text)?;
    let zone = written.zone.unwrap_or(zone);
    let instant = zone.instant(written.micros(text)?);
    instant.ok_or_else(|| out_of_range(text))
}

fn out_of_range(text: &str) -> Error {
    Error::DateTime {
        text: text.to_owned(),
    }
}

/// A date or a time as it was written, not checked for existence.
struct Written {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    /// Rounded to microseconds.
    fraction: i64,
    zone: Option<Zone>,
}

impl Written {
    fn parse(ty: &ColumnType, text: &str) -> Result<Self> {
        let trimmed = text.trim();
        let lower = trimmed.to_ascii_lowercase();
        let known = ["now", "today", "tomorrow", "yesterday"];
        if known.contains(&lower.as_str()) {
            return Err(Error::Unsupported {
                what: format!("the {ty} value {trimmed:?}"),
            });
        }
        Self::scan(trimmed).ok_or_else(|| syntax(ty, text))
    }

    /// `YYYY-MM-DD[{ |T}HH:MM[:SS[.f]][zone]] [AD|BC]`
    fn scan(text: &str) -> Option<Self> {
        let upper = text.to_ascii_uppercase();
        let (text, before_christ) = match (upper.strip_suffix("BC"), upper.strip_suffix("AD")) {
            (Some(rest), _) => (rest.trim_end(), true),
            (_, Some(rest)) => (rest.trim_end(), false),
            _ => (upper.as_str(), false),
        };
        let mut input = Input(text);
        let (year, digits) = input.number()?;
        input.skip("-")?;
        let (month, _) = input.number()?;
        input.skip("-")?;
        let (day, _) = input.number()?;
        if digits < 3 {
            return None;
        }
        // There is no year 0 to write: 1 BC comes before 1 AD.
        let year = if before_christ { 1 - year } else { year };
        let out_of_this_world = before_christ && year == 1 || !before_christ && year == 0;
        let month = if out_of_this_world { 0 } else { month };
        let mut written = Self {
            year,
            month,
            day,
            hour: 0,
            minute: 0,
            second: 0,
            fraction: 0,
            zone: None,
        };
        if input.skip("T").is_some() || input.spaces() {
            written.scan_time(&mut input)?;
        }
        input.0.is_empty().then_some(written)
    }

    fn scan_time(&mut self, input: &mut Input<'_>) -> Option<()> {
        self.hour = input.number()?.0;
        input.skip(":")?;
        self.minute = input.number()?.0;
        if input.skip(":").is_some() {
            self.second = input.number()?.0;
            if input.skip(".").is_some() {
                self.fraction = input.fraction()?;
            }
        }
        input.spaces();
        self.zone = input.zone()?;
        Some(())
    }

    fn day(&self, text: &str, end: i64) -> Result<i64> {
        let leap = self.year % 4 == 0 && (self.year % 100 != 0 || self.year % 400 == 0);
        let length = match self.month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 => 28 + i64::from(leap),
            _ => 0,
        };
        if !(1..=length).contains(&self.day) || self.year.abs() > 6_000_000 {
            return Err(out_of_range(text));
        }
        let days = days_from_civil(self.year, self.month, self.day);
        if (FIRST_DAY..end).contains(&days) {
            Ok(days)
        } else {
            Err(out_of_range(text))
        }
    }

    fn micros(&self, text: &str) -> Result<i64> {
        let days = self.day(text, END_OF_TIMESTAMPS)?;
        // 24:00:00 is the end of the day, and a leap second the next minute's first.
        let last = self.hour == 24 && self.minute == 0 && self.second == 0 && self.fraction == 0;
        if !(self.hour <= 23 || last) || self.minute > 59 || self.second > 60 {
            return Err(out_of_range(text));
        }
        let seconds = self.hour * 3600 + self.minute * 60 + self.second;
        let micros = days
            .checked_mul(MICROS_PER_DAY)
            .and_then(|micros| micros.checked_add(seconds * MICROS_PER_SECOND + self.fraction));
        let end = END_OF_TIMESTAMPS * MICROS_PER_DAY;
        micros
            .filter(|micros| *micros < end)
            .ok_or_else(|| out_of_range(text))
    }
}

/// What is left of a text being read.
struct Input<'a>(&'a str);

impl Input<'_> {
    fn skip(&mut self, token: &str) -> Option<()> {
        self.0 = self.0.strip_prefix(token)?;
        Some(())
    }

    fn spaces(&mut self) -> bool {
        let rest = self.0.trim_start();
        let any = rest.len() < self.0.len();
        self.0 = rest;
        any
    }

    fn digits(&mut self) -> Option<&str> {
        let end = self
            .0
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(self.0.len());
        let (digits, rest) = self.0.split_at_checked(end)?;
        self.0 = rest;
        (!digits.is_empty()).then_some(digits)
    }

    /// A number and how many digits it was written with.
    fn number(&mut self) -> Option<(i64, usize)> {
        let digits = self.digits().filter(|digits| digits.len() <= 9)?;
        Some((digits.parse().ok()?, digits.len()))
    }

    /// Microseconds, rounded.
    fn fraction(&mut self) -> Option<i64> {
        let digits = self.digits()?;
        let micros: String = digits
            .chars()
            .chain(std::iter::repeat('0'))
            .take(6)
            .collect();
        let up = digits.as_bytes().get(6).is_some_and(|digit| *digit >= b'5');
        Some(micros.parse::<i64>().ok()? + i64::from(up))
    }

    /// Seconds east of UTC; nothing, `Z` and `UTC` are 0.
    fn zone(&mut self) -> Option<Option<Zone>> {
        let sign = match self.0.chars().next() {
            None => return Some(None),
            Some('+') => 1,
            Some('-') => -1,
            Some(_) => return Zone::find_written(std::mem::take(&mut self.0)).map(Some),
        };
        self.0 = self.0.get(1..)?;
        let (number, digits) = self.number()?;
        let (hours, mut minutes, mut seconds) = match digits {
            1 | 2 => (number, 0, 0),
            3 | 4 => (number / 100, number % 100, 0),
            _ => return None,
        };
        if digits <= 2 && self.skip(":").is_some() {
            minutes = self.number()?.0;
            if self.skip(":").is_some() {
                seconds = self.number()?.0;
            }
        }
        // PostgreSQL's limit.
        if hours > 15 || minutes > 59 || seconds > 59 {
            return None;
        }
        let east = sign * (hours * 3600 + minutes * 60 + seconds);
        Some(Some(Zone::Fixed(east)))
    }
}
