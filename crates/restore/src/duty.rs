//! What a restore owes the store: to go on after its process is gone, and when it ends without success, names at once and bytes
//! afterwards.

use std::path::Path;
use std::sync::{Arc, Weak};

use async_trait::async_trait;
use cairn_catalog::{abandon_database, abandon_table, finish_removal, removals};
use cairn_jobs::{BoxError, Duty, JobId, JobResult, Record, Resume, resume_by, transact};
use cairn_storage::{Snapshot, Transaction};
use tempfile::TempDir;

use crate::context::Context;
use crate::error::{Error, Result};
use crate::record::Payload;
use crate::work::Work;

/// The duties of RESTORE jobs.
pub struct RestoreDuty {
    /// Weak, since the context has the registry that has the duties.
    context: Weak<Context>,
}

impl RestoreDuty {
    #[must_use]
    pub fn of(context: &Arc<Context>) -> Arc<dyn Duty> {
        Arc::new(RestoreDuty {
            context: Arc::downgrade(context),
        })
    }
}

/// A folder for the sorted runs and copies of objects of one run of a job; it goes with the run, also with one that is stopped. What
/// a crash leaves is removed at the next start, with the whole of `scratch`.
pub(crate) fn scratch_of(scratch: &Path, job: JobId) -> Result<TempDir> {
    let failed = |source| Error::Scratch {
        path: scratch.to_owned(),
        source,
    };
    std::fs::create_dir_all(scratch).map_err(failed)?;
    let name = format!("restore-{job}-");
    let folder = tempfile::Builder::new().prefix(&name).tempdir_in(scratch);
    folder.map_err(failed)
}

#[async_trait]
impl Duty for RestoreDuty {
    fn resume(&self) -> Option<Resume> {
        let context = self.context.clone();
        Some(resume_by(context, |context, claim, job| async move {
            Work::again(context, claim, &job).await?.run().await
        }))
    }

    async fn release(&self, txn: &Transaction, job: &Record) -> Result<bool, BoxError> {
        let payload: Payload = job.read_payload()?;
        for table in payload.tables {
            abandon_table(txn, table, Some(job.id.0)).await?;
        }
        for database in payload.databases {
            abandon_database(txn, database, job.id.0).await?;
        }
        Ok(true)
    }

    /// Nobody ever read these tables, so nothing waits for the floor to pass their drop.
    async fn remove(&self, job: &Record) -> Result<(), BoxError> {
        let context = self.context.upgrade().ok_or("the node has stopped")?;
        let engine = &context.engine;
        let payload: Payload = job.read_payload()?;
        let snapshot = Snapshot::now(Arc::clone(engine)).await?;
        for removal in removals(&snapshot).await? {
            if !payload.tables.contains(&removal.table) {
                continue;
            }
            for prefix in &removal.prefixes {
                engine.remove(*prefix).await?;
            }
            let removal = &removal;
            transact(engine, |txn| async move {
                Ok::<_, Error>(finish_removal(&txn, removal).await?)
            })
            .await?;
        }
        Ok(())
    }

    /// A restore ends inside the store, so its record tells all.
    async fn sealed(&self, _: &Record) -> Result<Option<JobResult>, BoxError> {
        Ok(None)
    }
}
