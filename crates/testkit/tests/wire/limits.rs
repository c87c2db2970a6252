//! COPY into a table with rows, beyond what one transaction may write.

use bytes::Bytes;
use cairn_testkit::TestServer;
use futures::SinkExt;
use tokio_postgres::{Client, Error};

/// So many rows of `width` bytes each.
async fn copy(client: &Client, keys: std::ops::Range<i64>, width: usize) -> Result<u64, Error> {
    let sink = client.copy_in("COPY t FROM STDIN").await?;
    let mut sink = std::pin::pin!(sink);
    let filler = "x".repeat(width);
    let mut text = String::new();
    for key in keys.clone() {
        text.push_str(&format!("{key}\t{filler}\n"));
        if text.len() > 1 << 20 || key + 1 == keys.end {
            // A server that has refused already no longer listens; its answer comes with the end.
            if sink
                .send(Bytes::from(std::mem::take(&mut text)))
                .await
                .is_err()
            {
                break;
            }
        }
    }
    sink.finish().await
}

async fn count(client: &Client) -> i64 {
    let row = client
        .query_one("SELECT count(*) FROM t", &[])
        .await
        .unwrap();
    row.get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_beyond_the_limit_says_how_to_go_on() {
    let server = TestServer::start().await;
    let client = server.driver().await;
    for statement in [
        "SET CLUSTER SETTING kv.transaction.max_commit_bytes = '8MiB'",
        "CREATE TABLE t (k INT PRIMARY KEY, v STRING)",
        "INSERT INTO t VALUES (-1, 'there before')",
    ] {
        client.batch_execute(statement).await.unwrap();
    }
    let refused = copy(&client, 0..10_000, 1_000).await.unwrap_err();
    let refused = refused.as_db_error().expect("an answer");
    assert_eq!(refused.code().code(), "54000");
    assert_eq!(refused.hint(), Some("SET copy_from_atomic_enabled = off"));
    assert_eq!(count(&client).await, 1, "all or nothing");

    client
        .batch_execute("SET copy_from_atomic_enabled = off")
        .await
        .unwrap();
    assert_eq!(copy(&client, 0..10_000, 1_000).await.unwrap(), 10_000);
    assert_eq!(count(&client).await, 10_001);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_in_pieces_says_how_many_rows_are_in() {
    let server = TestServer::start().await;
    let client = server.driver().await;
    for statement in [
        "CREATE TABLE t (k INT PRIMARY KEY, v STRING)",
        "INSERT INTO t VALUES (19999, 'in the way')",
        "SET copy_from_atomic_enabled = off",
    ] {
        client.batch_execute(statement).await.unwrap();
    }
    let refused = copy(&client, 0..20_000, 1_000).await.unwrap_err();
    let refused = refused.as_db_error().expect("an answer");
    assert_eq!(refused.code().code(), "23505");
    let detail = refused.detail().expect("a detail");
    let kept = count(&client).await - 1;
    assert!(kept > 0 && kept < 19_999, "{kept} rows are in");
    let told = format!("the first {kept} rows are in the table and stay there");
    assert!(detail.contains(&told), "{detail}");
    // They are the first ones, so the rest can follow.
    let last = client
        .query_one("SELECT max(k) FROM t WHERE k < 19999", &[])
        .await
        .unwrap();
    assert_eq!(last.get::<_, i64>(0), kept - 1);
    server.stop().await;
}
