//! Cancel requests: a second connection names a session by number and secret, and its running statement stops.
//!
//! A statement runs beside a token. The token is fresh for every statement, so that a request which arrives
//! between two statements cancels nothing. A commit that is under way is waited for: whoever hears that a statement was canceled
//! may rely on it that nothing was changed, unless he is told of a job that goes on.

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::task::Poll;

use cairn_sql::{Progress, Session, SqlError, SqlState};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use crate::workers::Clock;

/// So many sessions of root are opened when there is no room for others: somebody must be able to look what is wrong.
const ROOTS_ROOM: usize = 3;

/// All open sessions, by number.
#[derive(Debug)]
pub struct Sessions {
    /// How many may be open at once.
    room: usize,
    next: AtomicI32,
    open: Mutex<HashMap<i32, Arc<Running>>>,
    /// The server does not wait any longer for what they do.
    closing: CancellationToken,
    clock: Clock,
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
    pub fn new(room: usize, closing: CancellationToken) -> Arc<Sessions> {
        Arc::new(Sessions {
            room,
            next: AtomicI32::default(),
            open: Mutex::default(),
            closing,
            clock: Clock::current(),
        })
    }

    /// How many may be open at once.
    pub fn room(&self) -> usize {
        self.room
    }

    /// How many are open.
    pub fn open(&self) -> usize {
        self.open.lock().len()
    }

    /// Opens a session's entry; `None`: there is no room.
    pub fn enter(self: &Arc<Self>, is_root: bool) -> Option<Ticket> {
        let number = self.next.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        let secret = draw_secret();
        let running = Arc::new(Running {
            secret,
            statement: Mutex::default(),
        });
        let mut open = self.open.lock();
        let room = self.room + if is_root { ROOTS_ROOM } else { 0 };
        if open.len() >= room {
            return None;
        }
        open.insert(number, running.clone());
        drop(open);
        Some(Ticket {
            number,
            secret,
            running,
            sessions: self.clone(),
        })
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
    /// Where times are waited for.
    pub fn clock(&self) -> &Clock {
        &self.sessions.clock
    }

    /// What may stop the statement that begins now.
    pub fn begin_statement(&self, session: &Session) -> Stop {
        let requested = CancellationToken::new();
        *self.running.statement.lock() = requested.clone();
        Stop {
            requested,
            deadline: session
                .statement_timeout()
                .map(|timeout| tokio::time::Instant::now() + timeout),
            clock: self.clock().clone(),
            progress: session.progress().clone(),
            closing: self.sessions.closing.clone(),
        }
    }
}

/// What may stop a statement: a cancel request, its time, and the server's end.
#[derive(Debug)]
pub struct Stop {
    requested: CancellationToken,
    deadline: Option<tokio::time::Instant>,
    clock: Clock,
    /// While a commit is under way nothing stops the statement: its client must learn that it was done.
    progress: Arc<Progress>,
    /// The server stops, and has waited long enough.
    closing: CancellationToken,
}

impl Stop {
    /// Waits for `work`, or until it is to stop; then `work` is dropped.
    pub async fn unless_stopped<T>(&self, work: impl Future<Output = T>) -> Result<T, SqlError> {
        let mut work = pin!(work);
        let mut reason = pin!(self.reason());
        let mut stopped = None;
        poll_fn(|cx| {
            if stopped.is_none()
                && let Poll::Ready(error) = reason.as_mut().poll(cx)
            {
                stopped = Some(error);
            }
            if let Some(error) = self.take(&mut stopped) {
                return Poll::Ready(Err(error));
            }
            if let Poll::Ready(done) = work.as_mut().poll(cx) {
                return Poll::Ready(Ok(done));
            }
            // The commit it was waiting for may have ended without an answer for the client yet.
            match self.take(&mut stopped) {
                Some(error) => Poll::Ready(Err(error)),
                None => Poll::Pending,
            }
        })
        .await
    }

    fn take(&self, stopped: &mut Option<SqlError>) -> Option<SqlError> {
        match self.progress.is_committing() {
            true => None,
            false => Some(self.progress.stopped(stopped.take()?)),
        }
    }

    /// Becomes ready when the statement is to stop.
    async fn reason(&self) -> SqlError {
        let timeout = async {
            match self.deadline {
                Some(deadline) => self.clock.sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        let why = tokio::select! {
            biased;
            () = self.requested.cancelled() => "user request",
            () = timeout => "statement timeout",
            () = self.closing.cancelled() => {
                return SqlError::new(
                    SqlState::AdminShutdown,
                    "terminating connection: the server is stopping",
                );
            }
        };
        SqlError::new(
            SqlState::QueryCanceled,
            format!("canceling statement due to {why}"),
        )
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
