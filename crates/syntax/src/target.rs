//! What a BACKUP or RESTORE is about.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Name, SyntaxError, parse_targets};

/// Either databases, or tables and patterns of tables; never both. Stored as they are printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Targets {
    Databases(Vec<Name>),
    Tables(Vec<TablePattern>),
}

impl From<Targets> for String {
    fn from(targets: Targets) -> String {
        targets.to_string()
    }
}

impl TryFrom<String> for Targets {
    type Error = SyntaxError;

    fn try_from(text: String) -> Result<Targets, SyntaxError> {
        parse_targets(&text)
    }
}

/// One entry of a table list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TablePattern {
    /// `table`, `database.table`, `database.schema.table`.
    Table(Vec<Name>),
    /// `*`, `database.*`, `database.schema.*`: the names before the star.
    All(Vec<Name>),
}

impl fmt::Display for Targets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Targets::Databases(names) => write!(f, "DATABASE {}", separated(names, ", ")),
            Targets::Tables(patterns) => write!(f, "TABLE {}", separated(patterns, ", ")),
        }
    }
}

impl fmt::Display for TablePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TablePattern::Table(parts) => f.write_str(&separated(parts, ".")),
            TablePattern::All(parts) if parts.is_empty() => f.write_str("*"),
            TablePattern::All(parts) => write!(f, "{}.*", separated(parts, ".")),
        }
    }
}

/// The database that the names before a table or a star stand for: nothing, a database, schema `public`, or both.
///
/// `exists` tells whether there is a database of that name; one called `public` wins over the schema.
pub fn database_of(
    qualifier: &[Name],
    current: Option<&str>,
    exists: impl Fn(&str) -> bool,
) -> Option<String> {
    match qualifier {
        [] => current.map(str::to_owned),
        [name] if name.as_str() == SCHEMA && !exists(SCHEMA) => current.map(str::to_owned),
        [database] => Some(database.as_str().to_owned()),
        [database, schema] if schema.as_str() == SCHEMA => Some(database.as_str().to_owned()),
        _ => None,
    }
}

/// The one schema that every database has.
const SCHEMA: &str = "public";

pub(crate) fn separated<T: fmt::Display>(items: &[T], separator: &str) -> String {
    items
        .iter()
        .map(T::to_string)
        .collect::<Vec<_>>()
        .join(separator)
}
