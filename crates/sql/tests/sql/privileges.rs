//! For every kind of statement: without the privilege 42501, with it and no other it works.

use crate::common::{Fixture, run, start};

/// One statement of a user: what it needs, and how to get back to where it began.
struct Case {
    statement: &'static str,
    /// `privileges ON object`, each granted by a statement of its own.
    needs: &'static [&'static str],
    /// What root does after it worked.
    undo: &'static str,
}

const fn case(statement: &'static str, needs: &'static [&'static str]) -> Case {
    Case {
        statement,
        needs,
        undo: "",
    }
}

const fn undone(
    statement: &'static str,
    needs: &'static [&'static str],
    undo: &'static str,
) -> Case {
    Case {
        statement,
        needs,
        undo,
    }
}

const CASES: &[Case] = &[
    case("SELECT * FROM t", &["SELECT ON t"]),
    case(
        "SELECT count(*) FROM t AS OF SYSTEM TIME '-1us'",
        &["SELECT ON t"],
    ),
    case("SELECT 1 WHERE EXISTS (SELECT 1 FROM t)", &["SELECT ON t"]),
    case("SELECT (SELECT max(k) FROM t)", &["SELECT ON t"]),
    case(
        "WITH c AS (SELECT k FROM t) SELECT * FROM c",
        &["SELECT ON t"],
    ),
    case(
        "SELECT k FROM u UNION SELECT k FROM t",
        &["SELECT ON t", "SELECT ON u"],
    ),
    case(
        "SELECT * FROM u JOIN t ON u.k = t.k",
        &["SELECT ON t", "SELECT ON u"],
    ),
    case("EXPLAIN SELECT * FROM t", &["SELECT ON t"]),
    case("COPY t TO STDOUT", &["SELECT ON t"]),
    case("COPY (SELECT k FROM t) TO STDOUT", &["SELECT ON t"]),
    case("COPY t FROM STDIN", &["INSERT ON t"]),
    undone(
        "INSERT INTO t VALUES (7, 7)",
        &["INSERT ON t"],
        "DELETE FROM t WHERE k = 7",
    ),
    undone(
        "INSERT INTO t SELECT k + 10, v FROM u",
        &["INSERT ON t", "SELECT ON u"],
        "DELETE FROM t WHERE k > 10",
    ),
    case(
        "INSERT INTO t VALUES (1, 7) ON CONFLICT DO NOTHING",
        &["INSERT, SELECT ON t"],
    ),
    case(
        "UPSERT INTO t VALUES (1, 1)",
        &["INSERT, SELECT, UPDATE ON t"],
    ),
    case(
        "INSERT INTO t VALUES (1, 7) ON CONFLICT (k) DO UPDATE SET v = t.v",
        &["INSERT, SELECT, UPDATE ON t"],
    ),
    undone(
        "INSERT INTO t VALUES (7, 7) RETURNING v",
        &["INSERT, SELECT ON t"],
        "DELETE FROM t WHERE k = 7",
    ),
    undone(
        "TRUNCATE t",
        &["DROP ON t"],
        "INSERT INTO t VALUES (1, 1), (2, 2)",
    ),
    undone(
        "ALTER TABLE t ADD CONSTRAINT positive CHECK (v > 0)",
        &["CREATE ON t"],
        "ALTER TABLE t DROP CONSTRAINT positive",
    ),
    undone(
        "CREATE TABLE n (k INT PRIMARY KEY REFERENCES t (k))",
        &["CREATE ON DATABASE d", "CREATE ON t"],
        "DROP TABLE n",
    ),
    case("UPDATE t SET v = v", &["UPDATE, SELECT ON t"]),
    case(
        "UPDATE t SET v = u.v FROM u WHERE t.k = u.k",
        &["UPDATE, SELECT ON t", "SELECT ON u"],
    ),
    undone(
        "DELETE FROM t WHERE k = 2",
        &["DELETE, SELECT ON t"],
        "INSERT INTO t VALUES (2, 2)",
    ),
    case(
        "DELETE FROM t USING u WHERE t.k = u.k + 99",
        &["DELETE, SELECT ON t", "SELECT ON u"],
    ),
    undone(
        "CREATE TABLE n (k INT PRIMARY KEY)",
        &["CREATE ON DATABASE d"],
        "DROP TABLE n",
    ),
    undone("CREATE INDEX i ON t (v)", &["CREATE ON t"], "DROP INDEX i"),
    undone("DROP INDEX w", &["CREATE ON t"], "CREATE INDEX w ON t (v)"),
    undone("DROP TABLE t", &["DROP ON t"], MAKE),
    undone(
        "ALTER TABLE t ADD COLUMN x INT",
        &["CREATE ON t"],
        "ALTER TABLE t DROP COLUMN x",
    ),
    undone(
        "ALTER TABLE t RENAME COLUMN v TO x",
        &["CREATE ON t"],
        "ALTER TABLE t RENAME COLUMN x TO v",
    ),
    undone(
        "ALTER TABLE t RENAME TO x",
        &["DROP ON t", "CREATE ON DATABASE d"],
        "ALTER TABLE x RENAME TO t",
    ),
    undone(
        "COMMENT ON TABLE t IS 'x'",
        &["CREATE ON t"],
        "COMMENT ON TABLE t IS NULL",
    ),
    // A view is used with rights on itself alone; to make one takes SELECT on what it reads.
    case("SELECT * FROM w_t", &["SELECT ON w_t"]),
    case("SELECT * FROM w_w_t", &["SELECT ON w_w_t"]),
    undone(
        "CREATE VIEW n AS SELECT k FROM t",
        &["CREATE ON DATABASE d", "SELECT ON t"],
        "DROP VIEW n",
    ),
    undone(
        "DROP VIEW w_w_t",
        &["DROP ON w_w_t"],
        "CREATE VIEW w_w_t AS SELECT k FROM w_t",
    ),
    case("SHOW CREATE VIEW w_t", &["UPDATE ON w_t"]),
    case("SELECT nextval('s')", &["UPDATE ON s"]),
    case("SELECT setval('s', 5)", &["UPDATE ON s"]),
    case("SELECT last_value FROM s", &["SELECT ON s"]),
    undone(
        "INSERT INTO numbered (v) VALUES (1)",
        &["INSERT ON numbered", "UPDATE ON s"],
        "DELETE FROM numbered",
    ),
    undone(
        "CREATE SEQUENCE n",
        &["CREATE ON DATABASE d"],
        "DROP SEQUENCE n",
    ),
    case("ALTER SEQUENCE s INCREMENT 1", &["CREATE ON s"]),
    undone(
        "DROP SEQUENCE lone",
        &["DROP ON lone"],
        "CREATE SEQUENCE lone",
    ),
    case("SHOW COLUMNS FROM t", &["UPDATE ON t"]),
    case("SHOW CREATE TABLE t", &["UPDATE ON t"]),
    case("SHOW INDEXES FROM t", &["UPDATE ON t"]),
    case("SHOW CONSTRAINTS FROM t", &["UPDATE ON t"]),
    case("SHOW GRANTS ON t", &["UPDATE ON t"]),
    case("GRANT SELECT ON t TO bob", &["GRANT, SELECT ON t"]),
    case("REVOKE SELECT ON t FROM bob", &["GRANT, SELECT ON t"]),
    case(
        "GRANT CREATE ON DATABASE d TO bob",
        &["GRANT, CREATE ON DATABASE d"],
    ),
];

const MAKE: &str = "CREATE TABLE t (k INT PRIMARY KEY, v INT); CREATE INDEX w ON t (v); INSERT INTO t VALUES (1, 1), (2, 2)";

async fn world() -> Fixture {
    let mut world = start().await;
    world
        .ok("CREATE USER amy; CREATE USER bob; CREATE DATABASE d")
        .await;
    world.ok("SET database = d").await;
    world.ok(MAKE).await;
    world
        .ok("CREATE TABLE u (k INT PRIMARY KEY, v INT); INSERT INTO u VALUES (1, 1)")
        .await;
    world
        .ok("CREATE TABLE viewed (k INT PRIMARY KEY); INSERT INTO viewed VALUES (1)")
        .await;
    world
        .ok("CREATE VIEW w_t AS SELECT k FROM viewed; CREATE VIEW w_w_t AS SELECT k FROM w_t")
        .await;
    world.ok("CREATE SEQUENCE s; CREATE SEQUENCE lone").await;
    world
        .ok("CREATE TABLE numbered (k INT PRIMARY KEY DEFAULT nextval('s'), v INT)")
        .await;
    world
}

/// Grants to amy everything on everything but one of the needs; then exactly the needs.
#[tokio::test(flavor = "multi_thread")]
async fn each_statement_needs_what_it_says_and_no_more() {
    let mut world = world().await;
    let mut amy = world.node.session("amy", "d").await.unwrap();
    for case in CASES {
        let single = case.needs.iter().flat_map(|need| single(need));
        for (left_out, object) in single {
            revoke(&mut world).await;
            for need in case.needs {
                world.ok(&format!("GRANT {need} TO amy")).await;
            }
            world
                .ok(&format!("REVOKE {left_out} ON {object} FROM amy"))
                .await;
            let refused = run(&mut amy, case.statement).await;
            let refused = refused.err().unwrap_or_else(|| {
                panic!("{} works without {left_out} on {object}", case.statement)
            });
            assert_eq!(
                refused.sqlstate.code(),
                "42501",
                "{}: {refused:?}",
                case.statement
            );
        }
        revoke(&mut world).await;
        for need in case.needs {
            world.ok(&format!("GRANT {need} TO amy")).await;
        }
        if let Err(error) = run(&mut amy, case.statement).await {
            panic!("{}: {error:?}", case.statement);
        }
        if !case.undo.is_empty() {
            world.ok(case.undo).await;
        }
    }
}

/// `A, B ON x` as (A, x), (B, x).
fn single(need: &str) -> Vec<(String, String)> {
    let (privileges, object) = need.split_once(" ON ").unwrap();
    privileges
        .split(", ")
        .map(|privilege| (privilege.to_owned(), object.to_owned()))
        .collect()
}

async fn revoke(world: &mut Fixture) {
    world.ok("REVOKE ALL ON DATABASE d FROM amy, bob").await;
    world.ok("REVOKE ALL ON d.* FROM amy, bob").await;
}

/// What only root may do stays so whatever is granted.
#[tokio::test(flavor = "multi_thread")]
async fn everything_granted_is_still_not_root() {
    let mut world = world().await;
    world
        .ok("GRANT ALL ON DATABASE d TO amy; GRANT ALL ON d.* TO amy")
        .await;
    let mut amy = world.node.session("amy", "d").await.unwrap();
    for statement in [
        "CREATE DATABASE mine",
        "ALTER DATABASE d RENAME TO e",
        "BACKUP DATABASE d TO 'nodelocal:///d'",
        "RESTORE DATABASE d FROM 'nodelocal:///d'",
        "SHOW BACKUP 'nodelocal:///d'",
        "CREATE USER eve",
        "ALTER USER amy PASSWORD 'x'",
        "DROP USER bob",
        "SET CLUSTER SETTING feature.backup.enabled = true",
        "SHOW ALL CLUSTER SETTINGS",
        "ALTER TABLE t CONFIGURE ZONE USING gc.ttlseconds = 600",
        "SHOW ZONE CONFIGURATION FOR TABLE t",
        "SHOW ALL ZONE CONFIGURATIONS",
        "PAUSE JOB 1",
        "RESUME JOB 1",
        "CANCEL JOB 1",
        "SELECT * FROM system.users",
        "INSERT INTO system.users VALUES ('eve', NULL)",
        "UPDATE system.users SET \"hashedPassword\" = NULL",
        "DELETE FROM system.users",
        "SELECT * FROM [SHOW ZONE CONFIGURATIONS]",
        "GRANT SELECT ON system.users TO amy",
        "DROP DATABASE system",
    ] {
        let refused = run(&mut amy, statement).await.err();
        let refused = refused.unwrap_or_else(|| panic!("{statement} worked"));
        assert_eq!(refused.sqlstate.code(), "42501", "{statement}: {refused:?}");
    }
}

/// The past of a table is read with the rights of what has its name today: COPY into an empty table changes the table's id.
#[tokio::test(flavor = "multi_thread")]
async fn the_past_of_a_replaced_table_can_still_be_read() {
    let mut world = world().await;
    world.ok("GRANT SELECT, INSERT ON t TO amy").await;
    let before = world.ok("SELECT cluster_logical_timestamp()").await;
    world.ok("DROP TABLE t").await;
    world.ok("CREATE TABLE t (k INT PRIMARY KEY)").await;
    let mut amy = world.node.session("amy", "d").await.unwrap();
    let query = format!("SELECT k FROM t AS OF SYSTEM TIME {before}");
    let refused = run(&mut amy, &query).await.err().unwrap();
    assert_eq!(refused.sqlstate.code(), "42501");
    world.ok("GRANT SELECT ON t TO amy").await;
    assert_eq!(run(&mut amy, &query).await.unwrap(), "1\n2");
    world.ok("DROP TABLE t").await;
    assert!(run(&mut amy, &query).await.is_err());
    world.ok("GRANT SELECT ON DATABASE d TO amy").await;
    assert_eq!(run(&mut amy, &query).await.unwrap(), "1\n2");
}

/// Rows that a transaction reads after a REVOKE are not given out, and its COMMIT does not take what it had written before.
#[tokio::test(flavor = "multi_thread")]
async fn a_revoke_reaches_an_open_transaction() {
    let mut world = world().await;
    world.ok("GRANT SELECT, INSERT ON t TO amy").await;
    let mut amy = world.node.session("amy", "d").await.unwrap();
    run(&mut amy, "BEGIN; INSERT INTO t VALUES (9, 9)")
        .await
        .unwrap();
    world.ok("REVOKE INSERT ON t FROM amy").await;
    let conflict = run(&mut amy, "COMMIT").await.err().unwrap();
    assert_eq!(conflict.sqlstate.code(), "40001");
}
