//! A statement's view of its transaction: what was there when it began, whatever it has written since.
//!
//! An UPDATE that streams must not meet the rows it has moved, nor an INSERT … SELECT those it has added.
//!
//! INVARIANTS
//!   A view stands as long as someone reads through it: a query whose rows are fetched bit by bit goes on beside later statements, and
//!   sees none of their writes.
//!   A view that began after a savepoint ends where the transaction goes back to it: it answers with an error from then on.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use super::{Transaction, Written};
use crate::{Chunk, Closed, Entries, Error, Found, Read, Result, ScanLimit, Span};

/// The views that are open, by their numbers.
#[derive(Default)]
pub(super) struct Views {
    opened: u64,
    open: BTreeMap<u64, Before>,
}

/// What the keys that were written since a view was opened were before.
struct Before {
    /// How many writes there were.
    writes: usize,
    keys: BTreeMap<Bytes, Option<Written>>,
}

impl Views {
    fn open(&mut self, writes: usize) -> u64 {
        self.opened += 1;
        let keys = BTreeMap::new();
        self.open.insert(self.opened, Before { writes, keys });
        self.opened
    }

    /// Before a key is written.
    pub(super) fn note(&mut self, key: &Bytes, replaced: Option<&Written>) {
        for before in self.open.values_mut() {
            if !before.keys.contains_key(key) {
                before.keys.insert(key.clone(), replaced.cloned());
            }
        }
    }

    /// All writes but the first so many are forgotten.
    pub(super) fn go_back(&mut self, writes: usize) {
        self.open.retain(|_, before| before.writes <= writes);
    }

    fn before(&self, number: u64) -> Result<&Before> {
        self.open.get(&number).ok_or(Error::RolledBack)
    }
}

/// A statement, while it lives: reads through it see the transaction as it was when it began.
pub struct StatementView {
    transaction: Arc<Transaction>,
    number: u64,
}

impl Transaction {
    /// Begins a statement; it ends when the view is dropped.
    pub fn begin_statement(self: &Arc<Self>) -> StatementView {
        let mut state = self.state.lock();
        let writes = state.undo.len();
        let number = state.views.open(writes);
        StatementView {
            transaction: self.clone(),
            number,
        }
    }
}

impl StatementView {
    /// Whether this statement has written or deleted the key.
    pub fn has_written(&self, key: &[u8]) -> bool {
        let state = self.transaction.state.lock();
        let before = state.views.before(self.number);
        before.is_ok_and(|before| before.keys.contains_key(key))
    }
}

impl Drop for StatementView {
    fn drop(&mut self) {
        let mut state = self.transaction.state.lock();
        state.views.open.remove(&self.number);
    }
}

#[async_trait]
impl Read for StatementView {
    fn at(&self) -> Closed {
        self.transaction.at
    }

    async fn get_many(&self, keys: &[Bytes]) -> Result<Vec<Option<Found>>> {
        self.transaction
            .get_through(keys, |state, key| {
                let before = state.views.before(self.number)?;
                Ok(match before.keys.get(key) {
                    Some(replaced) => replaced.clone(),
                    None => state.writes.get(key).cloned(),
                })
            })
            .await
    }

    async fn scan(&self, span: &Span, limit: ScanLimit) -> Result<Chunk<Entries>> {
        self.transaction
            .scan_through(span, limit, |state, covered| {
                let before = state.views.before(self.number)?;
                let own = state
                    .writes
                    .range(covered.start.clone()..covered.end.clone())
                    .filter_map(|(key, value)| match before.keys.get(key) {
                        None => Some((key.clone(), value.clone())),
                        Some(replaced) => replaced.clone().map(|value| (key.clone(), value)),
                    });
                Ok(own.collect())
            })
            .await
    }
}
