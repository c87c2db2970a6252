//! What a restore owes the store when it ends without success: names at once, bytes afterwards.

use std::io::ErrorKind as IoErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use cairn_catalog::{
    DatabaseId, TableDescriptor, abandon_database, abandon_table, finish_removal, removals,
};
use cairn_jobs::{BoxError, Duty, JobId, JobResult, Record, transact};
use cairn_storage::{Engine, Snapshot, TableId, Transaction};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The end of RESTORE jobs.
pub struct RestoreEnding {
    pub engine: Arc<dyn Engine>,
    pub scratch: PathBuf,
}

/// What a restore's record says beyond the columns of SHOW JOBS: the new ids.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Payload {
    pub databases: Vec<DatabaseId>,
    pub tables: Vec<TableId>,
}

impl Payload {
    pub fn new(databases: &[DatabaseId], tables: &[TableDescriptor]) -> Self {
        Payload {
            databases: databases.to_vec(),
            tables: tables.iter().map(|table| table.id).collect(),
        }
    }

    pub fn to_json(&self) -> Result<serde_json::Value> {
        serde_json::to_value(self).map_err(Error::Payload)
    }

    fn of(job: &Record) -> Result<Self> {
        serde_json::from_value(job.payload.clone()).map_err(Error::Payload)
    }
}

/// The folder that holds a job's runs and copies of objects.
pub(crate) fn scratch_of(scratch: &Path, job: JobId) -> PathBuf {
    scratch.join(format!("restore-{job}"))
}

/// Removes a job's folder, if there is one.
pub(crate) fn clear_scratch(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(source) if source.kind() != IoErrorKind::NotFound => Err(Error::Scratch {
            path: folder.to_owned(),
            source,
        }),
        _ => Ok(()),
    }
}

#[async_trait]
impl Duty for RestoreEnding {
    async fn release(&self, txn: &Transaction, job: &Record) -> Result<bool, BoxError> {
        let payload = Payload::of(job)?;
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
        let payload = Payload::of(job)?;
        let snapshot = Snapshot::now(Arc::clone(&self.engine)).await?;
        for removal in removals(&snapshot).await? {
            if !payload.tables.contains(&removal.table) {
                continue;
            }
            for prefix in &removal.prefixes {
                self.engine.remove(*prefix).await?;
            }
            let removal = &removal;
            transact(&self.engine, |txn| async move {
                Ok::<_, Error>(finish_removal(&txn, removal).await?)
            })
            .await?;
        }
        clear_scratch(&scratch_of(&self.scratch, job.id))?;
        Ok(())
    }

    /// A restore ends inside the store, so its record tells all.
    async fn sealed(&self, _: &Record) -> Result<Option<JobResult>, BoxError> {
        Ok(None)
    }
}
