//! DROP DATABASE, TABLE and INDEX.

use cairn_catalog::Privilege;
use cairn_storage::Transaction;
use cairn_syntax::ast::ObjectName;

use super::database;
use crate::{Notice, Result, SqlError, SqlState, change::name_parts, query::Scope};

/// Drops databases. With RESTRICT one that holds tables stays.
pub(crate) async fn databases(
    scope: &Scope,
    transaction: &Transaction,
    names: &[ObjectName],
    if_exists: bool,
    restrict: bool,
    notices: &mut Vec<Notice>,
) -> Result<()> {
    for name in names {
        let parts = name_parts(name)?;
        let [name] = parts.as_slice() else {
            return Err(SqlError::new(
                SqlState::SyntaxError,
                "a database's name has one part",
            ));
        };
        let found = match database(scope, name, Privilege::Drop) {
            Ok(found) => found,
            Err(error) if if_exists && error.sqlstate == SqlState::InvalidCatalogName => {
                notices.push(skipping("database", name));
                continue;
            }
            Err(error) => return Err(error),
        };
        if *name == scope.facts.database {
            return Err(SqlError::new(
                SqlState::ObjectInUse,
                "cannot drop the currently open database",
            )
            .hint("SET database to another one first"));
        }
        if restrict && !scope.view.tables_of(found.id).is_empty() {
            return Err(SqlError::new(
                SqlState::DependentObjectsStillExist,
                format!("database {name:?} is not empty and RESTRICT was specified"),
            ));
        }
        for table in scope.view.tables_of(found.id) {
            scope.access.relation(table, Privilege::Drop)?;
        }
        cairn_catalog::drop_database(transaction, found.id).await?;
    }
    Ok(())
}

pub(crate) async fn tables(
    scope: &Scope,
    transaction: &Transaction,
    names: &[ObjectName],
    if_exists: bool,
    notices: &mut Vec<Notice>,
) -> Result<()> {
    for name in names {
        let parts = name_parts(name)?;
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        match crate::query::names::resolve_table(scope, &parts, Privilege::Drop) {
            Ok(table) => cairn_catalog::drop_table(transaction, table.id).await?,
            Err(error) if if_exists && error.sqlstate == SqlState::UndefinedTable => {
                notices.push(skipping("table", &parts.join(".")));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn skipping(kind: &str, name: &str) -> Notice {
    Notice::skipping(&format!("{kind} {name:?} does not exist"))
}
