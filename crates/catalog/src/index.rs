//! A table's secondary indexes get their ids.

use cairn_storage::IndexId;

use crate::{Error, IndexColumn, IndexDescriptor, Result, StepState, TableDescriptor};

impl TableDescriptor {
    /// Adds a secondary index under the next free id.
    ///
    /// # Errors
    /// `IdsExhausted`. Whether the columns are there is `check`'s matter.
    pub fn push_index(
        &mut self,
        name: &str,
        unique: bool,
        columns: Vec<IndexColumn>,
        state: StepState,
    ) -> Result<IndexDescriptor> {
        let id = self.next_index;
        self.next_index = IndexId(
            id.0.checked_add(1)
                .ok_or(Error::IdsExhausted { what: "indexes" })?,
        );
        let index = IndexDescriptor {
            state,
            ..IndexDescriptor::new(id, name, unique, columns)
        };
        self.indexes.push(index.clone());
        Ok(index)
    }
}
