//! A job at work: independent of whoever started it, waited for by whoever wants to.

use std::error::Error as StdError;
use std::future::Future;
use std::sync::Arc;

use tokio::task::JoinHandle;

use crate::{Claim, Error, JobId, JobResult};

/// A job that this process runs. Dropping it leaves the job alone: a client that goes away does not
/// stop its backup.
#[derive(Debug)]
pub struct Running<E> {
    pub id: JobId,
    outcome: JoinHandle<Result<JobResult, E>>,
}

impl<E> Running<E>
where
    E: StdError + From<Error> + Send + 'static,
{
    /// Starts `work`, whose crews must have the claim's stop, and which must have succeeded in the
    /// store when it answers `Ok`. When it fails, so does the job.
    pub fn start(
        claim: Arc<Claim>,
        work: impl Future<Output = Result<JobResult, E>> + Send + 'static,
    ) -> Self {
        let id = claim.id();
        let work = tokio::spawn(work);
        let outcome = tokio::spawn(async move {
            let error = match work.await {
                Ok(Ok(result)) => return Ok(result),
                Ok(Err(error)) => error,
                Err(_panicked) => E::from(Error::WorkerLost),
            };
            tracing::warn!(job = id.0, error = &error as &dyn StdError, "job failed");
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
        });
        Running { id, outcome }
    }

    /// The end of the job.
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
