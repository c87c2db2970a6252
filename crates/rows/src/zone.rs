//! Time zones: what clocks show at an instant, and at which instant they show it.
//!
//! Instants and local times are microseconds since 1970; the least and the greatest are the infinities, and stay what they are.

use std::fmt::Write;

use chrono::{DateTime, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::{OffsetName, Tz};

use crate::text::calendar::{END_OF_TIMESTAMPS, FIRST_DAY};

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// How far a gap in local time reaches at most: the offset before it holds this long before.
const GAP: TimeDelta = TimeDelta::hours(3);

/// One past the most seconds that an offset may have.
const END_OF_OFFSETS: i64 = 168 * 3600;

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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// Seconds east of Greenwich.
    Fixed(i64),
    Named(Tz),
}

impl Zone {
    pub const UTC: Zone = Zone::Fixed(0);

    /// The zone that a name stands for. An offset is POSIX's: west of Greenwich it is positive.
    pub fn find(name: &str) -> Option<Zone> {
        abbreviated(name).or_else(|| Zone::of_setting(name))
    }

    /// The same, but an offset is ISO 8601's: east of Greenwich it is positive.
    pub fn find_written(name: &str) -> Option<Zone> {
        abbreviated(name)
            .or_else(|| named(name).map(Zone::Named))
            .or_else(|| offset(name).map(Zone::Fixed))
    }

    /// The zone of a session: a name, or POSIX's offset, which may have a name of its own before it.
    pub fn of_setting(name: &str) -> Option<Zone> {
        match named(name) {
            Some(Tz::UTC) => return Some(Zone::UTC),
            Some(zone) => return Some(Zone::Named(zone)),
            None => {}
        }
        let behind = match name.strip_prefix('<') {
            Some(rest) => rest.split_once('>')?.1,
            None => name.trim_start_matches(|letter: char| letter.is_ascii_alphabetic()),
        };
        offset(behind).map(|west| Zone::Fixed(-west))
    }

    /// The name by which a session's zone is shown: the zone's own, a number of hours east of Greenwich as POSIX writes it, or what was given.
    pub fn setting(name: &str) -> Option<String> {
        if let Some(zone) = named(name) {
            return Some(zone.name().to_owned());
        }
        if let Ok(hours) = name.parse::<f64>() {
            let seconds = (hours * 3600.0).round();
            let within = seconds.abs() < END_OF_OFFSETS as f64;
            return within.then(|| Zone::posix(seconds as i64));
        }
        Zone::of_setting(name).map(|_| name.to_owned())
    }

    /// An offset east of Greenwich as POSIX writes it: `<+02>-02`.
    pub fn posix(east: i64) -> String {
        let mut name = String::from("<");
        write_offset(east, &mut name);
        name.push('>');
        let sign = if east < 0 { '+' } else { '-' };
        let mut west = String::new();
        write_offset(east, &mut west);
        name.push(sign);
        name.push_str(west.trim_start_matches(['+', '-']));
        name
    }

    /// How many seconds clocks are before Greenwich's at an instant.
    pub fn east(self, instant: i64) -> i64 {
        match self {
            Zone::Fixed(seconds) => seconds,
            Zone::Named(zone) => {
                let offset = zone.offset_from_utc_datetime(&moment(instant));
                offset.fix().local_minus_utc().into()
            }
        }
    }

    /// What clocks show at an instant, if that is a time there is.
    pub fn local(self, instant: i64) -> Option<i64> {
        match instant {
            i64::MIN | i64::MAX => Some(instant),
            _ => in_range(instant.checked_add(self.east(instant) * SECOND)),
        }
    }

    /// The instant at which clocks show a time: of two the one of standard time; of none, by the offset that held before.
    pub fn instant(self, local: i64) -> Option<i64> {
        let east = match self {
            _ if matches!(local, i64::MIN | i64::MAX) => return Some(local),
            Zone::Fixed(seconds) => seconds,
            Zone::Named(zone) => {
                let shown = moment(local);
                let offset = zone.offset_from_local_datetime(&shown).latest();
                let before = || zone.offset_from_local_datetime(&(shown - GAP)).latest();
                let offset = offset.or_else(before)?;
                offset.fix().local_minus_utc().into()
            }
        };
        in_range(local.checked_sub(east * SECOND))
    }

    /// What the zone is called at an instant: `CEST`, `+02`.
    pub fn abbreviation(self, instant: i64) -> String {
        let offset;
        let name = match self {
            Zone::Fixed(0) => Some("UTC"),
            Zone::Fixed(_) => None,
            Zone::Named(zone) => {
                offset = zone.offset_from_utc_datetime(&moment(instant));
                offset.abbreviation()
            }
        };
        name.map_or_else(|| offset_text(self.east(instant)), str::to_owned)
    }
}

/// The offset that a text of an instant ends with: `+02`, `-03:30`.
pub fn write_offset(east: i64, out: &mut String) {
    let (sign, seconds) = (if east < 0 { '-' } else { '+' }, east.abs());
    // Writing to a String cannot fail.
    let _ = write!(out, "{sign}{:02}", seconds / 3600);
    if seconds % 3600 != 0 {
        let _ = write!(out, ":{:02}", seconds / 60 % 60);
    }
    if seconds % 60 != 0 {
        let _ = write!(out, ":{:02}", seconds % 60);
    }
}

fn offset_text(east: i64) -> String {
    let mut text = String::new();
    write_offset(east, &mut text);
    text
}

fn abbreviated(name: &str) -> Option<Zone> {
    let found = ABBREVIATIONS
        .iter()
        .find(|(abbreviation, _)| abbreviation.eq_ignore_ascii_case(name));
    found.map(|(_, minutes)| Zone::Fixed(minutes * 60))
}

fn named(name: &str) -> Option<Tz> {
    if let Ok(zone) = name.parse() {
        return Some(zone);
    }
    let mut zones = chrono_tz::TZ_VARIANTS.iter();
    zones
        .find(|zone| zone.name().eq_ignore_ascii_case(name))
        .copied()
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
    (parts.next().is_none() && seconds < END_OF_OFFSETS).then_some(sign * seconds)
}

/// The moment, or the last one that the tables of zones reach.
fn moment(micros: i64) -> NaiveDateTime {
    let last = if micros < 0 {
        DateTime::<Utc>::MIN_UTC + TimeDelta::days(2)
    } else {
        DateTime::<Utc>::MAX_UTC - TimeDelta::days(2)
    };
    DateTime::from_timestamp_micros(micros)
        .unwrap_or(last)
        .naive_utc()
}

fn in_range(instant: Option<i64>) -> Option<i64> {
    instant.filter(|instant| (FIRST_DAY * DAY..END_OF_TIMESTAMPS * DAY).contains(instant))
}

#[cfg(test)]
mod tests;
