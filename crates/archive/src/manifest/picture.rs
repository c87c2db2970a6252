//! What a backup with history held at an instant inside its window.

use serde_json::Value;

use super::{ArchivedDatabase, ArchivedTable, DescriptorRevision, Manifest};

impl Manifest {
    /// The manifest as it would describe itself at `version`: the databases and tables that there were, under their names and
    /// descriptors of that time. Files, counts and fingerprints stay those of the whole window.
    ///
    /// Without history there is only the end.
    #[must_use]
    pub fn as_of(&self, version: u64) -> Manifest {
        if !self.revision_history {
            return self.clone();
        }
        let databases: Vec<ArchivedDatabase> = self
            .databases
            .iter()
            .filter_map(|database| database_at(database, version))
            .collect();
        let is_there = |id: u32| databases.iter().any(|database| database.id == id);
        let tables = self
            .tables
            .iter()
            .filter_map(|table| table_at(table, version));
        Manifest {
            complete_databases: self
                .complete_databases
                .iter()
                .copied()
                .filter(|id| is_there(*id))
                .collect(),
            tables: tables.filter(|table| is_there(table.database)).collect(),
            databases,
            ..self.clone()
        }
    }

    /// Whether a table of this manifest is there at the backup's end.
    #[must_use]
    pub fn has_at_end(&self, table: &ArchivedTable) -> bool {
        !self.revision_history || at(&table.descriptor_revisions, self.window.end.version).is_some()
    }

    /// The descriptors under which rows of a table were written, as [`shapes`] tells them.
    #[must_use]
    pub fn shapes<'a>(&self, table: &'a ArchivedTable) -> Vec<(u64, &'a Value)> {
        let revisions = table.descriptor_revisions.iter();
        let revisions = revisions.map(|revision| (revision.version, revision.descriptor.as_ref()));
        shapes(
            revisions.filter(|_| self.revision_history),
            &table.descriptor,
        )
    }
}

/// The descriptors under which rows were written, each with the version from which on it held, oldest first; without revisions, the
/// one at the end. What was written while the table was not part of the backup (`None`) is told by the next one that was.
pub fn shapes<V: Copy + Default, D>(
    revisions: impl IntoIterator<Item = (V, Option<D>)>,
    at_end: D,
) -> Vec<(V, D)> {
    let mut shapes = Vec::new();
    let mut since = None;
    for (version, descriptor) in revisions {
        match descriptor {
            Some(descriptor) => shapes.push((since.take().unwrap_or(version), descriptor)),
            None => since = Some(version),
        }
    }
    if shapes.is_empty() {
        shapes.push((V::default(), at_end));
    }
    shapes
}

/// The descriptor that holds at a version; `None` when there is none.
fn at(revisions: &[DescriptorRevision], version: u64) -> Option<&Value> {
    let passed = revisions.partition_point(|revision| revision.version <= version);
    revisions.get(passed.checked_sub(1)?)?.descriptor.as_ref()
}

fn database_at(database: &ArchivedDatabase, version: u64) -> Option<ArchivedDatabase> {
    let descriptor = at(&database.descriptor_revisions, version)?;
    Some(ArchivedDatabase {
        name: text(descriptor, "name")
            .unwrap_or(&database.name)
            .to_owned(),
        descriptor: descriptor.clone(),
        ..database.clone()
    })
}

fn table_at(table: &ArchivedTable, version: u64) -> Option<ArchivedTable> {
    let descriptor = at(&table.descriptor_revisions, version)?;
    let database = descriptor.get("database").and_then(Value::as_u64);
    let database = database.and_then(|id| u32::try_from(id).ok());
    Some(ArchivedTable {
        name: text(descriptor, "name").unwrap_or(&table.name).to_owned(),
        database: database.unwrap_or(table.database),
        descriptor: descriptor.clone(),
        ..table.clone()
    })
}

fn text<'a>(descriptor: &'a Value, field: &str) -> Option<&'a str> {
    descriptor.get(field).and_then(Value::as_str)
}
