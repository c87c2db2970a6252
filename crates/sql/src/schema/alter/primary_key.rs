//! Another primary key: the rows are written anew under another table id, which every writer keeps up from the first commit on, and
//! which takes the table's place in the last.

use cairn_catalog::{
    Direction, IndexColumn, IndexDescriptor, IndexId, PRIMARY_INDEX, Part, Successor,
    TableDescriptor,
};
use cairn_syntax::ast::{
    AlterTableOperation, IndexColumn as Declared, PrimaryKeyConstraint, TableConstraint,
};

use super::{
    Alteration,
    columns::holds_nulls,
    names::{constraint_exists, taken},
};
use crate::{
    Result, SqlError, SqlState,
    schema::table::{free_name, index_columns},
};

/// `DROP CONSTRAINT key, ADD CONSTRAINT … PRIMARY KEY`: the key it drops is the table's.
pub(super) fn replaces_key(
    table: &TableDescriptor,
    operations: &[AlterTableOperation],
) -> Option<PrimaryKeyConstraint> {
    match operations {
        [
            AlterTableOperation::DropConstraint { name, .. },
            AlterTableOperation::AddConstraint {
                constraint: TableConstraint::PrimaryKey(key),
                not_valid: false,
            },
        ] if cairn_syntax::Name::folded(name).0 == table.primary.name => Some(key.clone()),
        _ => None,
    }
}

/// Whether an action adds a primary key: all rows are then written anew, and nothing else can go on beside.
pub(super) fn is_key(operation: &AlterTableOperation) -> bool {
    matches!(
        operation,
        AlterTableOperation::AddConstraint {
            constraint: TableConstraint::PrimaryKey(_),
            ..
        }
    )
}

impl Alteration<'_> {
    /// ALTER PRIMARY KEY USING COLUMNS: the old key stays unique.
    pub async fn alter_primary_key(&mut self, columns: &[Declared]) -> Result<()> {
        let parts = index_columns(columns, &self.table.columns)?;
        let name = self.table.primary.name.clone();
        self.change_primary_key(name, parts, true).await
    }

    /// `ADD PRIMARY KEY` to a table that declared none.
    pub(super) async fn add_primary_key(&mut self, key: &PrimaryKeyConstraint) -> Result<()> {
        if !has_hidden_key(&self.table) {
            return Err(SqlError::new(
                SqlState::InvalidTableDefinition,
                format!(
                    "multiple primary keys for table {:?} are not allowed",
                    self.table.name
                ),
            )
            .hint("use ALTER TABLE … ALTER PRIMARY KEY USING COLUMNS"));
        }
        self.replace_primary_key(key).await
    }

    /// The same in the place of one that goes.
    pub(super) async fn replace_primary_key(&mut self, key: &PrimaryKeyConstraint) -> Result<()> {
        let parts = index_columns(&key.columns, &self.table.columns)?;
        let name = match &key.name {
            Some(name) => cairn_syntax::Name::folded(name).0,
            None => self.table.primary.name.clone(),
        };
        if name != self.table.primary.name && constraint_exists(&self.table, &name) {
            return Err(taken(&self.table, &name));
        }
        self.change_primary_key(name, parts, false).await
    }

    async fn change_primary_key(
        &mut self,
        name: String,
        parts: Vec<IndexColumn>,
        keeps_old: bool,
    ) -> Result<()> {
        if self.table.interleave.is_some() || !self.table.interleaved_children.is_empty() {
            return Err(SqlError::unsupported(
                "another primary key for an interleaved table",
            ));
        }
        if parts == self.table.primary.columns {
            self.table.primary.name = name;
            return Ok(());
        }
        for part in &parts {
            self.demand_value(part)?;
        }
        let id = cairn_catalog::reserve_successor(self.transaction).await?;
        let successor = self.successor(id, name, parts, keeps_old)?;
        let indexes = successor.next_index.0;
        self.table.successor = Some(Box::new(successor));
        self.parts.push(Part::Successor { table: id, indexes });
        let after = self.table.succeeded().ok_or_else(no_successor)?;
        after.check()?;
        // Whoever refers to the table still means this one.
        let after = TableDescriptor {
            id: self.table.id,
            ..after
        };
        let kept = std::mem::replace(&mut self.table, after);
        let released = self.release_referring(false, "the primary key");
        self.table = kept;
        released
    }

    /// A column of a primary key holds no NULL.
    fn demand_value(&mut self, part: &IndexColumn) -> Result<()> {
        let Some(column) = self.table.column(part.column).cloned() else {
            return Err(SqlError::internal("a key's column is not there"));
        };
        if !column.nullable {
            return Ok(());
        }
        self.parts.push(Part::NotNull { column: column.id });
        self.put_column(cairn_catalog::ColumnDescriptor {
            validating_not_null: true,
            ..column
        });
        Ok(())
    }

    /// The indexes of the table to come, under ids of its own.
    fn successor(
        &self,
        id: cairn_catalog::TableId,
        name: String,
        parts: Vec<IndexColumn>,
        keeps_old: bool,
    ) -> Result<Successor> {
        let mut next = PRIMARY_INDEX.0 + 1;
        let mut indexes = Vec::new();
        let old_key = old_key(&self.table, &parts, keeps_old);
        for index in self.table.indexes.iter().chain(&old_key) {
            indexes.push(IndexDescriptor {
                id: IndexId(next),
                ..index.clone()
            });
            next += 1;
        }
        Ok(Successor {
            id,
            primary: IndexDescriptor {
                comment: self.table.primary.comment.clone(),
                ..IndexDescriptor::new(PRIMARY_INDEX, &name, true, parts)
            },
            indexes,
            next_index: IndexId(next),
        })
    }
}

/// The old key as a unique index; a hidden one goes, and so does one that another index is over already.
fn old_key(
    table: &TableDescriptor,
    parts: &[IndexColumn],
    keeps_old: bool,
) -> Option<IndexDescriptor> {
    let columns: Vec<_> = table
        .primary
        .columns
        .iter()
        .map(|part| part.column)
        .collect();
    let covered =
        parts.len() == columns.len() && parts.iter().all(|part| columns.contains(&part.column));
    let indexed = table
        .indexes
        .iter()
        .any(|index| index.unique && index.columns == table.primary.columns);
    if !keeps_old || has_hidden_key(table) || covered || indexed {
        return None;
    }
    let name = free_name(table, "key", &table.primary.columns);
    Some(IndexDescriptor {
        constraint: true,
        ..IndexDescriptor::new(PRIMARY_INDEX, &name, true, table.primary.columns.clone())
    })
}

/// Whether the table's key is the row id of a table that declared none.
pub(crate) fn has_hidden_key(table: &TableDescriptor) -> bool {
    table.primary.columns.iter().any(|part| {
        part.direction == Direction::Ascending
            && table
                .column(part.column)
                .is_some_and(|column| column.hidden)
    })
}

/// The table that takes another's place: without the row id, if that was its key.
pub(crate) fn successor_of(table: &TableDescriptor) -> Result<TableDescriptor> {
    let mut after = table.succeeded().ok_or_else(no_successor)?;
    let key: Vec<_> = after
        .primary
        .columns
        .iter()
        .map(|part| part.column)
        .collect();
    after
        .columns
        .retain(|column| !column.hidden || key.contains(&column.id));
    Ok(after)
}

fn no_successor() -> SqlError {
    SqlError::internal("a table that gets another key has no successor")
}

/// 23502 for the new key, told by the row codec.
pub(crate) fn null_in_key(error: cairn_rows::Error) -> SqlError {
    match error {
        cairn_rows::Error::NotNull { table, column } => holds_nulls(&table, &column),
        other => other.into(),
    }
}
