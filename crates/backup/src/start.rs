//! A backup from its request to its end.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_trait::async_trait;
use cairn_archive::destination::{self, JobState};
use cairn_archive::{Coverage, Manifest, Sealed};
use cairn_blob::Store;
use cairn_catalog::{CATALOG, Error as CatalogError};
use cairn_jobs::{BoxError, Claim, Crew, Error as JobsError, JobId, JobResult, Running, transact};
use cairn_rows::primary_span;
use cairn_storage::{Closed, ScanLimit, Snapshot, TableId, Version, Window, floor};
use cairn_syntax::Targets;

use crate::base;
use crate::context::{Context, Request};
use crate::coverage::{resolve_changes, resolve_history};
use crate::ending::{protection, result_of};
use crate::error::{Error, Result};
use crate::export::{EXPORT_BYTES, Exported, Exporter, WORKER_BYTES};
use crate::hierarchy;
use crate::plan::{PIECE_BYTES, Plan, PlannedWindow, Survey, piece_count, piece_size};
use crate::protect::{Reading, create_job, status, too_late};
use crate::resolve::resolve;
use crate::seal::Sealing;
use crate::sealed;
use crate::target::{Placed, Resolved, Target};
use crate::window::Past;

/// So many changed revisions of a table are carried in one piece.
const FEW_CHANGES: usize = 20_000;

/// Checks a BACKUP and starts its job. Every mistake of the statement is found before the job exists.
///
/// # Errors
/// Names that are not there, a destination that is in use or cannot be reached, an end that was collected.
pub async fn start(context: &Arc<Context>, request: Request) -> Result<Running<Error>> {
    let store = request.to.open(&context.settings)?;
    let context = Arc::clone(context);
    // A client that goes away now must not leave a job behind that nobody runs.
    let starting = async move { start_at(&context, request, store, PIECE_BYTES).await };
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
    let bases = request.incremental_from.iter();
    let bases = bases.map(|location| location.open(&context.settings));
    let bases = bases.collect::<Result<_, cairn_blob::Error>>()?;
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
    let end = match request.end {
        Some(end) => end,
        // Not the newest commit: a quiet hour before a backup is covered by it.
        None => {
            let now = context.engine.timeline().now();
            context.engine.close(now).await?
        }
    };
    let mut attempts = 0;
    let base = base::open(context, bases, end).await?;
    let mut reading = Reading {
        end,
        base,
        history_from: None,
    };
    let (resolved, id, sinces) = loop {
        attempts += 1;
        let resolved = resolve_in(context, &request, &mut reading).await?;
        destination::check(store.as_ref(), context.cluster, context.as_ref()).await?;
        match create_job(context, &request, &resolved, &reading).await {
            Ok((id, sinces)) => break (readable(resolved, &sinces), id, sinces),
            // The beginning of a full history rose between being looked up and being protected.
            Err(Error::Collected { .. })
                if reading.base.is_none() && request.revision_history && attempts < ATTEMPTS => {}
            Err(error) => return Err(error),
        }
    };
    let claim = Arc::new(context.jobs.claim(id).await?);
    let work = Work {
        context: Arc::clone(context),
        claim: Arc::clone(&claim),
        store,
        reading,
        targets: request.targets,
        resolved,
        sinces,
        piece_bytes,
    };
    Ok(Running::start(claim, work.run()))
}

/// Without tables that were dropped before the first version at which their rows can still be told.
fn readable(mut resolved: Resolved, sinces: &BTreeMap<TableId, Version>) -> Resolved {
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

/// What the targets mean, at the end or with history in all of the window, and what of it the layer before has.
async fn resolve_in(
    context: &Context,
    request: &Request,
    reading: &mut Reading,
) -> Result<Resolved> {
    let current = request.current_database.as_deref();
    let base = reading.base.as_ref().map(|base| base.start);
    let from = match base {
        Some(start) => Some(start),
        None if request.revision_history => {
            let read = Snapshot::now(Arc::clone(&context.engine)).await?;
            let floor = floor::floor_of(&read, CATALOG).await?;
            // Before the first commit there was nothing.
            Some(
                context
                    .engine
                    .close(floor.min(reading.end.version()))
                    .await?,
            )
        }
        None => None,
    };
    reading.history_from = from
        .filter(|_| request.revision_history)
        .map(Closed::version);
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
        Some(past) if request.revision_history => {
            let members = past.members(&request.targets, current)?;
            let resolved = resolve_history(past, &members, base)?;
            hierarchy::check(&resolved, &view)?;
            resolved
        }
        past => {
            let resolved = resolve(&view, &request.targets, current)?;
            hierarchy::check(&resolved, &view)?;
            match past.as_ref().zip(base) {
                Some((past, base)) => resolve_changes(past, resolved, base)?,
                None => resolved,
            }
        }
    };
    let known = past.filter(|_| request.revision_history);
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

/// A job at work.
struct Work {
    context: Arc<Context>,
    claim: Arc<Claim>,
    store: Arc<dyn Store>,
    reading: Reading,
    targets: Targets,
    resolved: Resolved,
    sinces: BTreeMap<TableId, Version>,
    piece_bytes: u64,
}

impl Work {
    async fn run(self) -> Result<JobResult> {
        let context = &self.context;
        self.claim
            .checkpoint(0.0, Some(&self.status("planning")))
            .await?;
        let job = self.claim.id().0;
        let lock =
            destination::claim(self.store.as_ref(), context.cluster, job, context.as_ref()).await?;
        let plan = self.plan().await?;
        tracing::info!(job = self.claim.id().0, "backup plan:\n{plan}");
        let pieces = self.export(&plan).await?;
        let sealing = Sealing {
            cluster: context.cluster,
            job: self.claim.id(),
            targets: &self.targets,
            resolved: &self.resolved,
            plan: &plan,
            base: self.reading.base.as_ref().map(|base| base.manifest.backup),
            history_from: self.reading.history_from,
            lock,
            timeline: context.engine.timeline(),
        };
        let manifest = sealing.manifest(pieces)?;
        self.remember(&manifest).await?;
        self.claim
            .seal(&self.status("writing the manifest"))
            .await?;
        let manifest = self.write_manifest(manifest).await?;
        self.succeed(result_of(&manifest)).await
    }

    fn status(&self, doing: &str) -> String {
        status(&self.context, &self.reading, doing)
    }

    fn workers(&self) -> usize {
        self.context.workers.clamp(1, EXPORT_BYTES / WORKER_BYTES)
    }

    fn window(&self) -> PlannedWindow {
        let start = self.reading.base.as_ref().map(|base| base.start.version());
        PlannedWindow {
            after: start,
            upto: self.reading.end.version(),
        }
    }

    async fn plan(&self) -> Result<Plan> {
        let engine = &self.context.engine;
        let mut surveys = HashMap::new();
        for target in self
            .resolved
            .tables
            .iter()
            .filter(|target| target.has_rows())
        {
            let id = target.table.id;
            let mut survey = Survey {
                since: self.sinces.get(&id).copied().unwrap_or_default(),
                ..Survey::default()
            };
            if self.is_large(target).await? {
                survey.estimated_bytes = engine.size(&primary_span(&target.table)).await?;
            }
            surveys.insert(id, survey);
        }
        let total = surveys.values().map(|survey| survey.estimated_bytes).sum();
        let piece_bytes = piece_size(total, self.workers(), self.piece_bytes);
        for target in &self.resolved.tables {
            if let Some(survey) = surveys.get_mut(&target.table.id) {
                let pieces = piece_count(survey.estimated_bytes, piece_bytes);
                survey.cuts = engine.split(&primary_span(&target.table), pieces).await?;
            }
        }
        let history = self.reading.history_from.is_some();
        let plan = Plan::new(&self.resolved.tables, self.window(), history, &surveys);
        plan.check().map_err(|problem| Error::Plan { problem })?;
        Ok(plan)
    }

    /// Whether a table is worth cutting up. One of which only changes are carried, and few, is not even measured: that would
    /// cost more than to carry them.
    async fn is_large(&self, target: &Target) -> Result<bool> {
        let Some(base) = &self.reading.base else {
            return Ok(true);
        };
        if target.coverage == Coverage::Introduced || target.before.is_none() {
            return Ok(true);
        }
        let window = Window {
            after: base.start.version(),
            upto: self.reading.end,
        };
        let (span, few) = (primary_span(&target.table), ScanLimit::rows(FEW_CHANGES));
        let probe = self
            .context
            .engine
            .history(&span, window, None, false, few)
            .await?;
        Ok(probe.resume.is_some())
    }

    /// Notes that this store makes the backup, before it is one: only what the store remembers can be continued.
    async fn remember(&self, manifest: &Manifest) -> Result<()> {
        let claim = &self.claim;
        transact(&self.context.engine, |txn| async move {
            claim.guard(&txn).await?;
            sealed::remember(&txn, manifest).await
        })
        .await
        .map(|((), _)| ())
    }

    /// Exports all pieces; when it returns, no worker is at work any more.
    async fn export(&self, plan: &Plan) -> Result<Vec<Exported>> {
        let stop = self.claim.stop().clone();
        let engine = Arc::clone(&self.context.engine);
        let exporter = Exporter::new(
            engine,
            self.reading.end,
            Arc::clone(&self.store),
            stop.clone(),
            self.piece_bytes,
            plan,
            &self.resolved.tables,
        )?;
        let exporter = Arc::new(exporter);
        let tasks: Vec<_> = plan.pieces().cloned().collect();
        let mut crew = Crew::start("backup", self.workers(), tasks, stop, move |piece| {
            let exporter = Arc::clone(&exporter);
            async move { exporter.export(piece).await }
        })?;
        let exported = self.gather(&mut crew, plan.pieces().count()).await;
        crew.dismiss().await;
        exported
    }

    async fn gather(
        &self,
        crew: &mut Crew<Exported, Error>,
        total: usize,
    ) -> Result<Vec<Exported>> {
        let mut pieces = Vec::with_capacity(total);
        while let Some(piece) = crew.next_of(&self.claim).await {
            pieces.push(piece?);
            let doing = format!("exported {} of {total} pieces", pieces.len());
            // The last hundredth is the manifest's.
            let fraction = pieces.len() as f64 / total as f64 * 0.99;
            self.claim.progress(fraction, &self.status(&doing)).await?;
        }
        Ok(pieces)
    }

    /// Writes the manifest. An error may have come after it was written, so a second attempt finds
    /// out: what is there already and names this job is ours.
    async fn write_manifest(&self, manifest: Manifest) -> Result<Manifest> {
        let sealed = match manifest.seal(self.store.as_ref()).await {
            Err(error) => {
                tracing::warn!(
                    job = self.claim.id().0,
                    error = &error as &dyn std::error::Error,
                    "cannot write the manifest; looking how far it got"
                );
                manifest.seal(self.store.as_ref()).await?
            }
            sealed => sealed?,
        };
        match sealed {
            Sealed::Now => Ok(manifest),
            Sealed::Before(earlier) => Ok(*earlier),
        }
    }

    async fn succeed(&self, result: JobResult) -> Result<JobResult> {
        let claim = &self.claim;
        transact(&self.context.engine, |txn| async move {
            floor::release(&txn, protection(claim.id())).await?;
            claim.succeed_in(&txn, result).await?;
            Ok::<_, Error>(())
        })
        .await?;
        Ok(result)
    }
}
