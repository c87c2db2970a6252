//! Who is connected and what he does: what `pg_stat_activity` shows.
//!
//! INVARIANTS
//!   A statement is kept without its secrets, and cut: `MOST_CHARACTERS`.
//!   An entry goes with its session: `Presence`.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use cairn_syntax::Statement;
use parking_lot::Mutex;

use crate::TransactionStatus;

/// As much of a statement is shown, as in PostgreSQL.
const MOST_CHARACTERS: usize = 1023;

/// All sessions of a node, by number.
#[derive(Debug, Default)]
pub(crate) struct Activity {
    open: Mutex<BTreeMap<i32, Entry>>,
}

/// What a session does, or has done last. Times are microseconds since 1970.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub number: i32,
    pub user: String,
    pub database: String,
    pub application: String,
    pub client: SocketAddr,
    pub began: i64,
    pub transaction_began: Option<i64>,
    pub statement_began: Option<i64>,
    pub changed: i64,
    pub state: &'static str,
    pub statement: String,
}

impl Activity {
    pub fn enter(self: &Arc<Self>, entry: Entry) -> Presence {
        let number = entry.number;
        self.open.lock().insert(number, entry);
        Presence {
            number,
            activity: self.clone(),
        }
    }

    pub fn entries(&self) -> Vec<Entry> {
        self.open.lock().values().cloned().collect()
    }
}

/// A session's entry; it goes when this is dropped.
#[derive(Debug)]
pub(crate) struct Presence {
    pub number: i32,
    activity: Arc<Activity>,
}

impl Presence {
    /// A statement begins.
    pub fn begin(&self, statement: &Statement, now: i64, update: impl FnOnce(&mut Entry)) {
        let mut text = statement.redacted(&cairn_blob::redact);
        if let Some((place, _)) = text.char_indices().nth(MOST_CHARACTERS) {
            text.truncate(place);
        }
        self.change(|entry| {
            update(entry);
            entry.statement = text;
            entry.statement_began = Some(now);
            entry.transaction_began = entry.transaction_began.or(Some(now));
            entry.changed = now;
            entry.state = "active";
        });
    }

    /// The client has its answer.
    pub fn rest(&self, status: TransactionStatus, now: i64) {
        self.change(|entry| {
            entry.state = match status {
                TransactionStatus::Idle => "idle",
                TransactionStatus::InTransaction => "idle in transaction",
                TransactionStatus::Failed => "idle in transaction (aborted)",
            };
            if status == TransactionStatus::Idle {
                entry.transaction_began = None;
            }
            entry.changed = now;
        });
    }

    fn change(&self, change: impl FnOnce(&mut Entry)) {
        if let Some(entry) = self.activity.open.lock().get_mut(&self.number) {
            change(entry);
        }
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        self.activity.open.lock().remove(&self.number);
    }
}
