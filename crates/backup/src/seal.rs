//! The manifest of a finished export.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use cairn_archive::{
    ArchivedDatabase, ArchivedTable, BackupKind, DataFile, DescriptorRevision, Instant, Manifest,
    ObjectRef, ObjectType, OutsideColumn, OutsideObject, Window, new_seal,
};
use cairn_catalog::ObjectKind;
use cairn_jobs::JobId;
use cairn_rows::Fingerprint;
use cairn_storage::{TableId, Timeline, Version};
use cairn_syntax::Targets;
use serde::Serialize;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::export::{Exported, key_columns};
use crate::plan::{Content, Plan, PlannedWindow};
use crate::target::{Placed, Resolved, Target};

/// Everything a manifest says that is not in the pieces.
pub struct Sealing<'a> {
    pub cluster: Uuid,
    pub job: JobId,
    pub targets: &'a Targets,
    pub resolved: &'a Resolved,
    pub plan: &'a Plan,
    /// The layer before.
    pub base: Option<Uuid>,
    /// With history: from where on the catalog's descriptors are told.
    pub history_from: Option<Version>,
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
            let revisions = self.resolved.database_revisions.get(&database.id);
            Ok(ArchivedDatabase {
                id: database.id.0,
                name: database.name.clone(),
                descriptor: to_json(database.as_ref())?,
                descriptor_revisions: dated(revisions.map_or(&[], Vec::as_slice))?,
            })
        });
        Ok(Manifest {
            cluster: self.cluster,
            backup: new_backup_id(),
            job: self.job.0,
            seal: new_seal(),
            created_by: concat!("cairn ", env!("CARGO_PKG_VERSION")).to_owned(),
            kind: self.kind(),
            base: self.base,
            revision_history: self.history_from.is_some(),
            history_from: self.history_from.map(|version| version.0),
            window: self.window(),
            targets: target_texts(self.targets),
            complete_databases: self.resolved.complete.iter().map(|id| id.0).collect(),
            outside: self.resolved.outside.values().map(outside).collect(),
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
        let planned = self
            .plan
            .tables
            .iter()
            .find(|planned| planned.id == table.id);
        let history_from = match planned.map(|planned| planned.content) {
            Some(Content::History { since }) => Some(since.0),
            _ => None,
        };
        let (fingerprint, rows_at_end) = match planned {
            Some(_) => {
                let (fingerprint, rows) = export.at_end(target)?;
                (Some(fingerprint.to_string()), Some(rows))
            }
            None => (None, None),
        };
        Ok(ArchivedTable {
            id: table.id.0,
            database: table.database.0,
            name: table.name.clone(),
            object_type: match table.kind {
                ObjectKind::View(_) => ObjectType::View,
                ObjectKind::Sequence(_) => ObjectType::Sequence,
                _ => ObjectType::Table,
            },
            coverage: target.coverage,
            public_since: table.public_since.map(|version| version.0),
            history_from,
            primary_key: key_columns(table),
            descriptor: to_json(table.as_ref())?,
            descriptor_revisions: dated(&target.revisions)?,
            rows,
            index_entries: rows * table.indexes.len() as u64,
            bytes: sum(|file| file.bytes),
            fingerprint,
            rows_at_end,
            files: export.files,
        })
    }
}

fn outside(named: &Placed) -> OutsideObject {
    let columns = named.table.columns.iter();
    OutsideObject {
        id: named.table.id.0,
        database: named.database.name.clone(),
        name: named.table.name.clone(),
        columns: columns
            .map(|column| OutsideColumn {
                id: column.id.0,
                name: column.name.clone(),
            })
            .collect(),
    }
}

fn to_json(descriptor: &impl Serialize) -> Result<serde_json::Value> {
    serde_json::to_value(descriptor).map_err(Error::Descriptor)
}

fn dated<T: Serialize>(revisions: &[(Version, Option<Arc<T>>)]) -> Result<Vec<DescriptorRevision>> {
    let revisions = revisions.iter().map(|(version, descriptor)| {
        Ok(DescriptorRevision {
            version: version.0,
            descriptor: descriptor.as_deref().map(to_json).transpose()?,
        })
    });
    revisions.collect()
}

/// What was exported of one table: files in key order, and the sum of all its rows.
#[derive(Default)]
struct Export {
    files: Vec<DataFile>,
    /// Of the rows at the end, or what they have more than the layer before.
    fingerprint: Fingerprint,
    rows: i64,
}

impl Export {
    /// Fingerprint and number of the rows at the end.
    fn at_end(&self, target: &Target) -> Result<(Fingerprint, u64)> {
        let mut fingerprint = self.fingerprint;
        let mut before = 0;
        if let Some(known) = &target.before {
            fingerprint.add(known.fingerprint);
            before = known.rows;
        }
        let rows = before
            .checked_add_signed(self.rows)
            .ok_or_else(|| Error::Plan {
                problem: format!(
                    "{} has fewer rows than were deleted",
                    target.qualified_name()
                ),
            })?;
        Ok((fingerprint, rows))
    }
}

struct Exports(HashMap<TableId, Export>);

impl Exports {
    /// Sorts pieces to their tables; every planned one must be there once, and no other.
    fn gather(plan: &Plan, pieces: Vec<Exported>) -> Result<Self> {
        let mut by_place = BTreeMap::new();
        for piece in pieces {
            let place = (piece.table, piece.span.start.clone());
            if let Some(piece) = by_place.insert(place, piece) {
                return Err(Error::Plan {
                    problem: format!("{} was exported twice", covering(&piece)),
                });
            }
        }
        let mut exports: HashMap<TableId, Export> = HashMap::new();
        for planned in plan.pieces() {
            let place = (planned.table, planned.span.start.clone());
            let exported = by_place.remove(&place);
            let Some(piece) = exported.filter(|piece| piece.span == planned.span) else {
                return Err(Error::Plan {
                    problem: format!("{planned} of table {} was not exported", planned.table),
                });
            };
            let export = exports.entry(planned.table).or_default();
            export.files.extend(piece.files);
            export.fingerprint.add(piece.fingerprint);
            export.rows += piece.rows;
        }
        match by_place.values().next() {
            Some(piece) => Err(Error::Plan {
                problem: format!("{} was never planned", covering(piece)),
            }),
            None => Ok(Exports(exports)),
        }
    }

    fn take(&mut self, table: TableId) -> Export {
        self.0.remove(&table).unwrap_or_default()
    }
}

fn covering(piece: &Exported) -> String {
    let (start, end) = (hex::encode(&piece.span.start), hex::encode(&piece.span.end));
    format!("[{start}, {end}) of table {}", piece.table)
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
