//! The contract every engine keeps. The conformance suite (`tests/conformance.rs`) is its
//! executable form, and [`memory`](crate::memory) its model.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;

use crate::{
    Chunk, Closed, Cursor, Entries, Prefix, Result, RevisionChunk, Revisions, ScanLimit, Span,
    TableId, Timeline, Version,
};

/// A versioned key-value store.
///
/// Keys are opaque but for two rules: they begin with a [`Prefix`], and a key that continues another
/// continues with a byte of at least 02 (an engine puts its version suffix there). Reads take
/// instants that are [`Closed`], so that no answer ever changes.
#[async_trait]
pub trait Engine: Send + Sync + 'static {
    /// The newest instant at which every acknowledged commit is visible.
    async fn read_version(&self) -> Result<Closed>;

    /// From now on no commit gets a version at or below `at`; returns when all up to it is durable.
    /// Refused when `at` is in the future of [`Timeline::now`].
    async fn close(&self, at: Version) -> Result<Closed>;

    /// Closes the newest instant there is. A history whose window begins there costs nothing for what changed before.
    async fn close_now(&self) -> Result<Closed>;

    /// Applies all writes at one version, or nothing. Fails with `Conflict` when anything in
    /// `reads` changed after `read_at`, and may where `read_at` is below a table's floor. Returns when
    /// the commit is durable.
    async fn commit(&self, commit: Commit) -> Result<Version>;

    /// The version at which a transaction that read at `read_at` committed; `None`: it did not and never
    /// will. Outcomes are kept for a day: fails with `OutcomeUnknown` when it may be among the forgotten.
    async fn outcome(
        &self,
        transaction: TransactionId,
        read_at: Version,
    ) -> Result<Option<Version>>;

    /// The newest value at or below `at` of each key, in the order asked.
    async fn get(&self, keys: &[Bytes], at: Closed) -> Result<Vec<Option<Found>>>;

    /// The newest value at or below `at` of each key in the span, without tombstones.
    async fn scan(&self, span: &Span, at: Closed, limit: ScanLimit) -> Result<Chunk<Entries>>;

    /// Every revision in the window of the keys in the span. `base` adds, behind each changed key's
    /// revisions, its row as it was at the window's start, if there was one.
    async fn history(
        &self,
        span: &Span,
        window: Window,
        from: Option<Cursor>,
        base: bool,
        limit: ScanLimit,
    ) -> Result<RevisionChunk>;

    /// Writes revisions in bulk where nobody can read yet; they keep the versions they bring, which
    /// must not be above [`read_version`](Engine::read_version). Durable on return; an error leaves
    /// any part of them behind. Several disjoint spans of one prefix may be written at once.
    async fn ingest(
        &self,
        span: &Span,
        revisions: BoxStream<'_, Result<Revisions>>,
    ) -> Result<Ingested>;

    /// Drops what no read at or above `floor`, or above the table's stored floor if that is lower,
    /// can see.
    async fn collect(&self, table: TableId, floor: Version) -> Result<Collected>;

    /// Drops every version of everything under a prefix. Idempotent.
    async fn remove(&self, prefix: Prefix) -> Result<()>;

    /// Keys that cut the span into at most `pieces` pieces of similar size.
    async fn split(&self, span: &Span, pieces: usize) -> Result<Vec<Bytes>>;

    /// Keys that cut the span behind every `keys`-th of those that changed in the window, at least one; `None` where only the rows would
    /// tell which did. Behind `resume`, where the caller has a cut as well, the counting begins anew.
    async fn split_changes(
        &self,
        span: &Span,
        window: Window,
        keys: usize,
    ) -> Result<Option<Chunk<Vec<Bytes>>>>;

    /// About how many bytes the span takes.
    async fn size(&self, span: &Span) -> Result<u64>;

    fn timeline(&self) -> &Timeline;

    fn limits(&self) -> Limits;

    fn counters(&self) -> Counters;
}

/// A transaction's name for ever: random, so that an unknown outcome can be looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransactionId(pub u128);

impl fmt::Display for TransactionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for TransactionId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<TransactionId, Self::Err> {
        u128::from_str_radix(text, 16).map(TransactionId)
    }
}

/// What a transaction hands to the engine in the end.
#[derive(Clone, Debug)]
pub struct Commit {
    pub id: TransactionId,
    /// Where it read; `None` when it read nothing, so that nothing can conflict.
    pub read_at: Option<Closed>,
    pub reads: ReadSet,
    /// `None` deletes.
    pub writes: BTreeMap<Bytes, Option<Bytes>>,
}

impl Commit {
    /// Bytes of all keys and values, as the limit counts them.
    pub fn bytes(&self) -> usize {
        self.writes
            .iter()
            .map(|(key, value)| key.len() + value.as_ref().map_or(0, Bytes::len))
            .sum()
    }
}

/// What a transaction's answer depended on.
#[derive(Clone, Debug, Default)]
pub struct ReadSet {
    pub keys: BTreeSet<Bytes>,
    pub spans: Vec<Span>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub version: Version,
    pub value: Bytes,
}

/// The versions in `(after, upto]`.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    pub after: Version,
    pub upto: Closed,
}

impl Window {
    pub fn contains(&self, version: Version) -> bool {
        self.after < version && version <= self.upto.version()
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ingested {
    pub rows: u64,
    pub bytes: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// Keys looked at.
    pub keys: u64,
    /// Versions dropped.
    pub versions: u64,
}

/// What one key, row and commit may hold: the same on every engine but for `commit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub key: usize,
    /// Key and value together.
    pub row: usize,
    pub commit: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            key: 8 << 10,
            row: 4 << 20,
            commit: 256 << 20,
        }
    }
}

/// Work done since the engine was opened. Cost is proved by these, not by a stopwatch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Stored versions looked at by gets, scans, histories and collection.
    pub keys_examined: u64,
    /// Bytes of keys and values given to readers.
    pub bytes_read: u64,
    pub commits: u64,
    /// Times the journal was made durable; a group of commits shares one.
    pub syncs: u64,
    pub conflicts: u64,
    pub rows_ingested: u64,
    pub versions_collected: u64,
}
