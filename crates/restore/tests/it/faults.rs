//! The object store fails at its n-th call, for every n, before or after doing what it was asked.
//! A failure is never reported as success, and the same statement succeeds afterwards.

use std::sync::Arc;

use cairn_archive::{Depth, Scratch, verify};
use cairn_blob::testing::faults::{Fault, Faulty};
use cairn_blob::testing::memory::Memory;
use cairn_jobs::Status;

use crate::tables::{accounts, some_accounts};
use crate::world::World;

const BACKUP: &str = "BACKUP DATABASE bank TO 'nodelocal:///x'";
const RESTORE: &str = "RESTORE DATABASE bank FROM 'nodelocal:///x' WITH new_db_name = 'again'";

async fn bank() -> World {
    let world = World::memory().await;
    let database = world.database("bank").await;
    let table = world.table(&accounts(database.id)).await;
    world.insert(&table, &some_accounts(300)).await;
    world
}

#[tokio::test]
async fn every_call_of_a_backup() {
    let world = bank().await;
    for fault in [Fault::Before, Fault::After] {
        for call in 1.. {
            let store = Memory::new();
            let faulty = Arc::new(Faulty::new(Arc::new(store.clone()), call, fault));
            let outcome = world.backup_to(faulty.clone(), BACKUP).await;
            if !faulty.struck() {
                outcome.unwrap();
                assert!(call > 8, "only {call} calls");
                break;
            }
            world.assert_clean().await;
            let sealed = store.object("manifest.json").is_some();
            assert_eq!(
                outcome.is_ok(),
                sealed,
                "{fault:?} at {call}: {outcome:?} {:?}",
                store.names()
            );
            if let Some(job) = world.job_records().await.last() {
                assert_eq!(
                    job.status == Status::Succeeded,
                    sealed || outcome.is_err() && job.error.is_none()
                );
            }
            if !sealed {
                world
                    .backup_to(Arc::new(store.clone()), BACKUP)
                    .await
                    .unwrap();
            }
            let scratch = Scratch::new(world.folder.path());
            let report = verify(&store, Depth::Content, &scratch).await.unwrap();
            assert!(report.is_sound(), "{:?}", report.problems);
        }
    }
}

// A file that did not arrive is written again under another name; what has one name only fails the job.
#[tokio::test]
async fn what_goes_astray_is_exported_again() {
    let world = bank().await;
    let mut survived = 0;
    for call in 1.. {
        let store = Memory::new();
        let faulty = Arc::new(Faulty::new(Arc::new(store.clone()), call, Fault::Astray));
        let outcome = world.backup_to(faulty.clone(), BACKUP).await;
        if !faulty.struck() {
            break;
        }
        world.assert_clean().await;
        if outcome.is_ok() {
            survived += 1;
            let scratch = Scratch::new(world.folder.path());
            let report = verify(&store, Depth::Content, &scratch).await.unwrap();
            assert!(report.is_sound(), "{:?}", report.problems);
        }
    }
    // Begun, written and finished: the accounts and the users.
    assert!(survived >= 6, "{survived}");
}

#[tokio::test]
async fn every_call_of_a_restore() {
    let world = bank().await;
    let store = Memory::new();
    world
        .backup_to(Arc::new(store.clone()), BACKUP)
        .await
        .unwrap();
    for call in 1.. {
        let faulty = Arc::new(Faulty::new(Arc::new(store.clone()), call, Fault::Before));
        let outcome = world.restore_from(faulty.clone(), RESTORE).await;
        if !faulty.struck() {
            outcome.unwrap();
            assert!(call > 4, "only {call} calls");
            break;
        }
        outcome.unwrap_err();
        assert!(world.view().await.database("again").is_none());
        world.assert_clean().await;
    }
}
