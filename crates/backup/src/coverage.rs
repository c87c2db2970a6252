//! Continued or introduced: which tables an incremental carries by their changes, and which whole.
//!
//! A table is continued only if the layer just before has it and it stayed public, under its id, through the whole window. All
//! others are carried whole, which is allowed where the layer before covers their database completely, and for a table that only had
//! a listed name for a while.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cairn_archive::{ArchivedTable, Coverage, Manifest};
use cairn_catalog::{ColumnId, DatabaseId, TableDescriptor, USERS_TABLE};
use cairn_faults::{Fault, is_planted};
use cairn_storage::{TableId, Version};

use crate::error::{Error, Result};
use crate::target::{Before, Resolved, Target};
use crate::window::{Members, Past, Trace, Traces};

/// Everything that belongs to the backup at some version of the window.
///
/// # Errors
/// [`Error::NotInBase`], [`Error::DatabaseNotInBase`] and [`Error::DatabaseReplaced`].
pub fn resolve_history(
    past: &Past,
    members: &Members,
    base: Option<&Manifest>,
) -> Result<Resolved> {
    let traces = past.trace(members, held_by(base));
    let mut resolved = Resolved {
        complete: members.complete.iter().copied().collect(),
        ..Resolved::default()
    };
    let mut targets = BTreeMap::new();
    for (id, trace) in &traces.tables {
        let Some(last) = trace
            .revisions
            .iter()
            .rev()
            .find_map(|(_, table)| table.as_ref())
        else {
            continue;
        };
        for table in trace
            .revisions
            .iter()
            .filter_map(|(_, table)| table.as_ref())
        {
            add_database(&mut resolved, &traces, table.database);
        }
        let Some(database) = resolved.databases.get(&last.database) else {
            continue;
        };
        let target = Target {
            revisions: trace.revisions.clone(),
            ..Target::whole(Arc::clone(database), Arc::new(last.public_part()))
        };
        let place = (
            *id == USERS_TABLE,
            database.name.clone(),
            last.name.clone(),
            *id,
        );
        targets.insert(place, target);
    }
    for database in &members.complete {
        add_database(&mut resolved, &traces, *database);
    }
    resolved.tables = targets.into_values().collect();
    if let Some(base) = base {
        assign(&mut resolved, &traces, members, base)?;
    }
    Ok(resolved)
}

/// Decides for each target of an incremental without history.
///
/// # Errors
/// As [`resolve_history`].
pub fn resolve_changes(past: &Past, mut resolved: Resolved, base: &Manifest) -> Result<Resolved> {
    let listed: BTreeSet<TableId> = resolved
        .tables
        .iter()
        .map(|target| target.table.id)
        .collect();
    let members = Members {
        complete: resolved.complete.iter().copied().collect(),
        named: listed.clone(),
        listed,
    };
    let traces = past.trace(&members, held_by(Some(base)));
    assign(&mut resolved, &traces, &members, base)?;
    if is_planted(Fault::OldDescriptor) {
        for target in &mut resolved.tables {
            let old = past.start.table_by_id(target.table.id);
            if let Some(old) = old.filter(|_| target.coverage == Coverage::Continued) {
                target.table = Arc::new(old.public_part());
            }
        }
    }
    Ok(resolved)
}

fn held_by(base: Option<&Manifest>) -> BTreeSet<TableId> {
    let tables = base
        .into_iter()
        .flat_map(|base| base.tables.iter().map(move |table| (base, table)));
    tables
        .filter(|(base, table)| base.has_at_end(table))
        .map(|(_, table)| TableId(table.id))
        .collect()
}

/// A database as of its last version in the window, with all of them.
fn add_database(resolved: &mut Resolved, traces: &Traces, id: DatabaseId) {
    let Some(dated) = traces.databases.get(&id) else {
        return;
    };
    if let Some(last) = dated
        .iter()
        .rev()
        .find_map(|(_, database)| database.as_ref())
    {
        resolved.databases.insert(id, Arc::clone(last));
        resolved.database_revisions.insert(id, dated.clone());
    }
}

fn assign(
    resolved: &mut Resolved,
    traces: &Traces,
    members: &Members,
    base: &Manifest,
) -> Result<()> {
    check_databases(resolved, traces, base)?;
    for target in &mut resolved.tables {
        let id = target.table.id;
        if id == USERS_TABLE {
            continue;
        }
        let before = base
            .tables
            .iter()
            .find(|table| table.id == id.0 && base.has_at_end(table));
        let trace = traces.tables.get(&id);
        let goes_on = |trace: &Trace| trace.unbroken && !trace.in_change;
        match before {
            Some(before) if trace.is_some_and(goes_on) && target.has_rows() => {
                target.coverage = Coverage::Continued;
                target.before = before_of(before, &target.table);
            }
            None if is_planted(Fault::TruncateMissed) && traces.held.contains(&id) => {
                target.coverage = Coverage::Continued;
            }
            _ if before.is_some() || traces.held.contains(&id) => {}
            _ if base.complete_databases.contains(&target.table.database.0) => {}
            _ if members.listed.contains(&id) && !members.named.contains(&id) => {}
            _ => {
                return Err(Error::NotInBase {
                    table: target.qualified_name(),
                });
            }
        }
    }
    Ok(())
}

/// A database that is to be complete, and of which the layer before has nothing.
fn check_databases(resolved: &Resolved, traces: &Traces, base: &Manifest) -> Result<()> {
    for id in &resolved.complete {
        let mut tables = resolved
            .tables
            .iter()
            .filter(|target| target.table.database == *id);
        let covered = base.complete_databases.contains(&id.0)
            || tables.any(|target| traces.held.contains(&target.table.id));
        if let (false, Some(database)) = (covered, resolved.databases.get(id)) {
            let database = database.name.clone();
            let has_another = base
                .databases
                .iter()
                .any(|other| other.name == database && other.id != id.0);
            return Err(match has_another {
                true => Error::DatabaseReplaced { database },
                false => Error::DatabaseNotInBase { database },
            });
        }
    }
    Ok(())
}

/// What the fingerprint can be derived from: the layer before's, if the rows have the same columns since.
fn before_of(before: &ArchivedTable, table: &TableDescriptor) -> Option<Before> {
    let then: TableDescriptor = serde_json::from_value(before.descriptor.clone()).ok()?;
    let shape = |table: &TableDescriptor| {
        let columns = table.columns.iter();
        let columns: BTreeMap<ColumnId, _> = columns
            .map(|column| (column.id, (column.ty, column.missing_value.clone())))
            .collect();
        (columns, table.primary.columns.clone())
    };
    if shape(&then.public_part()) != shape(table) {
        return None;
    }
    Some(Before {
        fingerprint: before.fingerprint.as_ref()?.parse().ok()?,
        rows: before.rows_at_end?,
    })
}

/// The version from which on a table's rows can be told, if nothing was collected: when it became public, or a member.
#[must_use]
pub fn first_of(target: &Target, from: Version) -> Version {
    let known = target.revisions.iter().find(|(_, table)| table.is_some());
    let public_since = known.and_then(|(_, table)| table.as_ref()?.public_since);
    public_since.unwrap_or(from).max(from)
}
