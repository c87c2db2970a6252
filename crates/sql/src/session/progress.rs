//! What a statement has done that its end cannot take back.

use std::sync::atomic::{AtomicBool, Ordering};

use cairn_jobs::JobId;
use parking_lot::Mutex;

/// Of one statement; who may stop it looks here.
#[derive(Debug, Default)]
pub struct Progress {
    committing: AtomicBool,
    job: Mutex<Option<JobId>>,
}

/// A commit under way, until this is dropped.
pub(crate) struct Committing<'a>(&'a Progress);

impl Progress {
    /// True while a commit is under way. The statement must not be stopped then: its changes may be durable already.
    pub fn is_committing(&self) -> bool {
        self.committing.load(Ordering::Relaxed)
    }

    /// What a client has to know of a statement that is stopped now.
    pub fn remains(&self) -> Option<String> {
        let job = (*self.job.lock())?;
        Some(format!(
            "job {job} goes on: SHOW JOB {job} tells what becomes of it"
        ))
    }

    pub(crate) fn commit(&self) -> Committing<'_> {
        self.committing.store(true, Ordering::Relaxed);
        Committing(self)
    }

    /// The statement has begun a job, which its end does not stop.
    pub(crate) fn begin_job(&self, job: JobId) {
        *self.job.lock() = Some(job);
    }
}

impl Drop for Committing<'_> {
    fn drop(&mut self) {
        self.0.committing.store(false, Ordering::Relaxed);
    }
}
