//! What a BACKUP or RESTORE is about.

use std::fmt;

use crate::Name;

/// Either databases, or tables and patterns of tables; never both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Targets {
    Databases(Vec<Name>),
    Tables(Vec<TablePattern>),
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

pub(crate) fn separated<T: fmt::Display>(items: &[T], separator: &str) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join(separator)
}
