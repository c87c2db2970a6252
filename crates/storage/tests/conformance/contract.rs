//! Commits, reads, conflicts, histories, bulk writes: the contract of `Engine`, case by case.

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
    a_transaction_sees_its_own_writes,
    savepoints_forget_writes,
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
    history_has_every_revision,
    history_resumes_inside_a_key,
    history_sees_ingested_rows,
    ingests_refuse_disorder,
    large_ingests_mix_with_commits,
    removed_is_gone,
    splits_tile_the_span,
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
    assert_eq!(
        on.engine.outcome(committed.id()).await.expect("outcome"),
        Some(version)
    );
    assert_eq!(
        on.engine.outcome(refused.id()).await.expect("outcome"),
        None
    );
}

async fn history_has_every_revision(on: Subject) {
    let a1 = on.put("a", "1").await;
    let b1 = on.put("b", "1").await;
    on.pass(3600);
    let a2 = on.put("a", "2").await;
    let a3 = on.delete("a").await;
    let c1 = on.put("c", "1").await;
    let all = on
        .history(&PREFIX.span(), Version::ZERO, c1, true, 100)
        .await
        .expect("history");
    let revised = |key: &str, version, value: Option<&str>| {
        (key.to_owned(), version, value.map(str::to_owned))
    };
    let (deleted, second) = (revised("a", a3, None), revised("a", a2, Some("2")));
    let (first, b, c) = (
        revised("a", a1, Some("1")),
        revised("b", b1, Some("1")),
        revised("c", c1, Some("1")),
    );
    assert_eq!(
        all,
        [
            deleted.clone(),
            second.clone(),
            first.clone(),
            b.clone(),
            c.clone()
        ]
    );
    let late = on
        .history(&PREFIX.span(), b1, c1, false, 100)
        .await
        .expect("history");
    assert_eq!(late, [deleted.clone(), second.clone(), c.clone()]);
    let late = on
        .history(&PREFIX.span(), b1, c1, true, 100)
        .await
        .expect("history");
    assert_eq!(late, [deleted.clone(), second, first.clone(), c.clone()]);
    let nothing = on
        .history(&PREFIX.span(), c1, c1, true, 100)
        .await
        .expect("history");
    assert_eq!(nothing, []);
    let part = on
        .history(&span("a", "b"), Version::ZERO, a1, true, 100)
        .await
        .expect("history");
    assert_eq!(part, [first]);
}

async fn history_resumes_inside_a_key(on: Subject) {
    on.put("a", "base").await;
    let start = on.put("b", "base").await;
    for round in 0..40 {
        on.pass(60);
        on.put("a", round.to_string()).await;
        on.put("b", round.to_string()).await;
    }
    let end = on.put("c", "1").await;
    let whole = on
        .history(&PREFIX.span(), start, end, true, usize::MAX)
        .await
        .expect("history");
    assert_eq!(whole.len(), 83);
    for rows in [1, 2, 7, 41] {
        assert_eq!(
            on.history(&PREFIX.span(), start, end, true, rows)
                .await
                .expect("history"),
            whole
        );
    }
}

async fn history_sees_ingested_rows(on: Subject) {
    let before = on.put("a", "1").await;
    on.pass(3600);
    let write = on.put("m", "1").await;
    on.pass(3600);
    let rows = vec![
        (key("b"), write, Some("2".into())),
        (key("c"), write, Some("3".into())),
    ];
    on.ingest(&span("b", "d"), rows).await.expect("ingest");
    let end = on.put("z", "1").await;
    let keys = |rows: Vec<crate::support::Revised>| {
        rows.into_iter().map(|(key, ..)| key).collect::<String>()
    };
    assert_eq!(
        keys(
            on.history(&PREFIX.span(), before, end, false, 1)
                .await
                .expect("history")
        ),
        "bcmz"
    );
    assert_eq!(
        keys(
            on.history(&PREFIX.span(), before, write, false, 9)
                .await
                .expect("history")
        ),
        "bcm"
    );
    assert_eq!(
        keys(
            on.history(&PREFIX.span(), write, end, false, 9)
                .await
                .expect("history")
        ),
        "z"
    );
}

async fn ingests_refuse_disorder(on: Subject) {
    let at = on.put("z", "1").await;
    let value = || Some(Bytes::from_static(b"1"));
    let whole = PREFIX.span();
    let cases = [
        vec![(key("b"), at, value()), (key("a"), at, value())],
        vec![(key("a"), at, value()), (key("a"), at, value())],
        vec![(key("a"), Version(5), value()), (key("a"), at, value())],
    ];
    for case in cases {
        assert!(matches!(
            on.ingest(&whole, case).await,
            Err(Error::OutOfOrder { .. })
        ));
    }
    let outside = vec![(key("b"), at, value())];
    assert!(matches!(
        on.ingest(&span("c", "d"), outside).await,
        Err(Error::Key { .. })
    ));
    let future = vec![(key("b"), Version(at.0 + 1), value())];
    assert!(matches!(
        on.ingest(&whole, future).await,
        Err(Error::Future { .. })
    ));
    let ordered = vec![
        (key("a"), at, None),
        (key("a"), Version(5), value()),
        (key("b"), at, value()),
    ];
    assert_eq!(on.ingest(&whole, ordered).await.expect("ingest"), 3);
    assert_eq!(
        on.rows(at).await.expect("rows"),
        pairs(&[("b", "1"), ("z", "1")])
    );
    assert_eq!(
        on.rows(Version(5)).await.expect("rows"),
        pairs(&[("a", "1")])
    );
}

/// A prefix gets a keyspace of its own under rows that are there already and commits that go on.
async fn large_ingests_mix_with_commits(on: Subject) {
    let at = on.put("a-before", "1").await;
    on.put("z-before", "1").await;
    let rows = 60_000u32;
    let halves = [(0..rows / 2, "m", "n"), (rows / 2..rows, "n", "o")];
    let writes = halves.map(|(half, start, end)| {
        let half = half.collect::<Vec<_>>();
        let batches = half.chunks(1000).map(|batch| {
            let mut revisions = Revisions::new();
            for row in batch {
                let mut key = key(start).to_vec();
                key.extend_from_slice(&row.to_be_bytes());
                revisions.push(&key, at, Some(&[7; 200]));
            }
            Ok(revisions)
        });
        let batches = batches.collect::<Vec<_>>();
        (span(start, end), futures::stream::iter(batches).boxed())
    });
    let [(first, one), (second, two)] = writes;
    let commits = async {
        for round in 0..30 {
            on.put(format!("a-{round}"), "during").await;
            on.put(format!("m-{round}"), "during").await;
        }
    };
    let (one, two, ()) = tokio::join!(
        on.engine.ingest(&first, one),
        on.engine.ingest(&second, two),
        commits
    );
    assert_eq!(
        one.expect("first half").rows + two.expect("second half").rows,
        u64::from(rows)
    );
    on.put("a-after", "1").await;
    let now = on.engine.timeline().now();
    assert_eq!(on.rows(now).await.expect("rows").len(), rows as usize + 63);
    assert_eq!(on.get("z-before").await.as_deref(), Some("1"));
    let cuts = on.engine.split(&PREFIX.span(), 4).await.expect("split");
    assert_eq!(cuts.len(), 3);
    let total = on.engine.size(&PREFIX.span()).await.expect("size");
    assert!((12_000_000..16_000_000).contains(&total), "{total}");
    on.engine.remove(PREFIX).await.expect("remove");
    assert_eq!(on.rows(on.engine.timeline().now()).await.expect("rows"), []);
}

async fn removed_is_gone(on: Subject) {
    let other = Prefix::new(TableId(100), IndexId(2));
    let txn = on.begin().await;
    for row in 0..12_000u32 {
        txn.put(key(row.to_be_bytes()), "x").expect("put");
        txn.put(other.key(&row.to_be_bytes()), "x").expect("put");
    }
    let at = txn.commit().await.expect("commit");
    for _ in 0..2 {
        on.engine.remove(PREFIX).await.expect("remove");
    }
    assert_eq!(on.rows(at).await.expect("rows"), []);
    assert_eq!(
        on.history(&PREFIX.span(), Version::ZERO, at, true, 10)
            .await
            .expect("history"),
        []
    );
    let now = Snapshot::now(on.engine.clone()).await.expect("now");
    assert_eq!(
        now.scan_all(&other.span()).await.expect("scan").len(),
        12_000
    );
}

async fn splits_tile_the_span(on: Subject) {
    let txn = on.begin().await;
    for row in 0..1000u32 {
        txn.put(key(row.to_be_bytes()), "x".repeat(50))
            .expect("put");
    }
    let at = txn.commit().await.expect("commit");
    let at = on.at(at).await;
    for pieces in [1, 2, 3, 8, 5000] {
        let cuts = on
            .engine
            .split(&PREFIX.span(), pieces)
            .await
            .expect("split");
        assert!(cuts.len() < pieces);
        assert!(cuts.is_sorted());
        let mut total = 0;
        let starts = [PREFIX.span().start].into_iter().chain(cuts.clone());
        for (start, end) in starts.zip(cuts.iter().cloned().chain([PREFIX.span().end])) {
            let piece = on
                .engine
                .scan(&Span { start, end }, at, ScanLimit::default())
                .await
                .expect("scan");
            assert!(
                pieces > 10 || piece.items.len().abs_diff(1000 / pieces) <= 2,
                "{pieces}: {}",
                piece.items.len()
            );
            total += piece.items.len();
        }
        assert_eq!(total, 1000);
    }
    assert_eq!(
        on.engine.split(&span("x", "y"), 4).await.expect("split"),
        Vec::<Bytes>::new()
    );
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
