//! A restore from its request to its job: every mistake of the statement is found before the job exists.

use std::sync::Arc;

use cairn_blob::Store;
use cairn_jobs::{JobId, Running, to_the_end, transact, while_awaited};
use cairn_storage::{Timeline, Transaction};
use cairn_syntax::Targets;

use crate::chain::{self, Chain};
use crate::context::{Context, Options, Request};
use crate::dependencies;
use crate::error::{Error, Result};
use crate::history::{Part, parts};
use crate::offline;
use crate::select::{Selection, select};
use crate::work::Work;

/// A RESTORE that makes sense, and is no job yet: one that is dropped was never there.
pub struct Prepared {
    context: Arc<Context>,
    request: Request,
    chosen: Chosen,
}

/// Checks a RESTORE but for the names that it takes. Who no longer waits ends it.
///
/// # Errors
/// A backup that cannot be read or does not hold what is asked for.
pub async fn prepare(context: &Arc<Context>, request: Request) -> Result<Prepared> {
    let context = Arc::clone(context);
    while_awaited(async move {
        let stores = open_all(&context, &request).await?;
        Prepared::new(&context, request, stores).await
    })
    .await
}

/// Checks a RESTORE and starts its job. Every mistake of the statement is found before the job exists.
///
/// # Errors
/// A backup that cannot be read or does not hold what is asked for, names that are not free.
pub async fn start(context: &Arc<Context>, request: Request) -> Result<Running<Error>> {
    prepare(context, request).await?.begin().await
}

/// The same with the locations opened already: tests put failing stores there.
///
/// # Errors
/// As [`start`].
pub async fn start_from(
    context: &Arc<Context>,
    request: Request,
    stores: Vec<Arc<dyn Store>>,
) -> Result<Running<Error>> {
    Prepared::new(context, request, stores).await?.run().await
}

impl Prepared {
    async fn new(
        context: &Arc<Context>,
        request: Request,
        stores: Vec<Arc<dyn Store>>,
    ) -> Result<Prepared> {
        let chosen = Chosen::of_request(context, &request, stores).await?;
        Ok(Prepared {
            context: Arc::clone(context),
            request,
            chosen,
        })
    }

    /// The views that are left out, as `skip_missing_views` says.
    #[must_use]
    pub fn left_out(&self) -> &[String] {
        &self.chosen.selection.left_out
    }

    /// Creates the job and starts it. Who goes away meanwhile does not leave a job behind that nobody runs.
    ///
    /// # Errors
    /// Names that are not free.
    pub async fn begin(self) -> Result<Running<Error>> {
        to_the_end(self.run()).await
    }

    async fn run(self) -> Result<Running<Error>> {
        let Prepared {
            context,
            request,
            chosen,
        } = self;
        let (created, _) = transact(&context.engine, |txn| {
            let (context, request, chosen) = (&context, &request, &chosen);
            async move { offline::create(context, &txn, request, chosen).await }
        })
        .await?;
        let claim = Arc::new(context.jobs.claim(created.job).await?);
        let work = Work::new(
            context,
            Arc::clone(&claim),
            chosen,
            created.tables,
            created.payload,
        );
        Ok(Running::start(claim, work.run()))
    }
}

/// Checks a RESTORE and creates its job and its objects in the caller's transaction; answers also which views it leaves out. Once
/// that is committed, [`cairn_jobs::Registry::begin`] starts it.
///
/// # Errors
/// As [`start`].
pub async fn create(
    context: &Arc<Context>,
    request: &Request,
    txn: &Transaction,
) -> Result<(JobId, Vec<String>)> {
    let stores = open_all(context, request).await?;
    let chosen = Chosen::of_request(context, request, stores).await?;
    let created = offline::create(context, txn, request, &chosen).await?;
    Ok((created.job, chosen.selection.left_out))
}

async fn open_all(context: &Context, request: &Request) -> Result<Vec<Arc<dyn Store>>> {
    let settings = context.storage().await?;
    let stores = request.from.iter();
    let stores = stores.map(|location| location.open(&settings));
    Ok(stores.collect::<Result<_, cairn_blob::Error>>()?)
}

/// What a statement takes of a chain. It follows from the manifests, so a job that goes on finds the same.
pub struct Chosen {
    pub chain: Chain,
    pub selection: Selection,
    /// Per table of the selection, its layers.
    pub parts: Vec<Vec<Part>>,
}

impl Chosen {
    async fn of_request(
        context: &Context,
        request: &Request,
        stores: Vec<Arc<dyn Store>>,
    ) -> Result<Chosen> {
        let timeline = context.engine.timeline();
        let chain = chain::open(stores, request.as_of, timeline).await?;
        let current = request.current_database.as_deref();
        Chosen::new(chain, &request.targets, current, &request.options, timeline)
    }

    /// # Errors
    /// Names that the chain does not have, what depends on something that is not chosen, an instant before a table's history.
    pub fn new(
        chain: Chain,
        targets: &Targets,
        current_database: Option<&str>,
        options: &Options,
        timeline: &Timeline,
    ) -> Result<Chosen> {
        let mut selection = select(&chain.picture, targets, current_database, options)?;
        dependencies::settle(&mut selection, &chain, options)?;
        let tables = selection.tables.iter();
        let parts = tables
            .map(|table| parts(&chain, table, timeline))
            .collect::<Result<Vec<_>>>()?;
        Ok(Chosen {
            chain,
            selection,
            parts,
        })
    }
}
