//! Notices when fjall has given up.
//!
//! When a flush or compaction fails, fjall's worker ends and every later write is refused, but a write
//! that was waiting for that worker waits for ever: nobody would hear of it. Once a second this thread
//! asks, and ends the process by the fatal hook.

use std::sync::Arc;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use fjall::PersistMode;

use super::queue::Fatal;
use super::store::Store;
use crate::{Error, Result};

pub(super) struct Watchdog {
    /// Dropping it stops the thread; `None` only while dropping.
    stop: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Watchdog {
    pub(super) fn start(store: Arc<Store>, fatal: Fatal) -> Result<Watchdog> {
        let (stop, stopped) = mpsc::channel();
        let thread = thread::Builder::new().name("cairn-watchdog".to_owned());
        let thread = thread.spawn(move || watch(&store, &stopped, &fatal))?;
        Ok(Watchdog {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the watchdog panicked");
        }
    }
}

fn watch(store: &Store, stopped: &mpsc::Receiver<()>, fatal: &Fatal) {
    while let Err(mpsc::RecvTimeoutError::Timeout) = stopped.recv_timeout(Duration::from_secs(1)) {
        if let Err(error) = store.database.persist(PersistMode::Buffer) {
            let error = Error::from(error);
            tracing::error!(%error, "the store's background work failed");
            fatal(&error);
            return;
        }
    }
}
