//! References between relations: each is stored at both ends, and both ends change in one transaction.

use std::collections::BTreeSet;

use cairn_storage::{TableId, Transaction};

use crate::record::{check_user_table, read_named_table, read_table, write_table};
use crate::{
    ColumnId, Dependency, Error, Interleave, ObjectKind, Result, TableDescriptor, create_table,
};

/// Stores a new view, and notes it at every relation that it reads.
///
/// # Errors
/// As `create_table`; `UnknownTable` when a relation that it reads is gone.
pub async fn create_view(txn: &Transaction, view: TableDescriptor) -> Result<TableDescriptor> {
    let view = create_table(txn, view).await?;
    note_view(txn, &view, |_| true).await?;
    Ok(view)
}

/// Gives a view another query and columns; its id and its dependents stay.
pub async fn replace_view(txn: &Transaction, view: &TableDescriptor) -> Result<()> {
    let stored = read_table(txn, view.id).await?;
    let reads = stored.view_definition().map(|definition| &definition.reads);
    for read in reads.into_iter().flatten() {
        let mut base = read_table(txn, read.relation).await?;
        base.forget_dependent(view.id);
        write_table(txn, &base)?;
    }
    crate::put_table(txn, view).await?;
    note_view(txn, view, |_| true).await
}

/// Notes a view at those relations that it reads and that are `wanted`.
pub(crate) async fn note_view(
    txn: &Transaction,
    view: &TableDescriptor,
    wanted: impl Fn(TableId) -> bool,
) -> Result<()> {
    let reads = view.view_definition().map(|definition| &definition.reads);
    let reads = reads.into_iter().flatten();
    for read in reads.filter(|read| wanted(read.relation)) {
        let mut base = read_named_table(txn, read.relation).await?;
        base.dependents.push(Dependency {
            relation: view.id,
            columns: read.columns.clone(),
        });
        write_table(txn, &base)?;
    }
    Ok(())
}

/// Makes the DEFAULT of a column use these sequences and no others. The table as given is stored.
pub async fn use_sequences(
    txn: &Transaction,
    table: &mut TableDescriptor,
    column: ColumnId,
    sequences: Vec<TableId>,
) -> Result<()> {
    let before = used_sequences(table);
    if let Some(column) = table.columns.iter_mut().find(|known| known.id == column) {
        column.uses_sequences = sequences;
    }
    crate::put_table(txn, table).await?;
    let after = used_sequences(table);
    for id in before.symmetric_difference(&after) {
        let mut sequence = read_named_table(txn, *id).await?;
        sequence.forget_dependent(table.id);
        if after.contains(id) {
            sequence.dependents.push(Dependency {
                relation: table.id,
                columns: Vec::new(),
            });
        } else if let ObjectKind::Sequence(options) = &mut sequence.kind {
            // Nothing of the table leads to it any more.
            options.owner = options.owner.filter(|owner| owner.table != table.id);
        }
        write_table(txn, &sequence)?;
    }
    Ok(())
}

fn used_sequences(table: &TableDescriptor) -> BTreeSet<TableId> {
    let columns = table.columns.iter();
    columns
        .flat_map(|column| column.uses_sequences.iter().copied())
        .collect()
}

/// Declares a table interleaved in a parent. That the keys fit is the caller's matter.
pub async fn interleave(
    txn: &Transaction,
    child: &mut TableDescriptor,
    parent: TableId,
    shared_columns: u32,
) -> Result<()> {
    child.interleave = Some(Interleave {
        parent,
        shared_columns,
    });
    crate::put_table(txn, child).await?;
    let mut parent = read_table(txn, parent).await?;
    check_user_table(&parent)?;
    parent.interleaved_children.push(child.id);
    write_table(txn, &parent)
}

impl TableDescriptor {
    /// Removes what is noted about a relation that depends on this one.
    pub(crate) fn forget_dependent(&mut self, relation: TableId) {
        self.dependents
            .retain(|dependent| dependent.relation != relation);
    }

    /// Gives every reference to another relation the id that the relation has now; what has none is forgotten. For
    /// objects of a backup, which get new ids together. Columns keep theirs, and a DEFAULT that uses a sequence
    /// without a new id goes.
    ///
    /// # Errors
    /// `Invalid` for a view that reads a relation without a new id: it would read nothing.
    pub fn relink(&mut self, new_id: impl Fn(TableId) -> Option<TableId>) -> Result<()> {
        let relink = |dependencies: &mut Vec<Dependency>| {
            dependencies.retain_mut(|dependency| match new_id(dependency.relation) {
                Some(id) => {
                    dependency.relation = id;
                    true
                }
                None => false,
            });
        };
        relink(&mut self.dependents);
        match &mut self.kind {
            ObjectKind::Table => {}
            ObjectKind::View(definition) => {
                let wanted = definition.reads.len();
                relink(&mut definition.reads);
                if definition.reads.len() != wanted {
                    return Err(Error::Invalid {
                        object: format!("view {:?}", self.name),
                        problem: "a relation that it reads is missing".into(),
                    });
                }
            }
            ObjectKind::Sequence(options) => {
                options.owner = options.owner.and_then(|mut owner| {
                    owner.table = new_id(owner.table)?;
                    Some(owner)
                });
            }
        }
        for column in &mut self.columns {
            let wanted = column.uses_sequences.len();
            column.uses_sequences = renamed(&column.uses_sequences, &new_id);
            if column.uses_sequences.len() != wanted {
                column.forget_sequences();
            }
        }
        self.foreign_keys
            .retain_mut(|key| match new_id(key.referenced) {
                Some(id) => {
                    key.referenced = id;
                    true
                }
                None => false,
            });
        self.referenced_by = renamed(&self.referenced_by, &new_id);
        self.interleaved_children = renamed(&self.interleaved_children, &new_id);
        self.interleave = self.interleave.take().and_then(|mut interleave| {
            interleave.parent = new_id(interleave.parent)?;
            Some(interleave)
        });
        Ok(())
    }
}

fn renamed(ids: &[TableId], new_id: impl Fn(TableId) -> Option<TableId>) -> Vec<TableId> {
    ids.iter().filter_map(|id| new_id(*id)).collect()
}

impl crate::ColumnDescriptor {
    /// Removes a DEFAULT that uses sequences, and what was generated by them.
    pub fn forget_sequences(&mut self) {
        self.default = None;
        self.uses_sequences.clear();
        self.identity = None;
    }
}
