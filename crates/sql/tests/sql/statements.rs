//! Statements against a node on the memory engine: rows, changes, transactions, errors.

use crate::common::start;

#[tokio::test]
async fn create_insert_select() {
    let mut f = start().await;
    assert_eq!(
        f.ok("CREATE TABLE t (id INT PRIMARY KEY, name STRING, price DECIMAL(10,2))")
            .await,
        "CREATE TABLE"
    );
    assert_eq!(
        f.ok("INSERT INTO t VALUES (1, 'a', 1.50), (2, NULL, 2.25), (3, 'c', 3)")
            .await,
        "INSERT 0 3"
    );
    assert_eq!(
        f.ok("SELECT * FROM t ORDER BY id").await,
        "1|a|1.50\n2|NULL|2.25\n3|c|3.00"
    );
    assert_eq!(
        f.ok("SELECT name, price FROM t WHERE id = 3").await,
        "c|3.00"
    );
    assert_eq!(
        f.ok("SELECT count(*), sum(price) FROM t WHERE id > 1")
            .await,
        "2|5.25"
    );
    assert_eq!(
        f.ok("SELECT id FROM defaultdb.t WHERE id IN (1, 3) ORDER BY id DESC LIMIT 1")
            .await,
        "3"
    );
    assert_eq!(
        f.ok("SELECT id FROM defaultdb.public.t WHERE id BETWEEN 2 AND 3 ORDER BY 1")
            .await,
        "2\n3"
    );
    assert_eq!(
        f.ok("SELECT substr(version(), 1, 13)").await,
        "PostgreSQL 15"
    );
    assert_eq!(
        f.error("SELECT * FROM missing").await,
        "42P01 relation \"missing\" does not exist"
    );
    assert_eq!(
        f.error("SELECT missing FROM t").await,
        "42703 column \"missing\" does not exist"
    );
}

#[tokio::test]
async fn constraints_have_their_sqlstates() {
    let mut f = start().await;
    f.ok("CREATE TABLE t (id INT8 PRIMARY KEY, small INT2, name VARCHAR(3) NOT NULL DEFAULT 'x', u INT4 UNIQUE)").await;
    f.ok("INSERT INTO t (id) VALUES (1)").await;
    assert_eq!(f.ok("SELECT * FROM t").await, "1|NULL|x|NULL");
    assert!(
        f.error("INSERT INTO t (id) VALUES (1)")
            .await
            .starts_with("23505 duplicate key value violates unique constraint \"t_pkey\"")
    );
    assert!(
        f.error("INSERT INTO t (id, name) VALUES (2, NULL)")
            .await
            .starts_with("23502")
    );
    assert!(
        f.error("INSERT INTO t (id, name) VALUES (2, 'long')")
            .await
            .starts_with("22001")
    );
    assert!(
        f.error("INSERT INTO t (id, small) VALUES (2, 40000)")
            .await
            .starts_with("22003")
    );
    assert!(
        f.error("INSERT INTO t (id, small) VALUES (2, 'abc')")
            .await
            .starts_with("22P02")
    );
    f.ok("INSERT INTO t (id, u) VALUES (2, 7), (3, NULL), (4, NULL)")
        .await;
    assert!(
        f.error("INSERT INTO t (id, u) VALUES (5, 7)")
            .await
            .starts_with("23505 duplicate key value violates unique constraint \"t_u_key\"")
    );
    assert!(
        f.error("UPDATE t SET u = 7 WHERE id = 3")
            .await
            .starts_with("23505")
    );
    assert_eq!(
        f.ok("UPSERT INTO t (id, u) VALUES (2, 8), (9, 9)").await,
        "INSERT 0 2"
    );
    assert_eq!(f.ok("SELECT id FROM t WHERE u = 8").await, "2");
    assert_eq!(f.ok("SELECT id FROM t WHERE u = 7").await, "");
    assert_eq!(
        f.ok("INSERT INTO t (id, u) VALUES (2, 8) ON CONFLICT DO NOTHING")
            .await,
        "INSERT 0 0"
    );
    assert_eq!(
        f.ok("UPDATE t SET id = id + 1 WHERE id >= 2").await,
        "UPDATE 4"
    );
    assert_eq!(f.ok("SELECT id FROM t ORDER BY id").await, "1\n3\n4\n5\n10");
    assert_eq!(f.ok("DELETE FROM t WHERE u = 8").await, "DELETE 1");
    assert_eq!(f.ok("SELECT id FROM t WHERE u = 8").await, "");
    assert_eq!(
        f.ok("INSERT INTO t (id, u) SELECT id + 100, 8 FROM t WHERE id = 4")
            .await,
        "INSERT 0 1"
    );
}

#[tokio::test]
async fn arithmetic_fails_instead_of_wrapping() {
    let mut f = start().await;
    assert_eq!(
        f.error("SELECT 9223372036854775807 + 1").await,
        "22003 bigint out of range"
    );
    f.ok("CREATE TABLE t (a INT8, b INT4)").await;
    f.ok("INSERT INTO t VALUES (9223372036854775807, 2147483647), (1, 1)")
        .await;
    assert_eq!(
        f.error("SELECT a * 2 FROM t").await,
        "22003 bigint out of range"
    );
    assert!(f.error("SELECT sum(a) FROM t").await.starts_with("22003"));
    assert_eq!(f.ok("SELECT sum(b) FROM t").await, "2147483648");
    assert_eq!(
        f.ok("SELECT a, sum(b) FROM t GROUP BY a ORDER BY a").await,
        "1|1\n9223372036854775807|2147483647"
    );
    assert!(f.error("SELECT a / 0 FROM t").await.starts_with("22012"));
    assert!(
        f.error("SELECT 1.0::FLOAT8 / 0::FLOAT8")
            .await
            .starts_with("22012")
    );
    assert!(f.error("SELECT a::INT4 FROM t").await.starts_with("22003"));
}

#[tokio::test]
async fn transactions() {
    let mut f = start().await;
    f.ok("CREATE TABLE t (id INT PRIMARY KEY, v INT)").await;
    f.ok("BEGIN; INSERT INTO t VALUES (1, 1); SAVEPOINT a; INSERT INTO t VALUES (2, 2)")
        .await;
    assert_eq!(f.ok("SELECT id FROM t ORDER BY id").await, "1\n2");
    f.error("INSERT INTO t VALUES (1, 1)").await;
    assert!(f.error("SELECT 1").await.starts_with("25P02"));
    f.ok("ROLLBACK TO SAVEPOINT a").await;
    assert_eq!(f.ok("SELECT id FROM t ORDER BY id").await, "1");
    f.ok("COMMIT").await;
    assert_eq!(f.ok("SELECT id FROM t ORDER BY id").await, "1");
    // Two transactions that read what the other writes: the second to commit is refused.
    let mut other = f.node.session("root", "defaultdb").await.unwrap();
    f.ok("BEGIN; UPDATE t SET v = v + 1").await;
    crate::common::run(&mut other, "UPDATE t SET v = v + 10")
        .await
        .unwrap();
    assert!(f.error("COMMIT").await.starts_with("40001"));
    assert_eq!(f.ok("SELECT v FROM t").await, "11");
    assert_eq!(
        f.ok("BEGIN; CREATE TABLE u (a INT); INSERT INTO u VALUES (5); SELECT a FROM u")
            .await,
        "5"
    );
    f.ok("ROLLBACK").await;
    assert!(f.error("SELECT * FROM u").await.starts_with("42P01"));
}

#[tokio::test]
async fn as_of_sees_the_past_with_its_schema() {
    let mut f = start().await;
    f.ok("CREATE TABLE t (id INT PRIMARY KEY)").await;
    f.ok("INSERT INTO t VALUES (1), (2)").await;
    let then = f.ok("SELECT cluster_logical_timestamp()").await;
    f.ok("DELETE FROM t WHERE id = 1").await;
    assert_eq!(
        f.ok(&format!(
            "SELECT id FROM t AS OF SYSTEM TIME {then} ORDER BY id"
        ))
        .await,
        "1\n2"
    );
    f.ok("DROP TABLE t").await;
    assert_eq!(
        f.ok(&format!(
            "SELECT count(*) FROM t AS OF SYSTEM TIME '{then}'"
        ))
        .await,
        "2"
    );
    assert_eq!(
        f.error("SELECT * FROM t AS OF SYSTEM TIME '-1us'").await,
        "42P01 relation \"t\" does not exist"
    );
    for (constant, message) in [
        ("'xxx'", "value is neither timestamp nor decimal"),
        ("1.12345678901", "logical part has too many digits"),
        ("0", "zero timestamp is invalid"),
        ("'0.0000000000'", "zero timestamp is invalid"),
        ("'10s'", "cannot specify timestamp in the future"),
        ("'2999-01-01'", "cannot specify timestamp in the future"),
        ("1e40", "value out of range"),
    ] {
        let error = f
            .error(&format!("SELECT * FROM t AS OF SYSTEM TIME {constant}"))
            .await;
        assert_eq!(error, format!("22023 AS OF SYSTEM TIME: {message}"));
    }
}

#[tokio::test]
async fn types_round_trip() {
    let mut f = start().await;
    f.ok("CREATE TABLE t (b BOOL, i INT2, f FLOAT8, s TEXT, y BYTES, d DATE, ts TIMESTAMP, tz TIMESTAMPTZ, u UUID)").await;
    f.ok("INSERT INTO t VALUES (true, 5, 1.5, 'x', '\\x0102', '2020-02-29', '2020-01-01 10:00:00.5', '2020-01-01 10:00:00+02', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11')").await;
    let row = "t|5|1.5|x|\\x0102|2020-02-29|2020-01-01 10:00:00.5|2020-01-01 08:00:00+00|a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";
    assert_eq!(f.ok("SELECT * FROM t").await, row);
    for condition in [
        "b",
        "i = 5",
        "i = '5'",
        "f = 1.5",
        "s = 'x'",
        "d = '2020-02-29'",
        "d = DATE '2020-02-29'",
        "ts > '2020-01-01'",
        "tz = '2020-01-01 08:00:00+00'",
        "u = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'",
        "u = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::UUID",
        "y = '\\x0102'",
        "extract(year from d) = 2020",
    ] {
        assert_eq!(
            f.ok(&format!("SELECT s FROM t WHERE {condition}")).await,
            "x",
            "{condition}"
        );
    }
}

#[tokio::test]
async fn show_statements() {
    let mut f = start().await;
    f.ok("CREATE DATABASE bank; CREATE TABLE bank.accounts (id INT PRIMARY KEY, owner STRING NOT NULL DEFAULT 'x', UNIQUE (owner))").await;
    assert_eq!(
        f.ok("SHOW DATABASES").await,
        "bank\ndefaultdb\npostgres\nsystem"
    );
    assert_eq!(f.ok("SHOW TABLES FROM bank").await, "public|accounts|table");
    assert_eq!(
        f.ok("SELECT table_name FROM [SHOW TABLES FROM bank] WHERE type = 'table'")
            .await,
        "accounts"
    );
    assert_eq!(
        f.ok("SHOW CREATE TABLE bank.accounts").await,
        "accounts|CREATE TABLE accounts (\n\tid INT8 NOT NULL,\n\towner STRING NOT NULL DEFAULT 'x',\n\tCONSTRAINT accounts_pkey PRIMARY KEY (id),\n\tCONSTRAINT accounts_owner_key UNIQUE (owner)\n)"
    );
    assert_eq!(f.ok("SHOW JOBS").await, "");
    assert_eq!(
        f.ok("SELECT count(*) FROM [SHOW JOBS] WHERE type = 'BACKUP'")
            .await,
        "0"
    );
    assert_eq!(f.ok("SHOW USERS").await, "root");
    assert_eq!(f.ok("SET DATABASE = bank; SHOW database").await, "bank");
    assert_eq!(f.ok("SELECT current_database()").await, "bank");
    assert!(f.error("SET nonsense = 1").await.starts_with("42704"));
    assert!(f.error("SET lock_timeout = 100").await.starts_with("0A000"));
    assert!(
        f.error("ALTER TABLE accounts SET (x = 1)")
            .await
            .starts_with("0A000")
    );
}

#[tokio::test]
async fn backup_drop_restore() {
    let mut f = start().await;
    f.ok("CREATE DATABASE bank; CREATE TABLE bank.customers (id INT PRIMARY KEY, email STRING UNIQUE)").await;
    f.ok("INSERT INTO bank.customers VALUES (1, 'a'), (2, 'b')")
        .await;
    let answer = f.ok("BACKUP bank.customers TO 'nodelocal:///w1'").await;
    let cells: Vec<&str> = answer.split('|').collect();
    assert_eq!(cells[1..6], ["succeeded", "1", "2", "2", "1"], "{answer}");
    assert_eq!(
        f.ok("SELECT \"table\", rows FROM [SHOW BACKUP 'nodelocal:///w1'] WHERE database = 'bank'")
            .await,
        "customers|2"
    );
    assert!(
        f.error("BACKUP bank.customers TO 'nodelocal:///w1'")
            .await
            .contains("already contains a")
    );
    f.ok("DROP TABLE bank.customers").await;
    f.ok("RESTORE bank.customers FROM 'nodelocal:///w1'").await;
    assert_eq!(
        f.ok("SELECT id, email FROM bank.customers ORDER BY id")
            .await,
        "1|a\n2|b"
    );
    assert_eq!(
        f.ok("SELECT id FROM bank.customers WHERE email = 'b'")
            .await,
        "2"
    );
    assert_eq!(
        f.ok("SELECT type, description, status FROM [SHOW JOBS] ORDER BY id")
            .await,
        "BACKUP|BACKUP TABLE bank.customers TO 'nodelocal:///w1'|succeeded\n\
         RESTORE|RESTORE TABLE bank.customers FROM 'nodelocal:///w1'|succeeded"
    );
    assert!(
        f.error("RESTORE bank.customers FROM 'nodelocal:///w1'")
            .await
            .contains("already exists")
    );
    f.ok("CREATE DATABASE inspect; RESTORE bank.customers FROM 'nodelocal:///w1' WITH into_db = 'inspect'").await;
    assert_eq!(f.ok("SELECT count(*) FROM inspect.customers").await, "2");
    assert_eq!(
        f.error("BACKUP bank.customers TO 'nodelocal:///x' WITH nonsense")
            .await,
        "22023 invalid option \"nonsense\""
    );
    assert!(
        f.error("BACKUP bank.customers TO 'nodelocal:///../x'")
            .await
            .starts_with("42501")
    );
    assert!(
        f.error("BACKUP bank.nothing TO 'nodelocal:///x'")
            .await
            .contains("table \"bank.nothing\" does not exist")
    );
    f.ok("BEGIN").await;
    assert_eq!(
        f.error("BACKUP bank.customers TO 'nodelocal:///x'").await,
        "25001 BACKUP cannot be used inside a transaction"
    );
}

#[tokio::test]
async fn create_index_on_a_table_with_rows() {
    let mut f = start().await;
    f.ok("CREATE TABLE t (id INT PRIMARY KEY, a INT, b STRING)")
        .await;
    f.ok("INSERT INTO t VALUES (1, 10, 'x'), (2, 20, 'y'), (3, 20, 'z'), (4, NULL, 'n')")
        .await;
    assert_eq!(f.ok("CREATE INDEX ON t (a DESC, b)").await, "CREATE INDEX");
    assert_eq!(
        f.ok("SELECT id FROM t WHERE a = 20 ORDER BY id").await,
        "2\n3"
    );
    assert_eq!(
        f.ok("SELECT id FROM t WHERE a = 20 AND b >= 'z'").await,
        "3"
    );
    f.ok("DELETE FROM t WHERE id = 3; UPDATE t SET a = 30 WHERE id = 2; INSERT INTO t VALUES (5, 20, 'q')").await;
    assert_eq!(f.ok("SELECT id FROM t WHERE a = 20").await, "5");
    assert_eq!(f.ok("SELECT id FROM t WHERE a = 30").await, "2");
    f.ok("INSERT INTO t VALUES (6, 20, 'q')").await;
    let error = f.run("CREATE UNIQUE INDEX u ON t (a)").await.unwrap_err();
    assert_eq!(error.sqlstate.code(), "23505");
    assert_eq!(error.constraint.as_deref(), Some("u"));
    assert_eq!(
        f.ok("SELECT count(*) FROM [SHOW INDEXES FROM t] WHERE index_name = 'u'")
            .await,
        "0"
    );
    f.ok("DELETE FROM t WHERE id = 6; CREATE UNIQUE INDEX u ON t (a)")
        .await;
    assert!(
        f.error("INSERT INTO t VALUES (7, 20, 'r')")
            .await
            .starts_with("23505")
    );
    f.ok("DROP INDEX u; INSERT INTO t VALUES (7, 20, 'r')")
        .await;
    assert!(
        f.error("BEGIN; CREATE INDEX i ON t (b)")
            .await
            .starts_with("25001")
    );
}

/// Writers work while the index is built; in the end it holds exactly what the table holds.
#[tokio::test(flavor = "multi_thread")]
async fn create_index_under_writers() {
    let mut f = start().await;
    f.ok("CREATE TABLE t (id INT PRIMARY KEY, a INT)").await;
    let rows: Vec<String> = (0..2000).map(|id| format!("({id}, {})", id % 50)).collect();
    f.ok(&format!("INSERT INTO t VALUES {}", rows.join(",")))
        .await;
    let node = f.node.clone();
    let writer = tokio::spawn(async move {
        let mut session = node.session("root", "defaultdb").await.unwrap();
        for id in 0..300 {
            crate::common::run(
                &mut session,
                &format!("UPDATE t SET a = {} WHERE id = {id}", 1000 + id),
            )
            .await
            .unwrap();
            crate::common::run(
                &mut session,
                &format!("DELETE FROM t WHERE id = {}", 1999 - id),
            )
            .await
            .unwrap();
        }
    });
    f.ok("CREATE INDEX i ON t (a)").await;
    writer.await.unwrap();
    for a in [0, 7, 1000, 1299] {
        let indexed = f
            .ok(&format!("SELECT id FROM t WHERE a = {a} ORDER BY id"))
            .await;
        let scanned = f
            .ok(&format!("SELECT id FROM t WHERE a + 0 = {a} ORDER BY id"))
            .await;
        assert_eq!(indexed, scanned, "a = {a}");
    }
}

/// Servers run sessions on many threads: every future of a session can be sent.
#[tokio::test]
async fn futures_are_send() {
    fn sent<T: Send>(future: T) -> T {
        future
    }
    let f = start().await;
    let mut session = sent(f.node.session("root", "defaultdb")).await.unwrap();
    let prepared = sent(session.prepare("SELECT $1::INT8 + 1", &[]))
        .await
        .unwrap();
    assert_eq!(prepared.parameters(), [arrow::datatypes::DataType::Int64]);
    sent(session.execute(&prepared, &[Some(1_i64).into()]))
        .await
        .map(|_| ())
        .unwrap();
    sent(f.node.shutdown()).await;
}

#[tokio::test]
async fn parameters_have_the_types_of_their_places() {
    use arrow::datatypes::DataType;
    let mut f = start().await;
    f.ok("CREATE TABLE t (id INT PRIMARY KEY, small INT2, name STRING, u UUID, d DECIMAL(10, 2))")
        .await;
    let decimal = DataType::Decimal128(10, 2);
    for (text, types) in [
        (
            "INSERT INTO t VALUES ($1, $2, $3, $4, $5)",
            vec![
                DataType::Int64,
                DataType::Int16,
                DataType::Utf8,
                DataType::FixedSizeBinary(16),
                decimal.clone(),
            ],
        ),
        (
            "INSERT INTO t (id, d) VALUES ($2, $1), ($3, 1)",
            vec![decimal.clone(), DataType::Int64, DataType::Int64],
        ),
        (
            "SELECT * FROM t WHERE id = $1 AND name = $2",
            vec![DataType::Int64, DataType::Utf8],
        ),
        (
            "SELECT * FROM t WHERE d > $1 LIMIT $2",
            vec![decimal, DataType::Int64],
        ),
        (
            "UPDATE t SET small = $1 WHERE id = $2",
            vec![DataType::Int16, DataType::Int64],
        ),
        (
            "DELETE FROM t WHERE id IN ($1, $2)",
            vec![DataType::Int64, DataType::Int64],
        ),
        ("BACKUP t TO $1", vec![DataType::Utf8]),
        ("SHOW BACKUP $1", vec![DataType::Utf8]),
    ] {
        let prepared = f
            .session
            .prepare(text, &[])
            .await
            .unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(prepared.parameters(), types, "{text}");
    }
    let insert = f
        .session
        .prepare("INSERT INTO t (id, name) VALUES ($1, $2)", &[])
        .await
        .unwrap();
    f.session
        .execute(&insert, &[Some(7_i64).into(), "x".into()])
        .await
        .map(|_| ())
        .unwrap();
    f.ok("PREPARE p (INT) AS SELECT name FROM t WHERE id = $1")
        .await;
    assert_eq!(f.ok("EXECUTE p (7)").await, "x");
    assert!(f.error("EXECUTE q (7)").await.starts_with("26000"));
    let update = f
        .session
        .prepare("UPDATE t SET name = $1 WHERE id = $2", &[])
        .await
        .unwrap();
    f.session
        .execute(&update, &["y".into(), Some(7_i64).into()])
        .await
        .map(|_| ())
        .unwrap();
    assert_eq!(f.ok("SELECT name FROM t").await, "y");
}

/// A statement as deep as the parser takes goes through planning and execution on a server's threads.
#[test]
fn deep_statements_do_not_overflow_the_stack() {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime
        .worker_threads(2)
        .thread_stack_size(cairn_sql::THREAD_STACK_BYTES)
        .enable_all()
        .build()
        .unwrap();
    let work = async {
        let mut f = start().await;
        f.ok("CREATE TABLE t (a INT)").await;
        for depth in [50, 195, 1000] {
            for text in [
                format!("SELECT 1{}", " + 1".repeat(depth)),
                format!(
                    "SELECT a FROM t WHERE a = 1{}",
                    " OR a = 2 AND a = 3".repeat(depth / 5)
                ),
                format!("SELECT {}1{}", "(".repeat(depth), ")".repeat(depth)),
                format!("SELECT {}true", "NOT ".repeat(depth)),
                format!("INSERT INTO t VALUES (1{})", " + 1".repeat(depth)),
                format!("SELECT 1{}", " UNION SELECT 1".repeat(depth / 8)),
            ] {
                let answer = f.run(&text).await;
                if depth == 1000 && !text.contains("OR") && !text.contains("UNION") {
                    assert_eq!(answer.map_err(|error| error.sqlstate.code()), Err("54001"));
                }
            }
        }
    };
    runtime.block_on(async { runtime.spawn(work).await.unwrap() });
}

#[tokio::test]
async fn texts_become_what_they_are_compared_with() {
    let mut f = start().await;
    f.ok("CREATE TABLE t (id INT PRIMARY KEY, u UUID, d DATE)")
        .await;
    f.ok("INSERT INTO t VALUES (1, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '2020-01-01')")
        .await;
    assert_eq!(f.ok("SELECT id FROM t WHERE u IN ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'b0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11')").await, "1");
    assert_eq!(
        f.ok("SELECT u::STRING FROM t WHERE d BETWEEN '2019-12-31' AND '2020-01-02'")
            .await,
        "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"
    );
    assert_eq!(f.ok("SELECT id FROM t WHERE id IN ('1', '2')").await, "1");
    assert!(
        f.error("SELECT id FROM t WHERE id = 'x'")
            .await
            .starts_with("22P02")
    );
    f.ok("CREATE TABLE g (id UUID PRIMARY KEY DEFAULT gen_random_uuid(), v INT)")
        .await;
    f.ok("INSERT INTO g (v) VALUES (1), (2)").await;
    assert_eq!(f.ok("SELECT count(DISTINCT id) FROM g").await, "2");
    assert_eq!(
        f.ok("SELECT sum(v), avg(v)::STRING FROM g").await,
        "3|1.5000000000000000"
    );
}

/// What stands for a view in a plan is shown, and is no name that a user could give.
#[tokio::test(flavor = "multi_thread")]
async fn plans_are_printable() {
    let mut f = start().await;
    f.ok("CREATE TABLE t (k INT PRIMARY KEY); CREATE VIEW v AS SELECT k FROM t")
        .await;
    let plan = f.ok("EXPLAIN SELECT * FROM v WHERE k > 1").await;
    let is_shown = |character: char| character == '\n' || !character.is_control();
    assert!(plan.contains("SubqueryAlias: view oid."), "{plan}");
    assert!(plan.chars().all(is_shown), "{plan:?}");
    let error = f.error("SELECT \"every column\"()").await;
    assert!(error.starts_with("42883"), "{error}");
    f.node.shutdown().await;
}

/// What a client said as it connected is what RESET and DISCARD go back to: pools say DISCARD ALL between two users of a connection.
#[tokio::test(flavor = "multi_thread")]
async fn reset_goes_back_to_what_the_client_connected_with() {
    let mut f = start().await;
    f.session.set_variable("TimeZone", "Europe/Berlin").unwrap();
    f.session.set_variable("application_name", "shop").unwrap();
    for reset in ["RESET timezone", "RESET ALL", "DISCARD ALL"] {
        f.ok("SET timezone = 'Asia/Tokyo'").await;
        assert_eq!(f.ok("SHOW timezone").await, "Asia/Tokyo");
        f.ok(reset).await;
        assert_eq!(f.ok("SHOW timezone").await, "Europe/Berlin", "{reset}");
        assert_eq!(f.ok("SHOW application_name").await, "shop", "{reset}");
    }
    f.ok("SET statement_timeout = '1s'; RESET statement_timeout")
        .await;
    assert_eq!(f.ok("SHOW statement_timeout").await, "0");
    f.node.shutdown().await;
}

/// A value that is too large is refused before it is made, and so is a batch of large ones that would be.
#[tokio::test(flavor = "multi_thread")]
async fn values_that_are_too_large_are_refused() {
    let mut f = start().await;
    for text in [
        "lpad('x', 2000000000)",
        "rpad('x', 2000000000, 'ab')",
        "repeat('xyz', 1000000000)",
        "lpad(n::STRING, n * 2000000000) FROM generate_series(1, 2) AS s (n)",
    ] {
        let error = f.error(&format!("SELECT {text}")).await;
        assert_eq!(error, "54000 requested length too large", "{text}");
    }
    let error = f
        .error("SELECT string_agg(repeat('x', n + 1000000), ',') FROM generate_series(1, 5000) AS s (n)")
        .await;
    assert!(error.starts_with("54000"), "{error}");
    let small = "SELECT repeat('ab', 2), lpad('x', 3, '-'), rpad(NULL, 3), repeat('a', -1)";
    assert_eq!(f.ok(small).await, "abab|--x|NULL|");
    f.node.shutdown().await;
}

/// A constant stands in every row of a batch, whose texts have 2 GiB at most: the larger it is, the fewer rows there are.
#[tokio::test(flavor = "multi_thread")]
async fn a_large_constant_stands_beside_many_rows() {
    let mut f = start().await;
    f.ok("CREATE TABLE t (n INT PRIMARY KEY)").await;
    f.ok("INSERT INTO t SELECT n FROM generate_series(1, 9000) AS s (n)")
        .await;
    for rows in ["generate_series(1, 9000) AS s (n)", "t"] {
        let text = format!("SELECT repeat('x', 300000) || n::STRING AS x FROM {rows}");
        let counted = format!("SELECT count(x) FROM ({text}) AS q WHERE length(x) > 300000");
        assert_eq!(f.ok(&counted).await, "9000", "{rows}");
    }
    f.node.shutdown().await;
}
