//! Statements that are prepared once and run later: what the client was told of them must be what comes, or it reads the bytes of one type
//! as another's.

use std::time::{Duration, UNIX_EPOCH};

use bytes::BytesMut;
use cairn_testkit::TestServer;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::{Client, Error};

const CHANGED: &str = "cached plan must not change result type";

async fn run(client: &Client, text: &str) {
    client.batch_execute(text).await.expect(text);
}

#[track_caller]
fn assert_refused<T>(answer: Result<T, Error>) {
    let error = answer.err().expect("an error");
    let error = error.as_db_error().expect("the server's error");
    assert_eq!((error.code().code(), error.message()), ("0A000", CHANGED));
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_do_not_fit_what_was_described_are_not_sent() {
    let server = TestServer::start().await;
    let client = server.driver().await;
    let other = server.driver().await;
    run(&other, "CREATE TABLE t (a INT PRIMARY KEY, b INT)").await;
    run(&other, "INSERT INTO t VALUES (1, 2)").await;
    let all = client.prepare("SELECT * FROM t").await.unwrap();
    let named = client.prepare("SELECT a FROM t").await.unwrap();
    let back = "INSERT INTO t (a) VALUES (5) RETURNING *";
    let back = client.prepare(back).await.unwrap();
    run(&client, "PREPARE p AS SELECT * FROM t").await;
    run(&other, "ALTER TABLE t DROP COLUMN b").await;
    run(&other, "ALTER TABLE t ADD COLUMN b STRING DEFAULT 'x'").await;

    assert_refused(client.query(&all, &[]).await);
    assert_refused(client.query(&back, &[]).await);
    assert_refused(client.batch_execute("EXECUTE p").await);
    // What still fits is answered, and what was refused has changed nothing: drivers prepare again and run it once more.
    assert_eq!(client.query(&named, &[]).await.unwrap().len(), 1);
    let again = client.prepare("SELECT * FROM t").await.unwrap();
    let rows = client.query(&again, &[]).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].get::<_, String>("b"), "x");

    run(&other, "ALTER TABLE t RENAME COLUMN b TO c").await;
    assert_refused(client.query(&again, &[]).await);
    server.stop().await;
}

/// A column that is given in another zone has the same type still.
#[tokio::test(flavor = "multi_thread")]
async fn another_time_zone_changes_no_type() {
    let server = TestServer::start().await;
    let client = server.driver().await;
    let plain = client.prepare("SELECT now(), ARRAY[now()]").await.unwrap();
    run(&client, "SET timezone = 'Europe/Berlin'").await;
    assert_eq!(client.query(&plain, &[]).await.unwrap().len(), 1);
    server.stop().await;
}

/// A value in its binary form, of whatever type it is declared.
#[derive(Debug)]
struct Raw(&'static [u8]);

impl ToSql for Raw {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        out.extend_from_slice(self.0);
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// No microseconds, one day, no months.
const ONE_DAY: Raw = Raw(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);

/// 1.5: two digits in base 10,000, the first before the point; positive, one decimal place.
const ONE_AND_A_HALF: Raw = Raw(&[0, 2, 0, 0, 0, 0, 0, 1, 0, 1, 0x13, 0x88]);

/// Runs a query with a parameter of a declared type: the type of its first column, and its value.
async fn one(
    client: &Client,
    text: &str,
    declared: Type,
    value: &(dyn ToSql + Sync),
) -> (Type, tokio_postgres::Row) {
    let prepared = client.prepare_typed(text, &[declared]).await;
    let prepared = prepared.expect(text);
    let row = client.query_one(&prepared, &[value]).await;
    let row = row.expect(text);
    (prepared.columns()[0].type_().clone(), row)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_described_follows_the_types_that_are_declared() {
    let server = TestServer::start().await;
    let client = server.driver().await;
    run(&client, "CREATE TABLE t (id INT PRIMARY KEY)").await;
    run(&client, "INSERT INTO t VALUES (3)").await;
    let floats = [
        ("SELECT id * $1 FROM t", 4.5),
        ("SELECT coalesce(NULL, $1, id) FROM t", 1.5),
        ("SELECT abs($1)", 1.5),
        ("SELECT $1", 1.5),
        ("SELECT sum($1) FROM t", 1.5),
        ("SELECT CASE WHEN true THEN $1 ELSE 1 END", 1.5),
        ("SELECT x FROM (SELECT $1 AS x) AS q", 1.5),
        ("INSERT INTO t VALUES (4) RETURNING id * $1", 6.0),
        ("UPDATE t SET id = 5 WHERE id = 4 RETURNING $1", 1.5),
    ];
    for (text, expected) in floats {
        let (ty, row) = one(&client, text, Type::FLOAT8, &1.5_f64).await;
        assert_eq!(ty, Type::FLOAT8, "{text}");
        assert_eq!(row.get::<_, f64>(0), expected, "{text}");
    }
    let (ty, row) = one(&client, "SELECT $1", Type::INT4, &7_i32).await;
    assert_eq!((ty, row.get::<_, i32>(0)), (Type::INT4, 7));
    let text = "SELECT date '2024-01-31' + $1 = date '2024-02-01'";
    let (_, row) = one(&client, text, Type::INT4, &1_i32).await;
    assert!(row.get::<_, bool>(0));
    let text = "SELECT interval '1 day' * $1 = interval '36 hours'";
    let (_, row) = one(&client, text, Type::FLOAT8, &1.5_f64).await;
    assert!(row.get::<_, bool>(0));
    let numbers = vec![1_i64, 2];
    let text = "SELECT sum(n)::INT FROM (SELECT unnest($1) AS n) AS q";
    let (_, row) = one(&client, text, Type::INT8_ARRAY, &numbers).await;
    assert_eq!(row.get::<_, i64>(0), 3);
    let truths = [
        ("SELECT now() - $1 < now()", Type::INTERVAL, &ONE_DAY),
        (
            "SELECT id + $1 = 4.5 FROM t WHERE id = 3",
            Type::NUMERIC,
            &ONE_AND_A_HALF,
        ),
        ("SELECT sum($1) = 3 FROM t", Type::NUMERIC, &ONE_AND_A_HALF),
        (
            "SELECT count(*) = 1 FROM t WHERE id > $1 AND id < 4",
            Type::NUMERIC,
            &ONE_AND_A_HALF,
        ),
    ];
    for (text, ty, value) in truths {
        let (_, row) = one(&client, text, ty, value).await;
        assert!(row.get::<_, bool>(0), "{text}");
    }
    let day = UNIX_EPOCH + Duration::from_secs(86_400);
    let text = "SELECT $1 - timestamptz '1970-01-01 00:00:00+00' = interval '1 day'";
    let (_, row) = one(&client, text, Type::TIMESTAMPTZ, &day).await;
    assert!(row.get::<_, bool>(0));
    server.stop().await;
}

/// A driver's cursor: its rows are fetched between other statements of the transaction, and are those that were there when it was opened.
#[tokio::test(flavor = "multi_thread")]
async fn an_open_portal_does_not_see_later_writes_of_its_transaction() {
    let server = TestServer::start().await;
    let mut client = server.driver().await;
    run(
        &client,
        "CREATE TABLE t (id INT PRIMARY KEY, v INT, pad STRING)",
    )
    .await;
    let fill = "INSERT INTO t SELECT n, 0, repeat('x', 1000) FROM generate_series(1, 10000) AS n";
    run(&client, fill).await;
    let transaction = client.transaction().await.unwrap();
    transaction
        .batch_execute("UPDATE t SET v = 1 WHERE id = 9990")
        .await
        .unwrap();
    let mut portals = Vec::new();
    for _ in 0..2 {
        let portal = transaction.bind("SELECT id, v FROM t", &[]).await.unwrap();
        let first = transaction.query_portal(&portal, 5).await.unwrap();
        assert_eq!(first.len(), 5);
        portals.push(portal);
        for later in [
            "UPDATE t SET v = 2 WHERE id > 9000",
            "DELETE FROM t WHERE id BETWEEN 8000 AND 8005",
            "INSERT INTO t VALUES (10001, 2, '')",
        ] {
            transaction.batch_execute(later).await.unwrap();
        }
        transaction
            .batch_execute("DELETE FROM t WHERE id = 10001")
            .await
            .unwrap();
    }
    let mut sums = Vec::new();
    for portal in &portals {
        let rest = transaction.query_portal(portal, 0).await.unwrap();
        let sum: i64 = rest.iter().map(|row| row.get::<_, i64>(1)).sum();
        sums.push((rest.len(), sum));
    }
    // The second one was opened after the writes of the first round.
    assert_eq!(sums, [(9995, 1), (9989, 2000)]);
    transaction.rollback().await.unwrap();
    server.stop().await;
}
