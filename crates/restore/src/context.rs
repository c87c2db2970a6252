//! What a restore is given.

use std::path::PathBuf;
use std::sync::Arc;

use cairn_blob::{Location, Settings};
use cairn_catalog::Catalog;
use cairn_jobs::Registry;
use cairn_storage::{Engine, Snapshot, Version};
use cairn_syntax::Targets;
use serde::{Deserialize, Serialize};

use crate::error::Result;

/// The node that a restore runs on.
pub struct Context {
    pub engine: Arc<dyn Engine>,
    pub catalog: Arc<Catalog>,
    pub jobs: Arc<Registry>,
    pub settings: Settings,
    /// Where sorted runs and copies of objects go; each job has a folder of its own there.
    pub scratch: PathBuf,
    /// Threads that may load at once; memory may allow fewer.
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

/// The options of RESTORE.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// The existing database that all tables go to.
    pub into_db: Option<String>,
    /// The name that the one restored database gets.
    pub new_db_name: Option<String>,
    /// Leave out foreign keys to tables that are not restored.
    pub skip_missing_foreign_keys: bool,
    /// Leave out the DEFAULTs that use sequences that are not restored.
    pub skip_missing_sequences: bool,
    /// Leave out views that read what is not restored.
    pub skip_missing_views: bool,
}

/// One RESTORE statement, its expressions evaluated and its user allowed.
#[derive(Debug, Clone)]
pub struct Request {
    pub targets: Targets,
    pub current_database: Option<String>,
    /// A full backup, then its incrementals, oldest first.
    pub from: Vec<Location>,
    pub as_of: Option<Version>,
    pub options: Options,
    /// The statement in its normal, redacted form.
    pub description: String,
    pub user: String,
}
