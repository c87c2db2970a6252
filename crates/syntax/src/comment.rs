//! COMMENT ON.

use std::fmt;

use crate::{Name, location::quoted, target::separated};

/// `COMMENT ON object IS 'text'`; without a text, the comment goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    pub on: CommentTarget,
    pub text: Option<String>,
}

/// What a comment is about. Names have their qualifiers before them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommentTarget {
    Database(Name),
    /// A table, or with its own word a view or a sequence.
    Relation {
        kind: RelationKind,
        name: Vec<Name>,
    },
    /// The last part is the column's.
    Column(Vec<Name>),
    /// `table@index` or the index's own name.
    Index {
        table: Option<Vec<Name>>,
        index: Vec<Name>,
    },
    Constraint {
        name: Name,
        table: Vec<Name>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelationKind {
    Table,
    View,
    Sequence,
}

impl RelationKind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Table => "TABLE",
            Self::View => "VIEW",
            Self::Sequence => "SEQUENCE",
        }
    }
}

impl fmt::Display for CommentTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(name) => write!(f, "DATABASE {name}"),
            Self::Relation { kind, name } => {
                write!(f, "{} {}", kind.word(), separated(name, "."))
            }
            Self::Column(name) => write!(f, "COLUMN {}", separated(name, ".")),
            Self::Index { table: None, index } => write!(f, "INDEX {}", separated(index, ".")),
            Self::Index {
                table: Some(table),
                index,
            } => write!(
                f,
                "INDEX {}@{}",
                separated(table, "."),
                separated(index, ".")
            ),
            Self::Constraint { name, table } => {
                write!(f, "CONSTRAINT {name} ON {}", separated(table, "."))
            }
        }
    }
}

impl fmt::Display for Comment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "COMMENT ON {} IS ", self.on)?;
        match &self.text {
            Some(text) => f.write_str(&quoted(text)),
            None => f.write_str("NULL"),
        }
    }
}
