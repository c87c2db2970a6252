//! What a backup owes the store: to go on after its process is gone, and at its end to let go of its protection. Its files are
//! nobody's until a manifest names them, and may lie where nothing can be deleted, so they stay.

use std::sync::{Arc, Weak};

use async_trait::async_trait;
use cairn_archive::{Error as ArchiveError, Manifest};
use cairn_blob::Kind;
use cairn_jobs::{BoxError, Duty, JobResult, Record, Resume, resume_by};
use cairn_storage::{Transaction, floor};

use crate::context::Context;
use crate::error::{Error, Result};
use crate::record::Payload;
use crate::work::{Work, result_of, succeed};

/// The duties of BACKUP jobs.
pub struct BackupDuty {
    /// Weak, since the context has the registry that has the duties.
    context: Weak<Context>,
}

impl BackupDuty {
    #[must_use]
    pub fn of(context: &Arc<Context>) -> Arc<dyn Duty> {
        Arc::new(BackupDuty {
            context: Arc::downgrade(context),
        })
    }
}

#[async_trait]
impl Duty for BackupDuty {
    fn resume(&self) -> Option<Resume> {
        let context = self.context.clone();
        Some(resume_by(context, |context, claim, job| async move {
            if let Some(sealed) = sealed_before(&context, &job).await? {
                return succeed(&context, &claim, result_of(&sealed)).await;
            }
            Work::again(context, claim, &job).await?.run().await
        }))
    }

    async fn release(&self, txn: &Transaction, job: &Record) -> Result<bool, BoxError> {
        floor::release(txn, job.id.protection()).await?;
        Ok(false)
    }

    async fn remove(&self, _: &Record) -> Result<(), BoxError> {
        Ok(())
    }

    async fn sealed(&self, job: &Record) -> Result<Option<JobResult>, BoxError> {
        let context = self.context.upgrade().ok_or("the node has stopped")?;
        let sealed = read_sealed(&context, job).await?;
        Ok(sealed.map(|manifest| result_of(&manifest)))
    }
}

/// What a run that was sealing has left in the destination. Where that cannot be seen (403) the job seals once more, and the store tells.
async fn sealed_before(context: &Context, job: &Record) -> Result<Option<Manifest>> {
    if !job.sealing {
        return Ok(None);
    }
    match read_sealed(context, job).await {
        Err(Error::Archive(ArchiveError::Store(error))) if error.kind() == Kind::Denied => Ok(None),
        read => read,
    }
}

/// The manifest in a job's destination, if it is this job's.
async fn read_sealed(context: &Context, job: &Record) -> Result<Option<Manifest>> {
    let destination = job.read_payload::<Payload>()?.destination;
    let location = destination.unseal(&context.settings.vault)?;
    let store = location.open(&context.storage().await?)?;
    match Manifest::read(store.as_ref()).await {
        Ok(manifest) => {
            let ours = manifest.job == job.id.0 && manifest.cluster == context.cluster;
            Ok(ours.then_some(manifest))
        }
        Err(ArchiveError::NoBackup { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
