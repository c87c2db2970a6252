//! What a backup's record says beyond the columns of SHOW JOBS: all that is needed to go on with it. `docs/jobs.md` has the same.

use std::collections::BTreeMap;

use cairn_archive::ObjectRef;
use cairn_blob::SealedLocation;
use cairn_storage::{TableId, Version};
use cairn_syntax::Targets;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Payload {
    pub destination: SealedLocation,
    pub incremental_from: Vec<SealedLocation>,
    /// As the statement names them.
    pub targets: Targets,
    pub current_database: Option<String>,
    /// The end of the window.
    pub end: u64,
    /// The layer before, by its backup's id.
    pub base: Option<Uuid>,
    /// With history: from which version on the catalog is read.
    pub history_from: Option<u64>,
    /// With history: from which version on the rows of a table carried whole can be read.
    pub sinces: BTreeMap<TableId, Version>,
    /// What a piece should hold.
    pub piece_bytes: u64,
    /// On the destination, once it is there.
    pub lock: Option<ObjectRef>,
}
