//! A backup's job at work, from its claim to its end.
//!
//! A job that goes on reads everything anew from its record and from the catalog of its window, which is protected: `Work::again`.
//! What was proved stays (`done`), as far as the destination still has it; the rest is planned once more.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use cairn_archive::destination;
use cairn_archive::{Coverage, DataFile, Manifest, ObjectRef, Sealed, missing};
use cairn_blob::Store;
use cairn_jobs::{Claim, Crew, JobResult, Record, transact};
use cairn_rows::primary_span;
use cairn_storage::{Snapshot, Version, Window, floor};

use crate::base;
use crate::context::Context;
use crate::done::Done;
use crate::error::{Error, Result};
use crate::export::{Bounds, EXPORT_BYTES, Exported, Exporter, WORKER_BYTES};
use crate::plan::{
    LEAST_PIECE_KEYS, Piece, Plan, PlannedWindow, Survey, enough_cuts, piece_count, piece_size,
};
use crate::reading::Reading;
use crate::record::Payload;
use crate::seal::Sealing;
use crate::sealed;
use crate::target::{Resolved, Target};

/// A job at work.
pub struct Work {
    pub context: Arc<Context>,
    pub claim: Arc<Claim>,
    pub store: Arc<dyn Store>,
    pub reading: Reading,
    pub resolved: Resolved,
    pub payload: Payload,
}

impl Work {
    /// The work of a job as its record has it.
    ///
    /// # Errors
    /// A key that cannot unseal its locations; a chain that has become unreadable, or another one.
    pub async fn again(context: Arc<Context>, claim: Arc<Claim>, job: &Record) -> Result<Work> {
        let payload: Payload = job.read_payload()?;
        let settings = context.storage().await?;
        let vault = &settings.vault;
        let store = payload.destination.unseal(vault)?.open(&settings)?;
        let mut bases = Vec::with_capacity(payload.incremental_from.len());
        for location in &payload.incremental_from {
            bases.push(location.unseal(vault)?.open(&settings)?);
        }
        let engine = &context.engine;
        let end = engine.close(Version(payload.end)).await?;
        let base = base::open(&context, bases, end).await?;
        if let Some(base) = &base
            && Some(base.manifest.backup) != payload.base
        {
            let location = base.location.clone();
            return Err(Error::OtherBase { location });
        }
        let history_from = match payload.history_from {
            Some(from) => Some(engine.close(Version(from)).await?),
            None => None,
        };
        let reading = Reading {
            end,
            base,
            history_from,
        };
        let current = payload.current_database.as_deref();
        let resolved = reading
            .resolve(&context, &payload.targets, current)
            .await?
            .readable_since(&payload.sinces);
        Ok(Work {
            claim,
            store,
            reading,
            resolved,
            payload,
            context,
        })
    }

    pub async fn run(mut self) -> Result<JobResult> {
        self.claim.checkpoint(0.0, Some("planning")).await?;
        let lock = self.lock().await?;
        let done = self.done().await?;
        let kept: Vec<DataFile> = done.files().cloned().collect();
        let plan = self.plan(&done).await?;
        tracing::info!(job = self.claim.id().0, "backup plan:\n{plan}");
        let pieces = self.export(&plan, done).await?;
        self.refuse_lost(&kept).await?;
        let context = &self.context;
        let sealing = Sealing {
            cluster: context.cluster,
            job: self.claim.id(),
            targets: &self.payload.targets,
            resolved: &self.resolved,
            plan: &plan,
            base: self.payload.base,
            history_from: self.reading.history_from.map(|from| from.version()),
            lock,
            timeline: context.engine.timeline(),
        };
        let manifest = sealing.manifest(pieces)?;
        self.remember(&manifest).await?;
        self.claim.seal("writing the manifest").await?;
        let manifest = self.write_manifest(manifest).await?;
        succeed(&self.context, &self.claim, result_of(&manifest)).await
    }

    /// The lock on the destination, written down so that going on needs nothing but to write there. One that is gone since is
    /// claimed anew: nobody may be there meanwhile, and the manifest must name one that is there.
    async fn lock(&mut self) -> Result<ObjectRef> {
        let (context, store) = (self.context.as_ref(), self.store.as_ref());
        if let Some(lock) = &self.payload.lock
            && destination::holds(store, lock).await?
        {
            return Ok(lock.clone());
        }
        let job = self.claim.id().0;
        let lock = destination::claim(store, context.cluster, job, context).await?;
        self.payload.lock = Some(lock.clone());
        self.claim.set_payload(&self.payload).await?;
        Ok(lock)
    }

    /// What earlier runs of the job have proved and the destination still has: between two runs may lie days, and somebody who
    /// cleaned up. Pieces whose files are gone are done no longer.
    async fn done(&self) -> Result<Done> {
        let read = Snapshot::now(Arc::clone(&self.context.engine)).await?;
        let mut done = Done::parse(self.context.jobs.pieces(&read, self.claim.id()).await?)?;
        let files: Vec<&DataFile> = done.files().collect();
        let gone = missing(self.store.as_ref(), &files).await?;
        let lost = done.take_lost(&gone);
        if !lost.is_empty() {
            tracing::warn!(
                job = self.claim.id().0,
                pieces = lost.len(),
                ?gone,
                "files of an earlier run are gone: their pieces are exported again"
            );
            let keys: Vec<Bytes> = lost.iter().map(Exported::done_key).collect();
            self.claim.undo(&keys).await?;
        }
        Ok(done)
    }

    /// Looks once more, before they are named, at the files that this run took over from earlier ones.
    async fn refuse_lost(&self, kept: &[DataFile]) -> Result<()> {
        let kept: Vec<&DataFile> = kept.iter().collect();
        let gone = missing(self.store.as_ref(), &kept).await?;
        if gone.is_empty() {
            return Ok(());
        }
        let mut files: Vec<String> = gone.into_iter().collect();
        files.sort();
        Err(Error::Lost {
            location: self.store.to_string(),
            files,
        })
    }

    /// While one worker waits for a remote store to take its file, another makes the next.
    fn workers(&self) -> usize {
        let per_core = if self.store.is_remote() { 2 } else { 1 };
        let workers = self.context.workers.saturating_mul(per_core);
        workers.clamp(1, EXPORT_BYTES / WORKER_BYTES)
    }

    fn window(&self) -> PlannedWindow {
        let start = self.reading.base.as_ref().map(|base| base.start.version());
        PlannedWindow {
            after: start,
            upto: self.reading.end.version(),
        }
    }

    async fn plan(&self, done: &Done) -> Result<Plan> {
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
                since: self.payload.sinces.get(&id).copied().unwrap_or_default(),
                ..Survey::default()
            };
            match self.cut_changes(target).await? {
                Some(cuts) => survey.cuts = enough_cuts(cuts, self.workers()),
                None => survey.estimated_bytes = engine.size(&primary_span(&target.table)).await?,
            }
            surveys.insert(id, survey);
        }
        let total = surveys.values().map(|survey| survey.estimated_bytes).sum();
        let piece_bytes = piece_size(total, self.workers(), self.payload.piece_bytes);
        for target in &self.resolved.tables {
            if let Some(survey) = surveys.get_mut(&target.table.id)
                && survey.estimated_bytes > 0
            {
                let pieces = piece_count(survey.estimated_bytes, piece_bytes);
                survey.cuts = engine.split(&primary_span(&target.table), pieces).await?;
            }
        }
        let history = self.reading.history_from.is_some();
        let plan = Plan::new(
            &self.resolved.tables,
            self.window(),
            history,
            &surveys,
            &done.spans(),
        );
        plan.check().map_err(|problem| Error::Plan { problem })?;
        Ok(plan)
    }

    /// Cuts a table of which only changes are carried by where these are; `None`: by its size.
    async fn cut_changes(&self, target: &Target) -> Result<Option<Vec<Bytes>>> {
        let Some(base) = &self.reading.base else {
            return Ok(None);
        };
        if target.coverage == Coverage::Introduced || target.before.is_none() {
            return Ok(None);
        }
        let window = Window {
            after: base.start.version(),
            upto: self.reading.end,
        };
        let (engine, mut cuts) = (&self.context.engine, Vec::new());
        let mut rest = Some(primary_span(&target.table));
        while let Some(span) = rest {
            let some = engine
                .split_changes(&span, window, LEAST_PIECE_KEYS)
                .await?;
            let Some(some) = some else {
                return Ok(None);
            };
            cuts.extend(some.items.into_iter().chain(some.resume.clone()));
            rest = some.resume.map(|start| span.from(start));
        }
        Ok(Some(cuts))
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
    async fn export(&self, plan: &Plan, done: Done) -> Result<Vec<Exported>> {
        let stop = self.claim.stop().clone();
        let engine = Arc::clone(&self.context.engine);
        let bounds = Bounds {
            files_at_once: self.context.workers.max(1),
            file_bytes: self.payload.piece_bytes,
        };
        let exporter = Exporter::new(
            engine,
            self.reading.end,
            Arc::clone(&self.store),
            stop.clone(),
            bounds,
            plan,
            &self.resolved.tables,
        )?;
        let exporter = Arc::new(exporter);
        let left = |piece: &&Piece| !piece.done;
        let tasks: Vec<_> = plan.pieces().filter(left).cloned().collect();
        let mut crew = Crew::start("backup", self.workers(), tasks, stop, move |piece| {
            let exporter = Arc::clone(&exporter);
            async move { exporter.export(piece).await }
        })?;
        let mut pieces = done.into_pieces();
        let exported = self
            .gather(&mut crew, plan.pieces().count(), &mut pieces)
            .await;
        crew.dismiss().await;
        exported.map(|()| pieces)
    }

    async fn gather(
        &self,
        crew: &mut Crew<Exported, Error>,
        total: usize,
        pieces: &mut Vec<Exported>,
    ) -> Result<()> {
        while let Some(piece) = crew.next().await {
            let piece = piece?;
            self.claim.done(piece.to_done()?);
            pieces.push(piece);
            let doing = format!("exported {} of {total} pieces", pieces.len());
            // The last hundredth is the manifest's.
            let fraction = pieces.len() as f64 / total as f64 * 0.99;
            self.claim.progress(fraction, &doing).await?;
        }
        Ok(())
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
}

/// Ends a job whose manifest is there, and lets go of what it protects.
pub async fn succeed(context: &Context, claim: &Claim, result: JobResult) -> Result<JobResult> {
    transact(&context.engine, |txn| async move {
        floor::release(&txn, claim.id().protection()).await?;
        claim.succeed_in(&txn, result).await?;
        Ok::<_, Error>(())
    })
    .await?;
    Ok(result)
}

/// The counts of a backup as its answer gives them.
pub fn result_of(manifest: &Manifest) -> JobResult {
    let totals = manifest.totals();
    JobResult {
        rows: totals.rows,
        index_entries: totals.index_entries,
        system_records: totals.system_records,
        bytes: totals.bytes,
    }
}
