//! What a restore's record says beyond the columns of SHOW JOBS: all that is needed to go on with it, or to clean up after it.
//! `docs/jobs.md` has the same.

use cairn_blob::SealedLocation;
use cairn_catalog::DatabaseId;
use cairn_jobs::Record;
use cairn_storage::{TableId, Version};
use cairn_syntax::{Statement, Targets, parse_one};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::context::Options;
use crate::error::{Error, Result};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Payload {
    pub from: Vec<SealedLocation>,
    /// The ids of the backups that are read, oldest first.
    pub backups: Vec<Uuid>,
    /// As the statement names them, in normal form.
    pub targets: String,
    pub current_database: Option<String>,
    pub as_of: Option<Version>,
    pub options: Options,
    /// The new ids; those of the tables in the order of the selection.
    pub databases: Vec<DatabaseId>,
    pub tables: Vec<TableId>,
    /// What all restored rows get, once it is settled: before the first of them is written.
    pub version: Option<Version>,
}

impl Payload {
    /// # Errors
    /// [`Error::Payload`] when it is not a restore's.
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
    /// [`Error::Plan`] when the text is not one that was written here.
    pub fn targets(&self) -> Result<Targets> {
        let unreadable = || Error::Plan {
            problem: format!("the job's record names targets {:?}", self.targets),
        };
        let statement = format!("RESTORE {} FROM 'x'", self.targets);
        match parse_one(&statement).map_err(|_| unreadable())? {
            Some(parsed) => match parsed.statement {
                Statement::Restore(restore) => Ok(restore.targets),
                _ => Err(unreadable()),
            },
            None => Err(unreadable()),
        }
    }
}
