//! The catalog at every version of a window: who belonged to the backup when, and what happened to a table meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cairn_catalog::{
    Catalog, Change, DatabaseDescriptor, DatabaseId, TableDescriptor, USERS_TABLE, View, changes,
};
use cairn_storage::{Closed, Snapshot, TableId, Version, Window};
use cairn_syntax::Targets;

use crate::error::{Error, Result};
use crate::resolve::{each, resolve_one};
use crate::target::{Dated, Placed};

/// The catalog from one version to another.
pub struct Past {
    pub from: Version,
    pub start: Arc<View>,
    changes: BTreeMap<Version, Change>,
}

/// Which objects belong to a backup, at whatever version of its window.
#[derive(Debug, Clone, Default)]
pub struct Members {
    pub complete: BTreeSet<DatabaseId>,
    pub listed: BTreeSet<TableId>,
    /// Those of the listed that have the listed names at the end; others had them for a while.
    pub named: BTreeSet<TableId>,
}

/// What happened to a table in the window.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// Its public descriptors while it was a member.
    pub revisions: Dated<TableDescriptor>,
    /// Public at the window's start, and never again once it was not.
    pub unbroken: bool,
    /// A column was being added or removed at the window's start, so that the layer before has only a part of it.
    pub in_change: bool,
    gone: bool,
}

/// What happened in the window.
#[derive(Debug, Default)]
pub struct Traces {
    pub tables: BTreeMap<TableId, Trace>,
    pub databases: BTreeMap<DatabaseId, Dated<DatabaseDescriptor>>,
    /// The tables given to [`Past::trace`], and those that took their places.
    pub held: BTreeSet<TableId>,
    /// The window's start has been looked at.
    started: bool,
}

impl Past {
    /// # Errors
    /// Those of the catalog; the storage's when `from` was collected.
    pub async fn read(catalog: &Catalog, from: Closed, end: Closed) -> cairn_catalog::Result<Past> {
        let engine = catalog.engine();
        let start = catalog
            .view(&Snapshot::new(Arc::clone(engine), from))
            .await?;
        let window = Window {
            after: from.version(),
            upto: end,
        };
        let changes = changes(engine.as_ref(), window).await?;
        Ok(Past {
            from: from.version(),
            start,
            changes,
        })
    }

    fn for_each(&self, mut visit: impl FnMut(Version, &View, Option<&Change>)) {
        visit(self.from, &self.start, None);
        let mut view = View::clone(&self.start);
        for (version, change) in &self.changes {
            view = view.after(*version, change);
            visit(*version, &view, Some(change));
        }
    }

    /// Every table that was there at some version, as it last was.
    #[must_use]
    pub fn known(&self) -> BTreeMap<TableId, Placed> {
        let mut known = BTreeMap::new();
        let mut note = |view: &View, table: &Arc<TableDescriptor>| {
            if let Some(database) = view.database_by_id(table.database) {
                let named = Placed {
                    database: Arc::clone(database),
                    table: Arc::clone(table),
                };
                known.insert(table.id, named);
            }
        };
        self.for_each(|_, view, change| match change {
            // A database that was renamed gives all its tables another name.
            Some(change) if change.databases.is_empty() => {
                let ids = change.tables.iter().map(|(id, _)| *id);
                ids.filter_map(|id| view.table_by_id(id))
                    .for_each(|table| note(view, table));
            }
            _ => view.tables().for_each(|table| note(view, table)),
        });
        known
    }

    /// Tables that were truncated or written anew, each with the one that took its place, in the order of the commits. A table that
    /// only has the name of a dropped one is another table.
    fn successions(&self) -> Vec<(TableId, TableId)> {
        let written = self.changes.values().flat_map(|change| &change.tables);
        let written = written.filter_map(|(_, table)| table.as_ref());
        let replaced = written.filter_map(|table| Some((table.id, table.replaced_by?)));
        replaced.collect()
    }

    /// Matches targets at every version. What belongs to the backup does so under its earlier names, too, and before it was truncated.
    ///
    /// # Errors
    /// The first target that never matches anything, with what it meets at the end.
    pub fn members(&self, targets: &Targets, current: Option<&str>) -> Result<Members> {
        let mut members = Members::default();
        for target in each(targets) {
            let mut failed: Option<Error> = None;
            let mut matched = false;
            let mut named = BTreeSet::new();
            self.for_each(|_, view, _| {
                named.clear();
                match resolve_one(view, target, current) {
                    Ok(found) => {
                        matched = true;
                        members.complete.extend(&found.complete);
                        if found.complete.is_empty() {
                            named.extend(found.tables.iter().map(|found| found.table.id));
                            members.listed.extend(&named);
                        }
                    }
                    Err(error) => failed = Some(error),
                }
            });
            members.named.append(&mut named);
            if let (false, Some(error)) = (matched, failed) {
                return Err(error);
            }
        }
        for (old, new) in self.successions().into_iter().rev() {
            if members.listed.contains(&new) {
                members.listed.insert(old);
            }
        }
        members.listed.insert(USERS_TABLE);
        Ok(members)
    }

    /// Follows members, and tables that the layer before holds, through the window.
    #[must_use]
    pub fn trace(&self, members: &Members, mut held: BTreeSet<TableId>) -> Traces {
        for (old, new) in self.successions() {
            if held.contains(&old) {
                held.insert(new);
            }
        }
        let mut traces = Traces {
            held,
            ..Traces::default()
        };
        self.for_each(|version, view, change| match change {
            Some(change) => {
                if change.databases.is_empty() {
                    for (table, _) in &change.tables {
                        traces.note(version, view, *table, members);
                    }
                } else {
                    traces.note_all(version, view, members);
                }
                for (database, _) in &change.databases {
                    traces.note_database(version, view, *database);
                }
            }
            None => {
                traces.note_all(version, view, members);
                for database in view.databases() {
                    traces.note_database(version, view, database.id);
                }
                traces.started = true;
            }
        });
        traces
    }
}

impl Members {
    fn contains(&self, view: &View, table: &TableDescriptor) -> bool {
        self.listed.contains(&table.id)
            || (self.complete.contains(&table.database)
                && view.database_by_id(table.database).is_some())
    }
}

impl Traces {
    fn note_all(&mut self, version: Version, view: &View, members: &Members) {
        let known: BTreeSet<TableId> = self
            .tables
            .keys()
            .copied()
            .chain(view.tables().map(|table| table.id))
            .collect();
        for table in known {
            self.note(version, view, table, members);
        }
    }

    fn note(&mut self, version: Version, view: &View, id: TableId, members: &Members) {
        let table = view.written_table(id);
        let first = !self.started;
        let trace = match self.tables.entry(id) {
            std::collections::btree_map::Entry::Occupied(found) => found.into_mut(),
            std::collections::btree_map::Entry::Vacant(place) => {
                let in_change = |table: &Arc<TableDescriptor>| {
                    table.columns.iter().any(|column| !column.state.is_public())
                };
                place.insert(Trace {
                    unbroken: first && table.is_some(),
                    in_change: table.is_some_and(in_change),
                    ..Trace::default()
                })
            }
        };
        trace.gone |= table.is_none();
        trace.unbroken &= !trace.gone || table.is_none();
        let member = table.filter(|table| members.contains(view, table));
        let last = trace.revisions.last().and_then(|(_, last)| last.as_ref());
        if member != last {
            trace.revisions.push((version, member.cloned()));
        }
    }

    fn note_database(&mut self, version: Version, view: &View, id: DatabaseId) {
        let dated = self.databases.entry(id).or_default();
        let now = view.database_by_id(id);
        let last = dated.last().and_then(|(_, last)| last.as_ref());
        if now != last {
            dated.push((version, now.cloned()));
        }
    }
}

#[cfg(test)]
mod tests;
