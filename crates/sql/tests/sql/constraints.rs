//! Constraints where scripts do not reach: COPY by each of its ways, the fields of errors, and transactions at the same time.

use std::sync::Arc;

use bytes::Bytes;
use cairn_sql::{Answer, Session, SqlError};
use cairn_storage::{Engine, clock::Clock, memory::Memory};

use crate::common::{Fixture, run, start};

/// Sends a text in pieces that end anywhere.
async fn copy(session: &mut Session, statement: &str, text: &str) -> Result<u64, SqlError> {
    let prepared = session.split(statement)?.remove(0);
    let Answer::CopyIn(mut copy) = session.execute(&prepared, &[]).await? else {
        panic!("{statement} takes no data")
    };
    for piece in text.as_bytes().chunks(65_521) {
        copy.write(Bytes::copy_from_slice(piece)).await?;
    }
    copy.finish().await
}

async fn with_tables() -> Fixture {
    let mut f = start().await;
    f.ok("CREATE TABLE p (id INT PRIMARY KEY)").await;
    f.ok("INSERT INTO p VALUES (1), (2), (3)").await;
    f.ok("CREATE TABLE c (k INT PRIMARY KEY, p INT REFERENCES p, pad STRING, next INT AS (k + 1) STORED,
            me INT REFERENCES c (k), CONSTRAINT small CHECK (k < 1000000))")
        .await;
    f
}

/// `rows` lines of about 100 bytes; each refers to p and to a row of its own table that comes later or is itself.
fn lines(rows: u64) -> String {
    let line = |row: u64| {
        let me = (row + 7).min(rows - 1);
        format!("{row},{},{},{me}\n", row % 3 + 1, "x".repeat(90))
    };
    (0..rows).map(line).collect()
}

/// More than is held back.
const MANY: u64 = 45_000;

#[tokio::test]
async fn copy_in_bulk_keeps_constraints() {
    let mut f = with_tables().await;
    let statement = "COPY c (k, p, pad, me) FROM STDIN CSV";
    // Each mistake is in the last line, so the whole load has been sorted by then.
    for (bad, state, constraint) in [
        ("999999,4,x,1\n", "23503", Some("c_p_fkey")),
        ("999999,1,x,77777\n", "23503", Some("c_me_fkey")),
        ("1000000,1,x,1\n", "23514", Some("small")),
    ] {
        let text = lines(MANY) + bad;
        let error = copy(&mut f.session, statement, &text).await.unwrap_err();
        assert_eq!(error.sqlstate.code(), state, "{error:?}");
        assert_eq!(error.constraint.as_deref(), constraint);
        assert_eq!(error.relation_name(), Some("c"));
        assert_eq!(f.ok("SELECT count(*) FROM c").await, "0");
    }
    assert_eq!(
        copy(&mut f.session, statement, &lines(MANY)).await,
        Ok(MANY)
    );
    assert_eq!(
        f.ok("SELECT count(*), count(DISTINCT p) FROM c WHERE next = k + 1")
            .await,
        format!("{MANY}|3")
    );
    // Both ends know of the table that took the old one's place.
    assert!(
        f.error("DELETE FROM p WHERE id = 1")
            .await
            .starts_with("23503")
    );
    assert!(
        f.error("INSERT INTO c (k, me) VALUES (-1, -2)")
            .await
            .starts_with("23503")
    );
    assert!(f.error("DROP TABLE p").await.starts_with("2BP01"));
    f.ok("DELETE FROM c").await;
    f.ok("DELETE FROM p").await;
    f.node.shutdown().await;
}

#[tokio::test]
async fn copy_in_a_transaction_keeps_constraints() {
    let mut f = with_tables().await;
    let statement = "COPY c (k, p, pad, me) FROM STDIN CSV";
    let error = copy(
        &mut f.session,
        statement,
        "1,1,a,2\n2,1,a,1\n1000000,1,b,1\n",
    )
    .await
    .unwrap_err();
    assert_eq!(error.constraint.as_deref(), Some("small"));
    assert_eq!(
        error.context.as_deref(),
        Some("COPY c, line 3: \"1000000,1,b,1\"")
    );
    let error = copy(&mut f.session, statement, "1,1,a,2\n2,9,a,1\n")
        .await
        .unwrap_err();
    assert_eq!(error.constraint.as_deref(), Some("c_p_fkey"));
    // A row may refer to one that comes later, in another block.
    assert_eq!(
        copy(&mut f.session, statement, "1,1,a,2\n2,1,a,1\n").await,
        Ok(2)
    );
    // Into a table with rows: one transaction, whatever its size.
    let text: String = lines(MANY).replace(",44999\n", ",1\n");
    let text: String = text
        .lines()
        .skip(10)
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(copy(&mut f.session, statement, &text).await, Ok(MANY - 10));
    let error = copy(&mut f.session, "COPY c (k, next) FROM STDIN", "")
        .await
        .unwrap_err();
    assert_eq!(error.sqlstate.code(), "42P10");
    assert_eq!(
        f.ok("COPY (SELECT * FROM c WHERE k = 1) TO STDOUT CSV")
            .await,
        "1,1,a,2,2\n"
    );
    // What goes out goes in again: computed columns do neither.
    f.ok("CREATE TABLE small (a INT, b INT AS (a * 2) STORED)")
        .await;
    f.ok("INSERT INTO small VALUES (4)").await;
    assert_eq!(f.ok("COPY small TO STDOUT").await, "4\n");
    assert_eq!(
        copy(&mut f.session, "COPY small FROM STDIN", "5\n").await,
        Ok(1)
    );
    assert_eq!(f.ok("SELECT sum(b) FROM small").await, "18");
    f.node.shutdown().await;
}

#[tokio::test]
async fn errors_name_table_column_and_constraint() {
    let mut f = with_tables().await;
    f.ok("CREATE TABLE n (a INT NOT NULL, b INT UNIQUE)").await;
    f.ok("INSERT INTO n VALUES (1, 1)").await;
    f.ok("INSERT INTO c (k, p) VALUES (1, 1)").await;
    for (statement, state, table, column, constraint) in [
        (
            "INSERT INTO n VALUES (NULL, 2)",
            "23502",
            "n",
            Some("a"),
            None,
        ),
        (
            "INSERT INTO n VALUES (1, 1)",
            "23505",
            "n",
            None,
            Some("n_b_key"),
        ),
        (
            "INSERT INTO c (k) VALUES (1000000)",
            "23514",
            "c",
            None,
            Some("small"),
        ),
        (
            "INSERT INTO c (k, p) VALUES (5, 5)",
            "23503",
            "c",
            None,
            Some("c_p_fkey"),
        ),
        (
            "DELETE FROM p WHERE id = 1",
            "23503",
            "c",
            None,
            Some("c_p_fkey"),
        ),
    ] {
        let error = f.run(statement).await.unwrap_err();
        assert_eq!(error.sqlstate.code(), state, "{statement}");
        assert_eq!(error.relation_name(), Some(table), "{statement}");
        assert_eq!(error.column_name(), column, "{statement}");
        assert_eq!(error.constraint.as_deref(), constraint, "{statement}");
        assert!(error.detail.is_some(), "{statement}");
    }
    f.node.shutdown().await;
}

/// One deletes the parent, the other inserts a child, both before either commits: the second to commit does not.
#[tokio::test]
async fn a_parent_cannot_go_while_a_child_comes() {
    for action in ["", "ON DELETE CASCADE", "ON DELETE SET NULL"] {
        for child_first in [false, true] {
            let mut f = start().await;
            f.ok("CREATE TABLE p (id INT PRIMARY KEY)").await;
            f.ok(&format!(
                "CREATE TABLE c (k INT PRIMARY KEY, p INT REFERENCES p {action})"
            ))
            .await;
            f.ok("INSERT INTO p VALUES (1)").await;
            let mut other = f.node.session("root", "defaultdb").await.unwrap();
            run(&mut other, "BEGIN").await.unwrap();
            f.ok("BEGIN").await;
            f.ok("DELETE FROM p WHERE id = 1").await;
            run(&mut other, "INSERT INTO c VALUES (1, 1)")
                .await
                .unwrap();
            let (first, second) = match child_first {
                true => (run(&mut other, "COMMIT").await, f.run("COMMIT").await),
                false => (f.run("COMMIT").await, run(&mut other, "COMMIT").await),
            };
            assert!(first.is_ok(), "{action}: {first:?}");
            assert_eq!(second.unwrap_err().sqlstate.code(), "40001", "{action}");
            assert_eq!(f.ok(ORPHANS).await, "0");
            f.node.shutdown().await;
        }
    }
}

const ORPHANS: &str =
    "SELECT count(*) FROM c LEFT JOIN p ON c.p = p.id WHERE c.p IS NOT NULL AND p.id IS NULL";

/// A statement costs what it touches, not what the tables hold.
#[tokio::test]
async fn looking_up_costs_what_is_looked_up() {
    let engine: Arc<dyn Engine> = Arc::new(Memory::new(Clock::system()));
    let mut f = Fixture::of(engine.clone(), tempfile::tempdir().unwrap()).await;
    f.ok("CREATE TABLE p (id INT PRIMARY KEY)").await;
    f.ok("CREATE TABLE c (k INT PRIMARY KEY, p INT REFERENCES p ON DELETE CASCADE)")
        .await;
    let values = |count: u64, row: fn(u64) -> String| {
        (0..count).map(row).collect::<Vec<String>>().join(", ")
    };
    let parents = values(2_000, |id| format!("({id})"));
    f.ok(&format!("INSERT INTO p VALUES {parents}")).await;
    let children = values(2_000, |k| format!("({k}, {})", k / 2));
    f.ok(&format!("INSERT INTO c VALUES {children}")).await;
    for (statement, most) in [
        ("INSERT INTO c VALUES (5000, 1500)", 60),
        ("DELETE FROM p WHERE id = 1500", 60),
        ("DELETE FROM p WHERE id = 3", 60),
    ] {
        let before = engine.counters().keys_examined;
        f.ok(statement).await;
        let examined = engine.counters().keys_examined - before;
        assert!(examined <= most, "{statement} looked at {examined} keys");
    }
    f.node.shutdown().await;
}

/// A generator of numbers that a seed repeats.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// Sessions that delete, rename and insert parents and children of a few keys, alone and in transactions: never an orphan, and
/// the index that finds children agrees with the rows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_orphans_under_load() {
    for (seed, action) in [
        (11, ""),
        (12, "ON DELETE CASCADE ON UPDATE CASCADE"),
        (13, "ON DELETE SET NULL ON UPDATE SET NULL"),
        (14, "ON DELETE RESTRICT ON UPDATE CASCADE"),
    ] {
        println!("seed {seed}, {action}");
        let mut f = start().await;
        f.ok("CREATE TABLE p (id INT PRIMARY KEY)").await;
        f.ok(&format!(
            "CREATE TABLE c (k INT PRIMARY KEY, p INT REFERENCES p {action})"
        ))
        .await;
        let mut workers = Vec::new();
        for worker in 0..4 {
            let mut session = f.node.session("root", "defaultdb").await.unwrap();
            let mut numbers = Numbers(seed * 1_000 + worker);
            workers.push(tokio::spawn(async move {
                let mut done = 0;
                for step in 0..40 {
                    done += u64::from(
                        transact(&mut session, &mut numbers, worker * 1_000 + step).await,
                    );
                }
                done
            }));
        }
        let mut done = 0;
        for worker in workers {
            done += worker.await.unwrap();
        }
        assert!(done > 20, "only {done} of 160 transactions committed");
        assert_eq!(f.ok(ORPHANS).await, "0", "seed {seed}, {action}");
        for id in 0..8 {
            let by_index = f
                .ok(&format!("SELECT count(*) FROM c WHERE p = {id}"))
                .await;
            let by_rows = f
                .ok(&format!("SELECT count(*) FROM c WHERE p + 0 = {id}"))
                .await;
            assert_eq!(by_index, by_rows, "seed {seed}, {action}");
        }
        f.node.shutdown().await;
    }
}

/// One to three random changes; whether they were committed.
async fn transact(session: &mut Session, numbers: &mut Numbers, k: u64) -> bool {
    let count = 1 + numbers.below(3);
    if count > 1 {
        run(session, "BEGIN").await.unwrap();
    }
    for nth in 0..count {
        let (id, to) = (numbers.below(8), numbers.below(8));
        let statement = match numbers.below(6) {
            0 | 1 => format!("UPSERT INTO p VALUES ({id})"),
            2 => format!("DELETE FROM p WHERE id = {id}"),
            3 => format!("UPDATE p SET id = {to} WHERE id = {id}"),
            4 => format!("INSERT INTO c VALUES ({}, {id})", k * 10 + nth),
            _ => format!("UPDATE c SET p = {to} WHERE p = {id}"),
        };
        if let Err(error) = run(session, &statement).await {
            let state = error.sqlstate.code();
            assert!(
                ["40001", "23503", "23505"].contains(&state),
                "{statement}: {error:?}"
            );
            if count > 1 {
                run(session, "ROLLBACK").await.unwrap();
            }
            return false;
        }
    }
    if count == 1 {
        return true;
    }
    match run(session, "COMMIT").await {
        Ok(_) => true,
        Err(error) => {
            assert_eq!(error.sqlstate.code(), "40001", "{error:?}");
            false
        }
    }
}
