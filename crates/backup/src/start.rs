//! A backup from its request to its job: every mistake of the statement is found before the job exists.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use cairn_archive::Error as ArchiveError;
use cairn_archive::destination::{self, JobState};
use cairn_blob::Store;
use cairn_catalog::{CATALOG, Error as CatalogError};
use cairn_jobs::{BoxError, Error as JobsError, JobId, Kind, Record, Running, transact};
use cairn_storage::{Snapshot, TableId, Transaction, Version, floor};
use cairn_syntax::Targets;

use crate::base;
use crate::context::{Context, Request};
use crate::coverage::{resolve_changes, resolve_history};
use crate::error::{Error, Result};
use crate::hierarchy;
use crate::plan::PIECE_BYTES;
use crate::protect::{Reading, create_job, too_late};
use crate::record::Payload;
use crate::resolve::resolve;
use crate::target::{Placed, Resolved};
use crate::window::Past;
use crate::work::Work;

/// A backup on its way.
pub struct Started {
    pub running: Running<Error>,
    /// Where it goes to: at its end it can say what it lacks.
    pub store: Arc<dyn Store>,
}

/// Checks a BACKUP and starts its job. Every mistake of the statement is found before the job exists.
///
/// # Errors
/// Names that are not there, a destination that is in use or cannot be reached, an end that was collected.
pub async fn start(context: &Arc<Context>, request: Request) -> Result<Started> {
    let context = Arc::clone(context);
    let starting = async move {
        let store = request.to.open(&context.storage().await?)?;
        let running = start_at(&context, request, Arc::clone(&store), PIECE_BYTES).await?;
        Ok(Started { running, store })
    };
    // A client that goes away now must not leave a job behind that nobody runs.
    tokio::spawn(starting)
        .await
        .map_err(|_panicked| JobsError::WorkerLost)?
}

/// The same with the destination opened already and pieces of another size: tests put failing
/// stores there, and ask for many pieces.
///
/// # Errors
/// As [`start`].
pub async fn start_at(
    context: &Arc<Context>,
    request: Request,
    store: Arc<dyn Store>,
    piece_bytes: u64,
) -> Result<Running<Error>> {
    let bases = open_all(context, &request).await?;
    start_on(context, request, bases, store, piece_bytes).await
}

/// The same with the previous backups opened already, too.
///
/// # Errors
/// As [`start`].
pub async fn start_on(
    context: &Arc<Context>,
    request: Request,
    bases: Vec<Arc<dyn Store>>,
    store: Arc<dyn Store>,
    piece_bytes: u64,
) -> Result<Running<Error>> {
    let mut checked = check(context, &request, bases, store.as_ref()).await?;
    let mut attempts = 0;
    let created = loop {
        attempts += 1;
        let (request, checked) = (&request, &mut checked);
        let laid = transact(&context.engine, |txn| {
            let checked = &*checked;
            async move { create_job(context, &txn, request, checked, piece_bytes).await }
        });
        match laid.await {
            Ok((created, _)) => break created,
            // The beginning of a full history rose between being looked up and being protected.
            Err(Error::Collected { .. })
                if checked.begins_at_floor(request) && attempts < ATTEMPTS =>
            {
                checked.resolve(context, request).await?;
            }
            Err(error) => return Err(error),
        }
    };
    let claim = Arc::new(context.jobs.claim(created.job).await?);
    let work = Work {
        context: Arc::clone(context),
        claim: Arc::clone(&claim),
        store,
        reading: checked.reading,
        resolved: readable(checked.resolved, &created.sinces),
        payload: created.payload,
    };
    Ok(Running::start(claim, work.run()))
}

/// Checks a BACKUP and creates its job in the caller's transaction. Once that is committed, [`cairn_jobs::Registry::begin`]
/// starts it.
///
/// # Errors
/// As [`start`].
pub async fn create(context: &Arc<Context>, request: &Request, txn: &Transaction) -> Result<JobId> {
    let store = request.to.open(&context.storage().await?)?;
    let bases = open_all(context, request).await?;
    let checked = check(context, request, bases, store.as_ref()).await?;
    let created = create_job(context, txn, request, &checked, PIECE_BYTES).await?;
    Ok(created.job)
}

async fn open_all(context: &Context, request: &Request) -> Result<Vec<Arc<dyn Store>>> {
    let settings = context.storage().await?;
    let bases = request.incremental_from.iter();
    let bases = bases.map(|location| location.open(&settings));
    Ok(bases.collect::<Result<_, cairn_blob::Error>>()?)
}

/// A statement that makes sense, before it is a job.
pub struct Checked {
    pub reading: Reading,
    pub resolved: Resolved,
}

async fn check(
    context: &Context,
    request: &Request,
    bases: Vec<Arc<dyn Store>>,
    store: &dyn Store,
) -> Result<Checked> {
    let end = match request.end {
        Some(end) => end,
        // Not the newest commit: a quiet hour before a backup is covered by it.
        None => {
            let now = context.engine.timeline().now();
            context.engine.close(now).await?
        }
    };
    let base = base::open(context, bases, end).await?;
    let mut checked = Checked {
        reading: Reading {
            end,
            base,
            history_from: None,
        },
        resolved: Resolved::default(),
    };
    checked.resolve(context, request).await?;
    destination::check(store, context.cluster, context).await?;
    refuse_reserved(context, request).await?;
    Ok(checked)
}

/// A job has its destination before it has written a lock there: one that was paused before it ran keeps it as well.
async fn refuse_reserved(context: &Context, request: &Request) -> Result<()> {
    let location = request.to.to_string();
    let read = Snapshot::now(Arc::clone(&context.engine)).await?;
    let jobs = context.jobs.list(&read).await?;
    let living = |job: &&Record| job.kind == Kind::Backup && !job.status.is_terminal();
    for job in jobs.iter().filter(living) {
        let payload: Payload = job.read_payload()?;
        if payload.lock.is_none() && payload.destination.shown == location {
            let what = format!(
                "reservation of job {} ({}): wait for that job or cancel it, or choose another destination",
                job.id, job.status
            );
            return Err(ArchiveError::InUse { location, what }.into());
        }
    }
    Ok(())
}

impl Checked {
    /// Looks the targets up, and with history where it begins: once more when that rises meanwhile.
    async fn resolve(&mut self, context: &Context, request: &Request) -> Result<()> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            match self.try_resolve(context, request).await {
                Err(Error::Collected { .. })
                    if self.begins_at_floor(request) && attempts < ATTEMPTS => {}
                other => return other,
            }
        }
    }

    /// Whether it is a full history: it begins wherever collection has come to.
    fn begins_at_floor(&self, request: &Request) -> bool {
        self.reading.base.is_none() && request.revision_history
    }

    async fn try_resolve(&mut self, context: &Context, request: &Request) -> Result<()> {
        self.reading.history_from = match (&self.reading.base, request.revision_history) {
            (_, false) => None,
            (Some(base), true) => Some(base.start),
            (None, true) => {
                let read = Snapshot::now(Arc::clone(&context.engine)).await?;
                let floor = floor::floor_of(&read, CATALOG).await?;
                // Before the first commit there was nothing.
                let from = floor.min(self.reading.end.version());
                Some(context.engine.close(from).await?)
            }
        };
        let current = request.current_database.as_deref();
        self.resolved = resolve_in(context, &request.targets, current, &self.reading).await?;
        Ok(())
    }
}

/// Without tables that were dropped before the first version at which their rows can still be told.
pub fn readable(mut resolved: Resolved, sinces: &BTreeMap<TableId, Version>) -> Resolved {
    resolved.tables.retain(|target| {
        let since = sinces.get(&target.table.id).copied().unwrap_or_default();
        let last = target.revisions.last();
        let left = last.and_then(|(version, descriptor)| descriptor.is_none().then_some(*version));
        left.is_none_or(|left| since < left)
    });
    resolved
}

/// How often the beginning of a history is looked up when it rises meanwhile.
const ATTEMPTS: usize = 5;

/// What the targets mean, at the end or with history in all of the window, and what of it the layer before has. It follows from the
/// catalog of the window, so a job that goes on finds the same.
pub async fn resolve_in(
    context: &Context,
    targets: &Targets,
    current: Option<&str>,
    reading: &Reading,
) -> Result<Resolved> {
    let start = reading.base.as_ref().map(|base| base.start);
    let from = reading.history_from.or(start);
    let history = reading.history_from.is_some();
    let error = |error: CatalogError| match error {
        CatalogError::Storage(source) => too_late(context, source, reading, None),
        other => Error::from(other),
    };
    let past = match from {
        Some(from) => Some(
            Past::read(&context.catalog, from, reading.end)
                .await
                .map_err(error)?,
        ),
        None => None,
    };
    let base = reading.base.as_ref().map(|base| &base.manifest);
    let snapshot = Snapshot::new(Arc::clone(&context.engine), reading.end);
    let view = context.catalog.view(&snapshot).await.map_err(error)?;
    let resolved = match &past {
        Some(past) if history => {
            let members = past.members(targets, current)?;
            let resolved = resolve_history(past, &members, base)?;
            hierarchy::check(&resolved, &view)?;
            resolved
        }
        past => {
            let resolved = resolve(&view, targets, current)?;
            hierarchy::check(&resolved, &view)?;
            match past.as_ref().zip(base) {
                Some((past, base)) => resolve_changes(past, resolved, base)?,
                None => resolved,
            }
        }
    };
    let known = past.filter(|_| history);
    let known = known.map(|past| past.known()).unwrap_or_default();
    Ok(resolved.with_outside(|id| {
        let now = view.table_by_id(id).and_then(|table| {
            Some(Placed {
                database: Arc::clone(view.database_by_id(table.database)?),
                table: Arc::clone(table),
            })
        });
        now.or_else(|| known.get(&id).cloned())
    }))
}

/// What this store knows of the jobs that left locks.
#[async_trait]
impl destination::Jobs for Context {
    async fn state(&self, job: i64) -> Result<JobState, BoxError> {
        let read = Snapshot::now(Arc::clone(&self.engine)).await?;
        match self.jobs.get(&read, JobId(job)).await {
            Ok(record) if record.status.is_terminal() => Ok(JobState::Ended),
            Ok(_) => Ok(JobState::Alive),
            Err(JobsError::Unknown(_)) => Ok(JobState::Unknown),
            Err(error) => Err(error.into()),
        }
    }
}
