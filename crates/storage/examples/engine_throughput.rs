//! Measures the engine on disk: `cargo run --release -p cairn-storage --example engine_throughput [DIR] [ROWS]`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cairn_storage::lsm::{Lsm, LsmOptions};
use cairn_storage::{
    Engine, IndexId, Prefix, Result, Revisions, ScanLimit, Span, TableId, Transaction, Version,
    Window,
};
use futures::StreamExt;

const ROWS_PER_BATCH: u64 = 8192;

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let dir = arguments.next().map_or_else(
        || std::env::temp_dir().join("cairn-throughput"),
        PathBuf::from,
    );
    let rows = arguments
        .next()
        .and_then(|rows| rows.parse::<u64>().ok())
        .unwrap_or(4_000_000);
    match std::fs::remove_dir_all(&dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let engine: Arc<dyn Engine> = Arc::new(Lsm::open(&dir, LsmOptions::default())?);
    let prefix = Prefix::new(TableId(100), IndexId(1));
    ingest(&engine, prefix, rows).await?;
    scan(&engine, prefix, rows).await?;
    for writers in [1, 32, 256] {
        commits(&engine, writers).await?;
    }
    batches(&engine).await?;
    points(&engine, prefix, rows).await?;
    history(&engine, prefix, rows).await?;
    drop(engine);
    let clock = cairn_storage::clock::Clock::system();
    let opened = Lsm::open(&dir, LsmOptions::default())?;
    println!("open: {} ms", clock.running() / 1000);
    drop(opened);
    Ok(())
}

fn key(prefix: Prefix, row: u64) -> Bytes {
    prefix.key(&row.to_be_bytes())
}

fn report(what: &str, count: u64, took: Duration) {
    println!(
        "{what}: {:.0}/s ({count} in {:.2} s; processor so far {:.2} s)",
        count as f64 / took.as_secs_f64(),
        took.as_secs_f64(),
        processor()
    );
}

/// Seconds of processor time this process took so far; 0 where there is no /proc.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks = stat
        .split(' ')
        .skip(13)
        .take(2)
        .filter_map(|ticks| ticks.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}

async fn ingest(engine: &Arc<dyn Engine>, prefix: Prefix, rows: u64) -> Result<()> {
    let txn = Transaction::begin(engine.clone()).await?;
    txn.put(key(Prefix::new(TableId(100), IndexId(2)), 0), "w")?;
    let version = txn.commit().await?;
    let start = engine.timeline().running();
    let halves = [(0, rows / 2), (rows / 2, rows)].map(|(from, to)| {
        let engine = engine.clone();
        tokio::spawn(async move {
            let batches = futures::stream::iter((from..to).step_by(ROWS_PER_BATCH as usize));
            let batches = batches.map(move |first| {
                Ok(batch(
                    prefix,
                    first,
                    to.min(first + ROWS_PER_BATCH),
                    version,
                ))
            });
            let span = Span {
                start: key(prefix, from),
                end: key(prefix, to),
            };
            engine.ingest(&span, batches.boxed()).await
        })
    });
    for half in halves {
        half.await.map_err(cairn_storage::Error::source)??;
    }
    report(
        "ingest, two threads, rows",
        rows,
        engine.timeline().running() - start,
    );
    Ok(())
}

fn batch(prefix: Prefix, from: u64, to: u64, version: Version) -> Revisions {
    let mut revisions =
        Revisions::with_capacity(ROWS_PER_BATCH as usize, 100 * ROWS_PER_BATCH as usize);
    let mut key = prefix.to_bytes().to_vec();
    let mut value = [7u8; 64];
    for row in from..to {
        key.truncate(Prefix::LEN);
        key.extend_from_slice(&row.to_be_bytes());
        value[..8].copy_from_slice(&row.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_le_bytes());
        revisions.push(&key, version, Some(&value));
    }
    revisions
}

async fn scan(engine: &Arc<dyn Engine>, prefix: Prefix, rows: u64) -> Result<()> {
    let at = engine.read_version().await?;
    for threads in [1, 2] {
        let start = engine.timeline().running();
        let cuts = engine.split(&prefix.span(), threads).await?;
        let starts = [prefix.span().start].into_iter().chain(cuts.clone());
        let pieces = starts
            .zip(cuts.into_iter().chain([prefix.span().end]))
            .map(|(start, end)| {
                let (engine, span) = (engine.clone(), Span { start, end });
                tokio::spawn(async move {
                    let mut count = 0;
                    let mut rest = Some(span.clone());
                    while let Some(part) = rest {
                        let chunk = engine.scan(&part, at, ScanLimit::default()).await?;
                        count += chunk.items.len() as u64;
                        rest = chunk.resume.map(|start| span.from(start));
                    }
                    Ok::<_, cairn_storage::Error>(count)
                })
            });
        let pieces = pieces.collect::<Vec<_>>();
        let mut count = 0;
        for piece in pieces {
            count += piece.await.map_err(cairn_storage::Error::source)??;
        }
        assert_eq!(count, rows);
        report(
            &format!("scan, {threads} threads, rows"),
            rows,
            engine.timeline().running() - start,
        );
    }
    Ok(())
}

async fn commits(engine: &Arc<dyn Engine>, writers: u64) -> Result<()> {
    let each = 20_000 / writers;
    let start = engine.timeline().running();
    let before = engine.counters();
    let writers = (0..writers).map(|writer| {
        let engine = engine.clone();
        tokio::spawn(async move {
            for row in 0..each {
                let txn = Transaction::begin(engine.clone()).await?;
                txn.put(
                    key(
                        Prefix::new(TableId(101), IndexId(1)),
                        writer * 1_000_000 + row,
                    ),
                    vec![1; 80],
                )?;
                txn.commit().await?;
            }
            Ok::<_, cairn_storage::Error>(())
        })
    });
    let writers = writers.collect::<Vec<_>>();
    let count = writers.len();
    for writer in writers {
        writer.await.map_err(cairn_storage::Error::source)??;
    }
    let after = engine.counters();
    let per_sync = (after.commits - before.commits) as f64 / (after.syncs - before.syncs) as f64;
    let what = format!("commits, {count} writers, {per_sync:.1} a sync");
    report(
        &what,
        after.commits - before.commits,
        engine.timeline().running() - start,
    );
    Ok(())
}

async fn batches(engine: &Arc<dyn Engine>) -> Result<()> {
    let start = engine.timeline().running();
    let mut row = 0u64;
    for _ in 0..500 {
        let txn = Transaction::begin(engine.clone()).await?;
        for _ in 0..1000 {
            row = row.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            txn.put(key(Prefix::new(TableId(102), IndexId(1)), row), vec![1; 80])?;
        }
        txn.commit().await?;
    }
    report(
        "random rows in commits of 1000",
        500_000,
        engine.timeline().running() - start,
    );
    Ok(())
}

async fn points(engine: &Arc<dyn Engine>, prefix: Prefix, rows: u64) -> Result<()> {
    let at = engine.read_version().await?;
    let start = engine.timeline().running();
    let keys = (0..100_000u64)
        .map(|probe| key(prefix, probe * 7919 % rows))
        .collect::<Vec<_>>();
    for keys in keys.chunks(1000) {
        assert!(engine.get(keys, at).await?.iter().all(Option::is_some));
    }
    report(
        "point reads, a thousand a call",
        100_000,
        engine.timeline().running() - start,
    );
    Ok(())
}

async fn history(engine: &Arc<dyn Engine>, prefix: Prefix, rows: u64) -> Result<()> {
    let after = engine.read_version().await?.version();
    for from in (0..rows / 100).step_by(1000) {
        let txn = Transaction::begin(engine.clone()).await?;
        for row in from..(from + 1000).min(rows / 100) {
            txn.put(key(prefix, row * 100), vec![2; 64])?;
        }
        txn.commit().await?;
    }
    let window = Window {
        after,
        upto: engine.read_version().await?,
    };
    let before = engine.counters().keys_examined;
    let start = engine.timeline().running();
    let mut count = 0;
    let mut from = None;
    loop {
        let chunk = engine
            .history(&prefix.span(), window, from, true, ScanLimit::default())
            .await?;
        count += chunk.items.len() as u64;
        from = chunk.resume;
        if from.is_none() {
            break;
        }
    }
    assert_eq!(count, rows / 100 * 2);
    let examined = engine.counters().keys_examined - before;
    report(
        &format!("history, 1 % changed, {examined} examined, rows"),
        count,
        engine.timeline().running() - start,
    );
    Ok(())
}
