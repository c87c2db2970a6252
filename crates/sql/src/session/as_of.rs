//! What the constant of AS OF SYSTEM TIME means (reference 1.9).

use cairn_catalog::{ColumnDescriptor, ColumnId, ColumnType};
use cairn_rows::{Datum, Zone};
use cairn_storage::{Engine, Version};
use cairn_syntax::{
    AsOf,
    ast::{CastKind, DataType, Expr, Interval, SelectItem, UnaryOperator, Value},
};
use futures::TryStreamExt;

use super::Session;
use crate::{
    Result, SqlError, SqlState,
    change::{assign, update::select},
};

impl Session {
    /// The version a constant expression stands for, checked against the present. What is more than a literal is worked out first.
    pub(crate) async fn version_of(&self, as_of: &AsOf) -> Result<Version> {
        let engine = self.node().engine().as_ref();
        if !is_computed(&as_of.0) {
            return version(as_of, engine);
        }
        if let Some(later) = later_function(&as_of.0) {
            return Err(SqlError::unsupported(format_args!(
                "{later} in AS OF SYSTEM TIME"
            )));
        }
        if !is_constant(&as_of.0) {
            return Err(not_constant(&as_of.0));
        }
        let text = Expr::Cast {
            kind: CastKind::Cast,
            expr: Box::new(Expr::Nested(Box::new(as_of.0.clone()))),
            data_type: DataType::Text,
            array: false,
            format: None,
        };
        let scope = self.scope_now().await?;
        let item = SelectItem::UnnamedExpr(text);
        let plan = scope.plan_query(select(vec![item], Vec::new(), None)?, &[])?;
        let batches: Vec<_> = scope.run(&plan).await?.try_collect().await?;
        let column = ColumnDescriptor::new(ColumnId(1), "", ColumnType::String { max: None });
        for batch in &batches {
            if let Some(Datum::String(text)) = assign::rows(batch, &[&column], Zone::UTC)?
                .into_iter()
                .flatten()
                .next()
            {
                return at(from_text(&text)?, engine);
            }
        }
        Err(wrong("expected timestamp, got unknown (NULL)"))
    }
}

/// Whether this is more than a literal.
fn is_computed(expr: &Expr) -> bool {
    match expr {
        Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => is_computed(inner),
        Expr::BinaryOp { .. } | Expr::Function(_) => true,
        _ => false,
    }
}

/// Whether it is made of literals and operators alone.
fn is_constant(expr: &Expr) -> bool {
    match expr {
        Expr::Nested(inner)
        | Expr::Cast { expr: inner, .. }
        | Expr::UnaryOp { expr: inner, .. } => is_constant(inner),
        Expr::BinaryOp { left, right, .. } => is_constant(left) && is_constant(right),
        Expr::Value(value) => !matches!(value.value, Value::Placeholder(_)),
        Expr::Interval(interval) => is_constant(&interval.value),
        Expr::TypedString(_) => true,
        _ => false,
    }
}

/// A function of later releases that stands for an instant.
fn later_function(expr: &Expr) -> Option<String> {
    const LATER: [&str; 4] = [
        "follower_read_timestamp",
        "experimental_follower_read_timestamp",
        "with_min_timestamp",
        "with_max_staleness",
    ];
    match expr {
        Expr::Function(function) => {
            let name = function.name.to_string().to_lowercase();
            LATER.contains(&name.as_str()).then(|| format!("{name}()"))
        }
        _ => None,
    }
}

/// The version a literal stands for, checked against the present.
fn version(as_of: &AsOf, engine: &dyn Engine) -> Result<Version> {
    at(instant(&as_of.0)?, engine)
}

fn at(instant: Instant, engine: &dyn Engine) -> Result<Version> {
    let timeline = engine.timeline();
    let now = timeline.now();
    let version = match instant {
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

/// PostgreSQL's other forms of an interval, such as `-1 day -02:00:00`; a month has 30 days.
fn stored_interval(text: &str) -> Option<Result<Instant>> {
    let Ok(Datum::Interval(interval)) = Datum::parse_text(&ColumnType::Interval, text) else {
        return None;
    };
    let micros = i64::try_from(interval.length()).ok()?;
    Some(match micros.checked_neg()? {
        0 => Err(too_small()),
        ago if ago > 0 => Ok(Instant::Ago(ago)),
        _ => Ok(Instant::Ahead),
    })
}

fn too_small() -> SqlError {
    wrong("interval value is too small: it must be at least one microsecond")
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

/// `None` if the text is no interval.
fn interval(text: &str) -> Option<Result<Instant>> {
    signed_interval(text).or_else(|| stored_interval(text))
}

/// `-10s`, `-1h30m`, `-1 day 2 hours`: the sign counts for all of it.
fn signed_interval(text: &str) -> Option<Result<Instant>> {
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
        (_, 0) => Err(too_small()),
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
