//! Every statement Cairn knows.

use std::fmt;

use sqlparser::ast;

use crate::{
    Alter, AlterSequence, Backup, Comment, ConfigureZone, Copy, CreateInterleaved, CreateSequence,
    Grant, Name, Query, Rename, Restore, SetClusterSetting, Show, UserStatement, Vacuum,
    location::Shown, name::quote, target::separated,
};

#[derive(Debug, Clone, PartialEq)]
pub enum Statement {
    Backup(Backup),
    Restore(Restore),
    Show(Show),
    Copy(Copy),
    Comment(Comment),
    Alter(Alter),
    /// `PAUSE|RESUME|CANCEL JOB expression`; the expression as the query `SELECT expression`.
    Job {
        verb: JobVerb,
        job: Box<Query>,
    },
    User(UserStatement),
    Grant(Grant),
    SetClusterSetting(SetClusterSetting),
    ConfigureZone(ConfigureZone),
    /// `UPSERT INTO …`, as the INSERT it is written like.
    Upsert(Box<Query>),
    /// `PREPARE name [(type, …)] AS statement`.
    Prepare {
        name: Name,
        types: Vec<ast::DataType>,
        statement: Box<Statement>,
    },
    CreateSequence(CreateSequence),
    AlterSequence(AlterSequence),
    CreateInterleaved(CreateInterleaved),
    Rename(Rename),
    Vacuum(Vacuum),
    /// Everything that sqlparser reads: queries, INSERT, CREATE, BEGIN, SET …
    Sql(Box<Query>),
    /// A form that Cairn knows of and does not do yet: its name, and the text.
    Later {
        what: String,
        text: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobVerb {
    Pause,
    Resume,
    Cancel,
}

impl JobVerb {
    pub fn word(self) -> &'static str {
        match self {
            JobVerb::Pause => "PAUSE",
            JobVerb::Resume => "RESUME",
            JobVerb::Cancel => "CANCEL",
        }
    }
}

impl Statement {
    /// The normal form with each location passed through `redact`: the only one that may be stored or shown.
    pub fn redacted(&self, redact: &dyn Fn(&str) -> String) -> String {
        self.shown(Shown::Redacted(redact))
    }

    pub(crate) fn shown(&self, shown: Shown<'_>) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = self.write(&mut text, shown);
        text
    }

    fn write(&self, f: &mut dyn fmt::Write, shown: Shown<'_>) -> fmt::Result {
        match self {
            Statement::Backup(backup) => backup.write(f, shown),
            Statement::Restore(restore) => restore.write(f, shown),
            Statement::Show(show) => show.write(f, shown),
            Statement::Copy(copy) => write!(f, "{copy}"),
            Statement::Comment(comment) => write!(f, "{comment}"),
            Statement::Alter(alter) => write!(f, "{alter}"),
            Statement::Job { verb, job } => {
                let text = job.to_string();
                let expression = text.strip_prefix("SELECT ").unwrap_or(&text);
                write!(f, "{} JOB {expression}", verb.word())
            }
            Statement::User(user) => user.write(f, shown),
            Statement::Grant(grant) => write!(f, "{grant}"),
            Statement::SetClusterSetting(setting) => setting.write(f, shown),
            Statement::ConfigureZone(zone) => write!(f, "{zone}"),
            Statement::Upsert(query) => {
                let text = query.to_string();
                write!(f, "UPSERT{}", text.strip_prefix("INSERT").unwrap_or(&text))
            }
            Statement::Prepare {
                name,
                types,
                statement,
            } => {
                write!(f, "PREPARE {}", quote(name.as_str()))?;
                if !types.is_empty() {
                    write!(f, " ({})", separated(types, ", "))?;
                }
                f.write_str(" AS ")?;
                statement.write(f, shown)
            }
            Statement::CreateSequence(create) => write!(f, "{create}"),
            Statement::AlterSequence(alter) => write!(f, "{alter}"),
            Statement::CreateInterleaved(create) => write!(f, "{create}"),
            Statement::Rename(rename) => write!(f, "{rename}"),
            Statement::Vacuum(vacuum) => write!(f, "{vacuum}"),
            Statement::Sql(query) => query.write(f, shown),
            Statement::Later { what, text } => f.write_str(match shown {
                Shown::Whole => text,
                Shown::Redacted(_) => what,
            }),
        }
    }
}

/// The normal form. It holds whatever secrets the statement holds.
impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, Shown::Whole)
    }
}
