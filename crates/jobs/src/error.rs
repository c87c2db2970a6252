//! What can go wrong with a job, and what the user must do.

use crate::{JobId, Kind, Status};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error from one of the kinds, of a type this crate does not know.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("job with ID {0} does not exist")]
    Unknown(JobId),
    #[error("job with status {status} cannot be {verb}")]
    NotAllowed {
        id: JobId,
        status: Status,
        verb: &'static str,
    },
    #[error("cannot pause {status} job (id {id})")]
    CannotPause { id: JobId, status: Status },
    /// What is paused must be able to go on.
    #[error("PAUSE of a {kind} job is not supported yet: let job {id} run, or CANCEL JOB {id}")]
    NoPause { id: JobId, kind: Kind },
    #[error("job {0} is not controllable")]
    NotControllable(JobId),
    #[error("job {0} is finishing: its outcome is being written and can no longer be changed")]
    Sealing(JobId),
    #[error("job canceled")]
    Canceled(JobId),
    #[error("job paused")]
    Paused(JobId),
    #[error("job {0} was taken over: this run of it has no say any more")]
    Fenced(JobId),
    #[error("stopped, because the job ended elsewhere")]
    Stopped,
    #[error("a worker of the job died; this is a bug")]
    WorkerLost,
    #[error("cannot start a worker")]
    Thread(#[source] std::io::Error),
    #[error("the record of job {id} cannot be read")]
    Record {
        id: JobId,
        source: serde_json::Error,
    },
    #[error("nobody said what a {0} job owes; this is a bug")]
    NoDuty(Kind),
    #[error("ending job {id}")]
    Ending { id: JobId, source: BoxError },
    #[error(transparent)]
    Storage(#[from] cairn_storage::Error),
}

/// What the user must do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Name another job, or wait.
    Request,
    /// Do without: it comes later.
    Unsupported,
    /// Nothing: the user asked for it.
    Canceled,
    /// Ask the storage error.
    Storage,
    /// Report it.
    Bug,
}

impl Error {
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Error::Unknown(_)
            | Error::NotAllowed { .. }
            | Error::CannotPause { .. }
            | Error::NotControllable(_)
            | Error::Sealing(_) => ErrorKind::Request,
            Error::NoPause { .. } => ErrorKind::Unsupported,
            Error::Canceled(_) | Error::Paused(_) => ErrorKind::Canceled,
            Error::Storage(_) => ErrorKind::Storage,
            Error::Fenced(_)
            | Error::Stopped
            | Error::WorkerLost
            | Error::Thread(_)
            | Error::Record { .. }
            | Error::NoDuty(_)
            | Error::Ending { .. } => ErrorKind::Bug,
        }
    }
}
