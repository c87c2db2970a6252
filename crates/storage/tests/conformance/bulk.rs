//! Bulk writes, removal, and cutting a span into pieces.

use bytes::Bytes;
use cairn_storage::clock::Clock;
use cairn_storage::lsm::{Lsm, LsmOptions};
use cairn_storage::{
    Engine, Error, IndexId, Prefix, Read, Revisions, ScanLimit, Snapshot, Span, TableId, Version,
};
use futures::StreamExt;

use crate::on_every_engine;
use crate::support::{PREFIX, Subject, key, pairs, span};

on_every_engine!(
    ingests_refuse_disorder,
    large_ingests_mix_with_commits,
    removed_is_gone,
    splits_tile_the_span,
);

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

/// A thousand tables that were restored or loaded in bulk: as many as may have a keyspace of their
/// own, and the others in the shared one.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute of syncs; run it when fjall or the start changes"]
async fn a_thousand_tables_open_in_time() {
    let dir = tempfile::tempdir().expect("temporary directory");
    let options = || LsmOptions {
        large_write_bytes: 1,
        reserve_bytes: 0,
        ..LsmOptions::default()
    };
    let engine = Lsm::open(dir.path(), options()).expect("open");
    let version = engine.timeline().now();
    engine.close(version).await.expect("close");
    let tables = std::env::var("TABLES").map_or(1000, |tables| tables.parse().expect("a number"));
    for table in 0..tables {
        let prefix = Prefix::new(TableId(100 + table), IndexId(1));
        let mut revisions = Revisions::new();
        revisions.push(&prefix.key(b"a"), version, Some(b"1"));
        let stream = futures::stream::iter([Ok(revisions)]).boxed();
        engine.ingest(&prefix.span(), stream).await.expect("ingest");
    }
    drop(engine);
    let clock = Clock::system();
    let engine = Lsm::open(dir.path(), options()).expect("open");
    let took = clock.running();
    println!("a thousand tables: {} ms", took / 1000);
    assert!(took < 2_000_000, "{took} us");
    drop(engine);
}
