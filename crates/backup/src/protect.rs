//! The first commit of a backup: its job, and the protection of everything that it reads.

use std::collections::BTreeMap;

use cairn_archive::Coverage;
use cairn_blob::SealedLocation;
use cairn_catalog::CATALOG;
use cairn_jobs::{JobId, Kind, NewJob};
use cairn_storage::{TableId, Transaction, Version, floor};

use crate::check::{Checked, refuse_reserved};
use crate::context::{Context, Request};
use crate::coverage::first_of;
use crate::error::Result;
use crate::reading::Reading;
use crate::record::Payload;
use crate::target::Target;

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
/// [`crate::Error::Collected`] and [`crate::Error::BaseCollected`] when it is too late; a destination that another job has.
pub async fn create_job(
    context: &Context,
    txn: &Transaction,
    request: &Request,
    checked: &Checked,
    piece_bytes: u64,
) -> Result<Created> {
    refuse_reserved(context, txn, request).await?;
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
    let laid = floor::protect(txn, job.protection(), CATALOG, from).await;
    laid.map_err(|error| reading.too_late(context, error, None))?;
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
    floor::protect(txn, id.protection(), table, at)
        .await
        .map_err(|error| reading.too_late(context, error, Some(target)))?;
    Ok(at)
}
