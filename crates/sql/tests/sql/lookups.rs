//! Rows that are found by a secondary index.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use bytes::Bytes;
use cairn_storage::{
    Closed, Engine, Found, Result,
    clock::Clock,
    hooked::{Hooked, Hooks},
    memory::Memory,
};

use crate::common::Fixture;

/// The most bytes that were got at once.
#[derive(Default)]
struct Most(AtomicUsize);

#[async_trait]
impl Hooks for Most {
    async fn get(
        &self,
        below: &dyn Engine,
        keys: &[Bytes],
        at: Closed,
    ) -> Result<Vec<Option<Found>>> {
        let found = below.get(keys, at).await?;
        let bytes = found.iter().flatten().map(|found| found.value.len()).sum();
        self.0.fetch_max(bytes, Ordering::Relaxed);
        Ok(found)
    }
}

/// Entries are small, whatever the size of the rows that they point to: those of one chunk of entries may not fit in memory.
#[tokio::test(flavor = "multi_thread")]
async fn large_rows_are_fetched_some_at_a_time() {
    let memory = Arc::new(Memory::new(Clock::system()));
    let engine = Hooked::over(memory, Most::default());
    let mut f = Fixture::of(engine.clone(), tempfile::tempdir().unwrap()).await;
    f.ok("CREATE TABLE t (k INT PRIMARY KEY, a INT, pad STRING, INDEX (a))")
        .await;
    f.ok("INSERT INTO t SELECT n, 1, repeat('x', 50000) FROM generate_series(1, 1000) AS s (n)")
        .await;
    f.ok("INSERT INTO t SELECT n, 2, '' FROM generate_series(1001, 5000) AS s (n)")
        .await;
    let sum = "SELECT count(*), sum(length(pad)), sum(k) FROM t WHERE a";
    assert_eq!(f.ok(&format!("{sum} = 1")).await, "1000|50000000|500500");
    let most = engine.hooks.0.load(Ordering::Relaxed);
    assert!(most > 0 && most < 8 << 20, "{most} bytes");
    assert_eq!(f.ok(&format!("{sum} = 2")).await, "4000|0|12002000");
    f.node.shutdown().await;
}
