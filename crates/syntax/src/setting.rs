//! Cluster settings and zone configurations.

use std::fmt;

use sqlparser::ast::Expr;

use crate::{Name, location::Shown, target::separated};

/// `SET CLUSTER SETTING name = value`; RESET is SET to DEFAULT.
#[derive(Debug, Clone, PartialEq)]
pub struct SetClusterSetting {
    /// In lower case, dots included.
    pub name: String,
    /// `None`: DEFAULT.
    pub value: Option<Box<Expr>>,
}

impl SetClusterSetting {
    pub(crate) fn write(&self, f: &mut dyn fmt::Write, shown: Shown<'_>) -> fmt::Result {
        let name = dotted(&self.name);
        match (&self.value, shown) {
            (None, _) => write!(f, "RESET CLUSTER SETTING {name}"),
            (Some(_), Shown::Redacted(_)) if self.is_secret() => {
                write!(f, "SET CLUSTER SETTING {name} = 'redacted'")
            }
            (Some(value), _) => write!(f, "SET CLUSTER SETTING {name} = {value}"),
        }
    }

    fn is_secret(&self) -> bool {
        self.name.ends_with(".key")
    }
}

/// `ALTER … CONFIGURE ZONE …`, in every spelling.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfigureZone {
    pub object: ZoneObject,
    pub change: ZoneChange,
}

/// What a zone is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ZoneObject {
    /// `default`, `meta`, …
    Range(Name),
    Database(Name),
    Table(Vec<Name>),
    Index {
        table: Vec<Name>,
        index: Name,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub enum ZoneChange {
    /// The object has no zone of its own any more.
    Discard,
    /// `key = value, …`; a value that is `None` is the parent's (`COPY FROM PARENT`).
    Using(Vec<(String, Option<Expr>)>),
    /// `USING DEFAULT`.
    Default,
    /// `CONFIGURE ZONE = '…'` and `EXPERIMENTAL CONFIGURE ZONE '…'`.
    Yaml(String),
}

impl fmt::Display for ConfigureZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER {} CONFIGURE ZONE ", self.object)?;
        match &self.change {
            ZoneChange::Discard => f.write_str("DISCARD"),
            ZoneChange::Default => f.write_str("USING DEFAULT"),
            ZoneChange::Yaml(text) => write!(f, "= '{}'", text.replace('\'', "''")),
            ZoneChange::Using(values) => {
                let values: Vec<_> = values
                    .iter()
                    .map(|(key, value)| match value {
                        Some(value) => format!("{} = {value}", dotted(key)),
                        None => format!("{} = COPY FROM PARENT", dotted(key)),
                    })
                    .collect();
                write!(f, "USING {}", values.join(", "))
            }
        }
    }
}

impl fmt::Display for ZoneObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // `default` is a word here, not a name that wants quotes.
            ZoneObject::Range(name) if name.as_str() == "default" => f.write_str("RANGE default"),
            ZoneObject::Range(name) => write!(f, "RANGE {name}"),
            ZoneObject::Database(name) => write!(f, "DATABASE {name}"),
            ZoneObject::Table(name) => write!(f, "TABLE {}", separated(name, ".")),
            ZoneObject::Index { table, index } => {
                write!(f, "INDEX {}@{index}", separated(table, "."))
            }
        }
    }
}

/// A setting's or key's name as it is read back.
pub(crate) fn dotted(name: &str) -> String {
    let parts: Vec<_> = name.split('.').map(crate::name::quote).collect();
    parts.join(".")
}
