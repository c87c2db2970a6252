//! A restore from its request to its end.

use std::path::PathBuf;
use std::sync::Arc;

use cairn_archive::Scratch;
use cairn_blob::Store;
use cairn_catalog::{publish_database, publish_table};
use cairn_jobs::{Claim, Crew, Error as JobsError, JobResult, Running, transact};

use crate::chain::{self, Chain};
use crate::context::{Context, Request};
use crate::dependencies;
use crate::ending::{clear_scratch, scratch_of};
use crate::error::{Error, Result};
use crate::history::{Part, checkpoints, parts};
use crate::load::{LOAD_BYTES, Loaded, Loader, Task, WORKER_BYTES};
use crate::merge::{FAN_IN, SOURCE_BYTES};
use crate::offline::{self, Created};
use crate::plan::{Piece, Plan, Planned};
use crate::proof::{Tally, read_system_tables};
use crate::select::{Selection, select};

/// Checks a RESTORE and starts its job. Every mistake of the statement is found before the job exists.
///
/// # Errors
/// A backup that cannot be read or does not hold what is asked for, names that are not free.
pub async fn start(context: &Arc<Context>, request: Request) -> Result<Running<Error>> {
    let stores = request
        .from
        .iter()
        .map(|location| location.open(&context.settings));
    let stores = stores.collect::<Result<_, cairn_blob::Error>>()?;
    let context = Arc::clone(context);
    // A client that goes away now must not leave a job behind that nobody runs.
    let starting = async move { start_from(&context, request, stores).await };
    tokio::spawn(starting)
        .await
        .map_err(|_panicked| JobsError::WorkerLost)?
}

/// The same with the locations opened already: tests put failing stores there.
pub async fn start_from(
    context: &Arc<Context>,
    request: Request,
    stores: Vec<Arc<dyn Store>>,
) -> Result<Running<Error>> {
    let timeline = context.engine.timeline();
    let chain = chain::open(stores, request.as_of, timeline).await?;
    let mut selection = select(
        &chain.picture,
        &request.targets,
        request.current_database.as_deref(),
        &request.options,
    )?;
    dependencies::settle(&mut selection, &chain, &request.options)?;
    let tables = selection.tables.iter();
    let parts = tables
        .map(|table| parts(&chain, table, timeline))
        .collect::<Result<Vec<_>>>()?;
    let created = offline::create(context, &request, &selection).await?;
    let claim = Arc::new(context.jobs.claim(created.job).await?);
    let folder = scratch_of(&context.scratch, created.job);
    let work = Work {
        context: Arc::clone(context),
        claim: Arc::clone(&claim),
        chain,
        selection,
        parts,
        created,
        folder,
    };
    Ok(Running::start(claim, work.run()))
}

/// A job at work.
struct Work {
    context: Arc<Context>,
    claim: Arc<Claim>,
    chain: Chain,
    selection: Selection,
    /// Per table of the selection, its layers.
    parts: Vec<Vec<Part>>,
    created: Created,
    folder: PathBuf,
}

impl Work {
    /// Restores, and leaves no scratch file behind however it ends.
    async fn run(self) -> Result<JobResult> {
        std::fs::create_dir_all(&self.folder).map_err(|source| Error::Scratch {
            path: self.folder.clone(),
            source,
        })?;
        let outcome = self.restore().await;
        if let Err(error) = clear_scratch(&self.folder) {
            tracing::warn!(
                job = self.claim.id().0,
                error = &error as &dyn std::error::Error,
                "cannot remove scratch files; the next start does"
            );
        }
        outcome
    }

    async fn restore(&self) -> Result<JobResult> {
        self.claim
            .checkpoint(0.0, Some("reading system tables"))
            .await?;
        let scratch = Scratch::new(&self.folder);
        for layer in &self.chain.layers {
            read_system_tables(layer.store.as_ref(), &layer.manifest, &scratch).await?;
        }
        let plan = Plan::new(self.created.version, self.tables())?;
        plan.check()?;
        tracing::info!(job = self.claim.id().0, "restore plan:\n{plan}");
        let workers = self.workers(&plan);
        let loader = Arc::new(self.loader(workers)?);
        let tally = self.load(&plan, &loader, workers).await?;
        let result = self.result(&tally);
        self.claim.checkpoint(0.99, Some("publishing")).await?;
        self.publish(result).await?;
        Ok(result)
    }

    /// The selected tables, each with its layers and what was created for it.
    fn tables(&self) -> impl Iterator<Item = Planned<'_>> {
        let tables = self.selection.tables.iter().zip(&self.parts);
        tables
            .zip(&self.created.tables)
            .map(|((selected, parts), created)| Planned {
                selected,
                parts,
                created,
            })
    }

    /// As many as memory allows: who merges many layers holds a page of each.
    fn workers(&self, plan: &Plan) -> usize {
        let widest = plan
            .pieces()
            .map(Piece::width)
            .max()
            .unwrap_or(1)
            .min(FAN_IN);
        let need = WORKER_BYTES + widest.saturating_sub(1) * SOURCE_BYTES;
        self.context.workers.clamp(1, (LOAD_BYTES / need).max(1))
    }

    fn loader(&self, workers: usize) -> Result<Loader> {
        let engine = Arc::clone(&self.context.engine);
        let mut loader = Loader::new(
            engine,
            &self.chain,
            &self.folder,
            self.created.version,
            self.claim.stop().clone(),
        );
        for Planned {
            selected,
            parts,
            created,
        } in self.tables()
        {
            let checkpoints = checkpoints(parts, selected, self.chain.inside, created.id);
            loader.add(selected, created, parts, checkpoints, workers)?;
        }
        Ok(loader)
    }

    /// Rows, then their proof, then indexes and theirs.
    async fn load(&self, plan: &Plan, loader: &Arc<Loader>, workers: usize) -> Result<Tally> {
        let mut tally = Tally::default();
        let pieces: Vec<Task> = plan
            .pieces()
            .cloned()
            .map(Box::new)
            .map(Task::Piece)
            .collect();
        let indexes = loader.index_tasks();
        let progress = Progress {
            total: pieces.len() + indexes.len(),
            before: 0,
            doing: "loaded",
            of: pieces.len(),
        };
        let then = Progress {
            before: pieces.len(),
            doing: "built",
            of: indexes.len(),
            ..progress
        };
        self.run_tasks(loader, workers, pieces, progress, &mut tally)
            .await?;
        for table in self.tables() {
            let id = table.created.id;
            let checkpoints = checkpoints(table.parts, table.selected, self.chain.inside, id);
            tally.prove_rows(&checkpoints, id)?;
        }
        self.run_tasks(loader, workers, indexes, then, &mut tally)
            .await?;
        for table in self.tables() {
            tally.prove_indexes(table.selected, table.parts, table.created.id)?;
        }
        Ok(tally)
    }

    /// Does tasks in parallel; when it returns, no worker is at work any more.
    async fn run_tasks(
        &self,
        loader: &Arc<Loader>,
        workers: usize,
        tasks: Vec<Task>,
        progress: Progress,
        tally: &mut Tally,
    ) -> Result<()> {
        let shared = Arc::clone(loader);
        let mut crew = Crew::start(
            "restore",
            workers,
            tasks,
            loader.stop.clone(),
            move |task| {
                let loader = Arc::clone(&shared);
                async move { loader.run(task).await }
            },
        )?;
        let done = self.gather(&mut crew, progress, tally).await;
        match done {
            Ok(()) => Ok(()),
            Err(error) => {
                crew.dismiss().await;
                Err(error)
            }
        }
    }

    async fn gather(
        &self,
        crew: &mut Crew<Loaded, Error>,
        progress: Progress,
        tally: &mut Tally,
    ) -> Result<()> {
        let mut done = 0;
        while let Some(loaded) = crew.next_of(&self.claim).await {
            tally.add(loaded?);
            done += 1;
            self.claim
                .progress(progress.fraction(done), &progress.status(done))
                .await?;
        }
        Ok(())
    }

    /// What the answer says: a full restore counts as its backup did, one of several layers what it wrote.
    fn result(&self, tally: &Tally) -> JobResult {
        let picture = &self.chain.picture;
        let bytes = self.tables().map(|table| match table.parts {
            [only] if only.archived.files.iter().all(Part::is_plain) => only.archived.bytes,
            _ => tally.bytes(table.created.id),
        });
        let of_system = |id: u32| picture.database_name(id) == "system";
        let selected = |id: u32| {
            self.selection
                .tables
                .iter()
                .any(|table| table.archived.id == id)
        };
        let beside = picture.tables.iter();
        let beside = beside.filter(|table| of_system(table.database) && !selected(table.id));
        JobResult {
            rows: tally.rows,
            index_entries: tally.index_entries,
            system_records: picture.totals().system_records,
            bytes: bytes.sum::<u64>() + beside.map(|table| table.bytes).sum::<u64>(),
        }
    }

    /// Shows everything at once, and ends the job with it.
    async fn publish(&self, result: JobResult) -> Result<()> {
        let (claim, created) = (&self.claim, &self.created);
        let job = created.job.0;
        transact(&self.context.engine, |txn| async move {
            claim.succeed_in(&txn, result).await?;
            for database in &created.databases {
                publish_database(&txn, *database, job).await?;
            }
            for table in &created.tables {
                publish_table(&txn, table.id, job).await?;
            }
            Ok::<_, Error>(())
        })
        .await?;
        Ok(())
    }
}

/// Where in the whole of the job a round of tasks stands.
#[derive(Clone, Copy)]
struct Progress {
    total: usize,
    before: usize,
    doing: &'static str,
    of: usize,
}

impl Progress {
    /// The last hundredth is the publication's.
    fn fraction(&self, done: usize) -> f64 {
        (self.before + done) as f64 / self.total.max(1) as f64 * 0.99
    }

    fn status(&self, done: usize) -> String {
        let what = if self.before == 0 {
            "pieces"
        } else {
            "indexes"
        };
        format!("{} {done} of {} {what}", self.doing, self.of)
    }
}
