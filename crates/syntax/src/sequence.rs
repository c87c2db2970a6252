//! CREATE SEQUENCE, ALTER SEQUENCE, and the new names of objects that ALTER TABLE does not rename.

use std::fmt;

use sqlparser::ast;

use crate::{Name, target::separated};

/// `CREATE SEQUENCE [IF NOT EXISTS] name option …`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateSequence {
    pub if_not_exists: bool,
    pub name: Vec<Name>,
    pub options: Vec<SequenceOption>,
}

/// `ALTER SEQUENCE [IF EXISTS] name option …`.
#[derive(Debug, Clone, PartialEq)]
pub struct AlterSequence {
    pub if_exists: bool,
    pub name: Vec<Name>,
    pub options: Vec<SequenceOption>,
}

/// One option of a sequence. `None` is what `NO MINVALUE` and the like say.
#[derive(Debug, Clone, PartialEq)]
pub enum SequenceOption {
    As(ast::DataType),
    Increment(i64),
    MinValue(Option<i64>),
    MaxValue(Option<i64>),
    Start(i64),
    /// Without a number: from the start value.
    Restart(Option<i64>),
    Cache(i64),
    Cycle(bool),
    /// `None`: `OWNED BY NONE`.
    OwnedBy(Option<Vec<Name>>),
    Virtual,
}

/// `ALTER VIEW|SEQUENCE|DATABASE [IF EXISTS] name RENAME TO name`.
#[derive(Debug, Clone, PartialEq)]
pub struct Rename {
    pub kind: RenamedKind,
    pub if_exists: bool,
    pub name: Vec<Name>,
    pub to: Vec<Name>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RenamedKind {
    View,
    Sequence,
    Database,
}

impl RenamedKind {
    pub fn word(self) -> &'static str {
        match self {
            RenamedKind::View => "VIEW",
            RenamedKind::Sequence => "SEQUENCE",
            RenamedKind::Database => "DATABASE",
        }
    }
}

impl fmt::Display for CreateSequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CREATE SEQUENCE ")?;
        if self.if_not_exists {
            f.write_str("IF NOT EXISTS ")?;
        }
        f.write_str(&separated(&self.name, "."))?;
        write_options(&self.options, f)
    }
}

impl fmt::Display for AlterSequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ALTER SEQUENCE ")?;
        if self.if_exists {
            f.write_str("IF EXISTS ")?;
        }
        f.write_str(&separated(&self.name, "."))?;
        write_options(&self.options, f)
    }
}

fn write_options(options: &[SequenceOption], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    options.iter().try_for_each(|option| write!(f, " {option}"))
}

impl fmt::Display for SequenceOption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SequenceOption::As(ty) => write!(f, "AS {ty}"),
            SequenceOption::Increment(by) => write!(f, "INCREMENT BY {by}"),
            SequenceOption::MinValue(Some(value)) => write!(f, "MINVALUE {value}"),
            SequenceOption::MinValue(None) => f.write_str("NO MINVALUE"),
            SequenceOption::MaxValue(Some(value)) => write!(f, "MAXVALUE {value}"),
            SequenceOption::MaxValue(None) => f.write_str("NO MAXVALUE"),
            SequenceOption::Start(value) => write!(f, "START WITH {value}"),
            SequenceOption::Restart(Some(value)) => write!(f, "RESTART WITH {value}"),
            SequenceOption::Restart(None) => f.write_str("RESTART"),
            SequenceOption::Cache(count) => write!(f, "CACHE {count}"),
            SequenceOption::Cycle(true) => f.write_str("CYCLE"),
            SequenceOption::Cycle(false) => f.write_str("NO CYCLE"),
            SequenceOption::OwnedBy(None) => f.write_str("OWNED BY NONE"),
            SequenceOption::OwnedBy(Some(column)) => {
                write!(f, "OWNED BY {}", separated(column, "."))
            }
            SequenceOption::Virtual => f.write_str("VIRTUAL"),
        }
    }
}

impl fmt::Display for Rename {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ALTER {} ", self.kind.word())?;
        if self.if_exists {
            f.write_str("IF EXISTS ")?;
        }
        let (name, to) = (separated(&self.name, "."), separated(&self.to, "."));
        write!(f, "{name} RENAME TO {to}")
    }
}
