//! Schema changes under writers, and under kill -9: what writers see of them, and what they leave.
//!
//! `CAIRN_SCHEMA_CHANGE_ROWS=1000000 CAIRN_LONGEST_WAIT_MS=1000 CAIRN_BINARY=target/release/cairn` holds the first test to its goal.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use cairn_testkit::{CairnProcess, agreement};
use futures::SinkExt;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::task::JoinHandle;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error};

use crate::tools;

const WRITERS: i64 = 4;

/// No writer may wait for a change to end. What is asserted is far above what is measured: a busy machine is not a fault.
const LONGEST_WAIT_MS: u64 = 30_000;

/// One kind of change after the other.
const CHANGES: [&str; 10] = [
    "ALTER TABLE t ADD COLUMN d INT NOT NULL DEFAULT 7",
    "ALTER TABLE t ADD COLUMN u UUID NOT NULL DEFAULT gen_random_uuid()",
    "CREATE INDEX t_a ON t (a)",
    "CREATE UNIQUE INDEX t_b ON t (b)",
    "ALTER TABLE t ADD CONSTRAINT positive CHECK (a >= 0)",
    "ALTER TABLE t ALTER COLUMN b SET NOT NULL",
    "ALTER TABLE t ADD CONSTRAINT to_p FOREIGN KEY (c) REFERENCES p (k)",
    "ALTER TABLE t ALTER PRIMARY KEY USING COLUMNS (b)",
    "ALTER TABLE t DROP COLUMN d",
    "ALTER TABLE t DROP CONSTRAINT positive",
];

fn rows() -> i64 {
    number("CAIRN_SCHEMA_CHANGE_ROWS").unwrap_or(100_000)
}

pub(crate) fn seed() -> u64 {
    number("CAIRN_SEED").unwrap_or_else(rand::random)
}

pub(crate) fn number<T: std::str::FromStr>(variable: &str) -> Option<T> {
    std::env::var(variable).ok()?.parse().ok()
}

/// A writer that does not know of a change must not be stopped by it, and must not write past it: then table and index
/// would no longer agree.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_go_on_through_every_change() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = folder.path().join("store");
    let seed = seed();
    println!("seed {seed}, {} rows", rows());
    let cairn = CairnProcess::builder(tools::measured(), &store)
        .external_io_dir(folder.path().join("backups"))
        .start()
        .await;
    let client = cairn.connect().await;
    fill(&client, rows()).await;
    let writers = Writers::start(&cairn, seed).await;
    for change in CHANGES {
        let before = writers.writes();
        let began = Instant::now();
        client.batch_execute(change).await.expect(change);
        println!(
            "{:>7.2} s, {:>6} writes beside, longest wait {:>4} ms: {change}",
            began.elapsed().as_secs_f64(),
            writers.writes() - before,
            writers.take_longest().as_millis()
        );
        if change.contains("PRIMARY KEY") {
            // What is public at its end, whatever goes on: RESTORE verifies what it reads.
            client
                .batch_execute("BACKUP TABLE t, p TO 'nodelocal:///during'")
                .await
                .expect("a backup beside writers");
        }
    }
    writers.stop().await;
    for statement in [
        "CREATE DATABASE copy",
        "RESTORE TABLE t, p FROM 'nodelocal:///during' WITH into_db = 'copy'",
    ] {
        client.batch_execute(statement).await.expect(statement);
    }
    let t = count(&client, "t").await;
    drop(client);
    cairn.stop().await;
    let agreed = agreement::check_store(&store).await;
    assert!(agreed.rows as i64 >= t, "{agreed:?}, {t} rows in t");
    assert!(agreed.entries > agreed.rows, "{agreed:?}");

    let cairn = CairnProcess::builder(tools::measured(), &store)
        .start()
        .await;
    let client = cairn.connect().await;
    let writers = Writers::start(&cairn, seed + 1).await;
    client.batch_execute("TRUNCATE t").await.expect("truncate");
    println!(
        "longest wait {:>4} ms: TRUNCATE t",
        writers.take_longest().as_millis()
    );
    writers.stop().await;
    assert!(count(&client, "t").await < t, "what TRUNCATE left");
    drop(client);
    cairn.stop().await;
    agreement::check_store(&store).await;
}

/// A backup taken half-way through a change carries what is public at its end: without what is being added, and whole.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_beside_a_change_carries_what_is_public() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cairn = CairnProcess::builder(tools::CAIRN, folder.path().join("store"))
        .external_io_dir(folder.path().join("backups"))
        .start()
        .await;
    let client = cairn.connect().await;
    fill(&client, 20_000).await;
    let other = cairn.connect().await;
    let change = tokio::spawn(async move {
        other
            .batch_execute(
                "ALTER TABLE t ADD COLUMN u UUID NOT NULL DEFAULT gen_random_uuid() UNIQUE",
            )
            .await
    });
    let mut taken = 0;
    while !change.is_finished() {
        client
            .batch_execute(&format!("BACKUP TABLE t TO 'nodelocal:///{taken}'"))
            .await
            .expect("a backup");
        taken += 1;
    }
    change
        .await
        .expect("the change's task")
        .expect("the change");
    for number in 0..taken {
        let create = format!("CREATE DATABASE d{number}");
        client.batch_execute(&create).await.expect("a database");
        let restore =
            format!("RESTORE TABLE t FROM 'nodelocal:///{number}' WITH into_db = 'd{number}'");
        client.batch_execute(&restore).await.expect("a restore");
        assert_eq!(count(&client, &format!("d{number}.t")).await, 20_000);
        let columns = client
            .query(&format!("SELECT * FROM d{number}.t LIMIT 1"), &[])
            .await
            .expect("a row");
        let width = columns.first().map_or(0, tokio_postgres::Row::len);
        assert!(
            width == 4 || width == 5,
            "backup {number} has {width} columns"
        );
    }
    assert!(taken > 0, "no backup fell into the change");
    drop(client);
    cairn.stop().await;
    agreement::check_store(&folder.path().join("store")).await;
}

/// A server that dies half-way has changed nothing, or everything: catalog and indexes tell the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_leaves_a_change_whole_or_undone() {
    const ROUNDS: usize = 8;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = folder.path().join("store");
    let seed = seed();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut cairn = CairnProcess::builder(tools::CAIRN, &store).start().await;
    fill(&cairn.connect().await, 20_000).await;
    let (mut whole, mut undone) = (0, 0);
    for round in 0..ROUNDS {
        let change = CHANGES[1 + round % 7];
        let client = cairn.connect().await;
        let before = definition(&client).await;
        let writers = Writers::start(&cairn, random.random()).await;
        let changing = tokio::spawn(async move { client.batch_execute(change).await });
        let moment = Duration::from_millis(random.random_range(0..4000));
        tokio::time::sleep(moment).await;
        cairn.kill().await;
        let acknowledged = changing.await.expect("the change's task").is_ok();
        writers.abandon().await;
        cairn = cairn.restart().await;
        let client = cairn.connect().await;
        let after = definition(&client).await;
        let left = client
            .query(
                "SELECT id FROM [SHOW JOBS] WHERE status IN ('pending', 'running')",
                &[],
            )
            .await
            .expect("the jobs");
        assert!(left.is_empty(), "round {round}: a job still runs");
        println!("round {round}, killed after {moment:?}, acknowledged {acknowledged}: {change}");
        match before == after {
            true => {
                assert!(
                    !acknowledged,
                    "round {round}: an acknowledged change is undone"
                );
                undone += 1;
            }
            false => whole += 1,
        }
        drop(client);
        cairn.stop().await;
        agreement::check_store(&store).await;
        agreement::check_no_debris(&store).await;
        cairn = CairnProcess::builder(tools::CAIRN, &store).start().await;
        restore_definition(&cairn.connect().await, change, before != after).await;
    }
    println!("{whole} whole, {undone} undone");
    cairn.stop().await;
}

/// So that the next round finds the table as it was.
async fn restore_definition(client: &Client, change: &str, changed: bool) {
    if !changed {
        return;
    }
    let back = match change {
        _ if change.contains("COLUMN u") => "ALTER TABLE t DROP COLUMN u",
        _ if change.contains("t_a") => "DROP INDEX t_a",
        _ if change.contains("t_b") => "DROP INDEX t_b",
        _ if change.contains("positive") => "ALTER TABLE t DROP CONSTRAINT positive",
        _ if change.contains("NOT NULL") => "ALTER TABLE t ALTER COLUMN b DROP NOT NULL",
        _ if change.contains("to_p") => "ALTER TABLE t DROP CONSTRAINT to_p",
        _ => "ALTER TABLE t ALTER PRIMARY KEY USING COLUMNS (k)",
    };
    client.batch_execute(back).await.expect(back);
}

async fn definition(client: &Client) -> String {
    client
        .query_one("SELECT create_statement FROM [SHOW CREATE TABLE t]", &[])
        .await
        .expect("the definition")
        .get(0)
}

async fn count(client: &Client, table: &str) -> i64 {
    client
        .query_one(&format!("SELECT count(*) FROM {table}"), &[])
        .await
        .expect("the count")
        .get(0)
}

/// `t` with so many rows, and `p` that it may refer to.
pub(crate) async fn fill(client: &Client, rows: i64) {
    client
        .batch_execute(
            "CREATE TABLE p (k INT PRIMARY KEY); \
             INSERT INTO p VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9); \
             CREATE TABLE t (k INT PRIMARY KEY, a INT, b STRING, c INT)",
        )
        .await
        .expect("the tables");
    let sink = client.copy_in("COPY t FROM STDIN").await.expect("a COPY");
    let mut sink = std::pin::pin!(sink);
    let mut text = String::new();
    for k in 0..rows {
        text.push_str(&format!("{k}\t{}\tb{k}\t{}\n", k % 1000, k % 10));
        if text.len() > 1 << 20 || k + 1 == rows {
            sink.send(Bytes::from(std::mem::take(&mut text)))
                .await
                .expect("rows");
        }
    }
    sink.finish().await.expect("the end of the COPY");
}

/// Sessions that insert, update and delete until they are told to stop.
struct Writers {
    stop: Arc<AtomicBool>,
    writes: Arc<AtomicI64>,
    longest: Arc<AtomicI64>,
    tasks: Vec<JoinHandle<Result<(), Error>>>,
}

impl Writers {
    async fn start(cairn: &CairnProcess, seed: u64) -> Writers {
        let stop = Arc::new(AtomicBool::new(false));
        let writes = Arc::new(AtomicI64::new(0));
        let longest = Arc::new(AtomicI64::new(0));
        let mut tasks = Vec::new();
        for writer in 0..WRITERS {
            let client = cairn.connect().await;
            let (stop, writes, longest) = (stop.clone(), writes.clone(), longest.clone());
            let mut random = StdRng::seed_from_u64(seed ^ (writer as u64 + 1));
            tasks.push(tokio::spawn(async move {
                // Keys of its own, unlike those of any other writer of this test.
                let mut next = random.random_range(1_i64 << 20..1 << 40) * WRITERS + writer;
                while !stop.load(Ordering::Relaxed) {
                    let statement = statement(&mut random, &mut next);
                    let began = Instant::now();
                    let written = client.batch_execute(&statement).await;
                    let waited = i64::try_from(began.elapsed().as_micros()).unwrap_or(i64::MAX);
                    longest.fetch_max(waited, Ordering::Relaxed);
                    match written {
                        Ok(()) => writes.fetch_add(1, Ordering::Relaxed),
                        Err(error)
                            if error.code() == Some(&SqlState::T_R_SERIALIZATION_FAILURE) =>
                        {
                            0
                        }
                        Err(error) => return Err(error),
                    };
                }
                Ok(())
            }));
        }
        Writers {
            stop,
            writes,
            longest,
            tasks,
        }
    }

    fn writes(&self) -> i64 {
        self.writes.load(Ordering::Relaxed)
    }

    /// The longest that a statement took since the last call.
    fn take_longest(&self) -> Duration {
        let micros = self.longest.swap(0, Ordering::Relaxed);
        let longest = Duration::from_micros(u64::try_from(micros).unwrap_or_default());
        let limit =
            Duration::from_millis(number("CAIRN_LONGEST_WAIT_MS").unwrap_or(LONGEST_WAIT_MS));
        assert!(longest < limit, "a writer waited {longest:?}");
        longest
    }

    /// Ends them, and expects that none met an error but 40001.
    async fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await.expect("a writer").expect("only 40001");
        }
    }

    /// Their server is gone, and so are they.
    async fn abandon(self) {
        self.stop.store(true, Ordering::Relaxed);
        for task in self.tasks {
            if let Err(error) = task.await.expect("a writer") {
                assert!(error.code().is_none(), "only a lost connection: {error:?}");
            }
        }
    }
}

fn statement(random: &mut StdRng, next: &mut i64) -> String {
    let known = random.random_range(0..rows());
    let (a, c) = (random.random_range(0..1000), random.random_range(0..10));
    match random.random_range(0..10) {
        0..4 => {
            *next += WRITERS;
            format!("INSERT INTO t (k, a, b, c) VALUES ({next}, {a}, 'b{next}', {c})")
        }
        4..6 => format!("UPDATE t SET a = {a}, c = {c} WHERE k = {known}"),
        6..8 => format!("UPDATE t SET b = 'c{known}' WHERE k = {known}"),
        8 => format!("DELETE FROM t WHERE k = {known}"),
        _ => format!("DELETE FROM t WHERE k = {next}"),
    }
}
