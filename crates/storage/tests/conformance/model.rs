//! The engine on disk against the model: random operations, restarts between, equal answers.
//!
//! A failure prints the shortest sequence of operations found and its seed, which is also kept in
//! `proptest-regressions`. `PROPTEST_CASES` says how many sequences are tried.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cairn_storage::clock::{Clock, Hand};
use cairn_storage::floor::{self, ProtectionId};
use cairn_storage::lsm::{Lsm, LsmOptions};
use cairn_storage::memory::Memory;
use cairn_storage::{
    Cursor, Engine, Read, Result, Revisions, ScanLimit, Snapshot, Span, Transaction, Version,
    Window,
};
use futures::StreamExt;
use proptest::prelude::*;

use crate::operations::{At, Key, Op, PREFIXES, RESTS, full_key, op, span_between};
use crate::support::{START, TABLE};

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), max_shrink_iters: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_engine_on_disk_answers_like_the_model(own in prop::bool::weighted(0.3), ops in prop::collection::vec(op(), 1..80)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().expect("runtime");
        runtime.block_on(async {
            let mut pair = Pair::new(own);
            for op in &ops {
                pair.run(op).await;
            }
            pair.compare_everything().await;
        });
    }
}

fn cases() -> u32 {
    std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok())
        .unwrap_or(32)
}

/// Both engines, on one clock, told the same.
struct Pair {
    model: Arc<dyn Engine>,
    /// `None` only while restarting.
    disk: Option<Arc<dyn Engine>>,
    dir: tempfile::TempDir,
    hand: Arc<Hand>,
    /// Every bulk write of two rows or more moves its index to a keyspace of its own.
    own: bool,
    versions: Vec<Version>,
    transactions: BTreeMap<u8, Both>,
}

struct Both {
    model: Transaction,
    disk: Transaction,
    savepoint: (cairn_storage::Savepoint, cairn_storage::Savepoint),
}

impl Pair {
    fn new(own: bool) -> Pair {
        let (clock, hand) = Clock::manual(START);
        let dir = tempfile::tempdir().expect("temporary directory");
        let disk = open(&dir, &hand, own);
        Pair {
            model: Arc::new(Memory::new(clock)),
            disk: Some(Arc::new(disk)),
            dir,
            hand,
            own,
            versions: vec![Version(START)],
            transactions: BTreeMap::new(),
        }
    }

    fn disk(&self) -> Arc<dyn Engine> {
        self.disk.clone().expect("the engine is open")
    }

    fn both(&self) -> [Arc<dyn Engine>; 2] {
        [self.model.clone(), self.disk()]
    }

    fn version(&self, at: At) -> Version {
        self.versions[self.versions.len() - 1 - at as usize % self.versions.len()]
    }

    fn saw(&mut self, version: Version) {
        if version > *self.versions.last().expect("never empty") {
            self.versions.push(version);
        }
    }

    async fn run(&mut self, op: &Op) {
        match op {
            Op::Begin(txn) => self.begin(*txn).await,
            Op::Get(..) | Op::Scan(..) => self.read(op).await,
            Op::Put(..) | Op::Delete(..) | Op::Savepoint(_) | Op::RollbackTo(_) => self.change(op),
            Op::Commit(txn) => self.commit(*txn).await,
            Op::Write(rows) => self.write(rows).await,
            Op::Pass(seconds) => self.hand.advance(Duration::from_secs(u64::from(*seconds))),
            Op::Close => {
                let now = self.model.timeline().now();
                for engine in self.both() {
                    let closed = engine.close(now).await.expect("now can be closed");
                    assert_eq!(closed.version(), now);
                }
                self.saw(now);
            }
            Op::CloseNow => {
                let now = self.model.timeline().now();
                for engine in self.both() {
                    let closed = engine.close_now().await.expect("now can be closed");
                    assert_eq!(closed.version(), now);
                }
                self.saw(now);
            }
            Op::Ingest(rows) => self.ingest(rows).await,
            Op::ReadAll(at, rows) => self.read_all(self.version(*at), *rows as usize).await,
            Op::History(one, two, base, rows) => {
                let (one, two) = (self.version(*one), self.version(*two));
                self.history(one.min(two), one.max(two), *base, *rows as usize)
                    .await;
            }
            Op::Raise(at) => {
                let to = self.version(*at);
                let mut raised = Vec::new();
                for engine in self.both() {
                    raised.push(shown(floor::raise(&engine, TABLE, to).await));
                }
                assert_eq!(raised[0], raised[1], "raise to {to}");
                self.note_newest().await;
            }
            Op::Protect(at) => self.protect(self.version(*at)).await,
            Op::Release => self.release().await,
            Op::Collect(at) => {
                for engine in self.both() {
                    engine
                        .collect(TABLE, self.version(*at))
                        .await
                        .expect("collect");
                }
            }
            Op::Remove => {
                for engine in self.both() {
                    engine.remove(PREFIXES[1]).await.expect("remove");
                }
            }
            Op::Restart => self.restart(),
        }
    }

    async fn note_newest(&mut self) {
        let [model, disk] = self.both();
        let newest = model.read_version().await.expect("model");
        assert_eq!(
            newest,
            disk.read_version().await.expect("disk"),
            "read version"
        );
        self.saw(newest.version());
    }

    async fn begin(&mut self, txn: u8) {
        let model = Transaction::begin(self.model.clone()).await.expect("begin");
        let disk = Transaction::begin(self.disk()).await.expect("begin");
        assert_eq!(model.at(), disk.at());
        let savepoint = (model.savepoint(), disk.savepoint());
        self.transactions.insert(
            txn,
            Both {
                model,
                disk,
                savepoint,
            },
        );
    }

    async fn read(&mut self, op: &Op) {
        match op {
            Op::Get(txn, key) => {
                let Some(both) = self.transactions.get(txn) else {
                    return;
                };
                let key = full_key(*key);
                let (model, disk) = (both.model.get(&key).await, both.disk.get(&key).await);
                assert_eq!(shown(model), shown(disk), "{op:?}");
            }
            Op::Scan(txn, one, two) => {
                let Some(both) = self.transactions.get(txn) else {
                    return;
                };
                let span = span_between(*one, *two);
                let (model, disk) = (
                    both.model.scan_all(&span).await,
                    both.disk.scan_all(&span).await,
                );
                assert_eq!(shown(model), shown(disk), "{op:?}");
            }
            _ => unreachable!("only reads come here"),
        }
    }

    fn change(&mut self, op: &Op) {
        let (Op::Put(txn, ..) | Op::Delete(txn, _) | Op::Savepoint(txn) | Op::RollbackTo(txn)) = op
        else {
            return;
        };
        let Some(both) = self.transactions.get_mut(txn) else {
            return;
        };
        for txn in [&both.model, &both.disk] {
            match op {
                Op::Put(_, key, value) => txn.put(full_key(*key), vec![*value]).expect("put"),
                Op::Delete(_, key) => txn.delete(full_key(*key)).expect("delete"),
                _ => {}
            }
        }
        match op {
            Op::Savepoint(_) => both.savepoint = (both.model.savepoint(), both.disk.savepoint()),
            Op::RollbackTo(_) => {
                both.model.rollback_to(&both.savepoint.0);
                both.disk.rollback_to(&both.savepoint.1);
            }
            _ => {}
        }
    }

    async fn commit(&mut self, txn: u8) {
        let Some(both) = self.transactions.remove(&txn) else {
            return;
        };
        let read = Snapshot::now(self.model.clone()).await.expect("a snapshot");
        let floor = floor::floor_of(&read, TABLE).await.expect("the floor");
        if floor > both.model.at().version() {
            // What changed below a floor may be forgotten, so an engine may refuse: `Engine::commit`.
            return;
        }
        let ids = (both.model.id(), both.disk.id());
        let read_at = (both.model.at().version(), both.disk.at().version());
        let (model, disk) = (both.model.commit().await, both.disk.commit().await);
        assert_eq!(shown(&model), shown(&disk), "commit");
        let outcomes = (
            self.model.outcome(ids.0, read_at.0).await,
            self.disk().outcome(ids.1, read_at.1).await,
        );
        assert_eq!(shown(outcomes.0), shown(outcomes.1), "outcome");
        self.saw(model.unwrap_or_default());
    }

    async fn write(&mut self, rows: &[(Key, Option<u8>)]) {
        let mut versions = Vec::new();
        for engine in self.both() {
            let txn = Transaction::begin(engine).await.expect("begin");
            for (key, value) in rows {
                match value {
                    Some(value) => txn.put(full_key(*key), vec![*value; 3]).expect("put"),
                    None => txn.delete(full_key(*key)).expect("delete"),
                }
            }
            versions.push(txn.commit().await.expect("blind writes commit"));
        }
        assert_eq!(versions[0], versions[1]);
        self.saw(versions[0]);
    }

    async fn ingest(&mut self, rows: &[(Key, At, Option<u8>)]) {
        let readable = self
            .model
            .read_version()
            .await
            .expect("read version")
            .version();
        let floor = floor::floor_of(
            &Snapshot::now(self.model.clone()).await.expect("now"),
            TABLE,
        )
        .await
        .expect("floor");
        let mut sorted = BTreeMap::new();
        for (key, at, value) in rows {
            let version = self.version(*at);
            // As callers must: nothing from the future, and nothing where history may be gone.
            if version <= readable && version > floor {
                let key = RESTS[*key as usize % RESTS.len()];
                sorted.insert((PREFIXES[0].key(key), std::cmp::Reverse(version)), *value);
            }
        }
        if sorted.is_empty() {
            return;
        }
        for engine in self.both() {
            let mut revisions = Revisions::new();
            for ((key, version), value) in &sorted {
                revisions.push(key, version.0, value.as_ref().map(std::slice::from_ref));
            }
            let stream = futures::stream::iter([Ok(revisions)]).boxed();
            engine
                .ingest(&PREFIXES[0].span(), stream)
                .await
                .expect("ingest");
        }
        self.note_newest().await;
    }

    async fn read_all(&self, at: Version, rows: usize) {
        for prefix in PREFIXES {
            let mut answers = Vec::new();
            for engine in self.both() {
                answers.push(shown(in_chunks(&*engine, &prefix.span(), at, rows).await));
            }
            assert_eq!(answers[0], answers[1], "rows of {prefix} at {at}");
        }
    }

    async fn history(&self, after: Version, upto: Version, base: bool, rows: usize) {
        for prefix in PREFIXES {
            let mut answers = Vec::new();
            for engine in self.both() {
                answers.push(shown(
                    whole_history(&*engine, &prefix.span(), after, upto, base, rows).await,
                ));
            }
            assert_eq!(
                answers[0], answers[1],
                "history of {prefix} in ({after}, {upto}], base {base}"
            );
        }
    }

    async fn protect(&mut self, at: Version) {
        let mut outcomes = Vec::new();
        for engine in self.both() {
            let txn = Transaction::begin(engine).await.expect("begin");
            let outcome = match floor::protect(&txn, ProtectionId(1), TABLE, at).await {
                Ok(()) => txn.commit().await.map(drop),
                Err(error) => Err(error),
            };
            outcomes.push(shown(outcome));
        }
        assert_eq!(outcomes[0], outcomes[1], "protect at {at}");
        self.note_newest().await;
    }

    async fn release(&mut self) {
        for engine in self.both() {
            let txn = Transaction::begin(engine).await.expect("begin");
            floor::release(&txn, ProtectionId(1))
                .await
                .expect("release");
            txn.commit().await.expect("commit");
        }
        self.note_newest().await;
    }

    fn restart(&mut self) {
        self.transactions.clear();
        // The wall clock catches up with versions that were pushed ahead of it.
        self.hand.advance(Duration::from_secs(1));
        self.disk = None;
        let disk = open(&self.dir, &self.hand, self.own);
        self.disk = Some(Arc::new(disk));
    }

    async fn compare_everything(&mut self) {
        self.restart();
        self.note_newest().await;
        let first = *self.versions.first().expect("never empty");
        for at in self.versions.clone() {
            self.read_all(at, 3).await;
            self.history(first, at, false, 5).await;
            self.history(at, *self.versions.last().expect("never empty"), true, 100)
                .await;
        }
    }
}

fn open(dir: &tempfile::TempDir, hand: &Arc<Hand>, own: bool) -> Lsm {
    let options = LsmOptions {
        clock: Clock::by(hand),
        large_write_bytes: if own { 40 } else { 4 << 20 },
        reserve_bytes: 0,
        // Next to nothing, so that most commits are checked against the change index.
        remembered_changes: 3,
        // Every cut begins a part of the change index.
        keys_of_a_part: 1,
        ..LsmOptions::default()
    };
    Lsm::open(dir.path(), options).expect("open")
}

async fn in_chunks(
    engine: &dyn Engine,
    span: &Span,
    at: Version,
    rows: usize,
) -> Result<Vec<(Bytes, Version, Bytes)>> {
    let at = engine.close(at).await?;
    let mut all = Vec::new();
    let mut rest = Some(span.clone());
    while let Some(part) = rest {
        let chunk = engine.scan(&part, at, ScanLimit::rows(rows)).await?;
        all.extend(chunk.items.iter().map(|entry| {
            (
                Bytes::copy_from_slice(entry.key),
                entry.version,
                Bytes::copy_from_slice(entry.value),
            )
        }));
        rest = chunk.resume.map(|start| span.from(start));
    }
    Ok(all)
}

async fn whole_history(
    engine: &dyn Engine,
    span: &Span,
    after: Version,
    upto: Version,
    base: bool,
    rows: usize,
) -> Result<Vec<(Bytes, Version, Option<Bytes>)>> {
    let window = Window {
        after,
        upto: engine.close(upto).await?,
    };
    let mut all = Vec::new();
    let mut from: Option<Cursor> = None;
    loop {
        let chunk = engine
            .history(span, window, from, base, ScanLimit::rows(rows))
            .await?;
        all.extend(chunk.items.iter().map(|revision| {
            (
                Bytes::copy_from_slice(revision.key),
                revision.version,
                revision.value.map(Bytes::copy_from_slice),
            )
        }));
        match chunk.resume {
            Some(cursor) => from = Some(cursor),
            None => return Ok(all),
        }
    }
}

fn shown(answer: impl Debug) -> String {
    format!("{answer:?}")
}
