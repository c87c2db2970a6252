//! What is dropped or overwritten goes when its zone says so, and not before: seen by the space it takes.

use std::{sync::Arc, time::Duration};

use cairn_catalog::TableId;
use cairn_storage::{
    Engine, IndexId, Prefix,
    clock::{Clock, Hand},
    memory::Memory,
};

use crate::common::Fixture;

const HOUR: Duration = Duration::from_secs(3600);

struct World {
    fixture: Fixture,
    engine: Arc<dyn Engine>,
    hand: Arc<Hand>,
}

impl World {
    async fn start() -> World {
        let (clock, hand) = Clock::manual(1_767_225_600_000_000);
        let engine: Arc<dyn Engine> = Arc::new(Memory::new(clock));
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
