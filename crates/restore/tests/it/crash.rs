//! The process dies at the n-th call to the object store, for every n. The next start frees names,
//! protection and destination, and the same statement succeeds. A dead process that comes back to
//! life (a stopped machine) cannot write any more.

use cairn_jobs::Status;

use crate::hanging::{hanging_after, hanging_at_data};
use crate::tables::{accounts, some_accounts};
use crate::world::{SMALL_PIECE, World};

async fn bank(world: &World) {
    let database = world.database("bank").await;
    let table = world.table(&accounts(database.id)).await;
    world.insert(&table, &some_accounts(300)).await;
}

async fn backups_die(world: World) {
    bank(&world).await;
    for calls in 0.. {
        let place = format!("place{calls}");
        let store = hanging_after(&world, &place, calls);
        let statement = format!("BACKUP DATABASE bank TO 'nodelocal:///{place}'");
        let (context, request) = (world.backup.clone(), world.backup_request(&statement));
        let dying = store.clone();
        let dead = tokio::spawn(async move {
            cairn_backup::start_at(&context, request, dying, SMALL_PIECE)
                .await?
                .wait()
                .await
        });
        let finished = async {
            loop {
                if dead.is_finished() {
                    break true;
                }
                if store.is_hanging() {
                    break false;
                }
                tokio::task::yield_now().await;
            }
        };
        if finished.await {
            dead.await.unwrap().unwrap();
            assert!(calls > 8);
            return;
        }
        let after = world.restart().await;
        after.assert_clean().await;
        let sealed = after.extern_dir(&place).join("manifest.json").exists();
        if let Some(job) = after
            .job_records()
            .await
            .last()
            .filter(|job| job.description == statement)
        {
            assert_eq!(
                job.status,
                if sealed {
                    Status::Succeeded
                } else {
                    Status::Failed
                }
            );
        }
        assert!(sealed || after.backup(&statement).await.is_ok());
        store.let_go();
        let late = dead.await.unwrap();
        assert!(late.is_err(), "{calls}: {late:?}");
        after.assert_clean().await;
        let back = after
            .restore(&format!(
                "RESTORE bank.accounts FROM 'nodelocal:///{place}'"
            ))
            .await
            .unwrap_err();
        assert!(back.to_string().contains("already exists"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn backups_die_on_memory() {
    backups_die(World::memory().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn backups_die_on_lsm() {
    backups_die(World::lsm().await).await;
}

async fn restores_die(world: World) {
    bank(&world).await;
    world
        .backup("BACKUP DATABASE bank TO 'nodelocal:///full'")
        .await
        .unwrap();
    let statement = "RESTORE DATABASE bank FROM 'nodelocal:///full' WITH new_db_name = 'again'";
    for calls in 0.. {
        let store = hanging_after(&world, "full", calls);
        let (context, request) = (world.restore.clone(), world.restore_request(statement));
        let dying = store.clone();
        let dead = tokio::spawn(async move {
            cairn_restore::start_from(&context, request, vec![dying])
                .await?
                .wait()
                .await
        });
        while !dead.is_finished() && !store.is_hanging() {
            tokio::task::yield_now().await;
        }
        if dead.is_finished() {
            dead.await.unwrap().unwrap();
            assert!(calls >= 4);
            return;
        }
        let after = world.restart().await;
        after.assert_clean().await;
        after.restore(statement).await.unwrap();
        after.drop_for_good("again").await;
        store.let_go();
        let late = dead.await.unwrap();
        // Before it had a job it was only slow, so then it may succeed.
        if late.is_ok() {
            after.drop_for_good("again").await;
        }
        after.assert_clean().await;
        assert!(after.view().await.database("again").is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn restores_die_on_memory() {
    restores_die(World::memory().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn restores_die_on_lsm() {
    restores_die(World::lsm().await).await;
}

/// A cancel lets go of the protection at once, the waiting client hears of it, and the destination
/// is free again.
#[tokio::test]
async fn a_canceled_backup_lets_go() {
    let world = World::memory().await;
    bank(&world).await;
    let statement = "BACKUP DATABASE bank TO 'nodelocal:///place'";
    let store = hanging_at_data(&world, "place");
    let request = world.backup_request(statement);
    let running = cairn_backup::start_at(&world.backup, request, store.clone(), SMALL_PIECE);
    let running = running.await.unwrap();
    store.wait_until_hanging().await;
    let record = &world.job_records().await[0];
    assert!(
        record
            .running_status
            .as_ref()
            .unwrap()
            .contains("protects data since 2")
    );
    let in_use = world.backup(statement).await.unwrap_err().to_string();
    assert!(in_use.contains("already contains a lock"), "{in_use}");
    world
        .jobs
        .control(running.id, cairn_jobs::Control::Cancel)
        .await
        .unwrap();
    world.assert_clean().await;
    store.let_go();
    assert_eq!(
        running.wait().await.unwrap_err().to_string(),
        "job canceled"
    );
    assert!(!world.extern_dir("place").join("manifest.json").exists());
    world.backup(statement).await.unwrap();
}

/// A client may go away at any moment: the job it started runs to its end all the same.
#[tokio::test]
async fn a_client_goes_away() {
    let world = World::memory().await;
    bank(&world).await;
    for polls in 1..6 {
        let statement = format!("BACKUP DATABASE bank TO 'nodelocal:///away{polls}'");
        let request = world.backup_request(&statement);
        let mut starting = Box::pin(cairn_backup::start(&world.backup, request));
        for _ in 0..polls {
            if futures::poll!(&mut starting).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(starting);
        let manifest = world
            .extern_dir(&format!("away{polls}"))
            .join("manifest.json");
        while !manifest.exists()
            || world
                .job_records()
                .await
                .iter()
                .any(|job| !job.status.is_terminal())
        {
            tokio::task::yield_now().await;
        }
    }
    world.assert_clean().await;
}
