//! What a schema change of several steps has begun: written by all, seen by none, and public or gone when its job ends.
//!
//! A writer that read the descriptor before a step conflicts with it (`read_table`), so after the commit that makes an index write-only, at
//! version T, every writer keeps it up. What was there at T is then backfilled by an ingest *with version T*, and what writers do later lies
//! above it.

use cairn_storage::{IndexId, Prefix, TableId, Transaction};
use serde::{Deserialize, Serialize};

use crate::record::{find_table, write_table};
use crate::{
    ColumnId, ConstraintState, Error, PRIMARY_INDEX, Result, State, StepState, TableDescriptor,
    abandon_table, drop_foreign_key, use_sequences,
};

/// One thing that a schema change adds to a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// A write-only column.
    Column {
        column: ColumnId,
        /// Whether each row gets a value of its own.
        fill: bool,
        /// Whether it becomes NOT NULL once all rows have one.
        not_null: bool,
    },
    /// A write-only index.
    Index { index: IndexId },
    /// A column that takes no NULL any more.
    NotNull { column: ColumnId },
    /// A check constraint that is being validated.
    Check { name: String },
    /// A foreign key that is being validated.
    ForeignKey { name: String },
    /// A constraint that was declared NOT VALID before: it stays so if its validation fails.
    Validation { name: String },
    /// The same rows under another primary key.
    Successor { table: TableId, indexes: u32 },
}

/// A change under way: what its job's record says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaChange {
    pub table: TableId,
    pub parts: Vec<Part>,
}

impl SchemaChange {
    pub fn to_json(&self) -> Result<serde_json::Value> {
        serde_json::to_value(self).map_err(|source| Error::damaged("schema change", source))
    }

    pub fn from_json(value: &serde_json::Value) -> Result<Self> {
        Self::deserialize(value).map_err(|source| Error::damaged("schema change", source))
    }

    /// The table that takes the changed one's place.
    pub fn successor(&self) -> Option<TableId> {
        self.parts.iter().find_map(|part| match part {
            Part::Successor { table, .. } => Some(*table),
            _ => None,
        })
    }

    /// Makes public what was begun; a successor takes its table's place by a call of its own.
    pub fn publish(&self, table: &mut TableDescriptor) {
        for part in &self.parts {
            match part {
                Part::Column {
                    column, not_null, ..
                } => {
                    for other in table.columns.iter_mut().filter(|other| other.id == *column) {
                        other.state = StepState::Public;
                        other.nullable &= !not_null;
                    }
                }
                Part::Index { index } => {
                    for other in table.indexes.iter_mut().filter(|other| other.id == *index) {
                        other.state = StepState::Public;
                    }
                }
                Part::NotNull { column } => {
                    for other in table.columns.iter_mut().filter(|other| other.id == *column) {
                        other.validating_not_null = false;
                        other.nullable = false;
                    }
                }
                Part::Check { name } | Part::ForeignKey { name } | Part::Validation { name } => {
                    validated(table, name)
                }
                Part::Successor { .. } => {}
            }
        }
    }

    /// Takes away what was begun, in one commit: the table is as it was. A table that is dropped meanwhile stays so.
    pub async fn abandon(&self, txn: &Transaction, job: i64) -> Result<()> {
        for part in &self.parts {
            if let Part::Successor { table, .. } = part {
                abandon_table(txn, *table, Some(job)).await?;
            }
        }
        match find_table(txn, self.table).await {
            Err(Error::UnknownTableId { .. }) => return Ok(()),
            Err(error) => return Err(error),
            Ok(table) if table.state == State::Dropping => return Ok(()),
            Ok(_) => {}
        }
        for part in &self.parts {
            if let Part::ForeignKey { name } = part {
                match drop_foreign_key(txn, self.table, name).await {
                    Ok(()) | Err(Error::UnknownConstraint { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        let mut table = find_table(txn, self.table).await?;
        for part in &self.parts {
            if let Part::Column { column, .. } = part
                && table
                    .column(*column)
                    .is_some_and(|column| !column.uses_sequences.is_empty())
            {
                use_sequences(txn, &mut table, *column, Vec::new()).await?;
            }
        }
        for part in &self.parts {
            match part {
                Part::Column { column, .. } => table.columns.retain(|other| other.id != *column),
                Part::Index { index } => table.indexes.retain(|other| other.id != *index),
                Part::NotNull { column } => {
                    for other in table.columns.iter_mut().filter(|other| other.id == *column) {
                        other.validating_not_null = false;
                    }
                }
                Part::Check { name } => table.checks.retain(|check| check.name != *name),
                Part::ForeignKey { .. } | Part::Validation { .. } => {}
                Part::Successor { .. } => table.successor = None,
            }
        }
        write_table(txn, &table)
    }

    /// Where an abandoned change has left entries that nobody ever read.
    pub fn debris(&self) -> Vec<Prefix> {
        let mut prefixes = Vec::new();
        for part in &self.parts {
            match part {
                Part::Index { index } => prefixes.push(Prefix::new(self.table, *index)),
                Part::Successor { table, indexes } => {
                    let ids = PRIMARY_INDEX.0..*indexes;
                    prefixes.extend(ids.map(|index| Prefix::new(*table, IndexId(index))));
                }
                _ => {}
            }
        }
        prefixes
    }
}

fn validated(table: &mut TableDescriptor, name: &str) {
    for check in table.checks.iter_mut().filter(|check| check.name == name) {
        check.state = ConstraintState::Public;
    }
    for key in table.foreign_keys.iter_mut().filter(|key| key.name == name) {
        key.state = ConstraintState::Public;
    }
}
