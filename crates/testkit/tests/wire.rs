//! The wire protocol against a real driver, and against clients that misbehave.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests may fail as tests do"
)]

#[path = "wire/encoding.rs"]
mod encoding;
#[path = "wire/limits.rs"]
mod limits;
#[path = "wire/login.rs"]
mod login;
#[path = "wire/origins.rs"]
mod origins;
#[path = "wire/prepared.rs"]
mod prepared;
#[path = "wire/space.rs"]
mod space;
#[path = "wire/stopped_jobs.rs"]
mod stopped_jobs;
#[path = "wire/waiting.rs"]
mod waiting;
#[path = "wire/zone.rs"]
mod zone;

use std::time::Duration;

use bytes::Bytes;
use cairn_testkit::TestServer;
use futures::{SinkExt, TryStreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_postgres::types::Type;

/// The frame of a startup message for these parameters.
fn startup(parameters: &[(&str, &str)]) -> Vec<u8> {
    let mut body = 196_608_i32.to_be_bytes().to_vec();
    for (name, value) in parameters {
        body.extend_from_slice(name.as_bytes());
        body.push(0);
        body.extend_from_slice(value.as_bytes());
        body.push(0);
    }
    body.push(0);
    let mut frame = (body.len() as i32 + 4).to_be_bytes().to_vec();
    frame.extend(body);
    frame
}

/// The frame of a message.
fn frame(kind: u8, parts: &[&[u8]]) -> Vec<u8> {
    let body = parts.concat();
    let length = (body.len() as i32 + 4).to_be_bytes();
    [&[kind], &length[..], &body].concat()
}

fn query(text: &str) -> Vec<u8> {
    frame(b'Q', &[text.as_bytes(), b"\0"])
}

/// The statements of "Five minutes with Cairn", word for word: none may fail, and the money is back at the end.
#[tokio::test(flavor = "multi_thread")]
async fn what_readme_says_to_type_works() {
    const README: &str = include_str!("../../../README.md");
    let (_, rest) = README.split_once("```sql\n").unwrap();
    let (statements, _) = rest.split_once("```").unwrap();
    let server = TestServer::start().await;
    let client = server.driver().await;
    for loaded in [
        "CREATE DATABASE bank",
        "USE bank",
        "CREATE TABLE accounts (id INT PRIMARY KEY, customer INT, balance DECIMAL(18, 2))",
        "INSERT INTO accounts VALUES (1, 1, 1000.00), (2, 1, 1000.00)",
    ] {
        client.batch_execute(loaded).await.unwrap();
    }
    server.advance(Duration::from_secs(40));
    for statement in statements
        .split_inclusive(';')
        .filter(|text| text.contains(';'))
    {
        let done = client.batch_execute(statement).await;
        done.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
    }
    let money = client
        .query_one("SELECT sum(balance) = 2000 FROM bank.accounts", &[])
        .await
        .unwrap();
    assert!(money.get::<_, bool>(0));
    server.stop().await;
}

async fn open(server: &TestServer) -> TcpStream {
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream
        .write_all(&startup(&[("user", "root"), ("database", "defaultdb")]))
        .await
        .unwrap();
    read_until_ready(&mut stream).await;
    stream
}

/// Reads messages up to ReadyForQuery; their types, and that one's status.
async fn read_until_ready(stream: &mut TcpStream) -> (String, char) {
    let mut types = String::new();
    loop {
        let kind = stream.read_u8().await.unwrap() as char;
        let length = stream.read_i32().await.unwrap();
        let mut body = vec![0; length as usize - 4];
        stream.read_exact(&mut body).await.unwrap();
        types.push(kind);
        if kind == 'Z' {
            return (types, body[0] as char);
        }
    }
}

async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
    String::from_utf8_lossy(&rest).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn encryption_is_declined_and_the_session_opens() {
    let server = TestServer::start().await;
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    for code in [80_877_103_i32, 80_877_104] {
        stream
            .write_all(&[8_i32.to_be_bytes(), code.to_be_bytes()].concat())
            .await
            .unwrap();
        assert_eq!(stream.read_u8().await.unwrap(), b'N');
    }
    stream
        .write_all(&startup(&[("user", "root")]))
        .await
        .unwrap();
    let (types, status) = read_until_ready(&mut stream).await;
    assert!(types.starts_with("RS") && types.ends_with("KZ"), "{types}");
    assert_eq!(status, 'I');
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_users_get_in() {
    let server = TestServer::start().await;
    for (parameters, code) in [(vec![("user", "eve")], "28000"), (vec![], "28000")] {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        stream.write_all(&startup(&parameters)).await.unwrap();
        let said = read_to_end(&mut stream).await;
        assert!(
            said.starts_with('E') && said.contains("FATAL") && said.contains(code),
            "{said:?}"
        );
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_breaks_the_protocol_hurts_only_itself() {
    let server = TestServer::start().await;
    let healthy = server.driver().await;
    let broken: [&[u8]; 6] = [
        &[0; 64],
        b"GET / HTTP/1.1\r\n\r\n",
        &[0x7f, 0xff, 0xff, 0xff, 0, 3, 0, 0],
        &[0, 0, 0, 8, 0, 2, 0, 0],
        &[0, 0, 0, 9, 0, 3, 0, 0, 0],
        &[0xff; 32],
    ];
    for bytes in broken {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        read_to_end(&mut stream).await;
    }
    // The same inside an open session: lengths that lie, bodies that end early, types that do not exist.
    let broken: [&[u8]; 6] = [
        &[b'Q', 0, 0, 0, 3],
        &[b'Q', 0x7f, 0xff, 0xff, 0xff],
        &[b'B', 0, 0, 0, 6, 0, 0],
        &[b'B', 0, 0, 0, 10, 0, 0, 0x7f, 0xff, 0, 0],
        &[b'P', 0, 0, 0, 5, b'x'],
        &[b'!', 0, 0, 0, 4],
    ];
    for bytes in broken {
        let mut stream = open(&server).await;
        stream.write_all(bytes).await.unwrap();
        stream.shutdown().await.unwrap();
        read_to_end(&mut stream).await;
    }
    let one: i64 = healthy.query_one("SELECT 1", &[]).await.unwrap().get(0);
    assert_eq!(one, 1);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_of_one_text_are_answered_one_by_one() {
    let server = TestServer::start().await;
    let mut stream = open(&server).await;
    let cases = [
        ("", "IZ", 'I'),
        (" ; ;", "IZ", 'I'),
        ("SELECT 1", "TDCZ", 'I'),
        ("SELECT 1; SELECT 2", "TDCTDCZ", 'I'),
        ("SELECT 1; SELECT nonsense; SELECT 2", "TDCEZ", 'I'),
        ("SELECT 1; NONSENSE", "EZ", 'I'),
        ("BEGIN", "CZ", 'T'),
        ("SELECT nonsense", "EZ", 'E'),
        ("SELECT 1", "EZ", 'E'),
        ("ROLLBACK", "CZ", 'I'),
    ];
    for (text, types, status) in cases {
        stream.write_all(&query(text)).await.unwrap();
        assert_eq!(
            read_until_ready(&mut stream).await,
            (types.to_owned(), status),
            "{text}"
        );
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_type_travels_in_binary_both_ways() {
    let server = TestServer::start().await;
    let client = server.driver().await;
    client
        .batch_execute(
            "CREATE TABLE t (k INT PRIMARY KEY, b BOOL, i2 INT2, i4 INT4, f FLOAT8, s STRING, y BYTES, v VARCHAR(9))",
        )
        .await
        .unwrap();
    let written = client
        .execute(
            "INSERT INTO t VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            &[
                &7_i64,
                &true,
                &-2_i16,
                &-4_i32,
                &0.1_f64,
                &"ä\\",
                &&[0_u8, 255][..],
                &"nine char",
            ],
        )
        .await
        .unwrap();
    assert_eq!(written, 1);
    let nothing: Option<bool> = None;
    let insert = "INSERT INTO t (k, b) VALUES ($1, $2)";
    client.execute(insert, &[&8_i64, &nothing]).await.unwrap();
    let rows = client
        .query("SELECT * FROM t WHERE k >= $1 ORDER BY k", &[&7_i64])
        .await
        .unwrap();
    let [full, empty] = rows.as_slice() else {
        panic!("{} rows", rows.len())
    };
    assert_eq!(full.get::<_, i64>("k"), 7);
    assert!(full.get::<_, bool>("b"));
    assert_eq!(full.get::<_, i16>("i2"), -2);
    assert_eq!(full.get::<_, i32>("i4"), -4);
    assert_eq!(full.get::<_, f64>("f"), 0.1);
    assert_eq!(full.get::<_, String>("s"), "ä\\");
    assert_eq!(full.get::<_, Vec<u8>>("y"), [0, 255]);
    assert_eq!(full.get::<_, String>("v"), "nine char");
    assert_eq!(empty.get::<_, Option<String>>("s"), None);
    let kinds = client
        .prepare("SELECT k, CAST(1.5 AS DECIMAL(10, 2)), DATE '2020-01-02', now() FROM t")
        .await
        .unwrap();
    let kinds: Vec<Type> = kinds
        .columns()
        .iter()
        .map(|column| column.type_().clone())
        .collect();
    assert_eq!(
        kinds,
        [Type::INT8, Type::NUMERIC, Type::DATE, Type::TIMESTAMPTZ]
    );
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_gives_its_rows_in_pieces() {
    let server = TestServer::start().await;
    let mut client = server.driver().await;
    client
        .batch_execute("CREATE TABLE t (k INT PRIMARY KEY)")
        .await
        .unwrap();
    client
        .batch_execute("INSERT INTO t VALUES (1), (2), (3), (4), (5)")
        .await
        .unwrap();
    let transaction = client.transaction().await.unwrap();
    let portal = transaction
        .bind("SELECT k FROM t ORDER BY k", &[])
        .await
        .unwrap();
    let mut pieces = Vec::new();
    loop {
        let rows = transaction.query_portal(&portal, 2).await.unwrap();
        if rows.is_empty() {
            break;
        }
        pieces.push(rows.iter().map(|row| row.get(0)).collect::<Vec<i64>>());
        if rows.len() < 2 {
            break;
        }
    }
    assert_eq!(pieces, [vec![1, 2], vec![3, 4], vec![5]]);
    transaction.rollback().await.unwrap();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_skips_to_the_end_of_the_pipeline_and_the_session_goes_on() {
    let server = TestServer::start().await;
    let client = server.driver().await;
    let error = client.query("SELECT nonsense", &[]).await.unwrap_err();
    assert_eq!(error.code().map(|code| code.code()), Some("42703"));
    let error = client
        .query_one("SELECT $1::INT", &[&"text"])
        .await
        .unwrap_err();
    assert!(
        error.as_db_error().is_none(),
        "the driver itself refuses a wrong type: {error}"
    );
    assert_eq!(
        client
            .query_one("SELECT 1", &[])
            .await
            .unwrap()
            .get::<_, i64>(0),
        1
    );
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn copy_goes_both_ways_and_an_abandoned_one_leaves_nothing() {
    let server = TestServer::start().await;
    let client = server.driver().await;
    client
        .batch_execute("CREATE TABLE t (k INT PRIMARY KEY, s STRING)")
        .await
        .unwrap();
    {
        let mut sink = Box::pin(client.copy_in("COPY t FROM STDIN").await.unwrap());
        sink.send(Bytes::from_static(b"1\tgone\n")).await.unwrap();
        // Dropped here: the driver tells the server that the copy failed.
    }
    let count = |rows: tokio_postgres::Row| rows.get::<_, i64>(0);
    assert_eq!(
        count(
            client
                .query_one("SELECT count(*) FROM t", &[])
                .await
                .unwrap()
        ),
        0
    );
    let mut sink = Box::pin(client.copy_in("COPY t FROM STDIN").await.unwrap());
    // Lines may be cut anywhere.
    for piece in ["1\ton", "e\n2\t", "\\N\n3\ta\\tb\n"] {
        sink.send(Bytes::from_static(piece.as_bytes()))
            .await
            .unwrap();
    }
    assert_eq!(sink.as_mut().finish().await.unwrap(), 3);
    let lines: Vec<Bytes> = client
        .copy_out("COPY t TO STDOUT")
        .await
        .unwrap()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(lines.concat(), b"1\tone\n2\t\\N\n3\ta\\tb\n");
    let mut sink = Box::pin(
        client
            .copy_in::<_, Bytes>("COPY t FROM STDIN")
            .await
            .unwrap(),
    );
    sink.send(Bytes::from_static(b"not a number\tx\n"))
        .await
        .unwrap();
    let error = sink.as_mut().finish().await.unwrap_err();
    assert!(error.as_db_error().is_some(), "{error}");
    assert_eq!(
        count(
            client
                .query_one("SELECT count(*) FROM t", &[])
                .await
                .unwrap()
        ),
        3
    );
    server.stop().await;
}

/// A statement that takes longer than any test waits, over a table of a thousand rows.
const ENDLESS: &str = "SELECT count(*) FROM t a, t b, t c, t d WHERE a.k + b.k + c.k + d.k < 0";

async fn a_thousand_rows(client: &tokio_postgres::Client) {
    client
        .batch_execute("CREATE TABLE t (k INT PRIMARY KEY)")
        .await
        .unwrap();
    let values: Vec<String> = (0..1_000).map(|k| format!("({k})")).collect();
    client
        .batch_execute(&format!("INSERT INTO t VALUES {}", values.join(", ")))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_request_stops_the_statement_and_not_the_session() {
    let server = TestServer::start().await;
    let client = server.driver().await;
    a_thousand_rows(&client).await;
    let token = client.cancel_token();
    let canceller = tokio::spawn(async move {
        // It may come too early, before the statement began; then once more.
        let mut ticks = tokio::time::interval(Duration::from_millis(100));
        loop {
            ticks.tick().await;
            token.cancel_query(tokio_postgres::NoTls).await.unwrap();
        }
    });
    let error = client.query(ENDLESS, &[]).await.unwrap_err();
    canceller.abort();
    assert_eq!(error.code().map(|code| code.code()), Some("57014"));
    server.stop().await;
}

/// A join that gives no rows must give the executor its turns: else no request would be heard.
#[tokio::test(flavor = "multi_thread")]
async fn a_join_without_rows_is_cancelled_whatever_its_kind() {
    let server = TestServer::start().await;
    let client = server.driver().await;
    a_thousand_rows(&client).await;
    let endless = [
        // A nested loop join over a cross join.
        "SELECT 1 FROM t a, t b, t c, t d WHERE a.k + b.k + c.k + d.k < 0",
        // A hash join: every row has the same key.
        "SELECT 1 FROM (SELECT a.k / 1000 AS g, a.k + b.k AS v FROM t a, t b) x
           JOIN (SELECT c.k / 1000 AS g, c.k + d.k AS v FROM t c, t d) y ON x.g = y.g AND x.v + y.v < 0",
        // An aggregate over all pairs of a million rows.
        "SELECT sum(a.k), count(d.k) FROM t a, t b, t c, t d GROUP BY a.k % 7, d.k % 5",
        // A recursion without an end.
        "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT (n + 1) % 7 FROM r) SELECT count(*) FROM r",
    ];
    for statement in endless {
        let token = client.cancel_token();
        let canceller = tokio::spawn(async move {
            let mut ticks = tokio::time::interval(Duration::from_millis(100));
            loop {
                ticks.tick().await;
                token.cancel_query(tokio_postgres::NoTls).await.unwrap();
            }
        });
        let error = client.query(statement, &[]).await.unwrap_err();
        canceller.abort();
        assert_eq!(
            error.code().map(|code| code.code()),
            Some("57014"),
            "{statement}: {error:?}"
        );
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_is_left_waiting_ends_with_its_session() {
    let server = TestServer::start().await;
    let mut stream = open(&server).await;
    let setup = "SET idle_in_transaction_session_timeout = '50ms'";
    for text in [setup, "SELECT 1", "BEGIN"] {
        stream.write_all(&query(text)).await.unwrap();
        read_until_ready(&mut stream).await;
    }
    let said = read_to_end(&mut stream).await;
    assert!(said.contains("25P03"), "{said:?}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn returning_is_described_and_answered_like_a_query() {
    let server = TestServer::start().await;
    let client = server.driver().await;
    client
        .batch_execute("CREATE TABLE t (k INT PRIMARY KEY, s STRING)")
        .await
        .unwrap();
    let insert = "INSERT INTO t VALUES ($1, $2) ON CONFLICT (k) DO UPDATE SET s = t.s || excluded.s || $3 RETURNING k + 1, s";
    let prepared = client.prepare(insert).await.unwrap();
    let kinds: Vec<Type> = prepared
        .columns()
        .iter()
        .map(|column| column.type_().clone())
        .collect();
    assert_eq!(kinds, [Type::INT8, Type::TEXT]);
    for expected in ["a", "aa!"] {
        let rows = client
            .query(&prepared, &[&1_i64, &"a", &"!"])
            .await
            .unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].get::<_, i64>(0), 2);
        assert_eq!(rows[0].get::<_, String>(1), expected);
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_client_holds_up_nobody_else() {
    let server = TestServer::start().await;
    let client = server.driver().await;
    a_thousand_rows(&client).await;
    let mut slow = open(&server).await;
    slow.write_all(&query("SELECT repeat('x', 100) FROM t a, t b"))
        .await
        .unwrap();
    // Its answer, 100 MB, does not fit in the socket's buffers, and it reads the first byte only.
    assert_eq!(slow.read_u8().await.unwrap(), b'T');
    let quick = tokio::time::timeout(Duration::from_secs(20), client.query_one("SELECT 1", &[]));
    assert_eq!(quick.await.unwrap().unwrap().get::<_, i64>(0), 1);
    drop(slow);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_tells_its_idle_sessions() {
    let server = TestServer::start().await;
    let mut idle = open(&server).await;
    server.stop().await;
    let said = read_to_end(&mut idle).await;
    assert!(said.contains("57P01"), "{said:?}");
}

/// Drivers tell violations apart by the fields of the error, not by its words.
#[tokio::test(flavor = "multi_thread")]
async fn violations_name_their_constraint_in_fields() {
    let server = TestServer::start().await;
    let config = format!(
        "host={} port={} user=root dbname=defaultdb",
        server.address().ip(),
        server.address().port()
    );
    let (client, connection) = tokio_postgres::connect(&config, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(connection);
    client
        .batch_execute(
            "CREATE TABLE p (id INT PRIMARY KEY);
             CREATE TABLE t (a INT NOT NULL, b INT CHECK (b > 0), c INT REFERENCES p)",
        )
        .await
        .unwrap();
    for (statement, code, column, constraint) in [
        (
            "INSERT INTO t VALUES (NULL, 1, NULL)",
            "23502",
            Some("a"),
            None,
        ),
        (
            "INSERT INTO t VALUES (1, 0, NULL)",
            "23514",
            None,
            Some("t_b_check"),
        ),
        (
            "INSERT INTO t VALUES (1, 1, 1)",
            "23503",
            None,
            Some("t_c_fkey"),
        ),
    ] {
        let error = client.batch_execute(statement).await.unwrap_err();
        let error = error.as_db_error().unwrap();
        assert_eq!(error.code().code(), code);
        assert_eq!((error.schema(), error.table()), (Some("public"), Some("t")));
        assert_eq!((error.column(), error.constraint()), (column, constraint));
    }
    server.stop().await;
}
