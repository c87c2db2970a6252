//! Changes of definitions that sqlparser does not read: CockroachDB's forms.

use std::fmt;

use sqlparser::ast;

use crate::{Name, target::separated};

/// A change of an index or a primary key. Changes of tables are otherwise sqlparser's `ALTER TABLE`.
#[derive(Debug, Clone, PartialEq)]
pub enum Alter {
    /// `ALTER INDEX [IF EXISTS] index RENAME TO name`.
    RenameIndex {
        if_exists: bool,
        index: IndexName,
        to: Name,
    },
    /// `DROP INDEX [CONCURRENTLY] [IF EXISTS] index, … [CASCADE | RESTRICT]`.
    DropIndex {
        if_exists: bool,
        indexes: Vec<IndexName>,
        cascade: bool,
    },
    /// `ALTER TABLE [IF EXISTS] table ALTER PRIMARY KEY USING COLUMNS (column, …)`.
    PrimaryKey {
        if_exists: bool,
        table: Vec<Name>,
        columns: Vec<ast::IndexColumn>,
    },
}

/// An index: `[table@]name`, or a name with its database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexName {
    pub table: Option<Vec<Name>>,
    /// One part where there is a table.
    pub name: Vec<Name>,
}

impl fmt::Display for IndexName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(table) = &self.table {
            write!(f, "{}@", separated(table, "."))?;
        }
        f.write_str(&separated(&self.name, "."))
    }
}

impl fmt::Display for Alter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exists = |if_exists: &bool| if *if_exists { "IF EXISTS " } else { "" };
        match self {
            Alter::RenameIndex {
                if_exists,
                index,
                to,
            } => write!(f, "ALTER INDEX {}{index} RENAME TO {to}", exists(if_exists)),
            Alter::DropIndex {
                if_exists,
                indexes,
                cascade,
            } => write!(
                f,
                "DROP INDEX {}{}{}",
                exists(if_exists),
                separated(indexes, ", "),
                if *cascade { " CASCADE" } else { "" }
            ),
            Alter::PrimaryKey {
                if_exists,
                table,
                columns,
            } => write!(
                f,
                "ALTER TABLE {}{} ALTER PRIMARY KEY USING COLUMNS ({})",
                exists(if_exists),
                separated(table, "."),
                separated(columns, ", ")
            ),
        }
    }
}
