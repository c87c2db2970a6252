//! The registry's desk: names in a statement become descriptors as of one version.

use std::collections::BTreeMap;
use std::sync::Arc;

use cairn_catalog::{DatabaseDescriptor, TableDescriptor, View};
use cairn_syntax::{Name, TablePattern, Targets};

use crate::error::{Error, Result};
use crate::target::{Resolved, Target};

/// Resolves targets against the catalog of the backup's end.
///
/// # Errors
/// The first target that matches nothing, named as it was written.
pub fn resolve(view: &View, targets: &Targets, current_database: Option<&str>) -> Result<Resolved> {
    let mut resolver = Resolver::new(view, current_database);
    for target in each(targets) {
        resolver.add(target)?;
    }
    resolver.finish()
}

/// One of a statement's targets.
#[derive(Clone, Copy)]
pub(crate) enum Named<'a> {
    Database(&'a Name),
    Pattern(&'a TablePattern),
}

pub(crate) fn each(targets: &Targets) -> Vec<Named<'_>> {
    match targets {
        Targets::Databases(names) => names.iter().map(Named::Database).collect(),
        Targets::Tables(patterns) => patterns.iter().map(Named::Pattern).collect(),
    }
}

/// What one target means in one version of the catalog; tables that were listed one by one are in `tables`.
pub(crate) fn resolve_one(
    view: &View,
    target: Named<'_>,
    current_database: Option<&str>,
) -> Result<Resolved> {
    let mut resolver = Resolver::new(view, current_database);
    resolver.add(target)?;
    Ok(Resolved {
        tables: resolver.tables.into_values().collect(),
        ..resolver.resolved
    })
}

struct Resolver<'a> {
    view: &'a View,
    current_database: Option<&'a str>,
    /// By name, so that results do not depend on the order of the statement.
    tables: BTreeMap<(String, String), Target>,
    resolved: Resolved,
}

impl<'a> Resolver<'a> {
    fn new(view: &'a View, current_database: Option<&'a str>) -> Self {
        Resolver {
            view,
            current_database,
            tables: BTreeMap::new(),
            resolved: Resolved::default(),
        }
    }

    fn add(&mut self, target: Named<'_>) -> Result<()> {
        match target {
            Named::Pattern(pattern) => self.add_pattern(pattern),
            Named::Database(name) => {
                let unknown = || Error::UnknownDatabase {
                    name: name.as_str().to_owned(),
                };
                let database = self.view.database(name.as_str()).ok_or_else(unknown)?;
                self.add_database(&Arc::clone(database));
                Ok(())
            }
        }
    }

    fn add_pattern(&mut self, pattern: &TablePattern) -> Result<()> {
        match pattern {
            TablePattern::All(parts) => {
                let database = self.database_of(parts).ok_or_else(|| Error::NoMatch {
                    pattern: pattern.to_string(),
                })?;
                self.add_database(&database);
            }
            TablePattern::Table(parts) => {
                let found = parts.split_last().and_then(|(name, qualifier)| {
                    let database = self.database_of(qualifier)?;
                    let table = self.view.table(database.id, name.as_str())?;
                    Some((database, Arc::clone(table)))
                });
                let (database, table) =
                    found.ok_or_else(|| Error::UnknownTable { name: plain(parts) })?;
                self.add_table(&database, &table);
            }
        }
        Ok(())
    }

    /// The database that `database`, `schema`, `database.schema` or nothing stands for.
    fn database_of(&self, qualifier: &[Name]) -> Option<Arc<DatabaseDescriptor>> {
        let name = cairn_syntax::database_of(qualifier, self.current_database, |name| {
            self.view.database(name).is_some()
        })?;
        self.view.database(&name).cloned()
    }

    fn add_database(&mut self, database: &Arc<DatabaseDescriptor>) {
        for table in self.view.tables_of(database.id) {
            self.add_table(database, table);
        }
        self.resolved
            .databases
            .insert(database.id, Arc::clone(database));
        if !self.resolved.complete.contains(&database.id) {
            self.resolved.complete.push(database.id);
        }
    }

    fn add_table(&mut self, database: &Arc<DatabaseDescriptor>, table: &Arc<TableDescriptor>) {
        self.resolved
            .databases
            .insert(database.id, Arc::clone(database));
        let target = Target::whole(Arc::clone(database), Arc::clone(table));
        self.tables
            .insert((database.name.clone(), table.name.clone()), target);
    }

    /// Adds `system.users`, which every backup carries.
    fn finish(mut self) -> Result<Resolved> {
        let users = self
            .view
            .table_by_id(cairn_catalog::USERS_TABLE)
            .cloned()
            .ok_or(Error::NoUsers)?;
        let system = self
            .view
            .database_by_id(users.database)
            .cloned()
            .ok_or(Error::NoUsers)?;
        self.tables
            .remove(&(system.name.clone(), users.name.clone()));
        self.resolved
            .databases
            .insert(system.id, Arc::clone(&system));
        self.resolved.complete.sort();
        self.resolved.tables = self.tables.into_values().collect();
        self.resolved.tables.push(Target::whole(system, users));
        Ok(self.resolved)
    }
}

/// Names as the reference prints them in messages: parts with dots, unquoted.
fn plain(parts: &[Name]) -> String {
    parts.iter().map(Name::as_str).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests;
