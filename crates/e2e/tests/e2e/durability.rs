//! Acknowledged means durable: proved from outside, with the server as its users see it.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cairn_testkit::CairnProcess;
use rand::{Rng, SeedableRng};
use tokio_postgres::Client;

use crate::tools::{self, SmallDisk};

/// Between the write of a commit and its CommandComplete lies a completed sync of the journal.
/// Without it, a power cut after the answer loses what the client was told is safe.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_lies_between_each_commit_and_its_answer() {
    let Some(strace) = tools::find("strace") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let trace = folder.path().join("trace");
    let cairn = CairnProcess::builder(tools::CAIRN, folder.path().join("store"))
        .under(
            strace,
            [
                "-f",
                "-y",
                "-s",
                "64",
                "-e",
                "trace=write,writev,pwrite64,sendto,sendmsg,fsync,fdatasync",
                "-o",
                trace.to_str().expect("a path in UTF-8"),
            ],
        )
        .start()
        .await;
    let client = cairn.connect().await;
    client
        .batch_execute("CREATE TABLE t (k INT PRIMARY KEY, v STRING)")
        .await
        .expect("the table");
    const COMMITS: usize = 50;
    for k in 0..COMMITS {
        let insert = format!("INSERT INTO t VALUES ({k}, 'x')");
        client.simple_query(&insert).await.expect("an insert");
    }
    drop(client);
    cairn.stop().await;

    let trace = std::fs::read_to_string(&trace).expect("the trace");
    let mut answers = 0;
    let mut written = false;
    let mut synced = false;
    for line in trace.lines() {
        let call = Call::read(line);
        match call {
            Call::JournalWrite => (written, synced) = (true, false),
            Call::JournalSynced => synced = written,
            Call::Answer => {
                assert!(written && synced, "an answer before its sync: {line}");
                answers += 1;
                (written, synced) = (false, false);
            }
            Call::Other => {}
        }
    }
    assert_eq!(answers, COMMITS, "the trace shows every answer");
}

/// What a line of the trace means for durability.
enum Call {
    JournalWrite,
    JournalSynced,
    Answer,
    Other,
}

impl Call {
    fn read(line: &str) -> Call {
        let journal = line.contains(".jnl>");
        let ended = line.ends_with("= 0");
        if line.contains("INSERT 0 1") {
            Call::Answer
        } else if line.contains("sync resumed>") && ended
            || journal && line.contains("sync(") && ended
        {
            Call::JournalSynced
        } else if journal && line.contains("write") {
            Call::JournalWrite
        } else {
            Call::Other
        }
    }
}

/// A transaction writes one id into two tables; after each kill every acknowledged id is in both,
/// and no id is in one of them only.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kill_9_under_load_loses_nothing_acknowledged() {
    const ROUNDS: usize = 20;
    const WRITERS: i64 = 4;
    let seed: u64 = rand::rng().random();
    println!("seed {seed}");
    let mut random = rand::rngs::StdRng::seed_from_u64(seed);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut cairn = CairnProcess::builder(tools::CAIRN, folder.path().join("store"))
        .start()
        .await;
    cairn
        .connect()
        .await
        .batch_execute("CREATE TABLE a (id INT PRIMARY KEY, v STRING); CREATE TABLE b (id INT PRIMARY KEY, v STRING)")
        .await
        .expect("the tables");

    let mut acknowledged = BTreeSet::new();
    let mut next = 0;
    for round in 0..ROUNDS {
        let stop = Arc::new(AtomicBool::new(false));
        let mut writers = Vec::new();
        for writer in 0..WRITERS {
            let client = cairn.connect().await;
            writers.push(tokio::spawn(write_pairs(
                client,
                next + writer,
                WRITERS,
                stop.clone(),
            )));
        }
        let wanted = acknowledged.len() as i64 + random.random_range(20..200);
        let watch = cairn.connect().await;
        while ids(&watch, "b").await.len() < wanted as usize {
            tokio::task::yield_now().await;
        }
        cairn.kill().await;
        stop.store(true, Ordering::Relaxed);
        for writer in writers {
            for id in writer.await.expect("a writer") {
                acknowledged.insert(id);
                next = next.max(id + 1);
            }
        }
        next += 2 * WRITERS;

        cairn = cairn.restart().await;
        let client = cairn.connect().await;
        let a = ids(&client, "a").await;
        let b = ids(&client, "b").await;
        assert_eq!(a, b, "round {round}: a transaction is half there");
        let lost: Vec<_> = acknowledged.difference(&a).collect();
        assert!(
            lost.is_empty(),
            "round {round}: acknowledged and lost: {lost:?}"
        );
        acknowledged = a;
    }
    cairn.stop().await;
}

async fn write_pairs(client: Client, first: i64, step: i64, stop: Arc<AtomicBool>) -> Vec<i64> {
    let mut acknowledged = Vec::new();
    let mut id = first;
    while !stop.load(Ordering::Relaxed) {
        let pair = format!(
            "BEGIN; INSERT INTO a VALUES ({id}, 'left'); INSERT INTO b VALUES ({id}, 'right'); COMMIT"
        );
        match client.batch_execute(&pair).await {
            Ok(()) => acknowledged.push(id),
            Err(error) if error.code().is_some_and(|code| code.code() == "40001") => {
                client.batch_execute("ROLLBACK").await.ok();
                continue;
            }
            Err(_) => break,
        }
        id += step;
    }
    acknowledged
}

async fn ids(client: &Client, table: &str) -> BTreeSet<i64> {
    let rows = client
        .query(&format!("SELECT id FROM {table}"), &[])
        .await
        .expect("the ids");
    rows.iter().map(|row| row.get(0)).collect()
}

/// A full disk answers with an error that says so, keeps what was acknowledged, and still serves reads.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_and_loses_nothing() {
    if tools::find("tmpfs").is_none() {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let _disk = SmallDisk::mount(folder.path(), 640).expect("a small file system");
    let mut cairn = CairnProcess::builder(tools::CAIRN, folder.path().join("store"))
        .start()
        .await;
    let client = cairn.connect().await;
    client
        .batch_execute("CREATE TABLE t (k INT PRIMARY KEY, v STRING)")
        .await
        .expect("the table");

    // It does not compress.
    let row: String = rand::rng()
        .sample_iter(rand::distr::Alphanumeric)
        .take(1 << 20)
        .map(char::from)
        .collect();
    let mut acknowledged = 0_i64;
    let refusal = loop {
        assert!(acknowledged < 2_000, "the disk never filled");
        match client
            .execute("INSERT INTO t VALUES ($1, $2)", &[&acknowledged, &row])
            .await
        {
            Ok(_) => acknowledged += 1,
            Err(error) => break error,
        }
    };
    let code = refusal.code().map(|code| code.code().to_owned());
    assert_eq!(code.as_deref(), Some("53100"), "{refusal:?}");
    assert_eq!(count(&client).await, acknowledged, "reads go on");

    drop(client);
    cairn.kill().await;
    cairn = cairn.restart().await;
    assert_eq!(
        count(&cairn.connect().await).await,
        acknowledged,
        "after a kill"
    );
    cairn.stop().await;
}

async fn count(client: &Client) -> i64 {
    client
        .query_one("SELECT count(*) FROM t", &[])
        .await
        .expect("the count")
        .get(0)
}

/// A second server on the same store is refused and does no harm.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_server_on_the_store_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = folder.path().join("store");
    let cairn = CairnProcess::builder(tools::CAIRN, &store).start().await;
    let output = second_server(&store);
    assert!(!output.status.success());
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("another process"), "{message}");
    let client = cairn.connect().await;
    assert!(client.simple_query("SELECT 1").await.is_ok());
    cairn.stop().await;
}

fn second_server(store: &Path) -> std::process::Output {
    std::process::Command::new(tools::CAIRN)
        .args([
            "start",
            "--insecure",
            "--listen",
            "127.0.0.1:0",
            "--http",
            "127.0.0.1:0",
            "--store",
        ])
        .arg(store)
        .output()
        .expect("the second server")
}
