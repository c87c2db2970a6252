//! What kind of thing a relation is, and what it needs of others.

use std::fmt;

use cairn_storage::TableId;
use serde::{Deserialize, Serialize};

use crate::ColumnId;

/// What kind of thing a relation is, with what only that kind has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ObjectKind {
    Table,
    View(ViewDefinition),
    Sequence(SequenceOptions),
}

impl fmt::Display for ObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Table => "table",
            Self::View(_) => "view",
            Self::Sequence(_) => "sequence",
        })
    }
}

/// A stored query. The view's columns, with their types, are the descriptor's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewDefinition {
    /// The SELECT as SQL text, every relation in it as `database.public.name`.
    pub query: String,
    /// The relations it reads; each has the view among its `dependents`.
    pub reads: Vec<Dependency>,
}

/// One end of a reference between two relations; the other end holds its mirror image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dependency {
    /// The other relation.
    pub relation: TableId,
    /// The columns meant, always those of the relation that is depended on. Empty: it as a whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<ColumnId>,
}

/// How a sequence counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SequenceOptions {
    /// Never 0.
    pub increment: i64,
    pub min: i64,
    pub max: i64,
    pub start: i64,
    /// How many values a session takes at once; at least 1.
    pub cache: i64,
    /// Counts the changes of these options, so that values reserved under older ones are not handed out.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub revision: u32,
    /// The column it was made for (SERIAL, IDENTITY): it goes when the column goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<ColumnRef>,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// One column of one table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnRef {
    pub table: TableId,
    pub column: ColumnId,
}

/// `INTERLEAVE IN PARENT`: a declared hierarchy, without any meaning for where rows lie.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interleave {
    pub parent: TableId,
    /// How many leading columns of the child's key are the parent's whole key.
    pub shared_columns: u32,
}
