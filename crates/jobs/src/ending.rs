//! What each kind of job owes the store when it ends without success.

use async_trait::async_trait;
use cairn_storage::Transaction;

use crate::error::BoxError;
use crate::{JobResult, Record};

/// The duties of a kind at the end of its jobs. Everything is decided from the record alone, since
/// the process that ran the job may be gone.
#[async_trait]
pub trait Ending: Send + Sync {
    /// Joins the commit that ends the job: lets go of names and of protection. Answers whether
    /// bytes are left that [`Ending::remove`] must take away.
    async fn release(&self, txn: &Transaction, job: &Record) -> Result<bool, BoxError>;

    /// Removes the bytes of an ended job; called again until it succeeds, so it must be idempotent.
    async fn remove(&self, job: &Record) -> Result<(), BoxError>;

    /// How a job went whose process stopped while it was sealing: the counts if it did succeed.
    async fn sealed(&self, job: &Record) -> Result<Option<JobResult>, BoxError>;
}
