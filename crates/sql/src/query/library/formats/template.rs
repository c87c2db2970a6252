//! Templates of dates and times, cut into what they ask for.

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Literal(String),
    Field {
        /// In capitals.
        name: &'static str,
        /// How its letters are to be written.
        case: Case,
        /// Without blanks and zeros in front: `FM`.
        short: bool,
        /// With `th` behind, or `TH`.
        ordinal: Option<Case>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Upper,
    Capitalized,
    Lower,
}

/// Longer names stand before those that they begin with.
const FIELDS: [&str; 55] = [
    "Y,YYY", "YYYY", "YYY", "YY", "IYYY", "IYY", "IY", "MONTH", "MON", "SSSSS", "SSSS", "HH24",
    "HH12", "HH", "IDDD", "DDD", "DAY", "A.M.", "P.M.", "A.D.", "B.C.", "TZH", "TZM", "FF1", "FF2",
    "FF3", "FF4", "FF5", "FF6", "MI", "MS", "MM", "SS", "US", "AM", "PM", "AD", "BC", "DD", "DY",
    "ID", "IW", "WW", "CC", "RM", "TZ", "OF", "Y", "I", "D", "W", "J", "Q", "FX", "SP",
];

pub(super) fn parse(template: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut rest = template;
    let mut short = false;
    while let Some(letter) = rest.chars().next() {
        if let Some(behind) = rest.strip_prefix('"') {
            let (quoted, behind) = quoted(behind);
            literal.push_str(&quoted);
            rest = behind;
        } else if let Some(behind) = strip(rest, "FM").or_else(|| strip(rest, "TM")) {
            short = true;
            rest = behind;
        } else if let Some((name, behind)) = field(rest) {
            if !literal.is_empty() {
                parts.push(Part::Literal(std::mem::take(&mut literal)));
            }
            let written = rest.get(..name.len()).unwrap_or_default();
            let (ordinal, behind) = ordinal(behind);
            rest = behind;
            // It changes nothing of what is read or written here.
            if name != "FX" {
                parts.push(Part::Field {
                    name,
                    case: case(written),
                    short,
                    ordinal,
                });
            }
            short = false;
        } else {
            let escaped = letter == '\\' && rest.starts_with("\\\"");
            let taken = if escaped {
                "\\\"".len()
            } else {
                letter.len_utf8()
            };
            literal.push(if escaped { '"' } else { letter });
            rest = rest.get(taken..).unwrap_or_default();
        }
    }
    if !literal.is_empty() {
        parts.push(Part::Literal(literal));
    }
    parts
}

fn strip<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (front, rest) = text.split_at_checked(name.len())?;
    front.eq_ignore_ascii_case(name).then_some(rest)
}

fn field(text: &str) -> Option<(&'static str, &str)> {
    FIELDS
        .iter()
        .find_map(|name| Some((*name, strip(text, name)?)))
}

/// What stands up to the closing quote, and what behind it.
fn quoted(text: &str) -> (String, &str) {
    let mut out = String::new();
    let mut letters = text.char_indices();
    while let Some((place, letter)) = letters.next() {
        match letter {
            '"' => return (out, text.get(place + 1..).unwrap_or_default()),
            '\\' => out.extend(letters.next().map(|(_, letter)| letter)),
            letter => out.push(letter),
        }
    }
    (out, "")
}

fn ordinal(text: &str) -> (Option<Case>, &str) {
    if let Some(rest) = text.strip_prefix("TH") {
        return (Some(Case::Upper), rest);
    }
    match text.strip_prefix("th") {
        Some(rest) => (Some(Case::Lower), rest),
        None => (None, text),
    }
}

fn case(written: &str) -> Case {
    let mut letters = written.chars().filter(char::is_ascii_alphabetic);
    match (letters.next(), letters.next()) {
        (Some(first), _) if first.is_ascii_lowercase() => Case::Lower,
        (_, Some(second)) if second.is_ascii_lowercase() => Case::Capitalized,
        _ => Case::Upper,
    }
}

/// `st`, `nd`, `rd` or `th` behind a number.
pub(super) fn suffix(number: i64) -> &'static str {
    let number = number.abs();
    match (number % 10, number / 10 % 10) {
        (_, 1) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    }
}

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// From Sunday on.
pub(super) const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

pub(super) const ROMAN_MONTHS: [&str; 12] = [
    "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII",
];
