//! psql's own queries, answered from a small catalog: `psql.golden`.

use std::fmt::Write;

use crate::common::start;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sql/psql.golden");

#[tokio::test]
async fn psql_is_answered() {
    let mut f = start().await;
    f.ok(
        "CREATE TABLE customers (id BIGINT PRIMARY KEY, name VARCHAR(30) NOT NULL DEFAULT 'nobody', email TEXT,
            balance NUMERIC(12,2) DEFAULT 0, made TIMESTAMPTZ DEFAULT now(), flag BOOLEAN, raw BYTEA, d DATE, u UUID,
            f FLOAT8, s SMALLINT, ts TIMESTAMP)",
    )
    .await;
    f.ok("CREATE UNIQUE INDEX customers_email ON customers (email)")
        .await;
    f.ok("CREATE INDEX by_name ON customers (name, balance DESC)")
        .await;
    f.ok("CREATE TABLE plain (a INT4, b TEXT)").await;

    let golden = std::fs::read_to_string(GOLDEN).unwrap();
    let (head, pieces) = golden.split_once("\n\n").unwrap();
    let mut answered = format!("{head}\n");
    for piece in pieces.trim_end().split("\n\n") {
        let (question, _) = piece.split_once("\n----").unwrap();
        let (_, query) = question.split_once('\n').unwrap();
        let answer = match f.run(query).await {
            Ok(rows) if rows.is_empty() => "(no rows)".to_owned(),
            Ok(rows) => rows,
            Err(error) => format!("error: {} {error}", error.sqlstate),
        };
        write!(answered, "\n{}\n----\n{answer}\n", question.trim_start()).unwrap();
    }
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        return std::fs::write(GOLDEN, &answered).unwrap();
    }
    assert_eq!(answered, golden);
    assert!(
        f.error("SELECT * FROM pg_catalog.nothing")
            .await
            .starts_with("42P01")
    );
    f.node.shutdown().await;
}
