//! The first commit of a backup: its job, and the protection of everything that it reads.

use std::collections::BTreeMap;

use cairn_archive::Coverage;
use cairn_blob::SealedLocation;
use cairn_catalog::CATALOG;
use cairn_jobs::{JobId, Kind, NewJob};
use cairn_storage::floor::{self, Protected};
use cairn_storage::{Closed, Error as StorageError, TableId, Transaction, Version};

use crate::base::{Base, base_collected};
use crate::context::{Context, Request};
use crate::coverage::first_of;
use crate::duty::protection;
use crate::error::{Error, Result};
use crate::record::Payload;
use crate::start::Checked;
use crate::target::Target;

/// The window of a backup, and what it reads at which versions.
pub struct Reading {
    pub end: Closed,
    /// The end of the layer before.
    pub base: Option<Base>,
    /// With history: the version from which on the catalog is read.
    pub history_from: Option<Closed>,
}

impl Reading {
    /// The earliest version that anything is read at.
    fn catalog_from(&self) -> Version {
        let start = self.base.as_ref().map(|base| base.start);
        self.history_from.or(start).unwrap_or(self.end).version()
    }
}

/// What the first commit makes.
pub struct Created {
    pub job: JobId,
    /// Per table carried whole with its history, from which version on that can be read.
    pub sinces: BTreeMap<TableId, Version>,
    pub payload: Payload,
}

/// Writes the job and lays the protection of everything it reads, in the caller's transaction.
///
/// # Errors
/// [`Error::Collected`] and [`Error::BaseCollected`] when it is too late.
pub async fn create_job(
    context: &Context,
    txn: &Transaction,
    request: &Request,
    checked: &Checked,
    piece_bytes: u64,
) -> Result<Created> {
    let Checked { reading, resolved } = checked;
    let from = reading.catalog_from();
    let new = NewJob {
        kind: Kind::Backup,
        description: request.description.clone(),
        user: request.user.clone(),
        running_status: Some("waiting to start".to_owned()),
        protects_since: Some(context.engine.timeline().micros(from)),
        payload: serde_json::Value::Null,
    };
    let job = context.jobs.create(txn, new).await?;
    let laid = floor::protect(txn, protection(job), Protected::Table(CATALOG), from).await;
    laid.map_err(|error| too_late(context, error, reading, None))?;
    let mut sinces = BTreeMap::new();
    for target in &resolved.tables {
        let since = protect(context, txn, job, target, reading).await?;
        if reading.history_from.is_some() {
            sinces.insert(target.table.id, since);
        }
    }
    let vault = &context.settings.vault;
    let bases = request.incremental_from.iter();
    let bases = bases.map(|location| SealedLocation::new(location, vault));
    let base = reading.base.as_ref();
    let payload = Payload {
        destination: SealedLocation::new(&request.to, vault)?,
        incremental_from: bases.collect::<Result<_, cairn_blob::Error>>()?,
        targets: request.targets.clone(),
        current_database: request.current_database.clone(),
        end: reading.end.version().0,
        base: base.map(|base| base.manifest.backup),
        history_from: reading.history_from.map(|from| from.version().0),
        sinces: sinces.clone(),
        piece_bytes,
        lock: None,
    };
    context.jobs.set_payload(txn, job, &payload).await?;
    Ok(Created {
        job,
        sinces,
        payload,
    })
}

async fn protect(
    context: &Context,
    txn: &Transaction,
    id: JobId,
    target: &Target,
    reading: &Reading,
) -> Result<Version> {
    let table = target.table.id;
    let end = reading.end.version();
    let at = match (target.coverage, &reading.base, reading.history_from) {
        (Coverage::Continued, Some(base), _) => base.start.version(),
        (_, _, Some(from)) => {
            let floor = floor::floor_of(txn, table).await?;
            first_of(target, from.version()).max(floor).min(end)
        }
        _ => end,
    };
    floor::protect(txn, protection(id), Protected::Table(table), at)
        .await
        .map_err(|error| too_late(context, error, reading, Some(target)))?;
    Ok(at)
}

/// Says of a read below a floor what the user asked for.
pub fn too_late(
    context: &Context,
    error: StorageError,
    reading: &Reading,
    target: Option<&Target>,
) -> Error {
    let StorageError::BelowFloor { at, floor, .. } = error else {
        return error.into();
    };
    let what = target.map_or_else(
        || "the catalog".to_owned(),
        |target| format!("table {}", target.qualified_name()),
    );
    if let Some(base) = reading
        .base
        .as_ref()
        .filter(|base| base.start.version() == at)
    {
        return base_collected(context, &base.location, at, floor, &what);
    }
    let timeline = context.engine.timeline();
    Error::Collected {
        what,
        at: timeline.decimal(at),
        floor: timeline.decimal(floor),
    }
}
