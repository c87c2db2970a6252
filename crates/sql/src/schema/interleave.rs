//! `CREATE TABLE … INTERLEAVE IN PARENT parent (column, …)`: a declared hierarchy. Rows lie where they would lie without it.

use cairn_catalog::{DatabaseDescriptor, Privilege, TableDescriptor};
use cairn_storage::Transaction;
use cairn_syntax::{
    CreateInterleaved, Name,
    ast::{self, CreateTable},
};

use super::{place, table};
use crate::{
    Result, SqlError, SqlState,
    change::name_parts,
    query::{Scope, names::resolve_table},
};

/// Runs such a CREATE TABLE. The answer says whether there is a new table.
pub(crate) async fn create(
    scope: &Scope,
    transaction: &Transaction,
    statement: &CreateInterleaved,
) -> Result<bool> {
    if statement.cascade == Some(true) {
        return Err(SqlError::unsupported("INTERLEAVE IN PARENT … CASCADE"));
    }
    let ast::Statement::CreateTable(create) = statement.table.statement() else {
        return Err(SqlError::internal(
            "INTERLEAVE IN PARENT of what is no table",
        ));
    };
    let parts: Vec<&str> = statement.parent.iter().map(Name::as_str).collect();
    let parent = resolve_table(scope, &parts, Privilege::Create)?;
    if !parent.is_table() {
        return Err(SqlError::new(
            SqlState::WrongObjectType,
            format!("{:?} is not a table", parent.name),
        ));
    }
    if !table::create(scope, transaction, &create).await? {
        return Ok(false);
    }
    let mut child = stored(scope, transaction, &create).await?;
    check(statement, &child, &parent)?;
    let shared = u32::try_from(parent.primary.columns.len()).unwrap_or(u32::MAX);
    cairn_catalog::interleave(transaction, &mut child, parent.id, shared).await?;
    Ok(true)
}

/// The table that was just made.
async fn stored(
    scope: &Scope,
    transaction: &Transaction,
    create: &CreateTable,
) -> Result<TableDescriptor> {
    let parts = name_parts(&create.name)?;
    let (database, name): (&DatabaseDescriptor, &str) = place(scope, &parts, Privilege::Create)?;
    let view = cairn_catalog::View::load(transaction).await?;
    match view.table(database.id, name) {
        Some(table) => Ok(table.as_ref().clone()),
        None => Err(SqlError::internal(format!(
            "the new table {name:?} is missing"
        ))),
    }
}

/// The columns named must be the parent's whole key and begin the child's, with the same types and directions.
fn check(
    statement: &CreateInterleaved,
    child: &TableDescriptor,
    parent: &TableDescriptor,
) -> Result<()> {
    let invalid = |problem: String| {
        SqlError::new(
            SqlState::InvalidTableDefinition,
            format!(
                "cannot interleave table {:?} in {:?}: {problem}",
                child.name, parent.name
            ),
        )
    };
    let (named, above) = (&statement.columns, &parent.primary.columns);
    if named.len() != above.len() {
        return Err(invalid(format!(
            "the columns must match the parent's primary index, which has {}",
            above.len()
        )));
    }
    for (place, (name, of_parent)) in named.iter().zip(above).enumerate() {
        let part = child.primary.columns.get(place);
        let below = part.and_then(|part| Some((part, child.column(part.column)?)));
        let Some((part, column)) = below.filter(|(_, column)| column.name == name.as_str()) else {
            return Err(invalid(format!(
                "column {:?} is not column {} of the primary key",
                name.as_str(),
                place + 1
            )));
        };
        let Some(wanted) = parent.column(of_parent.column) else {
            return Err(invalid("the parent's key has no columns".to_owned()));
        };
        if wanted.hidden {
            return Err(invalid(
                "the parent has no primary key of its own".to_owned(),
            ));
        }
        if wanted.ty != column.ty {
            return Err(invalid(format!(
                "column {:?} is of type {}, the parent's {:?} of type {}",
                column.name, column.ty, wanted.name, wanted.ty
            )));
        }
        if part.direction != of_parent.direction {
            return Err(invalid(format!(
                "column {:?} is {}, the parent's {:?} is {}",
                column.name, part.direction, wanted.name, of_parent.direction
            )));
        }
    }
    Ok(())
}
