//! Instants read by a template.

use cairn_rows::{Zone, calendar};

use super::template::{DAYS, MONTHS, Part, ROMAN_MONTHS, parse};
use crate::query::library::{DAY, HOUR, MINUTE, SECOND};
use crate::{Result, SqlError, SqlState};

/// What a text said.
#[derive(Default)]
pub(super) struct Written {
    text: String,
    year: Option<i64>,
    before_christ: bool,
    century: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    julian: Option<i64>,
    hour: Option<i64>,
    of_twelve: bool,
    past_noon: Option<bool>,
    minute: i64,
    second: i64,
    micros: i64,
    second_of_day: Option<i64>,
    /// Minutes east of Greenwich.
    zone_hours: i64,
    zone_minutes: i64,
    /// Whether the text says its zone.
    zoned: bool,
}

/// Reads a text by a template. Blanks and signs between the fields may be others than the template's.
///
/// # Errors
/// 22007 for what is no value of a field.
pub(super) fn read(text: &str, template: &str) -> Result<Written> {
    let mut written = Written {
        text: text.to_owned(),
        ..Written::default()
    };
    let mut rest = text;
    let parts = parse(template);
    for (place, part) in parts.iter().enumerate() {
        match part {
            Part::Literal(literal) => rest = behind(rest, literal),
            Part::Field { name, ordinal, .. } => {
                rest = rest.trim_start();
                let digits_follow = matches!(parts.get(place + 1), Some(Part::Field { name, .. }) if width(name).is_some());
                rest = written.read_field(name, rest, digits_follow)?;
                if ordinal.is_some() {
                    rest = rest.get(2..).unwrap_or_default();
                }
            }
        }
    }
    Ok(written)
}

/// What stands behind a literal: its signs stand for any, its letters for one each.
fn behind<'a>(text: &'a str, literal: &str) -> &'a str {
    let mut rest = text;
    for letter in literal.chars() {
        let separator = |letter: char| !letter.is_alphanumeric();
        if separator(letter) {
            let next = rest.chars().next();
            if letter.is_whitespace() {
                rest = rest.trim_start();
            } else if let Some(next) = next.filter(|next| separator(*next)) {
                rest = rest.get(next.len_utf8()..).unwrap_or_default();
            }
        } else {
            let mut letters = rest.chars();
            letters.next();
            rest = letters.as_str();
        }
    }
    rest
}

/// How many digits a field has.
fn width(name: &str) -> Option<usize> {
    Some(match name {
        "YYYY" | "IYYY" => 4,
        "YYY" | "DDD" | "MS" | "FF3" => 3,
        "YY" | "MM" | "DD" | "HH24" | "HH12" | "HH" | "MI" | "SS" | "CC" | "FF2" | "TZM" => 2,
        "Y" | "FF1" | "D" | "ID" | "Q" | "W" => 1,
        "US" | "FF6" => 6,
        "FF4" => 4,
        "FF5" | "SSSS" | "SSSSS" => 5,
        "J" => 7,
        _ => return None,
    })
}

impl Written {
    fn read_field<'a>(
        &mut self,
        name: &str,
        text: &'a str,
        digits_follow: bool,
    ) -> Result<&'a str> {
        let Some(width) = width(name) else {
            return self.read_word(name, text);
        };
        let (sign, unsigned) = match text.strip_prefix('-') {
            Some(unsigned) if name == "YYYY" => (-1, unsigned),
            _ => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        let all = unsigned
            .find(|letter: char| !letter.is_ascii_digit())
            .unwrap_or(unsigned.len());
        let fraction = matches!(name, "MS" | "US") || name.starts_with("FF");
        let fixed = digits_follow || fraction || name != "YYYY" && name != "J";
        let end = if fixed { all.min(width) } else { all };
        let (digits, rest) = unsigned.split_at_checked(end).unwrap_or((unsigned, ""));
        let value: i64 = digits
            .parse()
            .map_err(|_| wrong(text, name, "Value must be an integer."))?;
        self.set(name, sign * value, digits.len());
        Ok(rest)
    }

    fn set(&mut self, name: &str, value: i64, digits: usize) {
        // `MS` and the like are digits behind a point.
        let micros =
            || value * 10_i64.pow(6_u32.saturating_sub(u32::try_from(digits).unwrap_or(6)));
        match name {
            "YYYY" | "IYYY" => self.year = Some(value),
            "YYY" | "YY" | "Y" => {
                let base = match digits {
                    1 => 2000,
                    2 if value < 70 => 2000,
                    2 => 1900,
                    3 if value >= 520 => 1000,
                    3 => 2000,
                    _ => 0,
                };
                self.year = Some(base + value);
            }
            "CC" => self.century = Some(value),
            "MM" => self.month = Some(value),
            "DD" => self.day = Some(value),
            "DDD" => self.day_of_year = Some(value),
            "J" => self.julian = Some(value),
            "HH24" => self.hour = Some(value),
            "HH12" | "HH" => {
                self.hour = Some(value);
                self.of_twelve = true;
            }
            "MI" => self.minute = value,
            "SS" => self.second = value,
            "MS" | "US" | "FF1" | "FF2" | "FF3" | "FF4" | "FF5" | "FF6" => self.micros = micros(),
            "SSSS" | "SSSSS" => self.second_of_day = Some(value),
            "TZM" => self.zone_minutes = value,
            // Days of the week and quarters say nothing that is used.
            _ => {}
        }
    }

    fn read_word<'a>(&mut self, name: &str, text: &'a str) -> Result<&'a str> {
        let one_of = |words: &[&str], length: Option<usize>| {
            let found = words.iter().enumerate().filter_map(|(place, word)| {
                let word = length.and_then(|length| word.get(..length)).unwrap_or(word);
                let (front, rest) = text.split_at_checked(word.len())?;
                front
                    .eq_ignore_ascii_case(word)
                    .then_some((place, word.len(), rest))
            });
            // Of two that fit the longer: VIII begins with V.
            found
                .max_by_key(|(_, length, _)| *length)
                .map(|(place, _, rest)| (place, rest))
        };
        let unknown = || {
            wrong(
                text,
                name,
                "The given value did not match any of the allowed values for this field.",
            )
        };
        let number = |place: usize| i64::try_from(place + 1).unwrap_or(0);
        match name {
            "MONTH" | "MON" | "RM" => {
                let (words, length): (&[&str], _) = match name {
                    "MONTH" => (&MONTHS, None),
                    "MON" => (&MONTHS, Some(3)),
                    _ => (&ROMAN_MONTHS, None),
                };
                let (place, rest) = one_of(words, length).ok_or_else(unknown)?;
                self.month = Some(number(place));
                Ok(rest)
            }
            "DAY" => Ok(one_of(&DAYS, None).ok_or_else(unknown)?.1),
            "DY" => Ok(one_of(&DAYS, Some(3)).ok_or_else(unknown)?.1),
            "AM" | "PM" | "A.M." | "P.M." => {
                let (place, rest) =
                    one_of(&["AM", "PM", "A.M.", "P.M."], None).ok_or_else(unknown)?;
                self.past_noon = Some(place % 2 == 1);
                Ok(rest)
            }
            "AD" | "BC" | "A.D." | "B.C." => {
                let (place, rest) =
                    one_of(&["AD", "BC", "A.D.", "B.C."], None).ok_or_else(unknown)?;
                self.before_christ = place % 2 == 1;
                Ok(rest)
            }
            "TZH" => {
                let (front, rest) = text.split_at_checked(3).ok_or_else(unknown)?;
                self.zoned = true;
                self.zone_hours = front.parse().map_err(|_| unknown())?;
                Ok(rest)
            }
            _ => Err(SqlError::unsupported(format_args!(
                "the pattern {name} in a template that is read by"
            ))),
        }
    }

    fn out_of_range(&self) -> SqlError {
        SqlError::new(
            SqlState::DatetimeFieldOverflow,
            format!("date/time field value out of range: \"{}\"", self.text),
        )
    }

    /// Days since 1970; what is not said is the first.
    fn days(&self) -> Result<i64> {
        if let Some(julian) = self.julian {
            return Ok(julian - calendar::EPOCH_JULIAN);
        }
        let year = match (self.year, self.century) {
            (Some(year), _) => year,
            (None, Some(century)) => (century - 1) * 100 + 1,
            // Nothing said of a year is the year before 1 AD.
            (None, None) => 0,
        };
        let year = match (self.before_christ, year) {
            (true, year) => 1 - year,
            (false, year) if year < 0 => year + 1,
            (false, year) => year,
        };
        if let Some(day) = self.day_of_year {
            let first = calendar::days_from_civil(year, 1, 1);
            let length = calendar::days_from_civil(year + 1, 1, 1) - first;
            return match (1..=length).contains(&day) {
                true => Ok(first + day - 1),
                false => Err(self.out_of_range()),
            };
        }
        let (month, day) = (self.month.unwrap_or(1), self.day.unwrap_or(1));
        if !(1..=12).contains(&month) || !(1..=calendar::days_of_month(year, month)).contains(&day)
        {
            return Err(self.out_of_range());
        }
        let days = calendar::days_from_civil(year, month, day);
        match (calendar::FIRST_DAY..calendar::END_OF_DATES).contains(&days) {
            true => Ok(days),
            false => Err(self.out_of_range()),
        }
    }

    fn time(&self) -> Result<i64> {
        if let Some(seconds) = self.second_of_day {
            return match (0..DAY / SECOND).contains(&seconds) {
                true => Ok(seconds * SECOND + self.micros),
                false => Err(self.out_of_range()),
            };
        }
        let mut hour = self.hour.unwrap_or(0);
        if self.of_twelve {
            if !(1..=12).contains(&hour) {
                return Err(SqlError::new(
                    SqlState::InvalidDatetimeFormat,
                    format!("hour \"{hour}\" is invalid for the 12-hour clock"),
                )
                .hint("Use the 24-hour clock, or give an hour between 1 and 12."));
            }
            hour = match self.past_noon {
                Some(true) => hour % 12 + 12,
                Some(false) => hour % 12,
                None => hour,
            };
        }
        match hour < 24 && self.minute < 60 && self.second < 60 {
            true => Ok(hour * HOUR + self.minute * MINUTE + self.second * SECOND + self.micros),
            false => Err(self.out_of_range()),
        }
    }

    pub fn date(&self) -> Result<i32> {
        self.time()?;
        i32::try_from(self.days()?).map_err(|_| self.out_of_range())
    }

    /// Without a zone in the text it is one of `zone`.
    pub fn instant(&self, zone: Zone) -> Result<i64> {
        let east = self.zone_hours * HOUR + self.zone_hours.signum() * self.zone_minutes * MINUTE;
        let zone = match self.zoned {
            true => Zone::Fixed(east / SECOND),
            false => zone,
        };
        let day = self.days()?.checked_mul(DAY);
        let instant = day.and_then(|day| day.checked_add(self.time().ok()?));
        self.time()?;
        instant
            .and_then(|local| zone.instant(local))
            .ok_or_else(|| self.out_of_range())
    }
}

fn wrong(text: &str, name: &str, detail: &str) -> SqlError {
    let shown: String = text.chars().take(name.len()).collect();
    SqlError::new(
        SqlState::InvalidDatetimeFormat,
        format!("invalid value \"{shown}\" for \"{name}\""),
    )
    .hint(detail)
}
