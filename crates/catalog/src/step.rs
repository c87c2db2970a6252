//! What a schema change has not finished yet, and how a table looks without it.

use cairn_storage::TableId;
use serde::{Deserialize, Serialize};

use crate::{ColumnId, ConstraintState, Error, IndexDescriptor, IndexId, Result, TableDescriptor};

/// A table of the same rows under another primary key, which takes this one's place once it is filled.
///
/// Here is all that a writer needs to keep it up; its descriptor is an offline table's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Successor {
    pub id: TableId,
    pub primary: IndexDescriptor,
    pub indexes: Vec<IndexDescriptor>,
    pub next_index: IndexId,
}

impl TableDescriptor {
    /// The table as readers see it, where that is not as it is: without what a schema change has not finished.
    pub fn published(&self) -> Option<Self> {
        let whole = self.columns.iter().all(|column| column.state.is_public())
            && self.indexes.iter().all(|index| index.state.is_public())
            && self.checks.iter().all(|check| check.state.is_declared())
            && self.foreign_keys.iter().all(|key| key.state.is_declared())
            && self
                .columns
                .iter()
                .all(|column| !column.validating_not_null)
            && self.successor.is_none();
        if whole {
            return None;
        }
        let mut table = self.clone();
        table.columns.retain(|column| column.state.is_public());
        for column in &mut table.columns {
            column.validating_not_null = false;
        }
        table.indexes.retain(|index| index.state.is_public());
        table.checks.retain(|check| check.state.is_declared());
        table.foreign_keys.retain(|key| key.state.is_declared());
        table.successor = None;
        Some(table)
    }

    /// This table as its successor will be.
    pub fn succeeded(&self) -> Option<Self> {
        let successor = self.successor.as_ref()?;
        let mut table = self.clone();
        table.id = successor.id;
        table.primary = successor.primary.clone();
        table.indexes = successor.indexes.clone();
        table.next_index = successor.next_index;
        table.successor = None;
        table.public_since = None;
        for column in &mut table.columns {
            column.nullable &= successor
                .primary
                .columns
                .iter()
                .all(|part| part.column != column.id);
        }
        Some(table)
    }

    /// What is public may only stand on what is public.
    pub(crate) fn check_steps(&self) -> Result<()> {
        let unfinished = |id: &ColumnId| {
            self.column(*id)
                .is_some_and(|column| !column.state.is_public())
        };
        let problem = |what: &str, name: &str| {
            Err(Error::Invalid {
                object: format!("table {:?}", self.name),
                problem: format!("{what} {name:?} is public, and a column of it is not"),
            })
        };
        for index in self.all_indexes().filter(|index| index.state.is_public()) {
            if index.columns.iter().any(|part| unfinished(&part.column)) {
                return problem("index", &index.name);
            }
        }
        for check in &self.checks {
            if check.state == ConstraintState::Public && check.columns.iter().any(unfinished) {
                return problem("check constraint", &check.name);
            }
        }
        for key in &self.foreign_keys {
            if key.state == ConstraintState::Public && key.columns.iter().any(unfinished) {
                return problem("foreign key", &key.name);
            }
        }
        Ok(())
    }
}
