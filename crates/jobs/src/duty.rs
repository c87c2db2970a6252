//! What each kind of job owes: to go on after its process is gone, and to clean up when it ends.

use std::error::Error as StdError;
use std::sync::{Arc, Weak};

use async_trait::async_trait;
use cairn_storage::Transaction;
use futures::future::BoxFuture;

use crate::error::{BoxError, Error};
use crate::{Claim, JobResult, Record, Running};

/// Runs a claimed job from its record; the future ends with the run, and has told nobody but the record.
pub type Resume = Box<dyn FnOnce(Arc<Claim>, Record) -> BoxFuture<'static, ()> + Send>;

/// A job of a node goes on by `work`. A node that is gone leaves it to the next one.
pub fn resume_by<N, F, E>(
    node: Weak<N>,
    work: impl FnOnce(Arc<N>, Arc<Claim>, Record) -> F + Send + 'static,
) -> Resume
where
    N: Send + Sync + 'static,
    F: Future<Output = Result<JobResult, E>> + Send + 'static,
    E: StdError + From<Error> + Send + 'static,
{
    Box::new(move |claim, job| {
        Box::pin(async move {
            if let Some(node) = node.upgrade() {
                let work = work(node, Arc::clone(&claim), job);
                // How it ends is in its record; nobody waits here.
                let _ = Running::start(claim, work).wait().await;
            }
        })
    })
}

/// The duties of a kind. Everything is decided from the record alone, since the process that ran the
/// job may be gone.
#[async_trait]
pub trait Duty: Send + Sync {
    /// How a job goes on that was paused or has lost its process, maybe while it was sealing: then the run looks first whether
    /// its seal is there. `None`: jobs of this kind fail with their process.
    fn resume(&self) -> Option<Resume> {
        None
    }

    /// Whether PAUSE, RESUME and CANCEL are allowed.
    fn is_controllable(&self) -> bool {
        true
    }

    /// Joins the commit that ends the job: lets go of names and of protection. Answers whether
    /// bytes are left that [`Duty::remove`] must take away.
    async fn release(&self, txn: &Transaction, job: &Record) -> Result<bool, BoxError>;

    /// Removes the bytes of an ended job; called again until it succeeds, so it must be idempotent.
    async fn remove(&self, job: &Record) -> Result<(), BoxError>;

    /// How a job went whose process stopped while it was sealing: the counts if it did succeed.
    async fn sealed(&self, job: &Record) -> Result<Option<JobResult>, BoxError>;
}
