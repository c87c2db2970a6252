//! Ordinary clients of PostgreSQL, unmodified, against the server. Each has a script in `clients/` that checks what it is answered.

use std::path::{Path, PathBuf};
use std::process::Command;

use cairn_testkit::CairnProcess;

use crate::tools;

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/e2e/clients")
        .join(name)
}

/// Runs a script against a server of its own; its last argument is the port.
async fn run(mut command: Command) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cairn = CairnProcess::builder(tools::CAIRN, folder.path().join("store"))
        .start()
        .await;
    tools::run(command.arg(cairn.port().to_string()));
    cairn.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn psycopg() {
    if let Some(python) = tools::find("psycopg") {
        let mut command = Command::new(python);
        command.arg(script("psycopg3.py"));
        run(command).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlalchemy() {
    if let Some(python) = tools::find("sqlalchemy") {
        let mut command = Command::new(python);
        command.arg(script("alchemy.py"));
        run(command).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn node_postgres() {
    if let Some(node) = tools::find("pg") {
        let mut command = Command::new(node);
        command.env("NODE_PATH", tools::node_modules());
        command.arg(script("node.js"));
        run(command).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jdbc() {
    if let Some(java) = tools::find("jdbc") {
        let mut command = Command::new(java);
        command
            .args(["-cp", tools::JDBC])
            .arg(script("Client.java"));
        run(command).await;
    }
}

/// Money moves between accounts from eight sessions; every conflict is tried again, and in the end all sums are equal.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pgbench() {
    let (Some(pgbench), Some(psql)) = (tools::find("pgbench"), tools::find("psql")) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cairn = CairnProcess::builder(tools::CAIRN, folder.path().join("store"))
        .start()
        .await;
    let bench = |arguments: &[&str]| {
        let mut command = Command::new(&pgbench);
        command.args(["-h", "127.0.0.1", "-U", "root", "-p"]);
        command.arg(cairn.port().to_string()).args(arguments);
        tools::run(command.arg("defaultdb"))
    };
    bench(&["-i", "-s", "1", "--quiet"]);
    let load = [
        "-c",
        "8",
        "-j",
        "2",
        "-T",
        "5",
        "--max-tries=0",
        "--failures-detailed",
    ];
    let report = String::from_utf8(bench(&load).stdout).expect("UTF-8");
    assert!(
        report.contains("number of failed transactions: 0 (0.000%)"),
        "{report}"
    );
    let sums = "SELECT (SELECT sum(abalance) FROM pgbench_accounts) = (SELECT sum(bbalance) FROM pgbench_branches) \
                AND (SELECT sum(tbalance) FROM pgbench_tellers) = (SELECT sum(delta) FROM pgbench_history) \
                AND (SELECT sum(abalance) FROM pgbench_accounts) = (SELECT sum(delta) FROM pgbench_history)";
    let answer = tools::run(tools::psql(&psql, cairn.port()).args(["-At", "-c", sums]));
    assert_eq!(answer.stdout, b"t\n", "{report}");
    cairn.stop().await;
}

/// What graphical tools ask of the catalogs, by psql: `dbeaver/script.sql` and `pgadmin/script.sql`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dbeaver_sees_what_there_is() {
    crate::main_job::run_script("dbeaver").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pgadmin_sees_what_there_is() {
    crate::main_job::run_script("pgadmin").await;
}
