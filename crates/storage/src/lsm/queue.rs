//! The way to the committer: requests, and who waits for their answers.
//!
//! INVARIANTS
//!   Every request that reached the queue is answered, if need be with a refusal (`refuse`). A sender
//!   whose answer never came knows that the committer died over its request: `Queue::ask`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use fjall::Keyspace;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::committer::Committer;
use super::ingest::Versions;
use super::parts::Writing;
use super::recent::Recent;
use super::store::Store;
use crate::timeline::Sequencer;
use crate::{Commit, Error, Prefix, Result, Revisions, Span, TransactionId, Version};

const WAITING: usize = 4096;

pub(super) type Answer<T> = oneshot::Sender<Result<T>>;

pub(super) enum Request {
    Commit {
        commit: Commit,
        bytes: usize,
        /// Up to here nothing it read has changed; `None` when it read nothing.
        checked: Option<Version>,
        answer: Answer<Admission>,
    },
    Close {
        at: Version,
        answer: Answer<()>,
    },
    /// Closes the newest instant, and cuts the change index there.
    CloseNow {
        answer: Answer<Version>,
    },
    Outcome {
        id: TransactionId,
        read_at: Version,
        answer: Answer<Option<Version>>,
    },
    /// Some revisions of a bulk write that is too small for a keyspace of its own.
    Rows {
        prefix: Prefix,
        rows: Revisions,
        answer: Answer<()>,
    },
    /// A bulk write is on disk: its span changed.
    Ingested {
        prefix: Prefix,
        span: Span,
        versions: Versions,
        has_history: bool,
        answer: Answer<()>,
    },
    Separate {
        prefix: Prefix,
        answer: Answer<Option<Keyspace>>,
    },
    GiveUp {
        prefix: Prefix,
        answer: Answer<()>,
    },
    /// For tests: the next group meets a disk that fails.
    Fail,
    Stop,
}

impl Request {
    /// Moves rows between keyspaces, or ends something: never in a group with others.
    pub(super) fn is_alone(&self) -> bool {
        matches!(
            self,
            Request::Separate { .. } | Request::GiveUp { .. } | Request::Fail | Request::Stop
        )
    }

    pub(super) fn bytes(&self) -> usize {
        match self {
            Request::Commit { bytes, .. } => *bytes,
            Request::Rows { rows, .. } => rows.bytes(),
            _ => 0,
        }
    }
}

/// What becomes of a commit that was not refused.
pub(super) enum Admission {
    Committed(Version),
    /// So much happened since it was checked that the committer does not remember all of it.
    CheckAgain(Commit),
}

/// A request, and its place among those that may wait.
pub(super) type Queued = (Request, Option<OwnedSemaphorePermit>);

/// The way to the committer.
pub(super) struct Queue {
    requests: mpsc::Sender<Queued>,
    waiting: Arc<Semaphore>,
    /// The committer remembers every change after this version.
    remembered_after: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

pub(super) type Fatal = Arc<dyn Fn(&Error) + Send + Sync>;

impl Queue {
    pub(super) fn start(
        store: Arc<Store>,
        sequencer: Sequencer,
        writing: Writing,
        remembered: usize,
        fatal: Fatal,
    ) -> Result<Queue> {
        let (requests, queue) = mpsc::channel();
        let remembered_after = Arc::new(AtomicU64::new(sequencer.last().0));
        let recent = Recent::new(sequencer.last(), remembered);
        let committer = Committer::new(
            store,
            sequencer,
            writing,
            recent,
            remembered_after.clone(),
            queue,
        );
        let thread = thread::Builder::new()
            .name("cairn-committer".to_owned())
            .spawn(move || committer.run(fatal))?;
        Ok(Queue {
            requests,
            waiting: Arc::new(Semaphore::new(WAITING)),
            remembered_after,
            thread: Some(thread),
        })
    }

    /// Whether the committer can check a transaction that is known to be good up to `checked`.
    pub(super) fn remembers(&self, checked: Version) -> bool {
        checked.0 >= self.remembered_after.load(Ordering::Acquire)
    }

    /// For tests: the next group meets a disk that fails.
    pub(super) fn fail_next_write(&self) {
        // Fails only when the committer is gone already.
        let _ = self.requests.send((Request::Fail, None));
    }

    /// Sends a request and waits for the answer. `None`: the committer ended without one.
    pub(super) async fn ask<T>(
        &self,
        request: impl FnOnce(Answer<T>) -> Request,
    ) -> Option<Result<T>> {
        let permit = self.waiting.clone().acquire_owned().await.ok();
        let (answer, answered) = oneshot::channel();
        if self.requests.send((request(answer), permit)).is_err() {
            return Some(Err(Error::Closing));
        }
        answered.await.ok()
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        // Fails only when the committer is gone already.
        let _ = self.requests.send((Request::Stop, None));
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the committer panicked outside a commit");
        }
    }
}

pub(super) fn reply<T>(answer: Answer<T>, outcome: Result<T>) {
    // Nobody listens any more when the caller was cancelled.
    let _ = answer.send(outcome);
}

/// Tells a sender that nothing was done.
pub(super) fn refuse(request: Request) {
    match request {
        Request::Commit { answer, .. } => reply(answer, Err(Error::Closing)),
        Request::CloseNow { answer } => reply(answer, Err(Error::Closing)),
        Request::Outcome { answer, .. } => reply(answer, Err(Error::Closing)),
        Request::Separate { answer, .. } => reply(answer, Err(Error::Closing)),
        Request::Close { answer, .. }
        | Request::Rows { answer, .. }
        | Request::Ingested { answer, .. }
        | Request::GiveUp { answer, .. } => reply(answer, Err(Error::Closing)),
        Request::Fail | Request::Stop => {}
    }
}
