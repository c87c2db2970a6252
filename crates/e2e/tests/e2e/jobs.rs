//! Jobs under way, by SQL, against the real server: killed with -9 at chosen moments, paused, resumed, canceled.
//!
//! What could go wrong: a job that lost its process does not go on or ends with other content and counts, the waiting client is not told
//! what happened, a canceled job keeps its destination or its names, a secret of a URL lies in the store, a lost key is not named.

mod gate;

use std::path::Path;
use std::time::Duration;

use cairn_testkit::CairnProcess;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::tools;
use gate::{Gate, Held, SECRET, SECRET_PLAIN};

const TABLES: usize = 6;

/// What SHOW BACKUP says of a backup that nothing disturbed, and what a restore of it holds.
const SHOWN: &str = "SELECT \"table\", rows, size_bytes, fingerprint FROM [SHOW BACKUP '";

/// A job ends within this time.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_goes_on_after_kill_9() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut cairn = start(folder.path()).await;
    let undisturbed = Gate::open_at(Held::Writes, &folder.path().join("undisturbed")).await;
    let at = rows(&cairn.connect().await, "SELECT cluster_logical_timestamp()").await;
    let at = at.trim();
    let backup = |url: &str| format!("BACKUP DATABASE bank TO '{url}' AS OF SYSTEM TIME {at}");
    let client = cairn.connect().await;
    rows(&client, &backup(&undisturbed.url("b"))).await;
    let expected = shown(&client, &undisturbed.url("b")).await;
    let writes = undisturbed.passed();
    // At its lock, at its first data file, in the middle, at its last one, at its manifest.
    for moment in [0, 1, writes / 2, writes - 2, writes - 1] {
        let bucket = folder.path().join(format!("moment{moment}"));
        let gate = Gate::after(moment, Held::Writes, &bucket).await;
        let waiting = spawn(&cairn, &backup(&gate.url("b"))).await;
        gate.holds().await;
        cairn.kill().await;
        gate.open();
        cairn = cairn.restart().await;
        let told = waiting.await.expect("the client's task");
        assert!(told.is_err(), "at {moment}: the client lost its server");
        let client = cairn.connect().await;
        ended(&client, "succeeded").await;
        let found = shown(&client, &gate.url("b")).await;
        assert_eq!(found, expected, "killed at write {moment} of {writes}");
    }
    let client = cairn.connect().await;
    let last = folder.path().join(format!("moment{}", writes - 1));
    let gate = Gate::open_at(Held::Writes, &last).await;
    let restore = format!(
        "RESTORE DATABASE bank FROM '{}' WITH new_db_name = 'copy'",
        gate.url("b")
    );
    rows(&client, &restore).await;
    assert_eq!(
        content(&client, "copy").await,
        content(&client, "bank").await
    );
    cairn.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_goes_on_after_kill_9() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut cairn = start(folder.path()).await;
    let bucket = folder.path().join("bucket");
    let undisturbed = Gate::open_at(Held::DataReads, &bucket).await;
    let client = cairn.connect().await;
    let backup = format!("BACKUP DATABASE bank TO '{}'", undisturbed.url("b"));
    rows(&client, &backup).await;
    // A backup looks at what it wrote.
    let looked = undisturbed.passed();
    let restore = |gate: &Gate, name: &str| {
        let url = gate.url("b");
        format!("RESTORE DATABASE bank FROM '{url}' WITH new_db_name = '{name}'")
    };
    rows(&client, &restore(&undisturbed, "copy")).await;
    let expected = content(&client, "copy").await;
    assert_eq!(content(&client, "bank").await, expected);
    let reads = undisturbed.passed() - looked;
    for moment in [0, 1, reads / 2, reads - 1] {
        let gate = Gate::after(moment, Held::DataReads, &bucket).await;
        let name = format!("copy{moment}");
        let waiting = spawn(&cairn, &restore(&gate, &name)).await;
        gate.holds().await;
        cairn.kill().await;
        gate.open();
        cairn = cairn.restart().await;
        let told = waiting.await.expect("the client's task");
        assert!(told.is_err(), "at {moment}: the client lost its server");
        let client = cairn.connect().await;
        ended(&client, "succeeded").await;
        let found = content(&client, &name).await;
        assert_eq!(found, expected, "killed at read {moment} of {reads}");
    }
    cairn.stop().await;
}

/// The words that a waiting client hears, the answers of those who control, and what is there afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn pause_resume_and_cancel() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cairn = start(folder.path()).await;
    let client = cairn.connect().await;
    let gate = Gate::after(2, Held::Writes, &folder.path().join("bucket")).await;
    let backup = format!("BACKUP DATABASE bank TO '{}'", gate.url("b"));

    let waiting = spawn(&cairn, &backup).await;
    gate.holds().await;
    let id = newest_job(&client).await;
    rows(&client, &format!("PAUSE JOB {id}")).await;
    assert_eq!(heard(waiting).await, "57014 job paused");
    assert_eq!(status(&client, id).await, "paused");
    rows(&client, &format!("PAUSE JOB {id}")).await;
    let again = refused(&client, &backup).await;
    assert!(again.contains("already contains a lock of job"), "{again}");
    gate.open();
    rows(&client, &format!("RESUME JOB {id}")).await;
    rows(&client, &format!("RESUME JOB {id}")).await;
    ended(&client, "succeeded").await;
    let late = refused(&client, &format!("PAUSE JOB {id}")).await;
    assert_eq!(late, format!("55000 cannot pause succeeded job (id {id})"));
    let late = refused(&client, &format!("CANCEL JOB {id}")).await;
    assert_eq!(late, "55000 job with status succeeded cannot be canceled");

    // A canceled backup, also one that was paused before, frees its destination.
    for is_paused in [false, true] {
        let bucket = folder.path().join(format!("canceled-{is_paused}"));
        let gate = Gate::after(2, Held::Writes, &bucket).await;
        let backup = format!("BACKUP DATABASE bank TO '{}'", gate.url("b"));
        let waiting = spawn(&cairn, &backup).await;
        gate.holds().await;
        let id = newest_job(&client).await;
        if is_paused {
            rows(&client, &format!("PAUSE JOB {id}")).await;
            assert_eq!(heard(waiting).await, "57014 job paused");
            rows(&client, &format!("CANCEL JOB {id}")).await;
        } else {
            rows(&client, &format!("CANCEL JOB {id}")).await;
            assert_eq!(heard(waiting).await, "57014 job canceled");
        }
        assert_eq!(status(&client, id).await, "canceled");
        let late = refused(&client, &format!("RESUME JOB {id}")).await;
        assert_eq!(late, "55000 job with status canceled cannot be resumed");
        gate.open();
        rows(&client, &backup).await;
    }

    // A canceled restore gives up its names at once.
    let reads = Gate::after(1, Held::DataReads, &folder.path().join("bucket")).await;
    let restore = format!(
        "RESTORE DATABASE bank FROM '{}' WITH new_db_name = 'copy'",
        reads.url("b")
    );
    let waiting = spawn(&cairn, &restore).await;
    reads.holds().await;
    let taken = refused(&client, "CREATE DATABASE copy").await;
    assert!(taken.starts_with("55006"), "{taken}");
    let id = newest_job(&client).await;
    rows(&client, &format!("CANCEL JOB {id}")).await;
    rows(&client, "CREATE DATABASE copy").await;
    rows(&client, "DROP DATABASE copy").await;
    assert_eq!(heard(waiting).await, "57014 job canceled");
    reads.open();
    rows(&client, &restore).await;
    assert_eq!(
        content(&client, "copy").await,
        content(&client, "bank").await
    );
    cairn.stop().await;
}

/// The record of a job has its URLs, with the secrets sealed; without their key the job fails, and says which file is missing.
#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_sealed_and_a_lost_key_is_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut cairn = start(folder.path()).await;
    let gate = Gate::after(2, Held::Writes, &folder.path().join("bucket")).await;
    let backup = format!("BACKUP DATABASE bank TO '{}'", gate.url("b"));
    let waiting = spawn(&cairn, &backup).await;
    gate.holds().await;
    let client = cairn.connect().await;
    let id = newest_job(&client).await;
    rows(&client, &format!("PAUSE JOB {id}")).await;
    assert_eq!(heard(waiting).await, "57014 job paused");
    cairn.kill().await;
    let store = folder.path().join("store");
    assert!(
        holds(&store, "s3://backups/b"),
        "the record is in the store"
    );
    for secret in [SECRET, SECRET_PLAIN] {
        assert!(!holds(&store, secret), "a secret lies in the store");
    }
    std::fs::remove_file(store.join("secret.key")).expect("the key");
    gate.open();
    cairn = cairn.restart().await;
    let client = cairn.connect().await;
    assert_eq!(status(&client, id).await, "paused");
    rows(&client, &format!("RESUME JOB {id}")).await;
    ended(&client, "failed").await;
    let error = rows(&client, &format!("SELECT error FROM [SHOW JOB {id}]")).await;
    assert!(error.contains("secret.key: it is missing"), "{error}");
    cairn.stop().await;
}

/// A server with a database of several tables, each with an index.
async fn start(folder: &Path) -> CairnProcess {
    let cairn = CairnProcess::builder(tools::CAIRN, folder.join("store"));
    let cairn = cairn.start().await;
    let client = cairn.connect().await;
    rows(&client, "CREATE DATABASE bank").await;
    for table in 0..TABLES {
        let values: Vec<String> = (0..100).map(|k| format!("({k}, 'v{table}-{k}')")).collect();
        let statements = [
            format!("CREATE TABLE bank.t{table} (k INT PRIMARY KEY, v STRING, INDEX (v))"),
            format!("INSERT INTO bank.t{table} VALUES {}", values.join(", ")),
        ];
        for statement in statements {
            rows(&client, &statement).await;
        }
    }
    cairn
}

/// Runs a statement by a client of its own, which may lose its server.
async fn spawn(cairn: &CairnProcess, statement: &str) -> JoinHandle<Result<(), String>> {
    let (client, statement) = (cairn.connect().await, statement.to_owned());
    tokio::spawn(async move {
        let answered = client.simple_query(&statement).await;
        answered.map(|_| ()).map_err(|error| said(&error))
    })
}

/// What a waiting client was told.
async fn heard(waiting: JoinHandle<Result<(), String>>) -> String {
    let told = waiting.await.expect("the client's task");
    told.expect_err("a disturbed job")
}

fn said(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(error) => format!("{} {}", error.code().code(), error.message()),
        None => error.to_string(),
    }
}

async fn refused(client: &Client, statement: &str) -> String {
    let answered = client.simple_query(statement).await;
    said(&answered.expect_err(statement))
}

/// The rows of an answer, a line each.
async fn rows(client: &Client, statement: &str) -> String {
    let messages = client.simple_query(statement).await;
    let messages = messages.unwrap_or_else(|error| panic!("{statement}: {}", said(&error)));
    let mut lines = String::new();
    for message in messages {
        if let SimpleQueryMessage::Row(row) = message {
            let cells = (0..row.len()).map(|place| row.get(place).unwrap_or_default());
            lines.push_str(&cells.collect::<Vec<_>>().join("|"));
            lines.push('\n');
        }
    }
    lines
}

async fn shown(client: &Client, url: &str) -> String {
    rows(client, &format!("{SHOWN}{url}'] ORDER BY 1")).await
}

/// All rows of a database, by table and by index.
async fn content(client: &Client, database: &str) -> String {
    let mut content = String::new();
    for table in 0..TABLES {
        let name = format!("{database}.t{table}");
        content += &rows(client, &format!("SELECT k, v FROM {name} ORDER BY k")).await;
        let by_index = format!("SELECT k FROM {name} WHERE v = 'v{table}-42'");
        content += &rows(client, &by_index).await;
    }
    content
}

async fn newest_job(client: &Client) -> i64 {
    let id = rows(client, "SELECT max(id) FROM [SHOW JOBS]").await;
    id.trim().parse().expect("a job")
}

async fn status(client: &Client, id: i64) -> String {
    let status = rows(client, &format!("SELECT status FROM [SHOW JOB {id}]")).await;
    status.trim().to_owned()
}

/// Waits until the newest job has ended, as it should.
async fn ended(client: &Client, expected: &str) {
    let id = newest_job(client).await;
    let until = Instant::now() + PATIENCE;
    loop {
        let status = status(client, id).await;
        if status != "running" && status != "pending" {
            let error = rows(client, &format!("SELECT error FROM [SHOW JOB {id}]")).await;
            return assert_eq!(status, expected, "{error}");
        }
        assert!(Instant::now() < until, "job {id} is still {status}");
        sleep(Duration::from_millis(10)).await;
    }
}

/// Whether a text lies anywhere in the files below a folder.
fn holds(folder: &Path, text: &str) -> bool {
    std::fs::read_dir(folder).expect("a folder").any(|entry| {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            return holds(&path, text);
        }
        let bytes = std::fs::read(&path).expect("a file of the store");
        bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    })
}
