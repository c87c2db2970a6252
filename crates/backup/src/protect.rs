//! The first commit of a backup: its job, and the protection of everything that it reads.

use std::collections::BTreeMap;

use cairn_archive::Coverage;
use cairn_catalog::CATALOG;
use cairn_jobs::{JobId, Kind, NewJob, transact};
use cairn_storage::floor::{self, Protected};
use cairn_storage::{Closed, Error as StorageError, TableId, Transaction, Version};

use crate::base::{Base, base_collected};
use crate::context::{Context, Request};
use crate::coverage::first_of;
use crate::ending::{Payload, protection};
use crate::error::{Error, Result};
use crate::target::{Resolved, Target};
use crate::time::utc;

/// The window of a backup, and what it reads at which versions.
pub struct Reading {
    pub end: Closed,
    /// The end of the layer before.
    pub base: Option<Base>,
    /// With history: the version from which on the catalog was read.
    pub history_from: Option<Version>,
}

impl Reading {
    /// The earliest version that anything is read at.
    fn catalog_from(&self) -> Version {
        let start = self.base.as_ref().map(|base| base.start.version());
        self.history_from.or(start).unwrap_or(self.end.version())
    }
}

/// Writes the job and lays the protection of everything it reads, in one commit. Answers also, per table carried whole with its
/// history, from which version on that can be read.
///
/// # Errors
/// [`Error::Collected`] and [`Error::BaseCollected`] when it is too late.
pub async fn create_job(
    context: &Context,
    request: &Request,
    resolved: &Resolved,
    reading: &Reading,
) -> Result<(JobId, BTreeMap<TableId, Version>)> {
    let payload = Payload {
        destination: request.to.to_string(),
        incremental_from: request
            .incremental_from
            .iter()
            .map(ToString::to_string)
            .collect(),
        revision_history: request.revision_history,
        end: reading.end.version().0,
        tables: resolved
            .tables
            .iter()
            .map(|target| target.table.id.0)
            .collect(),
    };
    let new = NewJob {
        kind: Kind::Backup,
        description: request.description.clone(),
        user: request.user.clone(),
        running_status: Some(status(context, reading, "waiting to start")),
        payload: serde_json::to_value(payload).map_err(Error::Payload)?,
    };
    let new = &new;
    let (created, _) = transact(&context.engine, |txn| async move {
        let id = context.jobs.create(&txn, new.clone()).await?;
        let mut sinces = BTreeMap::new();
        let from = reading.catalog_from();
        let laid = floor::protect(&txn, protection(id), Protected::Table(CATALOG), from).await;
        laid.map_err(|error| too_late(context, error, reading, None))?;
        for target in &resolved.tables {
            let since = protect(context, &txn, id, target, reading).await?;
            sinces.insert(target.table.id, since);
        }
        Ok::<_, Error>((id, sinces))
    })
    .await?;
    Ok(created)
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
            first_of(target, from).max(floor).min(end)
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

/// What SHOW JOBS says of a living backup.
pub fn status(context: &Context, reading: &Reading, doing: &str) -> String {
    let since = utc(context.engine.timeline().micros(reading.catalog_from()));
    format!("{doing}; protects data since {since}")
}
