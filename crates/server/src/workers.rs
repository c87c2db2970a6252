//! The threads that sessions run on.
//!
//! Planning a statement and computing its functions goes on without a pause, sometimes for seconds. A thread that does so serves nothing
//! else meanwhile: were it the one that waits for the network and for times, nobody would be served. So sessions have a runtime of their
//! own, and what is waited for (connections, messages, HTTP, timeouts) belongs to the runtime that the server was started on, which never
//! computes for long. What becomes ready there is taken up by any worker that is free.
//!
//! There are more workers than processors, so that several long statements leave one for the short ones; the system divides the time.
//!
//! INVARIANT
//!   Sockets are made, and the times of statements and transactions are waited for, by the outer runtime: `listener::accept`,
//!   `Clock::sleep_until`. Jobs that statements begin run there as well (`cairn_jobs::Registry::new`). Only the times of logging in and of
//!   farewells are waited for here.

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::time::{Instant, Sleep};

/// The workers of a running server.
#[derive(Debug)]
pub struct Workers {
    /// `None` only while it is dropped.
    runtime: Option<Runtime>,
    handle: Handle,
}

impl Workers {
    pub fn start() -> std::io::Result<Workers> {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let runtime = Builder::new_multi_thread()
            .worker_threads(2 * processors + 1)
            .thread_name("statements")
            .thread_stack_size(cairn_sql::THREAD_STACK_BYTES)
            .enable_all()
            .build()?;
        Ok(Workers {
            handle: runtime.handle().clone(),
            runtime: Some(runtime),
        })
    }

    pub fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for Workers {
    /// Does not wait for a statement that computes on: nobody hears its answer.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// The times of the outer runtime, for those who run on workers.
#[derive(Debug, Clone)]
pub struct Clock(Handle);

impl Clock {
    /// Of the runtime that this is called on.
    pub fn current() -> Clock {
        Clock(Handle::current())
    }

    pub fn sleep_until(&self, deadline: Instant) -> Sleep {
        let _entered = self.0.enter();
        tokio::time::sleep_until(deadline)
    }
}
