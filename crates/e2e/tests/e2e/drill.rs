//! The drill of `docs/operations.md`, by its own statements: a machine is lost, and an empty store becomes the service that it was.

use std::path::Path;
use std::process::{Command, Stdio};

use cairn_testkit::CairnProcess;

use crate::tools;

const OPERATIONS: &str = include_str!("../../../../docs/operations.md");

/// The statements of a block, without the ten seconds that a test does not wait.
fn block(name: &str) -> String {
    let fence = format!("```sql {name}\n");
    let (_, rest) = OPERATIONS.split_once(&fence).expect("the block");
    let (statements, _) = rest.split_once("```").expect("the block's end");
    statements.replace(" AS OF SYSTEM TIME '-10s'", "")
}

/// What `cairn sql` prints for statements of a user.
fn sql(url: &str, statements: &str) -> Result<String, String> {
    use std::io::Write;
    let mut client = Command::new(tools::CAIRN)
        .args(["sql", "--url", url])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("cairn sql");
    let input = client.stdin.take().expect("its input");
    let written = { input }.write_all(statements.as_bytes());
    let output = client.wait_with_output().expect("cairn sql");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match output.status.success() {
        true => {
            written.expect("all was read");
            Ok(text(&output.stdout))
        }
        false => Err(text(&output.stderr)),
    }
}

fn run(url: &str, statements: &str) -> String {
    sql(url, statements).unwrap_or_else(|error| panic!("{statements}\n{error}"))
}

async fn start(store: &Path, backups: &Path, passwords: bool) -> CairnProcess {
    let builder = CairnProcess::builder(tools::CAIRN, store).external_io_dir(backups);
    match passwords {
        // Root has one already.
        true => builder.first_password("unused").start().await,
        false => builder.start().await,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_machine_comes_back() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let backups = folder.path().join("backups");
    std::fs::create_dir(&backups).expect("a folder for backups");
    let mut lost = start(&folder.path().join("lost"), &backups, false).await;
    run(
        &lost.url(),
        "CREATE DATABASE bank;
         CREATE TABLE bank.accounts (id INT PRIMARY KEY, owner STRING, balance DECIMAL(18, 2), INDEX (owner));
         CREATE TABLE bank.secrets (k INT PRIMARY KEY);
         INSERT INTO bank.accounts SELECT n, 'owner ' || (n % 7)::STRING, n FROM generate_series(1, 1000) AS g (n);
         ALTER USER root PASSWORD 'old-one';
         CREATE USER amy PASSWORD 'hers';
         CREATE USER bob PASSWORD 'his';
         GRANT SELECT, INSERT ON bank.accounts TO amy;
         GRANT ALL ON DATABASE bank TO bob;",
    );
    run(&lost.url(), &block("ttl"));
    let nightly = block("nightly");
    let (full, incremental) = nightly.split_once('\n').expect("two statements");
    run(&lost.url(), full);
    run(
        &lost.url(),
        "UPDATE bank.accounts SET balance = 0 WHERE id = 1; DELETE FROM bank.accounts WHERE id = 2;",
    );
    run(&lost.url(), incremental);
    let grants: String = run(&lost.url(), &block("grants"))
        .lines()
        .filter(|line| line.trim().starts_with("GRANT "))
        .map(|line| format!("{line}\n"))
        .collect();
    let checked = run(&lost.url(), &block("morning"));
    assert!(checked.contains("succeeded"), "{checked}");
    assert_eq!(checked.matches("fingerprint").count(), 6, "{checked}");
    lost.kill().await;
    std::fs::remove_dir_all(folder.path().join("lost")).expect("the machine is lost");

    let store = folder.path().join("new");
    let new = start(&store, &backups, false).await;
    run(&new.url(), &block("restore"));
    run(&new.url(), &grants);
    run(&new.url(), &block("again"));
    new.stop().await;

    let new = start(&store, &backups, true).await;
    let url = |user: &str, password: &str| {
        format!("postgres://{user}:{password}@127.0.0.1:{}/bank", new.port())
    };
    let amy = url("amy", "hers");
    let sum = run(
        &amy,
        "SELECT count(*), sum(balance), min(balance) FROM accounts;",
    );
    assert!(sum.contains("999") && sum.contains("500497.00"), "{sum}");
    run(&amy, "INSERT INTO accounts VALUES (2, 'again', 1);");
    for refused in ["DELETE FROM accounts;", "SELECT * FROM secrets;"] {
        let error = sql(&amy, refused).expect_err(refused);
        assert!(error.contains("42501"), "{error}");
    }
    run(
        &url("bob", "his"),
        "CREATE TABLE mine (k INT PRIMARY KEY); INSERT INTO mine VALUES (1);",
    );
    run(&url("root", "old-one"), "SELECT 1;");
    sql(&url("amy", "unused"), "SELECT 1;").expect_err("not her password");
    new.stop().await;
}
