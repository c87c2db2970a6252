//! The manifest of a finished export.

use std::collections::{BTreeMap, HashMap};

use cairn_archive::{
    ArchivedDatabase, ArchivedTable, BackupKind, Coverage, DataFile, Instant, Manifest, ObjectRef,
    ObjectType, Window, new_seal,
};
use cairn_jobs::JobId;
use cairn_rows::Fingerprint;
use cairn_storage::{TableId, Timeline, Version};
use cairn_syntax::Targets;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::export::{Exported, key_columns};
use crate::plan::{Plan, PlannedWindow};
use crate::resolve::{Resolved, Target};

/// Everything a manifest says that is not in the pieces.
pub struct Sealing<'a> {
    pub cluster: Uuid,
    pub job: JobId,
    pub targets: &'a Targets,
    pub resolved: &'a Resolved,
    pub plan: &'a Plan,
    pub lock: ObjectRef,
    pub timeline: &'a Timeline,
}

impl Sealing<'_> {
    /// Puts the pieces together.
    ///
    /// # Errors
    /// [`Error::Plan`] when a planned piece is not there exactly once.
    pub fn manifest(&self, pieces: Vec<Exported>) -> Result<Manifest> {
        let mut exported = Exports::gather(self.plan, pieces)?;
        let tables = self
            .resolved
            .tables
            .iter()
            .map(|target| self.table(target, exported.take(target.table.id)));
        let databases = self.resolved.databases.values().map(|database| {
            let descriptor = serde_json::to_value(database.as_ref()).map_err(Error::Descriptor)?;
            Ok(ArchivedDatabase {
                id: database.id.0,
                name: database.name.clone(),
                descriptor,
            })
        });
        Ok(Manifest {
            cluster: self.cluster,
            backup: new_backup_id(),
            job: self.job.0,
            seal: new_seal(),
            created_by: concat!("cairn ", env!("CARGO_PKG_VERSION")).to_owned(),
            kind: self.kind(),
            revision_history: false,
            window: self.window(),
            targets: target_texts(self.targets),
            complete_databases: self.resolved.complete.iter().map(|id| id.0).collect(),
            databases: databases.collect::<Result<_>>()?,
            tables: tables.collect::<Result<_>>()?,
            lock: Some(self.lock.clone()),
        })
    }

    fn kind(&self) -> BackupKind {
        match self.plan.window.after {
            None => BackupKind::Full,
            Some(_) => BackupKind::Incremental,
        }
    }

    fn window(&self) -> Window {
        let PlannedWindow { after, upto } = self.plan.window;
        Window {
            start: after.map(|after| self.instant(after)),
            end: self.instant(upto),
        }
    }

    fn instant(&self, version: Version) -> Instant {
        Instant {
            version: version.0,
            unix_micros: self.timeline.micros(version),
        }
    }

    fn table(&self, target: &Target, export: Export) -> Result<ArchivedTable> {
        let table = &target.table;
        let sum = |count: fn(&DataFile) -> u64| export.files.iter().map(count).sum::<u64>();
        let rows = sum(|file| file.rows);
        Ok(ArchivedTable {
            id: table.id.0,
            database: table.database.0,
            name: table.name.clone(),
            object_type: ObjectType::Table,
            coverage: Coverage::Introduced,
            public_since: table.public_since.map(|version| version.0),
            history_from: None,
            primary_key: key_columns(table),
            descriptor: serde_json::to_value(table.as_ref()).map_err(Error::Descriptor)?,
            descriptor_revisions: Vec::new(),
            rows,
            index_entries: rows * table.indexes.len() as u64,
            bytes: sum(|file| file.bytes),
            fingerprint: Some(export.fingerprint.to_string()),
            files: export.files,
        })
    }
}

/// What was exported of one table: files in key order, and the sum of all its rows.
#[derive(Default)]
struct Export {
    files: Vec<DataFile>,
    fingerprint: Fingerprint,
}

struct Exports(HashMap<TableId, Export>);

impl Exports {
    /// Sorts pieces to their tables; every planned one must be there once, and no other.
    fn gather(plan: &Plan, pieces: Vec<Exported>) -> Result<Self> {
        let mut by_place = BTreeMap::new();
        for piece in pieces {
            let place = (piece.table, piece.number);
            if by_place.insert(place, piece).is_some() {
                return Err(Error::Plan {
                    problem: format!("piece {} of table {} was exported twice", place.1, place.0),
                });
            }
        }
        let mut exports: HashMap<TableId, Export> = HashMap::new();
        for planned in plan.pieces() {
            let Some(piece) = by_place.remove(&(planned.table, planned.number)) else {
                return Err(Error::Plan {
                    problem: format!("{planned} of table {} was not exported", planned.table),
                });
            };
            let export = exports.entry(planned.table).or_default();
            export.files.extend(piece.files);
            export.fingerprint.add(piece.fingerprint);
        }
        match by_place.keys().next() {
            Some((table, number)) => Err(Error::Plan {
                problem: format!("piece {number} of table {table} was never planned"),
            }),
            None => Ok(Exports(exports)),
        }
    }

    fn take(&mut self, table: TableId) -> Export {
        self.0.remove(&table).unwrap_or_default()
    }
}

/// One text per target, for people.
fn target_texts(targets: &Targets) -> Vec<String> {
    match targets {
        Targets::Databases(names) => names
            .iter()
            .map(|name| format!("DATABASE {name}"))
            .collect(),
        Targets::Tables(patterns) => patterns
            .iter()
            .map(|pattern| format!("TABLE {pattern}"))
            .collect(),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a backup's id must be unlike any other's"
)]
fn new_backup_id() -> Uuid {
    Uuid::new_v4()
}
