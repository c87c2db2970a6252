//! What a restore's record says beyond the columns of SHOW JOBS: all that is needed to go on with it, or to clean up after it.
//! `docs/jobs.md` has the same.

use cairn_blob::SealedLocation;
use cairn_catalog::DatabaseId;
use cairn_storage::{TableId, Version};
use cairn_syntax::Targets;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::context::Options;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Payload {
    pub from: Vec<SealedLocation>,
    /// The ids of the backups that are read, oldest first.
    pub backups: Vec<Uuid>,
    /// As the statement names them.
    pub targets: Targets,
    pub current_database: Option<String>,
    pub as_of: Option<Version>,
    pub options: Options,
    /// The new ids; those of the tables in the order of the selection.
    pub databases: Vec<DatabaseId>,
    pub tables: Vec<TableId>,
    /// What all restored rows get, once it is settled: before the first of them is written.
    pub version: Option<Version>,
}
