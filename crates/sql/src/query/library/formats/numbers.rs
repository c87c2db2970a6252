//! Numbers written by a template, and read by one.

use cairn_rows::Numeric;

use crate::{Result, SqlError, SqlState};

/// What a template says of the sign.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// In front of the first digit, or a blank.
    Plain,
    /// `S` in front or behind: `+` or `-` beside the digits.
    Anchored { front: bool },
    /// `PR`: in angle brackets.
    Brackets,
    /// Where `MI`, `PL` or `SG` stand.
    Placed,
}

enum Place {
    /// `9` or `0`.
    Digit,
    Group,
    Point,
    /// `MI`, `PL`, `SG`.
    Minus,
    Plus,
    Both,
    Ordinal(bool),
    Literal(char),
}

struct Template {
    places: Vec<Place>,
    sign: Sign,
    /// `FM`.
    short: bool,
    whole: usize,
    behind: usize,
    /// From which of the digits in front of the point zeros are shown.
    zeros_from: Option<usize>,
    /// Up to which of those behind it.
    zeros_to: usize,
}

pub(super) fn write(number: &Numeric, template: &str) -> Result<String> {
    let template = Template::parse(template)?;
    let scale = i64::try_from(template.behind).unwrap_or(0);
    let negative = number.is_negative() && !number.rounded(scale).is_zero();
    let text = number.rounded(scale).absolute().to_string();
    let (whole, behind) = text.split_once('.').unwrap_or((&text, ""));
    let fits = number.is_finite() && whole.len() <= template.whole;
    let digits = match fits {
        true => (
            if whole == "0" { "" } else { whole }.to_owned(),
            behind.to_owned(),
        ),
        false => ("#".repeat(template.whole), "#".repeat(template.behind)),
    };
    Ok(template.fill(&digits.0, &digits.1, negative, fits))
}

/// Reads a number by a template: what stands where it has digits, a point and signs.
///
/// # Errors
/// 22P02 where there is no digit.
pub(super) fn read(text: &str, template: &str) -> Result<Numeric> {
    let template = Template::parse(template)?;
    let mut letters = text.trim().chars().peekable();
    let mut number = String::new();
    let mut negative = false;
    if let Some(sign) = letters.next_if(|letter| matches!(letter, '+' | '-' | '<')) {
        negative = sign != '+';
    }
    while letters.next_if(|letter| letter.is_whitespace()).is_some() {}
    for place in &template.places {
        match place {
            Place::Digit => {
                if let Some(digit) = letters.next_if(char::is_ascii_digit) {
                    number.push(digit);
                }
            }
            Place::Group => {
                letters.next_if_eq(&',');
            }
            Place::Point => number.extend(letters.next_if_eq(&'.')),
            Place::Minus | Place::Plus | Place::Both => {
                if let Some(sign) = letters.next_if(|letter| matches!(letter, '+' | '-')) {
                    negative = sign == '-';
                }
            }
            Place::Ordinal(_) => {
                letters.next();
                letters.next();
            }
            Place::Literal(_) => {
                letters.next();
            }
        }
    }
    let behind = matches!(template.sign, Sign::Anchored { front: false });
    negative |= behind && letters.peek() == Some(&'-');
    let number = Numeric::parse(number.trim_end_matches('.')).map_err(|_| {
        SqlError::new(
            SqlState::InvalidTextRepresentation,
            format!("invalid input syntax for type numeric: {text:?}"),
        )
    })?;
    Ok(if negative { number.negated() } else { number })
}

impl Template {
    fn parse(text: &str) -> Result<Template> {
        let mut found = Template {
            places: Vec::new(),
            sign: Sign::Plain,
            short: false,
            whole: 0,
            behind: 0,
            zeros_from: None,
            zeros_to: 0,
        };
        let mut rest = text;
        let mut point = false;
        while let Some(letter) = rest.chars().next() {
            let pair = rest.get(..2).unwrap_or_default().to_uppercase();
            let (length, place) = match (pair.as_str(), letter.to_ascii_uppercase()) {
                ("FM", _) => {
                    found.short = true;
                    (2, None)
                }
                ("PR", _) => {
                    found.sign = Sign::Brackets;
                    (2, None)
                }
                ("MI", _) => (2, Some(Place::Minus)),
                ("PL", _) => (2, Some(Place::Plus)),
                // Blanks for a zero, which PostgreSQL does not give either.
                (_, 'B') => (1, None),
                ("SG", _) => (2, Some(Place::Both)),
                ("TH", upper) => (2, Some(Place::Ordinal(upper == 'T' && letter == 'T'))),
                (_, '9' | '0') => {
                    found.digit(letter == '0', point);
                    (1, Some(Place::Digit))
                }
                (_, ',' | 'G') => (1, Some(Place::Group)),
                (_, '.' | 'D') if point => return Err(wrong("multiple decimal points")),
                (_, '.' | 'D') => {
                    point = true;
                    (1, Some(Place::Point))
                }
                (_, 'S') => {
                    found.sign = Sign::Anchored {
                        front: found.whole == 0 && !point,
                    };
                    (1, None)
                }
                ("EE" | "RN", _) | (_, 'L' | 'V') => {
                    return Err(SqlError::unsupported(format_args!(
                        "the number template {text:?}"
                    )));
                }
                (_, '"') => {
                    let quoted = rest.get(1..).and_then(|rest| rest.split_once('"'));
                    let (quoted, _) = quoted.unwrap_or((rest.get(1..).unwrap_or_default(), ""));
                    found.places.extend(quoted.chars().map(Place::Literal));
                    (quoted.len() + 2, None)
                }
                _ => (letter.len_utf8(), Some(Place::Literal(letter))),
            };
            if matches!(place, Some(Place::Minus | Place::Both)) {
                found.sign = Sign::Placed;
            }
            found.places.extend(place);
            rest = rest.get(length..).unwrap_or_default();
        }
        Ok(found)
    }

    fn digit(&mut self, zero: bool, point: bool) {
        match point {
            true => {
                self.behind += 1;
                if zero {
                    self.zeros_to = self.behind;
                }
            }
            false => {
                if zero {
                    self.zeros_from = self.zeros_from.or(Some(self.whole));
                }
                self.whole += 1;
            }
        }
    }

    fn fill(&self, whole: &str, behind: &str, negative: bool, fits: bool) -> String {
        let shown_behind = match self.short {
            true => behind.trim_end_matches('0').len().max(self.zeros_to),
            false => self.behind,
        };
        // The first place in front of the point that shows a digit. Where none behind it does, a zero is shown.
        let mut first = self.whole - whole.len();
        if shown_behind == 0 && whole.is_empty() {
            first = self.whole.saturating_sub(1);
        }
        if let Some(zeros_from) = self.zeros_from {
            first = first.min(zeros_from);
        }
        let mut out = String::new();
        let mut place_of_whole = 0;
        let mut place_behind = 0;
        let mut point = false;
        let mut signed = self.sign != Sign::Plain
            && self.sign != Sign::Brackets
            && self.sign != Sign::Anchored { front: true };
        let write_sign = |out: &mut String, sign: Sign| match (sign, negative) {
            (Sign::Plain, true) => out.push('-'),
            (Sign::Anchored { .. }, true) => out.push('-'),
            (Sign::Anchored { .. }, false) => out.push('+'),
            (Sign::Brackets, true) => out.push('<'),
            (Sign::Plain | Sign::Brackets, false) if !self.short => out.push(' '),
            _ => {}
        };
        for place in &self.places {
            match place {
                Place::Digit if !point => {
                    if place_of_whole >= first {
                        if !signed {
                            write_sign(&mut out, self.sign);
                            signed = true;
                        }
                        let lead = self.whole - whole.len();
                        let digit = place_of_whole
                            .checked_sub(lead)
                            .and_then(|place| whole.get(place..=place));
                        out.push_str(digit.unwrap_or("0"));
                    } else if !self.short {
                        out.push(' ');
                    }
                    place_of_whole += 1;
                }
                Place::Digit => {
                    if place_behind < shown_behind {
                        out.push_str(behind.get(place_behind..=place_behind).unwrap_or("0"));
                    }
                    place_behind += 1;
                }
                Place::Group if place_of_whole > first || point => out.push(','),
                Place::Group if !self.short => out.push(' '),
                Place::Group => {}
                Place::Point => {
                    if !signed {
                        write_sign(&mut out, self.sign);
                        signed = true;
                    }
                    point = true;
                    if self.behind > 0 || !fits {
                        out.push('.');
                    }
                }
                Place::Minus if negative => out.push('-'),
                Place::Plus if !negative => out.push('+'),
                Place::Both => out.push(if negative { '-' } else { '+' }),
                Place::Minus | Place::Plus if !self.short => out.push(' '),
                Place::Minus | Place::Plus => {}
                Place::Ordinal(upper) if !negative && fits && self.behind == 0 => {
                    let number: i64 = whole.parse().unwrap_or(0);
                    let suffix = super::template::suffix(number);
                    out.push_str(&if *upper {
                        suffix.to_uppercase()
                    } else {
                        suffix.to_owned()
                    });
                }
                Place::Ordinal(_) => {}
                Place::Literal(letter) => out.push(*letter),
            }
        }
        match self.sign {
            Sign::Anchored { front: false } => write_sign(&mut out, self.sign),
            Sign::Brackets if negative => out.push('>'),
            Sign::Brackets if !self.short => out.push(' '),
            _ => {}
        }
        out
    }
}

fn wrong(problem: &str) -> SqlError {
    SqlError::new(SqlState::SyntaxError, problem)
}
