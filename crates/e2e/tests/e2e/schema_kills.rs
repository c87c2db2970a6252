//! Schema changes that are one commit, or end in one, under kill -9: afterwards catalog and rows are as before, or as if nothing had
//! happened to the change.
//!
//! `CAIRN_KILL_ROUNDS=20` kills each of them so often.

use std::path::Path;
use std::time::Duration;

use cairn_testkit::{CairnProcess, agreement};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::schema_changes::{fill, number, seed};
use crate::tools;

const ROWS: i64 = 2_000;

/// A change, and what makes it possible once more.
const CHANGES: [(&str, &[&str]); 9] = [
    (
        "ALTER TABLE t DROP COLUMN c",
        &["ALTER TABLE t ADD COLUMN c INT DEFAULT 3"],
    ),
    (
        "ALTER TABLE t RENAME COLUMN a TO z",
        &["ALTER TABLE t RENAME COLUMN z TO a"],
    ),
    (
        "ALTER TABLE t RENAME TO other.public.t",
        &["ALTER TABLE other.public.t RENAME TO defaultdb.public.t"],
    ),
    (
        "ALTER TABLE t ADD CONSTRAINT positive CHECK (k >= 0)",
        &["ALTER TABLE t DROP CONSTRAINT positive"],
    ),
    (
        "ALTER TABLE t DROP CONSTRAINT named",
        &["ALTER TABLE t ADD CONSTRAINT named CHECK (b <> '')"],
    ),
    (
        "ALTER TABLE t ADD CONSTRAINT by_b UNIQUE (b)",
        &["ALTER TABLE t DROP CONSTRAINT by_b"],
    ),
    (
        "ALTER TABLE t DROP CONSTRAINT to_p",
        &["ALTER TABLE t ADD CONSTRAINT to_p FOREIGN KEY (p) REFERENCES p (k)"],
    ),
    (
        "ALTER TABLE t ALTER PRIMARY KEY USING COLUMNS (b)",
        &[
            "ALTER TABLE t ALTER PRIMARY KEY USING COLUMNS (k)",
            "ALTER TABLE t DROP CONSTRAINT t_k_key",
            "ALTER TABLE t DROP CONSTRAINT t_b_key",
        ],
    ),
    (
        "TRUNCATE t",
        &["INSERT INTO t (k, b) SELECT g, 'b' || g::text FROM generate_series(1, 2000) AS s (g)"],
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_leaves_a_commit_whole_or_undone() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = folder.path().join("store");
    let seed = seed();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut cairn = CairnProcess::builder(tools::CAIRN, &store).start().await;
    let client = cairn.connect().await;
    fill(&client, ROWS).await;
    for statement in [
        "CREATE DATABASE other",
        "ALTER TABLE t ALTER COLUMN b SET NOT NULL",
        "ALTER TABLE t ADD CONSTRAINT named CHECK (b <> '')",
        "ALTER TABLE t ADD COLUMN p INT DEFAULT 4",
        "ALTER TABLE t ADD CONSTRAINT to_p FOREIGN KEY (p) REFERENCES p (k)",
    ] {
        client.batch_execute(statement).await.expect(statement);
    }
    drop(client);
    let (mut whole, mut undone) = (0, 0);
    for (change, back) in CHANGES {
        for round in 0..number("CAIRN_KILL_ROUNDS").unwrap_or(1) {
            let moment = Duration::from_micros(random.random_range(0..60_000));
            let (restarted, changed) = kill_in(cairn, &store, change, back, moment).await;
            cairn = restarted;
            match changed {
                true => whole += 1,
                false => undone += 1,
            }
            println!("round {round}, killed after {moment:?}, changed {changed}: {change}");
        }
    }
    println!("{whole} whole, {undone} undone");
    cairn.stop().await;
}

/// Kills the server so long after it was sent a change, and compares what it finds with what the change makes of the same rows
/// undisturbed. The server again, as `back` leaves it, and whether the change was there.
async fn kill_in(
    mut cairn: CairnProcess,
    store: &Path,
    change: &'static str,
    back: &[&str],
    moment: Duration,
) -> (CairnProcess, bool) {
    let client = cairn.connect().await;
    let before = state(&client).await;
    let changing = tokio::spawn(async move { client.batch_execute(change).await });
    tokio::time::sleep(moment).await;
    cairn.kill().await;
    let acknowledged = changing.await.expect("the change's task").is_ok();
    let cairn = cairn.restart().await;
    let client = cairn.connect().await;
    let after = state(&client).await;
    let changed = before != after;
    assert!(
        changed || !acknowledged,
        "an acknowledged change is undone: {change}"
    );
    drop(client);
    cairn.stop().await;
    agreement::check_store(store).await;
    agreement::check_no_debris(store).await;

    let cairn = CairnProcess::builder(tools::CAIRN, store).start().await;
    let client = cairn.connect().await;
    if changed {
        run(&client, back).await;
    }
    run(&client, &[change]).await;
    if changed {
        assert_eq!(state(&client).await, after, "half a change: {change}");
    }
    run(&client, back).await;
    (cairn, changed)
}

async fn run(client: &Client, statements: &[&str]) {
    for statement in statements {
        client.batch_execute(statement).await.expect(statement);
    }
}

/// All definitions in both databases, and the rows of `t` wherever it is.
async fn state(client: &Client) -> Vec<String> {
    let mut found = Vec::new();
    for database in ["defaultdb", "other"] {
        let tables = format!("SHOW TABLES FROM {database}");
        for table in column(client, &tables, "table_name").await {
            let name = format!("{database}.public.{table}");
            found.extend(
                column(
                    client,
                    &format!("SHOW CREATE TABLE {name}"),
                    "create_statement",
                )
                .await,
            );
            found.extend(column(client, &format!("SELECT count(*) AS n FROM {name}"), "n").await);
            found.extend(
                column(
                    client,
                    &format!("SELECT * FROM {name} ORDER BY k LIMIT 5"),
                    "k",
                )
                .await,
            );
        }
    }
    found
}

async fn column(client: &Client, query: &str, column: &str) -> Vec<String> {
    let messages = client.simple_query(query).await.expect(query);
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(column).map(str::to_owned),
        _ => None,
    });
    rows.collect()
}
