//! Statements that change many rows: they stream, and never meet their own writes.

use crate::common::{Fixture, start};

/// Table `d` with 0 to 99, table `t` with `hundreds` times as many rows, `k` from 0 on and `u` the same.
async fn hundreds(hundreds: usize) -> Fixture {
    let mut f = start().await;
    let digits: Vec<String> = (0..100).map(|n| format!("({n})")).collect();
    f.ok("CREATE TABLE d (n INT PRIMARY KEY)").await;
    f.ok(&format!("INSERT INTO d VALUES {}", digits.join(", ")))
        .await;
    f.ok("CREATE TABLE t (k INT PRIMARY KEY, u INT UNIQUE, v INT)")
        .await;
    let fill = "INSERT INTO t SELECT n, n, 0 FROM (SELECT h.n * 100 + d.n AS n FROM d, d AS h WHERE h.n < ";
    assert_eq!(
        f.ok(&format!("{fill}{hundreds}) AS x")).await,
        format!("INSERT 0 {}", hundreds * 100)
    );
    f
}

const SUMS: &str = "SELECT count(*), min(k), max(k), sum(k), sum(u) FROM t";

#[tokio::test]
async fn an_update_of_keys_moves_each_row_once() {
    let mut f = hundreds(100).await;
    assert_eq!(f.ok("UPDATE t SET k = k + 1").await, "UPDATE 10000");
    assert_eq!(f.ok(SUMS).await, "10000|1|10000|50005000|49995000");
    // All keys and unique values change hands, across all batches.
    assert_eq!(
        f.ok("UPDATE t SET k = 10001 - k, u = 9999 - u").await,
        "UPDATE 10000"
    );
    assert_eq!(f.ok(SUMS).await, "10000|1|10000|50005000|49995000");
    assert_eq!(f.ok("SELECT k FROM t WHERE u = 17").await, "18");
    assert_eq!(f.ok("SELECT u FROM t WHERE k = 18").await, "17");
    assert_eq!(
        f.error("UPDATE t SET k = 20000 WHERE k > 5000").await,
        "23505 duplicate key value violates unique constraint \"t_pkey\""
    );
    assert_eq!(f.ok(SUMS).await, "10000|1|10000|50005000|49995000");
}

#[tokio::test]
async fn an_insert_from_its_own_table_ends() {
    let mut f = hundreds(100).await;
    f.ok("BEGIN").await;
    f.ok("UPDATE t SET v = 1 WHERE k < 10").await;
    f.ok("DELETE FROM t WHERE k >= 9000").await;
    assert_eq!(
        f.ok("INSERT INTO t SELECT k + 10000, u + 10000, v FROM t")
            .await,
        "INSERT 0 9000"
    );
    assert_eq!(f.ok("SELECT count(*), sum(v) FROM t").await, "18000|20");
    assert_eq!(
        f.ok("DELETE FROM t WHERE v = 1 AND (SELECT count(*) FROM t) = 18000")
            .await,
        "DELETE 20"
    );
    f.ok("COMMIT").await;
    assert_eq!(f.ok("SELECT count(*) FROM t").await, "17980");
}

#[tokio::test]
async fn a_statement_above_the_commit_limit_says_so() {
    let mut f = hundreds(100).await;
    f.ok("CREATE TABLE w (k INT PRIMARY KEY, s STRING)").await;
    let error = f
        .run("INSERT INTO w SELECT k, repeat('x', 40000) FROM t")
        .await
        .unwrap_err();
    assert_eq!(error.sqlstate.code(), "54000");
    assert!(error.hint.is_some());
    assert_eq!(f.ok("SELECT count(*) FROM w").await, "0");
}

#[tokio::test]
async fn a_rolled_back_savepoint_keeps_its_hands_off_later_statements() {
    let mut f = hundreds(1).await;
    f.ok("BEGIN").await;
    f.ok("SAVEPOINT a").await;
    f.ok("UPDATE t SET k = k + 1").await;
    f.ok("ROLLBACK TO a").await;
    f.ok("UPDATE t SET k = k + 1000, u = -1 - u").await;
    f.ok("COMMIT").await;
    assert_eq!(f.ok(SUMS).await, "100|1000|1099|104950|-5050");
}
