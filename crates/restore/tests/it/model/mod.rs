//! Chains against an oracle that keeps every committed state, below SQL.
//!
//! Random transactions, schema changes, collections, backups of every kind at random ends, and restores at random instants. What
//! comes back must be what the oracle has of that instant: tables, columns, rows, index entries; and each layer's fingerprints and
//! row counts must be those of the store at its end. Below SQL it sees what statements do not show: schema changes that stand half
//! done at a layer's end, pieces of a few rows, both engines. The model test of `e2e` is what users see.
//!
//! `CAIRN_MODEL_SEED` and `CAIRN_MODEL_STEPS` choose a run; the seed is printed.
//!
//! WHAT IS WHERE
//!   `chance`: numbers that follow from a seed. `state`: what the oracle keeps. `rows` and `definitions`: changes. `backups`, `restores`.

mod backups;
mod chance;
mod definitions;
mod restores;
mod rows;
mod state;

use std::collections::BTreeMap;

use cairn_catalog::{DatabaseId, TableDescriptor, put_table, read_table};
use cairn_jobs::transact;
use cairn_storage::{Error as StorageError, Read, TableId, Transaction, Version};

use self::chance::Chance;
use self::state::{Layer, State};
use crate::world::World;

struct Model {
    world: World,
    chance: Chance,
    bank: DatabaseId,
    shop: DatabaseId,
    now: State,
    past: Vec<(Version, State)>,
    chain: Vec<Layer>,
    /// Up to here versions were collected.
    floor: Version,
    number: usize,
    seen: BTreeMap<&'static str, usize>,
}

impl Model {
    async fn new(world: World, seed: u64) -> Model {
        let bank = world.database("bank").await.id;
        let shop = world.database("shop").await.id;
        let now = State {
            bank: "bank".into(),
            ..State::default()
        };
        let at = world.now().await.at().version();
        Model {
            world,
            chance: Chance(seed),
            bank,
            shop,
            past: vec![(at, now.clone())],
            now,
            chain: Vec::new(),
            floor: Version::ZERO,
            number: 0,
            seen: BTreeMap::new(),
        }
    }

    fn saw(&mut self, what: &'static str) {
        *self.seen.entry(what).or_default() += 1;
    }

    fn fresh(&mut self) -> usize {
        self.number += 1;
        self.number
    }

    /// Commits, and notes the state after it.
    async fn commit(&mut self, body: impl AsyncFn(&Transaction)) {
        let body = &body;
        let committed = transact::<_, StorageError, _>(&self.world.engine, |txn| async move {
            body(&txn).await;
            Ok(())
        });
        let ((), version) = committed.await.unwrap();
        self.past.push((version, self.now.clone()));
    }

    fn state_at(&self, at: Version) -> &State {
        let passed = self.past.partition_point(|(version, _)| *version <= at);
        &self.past[passed - 1].1
    }

    fn some_table(&mut self) -> Option<TableId> {
        let ids: Vec<TableId> = self.now.tables.keys().copied().collect();
        self.chance.of(&ids).copied()
    }

    async fn step(&mut self) {
        match self.chance.below(40) {
            0..=13 => self.write().await,
            14..=17 => self.create().await,
            18 => self.drop().await,
            19..=20 => self.truncate().await,
            21 => self.rename().await,
            22 => self.relocate().await,
            23..=24 => self.add_column().await,
            25 => self.drop_column().await,
            26 => self.rename_column().await,
            27 => self.change_index().await,
            28 => self.begin_column().await,
            29 => self.publish_column().await,
            30 => self.rename_bank().await,
            31 => self.collect().await,
            32..=36 => self.backup().await,
            _ => self.restore().await,
        }
    }

    fn named(&self, database: DatabaseId, name: &str) -> bool {
        let mut tables = self.now.tables.values();
        tables.any(|table| table.descriptor.database == database && table.descriptor.name == name)
    }

    /// Changes a table's definition.
    async fn redefine(&mut self, id: TableId, change: impl Fn(&mut TableDescriptor)) {
        change(&mut self.now.tables.get_mut(&id).unwrap().descriptor);
        let change = &change;
        self.commit(async |txn| {
            let mut table = read_table(txn, id).await.unwrap();
            change(&mut table);
            put_table(txn, &table).await.unwrap();
        })
        .await;
    }
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .map_or(default, |text| text.parse().unwrap())
}

async fn run(world: World, seed: u64, steps: u64) {
    println!("CAIRN_MODEL_SEED={seed} CAIRN_MODEL_STEPS={steps}");
    let mut model = Model::new(world, seed).await;
    for _ in 0..steps {
        model.step().await;
    }
    println!("{:?}", model.seen);
}

#[tokio::test(flavor = "multi_thread")]
async fn chains_on_memory() {
    let seed = number("CAIRN_MODEL_SEED", 1);
    run(
        World::memory().await,
        seed,
        number("CAIRN_MODEL_STEPS", 600),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chains_on_lsm() {
    let seed = number("CAIRN_MODEL_SEED", 2);
    run(World::lsm().await, seed, number("CAIRN_MODEL_STEPS", 200)).await;
}
