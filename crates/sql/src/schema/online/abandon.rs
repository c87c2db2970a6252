//! The end of a schema change that does not succeed, decided from its job's record alone.

use std::sync::Arc;

use async_trait::async_trait;
use cairn_catalog::SchemaChange;
use cairn_jobs::{BoxError, Duty, JobResult, Record};
use cairn_storage::{Engine, Transaction, floor};

/// Takes away what a change had begun.
pub(crate) struct Abandon {
    pub engine: Arc<dyn Engine>,
}

#[async_trait]
impl Duty for Abandon {
    /// A change is over in one go: it is never paused, and whoever waits for it is told how it ended.
    fn is_controllable(&self) -> bool {
        false
    }

    async fn release(&self, txn: &Transaction, job: &Record) -> Result<bool, BoxError> {
        let change = SchemaChange::from_json(&job.payload)?;
        change.abandon(txn, job.id.0).await?;
        floor::release(txn, job.id.protection()).await?;
        Ok(!change.debris().is_empty())
    }

    /// Nobody ever read these entries, so nothing waits for a floor to pass.
    async fn remove(&self, job: &Record) -> Result<(), BoxError> {
        for prefix in SchemaChange::from_json(&job.payload)?.debris() {
            self.engine.remove(prefix).await?;
        }
        Ok(())
    }

    async fn sealed(&self, _job: &Record) -> Result<Option<JobResult>, BoxError> {
        Ok(None)
    }
}
