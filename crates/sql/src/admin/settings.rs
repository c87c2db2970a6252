//! Cluster settings: what there is, what they may be set to, what they are.
//!
//! A setting stands here only if something acts on it. The values are part of the catalog, so that whoever has a view of today has
//! them too, and they are in force with the commit that sets them.

mod foreign;
mod kind;

use cairn_blob::settings::{GS_DEFAULT_KEY, HTTP_CUSTOM_CA, TIMEOUT};
use cairn_catalog::{View, put_setting};
use cairn_syntax::SetClusterSetting;

use self::kind::Kind;
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

/// By name.
const SETTINGS: [Setting; 7] = [
    Setting {
        name: GS_DEFAULT_KEY,
        kind: Kind::Key,
        default: "",
        description: "the JSON key of the service account for gs URLs",
    },
    Setting {
        name: HTTP_CUSTOM_CA,
        kind: Kind::Certificates,
        default: "",
        description: "certificates (PEM) that are trusted beside the system's, for https URLs and for services with an endpoint",
    },
    Setting {
        name: TIMEOUT,
        kind: Kind::Duration {
            least: 1,
            most: 24 * 60 * 60,
        },
        default: "600",
        description: "how long one request to a storage location may take",
    },
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
        Some(value) => Some(setting.kind.read(name, &setting.kind.text_of(value)?)?),
        None => None,
    };
    let value = match value {
        Some(key) if setting.kind == Kind::Key && !key.is_empty() => {
            Some(attempt.storage.seal_gs_key(&key)?)
        }
        value => value,
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
