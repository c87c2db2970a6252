//! A session's settings: `SET`, `SHOW`, and what drivers set when they connect.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use crate::{Result, Severity, SqlError, SqlState};

/// What a variable may be set to.
enum Rule {
    /// Anything: it only informs.
    Free,
    /// One of these; others are known and do nothing here, so they are refused.
    Only(&'static [&'static str]),
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// `on` or `off`.
    Switch,
    /// Milliseconds, or a number with a unit.
    Duration,
    /// A time zone.
    Zone,
    /// Never.
    Fixed,
}

/// The time zone of a session that has not set another.
pub(super) const UTC: &str = "UTC";

/// What `client_min_messages` may be.
const LEVELS: [&str; 9] = [
    "debug5", "debug4", "debug3", "debug2", "debug1", "log", "notice", "warning", "error",
];

/// The variables there are: name, first value, rule. Names are compared in lower case and shown as here.
const VARIABLES: &[(&str, &str, Rule)] = &[
    ("application_name", "", Rule::Free),
    ("bytea_output", "hex", Rule::Only(&["hex"])),
    (
        "client_encoding",
        "UTF8",
        Rule::Only(&["utf8", "utf-8", "unicode"]),
    ),
    ("client_min_messages", "notice", Rule::OneOf(&LEVELS)),
    ("copy_from_atomic_enabled", "on", Rule::Switch),
    (
        "DateStyle",
        "ISO, MDY",
        Rule::Only(&["iso", "iso, mdy", "iso,mdy"]),
    ),
    (
        "default_transaction_isolation",
        "serializable",
        Rule::Only(&["serializable"]),
    ),
    ("default_transaction_read_only", "off", Rule::Switch),
    // Floats are always printed so that they read back as themselves, which is what these three mean.
    ("extra_float_digits", "1", Rule::Only(&["1", "2", "3"])),
    ("idle_in_transaction_session_timeout", "0", Rule::Duration),
    ("in_hot_standby", "off", Rule::Fixed),
    ("integer_datetimes", "on", Rule::Fixed),
    ("IntervalStyle", "postgres", Rule::Only(&["postgres"])),
    ("is_superuser", "on", Rule::Fixed),
    ("lock_timeout", "0", Rule::Only(&["0"])),
    ("max_identifier_length", "128", Rule::Fixed),
    ("max_index_keys", "32", Rule::Fixed),
    ("row_security", "off", Rule::Only(&["off"])),
    (
        "search_path",
        "\"$user\", public",
        Rule::Only(&[
            "public",
            "\"$user\", public",
            "\"$user\",public",
            "$user, public",
        ]),
    ),
    ("server_encoding", "UTF8", Rule::Fixed),
    ("server_version", "15.0", Rule::Fixed),
    ("server_version_num", "150000", Rule::Fixed),
    (
        "standard_conforming_strings",
        "on",
        Rule::Only(&["on", "true"]),
    ),
    ("statement_timeout", "0", Rule::Duration),
    ("synchronous_commit", "on", Rule::Only(&["on", "true"])),
    ("TimeZone", UTC, Rule::Zone),
    (
        "transaction_isolation",
        "serializable",
        Rule::Only(&["serializable"]),
    ),
    (
        "transaction_read_only",
        "off",
        Rule::Only(&["off", "false"]),
    ),
];

#[derive(Debug, Clone, Default)]
pub(crate) struct Variables {
    /// What the client gave as it connected: what RESET goes back to.
    given: Arc<BTreeMap<&'static str, String>>,
    set: BTreeMap<&'static str, String>,
}

impl Variables {
    pub fn get(&self, name: &str) -> Option<String> {
        let (name, first, _) = find(name)?;
        Some(self.value(name, first))
    }

    fn value(&self, name: &str, first: &str) -> String {
        let value = self.set.get(name).or_else(|| self.given.get(name));
        value.cloned().unwrap_or_else(|| first.to_owned())
    }

    /// Sets a variable for the whole session, as the client wants it when it connects.
    pub fn give(&mut self, name: &str, value: &str) -> Result<()> {
        self.set(name, Some(value))?;
        Arc::make_mut(&mut self.given).append(&mut self.set);
        Ok(())
    }

    /// Sets a variable. `None` gives it its first value again.
    pub fn set(&mut self, name: &str, value: Option<&str>) -> Result<()> {
        let Some((shown, _, rule)) = find(name) else {
            return Err(SqlError::new(
                SqlState::UndefinedObject,
                format!("unrecognized configuration parameter {name:?}"),
            ));
        };
        let Some(value) = value else {
            self.set.remove(shown);
            return Ok(());
        };
        let folded = value.trim().to_lowercase();
        let value = match rule {
            Rule::Free => value.to_owned(),
            Rule::Only(known) if known.contains(&folded.as_str()) => match self.get(name) {
                Some(present) => present,
                None => value.to_owned(),
            },
            Rule::Only(_) => {
                return Err(SqlError::unsupported(format_args!("{shown} = '{value}'")));
            }
            Rule::OneOf(known) if known.contains(&folded.as_str()) => folded,
            Rule::OneOf(known) => {
                return Err(SqlError::new(
                    SqlState::InvalidParameterValue,
                    format!("invalid value for parameter {shown:?}: {value:?}"),
                )
                .hint(format!("one of {}", known.join(", "))));
            }
            Rule::Switch => match folded.as_str() {
                "on" | "true" | "yes" | "1" => "on".to_owned(),
                "off" | "false" | "no" | "0" => "off".to_owned(),
                _ => {
                    return Err(SqlError::new(
                        SqlState::InvalidParameterValue,
                        format!("parameter {shown:?} requires a boolean value"),
                    ));
                }
            },
            Rule::Duration => match milliseconds(&folded) {
                Some(duration) => shown_duration(duration),
                None => {
                    return Err(SqlError::new(
                        SqlState::InvalidParameterValue,
                        format!("invalid value for parameter {shown:?}: {value:?}"),
                    )
                    .hint("milliseconds, or a number with one of the units ms, s, min, h, d; 0 for none"));
                }
            },
            Rule::Zone => match cairn_rows::Zone::setting(value) {
                Some(name) => name,
                None => {
                    return Err(SqlError::new(
                        SqlState::InvalidParameterValue,
                        format!("invalid value for parameter {shown:?}: {value:?}"),
                    )
                    .hint("a name such as Europe/Berlin, or hours east of Greenwich"));
                }
            },
            Rule::Fixed => {
                return Err(SqlError::new(
                    SqlState::ObjectNotInPrerequisiteState,
                    format!("parameter {shown:?} cannot be changed"),
                ));
            }
        };
        self.set.insert(shown, value);
        Ok(())
    }

    /// Every variable back to its first value.
    pub fn reset(&mut self) {
        self.set.clear();
    }

    /// All, in order.
    pub fn all(&self) -> BTreeMap<String, String> {
        VARIABLES
            .iter()
            .map(|(name, first, _)| ((*name).to_owned(), self.value(name, first)))
            .collect()
    }

    /// Whether the client wants to be told of this.
    pub fn tells(&self, severity: Severity) -> bool {
        match self.get("client_min_messages").as_deref() {
            Some("error") => false,
            Some("warning") => severity == Severity::Warning,
            _ => true,
        }
    }

    /// A duration, unless it is 0, which means none.
    pub fn duration(&self, name: &str) -> Option<Duration> {
        let milliseconds = milliseconds(&self.get(name)?)?;
        (milliseconds > 0).then(|| Duration::from_millis(milliseconds))
    }

    pub fn is_on(&self, name: &str) -> bool {
        self.get(name).as_deref() == Some("on")
    }
}

const UNITS: [(&str, u64); 5] = [
    ("ms", 1),
    ("min", 60_000),
    ("s", 1_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];

/// `250`, `250ms`, `2 s`, `5min`: as milliseconds, at most 24 days, as in PostgreSQL.
fn milliseconds(text: &str) -> Option<u64> {
    let unit = UNITS.iter().find(|(unit, _)| text.ends_with(unit));
    let (number, factor) = match unit {
        Some((unit, factor)) => (text.strip_suffix(unit)?, *factor),
        None => (text, 1),
    };
    let total = number.trim().parse::<u64>().ok()?.checked_mul(factor)?;
    (total <= i32::MAX as u64).then_some(total)
}

/// In the largest unit that has no rest.
fn shown_duration(milliseconds: u64) -> String {
    let fits = |factor: u64| milliseconds >= factor && milliseconds.is_multiple_of(factor);
    let units = UNITS.iter().filter(|(_, factor)| fits(*factor));
    match units.max_by_key(|(_, factor)| *factor) {
        Some((unit, factor)) => format!("{}{unit}", milliseconds / factor),
        None => "0".to_owned(),
    }
}

fn find(name: &str) -> Option<&'static (&'static str, &'static str, Rule)> {
    let name = match name.to_lowercase().as_str() {
        "time zone" => "timezone".to_owned(),
        "names" => "client_encoding".to_owned(),
        other => other.to_owned(),
    };
    VARIABLES
        .iter()
        .find(|(known, _, _)| known.to_lowercase() == name)
}
