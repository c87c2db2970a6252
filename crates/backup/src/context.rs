//! What a backup is given.

use std::sync::Arc;

use async_trait::async_trait;
use cairn_archive::destination::{self, JobState};
use cairn_blob::{Location, Settings};
use cairn_catalog::Catalog;
use cairn_jobs::{BoxError, Error as JobsError, JobId, Registry};
use cairn_storage::{Closed, Engine, Snapshot};
use cairn_syntax::Targets;
use uuid::Uuid;

use crate::error::Result;

/// The node that a backup runs on.
pub struct Context {
    pub engine: Arc<dyn Engine>,
    pub catalog: Arc<Catalog>,
    pub jobs: Arc<Registry>,
    pub settings: Settings,
    /// The store's name for ever; a base must have it.
    pub cluster: Uuid,
    /// Threads that may export at once; memory may allow fewer.
    pub workers: usize,
}

impl Context {
    /// What decides about storage: the node's own settings, and the cluster's as they are now.
    ///
    /// # Errors
    /// Of the catalog.
    pub async fn storage(&self) -> Result<Settings> {
        let read = Snapshot::now(Arc::clone(&self.engine)).await?;
        let view = self.catalog.view(&read).await?;
        Ok(self.settings.with_stored(view.settings()))
    }
}

/// What this store knows of the jobs that left locks.
#[async_trait]
impl destination::Jobs for Context {
    async fn state(&self, job: i64) -> Result<JobState, BoxError> {
        let read = Snapshot::now(Arc::clone(&self.engine)).await?;
        match self.jobs.get(&read, JobId(job)).await {
            Ok(record) if record.status.is_terminal() => Ok(JobState::Ended),
            Ok(_) => Ok(JobState::Alive),
            Err(JobsError::Unknown(_)) => Ok(JobState::Unknown),
            Err(error) => Err(error.into()),
        }
    }
}

/// One BACKUP statement, its expressions evaluated and its user allowed.
#[derive(Debug, Clone)]
pub struct Request {
    pub targets: Targets,
    pub current_database: Option<String>,
    pub to: Location,
    /// AS OF SYSTEM TIME; `None`: now.
    pub end: Option<Closed>,
    pub incremental_from: Vec<Location>,
    pub revision_history: bool,
    /// The statement in its normal, redacted form.
    pub description: String,
    pub user: String,
}
