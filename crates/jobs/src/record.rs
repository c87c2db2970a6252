//! A job as it is stored: what it does, how far it is, and how it ended.

use std::fmt;

use cairn_storage::floor::ProtectionId;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Identifies a job for ever: ids grow with the store's versions and are never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct JobId(pub i64);

impl JobId {
    /// The name under which the job protects what it reads.
    #[must_use]
    pub fn protection(self) -> ProtectionId {
        ProtectionId(self.0.unsigned_abs())
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a job does. Each kind that leaves something behind has a [`crate::Duty`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    Backup,
    Restore,
    SchemaChange,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Backup => "BACKUP",
            Kind::Restore => "RESTORE",
            Kind::SchemaChange => "SCHEMA CHANGE",
        })
    }
}

/// Where a job stands.
///
/// ```text
///              ┌─resume── paused
///              ▼             ▲ │
/// pending ──> running ──pause┘ │
///    │           │ ├────> succeeded
///    │           │ └────> failed
///    └─────────cancel─────────┴──> canceled
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Pending,
    Running,
    Paused,
    Succeeded,
    Failed,
    Canceled,
}

impl Status {
    /// Nothing will ever change this job again.
    #[must_use]
    pub fn is_terminal(self) -> bool {
        matches!(self, Status::Succeeded | Status::Failed | Status::Canceled)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Status::Pending => "pending",
            Status::Running => "running",
            Status::Paused => "paused",
            Status::Succeeded => "succeeded",
            Status::Failed => "failed",
            Status::Canceled => "canceled",
        })
    }
}

/// What a finished BACKUP or RESTORE counts; the last four columns of its answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobResult {
    /// Primary entries written.
    pub rows: u64,
    /// Secondary index entries: built by a restore, to be built by one for a backup.
    pub index_entries: u64,
    /// Rows of `system.users`.
    pub system_records: u64,
    /// Logical bytes before compression, without indexes.
    pub bytes: u64,
}

/// One job, as stored. Times are microseconds of the timeline's wall clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    pub id: JobId,
    pub kind: Kind,
    /// The statement in its normal, redacted form.
    pub description: String,
    pub user: String,
    pub status: Status,
    pub created: i64,
    pub started: Option<i64>,
    pub finished: Option<i64>,
    pub modified: i64,
    /// 0 to 1, by finished work.
    pub fraction: f64,
    pub error: Option<String>,
    /// What a living job does or waits for.
    pub running_status: Option<String>,
    /// From when on the job keeps data from being collected.
    #[serde(default)]
    pub protects_since: Option<i64>,
    /// Grows with every claim; the fence of [`crate::Claim`].
    pub epoch: u64,
    /// The epoch that was paused last: a run of it is over, though the job may be running again.
    #[serde(default)]
    pub paused_epoch: u64,
    /// Past the point where the outcome is decided by something outside the store (a manifest
    /// being written): a cancel comes too late, and adoption asks the kind how it went.
    pub sealing: bool,
    /// Ended, but its bytes are not all removed yet: [`crate::Duty::remove`] is still owed.
    pub debris: bool,
    /// Finished pieces are noted in rows of their own ([`crate::Registry::pieces`]).
    #[serde(default)]
    pub has_pieces: bool,
    /// How often the job has lost its process since it last made progress.
    #[serde(default)]
    pub interruptions: u32,
    /// What the kind needs to go on or to clean up; secrets in it are sealed.
    pub payload: serde_json::Value,
    pub result: Option<JobResult>,
}

impl Record {
    /// What its kind has stored in it.
    ///
    /// # Errors
    /// [`Error::Record`] when that is something else.
    pub fn read_payload<P: DeserializeOwned>(&self) -> Result<P> {
        P::deserialize(&self.payload).map_err(|source| self.unreadable(source))
    }

    pub(crate) fn set_payload(&mut self, payload: &impl Serialize) -> Result<()> {
        let payload = serde_json::to_value(payload);
        self.payload = payload.map_err(|source| self.unreadable(source))?;
        Ok(())
    }

    /// Resumed, and nobody has claimed it since: PAUSE and RESUME each raise the epoch, and so does a claim. Who claimed it may be
    /// another node, from which a run that has lost it takes nothing back.
    pub(crate) fn waits_since_resume(&self) -> bool {
        self.status == Status::Running
            && self.paused_epoch > 0
            && self.epoch == self.paused_epoch + 2
    }

    fn unreadable(&self, source: serde_json::Error) -> Error {
        let id = self.id;
        Error::Record { id, source }
    }
}

/// What a job is made from; the registry adds id, times and state.
#[derive(Debug, Clone)]
pub struct NewJob {
    pub kind: Kind,
    pub description: String,
    pub user: String,
    pub running_status: Option<String>,
    pub protects_since: Option<i64>,
    pub payload: serde_json::Value,
}
