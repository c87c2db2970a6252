//! Clocks that step, and stores that are opened again under another time.

use std::sync::Arc;
use std::time::Duration;

use cairn_storage::clock::{Clock, Hand};
use cairn_storage::lsm::{Lsm, LsmOptions};
use cairn_storage::{Engine, Error, Result, Transaction, Version};

use crate::support::{START, key, open};

const HOUR: u64 = 3600 * 1_000_000;
const DAY: u64 = 24 * HOUR;
const YEAR: u64 = 365 * DAY;

async fn put(engine: &Arc<dyn Engine>, value: &str) -> Version {
    let txn = Transaction::begin(engine.clone()).await.expect("begin");
    txn.put(key("a"), value.to_owned()).expect("put");
    txn.commit().await.expect("commit")
}

fn reopen(dir: &tempfile::TempDir, hand: &Arc<Hand>) -> Arc<dyn Engine> {
    Arc::new(open(dir.path(), Clock::by(hand)).expect("open"))
}

fn open_accepting(dir: &tempfile::TempDir, hand: &Arc<Hand>) -> Result<Lsm> {
    let options = LsmOptions {
        clock: Clock::by(hand),
        accept_clock: true,
        reserve_bytes: 0,
        ..LsmOptions::default()
    };
    Lsm::open(dir.path(), options)
}

fn new() -> (tempfile::TempDir, Arc<Hand>) {
    (
        tempfile::tempdir().expect("temporary directory"),
        Clock::manual(START).1,
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_back_over_a_restart_keeps_every_promise() {
    let (dir, hand) = new();
    let engine = reopen(&dir, &hand);
    let first = put(&engine, "1").await;
    hand.advance(Duration::from_secs(5));
    let closed = engine.timeline().now();
    engine.close(closed).await.expect("close");
    drop(engine);
    hand.set(START - HOUR);
    let engine = reopen(&dir, &hand);
    assert!(engine.timeline().now() >= closed);
    let second = put(&engine, "2").await;
    assert!(
        second > closed,
        "a closed instant stays closed over a restart"
    );
    assert!(second.0 < closed.0 + 1_000_000 && first < closed);
    hand.advance(Duration::from_secs(60));
    assert!(
        put(&engine, "3").await.0 >= second.0 + 60_000_000 - 1_000_000,
        "time goes on from there"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_years_forward_are_refused_unless_accepted() {
    let (dir, hand) = new();
    let before = put(&reopen(&dir, &hand), "1").await;
    hand.set(START + 10 * YEAR);
    let refused = open(dir.path(), Clock::by(&hand)).map(drop);
    assert!(matches!(refused, Err(Error::Clock { .. })), "{refused:?}");
    // Nothing was changed by the attempt.
    hand.set(START + HOUR);
    let engine = reopen(&dir, &hand);
    assert!(put(&engine, "2").await.0 < START + 2 * HOUR);
    drop(engine);
    hand.set(START + 10 * YEAR);
    let engine: Arc<dyn Engine> = Arc::new(open_accepting(&dir, &hand).expect("accepted"));
    let late = put(&engine, "3").await;
    assert!(late.0 >= START + 10 * YEAR && before < late);
    drop(engine);
    hand.set(START + DAY);
    let engine = reopen(&dir, &hand);
    assert!(
        put(&engine, "4").await > late,
        "versions grow although the clock is back"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_while_running_is_followed_slowly() {
    let (dir, hand) = new();
    let engine = reopen(&dir, &hand);
    put(&engine, "1").await;
    hand.set(START + YEAR);
    hand.advance(Duration::from_secs(61));
    // The committer notices at its next turn.
    put(&engine, "2").await;
    let now = engine.timeline().now();
    assert!(now.0 < START + 63_000_000, "{now}");
    hand.set(START - YEAR);
    hand.advance(Duration::from_secs(61));
    let late = put(&engine, "3").await;
    assert!(late > now);
}

#[tokio::test(flavor = "multi_thread")]
async fn collection_doubts_a_gap_for_an_hour() {
    let (dir, hand) = new();
    let engine = reopen(&dir, &hand);
    put(&engine, "1").await;
    drop(engine);
    hand.set(START + 30 * DAY);
    for _ in 0..2 {
        // A second start within the hour must not take the first one's word for it.
        let engine = reopen(&dir, &hand);
        put(&engine, "2").await;
        let horizon = engine.timeline().horizon(Duration::from_secs(3600));
        assert!(horizon.0 < START, "{horizon}");
        hand.advance(Duration::from_secs(1800));
        assert!(engine.timeline().horizon(Duration::from_secs(3600)).0 < START);
        put(&engine, "3").await;
    }
    let engine = reopen(&dir, &hand);
    hand.advance(Duration::from_secs(3601));
    assert!(engine.timeline().horizon(Duration::from_secs(3600)).0 > START + 29 * DAY);
    put(&engine, "4").await;
    drop(engine);
    let engine = reopen(&dir, &hand);
    assert!(
        engine.timeline().horizon(Duration::from_secs(3600)).0 > START + 29 * DAY,
        "believed by now"
    );
}

#[test]
fn decimals_go_there_and_back() {
    let memory = cairn_storage::memory::Memory::new(Clock::manual(START).0);
    let timeline = memory.timeline();
    for version in [
        Version(0),
        Version(START),
        Version(START + 1),
        Version(u64::MAX),
    ] {
        let text = timeline.decimal(version);
        assert_eq!(timeline.parse_decimal(&text), Some(version), "{text}");
    }
    assert_eq!(
        timeline.decimal(Version(START)),
        "1767225600000000000.0000000000"
    );
    assert_eq!(
        timeline.parse_decimal("1767225600000000999"),
        Some(Version(START)),
        "the newest not above"
    );
    for bad in [
        "",
        ".",
        "1.",
        "1.2.3",
        "-1",
        "1e3",
        "1.12345678901",
        "340282366920938463463374607431768211456",
    ] {
        assert_eq!(timeline.parse_decimal(bad), None, "{bad}");
    }
    assert_eq!(timeline.version_at(-1), Version::ZERO);
    assert_eq!(timeline.micros(timeline.version_at(5)), 5);
}
