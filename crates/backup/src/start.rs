//! A backup from its request to its end.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use cairn_archive::destination::{self, JobState};
use cairn_archive::{Manifest, Sealed};
use cairn_blob::Store;
use cairn_catalog::{CATALOG, Error as CatalogError};
use cairn_jobs::{
    BoxError, Claim, Crew, Error as JobsError, JobId, JobResult, Kind, NewJob, Running, transact,
};
use cairn_rows::primary_span;
use cairn_storage::floor::{self, Protected};
use cairn_storage::{Closed, Error as StorageError, Snapshot, TableId, Transaction};
use cairn_syntax::Targets;

use crate::context::{Context, Request};
use crate::ending::{Payload, protection, result_of};
use crate::error::{Error, Result};
use crate::export::{EXPORT_BYTES, Exported, Exporter, WORKER_BYTES};
use crate::plan::{PIECE_BYTES, Plan, PlannedWindow, Survey, piece_count, piece_size};
use crate::resolve::{Resolved, Target, resolve};
use crate::seal::Sealing;
use crate::time::utc;

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
    if !request.incremental_from.is_empty() {
        return Err(Error::Unsupported {
            form: "BACKUP … INCREMENTAL FROM",
        });
    }
    if request.revision_history {
        return Err(Error::Unsupported {
            form: "BACKUP … WITH revision_history",
        });
    }
    let end = match request.end {
        Some(end) => end,
        None => context.engine.read_version().await?,
    };
    let snapshot = Snapshot::new(Arc::clone(&context.engine), end);
    let view = context.catalog.view(&snapshot).await;
    let view = view.map_err(|error| match error {
        CatalogError::Storage(source) => collected(context, source, |_| None),
        other => other.into(),
    })?;
    let resolved = resolve(&view, &request.targets, request.current_database.as_deref())?;
    destination::check(store.as_ref(), context.cluster, context.as_ref()).await?;
    let id = create_job(context, &request, &resolved, end).await?;
    let claim = Arc::new(context.jobs.claim(id).await?);
    let work = Work {
        context: Arc::clone(context),
        claim: Arc::clone(&claim),
        store,
        end,
        targets: request.targets,
        resolved,
        piece_bytes,
    };
    Ok(Running::start(claim, work.run()))
}

/// Writes the job and lays the protection of everything it reads, in one commit.
async fn create_job(
    context: &Context,
    request: &Request,
    resolved: &Resolved,
    end: Closed,
) -> Result<JobId> {
    let tables: Vec<TableId> = resolved
        .tables
        .iter()
        .map(|target| target.table.id)
        .collect();
    let payload = Payload {
        destination: request.to.to_string(),
        end: end.version().0,
        tables: tables.iter().map(|table| table.0).collect(),
    };
    let payload = serde_json::to_value(payload).map_err(Error::Payload)?;
    let new = NewJob {
        kind: Kind::Backup,
        description: request.description.clone(),
        user: request.user.clone(),
        running_status: Some(status(context, end, "waiting to start")),
        payload,
    };
    let (new, tables) = (&new, &tables);
    let (id, _) = transact(&context.engine, |txn| async move {
        let id = context.jobs.create(&txn, new.clone()).await?;
        for table in std::iter::once(CATALOG).chain(tables.iter().copied()) {
            protect(context, &txn, id, table, end, resolved).await?;
        }
        Ok::<_, Error>(id)
    })
    .await?;
    Ok(id)
}

async fn protect(
    context: &Context,
    txn: &Transaction,
    id: JobId,
    table: TableId,
    end: Closed,
    resolved: &Resolved,
) -> Result<()> {
    let laid = floor::protect(txn, protection(id), Protected::Table(table), end.version()).await;
    laid.map_err(|error| {
        collected(context, error, |table| {
            let mut targets = resolved.tables.iter();
            targets
                .find(|target| target.table.id == table)
                .map(Target::qualified_name)
        })
    })
}

/// Says of a read below a floor what the user asked for.
fn collected(
    context: &Context,
    error: StorageError,
    name_of: impl FnOnce(TableId) -> Option<String>,
) -> Error {
    let StorageError::BelowFloor { table, at, floor } = error else {
        return error.into();
    };
    let timeline = context.engine.timeline();
    Error::Collected {
        what: name_of(table)
            .map_or_else(|| "the catalog".to_owned(), |name| format!("table {name}")),
        at: timeline.decimal(at),
        floor: timeline.decimal(floor),
    }
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

/// What SHOW JOBS says of a living backup.
fn status(context: &Context, end: Closed, doing: &str) -> String {
    let since = utc(context.engine.timeline().micros(end.version()));
    format!("{doing}; protects data since {since}")
}

/// A job at work.
struct Work {
    context: Arc<Context>,
    claim: Arc<Claim>,
    store: Arc<dyn Store>,
    end: Closed,
    targets: Targets,
    resolved: Resolved,
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
            lock,
            timeline: context.engine.timeline(),
        };
        let manifest = sealing.manifest(pieces)?;
        self.claim
            .seal(&self.status("writing the manifest"))
            .await?;
        let manifest = self.write_manifest(manifest).await?;
        self.succeed(result_of(&manifest)).await
    }

    fn status(&self, doing: &str) -> String {
        status(&self.context, self.end, doing)
    }

    fn workers(&self) -> usize {
        self.context.workers.clamp(1, EXPORT_BYTES / WORKER_BYTES)
    }

    async fn plan(&self) -> Result<Plan> {
        let engine = &self.context.engine;
        let mut surveys = HashMap::new();
        for target in &self.resolved.tables {
            let estimated_bytes = engine.size(&primary_span(&target.table)).await?;
            let cuts = Vec::new();
            surveys.insert(
                target.table.id,
                Survey {
                    estimated_bytes,
                    cuts,
                },
            );
        }
        let total = surveys.values().map(|survey| survey.estimated_bytes).sum();
        let piece_bytes = piece_size(total, self.workers(), self.piece_bytes);
        for target in &self.resolved.tables {
            if let Some(survey) = surveys.get_mut(&target.table.id) {
                let pieces = piece_count(survey.estimated_bytes, piece_bytes);
                survey.cuts = engine.split(&primary_span(&target.table), pieces).await?;
            }
        }
        let window = PlannedWindow {
            after: None,
            upto: self.end.version(),
        };
        let plan = Plan::new(&self.resolved.tables, window, &surveys);
        plan.check().map_err(|problem| Error::Plan { problem })?;
        Ok(plan)
    }

    /// Exports all pieces; when it returns, no worker is at work any more.
    async fn export(&self, plan: &Plan) -> Result<Vec<Exported>> {
        let stop = self.claim.stop().clone();
        let engine = Arc::clone(&self.context.engine);
        let exporter = Exporter::new(
            engine,
            self.end,
            Arc::clone(&self.store),
            stop.clone(),
            self.piece_bytes,
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
