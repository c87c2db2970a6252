//! Names in a statement become objects of a backup, and places for them.

use std::collections::BTreeMap;

use cairn_archive::{ArchivedDatabase, ArchivedTable, Manifest};
use cairn_catalog::TableDescriptor;
use cairn_syntax::{Name, TablePattern, Targets, database_of};

use crate::context::Options;
use crate::error::{Error, Result};

/// What a restore brings back.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Names of the databases to create.
    pub databases: Vec<String>,
    /// Their comments.
    pub comments: BTreeMap<String, String>,
    /// By source database and name, without duplicates.
    pub tables: Vec<SelectedTable>,
    /// The views of it that are left out, as `skip_missing_views` says: `database.name`.
    pub left_out: Vec<String>,
}

/// One table and where it goes.
#[derive(Debug, Clone)]
pub struct SelectedTable {
    pub archived: ArchivedTable,
    /// As the backup has it: old ids.
    pub descriptor: TableDescriptor,
    pub source_database: String,
    /// Existing, unless it is one of [`Selection::databases`].
    pub into: String,
}

impl SelectedTable {
    /// For messages: where the table comes from.
    #[must_use]
    pub fn qualified_name(&self) -> String {
        format!(
            "{}.{}",
            Name::new(&self.source_database),
            Name::new(&self.archived.name)
        )
    }
}

/// Matches targets against a backup.
///
/// # Errors
/// All names that the backup does not have; options that do not fit the targets.
pub fn select(
    manifest: &Manifest,
    targets: &Targets,
    current_database: Option<&str>,
    options: &Options,
) -> Result<Selection> {
    match targets {
        Targets::Databases(names) => select_databases(manifest, names, options),
        Targets::Tables(patterns) => {
            if options.new_db_name.is_some() {
                return Err(Error::NewName);
            }
            let selection = select_tables(manifest, patterns, current_database, options)?;
            if selection.tables.is_empty() {
                let targets: Vec<String> = patterns.iter().map(TablePattern::to_string).collect();
                return Err(Error::NoTables {
                    targets: targets.join(", "),
                });
            }
            Ok(selection)
        }
    }
}

fn select_databases(manifest: &Manifest, names: &[Name], options: &Options) -> Result<Selection> {
    let mut databases: BTreeMap<&str, &ArchivedDatabase> = BTreeMap::new();
    let mut unknown = Vec::new();
    for name in names {
        match database(manifest, name.as_str()) {
            Some(found) => {
                databases.insert(&found.name, found);
            }
            None => unknown.push(name.as_str().to_owned()),
        }
    }
    if !unknown.is_empty() {
        return Err(Error::UnknownDatabases { names: unknown });
    }
    if databases
        .values()
        .any(|database| !manifest.complete_databases.contains(&database.id))
    {
        return Err(Error::IndividualTables {
            what: "DATABASE".to_owned(),
        });
    }
    if options.into_db.is_some() {
        return Err(Error::IntoDatabase);
    }
    if options.new_db_name.is_some() && databases.len() != 1 {
        return Err(Error::NewName);
    }
    let mut selection = Selection::default();
    for database in databases.into_values() {
        let into = options.new_db_name.as_ref().unwrap_or(&database.name);
        selection.databases.push(into.clone());
        let comment = database.descriptor.get("comment");
        if let Some(comment) = comment.and_then(serde_json::Value::as_str) {
            selection.comments.insert(into.clone(), comment.to_owned());
        }
        for table in tables_of(manifest, database) {
            selection.tables.push(selected(table, database, into)?);
        }
    }
    Ok(selection)
}

fn select_tables(
    manifest: &Manifest,
    patterns: &[TablePattern],
    current_database: Option<&str>,
    options: &Options,
) -> Result<Selection> {
    let mut tables = BTreeMap::new();
    let mut unknown = Vec::new();
    let exists = |name: &str| database(manifest, name).is_some();
    let find =
        |qualifier: &[Name]| database(manifest, &database_of(qualifier, current_database, exists)?);
    for pattern in patterns {
        match pattern {
            TablePattern::All(qualifier) => {
                let database = find(qualifier).ok_or_else(|| Error::NoMatch {
                    pattern: pattern.to_string(),
                })?;
                if !manifest.complete_databases.contains(&database.id) {
                    return Err(Error::IndividualTables {
                        what: format!("{}.*", Name::new(&database.name)),
                    });
                }
                for table in tables_of(manifest, database) {
                    tables.insert((&database.name, &table.name), (database, table));
                }
            }
            TablePattern::Table(parts) => {
                let found = parts.split_last().and_then(|(name, qualifier)| {
                    let database = find(qualifier)?;
                    let table =
                        tables_of(manifest, database).find(|table| table.name == name.as_str())?;
                    Some((database, table))
                });
                match found {
                    Some((database, table)) => {
                        tables.insert((&database.name, &table.name), (database, table));
                    }
                    None => {
                        unknown.push(parts.iter().map(Name::as_str).collect::<Vec<_>>().join("."))
                    }
                }
            }
        }
    }
    if !unknown.is_empty() {
        return Err(Error::UnknownTables { names: unknown });
    }
    let into = options.into_db.as_ref();
    let tables = tables
        .into_values()
        .map(|(database, table)| selected(table, database, into.unwrap_or(&database.name)));
    Ok(Selection {
        tables: tables.collect::<Result<_>>()?,
        ..Selection::default()
    })
}

fn database<'m>(manifest: &'m Manifest, name: &str) -> Option<&'m ArchivedDatabase> {
    manifest
        .databases
        .iter()
        .find(|database| database.name == name)
}

fn tables_of<'m>(
    manifest: &'m Manifest,
    database: &ArchivedDatabase,
) -> impl Iterator<Item = &'m ArchivedTable> {
    let id = database.id;
    manifest
        .tables
        .iter()
        .filter(move |table| table.database == id)
}

/// A table as it is, where it is.
///
/// # Errors
/// [`Error::Description`].
pub fn whole(manifest: &Manifest, table: &ArchivedTable) -> Result<SelectedTable> {
    let database = manifest.database_name(table.database);
    Ok(SelectedTable {
        descriptor: checked(table, &table.descriptor)?.public_part(),
        archived: table.clone(),
        source_database: database.to_owned(),
        into: database.to_owned(),
    })
}

fn selected(
    table: &ArchivedTable,
    database: &ArchivedDatabase,
    into: &str,
) -> Result<SelectedTable> {
    Ok(SelectedTable {
        descriptor: checked(table, &table.descriptor)?.public_part(),
        archived: table.clone(),
        source_database: database.name.clone(),
        into: into.to_owned(),
    })
}

/// A descriptor in a manifest, which may come from anywhere: it is checked like a stored one.
pub fn checked(table: &ArchivedTable, descriptor: &serde_json::Value) -> Result<TableDescriptor> {
    let invalid = |problem: String| Error::Description {
        table: table.name.clone(),
        problem,
    };
    let bytes = serde_json::to_vec(descriptor).map_err(|error| invalid(error.to_string()))?;
    let descriptor =
        TableDescriptor::from_json(&bytes).map_err(|error| invalid(error.to_string()))?;
    if descriptor.id.0 != table.id {
        return Err(invalid("its descriptor is another table's".to_owned()));
    }
    Ok(descriptor)
}
