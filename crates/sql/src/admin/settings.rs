//! Cluster settings: what there is, what they may be set to, what they are.
//!
//! A setting stands here only if something acts on it. The values are part of the catalog, so that whoever has a view of today has
//! them too, and they are in force with the commit that sets them.

mod foreign;

use cairn_catalog::{View, put_setting};
use cairn_syntax::{
    SetClusterSetting,
    ast::{Expr, UnaryOperator, Value},
};

use super::Attempt;
use crate::{Result, Session, SqlError, SqlState, show::Columns};

const BACKUP_ENABLED: &str = "feature.backup.enabled";
const RESTORE_ENABLED: &str = "feature.restore.enabled";
const MAX_COMMIT: &str = "kv.transaction.max_commit_bytes";
const MIN_PASSWORD: &str = "server.user_login.min_password_length";

/// The least that a commit may be limited to: nothing that Cairn does by itself needs more.
pub(crate) const LEAST_COMMIT_BYTES: u64 = 8 << 20;

/// One setting.
struct Setting {
    name: &'static str,
    kind: Kind,
    default: &'static str,
    description: &'static str,
}

/// What values a setting takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bool,
    Int { least: u64, most: u64 },
    Bytes { least: u64, most: u64 },
}

/// By name.
const SETTINGS: [Setting; 4] = [
    Setting {
        name: BACKUP_ENABLED,
        kind: Kind::Bool,
        default: "true",
        description: "whether BACKUP may be run",
    },
    Setting {
        name: RESTORE_ENABLED,
        kind: Kind::Bool,
        default: "true",
        description: "whether RESTORE may be run",
    },
    Setting {
        name: MAX_COMMIT,
        kind: Kind::Bytes {
            least: LEAST_COMMIT_BYTES,
            most: 256 << 20,
        },
        default: "268435456",
        description: "the most bytes of keys and values that one transaction may write",
    },
    Setting {
        name: MIN_PASSWORD,
        kind: Kind::Int { least: 1, most: 64 },
        default: "1",
        description: "the fewest characters of a new password",
    },
];

/// The settings in force.
pub(crate) struct ClusterSettings<'a>(&'a View);

impl<'a> ClusterSettings<'a> {
    /// `view` is the catalog of today.
    pub fn of(view: &'a View) -> Self {
        ClusterSettings(view)
    }

    pub fn min_password_length(&self) -> usize {
        usize::try_from(self.number(MIN_PASSWORD)).unwrap_or(usize::MAX)
    }

    pub fn max_commit_bytes(&self) -> u64 {
        self.number(MAX_COMMIT)
    }

    /// # Errors
    /// 0A000 when BACKUP or RESTORE is switched off.
    pub fn feature(&self, what: &str) -> Result<()> {
        let name = match what {
            "BACKUP" => BACKUP_ENABLED,
            _ => RESTORE_ENABLED,
        };
        match self.text(name) {
            "false" => Err(SqlError::new(
                SqlState::FeatureNotSupported,
                format!("feature {what} was disabled by the database administrator"),
            )
            .hint(format!("SET CLUSTER SETTING {name} = true"))),
            _ => Ok(()),
        }
    }

    fn number(&self, name: &str) -> u64 {
        self.text(name).parse().unwrap_or_default()
    }

    fn text(&self, name: &str) -> &'a str {
        let default = find(name).map_or("", |setting| setting.default);
        let view: &'a View = self.0;
        view.settings().get(name).map_or(default, String::as_str)
    }
}

/// Runs SET and RESET CLUSTER SETTING.
pub(super) fn set(
    attempt: &mut Attempt<'_>,
    statement: &SetClusterSetting,
) -> Result<&'static str> {
    attempt.scope.access.root("SET CLUSTER SETTING")?;
    let name = &statement.name;
    let setting = match find(name) {
        Some(setting) => setting,
        None if foreign::is_known(name) => return Err(does_nothing(name)),
        None => {
            return Err(SqlError::new(
                SqlState::UndefinedObject,
                format!("unknown cluster setting '{name}'"),
            ));
        }
    };
    let value = match &statement.value {
        Some(value) => Some(setting.kind.read(name, &text_of(value)?)?),
        None => None,
    };
    put_setting(attempt.transaction, name, value.as_deref())?;
    Ok("SET CLUSTER SETTING")
}

fn find(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.name == name)
}

fn does_nothing(name: &str) -> SqlError {
    SqlError::unsupported(format_args!("cluster setting '{name}'"))
}

/// The text of a constant; a bare word is a text.
fn text_of(value: &Expr) -> Result<String> {
    match value {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) | Value::EscapedStringLiteral(text) => Ok(text.clone()),
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
    fn letter(self) -> &'static str {
        match self {
            Kind::Bool => "b",
            Kind::Int { .. } => "i",
            Kind::Bytes { .. } => "z",
        }
    }

    /// The value as it is stored.
    fn read(self, name: &str, text: &str) -> Result<String> {
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
            Kind::Int { least, most } => (text.parse().ok(), least, most),
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
    fn show(self, stored: &str) -> String {
        match (self, stored.parse::<u64>()) {
            (Kind::Bytes { .. }, Ok(bytes)) => shown_bytes(bytes),
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
fn bytes(text: &str) -> Option<u64> {
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

fn shown_bytes(bytes: u64) -> String {
    let unit = UNITS
        .iter()
        .find(|(_, size)| bytes >= *size && bytes.is_multiple_of(*size));
    match unit {
        Some((name, size)) => format!("{} {name}", bytes / size),
        None => format!("{bytes} B"),
    }
}

pub(crate) fn columns() -> Columns {
    Columns::texts(&["name", "current_value", "type", "description"])
}

impl Session {
    pub(crate) async fn show_cluster_setting(&self, name: &str, rows: &mut Columns) -> Result<()> {
        let scope = self.current_scope().await?;
        scope.access.root("SHOW CLUSTER SETTINGS")?;
        let setting = match find(name) {
            Some(setting) => setting,
            None if foreign::is_known(name) => return Err(does_nothing(name)),
            None => {
                return Err(SqlError::new(
                    SqlState::UndefinedObject,
                    format!("unknown setting: {name:?}"),
                ));
            }
        };
        let value = ClusterSettings::of(&scope.view).text(name);
        rows.push(vec![setting.kind.show(value).into()])
    }

    pub(crate) async fn show_cluster_settings(&self, rows: &mut Columns) -> Result<()> {
        let scope = self.current_scope().await?;
        scope.access.root("SHOW CLUSTER SETTINGS")?;
        for setting in &SETTINGS {
            let value = ClusterSettings::of(&scope.view).text(setting.name);
            rows.push(vec![
                setting.name.into(),
                setting.kind.show(value).into(),
                setting.kind.letter().into(),
                setting.description.into(),
            ])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
