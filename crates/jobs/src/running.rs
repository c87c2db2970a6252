//! A job at work: independent of whoever started it, waited for by whoever wants to.

use std::error::Error as StdError;
use std::future::Future;
use std::sync::Arc;

use tokio::sync::oneshot;

use crate::{Claim, Error, JobId, JobResult};

/// A job that this process runs. Dropping it leaves the job alone: a client that goes away does not
/// stop its backup.
#[derive(Debug)]
pub struct Running<E> {
    pub id: JobId,
    outcome: oneshot::Receiver<Result<JobResult, E>>,
}

impl<E> Running<E>
where
    E: StdError + From<Error> + Send + 'static,
{
    /// Starts `work`, whose crews must have the claim's stop, and which must have succeeded in the
    /// store when it answers `Ok`. When it fails, so does the job.
    ///
    /// A pause or a cancel stops it within a second, whatever it waits for, and is told to whoever waits before its threads
    /// have left off.
    pub fn start(
        claim: Arc<Claim>,
        work: impl Future<Output = Result<JobResult, E>> + Send + 'static,
    ) -> Self {
        let id = claim.id();
        let (tell, outcome) = oneshot::channel();
        let registry = Arc::clone(&claim.registry);
        registry.spawn(async move {
            let told = match run(&claim, work).await {
                Ran::Ended(Ok(result)) => Ok(result),
                Ran::Ended(Err(error)) => fail(&claim, error).await,
                Ran::Lost(error) => {
                    tracing::info!(job = id.0, "{error}");
                    // Nobody may be waiting.
                    let _ = tell.send(Err(error.into()));
                    return wind_up(&claim).await;
                }
            };
            let _ = tell.send(told);
        });
        Running { id, outcome }
    }

    /// The end of the job, or of this run of it.
    ///
    /// # Errors
    /// What the job failed with; [`Error::Canceled`] or [`Error::Paused`] when somebody canceled or paused it.
    pub async fn wait(self) -> Result<JobResult, E> {
        match self.outcome.await {
            Ok(outcome) => outcome,
            Err(_panicked) => Err(Error::WorkerLost.into()),
        }
    }
}

/// How a run ended.
enum Ran<E> {
    Ended(Result<JobResult, E>),
    /// Somebody else paused, canceled or took it.
    Lost(Error),
}

async fn run<E>(
    claim: &Claim,
    work: impl Future<Output = Result<JobResult, E>> + Send + 'static,
) -> Ran<E>
where
    E: From<Error> + Send + 'static,
{
    let mut work = tokio::spawn(work);
    let lost = tokio::select! {
        ended = &mut work => {
            return Ran::Ended(ended.unwrap_or_else(|_panicked| Err(Error::WorkerLost.into())));
        }
        lost = claim.lost() => lost,
    };
    work.abort();
    match work.await {
        // It came to its end in the same moment.
        Ok(ended) => Ran::Ended(ended),
        Err(_aborted) => Ran::Lost(lost),
    }
}

/// Ends a job that failed.
async fn fail<E: StdError + 'static>(claim: &Claim, error: E) -> Result<JobResult, E> {
    let id = claim.id();
    match claim.look().await {
        Err(lost @ (Error::Paused(_) | Error::Canceled(_))) => tracing::info!(job = id.0, "{lost}"),
        _ => tracing::warn!(job = id.0, error = &error as &dyn StdError, "job failed"),
    }
    match claim.fail(&chain(&error)).await {
        Ok(None) => Err(error),
        Ok(Some(result)) => {
            tracing::warn!(job = id.0, "the failed job had been sealed: it succeeded");
            Ok(result)
        }
        Err(unended) => {
            tracing::error!(
                job = id.0,
                error = &unended as &dyn StdError,
                "cannot end a failed job; it is tried again"
            );
            Err(error)
        }
    }
}

/// Waits for the threads of a run that was stopped, then lets the job go on or sweeps it.
async fn wind_up(claim: &Claim) {
    if let Err(error) = claim.fail("stopped").await {
        tracing::error!(
            job = claim.id().0,
            error = &error as &dyn StdError,
            "cannot wind up a stopped job; it is tried again"
        );
    }
}

/// An error with its causes, as one line for SHOW JOBS.
fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let message = error.to_string();
        // A transparent or quoting wrapper has said it already.
        if !text.ends_with(&message) {
            text.push_str(": ");
            text.push_str(&message);
        }
        cause = error.source();
    }
    text
}
