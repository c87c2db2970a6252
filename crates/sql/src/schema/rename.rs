//! New names for relations and databases, also in the texts that use them: views and DEFAULTs.

use std::collections::BTreeSet;

use cairn_catalog::{DatabaseId, ObjectKind, TableDescriptor, TableId, View};
use cairn_storage::Transaction;
use cairn_syntax::quote;

use crate::{Result, SqlError, query::names::PUBLIC};

/// The three parts of a relation's full name.
pub(crate) fn full_name(view: &View, relation: &TableDescriptor) -> Result<Vec<String>> {
    let database = view.database_by_id(relation.database).ok_or_else(|| {
        SqlError::internal(format!("the database of {:?} is missing", relation.name))
    })?;
    Ok(name_in(&database.name, &relation.name))
}

pub(crate) fn name_in(database: &str, relation: &str) -> Vec<String> {
    vec![database.to_owned(), PUBLIC.to_owned(), relation.to_owned()]
}

/// A full name as text, quoted where it must be.
pub(crate) fn dotted(parts: &[String]) -> String {
    let parts: Vec<String> = parts.iter().map(|part| quote(part)).collect();
    parts.join(".")
}

/// Gives a relation another name, in another database if that differs, and rewrites the views and DEFAULTs that use it.
pub(crate) async fn rename_relation(
    transaction: &Transaction,
    id: TableId,
    database: DatabaseId,
    name: &str,
) -> Result<()> {
    let relation = cairn_catalog::read_table(transaction, id).await?;
    let source = cairn_catalog::read_database(transaction, relation.database).await?;
    let target = cairn_catalog::read_database(transaction, database).await?;
    let old = name_in(&source.name, &relation.name);
    let new = name_in(&target.name, name);
    cairn_catalog::rename_table(transaction, id, database, name).await?;
    for dependent in &relation.dependents {
        let mut dependent = cairn_catalog::read_table(transaction, dependent.relation).await?;
        rewrite(&mut dependent, &|parts| (parts == old).then(|| new.clone()))?;
        cairn_catalog::put_table(transaction, &dependent).await?;
    }
    Ok(())
}

/// Gives a database another name, and rewrites all that uses its relations. Which there are is read through the transaction: one that is
/// made meanwhile is a conflict.
pub(crate) async fn rename_database(
    transaction: &Transaction,
    id: DatabaseId,
    name: &str,
) -> Result<()> {
    let old = cairn_catalog::read_database(transaction, id).await?.name;
    cairn_catalog::rename_database(transaction, id, name).await?;
    let relations = cairn_catalog::tables_in(transaction, id).await?;
    let dependents: BTreeSet<TableId> = relations
        .iter()
        .flat_map(|relation| &relation.dependents)
        .map(|dependent| dependent.relation)
        .collect();
    for dependent in dependents {
        let mut dependent = cairn_catalog::read_table(transaction, dependent).await?;
        rewrite(&mut dependent, &|parts| match parts {
            [database, schema, relation] if *database == old => {
                Some(vec![name.to_owned(), schema.clone(), relation.clone()])
            }
            _ => None,
        })?;
        cairn_catalog::put_table(transaction, &dependent).await?;
    }
    Ok(())
}

/// Changes the names of relations in a view's query or a table's DEFAULTs.
fn rewrite(
    dependent: &mut TableDescriptor,
    new_name: &dyn Fn(&[String]) -> Option<Vec<String>>,
) -> Result<()> {
    if let ObjectKind::View(definition) = &mut dependent.kind {
        definition.query = cairn_syntax::rename_relations(&definition.query, new_name)?;
    }
    for column in &mut dependent.columns {
        if let (Some(default), false) = (&column.default, column.uses_sequences.is_empty()) {
            column.default = Some(cairn_syntax::rename_sequences(default, new_name)?);
        }
    }
    Ok(())
}

/// The name of a relation in a message about objects of a database: full where it lies in another one.
pub(crate) fn shown_name(view: &View, relation: &TableDescriptor, beside: DatabaseId) -> String {
    match view.database_by_id(relation.database) {
        Some(database) if database.id != beside => {
            format!("{}.{PUBLIC}.{}", database.name, relation.name)
        }
        _ => relation.name.clone(),
    }
}
