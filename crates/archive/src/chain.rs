//! A chain: a full backup and the incremental ones made on it, oldest first.
//!
//! WHAT
//!   Reads the manifests of a list of locations and says whether they join: each continues the one before it, without gap, from
//!   the very version at which that one ends. BACKUP asks before it continues a chain, RESTORE before it reads one.
//!
//! INVARIANTS
//!   Layers join on versions and on the id of the backup they were made on: `check`. A table that is continued is in the layer
//!   before: `layers_of`.
//!
//! ERRORS
//!   [`Break`] names the location that is wrong and what to do; [`Unreadable`] the one whose manifest cannot be read.

use std::fmt;
use std::sync::Arc;

use arrow::temporal_conversions::timestamp_us_to_datetime;
use cairn_blob::Store;
use uuid::Uuid;

use crate::error::Error;
use crate::manifest::{ArchivedTable, BackupKind, Coverage, Instant, Manifest};

/// One backup of a chain, its manifest read.
#[derive(Clone)]
pub struct Layer {
    pub store: Arc<dyn Store>,
    pub manifest: Manifest,
}

/// A location of a chain whose manifest cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{source}")]
pub struct Unreadable {
    pub location: String,
    pub source: Error,
}

/// Why backups do not make a chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Break {
    #[error("no backup was listed")]
    Empty,
    #[error(
        "no backup covers time [0, {}) (or backups out of order): {location} is an incremental backup, list the full one before it",
        Shown(*.start)
    )]
    NotFull { location: String, start: Instant },
    #[error(
        "backups listed out of order (mismatched start time): {location} is a full backup; only the first one of a chain is full"
    )]
    FullInside { location: String },
    #[error("{location} is the same backup as {first}: list each one once")]
    Twice { location: String, first: String },
    #[error(
        "{location} belongs to cluster {cluster}, and {first} to cluster {other}: a chain is of one cluster"
    )]
    Foreign {
        location: String,
        cluster: Uuid,
        first: String,
        other: Uuid,
    },
    #[error(
        "no backup covers time [{}, {}) (or backups out of order): {location} goes on at {}, but {previous} before it ends at {}; list what lies between",
        Shown(*.end), Shown(*.start), Shown(*.start), Shown(*.end)
    )]
    Gap {
        location: String,
        start: Instant,
        previous: String,
        end: Instant,
    },
    #[error(
        "backups listed out of order (mismatched start time): {location} goes on at {}, but {previous} before it ends only at {}",
        Shown(*.start), Shown(*.end)
    )]
    Overlap {
        location: String,
        start: Instant,
        previous: String,
        end: Instant,
    },
    #[error(
        "{location} was made on backup {wanted}, but {previous} before it is backup {found}: they end at the same time and are not the same"
    )]
    OtherBase {
        location: String,
        wanted: Uuid,
        previous: String,
        found: Uuid,
    },
    #[error(
        "no backup covers table {table:?} before {} (or backups out of order): {location} has only its changes, and {previous} before it does not have it",
        Shown(*.start)
    )]
    NoTable {
        table: String,
        start: Instant,
        location: String,
        previous: String,
    },
}

/// An instant as messages show it.
#[derive(Clone, Copy, Debug)]
pub struct Shown(pub Instant);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match timestamp_us_to_datetime(self.0.unix_micros) {
            Some(time) => write!(f, "{time}+00"),
            None => write!(f, "version {}", self.0.version),
        }
    }
}

impl Layer {
    #[must_use]
    pub fn location(&self) -> String {
        self.store.to_string()
    }

    #[must_use]
    pub fn end(&self) -> Instant {
        self.manifest.window.end
    }
}

/// Reads the manifest at every location, in the order given.
///
/// # Errors
/// The first one that cannot be read.
pub async fn read(stores: Vec<Arc<dyn Store>>) -> Result<Vec<Layer>, Unreadable> {
    let mut layers = Vec::with_capacity(stores.len());
    for store in stores {
        let manifest = Manifest::read(store.as_ref())
            .await
            .map_err(|source| Unreadable {
                location: store.to_string(),
                source,
            })?;
        layers.push(Layer { store, manifest });
    }
    Ok(layers)
}

/// Whether the layers are one chain, from a full backup on, without gap.
///
/// # Errors
/// The first place where they do not join.
pub fn check(layers: &[Layer]) -> Result<(), Break> {
    let first = layers.first().ok_or(Break::Empty)?;
    if let Some(start) = first.manifest.window.start {
        return Err(Break::NotFull {
            location: first.location(),
            start,
        });
    }
    for (position, layer) in layers.iter().enumerate().skip(1) {
        let mut before = layers.iter().take(position);
        if let Some(same) = before.find(|other| other.manifest.backup == layer.manifest.backup) {
            return Err(Break::Twice {
                location: layer.location(),
                first: same.location(),
            });
        }
        if layer.manifest.cluster != first.manifest.cluster {
            return Err(Break::Foreign {
                location: layer.location(),
                cluster: layer.manifest.cluster,
                first: first.location(),
                other: first.manifest.cluster,
            });
        }
    }
    for (previous, layer) in layers.iter().zip(layers.iter().skip(1)) {
        check_joint(previous, layer)?;
    }
    Ok(())
}

fn check_joint(previous: &Layer, layer: &Layer) -> Result<(), Break> {
    let location = layer.location();
    let (BackupKind::Incremental, Some(start)) = (layer.manifest.kind, layer.manifest.window.start)
    else {
        return Err(Break::FullInside { location });
    };
    let (before, end) = (previous.location(), previous.end());
    if start.version > end.version {
        return Err(Break::Gap {
            location,
            start,
            previous: before,
            end,
        });
    }
    if start.version < end.version {
        return Err(Break::Overlap {
            location,
            start,
            previous: before,
            end,
        });
    }
    match layer.manifest.base {
        Some(wanted) if wanted != previous.manifest.backup => Err(Break::OtherBase {
            location,
            wanted,
            previous: before,
            found: previous.manifest.backup,
        }),
        _ => Ok(()),
    }
}

/// The layers that hold the rows of a table, given the last one: back to the one that introduces it. Each with what it has of the
/// table, oldest first.
///
/// # Errors
/// [`Break::NoTable`] when a layer that should have it does not.
pub fn layers_of(layers: &[Layer], table: u32) -> Result<Vec<(usize, &ArchivedTable)>, Break> {
    let mut found: Vec<(usize, &ArchivedTable)> = Vec::new();
    for (position, layer) in layers.iter().enumerate().rev() {
        let there = layer.manifest.tables.iter().find(|other| other.id == table);
        // What the layer after this one goes on from must have been there at this one's end.
        let there =
            there.filter(|archived| found.is_empty() || layer.manifest.has_at_end(archived));
        let Some(archived) = there else { break };
        found.push((position, archived));
        if archived.coverage == Coverage::Introduced {
            found.reverse();
            return Ok(found);
        }
    }
    let lowest = found
        .last()
        .and_then(|(position, archived)| Some((layers.get(*position)?, archived)));
    let previous = found
        .last()
        .and_then(|(position, _)| layers.get(position.checked_sub(1)?));
    match lowest {
        None => Err(Break::Empty),
        Some((layer, archived)) => Err(Break::NoTable {
            table: archived.name.clone(),
            start: layer
                .manifest
                .window
                .start
                .unwrap_or(layer.manifest.window.end),
            location: layer.location(),
            previous: previous.map_or_else(|| "what is listed".to_owned(), Layer::location),
        }),
    }
}
