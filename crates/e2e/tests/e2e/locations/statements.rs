//! The script of `docs/storage.md` that gives each form of BACKUP and RESTORE, run by psql.
//!
//! What could go wrong: a form that works with files does not with a bucket; what users copy from the documentation does not run.

use std::process::Command;

use cairn_testkit::CairnProcess;

use super::{Place, answers};
use crate::tools;

const DOCUMENT: &str = include_str!("../../../../../docs/storage.md");

pub(super) async fn all(place: &Place) {
    let Some(psql) = tools::find("psql") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = CairnProcess::builder(tools::CAIRN, folder.path().join("store"));
    let server = server.start().await;
    let client = server.connect().await;
    answers(&client, &place.settings).await;
    answers(
        &client,
        &[
            "CREATE DATABASE bank",
            "CREATE TABLE bank.customers (id INT PRIMARY KEY, name STRING)",
            "CREATE TABLE bank.accounts (id INT PRIMARY KEY, customer INT REFERENCES bank.customers)",
            "INSERT INTO bank.customers VALUES (1, 'Ann'), (2, 'Bob')",
            "INSERT INTO bank.accounts VALUES (10, 1), (20, 2), (30, 2)",
        ],
    )
    .await;
    // The script looks back ten seconds.
    let rows = "SELECT count(*) FROM bank.accounts AS OF SYSTEM TIME '-10s'";
    while !matches!(client.query_one(rows, &[]).await, Ok(row) if row.get::<_, i64>(0) == 3) {
        tokio::task::yield_now().await;
    }
    let script = folder.path().join("statements.sql");
    std::fs::write(&script, documented()).expect("a script");
    let mut command = Command::new(psql);
    command.arg(server.url()).arg("--file").arg(&script);
    for (name, value) in [("front", &place.front), ("behind", &place.behind)] {
        command.arg("--set").arg(format!("{name}={value}"));
    }
    tools::run(command.env("PGCONNECT_TIMEOUT", "10"));
    let counts = [
        "SELECT count(*) FROM inspect.customers",
        "SELECT count(*) FROM bank.customers",
        "SELECT count(*) FROM bank.accounts",
    ];
    assert_eq!(answers(&client, &counts).await, "2\n2\n3\n");
    server.stop().await;
}

/// The script as it stands in the document.
fn documented() -> &'static str {
    let from = DOCUMENT.find("\\set ON_ERROR_STOP").expect("the script");
    let script = &DOCUMENT[from..];
    &script[..script.find("```").expect("the script's end")]
}

#[tokio::test(flavor = "multi_thread")]
async fn in_files() {
    all(&Place {
        front: "nodelocal:///sql".to_owned(),
        behind: String::new(),
        secrets: Vec::new(),
        settings: Vec::new(),
        is_cautioned: false,
        custom_ca: None,
        environment: Vec::new(),
    })
    .await;
}
