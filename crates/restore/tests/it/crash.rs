//! The process dies, or the job is paused, at the n-th call to the object store, for every n. The next start, or RESUME, goes on
//! from what was proved and ends with the content and the counts of an undisturbed job. A dead process that comes back to life (a
//! stopped machine) cannot write any more.

use std::collections::BTreeSet;
use std::time::Duration;

use cairn_archive::Manifest;
use cairn_blob::{Location, Settings};
use cairn_jobs::{Control, Error as JobsError, Record, Status};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::hanging::{Hanging, hanging_after, hanging_at_data};
use crate::tables::{accounts, some_accounts};
use crate::world::{SMALL_PIECE, World};

/// How a job is disturbed.
#[derive(Clone, Copy, PartialEq)]
enum Disturbed {
    Killed,
    Paused,
}

async fn bank(world: &World) {
    bank_of(world, 300).await;
}

async fn bank_of(world: &World, rows: i64) {
    let database = world.database("bank").await;
    let table = world.table(&accounts(database.id)).await;
    world.insert(&table, &some_accounts(rows)).await;
}

/// Waits until the job hangs in the store; false if it ended before.
async fn hangs<T>(store: &Hanging, job: &JoinHandle<T>) -> bool {
    loop {
        if job.is_finished() {
            return false;
        }
        if store.is_hanging() {
            return true;
        }
        tokio::task::yield_now().await;
    }
}

/// Jobs of a few rows end within this time.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until no job is alive.
async fn all_ended(world: &World) -> Vec<Record> {
    let began = Instant::now();
    loop {
        let jobs = world.job_records().await;
        let ended = |job: &Record| job.status.is_terminal() && !world.jobs.is_running_here(job.id);
        if jobs.iter().all(ended) {
            return jobs;
        }
        assert!(
            began.elapsed() < PATIENCE,
            "a job does not end: {:?}",
            jobs.iter()
                .find(|job| !ended(job))
                .map(|job| (job, world.jobs.is_running_here(job.id)))
        );
        tokio::task::yield_now().await;
    }
}

/// Disturbs the living job, and has it go on. The world in which it does, and whether there was a job.
async fn go_on(world: &World, store: &Hanging, disturbed: Disturbed) -> (World, bool) {
    let living = |job: &Record| !job.status.is_terminal();
    let job = world.job_records().await.into_iter().find(living);
    let there = job.is_some();
    if disturbed == Disturbed::Killed {
        let after = world.restart().await;
        all_ended(&after).await;
        return (after, there);
    }
    if let Some(job) = job {
        let paused = world.jobs.control(job.id, Control::Pause).await;
        store.let_go();
        match paused {
            Ok(()) => {
                let record = world.job_records().await.pop().unwrap();
                assert_eq!(record.status, Status::Paused);
                world.jobs.control(job.id, Control::Resume).await.unwrap();
            }
            Err(error) => assert!(matches!(error, JobsError::Sealing(_)), "{error}"),
        }
    }
    store.let_go();
    all_ended(world).await;
    (world.again(), there)
}

/// The data files of a place, and of those the ones that its manifest names.
async fn data_files(world: &World, place: &str) -> (BTreeSet<String>, Option<BTreeSet<String>>) {
    let folder = world.extern_dir(place);
    let prefix = format!("{}/", folder.display());
    let there = crate::world::files_below(&folder);
    let there = there.into_iter().map(|path| path.replace(&prefix, ""));
    let there = there.filter(|path| path.starts_with("data/")).collect();
    let settings = Settings::new(Some(world.folder.path().join("extern")));
    let location = Location::parse(&format!("nodelocal:///{place}")).unwrap();
    let store = location.open(&settings).unwrap();
    let manifest = Manifest::read(store.as_ref()).await.ok();
    let named = manifest.map(|manifest| {
        let files = manifest.tables.iter().flat_map(|table| &table.files);
        let paths = files.map(|file| file.path.clone());
        paths.filter(|path| path.starts_with("data/")).collect()
    });
    (there, named)
}

async fn backups_go_on(world: World, disturbed: Disturbed) {
    bank(&world).await;
    let original = world.find("bank", "accounts").await.unwrap();
    let rows = world.rows(&original).await;
    let undisturbed = world
        .backup("BACKUP DATABASE bank TO 'nodelocal:///undisturbed'")
        .await
        .unwrap();
    let mut kept = 0;
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
        if !hangs(&store, &dead).await {
            assert_eq!(dead.await.unwrap().unwrap(), undisturbed);
            assert!(calls > 8);
            break;
        }
        let (before, _) = data_files(&world, &place).await;
        let (after, there) = go_on(&world, &store, disturbed).await;
        if !there && disturbed == Disturbed::Killed {
            after.backup(&statement).await.unwrap();
        }
        store.let_go();
        let late = dead.await.unwrap();
        if disturbed == Disturbed::Killed {
            assert!(late.is_err(), "{calls}: {late:?}");
        }
        // Before it had a job, another made the backup, and it found the destination in use.
        let jobs = all_ended(&after).await;
        let mut jobs = jobs.into_iter().filter(|job| job.description == statement);
        let job = jobs.find(|job| there || job.result.is_some()).unwrap();
        assert_eq!(
            (job.status, &job.error),
            (Status::Succeeded, &None),
            "{calls}"
        );
        assert_eq!((job.fraction, job.result), (1.0, Some(undisturbed)));
        after.jobs.sweep_all().await.unwrap();
        after.assert_clean().await;
        let (_, named) = data_files(&after, &place).await;
        kept += before.intersection(&named.unwrap()).count();
        let name = format!("again{calls}");
        let back = format!(
            "RESTORE DATABASE bank FROM 'nodelocal:///{place}' WITH new_db_name = '{name}'"
        );
        assert_eq!(after.restore(&back).await.unwrap(), undisturbed);
        assert_eq!(
            after
                .rows(&after.find(&name, "accounts").await.unwrap())
                .await,
            rows
        );
        after.drop_for_good(&name).await;
    }
    assert!(
        kept > 20,
        "only {kept} files outlived what was done to their jobs"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_backups_on_memory() {
    backups_go_on(World::memory().await, Disturbed::Killed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_backups_on_lsm() {
    backups_go_on(World::lsm().await, Disturbed::Killed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn paused_backups() {
    backups_go_on(World::memory().await, Disturbed::Paused).await;
}

/// What happens to what a paused job has written.
#[derive(Clone, Copy, Debug)]
enum Lost {
    Removed,
    Truncated,
    /// The lock alone.
    Lock,
}

/// Somebody cleans up where a paused job has written: what is gone is exported again, and the backup is whole.
#[tokio::test(flavor = "multi_thread")]
async fn what_went_during_a_pause_is_exported_again() {
    let world = World::memory().await;
    bank_of(&world, 1_000).await;
    let original = world.find("bank", "accounts").await.unwrap();
    let rows = world.rows(&original).await;
    for lost in [Lost::Removed, Lost::Truncated, Lost::Lock] {
        let place = format!("{lost:?}");
        let statement = format!("BACKUP DATABASE bank TO 'nodelocal:///{place}'");
        let store = hanging_after(&world, &place, 30);
        let request = world.backup_request(&statement);
        let running = cairn_backup::start_at(&world.backup, request, store.clone(), SMALL_PIECE);
        let running = running.await.unwrap();
        store.wait_until_hanging().await;
        let control = async |control| world.jobs.control(running.id, control).await.unwrap();
        control(Control::Pause).await;
        store.let_go();
        while world.jobs.is_running_here(running.id) {
            tokio::task::yield_now().await;
        }
        let (written, _) = data_files(&world, &place).await;
        assert!(written.len() > 2, "{written:?}");
        lose(&world, &place, &written, lost);
        control(Control::Resume).await;
        let job = all_ended(&world).await.pop().unwrap();
        assert_eq!(
            (job.status, &job.error),
            (Status::Succeeded, &None),
            "{lost:?}"
        );
        let (there, named) = data_files(&world, &place).await;
        let named = named.unwrap();
        assert!(named.is_subset(&there), "{lost:?}: {named:?} {there:?}");
        let name = format!("again_{lost:?}");
        let back = format!(
            "RESTORE DATABASE bank FROM 'nodelocal:///{place}' WITH new_db_name = '{name}'"
        );
        assert_eq!(world.restore(&back).await.unwrap(), job.result.unwrap());
        let table = world.find(&name, "accounts").await.unwrap();
        assert_eq!(world.rows(&table).await, rows, "{lost:?}");
    }
}

fn lose(world: &World, place: &str, written: &BTreeSet<String>, lost: Lost) {
    let folder = world.extern_dir(place);
    match lost {
        Lost::Lock => std::fs::remove_file(folder.join("lock-1.json")).unwrap(),
        Lost::Removed => {
            for file in written {
                std::fs::remove_file(folder.join(file)).unwrap();
            }
        }
        Lost::Truncated => {
            for file in written {
                let path = folder.join(file);
                let bytes = std::fs::read(&path).unwrap();
                std::fs::remove_file(&path).unwrap();
                std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
            }
        }
    }
}

async fn restores_go_on(world: World, disturbed: Disturbed) {
    bank_of(&world, 1_000).await;
    let original = world.find("bank", "accounts").await.unwrap();
    let (rows, entries) = (world.rows(&original).await, world.entries(&original).await);
    let request = world.backup_request("BACKUP DATABASE bank TO 'nodelocal:///full'");
    let store = request.to.open(&world.backup.settings).unwrap();
    let made = cairn_backup::start_at(&world.backup, request, store, SMALL_PIECE)
        .await
        .unwrap();
    let undisturbed = made.wait().await.unwrap();
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
        if !hangs(&store, &dead).await {
            assert_eq!(dead.await.unwrap().unwrap(), undisturbed);
            assert!(calls > 9, "{calls}");
            return;
        }
        let (after, there) = go_on(&world, &store, disturbed).await;
        if !there && disturbed == Disturbed::Killed {
            after.restore(statement).await.unwrap();
        }
        let check = async |after: &World| {
            let job = all_ended(after).await.pop().unwrap();
            let ended = (job.status, job.error, job.result);
            let expected = (Status::Succeeded, None, Some(undisturbed));
            assert_eq!(ended, expected, "{calls}");
            let table = after.find("again", "accounts").await.unwrap();
            assert_eq!(after.rows(&table).await, rows, "{calls}");
            assert_eq!(after.entries(&table).await, entries, "{calls}");
            after.drop_for_good("again").await;
        };
        if disturbed == Disturbed::Killed {
            check(&after).await;
        }
        store.let_go();
        let late = dead.await.unwrap();
        // Before it had a job it was only slow, so then it may succeed.
        if late.is_ok() || disturbed == Disturbed::Paused {
            check(&after).await;
        }
        after.jobs.sweep_all().await.unwrap();
        after.assert_clean().await;
        assert!(after.view().await.database("again").is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_restores_on_memory() {
    restores_go_on(World::memory().await, Disturbed::Killed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_restores_on_lsm() {
    restores_go_on(World::lsm().await, Disturbed::Killed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn paused_restores() {
    restores_go_on(World::memory().await, Disturbed::Paused).await;
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
    assert!(record.protects_since.is_some());
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

/// A client may go away at any moment: before there is a job nothing is left of its statement; once the job is being made it runs to
/// its end all the same.
#[tokio::test]
async fn a_client_goes_away() {
    let world = World::memory().await;
    bank(&world).await;
    for polls in 1..6 {
        let statement = format!("BACKUP DATABASE bank TO 'nodelocal:///away{polls}'");
        let request = world.backup_request(&statement);
        let mut checking = Box::pin(cairn_backup::prepare(&world.backup, request.clone()));
        let _ = futures::poll!(&mut checking);
        drop(checking);
        let prepared = cairn_backup::prepare(&world.backup, request).await.unwrap();
        assert_eq!(world.job_records().await.len(), polls - 1);
        let mut starting = Box::pin(prepared.begin());
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
