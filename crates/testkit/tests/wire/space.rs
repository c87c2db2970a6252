//! Old versions and dropped tables, through SQL: they really go, and only when they may.

use std::time::Duration;

use cairn_catalog::View;
use cairn_rows::index_span;
use cairn_storage::{IndexId, Snapshot, Span, TableId};
use cairn_testkit::TestServer;
use tokio_postgres::Client;

const HOUR: Duration = Duration::from_secs(3600);

async fn run(client: &Client, statements: &[&str]) {
    for statement in statements {
        client.batch_execute(statement).await.expect(statement);
    }
}

/// The id under which a table's rows are stored.
async fn id(server: &TestServer, name: &str) -> TableId {
    let snapshot = Snapshot::now(server.engine().clone())
        .await
        .expect("a snapshot");
    let view = View::load(&snapshot).await.expect("the catalog");
    let table = view.tables().find(|table| table.name == name);
    table.expect("the table").id
}

/// Bytes of all stored versions of a table and its indexes.
async fn bytes(server: &TestServer, table: TableId) -> u64 {
    let mut bytes = 0;
    for index in 1..5 {
        let span: Span = index_span(table, IndexId(index));
        bytes += server.engine().size(&span).await.expect("a size");
    }
    bytes
}

async fn number(client: &Client, text: &str) -> i64 {
    client.query_one(text, &[]).await.expect(text).get(0)
}

async fn fails(client: &Client, text: &str) -> String {
    let error = client.query(text, &[]).await.expect_err(text);
    error
        .code()
        .map_or(String::new(), |code| code.code().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn old_versions_go_after_their_time() {
    let server = TestServer::start().await;
    let client = server.driver().await;
    run(
        &client,
        &[
            "CREATE TABLE t (k INT PRIMARY KEY, a INT, v STRING, INDEX (a))",
            "ALTER TABLE t CONFIGURE ZONE USING gc.ttlseconds = 7200",
            "INSERT INTO t SELECT n, n, repeat('x', 100) FROM generate_series(1, 1000) AS n",
        ],
    )
    .await;
    let table = id(&server, "t").await;
    let once = bytes(&server, table).await;
    assert!(once > 100_000, "{once}");
    for _ in 0..4 {
        run(&client, &["UPDATE t SET a = a + 1"]).await;
    }
    run(&client, &["DELETE FROM t WHERE k > 500"]).await;
    let all = bytes(&server, table).await;
    assert!(all > once * 4, "{all} bytes after four updates of {once}");

    // Within the time: everything stays, and the past can be read.
    server.advance(HOUR);
    server.tidy().await;
    assert_eq!(bytes(&server, table).await, all);
    let past = "SELECT count(*) FROM t AS OF SYSTEM TIME '-59m'";
    assert_eq!(number(&client, past).await, 500);

    server.advance(2 * HOUR);
    let collected = server.engine().counters().versions_collected;
    server.tidy().await;
    let left = bytes(&server, table).await;
    assert!(
        left < once,
        "{left} bytes are left of {all}; 500 rows take half of {once}"
    );
    assert!(server.engine().counters().versions_collected - collected >= 4 * 1000 + 500);
    assert_eq!(number(&client, "SELECT count(*) FROM t").await, 500);
    assert_eq!(
        number(&client, "SELECT sum(a) FROM t WHERE a > 4").await,
        125_250 + 4 * 500
    );
    assert_eq!(
        fails(&client, "SELECT count(*) FROM t AS OF SYSTEM TIME '-150m'").await,
        "55000"
    );
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_dropped_goes_after_its_time() {
    let server = TestServer::start().await;
    let client = server.driver().await;
    run(
        &client,
        &[
            "ALTER RANGE default CONFIGURE ZONE USING gc.ttlseconds = 7200",
            "CREATE TABLE dropped (k INT PRIMARY KEY, v STRING, INDEX (v))",
            "CREATE TABLE emptied (k INT PRIMARY KEY, v STRING)",
            "CREATE TABLE indexed (k INT PRIMARY KEY, v STRING, INDEX by_v (v))",
            "CREATE DATABASE gone",
            "CREATE TABLE gone.inside (k INT PRIMARY KEY, v STRING)",
        ],
    )
    .await;
    let mut tables = Vec::new();
    for name in ["dropped", "emptied", "indexed", "inside"] {
        let of = if name == "inside" {
            "gone.inside"
        } else {
            name
        };
        let fill = format!(
            "INSERT INTO {of} SELECT n, repeat('y', 50) || n::STRING FROM generate_series(1, 500) AS n"
        );
        run(&client, &[&fill]).await;
        tables.push(id(&server, name).await);
    }
    let filled = "SELECT cluster_logical_timestamp()::STRING";
    let filled: String = client.query_one(filled, &[]).await.expect(filled).get(0);
    run(
        &client,
        &[
            "DROP TABLE dropped",
            "TRUNCATE emptied",
            "DROP INDEX by_v",
            "DROP DATABASE gone CASCADE",
        ],
    )
    .await;
    let mut before = Vec::new();
    for table in &tables {
        before.push(bytes(&server, *table).await);
    }
    assert!(before.iter().all(|bytes| *bytes > 20_000), "{before:?}");

    server.advance(HOUR);
    server.tidy().await;
    for (table, bytes_before) in tables.iter().zip(&before) {
        assert_eq!(bytes(&server, *table).await, *bytes_before, "too early");
    }
    let past = format!("SELECT count(*) FROM dropped AS OF SYSTEM TIME '{filled}'");
    assert_eq!(number(&client, &past).await, 500);

    server.advance(2 * HOUR);
    server.tidy().await;
    server.tidy().await;
    let mut after = Vec::new();
    for table in &tables {
        after.push(bytes(&server, *table).await);
    }
    let [dropped, emptied, indexed, inside] = after[..] else {
        panic!("four tables");
    };
    assert_eq!((dropped, emptied, inside), (0, 0, 0));
    assert!(
        indexed > 0 && indexed < before[2],
        "the rows stay, the index goes"
    );
    assert_eq!(number(&client, "SELECT count(*) FROM indexed").await, 500);
    assert_eq!(number(&client, "SELECT count(*) FROM emptied").await, 0);
    server.stop().await;
}
