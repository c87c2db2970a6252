//! Transactions: optimistic and serialisable.
//!
//! HOW DATA FLOWS
//!   1. `begin` takes the read version; every read is made at it and remembered in the read set.
//!   2. Writes stay in a buffer; reads see them (`Read::get_many`, `Read::scan`).
//!   3. `commit` hands both to the engine, which refuses when anything read has changed.
//! INVARIANTS
//!   A transaction without writes never conflicts and commits without the engine.
//!   Rolling back to a savepoint forgets writes but never reads: what was seen may have been acted on.
//!   A transaction commits at most once: `finish`.
//! ERRORS, RETRIES
//!   `Conflict`: nothing happened, run it again from the start. `OutcomeUnknown`: look the id up.
//! MEMORY
//!   Writes are bounded by the commit limit. Reads are remembered key by key at first, then in ever coarser spans (`reads`).
//! LEFT OUT
//!   Locks: nobody ever waits for another transaction.

mod glance;
mod reads;
mod statement;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;

use crate::{
    Chunk, Closed, Commit, Engine, Entries, Entry, Error, Found, Limits, Prefix, Read, ReadSet,
    Result, ScanLimit, Span, TransactionId, Version,
};

/// Shared freely: all methods take `&self`.
pub struct Transaction {
    engine: Arc<dyn Engine>,
    id: TransactionId,
    at: Closed,
    limits: Limits,
    state: Mutex<State>,
}

pub use statement::StatementView;

/// What a transaction has done to a key: the new value, or `None` for a deletion.
type Written = Option<Bytes>;

#[derive(Default)]
struct State {
    reads: ReadSet,
    writes: BTreeMap<Bytes, Written>,
    /// What each write replaced, oldest first: the way back to a savepoint.
    undo: Vec<(Bytes, Option<Written>)>,
    /// What statements see that go on.
    views: statement::Views,
    bytes: usize,
    /// Bytes that only `undo` still holds.
    undo_bytes: usize,
    finished: bool,
}

/// A place in a transaction's writes to return to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Savepoint(usize);

impl Transaction {
    pub async fn begin(engine: Arc<dyn Engine>) -> Result<Transaction> {
        let at = engine.read_version().await?;
        Ok(Transaction::begin_at(engine, at))
    }

    /// Reads at an instant of the caller's choice; writes still go to the present.
    pub fn begin_at(engine: Arc<dyn Engine>, at: Closed) -> Transaction {
        let limits = engine.limits();
        Transaction {
            engine,
            id: random_id(),
            at,
            limits,
            state: Mutex::default(),
        }
    }

    pub fn id(&self) -> TransactionId {
        self.id
    }

    pub fn engine(&self) -> &Arc<dyn Engine> {
        &self.engine
    }

    pub fn put(&self, key: impl Into<Bytes>, value: impl Into<Bytes>) -> Result<()> {
        self.write(key.into(), Some(value.into()))
    }

    pub fn delete(&self, key: impl Into<Bytes>) -> Result<()> {
        self.write(key.into(), None)
    }

    fn write(&self, key: Bytes, value: Option<Bytes>) -> Result<()> {
        let bytes = check_row(&key, value.as_ref(), &self.limits)?;
        let mut state = self.state.lock();
        if state.finished {
            return Err(Error::Finished);
        }
        let replaced = state.writes.get(&key).cloned();
        let freed = replaced
            .as_ref()
            .map_or(0, |old| row_bytes(&key, old.as_ref()));
        let total = state.bytes - freed + bytes;
        // What a savepoint may bring back is held as well.
        let held = total + state.undo_bytes + freed;
        if held > self.limits.commit {
            return Err(Error::TooLarge {
                what: "transaction",
                bytes: held,
                limit: self.limits.commit,
            });
        }
        state.bytes = total;
        state.undo_bytes += freed;
        state.views.note(&key, replaced.as_ref());
        state.writes.insert(key.clone(), value);
        state.undo.push((key, replaced));
        Ok(())
    }

    pub fn has_writes(&self) -> bool {
        !self.state.lock().writes.is_empty()
    }

    pub fn has_reads(&self) -> bool {
        let state = self.state.lock();
        !(state.reads.keys.is_empty() && state.reads.spans.is_empty())
    }

    /// True if this transaction itself wrote or deleted the key. Not a read of the store.
    pub fn has_written(&self, key: &[u8]) -> bool {
        self.state.lock().writes.contains_key(key)
    }

    /// What this transaction itself has made of the key; `None`: nothing. Not a read of the store.
    pub fn written(&self, key: &[u8]) -> Option<Option<Bytes>> {
        self.state.lock().writes.get(key).cloned()
    }

    /// Bytes of all keys and values written so far.
    pub fn bytes(&self) -> usize {
        self.state.lock().bytes
    }

    pub fn savepoint(&self) -> Savepoint {
        Savepoint(self.state.lock().undo.len())
    }

    /// Forgets every write since the savepoint, which stays valid.
    pub fn rollback_to(&self, savepoint: &Savepoint) {
        let mut guard = self.state.lock();
        let state = &mut *guard;
        state.views.go_back(savepoint.0);
        while state.undo.len() > savepoint.0 {
            let Some((key, replaced)) = state.undo.pop() else {
                break;
            };
            let undone = match replaced {
                Some(old) => {
                    let bytes = row_bytes(&key, old.as_ref());
                    state.bytes += bytes;
                    state.undo_bytes -= bytes;
                    state.writes.insert(key.clone(), old)
                }
                None => state.writes.remove(&key),
            };
            state.bytes -= undone.map_or(0, |value| row_bytes(&key, value.as_ref()));
        }
    }

    /// Commits, once. Without writes this is free and gives the version read at.
    pub async fn commit(&self) -> Result<Version> {
        let State { reads, writes, .. } = self.finish()?;
        if writes.is_empty() {
            return Ok(self.at.version());
        }
        self.engine
            .commit(Commit {
                id: self.id,
                read_at: Some(self.at),
                reads,
                writes,
            })
            .await
    }

    /// Ends the transaction without a trace. Dropping it does the same.
    pub fn rollback(&self) {
        self.state.lock().finished = true;
    }

    fn finish(&self) -> Result<State> {
        let mut state = self.state.lock();
        if state.finished {
            return Err(Error::Finished);
        }
        Ok(std::mem::replace(
            &mut *state,
            State {
                finished: true,
                ..State::default()
            },
        ))
    }

    fn check_open(&self) -> Result<()> {
        if self.state.lock().finished {
            Err(Error::Finished)
        } else {
            Ok(())
        }
    }
}

#[async_trait]
impl Read for Transaction {
    fn at(&self) -> Closed {
        self.at
    }

    async fn get_many(&self, keys: &[Bytes]) -> Result<Vec<Option<Found>>> {
        self.get_through(keys, |state, key| Ok(state.writes.get(key).cloned()))
            .await
    }

    async fn scan(&self, span: &Span, limit: ScanLimit) -> Result<Chunk<Entries>> {
        self.scan_through(span, limit, |state, covered| {
            let own = state
                .writes
                .range(covered.start.clone()..covered.end.clone());
            Ok(own
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect())
        })
        .await
    }
}

impl Transaction {
    /// Reads keys; `own` says what the reader sees of the transaction's writes.
    async fn get_through(
        &self,
        keys: &[Bytes],
        own: impl Fn(&State, &Bytes) -> Result<Option<Written>> + Send,
    ) -> Result<Vec<Option<Found>>> {
        self.check_open()?;
        let (mut found, missing) = {
            let mut state = self.state.lock();
            let own = keys
                .iter()
                .map(|key| own(&state, key))
                .collect::<Result<Vec<_>>>()?;
            let missing = keys
                .iter()
                .zip(&own)
                .filter(|(_, own)| own.is_none())
                .map(|(key, _)| key.clone());
            let missing = missing.collect::<Vec<_>>();
            reads::remember_keys(&mut state.reads, missing.iter().cloned());
            (own, missing)
        };
        let mut stored = self.engine.get(&missing, self.at).await?.into_iter();
        let answer = found.drain(..).map(|own| match own {
            Some(value) => value.map(|value| Found {
                version: Version::PENDING,
                value,
            }),
            None => stored.next().flatten(),
        });
        Ok(answer.collect())
    }

    /// Reads a chunk of a span; `own` says what the reader sees of the transaction's writes there, in key order.
    async fn scan_through(
        &self,
        span: &Span,
        limit: ScanLimit,
        own: impl Fn(&State, &Span) -> Result<Vec<(Bytes, Written)>> + Send,
    ) -> Result<Chunk<Entries>> {
        self.check_open()?;
        if span.is_empty() {
            return Ok(Chunk {
                items: Entries::new(),
                resume: None,
            });
        }
        let stored = self.engine.scan(span, self.at, limit).await?;
        let covered = Span {
            start: span.start.clone(),
            end: stored.resume.clone().unwrap_or(span.end.clone()),
        };
        let mut state = self.state.lock();
        reads::remember_span(&mut state.reads, &covered);
        let own = own(&state, &covered)?;
        drop(state);
        Ok(Chunk {
            items: merge(stored.items, own.iter().map(|(key, value)| (key, value))),
            resume: stored.resume,
        })
    }
}

/// Stored rows with a transaction's own writes laid over them.
fn merge<'a>(stored: Entries, own: impl Iterator<Item = (&'a Bytes, &'a Written)>) -> Entries {
    let mut own = own.peekable();
    if own.peek().is_none() {
        return stored;
    }
    let mut merged = Entries::with_capacity(stored.len(), stored.bytes());
    let push_own = |merged: &mut Entries, key: &Bytes, value: &Option<Bytes>| {
        if let Some(value) = value {
            merged.push(key, Version::PENDING, value);
        }
    };
    for Entry {
        key,
        version,
        value,
    } in stored.iter()
    {
        while let Some((own_key, own_value)) = own.next_if(|(own_key, _)| own_key.as_ref() < key) {
            push_own(&mut merged, own_key, own_value);
        }
        match own.next_if(|(own_key, _)| own_key.as_ref() == key) {
            Some((own_key, own_value)) => push_own(&mut merged, own_key, own_value),
            None => merged.push(key, version, value),
        }
    }
    for (own_key, own_value) in own {
        push_own(&mut merged, own_key, own_value);
    }
    merged
}

fn row_bytes(key: &Bytes, value: Option<&Bytes>) -> usize {
    key.len() + value.map_or(0, Bytes::len)
}

/// A row's size, if an engine can hold it.
pub(crate) fn check_row(key: &Bytes, value: Option<&Bytes>, limits: &Limits) -> Result<usize> {
    if key.len() < Prefix::LEN {
        return Err(Error::Key {
            key: key.clone(),
            reason: "it is shorter than a table and index id",
        });
    }
    if key.len() > limits.key {
        return Err(Error::TooLarge {
            what: "key",
            bytes: key.len(),
            limit: limits.key,
        });
    }
    let bytes = row_bytes(key, value);
    if bytes > limits.row {
        return Err(Error::TooLarge {
            what: "row",
            bytes,
            limit: limits.row,
        });
    }
    Ok(bytes)
}

/// What every engine checks before it looks at a commit.
pub(crate) fn check_commit(commit: &Commit, limits: &Limits) -> Result<usize> {
    let mut total = 0;
    for (key, value) in &commit.writes {
        total += check_row(key, value.as_ref(), limits)?;
    }
    if total > limits.commit {
        return Err(Error::TooLarge {
            what: "transaction",
            bytes: total,
            limit: limits.commit,
        });
    }
    Ok(total)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a transaction's id must be unlike any other's"
)]
fn random_id() -> TransactionId {
    TransactionId(rand::random())
}
