//! What stands on a column: views, and foreign keys of other tables.

use std::collections::BTreeSet;

use cairn_catalog::{ColumnDescriptor, ColumnId, Dependency, TableDescriptor, TableId};

use super::alter::Alteration;
use crate::{Result, SqlError, SqlState, query::Scope};

/// Refuses to drop a column that something else stands on, or with CASCADE takes that away too.
pub(crate) fn release_column(
    alteration: &mut Alteration<'_>,
    column: &ColumnDescriptor,
    cascade: bool,
) -> Result<()> {
    let scope = alteration.scope;
    let readers: BTreeSet<TableId> = views(&alteration.table, column.id)
        .map(|view| view.relation)
        .collect();
    if !cascade && let Some(other) = views(&alteration.table, column.id).next() {
        return Err(refused(scope, &alteration.table, column, other, "drop"));
    }
    for other in &alteration.table.columns {
        if other.id != column.id && computed_from(other, column)? {
            return Err(SqlError::new(
                SqlState::DependentObjectsStillExist,
                format!(
                    "cannot drop column {:?} because column {:?} is computed from it",
                    column.name, other.name
                ),
            ));
        }
    }
    let mut going = cairn_catalog::taken_along(&scope.view, &readers, true);
    let owned = scope.view.tables().filter(|sequence| {
        let options = sequence.sequence_options();
        options
            .and_then(|options| options.owner)
            .is_some_and(|owner| (owner.table, owner.column) == (alteration.table.id, column.id))
    });
    going.extend(owned.map(|sequence| sequence.id));
    alteration.dropped.extend(going);
    Ok(())
}

/// Refuses what a view that reads the column would not survive.
pub(crate) fn refuse_views(
    scope: &Scope,
    table: &TableDescriptor,
    column: &ColumnDescriptor,
    verb: &str,
) -> Result<()> {
    match views(table, column.id).next() {
        Some(other) => Err(refused(scope, table, column, other, verb)),
        None => Ok(()),
    }
}

fn views(table: &TableDescriptor, column: ColumnId) -> impl Iterator<Item = &Dependency> {
    table
        .dependents
        .iter()
        .filter(move |other| other.columns.contains(&column))
}

fn refused(
    scope: &Scope,
    table: &TableDescriptor,
    column: &ColumnDescriptor,
    other: &Dependency,
    verb: &str,
) -> SqlError {
    let view = scope.view.table_by_id(other.relation);
    let name = match view {
        Some(view) if view.database == table.database => view.name.clone(),
        // In another database: by its whole name, as the reference shows it.
        Some(view) => {
            let database = scope.view.database_by_id(view.database);
            let database = database.map_or("", |database| database.name.as_str());
            format!("{database}.public.{}", view.name)
        }
        None => other.relation.to_string(),
    };
    SqlError::new(
        SqlState::DependentObjectsStillExist,
        format!(
            "cannot {verb} column {:?} because view {name:?} depends on it",
            column.name
        ),
    )
}

fn computed_from(other: &ColumnDescriptor, column: &ColumnDescriptor) -> Result<bool> {
    match &other.computed {
        Some(text) => super::alter::constraints::names_column(text, &column.name),
        None => Ok(false),
    }
}

/// Whether a foreign key of any table refers to the column.
pub(crate) fn is_referenced(scope: &Scope, table: &TableDescriptor, column: ColumnId) -> bool {
    table
        .referenced_by
        .iter()
        .filter_map(|id| scope.view.written_table(*id))
        .flat_map(|other| &other.foreign_keys)
        .any(|key| key.referenced == table.id && key.referenced_columns.contains(&column))
}
