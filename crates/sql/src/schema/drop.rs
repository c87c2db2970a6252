//! DROP DATABASE, TABLE and INDEX.

use cairn_catalog::Privilege;
use cairn_storage::Transaction;
use cairn_syntax::ast::ObjectName;

use super::{database, place};
use crate::{Notice, Result, SqlError, SqlState, access::Need, change::name_parts, query::Scope};

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

/// Drops indexes: `DROP INDEX name`, `DROP INDEX table@name` is not read by the parser.
pub(crate) async fn indexes(
    scope: &Scope,
    transaction: &Transaction,
    names: &[ObjectName],
    if_exists: bool,
    notices: &mut Vec<Notice>,
) -> Result<()> {
    for name in names {
        let parts = name_parts(name)?;
        let (database, index) = place(scope, &parts, Need::Nothing)?;
        let holders: Vec<_> = scope
            .view
            .tables_of(database.id)
            .into_iter()
            .filter_map(|table| Some((table, table.index_named(index)?)))
            .collect();
        match holders.as_slice() {
            [] if if_exists => notices.push(skipping("index", index)),
            [] => {
                return Err(SqlError::new(
                    SqlState::UndefinedObject,
                    format!("index {index:?} does not exist"),
                ));
            }
            [(table, found)] if found.id == table.primary.id => {
                return Err(SqlError::new(
                    SqlState::DependentObjectsStillExist,
                    format!(
                        "cannot drop index {index:?}: it is the primary key of table {:?}",
                        table.name
                    ),
                ));
            }
            [(table, found)] => {
                scope.access.relation(table, Privilege::Create)?;
                cairn_catalog::drop_index(transaction, table.id, found.id).await?;
            }
            _ => {
                return Err(SqlError::new(
                    SqlState::AmbiguousColumn,
                    format!("index name {index:?} is ambiguous: several tables have one"),
                ));
            }
        }
    }
    Ok(())
}

fn skipping(kind: &str, name: &str) -> Notice {
    Notice::skipping(&format!("{kind} {name:?} does not exist"))
}
