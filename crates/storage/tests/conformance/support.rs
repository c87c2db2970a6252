//! Engines to test, and short words for what tests do to them.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cairn_storage::clock::{Clock, Hand};
use cairn_storage::lsm::{Lsm, LsmOptions};
use cairn_storage::memory::Memory;
use cairn_storage::{
    Closed, Cursor, Engine, IndexId, Prefix, Read, Result, Revisions, ScanLimit, Snapshot, Span,
    TableId, Transaction, Version, Window,
};
use futures::StreamExt;

/// 2026-01-01.
pub const START: u64 = 1_767_225_600_000_000;
pub const TABLE: TableId = TableId(100);
pub const PREFIX: Prefix = Prefix::new(TABLE, IndexId(1));

/// An engine on a clock that the test turns.
pub struct Subject {
    pub engine: Arc<dyn Engine>,
    pub hand: Arc<Hand>,
    // Dropped last.
    _dir: Option<tempfile::TempDir>,
}

pub fn memory() -> Subject {
    let (clock, hand) = Clock::manual(START);
    Subject {
        engine: Arc::new(Memory::new(clock)),
        hand,
        _dir: None,
    }
}

pub fn lsm() -> Subject {
    let dir = tempfile::tempdir().expect("temporary directory");
    let (clock, hand) = Clock::manual(START);
    let engine = open(dir.path(), clock).expect("a new store opens");
    Subject {
        engine: Arc::new(engine),
        hand,
        _dir: Some(dir),
    }
}

pub fn open(dir: &Path, clock: Clock) -> Result<Lsm> {
    let fatal = Arc::new(|error: &cairn_storage::Error| panic!("the store failed: {error}"));
    Lsm::open(
        dir,
        LsmOptions {
            clock,
            reserve_bytes: 0,
            keys_of_a_part: 1_000,
            fatal,
            ..LsmOptions::default()
        },
    )
}

/// Runs a test on every engine.
#[macro_export]
macro_rules! on_every_engine {
    ($($name:ident),* $(,)?) => {
        mod memory {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name($crate::support::memory()).await; })*
        }
        mod lsm {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name($crate::support::lsm()).await; })*
        }
    };
}

pub fn key(rest: impl AsRef<[u8]>) -> Bytes {
    PREFIX.key(rest.as_ref())
}

pub fn span(start: impl AsRef<[u8]>, end: impl AsRef<[u8]>) -> Span {
    Span {
        start: key(start),
        end: key(end),
    }
}

impl Subject {
    pub async fn begin(&self) -> Transaction {
        Transaction::begin(self.engine.clone())
            .await
            .expect("begin")
    }

    pub async fn put(&self, rest: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Version {
        let txn = self.begin().await;
        txn.put(key(rest), Bytes::copy_from_slice(value.as_ref()))
            .expect("put");
        txn.commit().await.expect("commit")
    }

    pub async fn delete(&self, rest: impl AsRef<[u8]>) -> Version {
        let txn = self.begin().await;
        txn.delete(key(rest)).expect("delete");
        txn.commit().await.expect("commit")
    }

    pub async fn at(&self, version: Version) -> Closed {
        self.engine.close(version).await.expect("close")
    }

    pub async fn rows(&self, at: Version) -> Result<Vec<(String, String)>> {
        let at = self.engine.close(at).await?;
        rows(&Snapshot::new(self.engine.clone(), at), &PREFIX.span()).await
    }

    pub async fn get(&self, rest: impl AsRef<[u8]>) -> Option<String> {
        let now = Snapshot::now(self.engine.clone())
            .await
            .expect("read version");
        now.get(&key(rest))
            .await
            .expect("get")
            .map(|found| text(&found.value))
    }

    pub async fn ingest(
        &self,
        span: &Span,
        rows: Vec<(Bytes, Version, Option<Bytes>)>,
    ) -> Result<u64> {
        let mut revisions = Revisions::new();
        for (key, version, value) in &rows {
            revisions.push(key, *version, value.as_deref());
        }
        let stream = futures::stream::iter([Ok(revisions)]).boxed();
        self.engine
            .ingest(span, stream)
            .await
            .map(|ingested| ingested.rows)
    }

    /// A whole history, read in chunks of `rows`.
    pub async fn history(
        &self,
        span: &Span,
        after: Version,
        upto: Version,
        base: bool,
        rows: usize,
    ) -> Result<Vec<Revised>> {
        let window = Window {
            after,
            upto: self.at(upto).await,
        };
        let mut from: Option<Cursor> = None;
        let mut all = Vec::new();
        loop {
            let chunk = self
                .engine
                .history(span, window, from, base, ScanLimit::rows(rows))
                .await?;
            all.extend(chunk.items.iter().map(|revision| {
                (
                    text(&revision.key[8..]),
                    revision.version,
                    revision.value.map(text),
                )
            }));
            match chunk.resume {
                Some(cursor) => from = Some(cursor),
                None => return Ok(all),
            }
        }
    }

    pub fn pass(&self, seconds: u64) {
        self.hand.advance(Duration::from_secs(seconds));
    }
}

pub type Revised = (String, Version, Option<String>);

pub async fn rows(read: &dyn Read, span: &Span) -> Result<Vec<(String, String)>> {
    let rows = read.scan_all(span).await?;
    Ok(rows
        .into_iter()
        .map(|(key, found)| (text(&key[8..]), text(&found.value)))
        .collect())
}

pub fn text(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().escape_ascii().to_string()
}

pub fn pairs(rows: &[(&str, &str)]) -> Vec<(String, String)> {
    rows.iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}
