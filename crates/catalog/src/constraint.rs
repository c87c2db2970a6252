//! Constraints that are not indexes: CHECK and FOREIGN KEY. A UNIQUE constraint is an index that says so.

use std::collections::BTreeSet;
use std::fmt;

use cairn_storage::TableId;
use serde::{Deserialize, Serialize};

use crate::{ColumnId, Error, IndexDescriptor, Result, TableDescriptor};

/// Whether a constraint holds of all rows yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConstraintState {
    /// Every row was checked.
    #[default]
    Public,
    /// Every writer checks it; a schema change is still looking at the rows from before, and readers do not know of it.
    Validating,
    /// Declared NOT VALID: every writer checks it, and nobody has looked at the rows from before.
    NotValid,
}

impl ConstraintState {
    /// Whether the constraint is there to stay, so that it is shown.
    pub fn is_declared(self) -> bool {
        self != Self::Validating
    }
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
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

impl TableDescriptor {
    /// The public unique index over exactly these columns, in whatever order; the primary one first.
    pub fn unique_index_over(&self, columns: &[ColumnId]) -> Option<&IndexDescriptor> {
        self.all_indexes()
            .filter(|index| index.unique && index.state.is_public())
            .find(|index| index.columns.len() == columns.len() && index.begins_with_all_of(columns))
    }

    /// A public index whose first columns are exactly these, in whatever order: it finds the rows of a foreign key.
    pub fn index_beginning_with(&self, columns: &[ColumnId]) -> Option<&IndexDescriptor> {
        self.all_indexes()
            .filter(|index| index.state.is_public())
            .find(|index| index.begins_with_all_of(columns))
    }

    /// Whether a constraint has this name: the primary key, a UNIQUE, a CHECK or a foreign key.
    pub fn has_constraint_named(&self, name: &str) -> bool {
        self.primary.name == name
            || self
                .indexes
                .iter()
                .any(|index| index.constraint && index.name == name)
            || self.checks.iter().any(|check| check.name == name)
            || self.foreign_keys.iter().any(|key| key.name == name)
    }

    /// The part of `check` that is about constraints.
    pub(crate) fn check_constraints(&self) -> Result<()> {
        let invalid = |problem: String| {
            Err(Error::Invalid {
                object: format!("table {:?}", self.name),
                problem,
            })
        };
        let unique = self.indexes.iter().filter(|index| index.constraint);
        let names = unique
            .map(|index| &index.name)
            .chain([&self.primary.name])
            .chain(self.checks.iter().map(|check| &check.name))
            .chain(self.foreign_keys.iter().map(|key| &key.name));
        let mut seen = BTreeSet::new();
        for name in names {
            if name.is_empty() || !seen.insert(name) {
                return invalid(format!("constraint {name:?} already exists"));
            }
        }
        if let Some(index) = self
            .indexes
            .iter()
            .find(|index| index.constraint && !index.unique)
        {
            return invalid(format!("constraint {:?} is not a unique index", index.name));
        }
        for check in &self.checks {
            if let Some(id) = self.missing_column(&check.columns) {
                return invalid(format!(
                    "constraint {:?} is over column {id}, which is not there",
                    check.name
                ));
            }
        }
        for key in &self.foreign_keys {
            if let Err(problem) = self.check_foreign_key(key) {
                return invalid(format!("foreign key {:?} {problem}", key.name));
            }
        }
        let referrers: BTreeSet<TableId> = self.referenced_by.iter().copied().collect();
        if referrers.len() != self.referenced_by.len() {
            return invalid("a referring table is listed twice".to_owned());
        }
        self.check_computed()
    }

    fn check_foreign_key(&self, key: &ForeignKey) -> std::result::Result<(), String> {
        let columns: BTreeSet<ColumnId> = key.columns.iter().copied().collect();
        if columns.is_empty() || columns.len() != key.columns.len() {
            return Err("has no columns, or one twice".to_owned());
        }
        if key.columns.len() != key.referenced_columns.len() {
            return Err("has more or fewer columns than it refers to".to_owned());
        }
        if let Some(id) = self.missing_column(&key.columns) {
            return Err(format!("is over column {id}, which is not there"));
        }
        // A table that is being restored has the ids of its backup until `relink`.
        let settled = self.state.is_public();
        if settled && key.referenced == self.id && !self.referenced_by.contains(&self.id) {
            return Err("refers to its own table, which does not know of it".to_owned());
        }
        Ok(())
    }

    fn check_computed(&self) -> Result<()> {
        let both = self
            .columns
            .iter()
            .find(|column| column.computed.is_some() && column.default.is_some());
        match both {
            Some(column) => Err(Error::Invalid {
                object: format!("table {:?}", self.name),
                problem: format!("column {:?} is computed and has a default", column.name),
            }),
            None => Ok(()),
        }
    }

    fn missing_column(&self, columns: &[ColumnId]) -> Option<ColumnId> {
        columns
            .iter()
            .copied()
            .find(|id| self.column(*id).is_none())
    }
}

impl IndexDescriptor {
    /// Whether the first columns of the index are these, in whatever order.
    fn begins_with_all_of(&self, columns: &[ColumnId]) -> bool {
        let first = self.columns.get(..columns.len());
        first.is_some_and(|first| first.iter().all(|part| columns.contains(&part.column)))
    }
}
