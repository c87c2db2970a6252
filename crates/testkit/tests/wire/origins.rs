//! Which table and column a result's column comes from: drivers change rows by it, and must not be told of a column that it is not.

use cairn_testkit::TestServer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_postgres::Client;

use super::{frame, open, query, read_until_ready};

/// The names that the catalogs have for what a query's columns come from; `-` for what comes from nowhere.
async fn origins(client: &Client, query: &str) -> Vec<String> {
    let prepared = client.prepare(query).await.unwrap();
    let mut found = Vec::new();
    for column in prepared.columns() {
        let (Some(table), Some(number)) = (column.table_oid(), column.column_id()) else {
            found.push("-".to_owned());
            continue;
        };
        let named = client
            .query_one(
                "SELECT relname || '.' || attname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
                 WHERE attrelid = $1 AND attnum = $2",
                &[&table, &number],
            )
            .await;
        found.push(named.unwrap().get(0));
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_that_come_straight_from_a_table_say_so() {
    let server = TestServer::start().await;
    let client = server.driver().await;
    client
        .batch_execute(
            "CREATE TABLE t (gone INT, k INT PRIMARY KEY, v VARCHAR(9), n DECIMAL(8, 2));
             CREATE TABLE u (k INT, w STRING);
             CREATE VIEW seen AS SELECT v AS first, k AS second, k + 1 AS third FROM t",
        )
        .await
        .unwrap();
    // The numbers are those of what is there now.
    client
        .batch_execute("ALTER TABLE t DROP COLUMN gone")
        .await
        .unwrap();
    let cases: [(&str, &[&str]); 17] = [
        ("SELECT * FROM t", &["t.k", "t.v", "t.n"]),
        (
            "SELECT v AS x, k FROM defaultdb.public.t AS a",
            &["t.v", "t.k"],
        ),
        (
            "SELECT k + 1, v::TEXT, v || '', upper(v), 1 FROM t",
            &["-"; 5],
        ),
        (
            "SELECT k, k FROM t WHERE k > 1 ORDER BY v LIMIT 3",
            &["t.k", "t.k"],
        ),
        ("SELECT w, t.k FROM u JOIN t ON t.k = u.k", &["u.w", "t.k"]),
        ("SELECT w, v FROM u LEFT JOIN t USING (k)", &["u.w", "t.v"]),
        ("SELECT x FROM (SELECT v AS x FROM t) AS s", &["t.v"]),
        ("WITH s AS (SELECT v AS x FROM t) SELECT x FROM s", &["t.v"]),
        ("SELECT v, count(*) FROM t GROUP BY v", &["t.v", "-"]),
        ("SELECT DISTINCT v FROM t", &["t.v"]),
        ("SELECT DISTINCT ON (k) v, k FROM t", &["t.v", "t.k"]),
        (
            "SELECT v, row_number() OVER (ORDER BY k) FROM t",
            &["t.v", "-"],
        ),
        ("SELECT k FROM t UNION SELECT k FROM u", &["-"]),
        ("SELECT (SELECT max(k) FROM t), sum(k) FROM t", &["-", "-"]),
        (
            "SELECT * FROM seen",
            &["seen.first", "seen.second", "seen.third"],
        ),
        (
            "SELECT second FROM (SELECT * FROM seen) AS s",
            &["seen.second"],
        ),
        (
            "INSERT INTO t VALUES (1, 'x', 2) RETURNING v, k + 1, k AS key",
            &["t.v", "-", "t.k"],
        ),
    ];
    for (query, expected) in cases {
        assert_eq!(origins(&client, query).await, expected, "{query}");
    }
    server.stop().await;
}

/// The simple protocol describes rows from the running query, the extended one from the prepared statement.
#[tokio::test(flavor = "multi_thread")]
async fn both_protocols_say_the_same() {
    let server = TestServer::start().await;
    let mut stream = open(&server).await;
    stream
        .write_all(&query("CREATE TABLE t (k INT PRIMARY KEY, v STRING)"))
        .await
        .unwrap();
    read_until_ready(&mut stream).await;
    let text = "SELECT v, k, k + 1 FROM t";
    stream.write_all(&query(text)).await.unwrap();
    let simple = description(&mut stream).await;
    let prepared = [
        frame(b'P', &[b"\0", text.as_bytes(), b"\0", &[0, 0]]),
        frame(b'D', &[b"S\0"]),
        frame(b'S', &[]),
    ];
    stream.write_all(&prepared.concat()).await.unwrap();
    let extended = description(&mut stream).await;
    assert_eq!(simple, extended);
    server.stop().await;
}

/// The inside of the RowDescription that comes before the server is ready again.
async fn description(stream: &mut TcpStream) -> Vec<u8> {
    let mut described = Vec::new();
    loop {
        let kind = stream.read_u8().await.unwrap();
        let length = stream.read_i32().await.unwrap();
        let mut body = vec![0; length as usize - 4];
        stream.read_exact(&mut body).await.unwrap();
        match kind {
            b'T' => described = body,
            b'Z' => return described,
            _ => {}
        }
    }
}
