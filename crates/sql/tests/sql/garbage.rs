//! What is dropped or overwritten goes when its zone says so, and not before: seen by the space it takes.

use std::{sync::Arc, time::Duration};

use cairn_catalog::TableId;
use cairn_storage::{
    Engine, IndexId, Prefix, Snapshot,
    clock::{Clock, Hand},
    floor,
    memory::Memory,
};

use crate::{
    common::{Fixture, run},
    interrupted::{Call, Interrupted, interrupted},
};

const HOUR: Duration = Duration::from_secs(3600);

struct World {
    fixture: Fixture,
    engine: Arc<Interrupted>,
    hand: Arc<Hand>,
}

impl World {
    async fn start() -> World {
        let (clock, hand) = Clock::manual(1_767_225_600_000_000);
        let engine = interrupted(Memory::new(clock));
        let folder = tempfile::tempdir().unwrap();
        let fixture = Fixture::of(engine.clone(), folder).await;
        World {
            fixture,
            engine,
            hand,
        }
    }

    async fn ok(&mut self, text: &str) {
        self.fixture.ok(text).await;
    }

    /// An hour goes by, something is committed, and the background does its work.
    async fn hour(&mut self) {
        self.hand.advance(HOUR);
        self.ok("UPSERT INTO pulse VALUES (1)").await;
        self.fixture.node.tidy().await.unwrap();
    }

    /// How much the rows of a table take, all versions together.
    async fn size(&self, table: u32) -> u64 {
        let prefix = Prefix {
            table: TableId(table),
            index: IndexId(1),
        };
        self.engine.size(&prefix.span()).await.unwrap()
    }

    /// The tables that jobs protect from collection.
    async fn protected(&self) -> Vec<TableId> {
        let snapshot = Snapshot::now(self.engine.clone()).await.unwrap();
        let protections = floor::protections(&snapshot).await.unwrap();
        protections.iter().map(|held| held.table).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_and_dropped_tables_go_after_their_ttl() {
    let mut world = World::start().await;
    world.ok("CREATE TABLE pulse (k INT PRIMARY KEY)").await;
    world.ok("CREATE DATABASE d").await;
    world
        .ok("CREATE TABLE d.t (k INT PRIMARY KEY, v STRING)")
        .await;
    world
        .ok("ALTER DATABASE d CONFIGURE ZONE USING gc.ttlseconds = 5400")
        .await;
    let t = 101;
    world
        .ok("INSERT INTO d.t VALUES (1, repeat('x', 10000))")
        .await;
    world.ok("UPDATE d.t SET v = repeat('y', 10000)").await;
    let both = world.size(t).await;
    assert!(both > 20_000, "{both}");
    world.hour().await;
    assert_eq!(world.size(t).await, both, "the ttl is not over yet");
    world.hour().await;
    let one = world.size(t).await;
    assert!((10_000..20_000).contains(&one), "{one}");

    // With the database goes its zone, but not what it said of its tables.
    world.ok("DROP DATABASE d").await;
    world.hour().await;
    assert_eq!(world.size(t).await, one, "the past can still be read");
    world.hour().await;
    assert_eq!(world.size(t).await, 0);
}

/// A row is deleted and collected while an index is filled. Its entry must go with it, though the index is written as the table was before.
#[tokio::test(flavor = "multi_thread")]
async fn a_table_is_not_collected_while_an_index_is_filled() {
    let mut world = World::start().await;
    world.ok("CREATE TABLE pulse (k INT PRIMARY KEY)").await;
    world.ok("CREATE TABLE t (k INT PRIMARY KEY, v INT)").await;
    world
        .ok("ALTER TABLE t CONFIGURE ZONE USING gc.ttlseconds = 1")
        .await;
    world.ok("INSERT INTO t VALUES (1, 10), (2, 20)").await;
    let (t, index) = (TableId(101), |id| Prefix::new(TableId(101), IndexId(id)));
    let (node, hand) = (world.fixture.node.clone(), world.hand.clone());
    let mut other = node.session("root", "defaultdb").await.unwrap();
    world
        .engine
        .hooks
        .before(Call::Ingest, index(2), async move {
            run(&mut other, "DELETE FROM t WHERE k = 1").await.unwrap();
            hand.advance(HOUR);
            let pulse = "UPSERT INTO pulse VALUES (1)";
            run(&mut other, pulse).await.unwrap();
            node.tidy().await.unwrap();
        });
    world.ok("CREATE INDEX t_v ON t (v)").await;
    world.engine.hooks.all_has_happened();
    assert_eq!(world.fixture.ok("SELECT k FROM t WHERE v = 10").await, "");

    // However such a job ends, it lets go.
    assert_eq!(world.protected().await, []);
    world.ok("INSERT INTO t VALUES (3, 20)").await;
    let error = world.fixture.error("CREATE UNIQUE INDEX u ON t (v)").await;
    assert!(error.starts_with("23505"), "{error}");
    assert_eq!(world.protected().await, []);
    let (reached, dead) = tokio::sync::oneshot::channel();
    world.engine.hooks.before(Call::Ingest, index(4), async {
        reached.send(()).unwrap();
        std::future::pending().await
    });
    let mut dying = world.fixture.node.session("root", "defaultdb").await;
    tokio::spawn(async move { run(dying.as_mut().unwrap(), "CREATE INDEX ON t (v, k)").await });
    dead.await.unwrap();
    assert_eq!(world.protected().await, [t]);
    let folder = tempfile::tempdir().unwrap();
    let mut after = Fixture::of(world.engine.clone(), folder).await;
    assert_eq!(world.protected().await, []);
    assert_eq!(after.ok("SELECT k FROM t WHERE v = 20").await, "2\n3");
}
