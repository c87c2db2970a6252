//! Queries of the past beside schema changes, and changes that meet each other.

use std::sync::Arc;

use cairn_catalog::TableId;
use cairn_sql::{SqlError, SqlState};
use cairn_storage::{IndexId, Prefix, clock::Clock, memory::Memory};

use crate::{
    common::{Fixture, run, start},
    interrupted::{Call, interrupted},
};

/// A query of the past reads the schema of that time: names, columns, indexes and keys as they were, whatever was done to them.
#[tokio::test]
async fn the_past_keeps_its_schema() {
    let mut f = start().await;
    f.ok("CREATE TABLE t (k INT PRIMARY KEY, a INT NOT NULL, b STRING)")
        .await;
    f.ok("INSERT INTO t VALUES (1, 30, 'x'), (2, 20, 'y')")
        .await;
    let changes = [
        "ALTER TABLE t ADD COLUMN c INT NOT NULL DEFAULT 7",
        "ALTER TABLE t ADD COLUMN d INT NOT NULL DEFAULT (random() * 0)::INT + 8",
        "CREATE UNIQUE INDEX t_a ON t (a)",
        "ALTER TABLE t RENAME COLUMN b TO bb",
        "ALTER TABLE t DROP COLUMN c",
        "ALTER TABLE t ALTER PRIMARY KEY USING COLUMNS (a)",
        "ALTER TABLE t RENAME TO u",
        "ALTER TABLE u RENAME TO t",
        "TRUNCATE t",
        "DROP INDEX t_a",
    ];
    let mut past = Vec::new();
    for change in changes {
        let then = f.ok("SELECT cluster_logical_timestamp()").await;
        let name = if change.contains("TABLE u") { "u" } else { "t" };
        let rows = f.ok(&format!("SELECT * FROM {name}")).await;
        let found = f.ok(&format!("SELECT k FROM {name} WHERE a = 20")).await;
        past.push((then, name, rows, found));
        f.ok(change).await;
    }
    for (then, name, rows, found) in past {
        let query = format!("SELECT * FROM {name} AS OF SYSTEM TIME {then}");
        assert_eq!(f.ok(&query).await, rows, "{query}");
        let query = format!("SELECT k FROM {name} AS OF SYSTEM TIME {then} WHERE a = 20");
        assert_eq!(f.ok(&query).await, found, "{query}");
    }
    assert_eq!(f.ok("SELECT * FROM t").await, "");
}

/// Transactions that make different things do not meet.
#[tokio::test]
async fn new_tables_do_not_conflict() {
    let mut f = start().await;
    let mut other = f.node.session("root", "defaultdb").await.unwrap();
    f.ok("BEGIN; CREATE TABLE a (k INT); CREATE SEQUENCE s")
        .await;
    run(&mut other, "BEGIN; CREATE TABLE b (k SERIAL)")
        .await
        .unwrap();
    f.ok("COMMIT").await;
    run(&mut other, "COMMIT").await.unwrap();
    assert_eq!(f.ok("SELECT count(*) FROM a, b").await, "0");
}

/// A transaction that read a table before a step of its change must not commit after it: it does not keep up what was added.
#[tokio::test]
async fn a_writer_of_before_conflicts_with_each_step() {
    let mut f = start().await;
    f.ok("CREATE TABLE t (k INT PRIMARY KEY, a INT)").await;
    f.ok("INSERT INTO t VALUES (1, 1)").await;
    for change in [
        "ALTER TABLE t ADD COLUMN b INT DEFAULT 5",
        "CREATE INDEX t_a ON t (a)",
        "ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0)",
        "ALTER TABLE t ALTER COLUMN a SET NOT NULL",
        "ALTER TABLE t ALTER PRIMARY KEY USING COLUMNS (a)",
        "ALTER TABLE t RENAME COLUMN a TO aa",
        "TRUNCATE t",
    ] {
        let mut other = f.node.session("root", "defaultdb").await.unwrap();
        run(&mut other, "BEGIN").await.unwrap();
        run(&mut other, "UPDATE t SET k = k + 100").await.unwrap();
        f.ok(change).await;
        let error = run(&mut other, "COMMIT").await.unwrap_err();
        assert_eq!(error.sqlstate.to_string(), "40001", "{change}: {error}");
    }
}

/// Two changes of one table: the second is told to wait, and the first is not disturbed.
#[tokio::test]
async fn changes_of_one_table_come_one_after_the_other() {
    let mut f = start().await;
    f.ok("CREATE TABLE t (k INT PRIMARY KEY, a INT)").await;
    f.ok("INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)").await;
    let mut other = f.node.session("root", "defaultdb").await.unwrap();
    let (first, second) = tokio::join!(
        f.run("ALTER TABLE t ADD CONSTRAINT one UNIQUE (a)"),
        run(&mut other, "ALTER TABLE t ADD CONSTRAINT two UNIQUE (a, k)")
    );
    let done = [&first, &second].iter().filter(|end| end.is_ok()).count();
    for error in [first, second].into_iter().filter_map(Result::err) {
        assert_eq!(error.sqlstate.to_string(), "55006", "{error}");
    }
    assert!(done >= 1, "one of them is done");
    let made = f
        .ok("SELECT count(*) FROM [SHOW CONSTRAINTS FROM t] WHERE constraint_type = 'UNIQUE'")
        .await;
    assert_eq!(made, done.to_string());
}

/// A database gets another name beside statements that store its name in a text: whichever commits second is told to try again, so that no
/// view and no DEFAULT keeps the old name.
#[tokio::test]
async fn a_database_is_not_renamed_beside_new_texts_with_its_name() {
    const RENAME: &str = "ALTER DATABASE d RENAME TO e";
    for text in [
        "CREATE VIEW d.v AS SELECT k FROM d.t",
        "CREATE VIEW v AS SELECT k FROM d.t",
        "CREATE OR REPLACE VIEW v0 AS SELECT k FROM d.t",
        "CREATE TABLE d.u (k SERIAL)",
        "CREATE TABLE u (k INT DEFAULT nextval('d.public.s'))",
        "ALTER TABLE t ALTER COLUMN k SET DEFAULT nextval('d.public.s')",
    ] {
        for (first, second) in [(RENAME, text), (text, RENAME)] {
            let mut f = start().await;
            f.ok("CREATE DATABASE d; CREATE TABLE d.t (k INT); CREATE SEQUENCE d.s; CREATE TABLE t (k INT)")
                .await;
            f.ok("CREATE VIEW v0 AS SELECT k FROM t").await;
            let mut other = f.node.session("root", "defaultdb").await.unwrap();
            run(&mut other, "BEGIN").await.unwrap();
            run(&mut other, second).await.unwrap();
            f.ok(first).await;
            let error = run(&mut other, "COMMIT").await.unwrap_err();
            assert_eq!(error.sqlstate.to_string(), "40001", "{first}; {second}");
        }
    }
}

/// A row whose key is changed while a new column is filled gets its value all the same, however often that happens.
#[tokio::test]
async fn rows_that_move_meanwhile_are_filled() {
    let engine = interrupted(Memory::new(Clock::system()));
    let mut f = Fixture::of(engine.clone(), tempfile::tempdir().unwrap()).await;
    f.ok("CREATE SEQUENCE s; CREATE TABLE t (k INT PRIMARY KEY)")
        .await;
    f.ok("INSERT INTO t VALUES (1), (2)").await;
    let rows = Prefix::new(TableId(101), IndexId(1));
    for column in [
        "a INT DEFAULT (random() * 0)::INT + 8",
        "b INT NOT NULL DEFAULT (random() * 0)::INT + 8",
        "c INT NOT NULL DEFAULT nextval('s')",
    ] {
        for (from, to) in [(1, 3), (3, 4), (4, 1)] {
            let mut other = f.node.session("root", "defaultdb").await.unwrap();
            engine.hooks.before(Call::Commit, rows, async move {
                let moves = format!("UPDATE t SET k = {to} WHERE k = {from}");
                assert_eq!(run(&mut other, &moves).await.unwrap(), "UPDATE 1");
            });
        }
        f.ok(&format!("ALTER TABLE t ADD COLUMN {column}")).await;
        let unfilled = format!("SELECT k FROM t WHERE {} IS NULL", &column[..1]);
        assert_eq!(f.ok(&unfilled).await, "", "{column}");
        engine.hooks.all_has_happened();
    }
    assert_eq!(f.ok("SELECT k FROM t ORDER BY k").await, "1\n2");
}

/// A NULL that fills a row is a value: it is neither looked for nor drawn again.
#[tokio::test(flavor = "multi_thread")]
async fn rows_are_filled_with_nulls_once() {
    let engine = Arc::new(Memory::new(Clock::system()));
    let mut f = Fixture::of(engine.clone(), tempfile::tempdir().unwrap()).await;
    f.ok("CREATE SEQUENCE s; CREATE TABLE t (k INT PRIMARY KEY, a INT)")
        .await;
    f.ok("INSERT INTO t VALUES (1, 1), (2, NULL), (3, 3)").await;
    f.ok("ALTER TABLE t ADD COLUMN b INT AS (a + 1) STORED")
        .await;
    f.ok("ALTER TABLE t ADD COLUMN c INT DEFAULT nullif(nextval('s'), 2)")
        .await;
    f.ok("ALTER TABLE t ADD COLUMN d INT DEFAULT CASE WHEN random() < 2 THEN NULL ELSE 1 END")
        .await;
    let rows = f.ok("SELECT k, b, c, d FROM t ORDER BY k").await;
    assert_eq!(rows, "1|2|1|NULL\n2|NULL|NULL|NULL\n3|4|3|NULL");
    assert_eq!(f.ok("SELECT nextval('s')").await, "4");
    let refused = f
        .error("ALTER TABLE t ADD COLUMN e INT NOT NULL DEFAULT nullif(random(), random())::INT - NULL")
        .await;
    assert!(refused.contains("23502"), "{refused}");
    f.node.shutdown().await;
}

/// A backup that is made while a foreign key is validated has neither end of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_key_that_is_being_added_is_in_no_backup() {
    let engine = interrupted(Memory::new(Clock::system()));
    let mut f = Fixture::of(engine.clone(), tempfile::tempdir().unwrap()).await;
    f.ok("CREATE DATABASE d; CREATE TABLE d.p (k INT PRIMARY KEY)")
        .await;
    f.ok("CREATE TABLE d.c (k INT PRIMARY KEY, p INT)").await;
    f.ok("INSERT INTO d.p VALUES (1); INSERT INTO d.c VALUES (2, 1)")
        .await;
    let mut other = f.node.session("root", "defaultdb").await.unwrap();
    // The first commit of a job's record begins the change, the second claims it.
    let jobs = Prefix::new(cairn_jobs::TABLE, IndexId(1));
    engine.hooks.before(Call::Commit, jobs, async {});
    engine.hooks.before(Call::Commit, jobs, async move {
        let backup = "BACKUP DATABASE d TO 'nodelocal:///d'";
        run(&mut other, backup).await.unwrap();
    });
    f.ok("ALTER TABLE d.c ADD CONSTRAINT f FOREIGN KEY (p) REFERENCES d.p")
        .await;
    engine.hooks.all_has_happened();
    f.ok("RESTORE DATABASE d FROM 'nodelocal:///d' WITH new_db_name = 'e'")
        .await;
    f.ok("TRUNCATE e.p CASCADE").await;
    assert_eq!(f.ok("SELECT k FROM e.c").await, "2");
    f.ok("DROP TABLE e.p").await;
}

/// Unique values whose rows get another primary key while an index is filled, or go to another row in one commit, stay unique.
#[tokio::test(flavor = "multi_thread")]
async fn what_moves_meanwhile_is_no_duplicate() {
    let engine = interrupted(Memory::new(Clock::system()));
    let mut f = Fixture::of(engine.clone(), tempfile::tempdir().unwrap()).await;
    f.ok("CREATE TABLE t (k INT PRIMARY KEY, a INT NOT NULL)")
        .await;
    f.ok("INSERT INTO t VALUES (1, 10), (2, 20)").await;
    let table = TableId(100);
    for (prefix, change) in [
        (
            Prefix::new(table, IndexId(2)),
            "CREATE UNIQUE INDEX t_a ON t (a)",
        ),
        (
            Prefix::new(table, IndexId(3)),
            "ALTER TABLE t ADD COLUMN b UUID DEFAULT gen_random_uuid() UNIQUE",
        ),
        (
            Prefix::new(TableId(101), IndexId(1)),
            "ALTER TABLE t ALTER PRIMARY KEY USING COLUMNS (a)",
        ),
    ] {
        let mut other = f.node.session("root", "defaultdb").await.unwrap();
        engine.hooks.before(Call::Ingest, prefix, async move {
            for moves in [
                "UPDATE t SET k = k + 100",
                "UPDATE t SET k = k - 99",
                "BEGIN; DELETE FROM t WHERE a = 10; INSERT INTO t (k, a) VALUES (1000, 10); COMMIT",
                "UPDATE t SET k = 1 WHERE a = 10; UPDATE t SET k = 2 WHERE a = 20",
            ] {
                run(&mut other, moves).await.unwrap();
            }
        });
        f.ok(change).await;
        engine.hooks.all_has_happened();
        assert_eq!(f.ok("SELECT k, a FROM t ORDER BY k").await, "1|10\n2|20");
    }
}

/// What was a duplicate when it was written is one, be it gone since.
#[tokio::test(flavor = "multi_thread")]
async fn what_comes_meanwhile_is_a_duplicate() {
    let engine = interrupted(Memory::new(Clock::system()));
    let mut f = Fixture::of(engine.clone(), tempfile::tempdir().unwrap()).await;
    f.ok("CREATE TABLE t (k INT PRIMARY KEY, a INT NOT NULL)")
        .await;
    f.ok("INSERT INTO t VALUES (1, 10), (2, 20)").await;
    let changes = [
        "INSERT INTO t VALUES (3, 10); DELETE FROM t WHERE k = 1",
        "UPDATE t SET k = 5, a = 20 WHERE a = 10",
    ];
    for (place, moves) in changes.into_iter().enumerate() {
        let mut other = f.node.session("root", "defaultdb").await.unwrap();
        let index = IndexId(2 + u32::try_from(place).unwrap());
        let prefix = Prefix::new(TableId(100), index);
        engine.hooks.before(Call::Ingest, prefix, async move {
            run(&mut other, moves).await.unwrap();
        });
        let refused = f.error("CREATE UNIQUE INDEX t_a ON t (a)").await;
        assert!(refused.contains("23505"), "{refused}");
        engine.hooks.all_has_happened();
    }
}

/// Whoever hears that such a change was stopped must not believe that nothing will change: it goes on as a job.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_goes_on_without_its_statement_is_named() {
    let engine = interrupted(Memory::new(Clock::system()));
    let mut f = Fixture::of(engine.clone(), tempfile::tempdir().unwrap()).await;
    f.ok("CREATE TABLE t (k INT PRIMARY KEY, a INT)").await;
    f.ok("INSERT INTO t VALUES (1, 1), (2, 2)").await;
    let stopped = || SqlError::new(SqlState::QueryCanceled, "stopped");
    let progress = f.session.progress().clone();
    let meanwhile = progress.clone();
    let entries = Prefix::new(TableId(100), IndexId(2));
    engine.hooks.before(Call::Ingest, entries, async move {
        assert!(!meanwhile.is_committing());
        let detail = meanwhile.stopped(stopped()).detail.unwrap();
        assert!(
            detail.starts_with("What it began goes on as job "),
            "{detail}"
        );
    });
    f.ok("CREATE INDEX ON t (a)").await;
    engine.hooks.all_has_happened();
    assert_eq!(progress.stopped(stopped()).detail, None);
    f.node.shutdown().await;
}

/// What other folders commit is waited for, too.
#[tokio::test(flavor = "multi_thread")]
async fn a_grant_is_not_stopped_while_it_commits() {
    let engine = interrupted(Memory::new(Clock::system()));
    let mut f = Fixture::of(engine.clone(), tempfile::tempdir().unwrap()).await;
    f.ok("CREATE TABLE t (k INT PRIMARY KEY)").await;
    let progress = f.session.progress().clone();
    let users = Prefix::new(cairn_catalog::USERS_TABLE, IndexId(1));
    engine.hooks.before(Call::Commit, users, async move {
        assert!(progress.is_committing());
    });
    f.ok("CREATE USER amy").await;
    engine.hooks.all_has_happened();
    f.node.shutdown().await;
}
