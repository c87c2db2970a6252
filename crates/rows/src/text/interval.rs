//! Intervals as text: PostgreSQL's verbose form, its `Y-M D H:M:S`, and ISO 8601's `P1Y2M3DT4H5M6S`.

use std::fmt::Write;

use cairn_catalog::ColumnType;

use super::{syntax, write_time};
use crate::interval::Interval;
use crate::{Error, Result};

/// Fractions are counted in billionths.
const ONE: i128 = 1_000_000_000;
const MICROS_PER_DAY: i128 = 86_400_000_000;

/// Appends PostgreSQL's style: `1 year 2 mons -3 days +04:05:06`.
pub fn write_interval(interval: &Interval, out: &mut String) {
    let start = out.len();
    let mut after_negative = false;
    let parts = [
        (interval.months / 12, "year", "years"),
        (interval.months % 12, "mon", "mons"),
        (interval.days, "day", "days"),
    ];
    for (count, one, many) in parts.into_iter().filter(|(count, ..)| *count != 0) {
        let gap = if out.len() > start { " " } else { "" };
        let sign = if after_negative && count > 0 { "+" } else { "" };
        // Writing to a String cannot fail.
        let _ = write!(
            out,
            "{gap}{sign}{count} {}",
            if count == 1 { one } else { many }
        );
        after_negative = count < 0;
    }
    if interval.micros != 0 || out.len() == start {
        if out.len() > start {
            out.push(' ');
        }
        if interval.micros < 0 {
            out.push('-');
        } else if after_negative {
            out.push('+');
        }
        write_time(interval.micros.saturating_abs(), out);
    }
}

/// An interval being read: each field as wide as a sum of any texts can make it.
#[derive(Default)]
struct Sum {
    months: i128,
    days: i128,
    micros: i128,
}

/// What a unit of time is made of.
#[derive(Clone, Copy)]
enum Unit {
    /// Years and longer: fractions are rounded to months.
    Months(i128),
    Month,
    Days(i128),
    Micros(i128),
}

pub fn parse_interval(text: &str) -> Result<Interval> {
    let ty = ColumnType::Interval;
    let lower = text.trim().to_ascii_lowercase();
    let mut sum = Sum::default();
    let read = match lower.strip_prefix('p') {
        Some(iso) => sum.read_iso(iso),
        None => sum.read_words(&lower),
    };
    read.ok_or_else(|| syntax(&ty, text))?;
    let out_of_range = || Error::Interval {
        text: text.to_owned(),
    };
    let interval = Interval {
        months: i32::try_from(sum.months).map_err(|_| out_of_range())?,
        days: i32::try_from(sum.days).map_err(|_| out_of_range())?,
        micros: i64::try_from(sum.micros).map_err(|_| out_of_range())?,
    };
    interval.checked().ok_or_else(out_of_range)
}

impl Sum {
    fn add(&mut self, value: i128, unit: Unit) -> Option<()> {
        match unit {
            Unit::Months(count) => self.months += round(value.checked_mul(count)?, ONE),
            Unit::Month => {
                self.months += value / ONE;
                self.add_days(value % ONE * 30);
            }
            Unit::Days(count) => self.add_days(value.checked_mul(count)?),
            Unit::Micros(count) => self.micros += round(value.checked_mul(count)?, ONE),
        }
        Some(())
    }

    fn add_days(&mut self, value: i128) {
        self.days += value / ONE;
        self.micros += round(value % ONE * MICROS_PER_DAY, ONE);
    }

    /// `1 year 2 mons -3 days 04:05:06`, `1-2`, `@ 1 minute ago`; a number alone means seconds.
    fn read_words(&mut self, text: &str) -> Option<()> {
        let mut rest = text.strip_prefix('@').unwrap_or(text).trim_start();
        if rest.is_empty() {
            return None;
        }
        while !rest.is_empty() {
            if rest == "ago" {
                *self = Self {
                    months: -self.months,
                    days: -self.days,
                    micros: -self.micros,
                };
                return Some(());
            }
            let end = rest
                .find(|letter: char| !matches!(letter, '0'..='9' | '+' | '-' | '.' | ':'))
                .unwrap_or(rest.len());
            let (number, tail) = rest.split_at_checked(end)?;
            let tail = tail.trim_start();
            let word_end = tail
                .find(|letter: char| !letter.is_ascii_alphabetic())
                .unwrap_or(tail.len());
            let (word, after) = tail.split_at_checked(word_end)?;
            rest = after.trim_start();
            if number.contains(':') {
                self.micros += clock(number)?;
                rest = tail;
            } else if word.is_empty() && begins_with_clock(tail) && year_month(number).is_none() {
                // `3 4:05:06`: the number in front of a time of day counts days.
                self.add(decimal(number)?, Unit::Days(1))?;
                rest = tail;
            } else if let Some((years, months)) = year_month(number) {
                self.months += years * 12 + months;
                rest = tail;
            } else if word.is_empty() || word == "ago" {
                self.add(decimal(number)?, Unit::Micros(1_000_000))?;
                rest = tail;
            } else {
                self.add(decimal(number)?, unit(word)?)?;
            }
        }
        Some(())
    }

    /// What follows the `P`.
    fn read_iso(&mut self, text: &str) -> Option<()> {
        let (date, time) = match text.split_once('t') {
            Some((date, time)) => (date, Some(time)),
            None => (text, None),
        };
        if date.is_empty() && time.is_none_or(str::is_empty) {
            return None;
        }
        self.read_designators(date, |letter| match letter {
            'y' => Some(Unit::Months(12)),
            'm' => Some(Unit::Month),
            'w' => Some(Unit::Days(7)),
            'd' => Some(Unit::Days(1)),
            _ => None,
        })?;
        self.read_designators(time.unwrap_or_default(), |letter| match letter {
            'h' => Some(Unit::Micros(3_600_000_000)),
            'm' => Some(Unit::Micros(60_000_000)),
            's' => Some(Unit::Micros(1_000_000)),
            _ => None,
        })
    }

    fn read_designators(&mut self, text: &str, unit: impl Fn(char) -> Option<Unit>) -> Option<()> {
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.find(|letter: char| letter.is_ascii_alphabetic())?;
            let (number, tail) = rest.split_at_checked(end)?;
            let mut letters = tail.chars();
            self.add(decimal(number)?, unit(letters.next()?)?)?;
            rest = letters.as_str();
        }
        Some(())
    }
}

/// Whether a text begins with `H:MM`.
fn begins_with_clock(text: &str) -> bool {
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    text.get(..end).is_some_and(|word| word.contains(':'))
}

fn unit(word: &str) -> Option<Unit> {
    Some(match word {
        "us" | "usec" | "usecs" | "useconds" | "microsecond" | "microseconds" => Unit::Micros(1),
        "ms" | "msec" | "msecs" | "mseconds" | "millisecond" | "milliseconds" => {
            Unit::Micros(1_000)
        }
        "s" | "sec" | "secs" | "second" | "seconds" => Unit::Micros(1_000_000),
        "m" | "min" | "mins" | "minute" | "minutes" => Unit::Micros(60_000_000),
        "h" | "hr" | "hrs" | "hour" | "hours" => Unit::Micros(3_600_000_000),
        "d" | "day" | "days" => Unit::Days(1),
        "w" | "week" | "weeks" => Unit::Days(7),
        "mon" | "mons" | "month" | "months" => Unit::Month,
        "y" | "yr" | "yrs" | "year" | "years" => Unit::Months(12),
        "decade" | "decades" | "dec" | "decs" => Unit::Months(120),
        "c" | "cent" | "century" | "centuries" => Unit::Months(1_200),
        "mil" | "mils" | "millennium" | "millennia" => Unit::Months(12_000),
        _ => return None,
    })
}

/// A number in billionths.
fn decimal(text: &str) -> Option<i128> {
    let (negative, unsigned) = signed(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole)
        || !digits(fraction)
        || whole.is_empty() && fraction.is_empty()
        || whole.len() > 19
    {
        return None;
    }
    let whole: i128 = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    let billionths: String = fraction
        .chars()
        .chain(std::iter::repeat('0'))
        .take(9)
        .collect();
    let value = whole * ONE + billionths.parse::<i128>().ok()?;
    Some(if negative { -value } else { value })
}

fn signed(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// `H:MM`, `H:MM:SS.ffffff` in microseconds; hours are not bound.
fn clock(text: &str) -> Option<i128> {
    let (negative, unsigned) = signed(text);
    let mut fields = unsigned.split(':');
    let hours = decimal(fields.next()?)?;
    let minutes = decimal(fields.next()?)?;
    let seconds = decimal(fields.next().unwrap_or("0"))?;
    let whole = hours % ONE == 0 && minutes % ONE == 0;
    if fields.next().is_some()
        || !whole
        || minutes >= 60 * ONE
        || seconds >= 60 * ONE
        || unsigned.contains(['+', '-'])
    {
        return None;
    }
    let micros = round((hours * 3_600 + minutes * 60 + seconds) * 1_000_000, ONE);
    Some(if negative { -micros } else { micros })
}

/// `Y-M`.
fn year_month(text: &str) -> Option<(i128, i128)> {
    let (negative, unsigned) = signed(text);
    let (years, months) = unsigned.split_once('-')?;
    let (years, months): (i128, i128) = (
        years.parse::<u32>().ok()?.into(),
        months.parse::<u32>().ok()?.into(),
    );
    (months < 12).then_some(if negative {
        (-years, -months)
    } else {
        (years, months)
    })
}

/// Half away from zero.
fn round(value: i128, unit: i128) -> i128 {
    (value + value.signum() * (unit / 2)) / unit
}
