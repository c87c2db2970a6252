//! Histories: no revision is missing, none comes twice, and the cost follows what changed.

use bytes::Bytes;
use cairn_storage::{Span, Version, Window, after};

use crate::on_every_engine;
use crate::support::{PREFIX, Subject, key, span};

on_every_engine!(
    history_has_every_revision,
    history_resumes_inside_a_key,
    history_sees_ingested_rows,
    changes_are_cut_where_they_are,
);

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

async fn changes_are_cut_where_they_are(on: Subject) {
    for row in 0..50u32 {
        on.put(row.to_be_bytes(), "old").await;
    }
    let start = on.put("z", "1").await;
    // Some twice, in two epochs; a delete is a change.
    for row in 20..24u32 {
        on.put(row.to_be_bytes(), "new").await;
    }
    on.pass(3600);
    on.put(20u32.to_be_bytes(), "newer").await;
    let end = on.delete(40u32.to_be_bytes()).await;
    let window = Window {
        after: start,
        upto: on.engine.close(end).await.expect("an instant"),
    };
    let cuts = async |span: &Span, keys| {
        let split = on.engine.split_changes(span, window, keys).await;
        let split = split.expect("cuts").expect("known");
        assert_eq!(split.resume, None);
        split.items
    };
    let behind = |row: u32| after(&key(row.to_be_bytes()));
    let whole = PREFIX.span();
    assert_eq!(cuts(&whole, 2).await, [behind(21), behind(23)]);
    assert_eq!(cuts(&whole, 3).await, [behind(22)]);
    assert_eq!(cuts(&whole, 5).await, [behind(40)]);
    assert_eq!(cuts(&whole, 6).await, Vec::<Bytes>::new());
    let part = span(21u32.to_be_bytes(), 40u32.to_be_bytes());
    assert_eq!(cuts(&part, 1).await, [21, 22, 23].map(behind));
}

/// One row in a hundred changed: the cost is that of the changed rows, not of the table, and a bulk
/// write before the window does not change that.
#[tokio::test(flavor = "multi_thread")]
async fn the_cost_follows_what_changed() {
    const ROWS: u32 = 30_000;
    let on = crate::support::lsm();
    let version = on.put("z", "1").await;
    let rows = (0..ROWS).map(|row| (key(row.to_be_bytes()), version, Some("old".into())));
    on.ingest(&PREFIX.span(), rows.collect())
        .await
        .expect("ingest");
    let start = on.put("z", "2").await;
    for row in (0..ROWS).step_by(100) {
        on.put(row.to_be_bytes(), "new").await;
    }
    let end = on.put("z", "3").await;
    let before = on.engine.counters().keys_examined;
    let history = on
        .history(&PREFIX.span(), start, end, true, usize::MAX)
        .await
        .expect("history");
    let examined = on.engine.counters().keys_examined - before;
    assert_eq!(history.len(), 602);
    let with_load = Window {
        after: Version::ZERO,
        upto: on.engine.close(end).await.expect("an instant"),
    };
    let split = on.engine.split_changes(&PREFIX.span(), with_load, 10).await;
    assert!(split.expect("cuts").is_none(), "a bulk write names no keys");
    // The answer, and a sample of a fixed size.
    assert!(examined < 602 + 1300, "{examined}");
    // Where most changed, the table is read instead of looking each row up.
    for row in 0..1500u32 {
        on.put(row.to_be_bytes(), "newer").await;
    }
    let now = on.engine.timeline().now();
    let history = on
        .history(
            &span(0u32.to_be_bytes(), 1500u32.to_be_bytes()),
            end,
            now,
            false,
            7,
        )
        .await;
    assert_eq!(history.expect("history").len(), 1500);
}

/// Where the newest instant was closed, a window that begins there does not even look at what changed before it.
#[tokio::test(flavor = "multi_thread")]
async fn what_changed_before_a_cut_costs_nothing() {
    const ROWS: u32 = 1_000;
    let on = crate::support::lsm();
    let load = async |value: &str| {
        let txn = on.begin().await;
        for row in 0..ROWS {
            txn.put(key(row.to_be_bytes()), value.to_owned())
                .expect("put");
        }
        txn.commit().await.expect("commit");
    };
    let cut = async || {
        let closed = on.engine.close_now().await.expect("an instant");
        closed.version()
    };
    load("old").await;
    let first = cut().await;
    on.put(7u32.to_be_bytes(), "new").await;
    let second = cut().await;
    load("newer").await;
    let third = cut().await;
    let end = on.put(8u32.to_be_bytes(), "newest").await;
    let revisions = async |after, upto| {
        let before = on.engine.counters().keys_examined;
        let whole = PREFIX.span();
        let history = on.history(&whole, after, upto, false, usize::MAX).await;
        let found = history.expect("history").len();
        (found, on.engine.counters().keys_examined - before)
    };
    // The entry of the index, the revision, and the one before it.
    assert_eq!(revisions(third, end).await, (1, 3));
    let (found, _) = revisions(first, second).await;
    assert_eq!(found, 1);
    let (found, _) = revisions(first, end).await;
    assert_eq!(found, ROWS as usize + 2, "a window over a cut");
    let (found, _) = revisions(Version::ZERO, end).await;
    assert_eq!(found, 2 * ROWS as usize + 2);
}

/// What changed in the ten minutes in which a window begins, but before it, is passed over in the index.
#[tokio::test(flavor = "multi_thread")]
async fn what_changed_just_before_the_window_is_not_looked_up() {
    const ROWS: u32 = 1_000;
    let on = crate::support::lsm();
    for row in 0..ROWS {
        on.put(row.to_be_bytes(), "old").await;
    }
    let start = on.put("z", "1").await;
    let end = on.put(7u32.to_be_bytes(), "new").await;
    let before = on.engine.counters().keys_examined;
    let history = on
        .history(&PREFIX.span(), start, end, true, usize::MAX)
        .await
        .expect("history");
    let examined = on.engine.counters().keys_examined - before;
    assert_eq!(history.len(), 2);
    // An entry of the index for each row and for `z`; two revisions.
    assert_eq!(examined, u64::from(ROWS) + 1 + 2);
}
