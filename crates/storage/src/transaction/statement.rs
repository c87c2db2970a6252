//! A statement's view of its transaction: what was there when it began, whatever it has written since.
//!
//! An UPDATE that streams must not meet the rows it has moved, nor an INSERT … SELECT those it has added.
//!
//! INVARIANT
//!   A transaction has one statement at a time. The view of an earlier one answers with an error, never with later writes.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use super::{State, Transaction, Written};
use crate::{Chunk, Closed, Entries, Error, Found, Read, Result, ScanLimit, Span};

/// What the keys that the running statement has written were before it.
#[derive(Default)]
pub(super) struct Before {
    statement: u64,
    keys: BTreeMap<Bytes, Option<Written>>,
}

impl Before {
    pub(super) fn note(&mut self, key: &Bytes, replaced: Option<&Written>) {
        if !self.keys.contains_key(key) {
            self.keys.insert(key.clone(), replaced.cloned());
        }
    }
}

/// A running statement. While it lives, reads through it see the transaction as it was when it began.
pub struct StatementView {
    transaction: Arc<Transaction>,
    number: u64,
}

impl Transaction {
    /// Begins a statement that writes; it ends when the view is dropped.
    pub fn begin_statement(self: &Arc<Self>) -> StatementView {
        let mut state = self.state.lock();
        state.statements += 1;
        let number = state.statements;
        state.before = Some(Before {
            statement: number,
            keys: BTreeMap::new(),
        });
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
        state
            .before
            .as_ref()
            .is_some_and(|before| before.keys.contains_key(key))
    }
}

impl Drop for StatementView {
    fn drop(&mut self) {
        let mut state = self.transaction.state.lock();
        if state
            .before
            .as_ref()
            .is_some_and(|before| before.statement == self.number)
        {
            state.before = None;
        }
    }
}

/// What a statement sees of its transaction's own writes.
fn before(state: &State, number: u64) -> Result<&Before> {
    state
        .before
        .as_ref()
        .filter(|before| before.statement == number)
        .ok_or(Error::Finished)
}

#[async_trait]
impl Read for StatementView {
    fn at(&self) -> Closed {
        self.transaction.at
    }

    async fn get_many(&self, keys: &[Bytes]) -> Result<Vec<Option<Found>>> {
        self.transaction
            .get_through(keys, |state, key| {
                let before = before(state, self.number)?;
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
                let before = before(state, self.number)?;
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
