//! COPY by its public face: both engines, all ways a row can take into a table, and what is left after errors.

use std::{
    ops::{Deref, DerefMut},
    path::PathBuf,
    sync::Arc,
};

use crate::common::{Fixture, run};
use bytes::Bytes;
use cairn_sql::{Answer, Node, NodeOptions, Session, SqlError};
use cairn_storage::{
    Engine, Snapshot,
    clock::Clock,
    lsm::{Lsm, LsmOptions},
    memory::Memory,
};

/// A node whose engine and folder can be looked into.
struct Database {
    fixture: Fixture,
    engine: Arc<dyn Engine>,
    folder: PathBuf,
}

impl Database {
    async fn on(engine: Arc<dyn Engine>, folder: tempfile::TempDir) -> Database {
        let path = folder.path().to_owned();
        Database {
            fixture: Fixture::of(engine.clone(), folder).await,
            engine,
            folder: path,
        }
    }
}

impl Deref for Database {
    type Target = Fixture;

    fn deref(&self) -> &Fixture {
        &self.fixture
    }
}

impl DerefMut for Database {
    fn deref_mut(&mut self) -> &mut Fixture {
        &mut self.fixture
    }
}

async fn start() -> Database {
    Database::on(
        Arc::new(Memory::new(Clock::system())),
        tempfile::tempdir().unwrap(),
    )
    .await
}

async fn start_on_disk() -> Database {
    let folder = tempfile::tempdir().unwrap();
    let engine = Arc::new(Lsm::open(&folder.path().join("store"), LsmOptions::default()).unwrap());
    Database::on(engine, folder).await
}

/// Sends pieces of a file, and answers how many rows were copied.
async fn copy(session: &mut Session, statement: &str, pieces: &[&[u8]]) -> Result<u64, SqlError> {
    let prepared = session.split(statement)?.remove(0);
    let Answer::CopyIn(mut copy) = session.execute(&prepared, &[]).await? else {
        panic!("{statement} takes no data")
    };
    for piece in pieces {
        if let Err(error) = copy.write(Bytes::copy_from_slice(piece)).await {
            session.fail();
            return Err(error);
        }
    }
    let finished = copy.finish().await;
    if finished.is_err() {
        session.fail();
    }
    finished
}

impl Database {
    async fn copy(&mut self, statement: &str, text: &str) -> Result<u64, SqlError> {
        copy(&mut self.fixture.session, statement, &[text.as_bytes()]).await
    }

    async fn copy_error(&mut self, statement: &str, text: &str) -> String {
        shown(&self.copy(statement, text).await.unwrap_err())
    }

    /// Large inputs arrive in pieces that end anywhere.
    async fn copy_large(&mut self, statement: &str, text: &str) -> Result<u64, SqlError> {
        let pieces: Vec<&[u8]> = text.as_bytes().chunks(65_521).collect();
        copy(&mut self.fixture.session, statement, &pieces).await
    }

    /// Offline tables, and files in the temporary folder.
    async fn leftovers(&self) -> usize {
        let snapshot = Snapshot::now(self.engine.clone()).await.unwrap();
        let view = cairn_catalog::Catalog::new(self.engine.clone())
            .view(&snapshot)
            .await
            .unwrap();
        let runs =
            |entry: &std::fs::DirEntry| entry.file_name().to_string_lossy().starts_with("copy-");
        let files = std::fs::read_dir(self.folder.join("tmp"))
            .unwrap()
            .flatten()
            .filter(runs);
        view.offline_tables().count() + files.count()
    }
}

fn shown(error: &SqlError) -> String {
    let parts = [
        Some(&error.message),
        error.detail.as_ref(),
        error.context.as_ref(),
    ];
    let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
    format!("{} {}", error.sqlstate, parts.join(" / "))
}

/// More than is held back: `rows` lines of about 100 bytes, in no order.
fn many(rows: u64) -> String {
    let line = |row: u64| format!("{},{},{}\n", (row * 7_919) % rows, row, "x".repeat(90));
    (0..rows).map(line).collect()
}

const MANY: u64 = 80_000;

#[tokio::test]
async fn rows_go_in_and_come_out() {
    let mut db = start().await;
    db.ok("CREATE TABLE t (k INT PRIMARY KEY, v STRING DEFAULT 'none', w INT4 DEFAULT 1 + 1)")
        .await;
    assert_eq!(
        db.copy("COPY t FROM STDIN", "1\ta\\tb\t7\n2\t\\N\t\\N\n")
            .await,
        Ok(2)
    );
    assert_eq!(
        db.copy(
            "COPY t (w, k) FROM STDIN WITH (FORMAT csv, HEADER)",
            "w,k\r\n10,3\r\n,4"
        )
        .await,
        Ok(2)
    );
    assert_eq!(db.copy("COPY t (k) FROM STDIN CSV", "5\n").await, Ok(1));
    assert_eq!(
        db.ok("SELECT * FROM t ORDER BY k").await,
        "1|a\tb|7\n2|NULL|NULL\n3|none|10\n4|none|NULL\n5|none|2"
    );
    assert_eq!(
        db.ok("COPY t TO STDOUT").await,
        "1\ta\\tb\t7\n2\t\\N\t\\N\n3\tnone\t10\n4\tnone\t\\N\n5\tnone\t2\n"
    );
    let out = db.ok("COPY (SELECT v, k + 1 AS n FROM t WHERE k < 3 ORDER BY k) TO STDOUT WITH (FORMAT csv, HEADER)").await;
    assert_eq!(out, "v,n\na\tb,2\n,3\n");
    assert_eq!(
        db.ok("COPY public.t (w) TO STDOUT CSV NULL 'nil'").await,
        "7\nnil\n10\nnil\n2\n"
    );
    assert_eq!(db.copy("COPY t FROM STDIN", "").await, Ok(0));
}

#[tokio::test]
async fn tables_without_a_key_take_copies_too() {
    let mut db = start().await;
    db.ok("CREATE TABLE t (v STRING, u UUID DEFAULT gen_random_uuid())")
        .await;
    assert_eq!(db.copy("COPY t (v) FROM STDIN", "b\na\na\n").await, Ok(3));
    assert_eq!(db.ok("SELECT v FROM t").await, "b\na\na");
    assert_eq!(db.ok("SELECT count(DISTINCT u) FROM t").await, "3");
    assert_eq!(db.ok("COPY t (v) TO STDOUT").await, "b\na\na\n");
}

#[tokio::test]
async fn errors_name_table_line_and_column() {
    let mut db = start().await;
    db.ok("CREATE TABLE t (k INT PRIMARY KEY, v STRING NOT NULL, CONSTRAINT tv UNIQUE (v))")
        .await;
    db.ok("INSERT INTO t VALUES (1, 'one')").await;
    let error = db.copy_error("COPY t FROM STDIN", "2\ta\nx\tb\n").await;
    assert_eq!(
        error,
        "22P02 invalid input syntax for type bigint: \"x\" / COPY t, line 2, column k: \"x\""
    );
    let error = db.copy_error("COPY t FROM STDIN", "2\ta\n3\n").await;
    assert_eq!(
        error,
        "22P04 missing data for column \"v\" / COPY t, line 2: \"3\""
    );
    let error = db.copy_error("COPY t FROM STDIN", "2\ta\tb\n").await;
    assert_eq!(
        error,
        "22P04 extra data after last expected column / COPY t, line 1: \"2\ta\tb\""
    );
    let error = db.copy_error("COPY t FROM STDIN", "2\ta\n3\t\\N\n").await;
    assert!(
        error.starts_with("23502 null value in column \"v\" of relation \"t\""),
        "{error}"
    );
    assert!(error.ends_with("COPY t, line 2: \"3\t\\N\""), "{error}");
    let error = db.copy_error("COPY t (k) FROM STDIN", "9\n").await;
    assert!(
        error.starts_with("23502 null value in column \"v\""),
        "{error}"
    );
    let error = db.copy_error("COPY t FROM STDIN", "2\ta\n1\tb\n").await;
    assert_eq!(
        error,
        "23505 duplicate key value violates unique constraint \"t_pkey\" / Key (k)=(1) already exists. / COPY t, line 2: \"1\tb\""
    );
    let error = db.copy_error("COPY t FROM STDIN", "2\ta\n3\tone\n").await;
    assert!(
        error.contains("unique constraint \"tv\" / Key (v)=(one) already exists. / COPY t, line 2"),
        "{error}"
    );
    let error = db.copy_error("COPY t FROM STDIN", "2\ta\n\\.x\n").await;
    assert_eq!(error, "22P04 end-of-copy marker corrupt / COPY t, line 2");
    assert_eq!(db.ok("SELECT * FROM t").await, "1|one");
}

#[tokio::test]
async fn statements_that_make_no_sense_are_refused() {
    let mut db = start().await;
    db.ok("CREATE TABLE t (k INT PRIMARY KEY, v STRING)").await;
    assert!(db.error("COPY nope FROM STDIN").await.starts_with("42P01"));
    assert!(
        db.error("COPY t (k, x) FROM STDIN")
            .await
            .starts_with("42703")
    );
    assert!(
        db.error("COPY t (k, k) FROM STDIN")
            .await
            .starts_with("42701")
    );
    assert!(
        db.error("COPY t FROM STDIN WITH (FORMAT binary)")
            .await
            .starts_with("0A000")
    );
    assert!(
        db.error("COPY t FROM STDIN DELIMITER 'a'")
            .await
            .starts_with("22023")
    );
    assert!(
        db.error("COPY t FROM STDIN NULL E'\\t'")
            .await
            .starts_with("22023")
    );
    assert!(
        db.error("COPY system.public.users FROM STDIN")
            .await
            .starts_with("42501")
    );
}

#[tokio::test]
async fn an_explicit_transaction_takes_a_copy_as_its_writes() {
    let mut db = start().await;
    db.ok("CREATE TABLE t (k INT PRIMARY KEY)").await;
    db.ok("BEGIN").await;
    assert_eq!(db.copy("COPY t FROM STDIN", "1\n2\n").await, Ok(2));
    assert_eq!(db.ok("SELECT count(*) FROM t").await, "2");
    db.ok("ROLLBACK").await;
    assert_eq!(db.ok("SELECT count(*) FROM t").await, "0");
    db.ok("BEGIN; CREATE TABLE u (k INT PRIMARY KEY)").await;
    assert_eq!(db.copy("COPY u FROM STDIN", "1\n2\n").await, Ok(2));
    db.ok("SAVEPOINT s").await;
    assert!(db.copy("COPY u FROM STDIN", "3\nx\n").await.is_err());
    assert!(db.error("SELECT 1").await.starts_with("25P02"));
    db.ok("ROLLBACK TO SAVEPOINT s").await;
    assert_eq!(db.copy("COPY u FROM STDIN", "4\n").await, Ok(1));
    db.ok("COMMIT").await;
    assert_eq!(db.ok("SELECT * FROM u").await, "1\n2\n4");
}

async fn bulk_into_an_empty_table(mut db: Database) {
    db.ok("CREATE TABLE t (k INT PRIMARY KEY, n INT, v STRING, CONSTRAINT tnk UNIQUE (n, v)); CREATE INDEX tn ON t (n)").await;
    db.ok("INSERT INTO t VALUES (1, 1, 'gone')").await;
    db.ok("DELETE FROM t").await;
    let before = db.ok("SELECT cluster_logical_timestamp()").await;
    assert_eq!(
        db.copy_large("COPY t FROM STDIN CSV", &many(MANY)).await,
        Ok(MANY)
    );
    let sum = (MANY * (MANY - 1) / 2).to_string();
    assert_eq!(
        db.ok("SELECT count(*), sum(k), sum(n) FROM t").await,
        format!("{MANY}|{sum}|{sum}")
    );
    assert_eq!(db.ok("SELECT k, n FROM t WHERE k = 7919").await, "7919|1");
    assert_eq!(db.ok("SELECT k FROM t WHERE n = 2").await, "15838");
    assert_eq!(
        db.ok(&format!(
            "SELECT count(*) FROM t AS OF SYSTEM TIME '{before}'"
        ))
        .await,
        "0"
    );
    assert_eq!(db.leftovers().await, 0);
    // What came in bulk is written like any other row.
    db.ok("UPDATE t SET n = -1 WHERE k = 0").await;
    db.ok("DELETE FROM t WHERE k = 1").await;
    assert!(
        db.error("INSERT INTO t VALUES (2, 0, '')")
            .await
            .starts_with("23505")
    );
    assert_eq!(
        db.ok("SELECT count(*) FROM t").await,
        (MANY - 1).to_string()
    );
    // The table has rows now: one transaction, which sees the duplicates.
    let error = db
        .copy_large("COPY t FROM STDIN CSV", &many(MANY))
        .await
        .unwrap_err();
    assert!(shown(&error).starts_with("23505"), "{error:?}");
    assert_eq!(
        db.ok("SELECT count(*) FROM t").await,
        (MANY - 1).to_string()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn bulk_in_memory() {
    bulk_into_an_empty_table(start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bulk_on_disk() {
    bulk_into_an_empty_table(start_on_disk().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_copy_that_fails_leaves_nothing() {
    let mut db = start().await;
    db.ok("CREATE TABLE t (k INT PRIMARY KEY, n INT, v STRING, CONSTRAINT tn UNIQUE (n))")
        .await;
    let good = many(MANY);
    // The first wrong line is named, whichever thread meets it.
    let error = db
        .copy_large(
            "COPY t FROM STDIN CSV",
            &format!("{good}x,1,\n{good}y,1,\n"),
        )
        .await
        .unwrap_err();
    let line = MANY + 1;
    assert_eq!(
        shown(&error),
        format!(
            "22P02 invalid input syntax for type bigint: \"x\" / COPY t, line {line}, column k: \"x\""
        )
    );
    let error = db
        .copy_large("COPY t FROM STDIN CSV", &format!("{good}77,-1,\n"))
        .await
        .unwrap_err();
    assert_eq!(
        shown(&error),
        "23505 duplicate key value violates unique constraint \"t_pkey\" / Key (k)=(77) already exists. / COPY t"
    );
    let error = db
        .copy_large("COPY t FROM STDIN CSV", &format!("{good}-1,77,\n"))
        .await
        .unwrap_err();
    assert_eq!(
        shown(&error),
        "23505 duplicate key value violates unique constraint \"tn\" / Key (n)=(77) already exists. / COPY t"
    );
    assert_eq!(db.ok("SELECT count(*) FROM t").await, "0");
    assert_eq!(db.leftovers().await, 0);
    // The client goes away, politely and not.
    for polite in [true, false] {
        let prepared = db.session.split("COPY t FROM STDIN CSV").unwrap().remove(0);
        let Answer::CopyIn(mut copy) = db.session.execute(&prepared, &[]).await.unwrap() else {
            panic!()
        };
        copy.write(Bytes::from(good.clone())).await.unwrap();
        assert!(db.leftovers().await > 0);
        if polite {
            copy.abort().await;
        } else {
            drop(copy);
            while db.leftovers().await > 0 {
                tokio::task::yield_now().await;
            }
        }
        assert_eq!(db.leftovers().await, 0);
    }
    assert_eq!(
        db.copy_large("COPY t FROM STDIN CSV", &good).await,
        Ok(MANY)
    );
}

/// The process dies while a bulk COPY is under way; the next one finds nothing of it.
#[tokio::test(flavor = "multi_thread")]
async fn the_next_start_drops_what_a_crash_left() {
    let mut db = start().await;
    db.ok("CREATE TABLE t (k INT PRIMARY KEY, n INT, v STRING)")
        .await;
    let prepared = db.session.split("COPY t FROM STDIN CSV").unwrap().remove(0);
    let Answer::CopyIn(mut copy) = db.session.execute(&prepared, &[]).await.unwrap() else {
        panic!()
    };
    copy.write(Bytes::from(many(MANY))).await.unwrap();
    std::mem::forget(copy);
    assert!(db.leftovers().await > 0);
    let options = NodeOptions {
        engine: db.engine.clone(),
        external_io_dir: None,
        secret_key: None,
        temporary_dir: db.folder.join("tmp"),
        query_memory: 64 << 20,
        statement_memory: 64 << 20,
    };
    let node = Node::start(options).await.unwrap();
    assert_eq!(db.leftovers().await, 0);
    let mut session = node.session("root", "defaultdb").await.unwrap();
    assert_eq!(
        run(&mut session, "SELECT count(*) FROM t").await.unwrap(),
        "0"
    );
    assert_eq!(copy_all(&mut session).await, Ok(MANY));
}

async fn copy_all(session: &mut Session) -> Result<u64, SqlError> {
    copy(session, "COPY t FROM STDIN CSV", &[many(MANY).as_bytes()]).await
}

/// Somebody writes into the empty table while it is being filled.
#[tokio::test(flavor = "multi_thread")]
async fn a_bulk_copy_does_not_overwrite_others() {
    for change in ["INSERT INTO t VALUES (-5, 0, 'mine')", "DROP TABLE t"] {
        let mut db = start().await;
        db.ok("CREATE TABLE t (k INT PRIMARY KEY, n INT, v STRING)")
            .await;
        let prepared = db.session.split("COPY t FROM STDIN CSV").unwrap().remove(0);
        let Answer::CopyIn(mut copy) = db.session.execute(&prepared, &[]).await.unwrap() else {
            panic!()
        };
        copy.write(Bytes::from(many(MANY))).await.unwrap();
        let mut other = db.node.session("root", "defaultdb").await.unwrap();
        run(&mut other, change).await.unwrap();
        let error = copy.finish().await.unwrap_err();
        assert!(
            error.sqlstate.code().starts_with("40001"),
            "{change}: {error:?}"
        );
        assert_eq!(db.leftovers().await, 0, "{change}");
        if change.starts_with("INSERT") {
            assert_eq!(db.ok("SELECT * FROM t").await, "-5|0|mine");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_is_not_atomic_says_how_far_it_came() {
    let mut db = start().await;
    db.ok("CREATE TABLE t (k INT PRIMARY KEY, n INT, v STRING)")
        .await;
    db.ok("INSERT INTO t VALUES (-1, -1, '')").await;
    db.ok("SET copy_from_atomic_enabled = off").await;
    let error = db
        .copy_large(
            "COPY t FROM STDIN CSV",
            &format!("{}x,1,\n", many(2 * MANY)),
        )
        .await
        .unwrap_err();
    let rows: u64 = db.ok("SELECT count(*) - 1 FROM t").await.parse().unwrap();
    assert!(rows > 0 && rows < 2 * MANY, "{rows}");
    assert!(shown(&error).contains(&format!(
        "22P02 invalid input syntax for type bigint: \"x\" / the first {rows} rows are in"
    )));
    db.ok("DELETE FROM t WHERE k >= 0").await;
    assert_eq!(
        db.copy_large("COPY t FROM STDIN CSV", &many(2 * MANY))
            .await,
        Ok(2 * MANY)
    );
    assert_eq!(
        db.ok("SELECT count(*) FROM t").await,
        (2 * MANY + 1).to_string()
    );
}
