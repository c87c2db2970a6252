//! What a backup's record says beyond the columns of SHOW JOBS: all that is needed to go on with it. `docs/jobs.md` has the same.

use std::collections::BTreeMap;

use cairn_archive::ObjectRef;
use cairn_blob::SealedLocation;
use cairn_jobs::Record;
use cairn_storage::{TableId, Version};
use cairn_syntax::{Statement, Targets, parse_one};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{Error, Result};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Payload {
    pub destination: SealedLocation,
    pub incremental_from: Vec<SealedLocation>,
    /// As the statement names them, in normal form.
    pub targets: String,
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

impl Payload {
    /// # Errors
    /// [`Error::Payload`] when it is not a backup's.
    pub fn of(job: &Record) -> Result<Self> {
        serde_json::from_value(job.payload.clone()).map_err(Error::Payload)
    }

    /// # Errors
    /// [`Error::Payload`].
    pub fn to_json(&self) -> Result<serde_json::Value> {
        serde_json::to_value(self).map_err(Error::Payload)
    }

    /// The targets as the statement had them.
    ///
    /// # Errors
    /// [`Error::Targets`] when the text is not one that was written here.
    pub fn targets(&self) -> Result<Targets> {
        let unreadable = || Error::Targets {
            targets: self.targets.clone(),
        };
        let statement = format!("BACKUP {} TO 'x'", self.targets);
        match parse_one(&statement).map_err(|_| unreadable())? {
            Some(parsed) => match parsed.statement {
                Statement::Backup(backup) => Ok(backup.targets),
                _ => Err(unreadable()),
            },
            None => Err(unreadable()),
        }
    }
}
