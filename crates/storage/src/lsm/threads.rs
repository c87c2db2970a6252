//! fjall may sleep, so it is called on these threads only. Their number is fixed, and so is the
//! number of calls that wait for them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use parking_lot::Mutex;
use tokio::sync::{Semaphore, oneshot};

use crate::{Error, Result};

type Work = Box<dyn FnOnce() + Send>;

pub(super) struct Threads {
    /// `None` only while dropping.
    work: Option<mpsc::Sender<Work>>,
    waiting: Arc<Semaphore>,
    threads: Vec<JoinHandle<()>>,
}

const WAITING: usize = 1024;

impl Threads {
    pub(super) fn start(count: usize) -> Result<Threads> {
        let (work, queue) = mpsc::channel::<Work>();
        let queue = Arc::new(Mutex::new(queue));
        let mut threads = Vec::with_capacity(count);
        for number in 0..count {
            let queue = queue.clone();
            let thread = thread::Builder::new().name(format!("cairn-store-{number}"));
            threads.push(thread.spawn(move || serve(&queue))?);
        }
        Ok(Threads {
            work: Some(work),
            waiting: Arc::new(Semaphore::new(WAITING)),
            threads,
        })
    }

    /// Runs `work` on one of the threads. When the caller goes away the work is still done.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let permit = self
            .waiting
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| Error::Closing)?;
        let (answer, answered) = oneshot::channel();
        let work = move || {
            let outcome = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(panicked()));
            drop(permit);
            // Nobody listens any more when the caller was cancelled.
            let _ = answer.send(outcome);
        };
        let queue = self.work.as_ref().ok_or(Error::Closing)?;
        queue.send(Box::new(work)).map_err(|_| Error::Closing)?;
        answered.await.map_err(|_| Error::Closing)?
    }
}

/// Waits for the work at hand, so that nobody reads while the database closes.
impl Drop for Threads {
    fn drop(&mut self) {
        self.work = None;
        for thread in self.threads.drain(..) {
            // `serve` catches what its work throws.
            let _ = thread.join();
        }
    }
}

/// Ends when the last sender is gone.
fn serve(queue: &Mutex<mpsc::Receiver<Work>>) {
    loop {
        let next = queue.lock().recv();
        match next {
            Ok(work) => work(),
            Err(mpsc::RecvError) => return,
        }
    }
}

fn panicked() -> Error {
    Error::Damaged {
        what: "the store's library panicked; see the log".to_owned(),
    }
}
