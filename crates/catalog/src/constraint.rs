//! Constraints that are not indexes: CHECK and FOREIGN KEY. A UNIQUE constraint is an index that says so.

use std::fmt;

use cairn_storage::TableId;
use serde::{Deserialize, Serialize};

use crate::ColumnId;

/// Whether a constraint holds of all rows yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConstraintState {
    /// Every row was checked.
    #[default]
    Public,
    /// Every writer checks it; the rows from before are still being looked at.
    Validating,
}

/// A condition on the values of one row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckConstraint {
    pub name: String,
    /// The condition as SQL text over the table's columns. Not false means fulfilled: NULL is.
    pub condition: String,
    /// The columns it names.
    pub columns: Vec<ColumnId>,
    #[serde(default)]
    pub state: ConstraintState,
}

/// A row's columns must be the unique columns of a row of another table, or one of them NULL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignKey {
    pub name: String,
    pub columns: Vec<ColumnId>,
    /// The table referred to, maybe this one; it has this table in `referenced_by`.
    pub referenced: TableId,
    /// As many as `columns`, in the same order; a unique index of `referenced` is over just these.
    pub referenced_columns: Vec<ColumnId>,
    #[serde(default)]
    pub on_delete: ReferentialAction,
    #[serde(default)]
    pub on_update: ReferentialAction,
    #[serde(default)]
    pub state: ConstraintState,
}

/// What happens to referring rows when the row they refer to goes or changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReferentialAction {
    /// An error, if some still refer at the end of the statement.
    #[default]
    NoAction,
    /// An error at once.
    Restrict,
    Cascade,
    SetNull,
}

impl fmt::Display for ReferentialAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoAction => "NO ACTION",
            Self::Restrict => "RESTRICT",
            Self::Cascade => "CASCADE",
            Self::SetNull => "SET NULL",
        })
    }
}
