//! A restore's job at work, from its claim to its end.
//!
//! A job that goes on reads the manifests anew (`Work::again`) and makes the same plan; what was proved stays (`done`).

use std::path::Path;
use std::sync::Arc;

use cairn_catalog::{Audience, TableDescriptor, publish_database, publish_table};
use cairn_jobs::{Claim, Crew, JobResult, Record, transact};
use cairn_storage::{Snapshot, Version};

use crate::chain::{self, Chain};
use crate::context::Context;
use crate::done::Done;
use crate::duty::scratch_of;
use crate::error::{Error, Result};
use crate::history::{Part, checkpoints};
use crate::load::{LOAD_BYTES, Loaded, Loader, Task, WORKER_BYTES};
use crate::merge::{FAN_IN, SOURCE_BYTES};
use crate::plan::{Piece, Plan, Planned};
use crate::proof::Tally;
use crate::record::Payload;
use crate::select::Selection;
use crate::start::Chosen;

/// A job at work.
pub struct Work {
    context: Arc<Context>,
    claim: Arc<Claim>,
    chain: Chain,
    selection: Selection,
    /// Per table of the selection, its layers, and what was created for it.
    parts: Vec<Vec<Part>>,
    created: Vec<TableDescriptor>,
    payload: Payload,
}

impl Work {
    pub fn new(
        context: Arc<Context>,
        claim: Arc<Claim>,
        chosen: Chosen,
        created: Vec<TableDescriptor>,
        payload: Payload,
    ) -> Work {
        let Chosen {
            chain,
            selection,
            parts,
        } = chosen;
        Work {
            context,
            claim,
            chain,
            selection,
            parts,
            created,
            payload,
        }
    }

    /// The work of a job as its record has it.
    ///
    /// # Errors
    /// A key that cannot unseal its locations; backups that have become unreadable, or other ones.
    pub async fn again(context: Arc<Context>, claim: Arc<Claim>, job: &Record) -> Result<Work> {
        let payload: Payload = job.read_payload()?;
        let settings = context.storage().await?;
        let mut stores = Vec::with_capacity(payload.from.len());
        for location in &payload.from {
            stores.push(location.unseal(&settings.vault)?.open(&settings)?);
        }
        let timeline = context.engine.timeline();
        let chain = chain::open(stores, payload.as_of, timeline).await?;
        let mut layers = chain.layers.iter().zip(&payload.backups);
        let other = layers.find(|(layer, known)| layer.manifest.backup != **known);
        if let Some((layer, _)) = other {
            let location = layer.location();
            return Err(Error::OtherBackup { location });
        }
        let current = payload.current_database.as_deref();
        let chosen = Chosen::new(chain, &payload.targets, current, &payload.options, timeline)?;
        let read = Snapshot::now(Arc::clone(&context.engine)).await?;
        let view = context.catalog.view(&read).await?;
        let created = payload.tables.iter().filter_map(|id| view.any_table(*id));
        let created: Vec<_> = created.map(|table| table.as_ref().clone()).collect();
        if created.len() != chosen.selection.tables.len() {
            let problem = "the tables that it fills are not those of the backup".to_owned();
            return Err(Error::Plan { problem });
        }
        Ok(Work::new(context, claim, chosen, created, payload))
    }

    /// Restores, and leaves no scratch file behind however it ends.
    pub async fn run(mut self) -> Result<JobResult> {
        let folder = scratch_of(&self.context.scratch, self.claim.id())?;
        self.restore(folder.path()).await
    }

    async fn restore(&mut self, folder: &Path) -> Result<JobResult> {
        self.claim.checkpoint(0.0, Some("planning")).await?;
        let version = self.version().await?;
        let plan = Plan::new(version, self.tables())?;
        plan.check()?;
        tracing::info!(job = self.claim.id().0, "restore plan:\n{plan}");
        let read = Snapshot::now(Arc::clone(&self.context.engine)).await?;
        let done = Done::parse(self.context.jobs.pieces(&read, self.claim.id()).await?)?;
        let workers = self.workers(&plan);
        let loader = Arc::new(self.loader(folder, version, &done, workers).await?);
        let tally = self.load(&plan, &loader, &done, workers).await?;
        let result = self.result(&tally);
        self.claim.checkpoint(0.99, Some("publishing")).await?;
        self.publish(result).await?;
        Ok(result)
    }

    /// What all rows get: settled once, before the first is written, so that writing a row again changes nothing.
    async fn version(&mut self) -> Result<Version> {
        if let Some(version) = self.payload.version {
            return Ok(version);
        }
        let version = self.context.engine.read_version().await?.version();
        self.payload.version = Some(version);
        self.claim.set_payload(&self.payload).await?;
        Ok(version)
    }

    /// The selected tables, each with its layers and what was created for it.
    fn tables(&self) -> impl Iterator<Item = Planned<'_>> {
        let tables = self.selection.tables.iter().zip(&self.parts);
        tables
            .zip(&self.created)
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

    async fn loader(
        &self,
        folder: &Path,
        version: Version,
        done: &Done,
        workers: usize,
    ) -> Result<Loader> {
        let engine = Arc::clone(&self.context.engine);
        let stored = engine.read_version().await?;
        let mut loader = Loader::new(
            engine,
            &self.chain,
            folder,
            version,
            stored,
            self.claim.stop().clone(),
        );
        for Planned {
            selected,
            parts,
            created,
        } in self.tables()
        {
            let checkpoints = checkpoints(parts, selected, self.chain.inside, created.id);
            let left = created.indexes.iter();
            let left = left.filter(|index| done.index(created.id, index.id).is_none());
            loader.add(selected, created, parts, checkpoints, left, workers)?;
        }
        Ok(loader)
    }

    /// Rows, then their proof, then indexes and theirs. What earlier runs have proved is only counted; of its rows the entries of
    /// indexes that are not built yet are gathered once more, from the store.
    async fn load(
        &self,
        plan: &Plan,
        loader: &Arc<Loader>,
        done: &Done,
        workers: usize,
    ) -> Result<Tally> {
        let mut tally = Tally::default();
        let mut tasks = Vec::new();
        let mut loaded = 0;
        for piece in plan.pieces() {
            match done.piece(piece) {
                Some(known) => {
                    tally.add(known.clone());
                    loaded += 1;
                    if loader.gathers(piece.table) {
                        let rows = known.rows;
                        let piece = Box::new(piece.clone());
                        tasks.push(Task::Gather { piece, rows });
                    }
                }
                None => tasks.push(Task::Piece(Box::new(piece.clone()))),
            }
        }
        let indexes = loader.index_tasks();
        let mut built = 0;
        for table in self.tables() {
            let indexes = table.created.indexes.iter();
            let known = indexes.filter_map(|index| done.index(table.created.id, index.id));
            for known in known {
                tally.add(known.clone());
                built += 1;
            }
        }
        let pieces = plan.pieces().count();
        let total = pieces + indexes.len() + built;
        let progress = Progress {
            total,
            before: 0,
            done: loaded,
            doing: "loaded",
            of: pieces,
        };
        let then = Progress {
            before: pieces,
            done: built,
            doing: "built",
            of: indexes.len() + built,
            ..progress
        };
        self.run_tasks(loader, workers, tasks, progress, &mut tally)
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
                async move {
                    let loaded = loader.run(&task).await?;
                    Ok::<_, Error>((task, loaded))
                }
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
        crew: &mut Crew<(Task, Option<Loaded>), Error>,
        mut progress: Progress,
        tally: &mut Tally,
    ) -> Result<()> {
        while let Some(ran) = crew.next().await {
            let (task, loaded) = ran?;
            if let Some(loaded) = loaded {
                self.claim.done(loaded.to_done(task.span())?);
                tally.add(loaded);
                progress.done += 1;
            }
            self.claim
                .progress(progress.fraction(), &progress.status())
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
        let selected = |id: u32| {
            self.selection
                .tables
                .iter()
                .any(|table| table.archived.id == id)
        };
        let beside = picture.tables.iter();
        let beside =
            beside.filter(|table| self.is_of_system(table.database) && !selected(table.id));
        JobResult {
            rows: tally.rows,
            index_entries: tally.index_entries,
            system_records: picture.totals().system_records,
            bytes: bytes.sum::<u64>() + beside.map(|table| table.bytes).sum::<u64>(),
        }
    }

    /// Shows everything at once, and ends the job with it.
    async fn publish(&self, result: JobResult) -> Result<()> {
        let (claim, created) = (&self.claim, &self.payload);
        let tables = &self.tables().collect::<Vec<_>>();
        let job = claim.id().0;
        transact(&self.context.engine, |txn| async move {
            claim.succeed_in(&txn, result).await?;
            for database in &created.databases {
                publish_database(&txn, *database, job).await?;
            }
            for table in tables {
                publish_table(&txn, table.created.id, job, self.audience(table)).await?;
            }
            Ok::<_, Error>(())
        })
        .await?;
        Ok(())
    }

    /// What is restored of the system's tables, the users' verifiers among them, is root's alone, wherever it comes to.
    fn audience(&self, table: &Planned<'_>) -> Audience {
        match self.is_of_system(table.selected.archived.database) {
            true => Audience::RootAlone,
            false => Audience::OfDatabase,
        }
    }

    fn is_of_system(&self, database: u32) -> bool {
        self.chain.picture.database_name(database) == "system"
    }
}

/// Where in the whole of the job a round of tasks stands.
#[derive(Clone, Copy)]
struct Progress {
    total: usize,
    before: usize,
    done: usize,
    doing: &'static str,
    of: usize,
}

impl Progress {
    /// The last hundredth is the publication's.
    fn fraction(&self) -> f64 {
        (self.before + self.done) as f64 / self.total.max(1) as f64 * 0.99
    }

    fn status(&self) -> String {
        let what = if self.before == 0 {
            "pieces"
        } else {
            "indexes"
        };
        format!("{} {} of {} {what}", self.doing, self.done, self.of)
    }
}
