//! A span of time: months, days and microseconds, which do not convert into each other without a calendar.

use std::cmp::Ordering;

use crate::text::calendar::{
    END_OF_TIMESTAMPS, FIRST_DAY, civil_from_days, days_from_civil, days_of_month,
};

/// What a microsecond field may hold: Arrow counts nanoseconds in 64 bits.
pub const MAX_MICROS: i64 = i64::MAX / 1_000;

const DAY: i64 = 86_400_000_000;
const MICROS_PER_DAY: i128 = DAY as i128;
const DAYS_PER_MONTH: i128 = 30;

/// The value of an INTERVAL.
///
/// `Ord` is by length, a month counting 30 days and a day 24 hours; of equal length, by months, then by days. So
/// `1 month` and `30 days` stand next to each other, and are two values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Interval {
    pub months: i32,
    pub days: i32,
    /// At most `MAX_MICROS` either way.
    pub micros: i64,
}

impl Interval {
    /// The length in microseconds, with months of 30 days and days of 24 hours.
    pub fn length(&self) -> i128 {
        let days = i128::from(self.months) * DAYS_PER_MONTH + i128::from(self.days);
        days * MICROS_PER_DAY + i128::from(self.micros)
    }

    /// The interval of that length with these months and days; None if its microseconds do not fit.
    pub fn from_length(length: i128, months: i32, days: i32) -> Option<Self> {
        let interval = Self {
            months,
            days,
            micros: 0,
        };
        let micros = i64::try_from(length.checked_sub(interval.length())?).ok()?;
        Self { micros, ..interval }.checked()
    }

    /// The interval itself, if its microseconds are within their limit.
    pub fn checked(self) -> Option<Self> {
        (-MAX_MICROS..=MAX_MICROS)
            .contains(&self.micros)
            .then_some(self)
    }

    pub fn negated(&self) -> Option<Self> {
        Some(Self {
            months: self.months.checked_neg()?,
            days: self.days.checked_neg()?,
            micros: -self.micros,
        })
    }

    /// The instant this much after another, both in microseconds since 1970: months first (to the month's last day at
    /// most), then days, then microseconds. Infinite instants stay. None beyond the range of timestamps.
    pub fn after(&self, instant: i64) -> Option<i64> {
        if matches!(instant, i64::MIN | i64::MAX) {
            return Some(instant);
        }
        let (mut days, within) = (instant.div_euclid(DAY), instant.rem_euclid(DAY));
        if self.months != 0 {
            let (year, month, day) = civil_from_days(days);
            let months = year * 12 + (month - 1) + i64::from(self.months);
            let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
            days = days_from_civil(year, month, day.min(days_of_month(year, month)));
        }
        days = days.checked_add(i64::from(self.days))?;
        let micros = days
            .checked_mul(DAY)?
            .checked_add(within)?
            .checked_add(self.micros)?;
        (FIRST_DAY * DAY..END_OF_TIMESTAMPS * DAY)
            .contains(&micros)
            .then_some(micros)
    }

    /// Days and microseconds between two instants.
    pub fn between(earlier: i64, later: i64) -> Option<Self> {
        if [earlier, later]
            .iter()
            .any(|instant| matches!(*instant, i64::MIN | i64::MAX))
        {
            return None;
        }
        let micros = later.checked_sub(earlier)?;
        let days = i32::try_from(micros / DAY).ok()?;
        Some(Self {
            months: 0,
            days,
            micros: micros % DAY,
        })
    }

    /// Each field times a factor.
    pub fn times(&self, factor: f64) -> Option<Self> {
        self.scaled(|field| field * factor)
    }

    /// Each field divided by a number, which times its reciprocal would not be: a third of a day is 8 hours.
    pub fn divided(&self, divisor: f64) -> Option<Self> {
        self.scaled(|field| field / divisor)
    }

    /// Each field made larger or smaller. What is left of months goes to days, of which a month has 30, and of days to time; both to a
    /// millionth, behind which there is only noise.
    fn scaled(&self, scale: impl Fn(f64) -> f64) -> Option<Self> {
        const SECONDS_PER_DAY: f64 = 86_400.0;
        let to_millionth = |value: f64| (value * 1e6).round_ties_even() / 1e6;
        let months = scale(f64::from(self.months));
        let days = scale(f64::from(self.days));
        let of_months = to_millionth(months.fract() * 30.0);
        let seconds = to_millionth((days.fract() + of_months.fract()) * SECONDS_PER_DAY);
        let of_seconds = (seconds / SECONDS_PER_DAY).trunc();
        let rest = seconds - of_seconds * SECONDS_PER_DAY;
        let micros = scale(self.micros as f64) + rest * 1e6;
        let whole = |value: f64| {
            let value = value.trunc();
            (f64::from(i32::MIN)..=f64::from(i32::MAX))
                .contains(&value)
                .then_some(value as i32)
        };
        let in_range = micros.abs() < MAX_MICROS as f64;
        Self {
            months: whole(months)?,
            days: whole(days.trunc() + of_months.trunc() + of_seconds)?,
            micros: micros.round_ties_even() as i64,
        }
        .checked()
        .filter(|_| in_range)
    }

    /// Field by field.
    pub fn add(&self, other: &Self) -> Option<Self> {
        Self {
            months: self.months.checked_add(other.months)?,
            days: self.days.checked_add(other.days)?,
            micros: self.micros.checked_add(other.micros)?,
        }
        .checked()
    }
}

impl Ord for Interval {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |interval: &Self| (interval.length(), interval.months, interval.days);
        key(self).cmp(&key(other))
    }
}

impl PartialOrd for Interval {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
