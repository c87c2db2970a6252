//! Cancel requests: a second connection names a session by number and secret, and its running statement stops.
//!
//! A statement runs beside a token. The token is fresh for every statement, so that a request which arrives
//! between two statements cancels nothing.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

/// All open sessions, by number.
#[derive(Debug, Default)]
pub struct Sessions {
    next: AtomicI32,
    open: Mutex<HashMap<i32, Arc<Running>>>,
}

/// What a session is doing.
#[derive(Debug)]
struct Running {
    secret: i32,
    statement: Mutex<CancellationToken>,
}

/// An open session's entry; it goes when this is dropped.
#[derive(Debug)]
pub struct Ticket {
    pub number: i32,
    pub secret: i32,
    running: Arc<Running>,
    sessions: Arc<Sessions>,
}

impl Sessions {
    pub fn enter(self: &Arc<Self>) -> Ticket {
        let number = self.next.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        let secret = draw_secret();
        let running = Arc::new(Running {
            secret,
            statement: Mutex::default(),
        });
        self.open.lock().insert(number, running.clone());
        Ticket {
            number,
            secret,
            running,
            sessions: self.clone(),
        }
    }

    /// Stops what the session is doing now. A wrong secret, or no such session: nothing happens, and nobody is told.
    pub fn cancel(&self, number: i32, secret: i32) {
        let running = self.open.lock().get(&number).cloned();
        if let Some(running) = running.filter(|running| running.secret == secret) {
            running.statement.lock().cancel();
        }
    }
}

impl Ticket {
    /// The token of the statement that begins now.
    pub fn begin_statement(&self) -> CancellationToken {
        let token = CancellationToken::new();
        *self.running.statement.lock() = token.clone();
        token
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.sessions.open.lock().remove(&self.number);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a secret must not be guessed, not even from a test's seed"
)]
fn draw_secret() -> i32 {
    rand::random()
}
