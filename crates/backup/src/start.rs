//! A backup from its request to its job.

use std::sync::Arc;

use cairn_blob::{Location, Store};
use cairn_faults::{Fault, is_planted};
use cairn_jobs::{Error as JobsError, JobId, Running, transact};
use cairn_storage::Transaction;

use crate::check::{ATTEMPTS, check};
use crate::context::{Context, Request};
use crate::error::{Error, Result};
use crate::plan::PIECE_BYTES;
use crate::protect::create_job;
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
        if is_planted(Fault::BackupPanics) {
            panic_with(&request.to);
        }
        let store = request.to.open(&context.storage().await?)?;
        let running = start_at(&context, request, Arc::clone(&store), PIECE_BYTES).await?;
        Ok(Started { running, store })
    };
    // A client that goes away now must not leave a job behind that nobody runs.
    tokio::spawn(starting)
        .await
        .map_err(|_panicked| JobsError::WorkerLost)?
}

/// Of a fault that is planted.
#[expect(clippy::panic, reason = "that is the fault")]
fn panic_with(location: &Location) {
    panic!("{:?}", location.to_url_with_secrets());
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
        resolved: checked.resolved.readable_since(&created.sinces),
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
