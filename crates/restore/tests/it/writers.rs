//! Writers move money while backups run: each backup holds one instant, and every transfer wholly or
//! not at all.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cairn_catalog::TableDescriptor;
use cairn_rows::{Datum, TableCodec};
use cairn_storage::{Error as StorageError, Read, Transaction};

use crate::tables::{account, accounts};
use crate::world::World;

const ACCOUNTS: i64 = 2_000;
const EACH: i64 = 100;

async fn transfer(world: &World, table: &TableDescriptor, from: i64, to: i64) {
    let codec = TableCodec::new(table).unwrap();
    let txn = Transaction::begin(world.engine.clone()).await.unwrap();
    for (id, change) in [(from, -1), (to, 1)] {
        let key = codec.key(&account(id, "", 0)).unwrap();
        let found = txn.get(&key).await.unwrap().unwrap();
        let row = codec.decode(&key, &found.value).unwrap();
        let Datum::Int8(balance) = row[2] else {
            panic!("{row:?}")
        };
        let changed = account(id, "someone", balance + change);
        for index in &table.indexes {
            txn.delete(codec.index_entry(index, &row).unwrap().0)
                .unwrap();
            let (key, value) = codec.index_entry(index, &changed).unwrap();
            txn.put(key, value).unwrap();
        }
        let (key, value) = codec.encode(&changed).unwrap();
        txn.put(key, value).unwrap();
    }
    match txn.commit().await {
        Ok(_) | Err(StorageError::Conflict) => {}
        Err(error) => panic!("{error}"),
    }
}

async fn backups_under_writers(world: World) {
    let database = world.database("bank").await;
    let table = world.table(&accounts(database.id)).await;
    let rows: Vec<_> = (0..ACCOUNTS)
        .map(|id| account(id, "someone", EACH))
        .collect();
    world.insert(&table, &rows).await;
    let world = Arc::new(world);
    let stop = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (1..4)
        .map(|seed| {
            let (world, table, stop) = (world.clone(), table.clone(), stop.clone());
            tokio::spawn(async move {
                let mut number: i64 = seed;
                while !stop.load(Ordering::SeqCst) {
                    number = number
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1_442_695_040_888_963_407);
                    let (from, to) = (
                        (number >> 20).rem_euclid(ACCOUNTS),
                        (number >> 40).rem_euclid(ACCOUNTS),
                    );
                    if from != to {
                        transfer(&world, &table, from, to).await;
                    }
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for number in 0..4 {
        let before = world.now().await;
        let made = world
            .backup(&format!("BACKUP DATABASE bank TO 'nodelocal:///{number}'"))
            .await
            .unwrap();
        assert_eq!(made.rows, ACCOUNTS as u64);
        let restore = format!(
            "RESTORE DATABASE bank FROM 'nodelocal:///{number}' WITH new_db_name = 'b{number}'"
        );
        world.restore(&restore).await.unwrap();
        let restored = world.find(&format!("b{number}"), "accounts").await.unwrap();
        let rows = world.rows(&restored).await;
        let total: i64 = rows
            .iter()
            .map(|row| {
                if let Datum::Int8(balance) = row[2] {
                    balance
                } else {
                    0
                }
            })
            .sum();
        assert_eq!(total, ACCOUNTS * EACH);
        let end = world
            .job_records()
            .await
            .iter()
            .rev()
            .find(|job| job.description.starts_with("BACKUP"))
            .unwrap()
            .payload["end"]
            .as_u64()
            .unwrap();
        let end = world
            .engine
            .close(cairn_storage::Version(end))
            .await
            .unwrap();
        assert!(end >= before.at());
        let then = cairn_storage::Snapshot::new(world.engine.clone(), end);
        assert_eq!(rows, world.rows_at(&table, &then).await);
        assert_eq!(world.entries(&restored).await.len() as i64, 2 * ACCOUNTS);
    }
    stop.store(true, Ordering::SeqCst);
    for writer in writers {
        writer.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_memory() {
    backups_under_writers(World::memory().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_lsm() {
    backups_under_writers(World::lsm().await).await;
}
