//! Floors, protections and collection: nothing that anybody may still read is dropped, and what
//! nobody can read is.

use cairn_storage::floor::{self, ProtectionId};
use cairn_storage::{Error, TableId, Transaction, Version};

use crate::on_every_engine;
use crate::support::{PREFIX, Subject, TABLE, key, pairs, span};

on_every_engine!(
    below_the_floor_nothing_is_readable,
    collection_keeps_what_is_readable,
    a_tombstone_never_brings_an_older_row_back,
    nothing_goes_above_the_stored_floor,
    protection_holds_the_floor,
    protecting_too_late_fails,
    ingested_history_is_collected,
    more_versions_than_a_batch_holds_are_collected,
);

const JOB: ProtectionId = ProtectionId(7);

async fn raise(on: &Subject, to: Version) -> Version {
    floor::raise(&on.engine, TABLE, to).await.expect("raise")
}

async fn protect(on: &Subject, id: ProtectionId, table: TableId, at: Version) -> Result<(), Error> {
    let txn = on.begin().await;
    floor::protect(&txn, id, table, at).await?;
    txn.commit().await.map(drop)
}

async fn below_the_floor_nothing_is_readable(on: Subject) {
    let first = on.put("a", "1").await;
    let second = on.put("a", "2").await;
    assert_eq!(raise(&on, second).await, second);
    assert_eq!(raise(&on, first).await, second, "a floor never sinks");
    assert!(matches!(
        on.rows(first).await,
        Err(Error::BelowFloor { .. })
    ));
    let at = on.at(first).await;
    assert!(matches!(
        on.engine.get(&[key("a")], at).await,
        Err(Error::BelowFloor { .. })
    ));
    let now = on.engine.timeline().now();
    let below = on.history(&PREFIX.span(), first, now, false, 9).await;
    assert!(matches!(below, Err(Error::BelowFloor { floor, .. }) if floor == second));
    assert_eq!(on.rows(second).await.expect("rows"), pairs(&[("a", "2")]));
    assert_eq!(
        on.history(&PREFIX.span(), second, now, false, 9)
            .await
            .expect("history"),
        []
    );
}

async fn collection_keeps_what_is_readable(on: Subject) {
    for round in 0..10 {
        for row in 0..30 {
            on.put(format!("k{row:02}"), round.to_string()).await;
        }
        on.delete(format!("k{round:02}")).await;
        on.pass(700);
    }
    let floor = on.put("z", "1").await;
    on.pass(700);
    for row in 5..15 {
        on.put(format!("k{row:02}"), "new").await;
    }
    let end = on.delete("k20").await;
    on.pass(1400);
    let before = (
        on.rows(floor).await.expect("rows"),
        on.rows(end).await.expect("rows"),
    );
    let history = on
        .history(&PREFIX.span(), floor, end, true, 9)
        .await
        .expect("history");
    assert_eq!(raise(&on, floor).await, floor);
    let collected = on.engine.collect(TABLE, floor).await.expect("collect");
    assert!(collected.versions >= 250, "{collected:?}");
    assert_eq!(
        (
            on.rows(floor).await.expect("rows"),
            on.rows(end).await.expect("rows")
        ),
        before
    );
    assert_eq!(
        on.history(&PREFIX.span(), floor, end, true, 9)
            .await
            .expect("history"),
        history
    );
    let again = on.engine.collect(TABLE, floor).await.expect("collect");
    assert_eq!(again.versions, 0);
    let last = on.put("z", "2").await;
    on.pass(1400);
    assert_eq!(raise(&on, last).await, last);
    on.engine.collect(TABLE, last).await.expect("collect");
    assert_eq!(on.rows(last).await.expect("rows").len(), before.1.len());
}

async fn a_tombstone_never_brings_an_older_row_back(on: Subject) {
    for value in ["1", "2", "3"] {
        on.put("a", value).await;
        on.pass(700);
    }
    on.delete("a").await;
    on.pass(1400);
    let floor = on.put("z", "1").await;
    on.pass(700);
    raise(&on, floor).await;
    let collected = on.engine.collect(TABLE, floor).await.expect("collect");
    assert_eq!(collected.versions, 4);
    assert_eq!(on.rows(floor).await.expect("rows"), pairs(&[("z", "1")]));
    let size = on.engine.size(&span("a", "b")).await.expect("size");
    assert_eq!(size, 0, "the tombstone went too");
}

async fn nothing_goes_above_the_stored_floor(on: Subject) {
    let first = on.put("a", "1").await;
    on.put("a", "2").await;
    on.pass(1400);
    let now = on.engine.timeline().now();
    assert_eq!(
        on.engine
            .collect(TABLE, now)
            .await
            .expect("collect")
            .versions,
        0
    );
    assert_eq!(on.rows(first).await.expect("rows"), pairs(&[("a", "1")]));
}

async fn protection_holds_the_floor(on: Subject) {
    let first = on.put("a", "1").await;
    let second = on.put("a", "2").await;
    let third = on.put("a", "3").await;
    protect(&on, JOB, TABLE, second).await.expect("protect");
    protect(&on, ProtectionId(8), TableId(101), first)
        .await
        .expect("protect");
    assert_eq!(raise(&on, third).await, second);
    protect(&on, ProtectionId(9), TABLE, second)
        .await
        .expect("protect");
    let txn = on.begin().await;
    floor::release(&txn, JOB).await.expect("release");
    txn.commit().await.expect("commit");
    assert_eq!(
        raise(&on, third).await,
        second,
        "that of the other job still holds"
    );
    let txn = on.begin().await;
    floor::release(&txn, ProtectionId(9))
        .await
        .expect("release");
    txn.commit().await.expect("commit");
    assert_eq!(raise(&on, third).await, third);
    let txn = on.begin().await;
    let left = floor::protections(&txn).await.expect("protections");
    assert_eq!(
        left.iter().map(|held| held.id).collect::<Vec<_>>(),
        [ProtectionId(8)]
    );
}

async fn protecting_too_late_fails(on: Subject) {
    let first = on.put("a", "1").await;
    let second = on.put("a", "2").await;
    // Both are begun before either commits; the later one must notice.
    let late = Transaction::begin(on.engine.clone()).await.expect("begin");
    floor::protect(&late, JOB, TABLE, first)
        .await
        .expect("not too late yet");
    raise(&on, second).await;
    assert!(matches!(late.commit().await, Err(Error::Conflict)));
    assert!(matches!(
        protect(&on, JOB, TABLE, first).await,
        Err(Error::BelowFloor { .. })
    ));
    protect(&on, JOB, TABLE, second)
        .await
        .expect("at the floor is enough");
}

async fn ingested_history_is_collected(on: Subject) {
    let old = on.put("a", "1").await;
    on.pass(700);
    let new = on.put("a", "2").await;
    let rows = vec![
        (key("b"), new, Some("2".into())),
        (key("b"), old, Some("1".into())),
        (key("c"), new, None),
        (key("c"), old, Some("1".into())),
    ];
    on.ingest(&span("b", "d"), rows).await.expect("ingest");
    on.pass(1400);
    let floor = on.put("z", "1").await;
    on.pass(700);
    raise(&on, floor).await;
    let collected = on.engine.collect(TABLE, floor).await.expect("collect");
    assert_eq!(collected.versions, 4);
    assert_eq!(
        on.rows(floor).await.expect("rows"),
        pairs(&[("a", "2"), ("b", "2"), ("z", "1")])
    );
}

async fn more_versions_than_a_batch_holds_are_collected(on: Subject) {
    let newest = on.put("c", "1").await.0;
    let history = |row: &str, last: Option<&'static str>| {
        let newest = (key(row), Version(newest), last.map(Into::into));
        let older = (1..6_000).map(|back| (key(row), Version(newest.1.0 - back), Some("0".into())));
        std::iter::once(newest.clone())
            .chain(older)
            .collect::<Vec<_>>()
    };
    let rows = [history("a", Some("1")), history("b", None)].concat();
    on.ingest(&span("a", "c"), rows).await.expect("ingest");
    on.pass(1400);
    let floor = on.put("d", "1").await;
    on.pass(700);
    raise(&on, floor).await;
    let collected = on.engine.collect(TABLE, floor).await.expect("collect");
    assert_eq!(collected.versions, 5_999 + 6_000);
    assert_eq!(
        on.rows(floor).await.expect("rows"),
        pairs(&[("a", "1"), ("c", "1"), ("d", "1")])
    );
}
