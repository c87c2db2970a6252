//! The hands of a job: a bounded number of threads that take pieces off a queue.
//!
//! Encoding and compressing a piece keeps a core busy for a second or more, which would starve the
//! sessions if it ran on the runtime's threads. So pieces run on threads of their own, which wait
//! for the runtime only where they really wait: for the store and for the disk.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use crate::Error;

/// Tells the pieces of a job to leave off; they look at it between two chunks.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    pub fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// # Errors
    /// [`Error::Stopped`] once the job has ended in another way.
    pub fn check(&self) -> Result<(), Error> {
        if self.0.load(Ordering::Acquire) {
            return Err(Error::Stopped);
        }
        Ok(())
    }
}

/// Pieces at work. Dropping it tells the threads to stop; [`Crew::dismiss`] also waits for them.
pub struct Crew<R, E> {
    results: mpsc::Receiver<Result<R, E>>,
    stop: Stop,
    outstanding: usize,
}

impl<R, E> Crew<R, E>
where
    R: Send + 'static,
    E: From<Error> + Send + 'static,
{
    /// Starts `workers` threads that run `work` on every task, in order of the list.
    ///
    /// # Errors
    /// [`Error::Thread`] when the system gives no thread.
    pub fn start<T, W, F>(
        name: &str,
        workers: usize,
        tasks: Vec<T>,
        stop: Stop,
        work: W,
    ) -> Result<Self, Error>
    where
        T: Send + 'static,
        W: Fn(T) -> F + Send + Sync + 'static,
        F: Future<Output = Result<R, E>>,
    {
        let runtime = Handle::current();
        let workers = workers.clamp(1, tasks.len().max(1));
        let outstanding = tasks.len();
        let queue = Arc::new(Mutex::new(VecDeque::from(tasks)));
        let work = Arc::new(work);
        let (sender, results) = mpsc::channel(workers);
        let crew = Crew {
            results,
            stop: stop.clone(),
            outstanding,
        };
        for number in 0..workers {
            let (queue, work, sender) = (Arc::clone(&queue), Arc::clone(&work), sender.clone());
            let (runtime, stop) = (runtime.clone(), stop.clone());
            let take = move || {
                while stop.check().is_ok() {
                    // The guard must not live through the piece, or the others would wait for it.
                    let Some(task) = queue.lock().pop_front() else {
                        return;
                    };
                    let result = runtime.block_on(work(task));
                    if sender.blocking_send(result).is_err() {
                        return;
                    }
                }
            };
            std::thread::Builder::new()
                .name(format!("{name}-{number}"))
                .spawn(take)
                .map_err(Error::Thread)?;
        }
        Ok(crew)
    }

    /// The next finished piece, in no particular order; `None` when all are done.
    ///
    /// # Errors
    /// What the piece failed with, or [`Error::WorkerLost`] when a thread died of a panic.
    pub async fn next(&mut self) -> Option<Result<R, E>> {
        if self.outstanding == 0 {
            return None;
        }
        self.outstanding -= 1;
        match self.results.recv().await {
            Some(result) => Some(result),
            None => {
                self.outstanding = 0;
                let error = self.stop.check().err().unwrap_or(Error::WorkerLost);
                Some(Err(error.into()))
            }
        }
    }

    /// Stops the threads and returns once none of them can touch the store any more.
    pub async fn dismiss(mut self) {
        self.stop.set();
        while self.results.recv().await.is_some() {}
    }
}

impl<R, E> Drop for Crew<R, E> {
    fn drop(&mut self) {
        // Several crews of a job may share a stop, one after the other.
        if self.outstanding > 0 {
            self.stop.set();
        }
    }
}
