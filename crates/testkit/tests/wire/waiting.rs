//! Who waits for whom: a busy session keeps nobody else from the server, and one whose client has vanished does not stay for ever.

use std::time::Duration;

use cairn_testkit::TestServer;

use super::open;

/// Computed while it is planned, without a pause, for long.
const LONG: &str =
    "SELECT repeat('9', 40000)::DECIMAL * repeat('9', 40000)::DECIMAL > 0 AS computed";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_that_computes_for_long_keeps_nobody_waiting() {
    let server = TestServer::start().await;
    let busy = server.driver().await;
    let other = server.driver().await;
    let others_are_served = async {
        let busy = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%computed%' AND pid <> pg_backend_pid()";
        while other.query_one(busy, &[]).await.unwrap().get::<_, i64>(0) == 0 {}
        server.driver().await.query_one("SELECT 1", &[]).await.unwrap();
        assert_eq!(other.query_one(busy, &[]).await.unwrap().get::<_, i64>(0), 1);
    };
    let (computed, ()) = tokio::join!(busy.query_one(LONG, &[]), others_are_served);
    assert!(computed.unwrap().get::<_, bool>("computed"));
    server.stop().await;
}
