//! Commits, reads and conflicts: the contract of `Engine`, case by case.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use cairn_storage::{
    Commit, Error, IndexId, Prefix, Read, ReadSet, Revisions, ScanLimit, Snapshot, Span, TableId,
    Transaction, TransactionId, Version, after,
};
use futures::StreamExt;

use crate::on_every_engine;
use crate::support::{PREFIX, Subject, key, pairs, rows, span};

on_every_engine!(
    reads_see_the_instant_they_ask_for,
    versions_grow_while_the_clock_stands,
    many_versions_of_one_key_are_passed_over,
    a_transaction_sees_its_own_writes,
    savepoints_forget_writes,
    a_statement_sees_what_was_there_when_it_began,
    a_transaction_ends_once,
    write_skew_is_refused,
    a_phantom_is_a_conflict,
    blind_writes_do_not_conflict,
    old_transactions_are_checked_too,
    an_ingest_conflicts_with_who_read_its_span,
    neighbours_with_nul_and_ff_stay_apart,
    chunks_join_without_gap_or_overlap,
    a_closed_instant_stays_as_it_is,
    the_future_cannot_be_closed,
    limits_are_the_same_everywhere,
    outcomes_can_be_looked_up,
    spans_stay_within_an_index,
);

async fn reads_see_the_instant_they_ask_for(on: Subject) {
    let first = on.put("a", "1").await;
    let second = on.put("a", "2").await;
    let third = on.delete("a").await;
    assert_eq!(on.rows(first).await.expect("first"), pairs(&[("a", "1")]));
    assert_eq!(on.rows(second).await.expect("second"), pairs(&[("a", "2")]));
    assert_eq!(on.rows(third).await.expect("third"), pairs(&[]));
    assert_eq!(
        on.rows(Version(first.0 - 1)).await.expect("before"),
        pairs(&[])
    );
    let at = on.at(second).await;
    let found = on.engine.get(&[key("a"), key("b")], at).await.expect("get");
    assert_eq!(found[0].as_ref().expect("a").version, second);
    assert_eq!(found[1], None);
}

async fn versions_grow_while_the_clock_stands(on: Subject) {
    let mut last = Version::ZERO;
    for _ in 0..20 {
        let version = on.put("a", "x").await;
        assert!(version > last);
        last = version;
    }
    assert_eq!(
        on.engine
            .read_version()
            .await
            .expect("read version")
            .version(),
        last
    );
}

/// So many that the engine on disk seeks instead of stepping.
async fn many_versions_of_one_key_are_passed_over(on: Subject) {
    let mut versions = Vec::new();
    on.put("a", "first").await;
    for round in 0..100 {
        versions.push(on.put("m", round.to_string()).await);
    }
    on.put("z", "last").await;
    for (round, version) in versions.iter().enumerate().step_by(9) {
        let at = on.at(*version).await;
        let snapshot = Snapshot::new(on.engine.clone(), at);
        let seen = pairs(&[("a", "first"), ("m", &round.to_string())]);
        assert_eq!(rows(&snapshot, &PREFIX.span()).await.expect("all"), seen);
        for one in [Span::point(&key("m")), span("m", "n"), span("b", "m\x02")] {
            assert_eq!(
                rows(&snapshot, &one).await.expect("one"),
                seen[1..],
                "{one:?}"
            );
        }
        assert_eq!(
            rows(&snapshot, &span("m\x00", "z")).await.expect("behind"),
            []
        );
        let window = on
            .history(&PREFIX.span(), Version(version.0 - 1), *version, true, 9)
            .await;
        assert_eq!(
            window.expect("history").len(),
            if round == 0 { 1 } else { 2 }
        );
    }
}

async fn a_transaction_sees_its_own_writes(on: Subject) {
    for (key, value) in [("a", "1"), ("c", "3"), ("e", "5")] {
        on.put(key, value).await;
    }
    let txn = on.begin().await;
    txn.put(key("b"), "2").expect("put");
    txn.put(key("c"), "33").expect("put");
    txn.delete(key("e")).expect("delete");
    txn.put(key("f"), "6").expect("put");
    let seen = pairs(&[("a", "1"), ("b", "2"), ("c", "33"), ("f", "6")]);
    assert_eq!(rows(&txn, &PREFIX.span()).await.expect("scan"), seen);
    let mut one_by_one = Vec::new();
    let mut rest = Some(PREFIX.span());
    while let Some(span) = rest {
        let chunk = txn.scan(&span, ScanLimit::rows(1)).await.expect("scan");
        one_by_one.extend(chunk.items.iter().map(|entry| entry.key.to_vec()));
        rest = chunk.resume.map(|start| span.from(start));
    }
    assert_eq!(one_by_one, [key("a"), key("b"), key("c"), key("f")]);
    assert!(txn.get(&key("e")).await.expect("get").is_none());
    assert_eq!(
        txn.get(&key("b")).await.expect("get").expect("b").value,
        "2"
    );
    assert_eq!(on.get("b").await, None);
    txn.commit().await.expect("commit");
    assert_eq!(
        on.rows(on.engine.timeline().now()).await.expect("scan"),
        seen
    );
}

async fn savepoints_forget_writes(on: Subject) {
    let txn = on.begin().await;
    txn.put(key("a"), "1").expect("put");
    let one = txn.savepoint();
    txn.put(key("a"), "22").expect("put");
    txn.put(key("b"), "2").expect("put");
    let two = txn.savepoint();
    txn.delete(key("a")).expect("delete");
    txn.rollback_to(&two);
    assert_eq!(
        txn.get(&key("a")).await.expect("get").expect("a").value,
        "22"
    );
    txn.rollback_to(&one);
    assert_eq!(
        rows(&txn, &PREFIX.span()).await.expect("scan"),
        pairs(&[("a", "1")])
    );
    assert_eq!(txn.bytes(), key("a").len() + 1);
    txn.commit().await.expect("commit");
    assert_eq!(on.get("a").await.as_deref(), Some("1"));
    assert_eq!(on.get("b").await, None);
}

async fn a_statement_sees_what_was_there_when_it_began(on: Subject) {
    let txn = Arc::new(on.begin().await);
    txn.put(key("a"), "1").expect("put");
    let first = txn.begin_statement();
    txn.put(key("a"), "2").expect("put");
    let savepoint = txn.savepoint();
    txn.put(key("b"), "2").expect("put");
    let second = txn.begin_statement();
    txn.delete(key("a")).expect("delete");
    let seen = |view| async move { rows(view, &PREFIX.span()).await };
    assert_eq!(seen(&first).await.expect("scan"), pairs(&[("a", "1")]));
    let both = pairs(&[("a", "2"), ("b", "2")]);
    assert_eq!(seen(&second).await.expect("scan"), both);
    assert_eq!(
        second.get(&key("a")).await.expect("get").expect("a").value,
        "2"
    );
    // What the second one saw is gone with the savepoint; the first one saw none of it.
    txn.rollback_to(&savepoint);
    assert_eq!(seen(&first).await.expect("scan"), pairs(&[("a", "1")]));
    assert!(matches!(seen(&second).await, Err(Error::RolledBack)));
}

async fn a_transaction_ends_once(on: Subject) {
    let txn = on.begin().await;
    txn.put(key("a"), "1").expect("put");
    txn.commit().await.expect("commit");
    assert!(matches!(txn.commit().await, Err(Error::Finished)));
    assert!(matches!(txn.put(key("a"), "2"), Err(Error::Finished)));
    assert!(matches!(txn.get(&key("a")).await, Err(Error::Finished)));
    let txn = on.begin().await;
    txn.rollback();
    assert!(matches!(txn.commit().await, Err(Error::Finished)));
}

/// Two doctors may not both go off call: each reads both rows and writes one.
async fn write_skew_is_refused(on: Subject) {
    on.put("alice", "on").await;
    on.put("bob", "on").await;
    let (one, two) = (on.begin().await, on.begin().await);
    for txn in [&one, &two] {
        txn.get_many(&[key("alice"), key("bob")])
            .await
            .expect("get");
    }
    one.put(key("alice"), "off").expect("put");
    two.put(key("bob"), "off").expect("put");
    one.commit().await.expect("the first commits");
    assert!(matches!(two.commit().await, Err(Error::Conflict)));
    assert_eq!(on.engine.counters().conflicts, 1);
}

async fn a_phantom_is_a_conflict(on: Subject) {
    on.put("a", "1").await;
    let (one, two) = (on.begin().await, on.begin().await);
    for (txn, own) in [(&one, "b"), (&two, "c")] {
        rows(txn, &span("a", "d")).await.expect("scan");
        txn.put(key(own), "new").expect("put");
    }
    one.commit().await.expect("the first commits");
    assert!(matches!(two.commit().await, Err(Error::Conflict)));
    // Outside of what it read nothing matters; nor to a reader.
    let (one, two, reader) = (on.begin().await, on.begin().await, on.begin().await);
    rows(&one, &span("a", "c")).await.expect("scan");
    one.put(key("x"), "1").expect("put");
    rows(&reader, &PREFIX.span()).await.expect("scan");
    two.put(key("c"), "1").expect("put");
    two.commit().await.expect("two");
    one.commit().await.expect("one");
    reader.commit().await.expect("reader");
}

async fn blind_writes_do_not_conflict(on: Subject) {
    let (one, two) = (on.begin().await, on.begin().await);
    one.put(key("a"), "1").expect("put");
    two.put(key("a"), "2").expect("put");
    one.commit().await.expect("one");
    two.commit().await.expect("two");
    assert_eq!(on.get("a").await.as_deref(), Some("2"));
}

/// So many commits later that no engine remembers each of them in memory.
async fn old_transactions_are_checked_too(on: Subject) {
    on.put("a", "1").await;
    let (point, range, unrelated) = (on.begin().await, on.begin().await, on.begin().await);
    point.get(&key("a")).await.expect("get");
    rows(&range, &span("a", "b")).await.expect("scan");
    rows(&unrelated, &span("f", "g")).await.expect("scan");
    on.put("a", "2").await;
    for batch in 0..5 {
        on.pass(700);
        let many = on.begin().await;
        for row in 0..50_000 {
            many.put(key(format!("m{batch}-{row}")), "x").expect("put");
        }
        many.commit().await.expect("commit");
    }
    for (txn, conflicts) in [(point, true), (range, true), (unrelated, false)] {
        txn.put(key("z"), "x").expect("put");
        assert_eq!(
            matches!(txn.commit().await, Err(Error::Conflict)),
            conflicts
        );
    }
}

async fn an_ingest_conflicts_with_who_read_its_span(on: Subject) {
    let at = on.put("z", "1").await;
    let (inside, outside) = (on.begin().await, on.begin().await);
    rows(&inside, &span("b", "c")).await.expect("scan");
    rows(&outside, &span("x", "y")).await.expect("scan");
    on.ingest(&span("a", "m"), vec![(key("f"), at, Some("1".into()))])
        .await
        .expect("ingest");
    for (txn, conflicts) in [(inside, true), (outside, false)] {
        txn.put(key("z"), "2").expect("put");
        assert_eq!(
            matches!(txn.commit().await, Err(Error::Conflict)),
            conflicts
        );
    }
}

async fn neighbours_with_nul_and_ff_stay_apart(on: Subject) {
    let rests: [&[u8]; 10] = [
        b"a\x02",
        b"a\x02\xff",
        b"a\x02\xff\x02\x00",
        b"a\x02\xff\xff",
        b"a\x03\x00\x00",
        b"a\x03\x00\x01",
        b"a\x03\x00\xff",
        b"a\x03\x01",
        b"a\xff\x00",
        b"b\x00",
    ];
    // The second of two rounds gives every key a past.
    let mut first = Version::ZERO;
    for round in ["old", "new"] {
        for rest in rests {
            on.put(rest, round).await;
        }
        if round == "old" {
            first = on
                .engine
                .read_version()
                .await
                .expect("read version")
                .version();
        }
    }
    let now = on.engine.read_version().await.expect("read version");
    for (at, value) in [(on.at(first).await, "old"), (now, "new")] {
        let snapshot = Snapshot::new(on.engine.clone(), at);
        let all = snapshot.scan_all(&PREFIX.span()).await.expect("scan");
        assert_eq!(
            all.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>(),
            rests.map(key)
        );
        assert!(all.iter().all(|(_, found)| found.value == value));
        for (position, rest) in rests.iter().enumerate() {
            let one = snapshot
                .scan_all(&Span::point(&key(rest)))
                .await
                .expect("point");
            assert_eq!(one.len(), 1, "{rest:?}");
            let up = snapshot
                .scan_all(&Span {
                    start: after(&key(rest)),
                    end: PREFIX.span().end,
                })
                .await
                .expect("up");
            assert_eq!(up.len(), rests.len() - position - 1, "after {rest:?}");
            let down = snapshot
                .scan_all(&Span {
                    start: PREFIX.span().start,
                    end: key(rest),
                })
                .await
                .expect("down");
            assert_eq!(down.len(), position, "before {rest:?}");
        }
    }
}

async fn chunks_join_without_gap_or_overlap(on: Subject) {
    let txn = on.begin().await;
    for row in 0..257u32 {
        txn.put(key(row.to_be_bytes()), "x".repeat(row as usize))
            .expect("put");
    }
    txn.commit().await.expect("commit");
    for row in (0..257u32).step_by(3) {
        on.delete(row.to_be_bytes()).await;
    }
    let now = on.engine.read_version().await.expect("read version");
    for limit in [
        ScanLimit::rows(1),
        ScanLimit::rows(7),
        ScanLimit {
            rows: usize::MAX,
            bytes: 900,
        },
    ] {
        let mut seen = Vec::new();
        let mut rest = Some(PREFIX.span());
        while let Some(span) = rest {
            let chunk = on.engine.scan(&span, now, limit).await.expect("scan");
            assert!(chunk.items.len() <= limit.rows);
            seen.extend(chunk.items.iter().map(|entry| entry.key.to_vec()));
            rest = chunk.resume.map(|start| span.from(start));
        }
        let expected = (0..257u32)
            .filter(|row| row % 3 != 0)
            .map(|row| key(row.to_be_bytes()).to_vec());
        assert_eq!(seen, expected.collect::<Vec<_>>());
    }
}

/// Writers race a reader that closes instants as fast as it can; whatever an instant shows the first
/// time it must show for ever, and commits that come later are above it.
async fn a_closed_instant_stays_as_it_is(on: Subject) {
    let on = Arc::new(on);
    let writers = (0..4).map(|writer| {
        let on = on.clone();
        tokio::spawn(async move {
            for round in 0..60 {
                on.hand.advance(std::time::Duration::from_micros(3));
                on.put(format!("{writer}-{}", round % 7), format!("{round}"))
                    .await;
            }
        })
    });
    let writers = writers.collect::<Vec<_>>();
    let mut seen = Vec::new();
    for _ in 0..60 {
        let now = on.engine.timeline().now();
        let first = on.rows(now).await.expect("scan");
        let version = on.put("late", "x").await;
        assert!(version > now);
        seen.push((now, first));
    }
    for writer in writers {
        writer.await.expect("writer");
    }
    for (at, first) in seen {
        assert_eq!(on.rows(at).await.expect("scan"), first);
    }
}

async fn the_future_cannot_be_closed(on: Subject) {
    let now = on.engine.timeline().now();
    on.engine.close(now).await.expect("now is not the future");
    assert!(matches!(
        on.engine.close(now.next()).await,
        Err(Error::Future { .. })
    ));
    assert!(on.put("a", "1").await > now);
}

async fn limits_are_the_same_everywhere(on: Subject) {
    let commit = |key: Bytes, value: Bytes| Commit {
        id: TransactionId(1),
        read_at: None,
        reads: ReadSet::default(),
        writes: BTreeMap::from([(key, Some(value))]),
    };
    let longest = key(vec![7; (8 << 10) - 8]);
    on.engine
        .commit(commit(longest.clone(), "x".into()))
        .await
        .expect("the longest key");
    let too_long = key(vec![7; (8 << 10) - 7]);
    let refused = on.engine.commit(commit(too_long.clone(), "x".into())).await;
    assert!(matches!(refused, Err(Error::TooLarge { what: "key", .. })));
    let largest = Bytes::from(vec![1; (4 << 20) - longest.len()]);
    on.engine
        .commit(commit(longest.clone(), largest))
        .await
        .expect("the largest row");
    let too_large = Bytes::from(vec![1; (4 << 20) - longest.len() + 1]);
    let refused = on.engine.commit(commit(longest.clone(), too_large)).await;
    assert!(matches!(refused, Err(Error::TooLarge { what: "row", .. })));
    let refused = on.engine.commit(commit("short".into(), "x".into())).await;
    assert!(matches!(refused, Err(Error::Key { .. })));
    let txn = on.begin().await;
    assert!(matches!(
        txn.put(too_long, "x"),
        Err(Error::TooLarge { what: "key", .. })
    ));
    assert_eq!(
        on.get(vec![7; (8 << 10) - 8]).await.expect("row").len(),
        ((4 << 20) - (8 << 10)) * 4
    );
}

async fn outcomes_can_be_looked_up(on: Subject) {
    let (committed, refused) = (on.begin().await, on.begin().await);
    refused.get(&key("a")).await.expect("get");
    committed.put(key("a"), "1").expect("put");
    refused.put(key("b"), "1").expect("put");
    let version = committed.commit().await.expect("commit");
    refused.commit().await.expect_err("conflict");
    on.pass(3600);
    on.put("c", "1").await;
    let read_at = committed.at().version();
    let outcome = |id| on.engine.outcome(id, read_at);
    assert_eq!(
        outcome(committed.id()).await.expect("outcome"),
        Some(version)
    );
    assert_eq!(outcome(refused.id()).await.expect("outcome"), None);
}

async fn spans_stay_within_an_index(on: Subject) {
    let at = on.engine.read_version().await.expect("read version");
    let across = Span {
        start: key("a"),
        end: Prefix::new(TableId(101), IndexId(1)).key(b"a"),
    };
    assert!(matches!(
        on.engine.scan(&across, at, ScanLimit::default()).await,
        Err(Error::Span { .. })
    ));
    let backwards = on
        .engine
        .scan(&span("b", "a"), at, ScanLimit::default())
        .await
        .expect("an empty span");
    assert!(backwards.items.is_empty());
    let txn = Transaction::begin(on.engine.clone()).await.expect("begin");
    assert!(txn.scan(&across, ScanLimit::default()).await.is_err());
}

/// The model refuses keys that an engine on disk would sort among another key's versions.
#[tokio::test]
async fn the_model_finds_keys_that_continue_another_wrongly() {
    let on = crate::support::memory();
    on.put(b"a", "1").await;
    on.put(b"b\x01", "1").await;
    for rest in [&b"a\x00"[..], b"a\x01\x05", b"b"] {
        let txn = on.begin().await;
        txn.put(key(rest), "1").expect("put");
        assert!(
            matches!(txn.commit().await, Err(Error::Key { .. })),
            "{rest:?}"
        );
    }
}

/// Rows newer than the instant are looked at, too: such a scan gives its thread back now and then.
#[tokio::test(flavor = "multi_thread")]
async fn a_scan_of_nothing_but_newer_rows_comes_in_chunks() {
    const ROWS: u32 = 600_000;
    let on = crate::support::lsm();
    let before = on.put("a", "1").await;
    let newer = on.put("a", "2").await;
    let mut bulk = Revisions::new();
    for row in 0..ROWS {
        bulk.push(&key(format!("m{row:06}")), newer, Some(b""));
    }
    let bulk = futures::stream::iter([Ok(bulk)]).boxed();
    on.engine
        .ingest(&span("m", "n"), bulk)
        .await
        .expect("ingest");
    let at = on.at(before).await;
    let chunk = on
        .engine
        .scan(&span("m", "n"), at, ScanLimit::default())
        .await
        .expect("scan");
    assert!(chunk.items.is_empty());
    assert!(chunk.resume.is_some(), "it stopped on the way");
    assert_eq!(on.rows(before).await.expect("rows"), pairs(&[("a", "1")]));
}
