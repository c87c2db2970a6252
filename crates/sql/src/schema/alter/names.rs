//! Names of tables, indexes and constraints, changed.

use cairn_catalog::{DatabaseDescriptor, IndexId, Privilege, TableDescriptor};
use cairn_storage::Transaction;
use cairn_syntax::ast::{AlterTable, AlterTableOperation, Ident, ObjectName, RenameTableNameKind};

use super::Alteration;
use crate::{
    Result, SqlError, SqlState,
    access::Need,
    change::name_parts,
    query::{Scope, names::PUBLIC},
    schema,
};

/// The new name, if the statement is `ALTER TABLE … RENAME TO`.
pub(crate) fn new_table_name(statement: &AlterTable) -> Option<&ObjectName> {
    match statement.operations.as_slice() {
        [
            AlterTableOperation::RenameTable {
                table_name: RenameTableNameKind::To(name),
            },
        ] => Some(name),
        _ => None,
    }
}

/// Gives a table another name; with a database before it, in that database.
pub(crate) async fn rename_table(
    scope: &Scope,
    transaction: &Transaction,
    table: &TableDescriptor,
    to: &ObjectName,
) -> Result<()> {
    let parts = name_parts(to)?;
    let (database, name) = match parts.as_slice() {
        // Without a database the table stays in its own, whichever is the current one.
        [name] => (table.database, name.as_str()),
        [schema, name] if schema == PUBLIC => (table.database, name.as_str()),
        _ => {
            let (database, name) = schema::place(scope, &parts, Need::Nothing)?;
            (database.id, name)
        }
    };
    if let Some(database) = scope.view.database_by_id(database) {
        scope.access.database(database, Privilege::Create)?;
    }
    schema::rename::rename_relation(transaction, table.id, database, name).await
}

/// Gives a database another name.
pub(crate) async fn rename_database(
    scope: &Scope,
    transaction: &Transaction,
    database: &DatabaseDescriptor,
    to: &str,
) -> Result<()> {
    scope.access.root("rename databases")?;
    if database.name == scope.facts.database {
        return Err(SqlError::new(
            SqlState::ObjectInUse,
            "cannot rename the currently open database",
        )
        .hint("SET database to another one first"));
    }
    schema::check_not_filled(&scope.view, database, "rename")?;
    schema::rename::rename_database(transaction, database.id, to).await
}

/// Gives an index, and so the constraint that it is, another name.
pub(crate) fn rename_index(table: &mut TableDescriptor, index: IndexId, to: &str) -> Result<()> {
    if constraint_exists(table, to) && table.index(index).is_some_and(|found| found.name != to) {
        return Err(taken(table, to));
    }
    if table.primary.id == index {
        table.primary.name = to.to_owned();
    }
    for other in &mut table.indexes {
        if other.id == index {
            other.name = to.to_owned();
        }
    }
    Ok(())
}

/// Whether an index or a constraint has this name.
pub(crate) fn constraint_exists(table: &TableDescriptor, name: &str) -> bool {
    table.index_named(name).is_some()
        || table.checks.iter().any(|check| check.name == name)
        || table.foreign_keys.iter().any(|key| key.name == name)
}

pub(crate) fn taken(table: &TableDescriptor, name: &str) -> SqlError {
    SqlError::new(
        SqlState::DuplicateObject,
        format!(
            "constraint {name:?} for relation {:?} already exists",
            table.name
        ),
    )
}

impl Alteration<'_> {
    pub(super) fn rename_constraint(&mut self, from: &Ident, to: &Ident) -> Result<()> {
        let from = cairn_syntax::Name::folded(from).0;
        let to = cairn_syntax::Name::folded(to).0;
        let index = self
            .table
            .all_indexes()
            .find(|index| index.name == from && index.unique)
            .map(|index| index.id);
        if let Some(index) = index {
            return rename_index(&mut self.table, index, &to);
        }
        if !constraint_exists(&self.table, &from) || self.table.index_named(&from).is_some() {
            return Err(super::constraints::unknown(&self.table, &from));
        }
        if from != to && constraint_exists(&self.table, &to) {
            return Err(taken(&self.table, &to));
        }
        for check in &mut self.table.checks {
            if check.name == from {
                check.name.clone_from(&to);
            }
        }
        for key in &mut self.table.foreign_keys {
            if key.name == from {
                key.name.clone_from(&to);
            }
        }
        Ok(())
    }
}
