//! What values a setting takes, how they are stored and shown.

use cairn_blob::settings::check_certificates;
use cairn_rows::text::parse_interval;
use cairn_syntax::ast::{Expr, UnaryOperator, Value};

use crate::{Result, SqlError, SqlState};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Int {
        least: u64,
        most: u64,
    },
    Bytes {
        least: u64,
        most: u64,
    },
    /// In whole seconds.
    Duration {
        least: u64,
        most: u64,
    },
    /// PEM, or empty.
    Certificates,
    /// A service account's, or empty; stored sealed and never shown.
    Key,
}

/// The text of a constant; a bare word is a text.
fn text_of(value: &Expr) -> Result<String> {
    match value {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) | Value::EscapedStringLiteral(text) => Ok(text.clone()),
            Value::DollarQuotedString(text) => Ok(text.value.clone()),
            Value::Number(text, _) => Ok(text.clone()),
            Value::Boolean(value) => Ok(value.to_string()),
            other => Err(SqlError::unsupported(format_args!(
                "a cluster setting's value {other}"
            ))),
        },
        Expr::Identifier(word) => Ok(word.value.clone()),
        Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr,
        } => Ok(format!("-{}", text_of(expr)?)),
        other => Err(SqlError::unsupported(format_args!(
            "a cluster setting's value {other}"
        ))),
    }
}

impl Kind {
    /// The text that a value stands for; of a secret, no error repeats it.
    pub(super) fn text_of(self, value: &Expr) -> Result<String> {
        match (text_of(value), self) {
            (Err(_), Kind::Key) => Err(SqlError::unsupported(
                "a cluster setting's value that is no text",
            )),
            (text, _) => text,
        }
    }

    pub(super) fn letter(self) -> &'static str {
        match self {
            Kind::Bool => "b",
            Kind::Int { .. } => "i",
            Kind::Bytes { .. } => "z",
            Kind::Duration { .. } => "d",
            Kind::Certificates | Kind::Key => "s",
        }
    }

    /// The value as it is stored.
    pub(super) fn read(self, name: &str, text: &str) -> Result<String> {
        let wrong = |problem: String| {
            SqlError::new(
                SqlState::InvalidParameterValue,
                format!("cluster setting '{name}': {problem}"),
            )
        };
        let (number, least, most) = match self {
            Kind::Bool => {
                return match text.to_lowercase().as_str() {
                    "true" | "on" | "yes" | "1" => Ok("true".to_owned()),
                    "false" | "off" | "no" | "0" => Ok("false".to_owned()),
                    _ => Err(wrong(format!("'{text}' is neither true nor false"))),
                };
            }
            Kind::Certificates => {
                if !text.is_empty() {
                    check_certificates(text)?;
                }
                return Ok(text.to_owned());
            }
            Kind::Key => return Ok(text.to_owned()),
            Kind::Int { least, most } => (text.parse().ok(), least, most),
            Kind::Duration { least, most } => (seconds(text), least, most),
            Kind::Bytes { least, most } => (bytes(text), least, most),
        };
        match number {
            Some(number) if (least..=most).contains(&number) => Ok(number.to_string()),
            _ => Err(wrong(format!(
                "'{text}' is not between {} and {}",
                self.show(&least.to_string()),
                self.show(&most.to_string())
            ))),
        }
    }

    /// A stored value as it is shown.
    pub(super) fn show(self, stored: &str) -> String {
        match (self, stored.parse::<u64>()) {
            (Kind::Bytes { .. }, Ok(bytes)) => shown_bytes(bytes),
            (Kind::Duration { .. }, Ok(seconds)) => shown_seconds(seconds),
            (Kind::Key, _) if !stored.is_empty() => "redacted".to_owned(),
            _ => stored.to_owned(),
        }
    }
}

/// Units of sizes, the greatest first.
const UNITS: [(&str, u64); 4] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("B", 1),
];

/// `64MiB`, `64 MiB`, `67108864`.
pub(super) fn bytes(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text.get(digits.len()..)?;
    let factor = match unit.to_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        _ => return None,
    };
    digits.trim().parse::<u64>().ok()?.checked_mul(factor)
}

pub(super) fn shown_bytes(bytes: u64) -> String {
    let unit = UNITS
        .iter()
        .find(|(_, size)| bytes >= *size && bytes.is_multiple_of(*size));
    match unit {
        Some((name, size)) => format!("{} {name}", bytes / size),
        None => format!("{bytes} B"),
    }
}

/// `10m`, `1h30m`, `90 seconds`; a number alone means seconds.
fn seconds(text: &str) -> Option<u64> {
    let interval = parse_interval(text).ok()?;
    let (seconds, 0) = (interval.micros / 1_000_000, interval.micros % 1_000_000) else {
        return None;
    };
    let days = i64::from(interval.days).checked_mul(24 * 60 * 60)?;
    u64::try_from(days.checked_add(seconds)?)
        .ok()
        .filter(|_| interval.months == 0)
}

/// `1h30m0s`, as such settings are shown elsewhere.
fn shown_seconds(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, _) => format!("{minutes}m{seconds}s"),
        _ => format!("{hours}h{minutes}m{seconds}s"),
    }
}
