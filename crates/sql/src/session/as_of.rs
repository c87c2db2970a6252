//! What the constant of AS OF SYSTEM TIME means (reference 1.9).

use cairn_catalog::ColumnType;
use cairn_rows::Datum;
use cairn_storage::{Engine, Version};
use cairn_syntax::{
    AsOf,
    ast::{Expr, Interval, UnaryOperator, Value},
};

use crate::{Result, SqlError, SqlState};

/// The version a constant stands for, checked against the present.
pub(crate) fn version(as_of: &AsOf, engine: &dyn Engine) -> Result<Version> {
    let timeline = engine.timeline();
    let now = timeline.now();
    let version = match instant(&as_of.0)? {
        Instant::Time(micros) => timeline.version_at(micros),
        Instant::Decimal(text) => timeline
            .parse_decimal(&text)
            .ok_or_else(|| wrong("value out of range"))?,
        Instant::Ago(micros) => timeline.version_at(timeline.micros(now).saturating_sub(micros)),
        Instant::Ahead => return Err(future()),
    };
    if version > now {
        return Err(future());
    }
    Ok(version)
}

fn future() -> SqlError {
    wrong("cannot specify timestamp in the future")
}

fn wrong(text: &str) -> SqlError {
    SqlError::new(
        SqlState::InvalidParameterValue,
        format!("AS OF SYSTEM TIME: {text}"),
    )
}

enum Instant {
    /// Microseconds since 1970.
    Time(i64),
    /// `<ns>.<logical>`, with exactly ten digits behind the point.
    Decimal(String),
    /// Microseconds before now.
    Ago(i64),
    Ahead,
}

fn instant(expr: &Expr) -> Result<Instant> {
    match expr {
        Expr::Nested(inner) => instant(inner),
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) | Value::EscapedStringLiteral(text) => from_text(text),
            Value::Number(text, _) => decimal(text).unwrap_or_else(|| Err(not_constant(expr))),
            Value::Boolean(_) => Err(wrong(&format!("expected timestamp, got bool ({expr})"))),
            Value::Null => Err(wrong("expected timestamp, got unknown (NULL)")),
            _ => Err(not_constant(expr)),
        },
        Expr::UnaryOp {
            op: UnaryOperator::Minus,
            ..
        } => Err(wrong("value is neither timestamp nor decimal")),
        Expr::Interval(Interval {
            value,
            leading_field,
            ..
        }) => {
            let Expr::Value(value) = value.as_ref() else {
                return Err(not_constant(expr));
            };
            let Value::SingleQuotedString(text) = &value.value else {
                return Err(not_constant(expr));
            };
            let text = match leading_field {
                Some(field) => format!("{text} {field}"),
                None => text.clone(),
            };
            interval(&text).unwrap_or_else(|| Err(not_constant(expr)))
        }
        Expr::Cast { expr: inner, .. } => instant(inner),
        Expr::TypedString(typed) => match &typed.value.value {
            Value::SingleQuotedString(text) => from_text(text),
            _ => Err(not_constant(expr)),
        },
        _ => Err(not_constant(expr)),
    }
}

fn not_constant(expr: &Expr) -> SqlError {
    wrong(&format!(
        "only constant expressions are allowed, got {expr}"
    ))
}

fn from_text(text: &str) -> Result<Instant> {
    let text = text.trim();
    if let Some(decimal) = decimal(text) {
        return decimal;
    }
    if let Ok(Datum::TimestampTz(micros)) = Datum::parse_text(&ColumnType::TimestampTz, text) {
        return Ok(Instant::Time(micros));
    }
    interval(text).unwrap_or_else(|| Err(wrong("value is neither timestamp nor decimal")))
}

/// A number of nanoseconds, perhaps with a logical part; `None` if the text is no number.
fn decimal(text: &str) -> Option<Result<Instant>> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<u32>().ok()?),
        None => (text, 0),
    };
    let (whole, logical) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(logical) {
        return None;
    }
    let (whole, logical) = match exponent {
        0 => (whole.to_owned(), logical.to_owned()),
        exponent if exponent <= 40 => {
            let shift = exponent as usize;
            let padded = format!("{logical:0<shift$}");
            let (head, tail) = padded.split_at(shift);
            (format!("{whole}{head}"), tail.to_owned())
        }
        _ => return Some(Err(wrong("value out of range"))),
    };
    if logical.len() > 10 {
        return Some(Err(wrong("logical part has too many digits")));
    }
    if whole
        .bytes()
        .chain(logical.bytes())
        .all(|byte| byte == b'0')
    {
        return Some(Err(wrong("zero timestamp is invalid")));
    }
    match whole.parse::<u64>() {
        Ok(whole) if i64::try_from(whole).is_ok() => {
            Some(Ok(Instant::Decimal(format!("{whole}.{logical:0<10}"))))
        }
        _ => Some(Err(wrong("value out of range"))),
    }
}

/// `-10s`, `-1h30m`, `-1 day 2 hours`, `-00:00:10`; `None` if the text is no interval.
fn interval(text: &str) -> Option<Result<Instant>> {
    let text = text.trim();
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest.trim_start()),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut micros: i128 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ':')?;
        let (number, tail) = match end {
            0 => return None,
            end => rest.split_at(end),
        };
        let tail = tail.trim_start();
        let end = tail
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(end);
        micros = micros.checked_add(scaled(number, unit_micros(unit)?)?)?;
        rest = tail.trim_start_matches([' ', ',', '-']);
    }
    let micros = i64::try_from(micros).ok()?;
    Some(match (negative, micros) {
        (_, 0) => Err(wrong(
            "interval value is too small: it must be at least one microsecond",
        )),
        (true, micros) => Ok(Instant::Ago(micros)),
        (false, _) => Ok(Instant::Ahead),
    })
}

fn unit_micros(unit: &str) -> Option<i128> {
    Some(match unit.to_lowercase().as_str() {
        "us" | "microsecond" | "microseconds" => 1,
        "ms" | "millisecond" | "milliseconds" => 1_000,
        "s" | "sec" | "secs" | "second" | "seconds" => 1_000_000,
        "m" | "min" | "mins" | "minute" | "minutes" => 60_000_000,
        "h" | "hour" | "hours" => 3_600_000_000,
        "d" | "day" | "days" => 86_400_000_000,
        "w" | "week" | "weeks" => 604_800_000_000,
        _ => return None,
    })
}

fn scaled(number: &str, unit: i128) -> Option<i128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if fraction.len() > 12 || whole.len() > 12 {
        return None;
    }
    let whole: i128 = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    let parts: i128 = if fraction.is_empty() {
        0
    } else {
        fraction.parse().ok()?
    };
    let scale = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    whole
        .checked_mul(unit)?
        .checked_add(parts.checked_mul(unit)? / scale)
}
