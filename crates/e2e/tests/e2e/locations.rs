//! Every kind of location against a real server: the contract of a store, then full, incremental and historical backups, SHOW BACKUP
//! and RESTORE by SQL, and each of their forms by psql.
//!
//! What could go wrong: a provider's dialect differs from what its client expects, a secret is shown, a restore on another
//! server does not find what the backup wrote, a setting does not reach the client that needs it.

mod azure;
mod gs;
mod http;
mod privileges;
mod s3;
mod statements;

use std::io::{Seek, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use cairn_testkit::CairnProcess;
use tokio_postgres::{AsyncMessage, Client, NoTls, SimpleQueryMessage};

use crate::tools;

/// A place where backups can be kept, on a server that a test has started.
struct Place {
    /// In front of a backup's name, and behind it.
    front: String,
    behind: String,
    /// What is never to be seen.
    secrets: Vec<String>,
    /// Statements that come first on every server.
    settings: Vec<String>,
    /// Whether BACKUP says that two at once could go unnoticed.
    is_cautioned: bool,
    /// Of who looks at it without a server.
    custom_ca: Option<PathBuf>,
    environment: Vec<(String, String)>,
}

impl Place {
    /// No secret stands in the bytes: as it is, encoded for a URL, or in base64.
    fn is_silent_in(&self, bytes: &[u8], what: &str) {
        for secret in &self.secrets {
            let encoded = BASE64_STANDARD_NO_PAD.encode(secret);
            for form in [secret, &encoded] {
                let found = bytes
                    .windows(form.len())
                    .any(|window| window == form.as_bytes());
                assert!(!found, "{form} in {what}");
            }
        }
    }

    fn url(&self, name: &str) -> String {
        format!("{}/{name}{}", self.front, self.behind)
    }
}

/// All that can be done with a place.
async fn suite(place: &Place) {
    tokio::join!(moved(place), statements::all(place));
}

/// Backups by one server, restored by another that has nothing but the URLs.
async fn moved(place: &Place) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let first = CairnProcess::builder(tools::CAIRN, folder.path().join("first"));
    let first = first.start().await;
    let (client, notices) = connect(&first).await;
    let (full, incremental) = (place.url("full"), place.url("incremental"));
    let (history, later) = (place.url("history"), place.url("later"));
    let mut shown = answers(&client, &place.settings).await;
    let connection = format!(
        "SELECT result FROM [SHOW BACKUP CONNECTION '{}'] WHERE \"check\" <> 'refuse a second object of a name'",
        place.url("probe")
    );
    let works = answers(&client, &[connection]).await;
    assert_eq!(works, "works\n".repeat(5));
    shown += &answers(
        &client,
        &[
            "CREATE TABLE t (k INT PRIMARY KEY, v STRING)",
            "CREATE INDEX t_v ON t (v)",
            "INSERT INTO t VALUES (1, 'one'), (2, 'two'), (3, NULL)",
            &format!("BACKUP TABLE t TO '{full}'"),
            "UPDATE t SET v = 'zwei' WHERE k = 2",
            "DELETE FROM t WHERE k = 3",
            &format!("BACKUP TABLE t TO '{incremental}' INCREMENTAL FROM '{full}'"),
            &format!("BACKUP TABLE t TO '{history}' WITH revision_history"),
            "INSERT INTO t VALUES (4, 'four')",
        ],
    )
    .await;
    let instant = answers(&client, &["SELECT cluster_logical_timestamp()"]).await;
    shown += &answers(
        &client,
        &[
            "DELETE FROM t",
            &format!(
                "BACKUP TABLE t TO '{later}' INCREMENTAL FROM '{history}' WITH revision_history"
            ),
            &format!("SELECT \"table\", rows FROM [SHOW BACKUP '{full}']"),
            "SELECT description, status FROM [SHOW JOBS]",
            "SHOW ALL CLUSTER SETTINGS",
        ],
    )
    .await;
    assert!(shown.contains("\nt|3\n"), "{shown}");
    let notices = notices.lock().expect("notices").clone();
    assert_eq!(
        notices.contains("cannot create an object only where there is none"),
        place.is_cautioned,
        "{notices}"
    );
    let mut refused = refusal(&client, &format!("BACKUP TABLE t TO '{full}'")).await;
    assert!(refused.contains("already contains a"), "{refused}");
    for mistake in mistakes(place) {
        refused += &refusal(&client, &mistake).await;
    }
    let metrics = first.http_get("/metrics").await;
    for text in [&shown, &notices, &refused, &metrics, &first.log()] {
        place.is_silent_in(text.as_bytes(), text);
    }
    first.stop().await;
    for file in files(&folder.path().join("first")) {
        let bytes = std::fs::read(&file).expect("a file of the store");
        place.is_silent_in(&bytes, &file.display().to_string());
    }
    let looked = look(place, &["verify"], &[&full, &incremental]);
    assert!(looked.contains("one chain"), "{looked}");
    let rows = look(place, &["cat", "defaultdb.t"], &[&full]);
    assert_eq!(rows.lines().count(), 4, "{rows}");

    let second = CairnProcess::builder(tools::CAIRN, folder.path().join("second"));
    let second = second.start().await;
    let client = second.connect().await;
    answers(&client, &place.settings).await;
    let restored = answers(
        &client,
        &[
            &format!("RESTORE TABLE defaultdb.t FROM '{full}', '{incremental}'"),
            "SELECT count(*), sum(k), max(v) FROM t",
            "SELECT k FROM t WHERE v = 'zwei'",
            "CREATE DATABASE before",
            &format!(
                "RESTORE TABLE defaultdb.t FROM '{history}', '{later}' AS OF SYSTEM TIME '{}' WITH into_db = 'before'",
                instant.trim()
            ),
            "SELECT count(*), sum(k) FROM before.t",
        ],
    )
    .await;
    let selected: Vec<&str> = restored
        .lines()
        .filter(|line| !line.contains("succeeded"))
        .collect();
    assert_eq!(selected, ["2|3|zwei", "2", "3|7"], "{restored}");
    second.stop().await;
}

/// Statements that fail with a URL in them, each in another way.
fn mistakes(place: &Place) -> Vec<String> {
    let (url, nowhere) = (place.url("mistake"), place.url("nowhere"));
    let other = url.replacen("sql/mistake", "sql/mistake?NO_SUCH=1&NO_SUCH=1", 1);
    vec![
        format!("BACKUP TABLE t TO '{url}' WITH nonsense"),
        format!("BACKUP TABLE t TO '{url}' AND"),
        format!("BACKUP TABLE nowhere TO '{url}'"),
        format!("BACKUP TABLE t TO '{}'", other.replacen("1?", "1&", 1)),
        format!("BACKUP TABLE t TO 'no{url}'"),
        format!("BACKUP TABLE t TO '{url}' INCREMENTAL FROM '{nowhere}'"),
        format!("RESTORE TABLE t FROM '{nowhere}'"),
        format!("SHOW BACKUP '{nowhere}'"),
        format!("PREPARE p AS BACKUP TABLE t TO '{url}' WITH 3"),
        format!("SELECT '{url}'::INT"),
    ]
}

/// What is said of a statement that fails, to whoever gave it.
async fn refusal(client: &Client, statement: &str) -> String {
    let refused = client.simple_query(statement).await;
    let refused = refused.expect_err("a refusal");
    // What a client has written itself is told to it again, but for URLs of storage.
    match statement.starts_with("SELECT") {
        true => String::new(),
        false => format!("{refused:?}\n"),
    }
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths
        .flat_map(|path| match path.is_dir() {
            true => files(&path),
            false => vec![path],
        })
        .collect()
}

/// Runs `cairn backup` without a server, the URLs given by standard input.
fn look(place: &Place, verb: &[&str], urls: &[&str]) -> String {
    let mut command = Command::new(tools::CAIRN);
    command.arg("backup").args(verb).args(["--url-file", "-"]);
    if let Some(file) = &place.custom_ca {
        command.arg("--custom-ca").arg(file);
    }
    command.envs(place.environment.iter().cloned());
    let mut file = tempfile::tempfile().expect("a temporary file");
    file.write_all(urls.join("\n").as_bytes()).expect("URLs");
    file.rewind().expect("URLs");
    let output = tools::run(command.stdin(file));
    String::from_utf8(output.stdout).expect("text")
}

/// A client, and what it is told beside answers.
async fn connect(server: &CairnProcess) -> (Client, Arc<Mutex<String>>) {
    let connected = tokio_postgres::connect(&server.url(), NoTls).await;
    let (client, mut connection) = connected.expect("a connection");
    let notices = Arc::new(Mutex::new(String::new()));
    let told = Arc::clone(&notices);
    tokio::spawn(async move {
        while let Some(Ok(message)) =
            std::future::poll_fn(|context| connection.poll_message(context)).await
        {
            if let AsyncMessage::Notice(notice) = message {
                let mut told = told.lock().expect("notices");
                told.push_str(notice.message());
                told.push('\n');
            }
        }
    });
    (client, notices)
}

/// The rows of all answers, a line each.
async fn answers<S: AsRef<str>>(client: &Client, statements: &[S]) -> String {
    let mut lines = String::new();
    for statement in statements {
        let statement = statement.as_ref();
        let messages = client.simple_query(statement).await;
        for message in messages.unwrap_or_else(|error| panic!("{statement}: {error:?}")) {
            if let SimpleQueryMessage::Row(row) = message {
                let cells = (0..row.len()).map(|place| row.get(place).unwrap_or_default());
                lines.push_str(&cells.collect::<Vec<_>>().join("|"));
                lines.push('\n');
            }
        }
    }
    lines
}
