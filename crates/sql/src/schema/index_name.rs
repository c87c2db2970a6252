//! Indexes by name: `index`, `database.index`, `table@index`; dropped and renamed.

use std::sync::Arc;

use cairn_catalog::{IndexDescriptor, Privilege, TableDescriptor};
use cairn_storage::Transaction;
use cairn_syntax::{IndexName, Name};

use super::{
    alter::{Alteration, names},
    place,
};
use crate::{
    Notice, Result, SqlError, SqlState,
    access::Need,
    query::{Scope, names::resolve_table},
};

/// The index that a name means; None: there is none, and nobody minds.
fn find(
    scope: &Scope,
    name: &IndexName,
    if_exists: bool,
) -> Result<Option<(Arc<TableDescriptor>, IndexDescriptor)>> {
    let unknown = || {
        SqlError::new(
            SqlState::UndefinedObject,
            format!("index \"{name}\" does not exist"),
        )
    };
    let found = match &name.table {
        Some(table) => in_table(scope, table, name, if_exists)?,
        None => in_database(scope, name)?,
    };
    match found {
        None if if_exists => Ok(None),
        None => Err(unknown()),
        found => Ok(found),
    }
}

fn in_table(
    scope: &Scope,
    table: &[Name],
    name: &IndexName,
    if_exists: bool,
) -> Result<Option<(Arc<TableDescriptor>, IndexDescriptor)>> {
    let parts: Vec<&str> = table.iter().map(Name::as_str).collect();
    let table = match resolve_table(scope, &parts, Privilege::Create) {
        Err(error) if if_exists && error.sqlstate == SqlState::UndefinedTable => return Ok(None),
        found => found?,
    };
    let index = name
        .name
        .last()
        .and_then(|name| table.index_named(name.as_str()))
        .cloned();
    Ok(index.map(|index| (table, index)))
}

fn in_database(
    scope: &Scope,
    name: &IndexName,
) -> Result<Option<(Arc<TableDescriptor>, IndexDescriptor)>> {
    let parts: Vec<String> = name
        .name
        .iter()
        .map(|part| part.as_str().to_owned())
        .collect();
    let (database, index) = place(scope, &parts, Need::Nothing)?;
    let mut holders = scope
        .view
        .tables_of(database.id)
        .into_iter()
        .filter_map(|table| Some((table.clone(), table.index_named(index)?.clone())));
    let first = holders.next();
    if let Some((table, _)) = &first {
        scope.access.relation(table, Privilege::Create)?;
    }
    match holders.next() {
        None => Ok(first),
        Some(_) => Err(SqlError::new(
            SqlState::AmbiguousColumn,
            format!("index name {index:?} is ambiguous: several tables have one"),
        )
        .hint("write table@index")),
    }
}

/// DROP INDEX.
pub(crate) async fn drop(
    scope: &Scope,
    transaction: &Arc<Transaction>,
    indexes: &[IndexName],
    if_exists: bool,
    cascade: bool,
    notices: &mut Vec<Notice>,
) -> Result<()> {
    for name in indexes {
        let Some((table, index)) = find(scope, name, if_exists)? else {
            notices.push(Notice::skipping(&format!(
                "index \"{name}\" does not exist"
            )));
            continue;
        };
        if index.id == table.primary.id {
            return Err(SqlError::new(
                SqlState::DependentObjectsStillExist,
                format!(
                    "cannot drop index {:?}: it is the primary key of table {:?}",
                    index.name, table.name
                ),
            ));
        }
        if index.constraint && !cascade {
            return Err(SqlError::new(
                SqlState::DependentObjectsStillExist,
                format!("index {:?} is in use as unique constraint", index.name),
            )
            .hint(format!(
                "use ALTER TABLE {} DROP CONSTRAINT {}, or CASCADE",
                cairn_syntax::quote(&table.name),
                cairn_syntax::quote(&index.name)
            )));
        }
        let mut alteration = Alteration::of_table(scope, transaction, &table).await?;
        alteration
            .table
            .indexes
            .retain(|other| other.id != index.id);
        alteration.release_referring(cascade, &format!("index {:?}", index.name))?;
        alteration.finish().await?;
    }
    Ok(())
}

/// ALTER INDEX … RENAME TO.
pub(crate) async fn rename(
    scope: &Scope,
    transaction: &Arc<Transaction>,
    name: &IndexName,
    to: &Name,
    if_exists: bool,
    notices: &mut Vec<Notice>,
) -> Result<()> {
    let Some((table, index)) = find(scope, name, if_exists)? else {
        notices.push(Notice::skipping(&format!(
            "index \"{name}\" does not exist"
        )));
        return Ok(());
    };
    let mut alteration = Alteration::of_table(scope, transaction, &table).await?;
    names::rename_index(&mut alteration.table, index.id, to.as_str())?;
    alteration.finish().await
}
