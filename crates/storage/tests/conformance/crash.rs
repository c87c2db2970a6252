//! Directories that are in use, too new or not ours; and stores cut back to what was synced.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cairn_storage::clock::Clock;
use cairn_storage::lsm::{Lsm, LsmOptions};
use cairn_storage::{
    Engine, Error, Read, Revisions, Snapshot, Transaction, TransactionId, Version,
};
use futures::StreamExt;

use crate::support::{PREFIX, START, key, open, text};

fn system(dir: &Path) -> Result<Lsm, Error> {
    open(dir, Clock::system())
}

async fn put(engine: &Arc<dyn Engine>, row: u32) {
    let txn = Transaction::begin(engine.clone()).await.expect("begin");
    // Two rows, so that half a commit would show.
    txn.put(key(format!("a{row:06}")), "x".repeat(row as usize % 300))
        .expect("put");
    txn.put(key(format!("b{row:06}")), "y").expect("put");
    txn.commit().await.expect("commit");
}

#[test]
fn a_second_process_is_refused() {
    let dir = tempfile::tempdir().expect("temporary directory");
    let first = system(dir.path()).expect("open");
    assert!(matches!(system(dir.path()), Err(Error::Locked { .. })));
    drop(first);
    system(dir.path()).expect("free again");
}

#[test]
fn a_newer_format_is_refused() {
    let dir = tempfile::tempdir().expect("temporary directory");
    drop(system(dir.path()).expect("open"));
    fs::write(dir.path().join("FORMAT"), "cairn store format 3\n").expect("write");
    let refused = system(dir.path()).map(drop);
    assert!(
        matches!(
            refused,
            Err(Error::Format {
                found: 3,
                supported: 2,
                ..
            })
        ),
        "{refused:?}"
    );
    fs::write(dir.path().join("FORMAT"), "something else").expect("write");
    assert!(matches!(system(dir.path()), Err(Error::NotAStore { .. })));
    fs::remove_file(dir.path().join("FORMAT")).expect("remove");
    assert!(matches!(system(dir.path()), Err(Error::NotAStore { .. })));
}

#[test]
fn a_store_of_the_format_before_is_taken_over() {
    let dir = tempfile::tempdir().expect("temporary directory");
    drop(system(dir.path()).expect("open"));
    let format = dir.path().join("FORMAT");
    let current = fs::read_to_string(&format).expect("read");
    fs::write(&format, "cairn store format 1\n").expect("write");
    system(dir.path()).expect("open");
    assert_eq!(fs::read_to_string(&format).expect("read"), current);
}

#[test]
fn a_start_that_died_half_way_is_begun_again() {
    let dir = tempfile::tempdir().expect("temporary directory");
    fs::create_dir_all(dir.path().join("data.new/keyspaces")).expect("create");
    fs::write(dir.path().join("data.new/0.jnl"), "half").expect("write");
    system(dir.path()).expect("open");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_and_loses_nothing() {
    let dir = tempfile::tempdir().expect("temporary directory");
    let engine: Arc<dyn Engine> = Arc::new(system(dir.path()).expect("open"));
    put(&engine, 1).await;
    drop(engine);
    let options = LsmOptions {
        reserve_bytes: u64::MAX / 2,
        ..LsmOptions::default()
    };
    let engine: Arc<dyn Engine> = Arc::new(Lsm::open(dir.path(), options).expect("open"));
    let txn = Transaction::begin(engine.clone()).await.expect("begin");
    txn.put(key("c"), "1").expect("put");
    assert!(matches!(txn.commit().await, Err(Error::DiskFull { .. })));
    assert_eq!(rows(&engine).await.len(), 2);
}

async fn rows(engine: &Arc<dyn Engine>) -> Vec<String> {
    let now = Snapshot::now(engine.clone()).await.expect("now");
    let rows = now.scan_all(&PREFIX.span()).await.expect("scan");
    rows.into_iter().map(|(key, _)| text(&key[8..])).collect()
}

fn expected(commits: u32) -> Vec<String> {
    let named = |letter: char| (0..commits).map(move |row| format!("{letter}{row:06}"));
    named('a').chain(named('b')).collect()
}

/// The journal is preallocated: what follows the last byte that is not zero was never written.
fn written(journal: &Path) -> u64 {
    let bytes = fs::read(journal).expect("journal");
    bytes
        .iter()
        .rposition(|byte| *byte != 0)
        .map_or(0, |last| last as u64 + 1)
}

fn journal(store: &Path) -> PathBuf {
    let files = fs::read_dir(store.join("data"))
        .expect("data")
        .map(|file| file.expect("file").path());
    let journals =
        files.filter(|path| path.extension().is_some_and(|extension| extension == "jnl"));
    journals
        .max_by_key(|path| {
            path.file_stem()
                .and_then(|stem| stem.to_str()?.parse::<u32>().ok())
        })
        .expect("a journal")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("create");
    for entry in fs::read_dir(from).expect("directory") {
        let entry = entry.expect("entry");
        let target = to.join(entry.file_name());
        match entry.file_type().expect("type").is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).expect("copy")),
        }
    }
}

/// How a journal looks after a power cut.
#[derive(Debug)]
enum Cut {
    /// The end is gone.
    Short,
    /// The last blocks were never filled.
    Zeros,
    /// Blocks were written out of order: some are missing, later ones are there.
    Hole,
}

/// Makes a journal look as if power went while the bytes from `synced` to `next` were written.
fn cut(store: &Path, synced: u64, at: u64, next: u64, how: &Cut) {
    let journal = journal(store);
    let mut bytes = fs::read(&journal).expect("journal");
    let [synced, at, next] = [synced, at, next].map(|position| bytes.len().min(position as usize));
    bytes[next..].fill(0);
    match how {
        Cut::Short => bytes.truncate(at),
        Cut::Zeros => bytes[at..].fill(0),
        Cut::Hole => bytes[synced..at].fill(0),
    }
    fs::write(&journal, bytes).expect("write");
}

/// Each acknowledged commit is in the journal's synced part when its acknowledgement comes. So a
/// store cut back to there holds exactly the commits up to it; cut a little later, none in part.
#[tokio::test(flavor = "multi_thread")]
async fn cut_back_to_the_last_sync_it_opens_with_the_acknowledged_commits() {
    let dir = tempfile::tempdir().expect("temporary directory");
    let store = dir.path().join("store");
    let engine: Arc<dyn Engine> = Arc::new(system(&store).expect("open"));
    // The committer notes the time after its first request; that is not a commit. The second one
    // comes after that.
    for _ in 0..2 {
        let now = engine.read_version().await.expect("now").version();
        let outcome = engine.outcome(TransactionId(0), now).await;
        assert_eq!(outcome.expect("outcome"), None);
    }
    let mut synced = vec![written(&journal(&store))];
    for row in 0..40 {
        put(&engine, row).await;
        synced.push(written(&journal(&store)));
    }
    assert!(
        synced.is_sorted_by(|one, next| one < next),
        "every commit reached the file before its answer"
    );
    for commits in [0usize, 1, 2, 17, 39, 40] {
        let next = synced
            .get(commits + 1)
            .copied()
            .unwrap_or(synced[commits] + 9);
        for at in [
            synced[commits],
            synced[commits] + 1,
            (synced[commits] + next) / 2,
            next - 1,
        ] {
            for how in [Cut::Short, Cut::Zeros, Cut::Hole] {
                if matches!(how, Cut::Hole) && (at == synced[commits] || commits == 40) {
                    continue;
                }
                let crashed = dir.path().join("crashed");
                copy(&store, &crashed);
                cut(&crashed, synced[commits], at, next, &how);
                let engine: Arc<dyn Engine> =
                    Arc::new(system(&crashed).expect("opens after the crash"));
                assert_eq!(
                    rows(&engine).await,
                    expected(commits as u32),
                    "{how:?} at {at} of {synced:?}"
                );
                put(&engine, 999_999).await;
                drop(engine);
                let engine: Arc<dyn Engine> = Arc::new(system(&crashed).expect("opens again"));
                assert_eq!(rows(&engine).await.len(), 2 * commits + 2);
                drop(engine);
                fs::remove_dir_all(&crashed).expect("remove");
            }
        }
    }
}

/// fjall would drop every commit behind the damage without a word.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_journal_is_refused() {
    let dir = tempfile::tempdir().expect("temporary directory");
    let store = dir.path().join("store");
    let engine: Arc<dyn Engine> = Arc::new(system(&store).expect("open"));
    for row in 0..20 {
        put(&engine, row).await;
    }
    drop(engine);
    let journal = journal(&store);
    let whole = fs::read(&journal).expect("journal");
    for at in [0, 3, 300, 2000, 3333] {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        fs::write(&journal, damaged).expect("write");
        let refused = system(&store).map(drop);
        assert!(
            matches!(refused, Err(Error::Damaged { .. })),
            "flipped at {at}: {refused:?}"
        );
    }
    fs::write(&journal, whole).expect("write");
    let engine: Arc<dyn Engine> = Arc::new(system(&store).expect("open"));
    assert_eq!(rows(&engine).await, expected(20));
}

/// The store is copied while commits and a bulk write go on: like a kill at any moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_it_keeps_what_it_acknowledged() {
    use std::sync::atomic::{AtomicU32, Ordering};
    let dir = tempfile::tempdir().expect("temporary directory");
    let store = dir.path().join("store");
    let engine: Arc<dyn Engine> = Arc::new(system(&store).expect("open"));
    let acknowledged = Arc::new(AtomicU32::new(0));
    let writer = tokio::spawn({
        let (engine, acknowledged) = (engine.clone(), acknowledged.clone());
        async move {
            for row in 0..600 {
                put(&engine, row).await;
                acknowledged.store(row + 1, Ordering::SeqCst);
            }
        }
    });
    for round in 0..8 {
        let before = acknowledged.load(Ordering::SeqCst);
        let crashed = dir.path().join(format!("crashed-{round}"));
        // Copied file by file, so take the journal last: it is what a kill would leave.
        copy(&store, &crashed);
        fs::copy(journal(&store), journal(&crashed)).expect("journal");
        let engine: Arc<dyn Engine> = Arc::new(system(&crashed).expect("opens after the kill"));
        let rows = rows(&engine).await;
        let commits = rows.len() as u32 / 2;
        assert!(
            commits >= before,
            "{before} were acknowledged, {commits} are there"
        );
        assert_eq!(rows, expected(commits));
        put(&engine, 999_999).await;
    }
    writer.await.expect("writer");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_failed_write_the_outcome_is_unknown() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let dir = tempfile::tempdir().expect("temporary directory");
    let ended = Arc::new(AtomicBool::new(false));
    let fatal = {
        let ended = ended.clone();
        Arc::new(move |_: &Error| ended.store(true, Ordering::SeqCst))
    };
    let (clock, _hand) = Clock::manual(START);
    let options = LsmOptions {
        clock,
        fatal,
        reserve_bytes: 0,
        ..LsmOptions::default()
    };
    let engine = Arc::new(Lsm::open(dir.path(), options).expect("open"));
    let shared: Arc<dyn Engine> = engine.clone();
    put(&shared, 1).await;
    engine.fail_next_write();
    let txn = Transaction::begin(shared.clone()).await.expect("begin");
    txn.put(key("c"), "1").expect("put");
    assert!(matches!(
        txn.commit().await,
        Err(Error::OutcomeUnknown { .. })
    ));
    let txn = Transaction::begin(shared.clone()).await.expect("begin");
    txn.put(key("d"), "1").expect("put");
    assert!(matches!(txn.commit().await, Err(Error::Closing)));
    while !ended.load(Ordering::SeqCst) {
        tokio::task::yield_now().await;
    }
}

/// fjall would make it anew, empty: a table without rows instead of an error.
#[tokio::test(flavor = "multi_thread")]
async fn a_missing_keyspace_is_damage() {
    let dir = tempfile::tempdir().expect("temporary directory");
    let store = dir.path().join("store");
    let options = LsmOptions {
        large_write_bytes: 1,
        reserve_bytes: 0,
        ..LsmOptions::default()
    };
    let engine: Arc<dyn Engine> = Arc::new(Lsm::open(&store, options).expect("open"));
    put(&engine, 1).await;
    let mut bulk = Revisions::new();
    bulk.push(&key("c"), Version(1), Some(b"1"));
    let bulk = futures::stream::iter([Ok(bulk)]).boxed();
    engine.ingest(&PREFIX.span(), bulk).await.expect("ingest");
    drop(engine);
    // Keyspace 0 is fjall's list of the others; without it there is no database at all.
    for missing in 1..=5 {
        let damaged = dir.path().join("damaged");
        copy(&store, &damaged);
        fs::remove_dir_all(damaged.join(format!("data/keyspaces/{missing}"))).expect("a keyspace");
        let refused = system(&damaged).map(drop);
        assert!(
            matches!(refused, Err(Error::Damaged { .. })),
            "without {missing}: {refused:?}"
        );
        fs::remove_dir_all(&damaged).expect("remove");
    }
    assert_eq!(
        rows(&(Arc::new(system(&store).expect("open")) as Arc<dyn Engine>))
            .await
            .len(),
        3
    );
}
