//! A backup from its request to its job.

use std::sync::Arc;

use cairn_blob::{Location, Store};
use cairn_faults::{Fault, is_planted};
use cairn_jobs::{JobId, Running, to_the_end, transact, while_awaited};
use cairn_storage::Transaction;

use crate::check::{ATTEMPTS, Checked, check};
use crate::context::{Context, Request};
use crate::error::{Error, Result};
use crate::plan::PIECE_BYTES;
use crate::protect::{Created, create_job};
use crate::work::Work;

/// A BACKUP that makes sense, and is no job yet: one that is dropped was never there.
pub struct Prepared {
    context: Arc<Context>,
    request: Request,
    store: Arc<dyn Store>,
    checked: Checked,
    piece_bytes: u64,
}

/// A backup on its way.
pub struct Started {
    pub running: Running<Error>,
    /// Where it goes to: at its end it can say what it lacks.
    pub store: Arc<dyn Store>,
}

/// Checks a BACKUP. Every mistake of the statement is found here, before the job exists. Who no longer waits ends it.
///
/// # Errors
/// Names that are not there, a destination that is in use or cannot be reached, an end that was collected.
pub async fn prepare(context: &Arc<Context>, request: Request) -> Result<Prepared> {
    let context = Arc::clone(context);
    while_awaited(async move {
        if is_planted(Fault::BackupPanics) {
            panic_with(&request.to);
        }
        let store = request.to.open(&context.storage().await?)?;
        let bases = open_all(&context, &request).await?;
        Prepared::new(&context, request, bases, store, PIECE_BYTES).await
    })
    .await
}

/// Checks a BACKUP and starts its job.
///
/// # Errors
/// As [`prepare`].
pub async fn start(context: &Arc<Context>, request: Request) -> Result<Started> {
    prepare(context, request).await?.begin().await
}

impl Prepared {
    async fn new(
        context: &Arc<Context>,
        request: Request,
        bases: Vec<Arc<dyn Store>>,
        store: Arc<dyn Store>,
        piece_bytes: u64,
    ) -> Result<Prepared> {
        let checked = check(context, &request, bases, store.as_ref()).await?;
        Ok(Prepared {
            context: Arc::clone(context),
            request,
            store,
            checked,
            piece_bytes,
        })
    }

    /// Creates the job and starts it. Who goes away meanwhile does not leave a job behind that nobody runs.
    ///
    /// # Errors
    /// What was found to be otherwise meanwhile.
    pub async fn begin(self) -> Result<Started> {
        let store = Arc::clone(&self.store);
        let running = to_the_end(self.run()).await?;
        Ok(Started { running, store })
    }

    async fn run(mut self) -> Result<Running<Error>> {
        let created = self.create().await?;
        let claim = Arc::new(self.context.jobs.claim(created.job).await?);
        let work = Work {
            context: self.context,
            claim: Arc::clone(&claim),
            store: self.store,
            reading: self.checked.reading,
            resolved: self.checked.resolved.readable_since(&created.sinces),
            payload: created.payload,
        };
        Ok(Running::start(claim, work.run()))
    }

    /// The commit from which on there is a job.
    async fn create(&mut self) -> Result<Created> {
        let (context, request) = (&self.context, &self.request);
        let (checked, piece_bytes) = (&mut self.checked, self.piece_bytes);
        let mut attempts = 0;
        loop {
            attempts += 1;
            let laid = transact(&context.engine, |txn| {
                let checked = &*checked;
                async move { create_job(context, &txn, request, checked, piece_bytes).await }
            });
            match laid.await {
                Ok((created, _)) => return Ok(created),
                // The beginning of a full history rose between being looked up and being protected.
                Err(Error::Collected { .. })
                    if checked.begins_at_floor(request) && attempts < ATTEMPTS =>
                {
                    checked.resolve(context, request).await?;
                }
                Err(error) => return Err(error),
            }
        }
    }
}

/// Of a fault that is planted.
#[expect(clippy::panic, reason = "that is the fault")]
fn panic_with(location: &Location) {
    panic!("{:?}", location.to_url_with_secrets());
}

/// [`start`] with the destination opened already and pieces of another size: tests put failing
/// stores there, and ask for many pieces.
///
/// # Errors
/// As [`prepare`].
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
/// As [`prepare`].
pub async fn start_on(
    context: &Arc<Context>,
    request: Request,
    bases: Vec<Arc<dyn Store>>,
    store: Arc<dyn Store>,
    piece_bytes: u64,
) -> Result<Running<Error>> {
    Prepared::new(context, request, bases, store, piece_bytes)
        .await?
        .run()
        .await
}

/// Checks a BACKUP and creates its job in the caller's transaction. Once that is committed, [`cairn_jobs::Registry::begin`]
/// starts it.
///
/// # Errors
/// As [`prepare`].
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
