//! What a backup owes the store at its end: its protection. Its files are nobody's until a manifest
//! names them, and may lie where nothing can be deleted, so they stay.

use async_trait::async_trait;
use cairn_archive::{Error as ArchiveError, Manifest};
use cairn_blob::{Location, Settings};
use cairn_jobs::{BoxError, Duty, JobId, JobResult, Record};
use cairn_storage::Transaction;
use cairn_storage::floor::{self, ProtectionId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{Error, Result};

/// The end of BACKUP jobs.
pub struct BackupEnding {
    pub settings: Settings,
    pub cluster: Uuid,
}

/// What a backup's record says beyond the columns of SHOW JOBS.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Payload {
    /// Redacted. Only nodelocal can be opened, and its URLs have no secrets; sealed secrets come
    /// with the other schemes.
    pub destination: String,
    #[serde(default)]
    pub incremental_from: Vec<String>,
    #[serde(default)]
    pub revision_history: bool,
    /// The end of the window.
    pub end: u64,
    /// Ids of the tables carried.
    pub tables: Vec<u32>,
}

impl Payload {
    pub fn of(job: &Record) -> Result<Self> {
        serde_json::from_value(job.payload.clone()).map_err(Error::Payload)
    }
}

/// The name under which a job protects what it reads.
pub(crate) fn protection(job: JobId) -> ProtectionId {
    ProtectionId(job.0.unsigned_abs())
}

/// The counts of a backup as its answer gives them.
pub(crate) fn result_of(manifest: &Manifest) -> JobResult {
    let totals = manifest.totals();
    JobResult {
        rows: totals.rows,
        index_entries: totals.index_entries,
        system_records: totals.system_records,
        bytes: totals.bytes,
    }
}

#[async_trait]
impl Duty for BackupEnding {
    async fn release(&self, txn: &Transaction, job: &Record) -> Result<bool, BoxError> {
        floor::release(txn, protection(job.id)).await?;
        Ok(false)
    }

    async fn remove(&self, _: &Record) -> Result<(), BoxError> {
        Ok(())
    }

    async fn sealed(&self, job: &Record) -> Result<Option<JobResult>, BoxError> {
        let payload = Payload::of(job)?;
        let store = Location::parse(&payload.destination)?.open(&self.settings)?;
        match Manifest::read(store.as_ref()).await {
            Ok(manifest) => {
                let ours = manifest.job == job.id.0 && manifest.cluster == self.cluster;
                Ok(ours.then(|| result_of(&manifest)))
            }
            Err(ArchiveError::NoBackup { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
