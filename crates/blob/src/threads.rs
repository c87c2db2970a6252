//! A pool of threads for calls that sleep or compute long, away from the async executor.
//!
//! WHAT
//!   [`Pool::run`] hands a closure to one of a fixed number of threads and waits for its answer. The number bounds the
//!   work: more callers wait in line. This crate's own pool does file I/O; `cairn-archive` makes another for encoding.
//!
//! INVARIANTS
//!   A panic in a task reaches its caller as `Error::Panicked` and leaves the thread alive: `serve`.
//!
//! CRASH
//!   A caller that goes away does not stop its task: it runs to its end and the answer is dropped.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::LazyLock;
use std::sync::mpsc::{Receiver, Sender, channel};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::error::{Error, Result};

/// Threads that do this crate's file I/O: enough to keep a disk's queue filled, few enough not to trouble the scheduler.
const IO_THREADS: usize = 8;

pub(crate) static IO: LazyLock<Pool> = LazyLock::new(|| Pool::new("cairn-io", IO_THREADS));

type Task = Box<dyn FnOnce() + Send>;

/// A fixed number of threads. They end when the pool is dropped.
#[derive(Debug)]
pub struct Pool {
    name: &'static str,
    tasks: Sender<Task>,
    started: usize,
}

impl Pool {
    /// Starts up to `threads` threads named `name`; fewer, with a warning, when the system gives no more.
    #[must_use]
    pub fn new(name: &'static str, threads: usize) -> Pool {
        let (tasks, queue) = channel::<Task>();
        let queue = Arc::new(Mutex::new(queue));
        let mut started = 0;
        for _ in 0..threads.max(1) {
            let queue = Arc::clone(&queue);
            match std::thread::Builder::new()
                .name(name.to_owned())
                .spawn(move || serve(&queue))
            {
                Ok(_) => started += 1,
                Err(error) => tracing::warn!(pool = name, started, %error, "cannot start a thread"),
            }
        }
        Pool {
            name,
            tasks,
            started,
        }
    }

    /// Runs `work` on one of the threads.
    ///
    /// # Errors
    /// `Error::Panicked` when `work` panicked, or when the pool has no thread to run it.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let failed = Error::Panicked { pool: self.name };
        if self.started == 0 {
            return Err(failed);
        }
        let (answer, done) = oneshot::channel();
        let task: Task = Box::new(move || {
            // The caller may have gone away: then nobody wants the answer.
            drop(answer.send(work()));
        });
        if self.tasks.send(task).is_err() {
            return Err(failed);
        }
        done.await.map_err(|_| failed)
    }
}

/// Takes tasks until the pool is gone.
fn serve(queue: &Mutex<Receiver<Task>>) {
    loop {
        // The lock is held while waiting for a task, never while running one.
        let task = queue.lock().recv();
        let Ok(task) = task else { return };
        if catch_unwind(AssertUnwindSafe(task)).is_err() {
            tracing::error!("a task panicked");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Pool;

    #[tokio::test]
    async fn a_panic_is_an_error_and_the_thread_goes_on() {
        let pool = Pool::new("test", 1);
        let failed = pool.run(|| panic!("on purpose")).await;
        failed.unwrap_err();
        assert_eq!(pool.run(|| 7).await.unwrap(), 7);
    }
}
