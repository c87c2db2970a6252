//! How far a statement has come, for those who may stop it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use cairn_jobs::JobId;
use parking_lot::Mutex;

use crate::SqlError;

/// Of a session's statement, whichever runs.
#[derive(Debug, Default)]
pub struct Progress {
    /// Whether a commit is under way: it may be done already, and must not be given up.
    committing: AtomicBool,
    /// What goes on by itself when the statement is given up.
    job: Mutex<Option<JobId>>,
}

impl Progress {
    /// True while a statement must not be stopped: its changes may be durable already.
    pub fn is_committing(&self) -> bool {
        self.committing.load(Ordering::Relaxed)
    }

    /// The error of a statement that is stopped now, with what it leaves behind.
    #[must_use]
    pub fn stopped(&self, error: SqlError) -> SqlError {
        match *self.job.lock() {
            None => error,
            Some(JobId(job)) => error
                .detail(format!("What it began goes on as job {job}."))
                .hint(format!(
                    "SHOW JOBS tells how far it is, CANCEL JOB {job} takes it back"
                )),
        }
    }

    /// A commit is under way, until this is dropped.
    pub(super) fn commit(self: &Arc<Self>) -> Committing {
        let outer = self.committing.swap(true, Ordering::Relaxed);
        Committing {
            progress: self.clone(),
            outer,
        }
    }

    /// The statement waits for a job that does not need it, until this is dropped.
    pub(super) fn wait_for(self: &Arc<Self>, job: JobId) -> Waiting {
        *self.job.lock() = Some(job);
        Waiting(self.clone())
    }
}

pub(super) struct Committing {
    progress: Arc<Progress>,
    /// Whether this is a part of a longer time of the kind.
    outer: bool,
}

impl Drop for Committing {
    fn drop(&mut self) {
        let committing = &self.progress.committing;
        committing.store(self.outer, Ordering::Relaxed);
    }
}

pub(super) struct Waiting(Arc<Progress>);

impl Drop for Waiting {
    fn drop(&mut self) {
        *self.0.job.lock() = None;
    }
}
