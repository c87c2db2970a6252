//! The SHOW family.

use std::fmt;

use crate::{
    LocationExpr, Name, Targets, WithOption, ZoneObject,
    backup::write_options,
    location::{Shown, write_list},
    name::quote,
    setting::dotted,
    target::separated,
};

/// A SHOW statement; each can also be a row source: `SELECT … FROM [SHOW …]`.
#[derive(Debug, Clone, PartialEq)]
pub enum Show {
    /// `SHOW BACKUP [SCHEMAS|FILES] location, … [WITH …]`.
    Backup {
        form: BackupForm,
        /// One backup, or a chain, oldest first.
        locations: Vec<LocationExpr>,
        options: Vec<WithOption>,
    },
    /// `SHOW BACKUP CONNECTION location`: whether backups can be kept there.
    BackupConnection(LocationExpr),
    Jobs,
    Job(String),
    Databases,
    /// `SHOW SCHEMAS [FROM database]`.
    Schemas {
        database: Option<Name>,
    },
    /// `SHOW TABLES [FROM database[.schema]]`.
    Tables {
        from: Vec<Name>,
    },
    Columns {
        table: Vec<Name>,
    },
    Indexes {
        table: Vec<Name>,
    },
    Constraints {
        table: Vec<Name>,
    },
    /// `SHOW CREATE [TABLE|VIEW|SEQUENCE] name`.
    Create {
        kind: Option<CreatedKind>,
        name: Vec<Name>,
    },
    CreateDatabase(Name),
    /// `SHOW SEQUENCES [FROM database[.schema]]`.
    Sequences {
        from: Vec<Name>,
    },
    Users,
    /// `SHOW GRANTS [ON targets] [FOR users]`.
    Grants {
        on: Option<Targets>,
        users: Vec<Name>,
    },
    /// `SHOW CLUSTER SETTING name`.
    ClusterSetting(String),
    ClusterSettings,
    /// `SHOW ZONE CONFIGURATION FOR object`; EXPERIMENTAL has other columns.
    Zone {
        object: ZoneObject,
        experimental: bool,
    },
    Zones {
        experimental: bool,
    },
    /// `SHOW name`.
    Variable(Name),
    /// `SHOW ALL`.
    Variables,
}

/// What a SHOW BACKUP tells of a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackupForm {
    /// Its objects.
    Objects,
    /// The same with the statements that make them.
    Schemas,
    /// Its data files.
    Files,
}

/// What a SHOW CREATE says it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreatedKind {
    Table,
    View,
    Sequence,
}

impl CreatedKind {
    pub fn word(self) -> &'static str {
        match self {
            CreatedKind::Table => "TABLE",
            CreatedKind::View => "VIEW",
            CreatedKind::Sequence => "SEQUENCE",
        }
    }
}

impl Show {
    pub(crate) fn write(&self, f: &mut dyn fmt::Write, shown: Shown<'_>) -> fmt::Result {
        match self {
            Show::Backup {
                form,
                locations,
                options,
            } => {
                f.write_str(match form {
                    BackupForm::Objects => "SHOW BACKUP ",
                    BackupForm::Schemas => "SHOW BACKUP SCHEMAS ",
                    BackupForm::Files => "SHOW BACKUP FILES ",
                })?;
                write_list(locations, f, shown)?;
                write_options(options, f, shown)
            }
            Show::BackupConnection(location) => {
                f.write_str("SHOW BACKUP CONNECTION ")?;
                location.write(f, shown)
            }
            Show::Jobs => f.write_str("SHOW JOBS"),
            Show::Job(id) => write!(f, "SHOW JOB {id}"),
            Show::Databases => f.write_str("SHOW DATABASES"),
            Show::Schemas { database: None } => f.write_str("SHOW SCHEMAS"),
            Show::Schemas {
                database: Some(name),
            } => write!(f, "SHOW SCHEMAS FROM {name}"),
            Show::Tables { from } if from.is_empty() => f.write_str("SHOW TABLES"),
            Show::Tables { from } => write!(f, "SHOW TABLES FROM {}", separated(from, ".")),
            Show::Columns { table } => write!(f, "SHOW COLUMNS FROM {}", separated(table, ".")),
            Show::Indexes { table } => write!(f, "SHOW INDEXES FROM {}", separated(table, ".")),
            Show::Constraints { table } => {
                write!(f, "SHOW CONSTRAINTS FROM {}", separated(table, "."))
            }
            Show::Create { kind: None, name } => write!(f, "SHOW CREATE {}", separated(name, ".")),
            Show::Create {
                kind: Some(kind),
                name,
            } => write!(f, "SHOW CREATE {} {}", kind.word(), separated(name, ".")),
            Show::CreateDatabase(name) => write!(f, "SHOW CREATE DATABASE {name}"),
            Show::Sequences { from } if from.is_empty() => f.write_str("SHOW SEQUENCES"),
            Show::Sequences { from } => write!(f, "SHOW SEQUENCES FROM {}", separated(from, ".")),
            Show::Users => f.write_str("SHOW USERS"),
            Show::Grants { on, users } => {
                f.write_str("SHOW GRANTS")?;
                if let Some(on) = on {
                    write!(f, " ON {on}")?;
                }
                if !users.is_empty() {
                    write!(f, " FOR {}", separated(users, ", "))?;
                }
                Ok(())
            }
            Show::ClusterSetting(name) => {
                write!(f, "SHOW CLUSTER SETTING {}", dotted(name))
            }
            Show::ClusterSettings => f.write_str("SHOW ALL CLUSTER SETTINGS"),
            Show::Zone {
                object,
                experimental,
            } => write!(
                f,
                "{}SHOW ZONE CONFIGURATION FOR {object}",
                if *experimental { "EXPERIMENTAL " } else { "" }
            ),
            Show::Zones { experimental } => f.write_str(match experimental {
                true => "EXPERIMENTAL SHOW ALL ZONE CONFIGURATIONS",
                false => "SHOW ALL ZONE CONFIGURATIONS",
            }),
            Show::Variable(name) => {
                let parts: Vec<_> = name.as_str().split('.').map(quote).collect();
                write!(f, "SHOW {}", parts.join("."))
            }
            Show::Variables => f.write_str("SHOW ALL"),
        }
    }
}
