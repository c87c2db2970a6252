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
        server
            .driver()
            .await
            .query_one("SELECT 1", &[])
            .await
            .unwrap();
        assert_eq!(
            other.query_one(busy, &[]).await.unwrap().get::<_, i64>(0),
            1
        );
    };
    let (computed, ()) = tokio::join!(busy.query_one(LONG, &[]), others_are_served);
    assert!(computed.unwrap().get::<_, bool>("computed"));
    server.stop().await;
}

/// The timer of the server's end of a connection, from /proc/net/tcp: `02` is that of SO_KEEPALIVE.
fn timer(server: u16, client: u16) -> Option<String> {
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let ends = (format!(":{server:04X}"), format!(":{client:04X}"));
    let mut lines = table
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    let line = lines.find(|line| line[1].ends_with(&ends.0) && line[2].ends_with(&ends.1))?;
    line[5].split_once(':').map(|(timer, _)| timer.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_client_is_asked_whether_it_is_there() {
    let server = TestServer::start().await;
    let client = open(&server).await;
    let ends = (server.address().port(), client.local_addr().unwrap().port());
    // While its last answer is on the way, another timer stands there.
    let asked = async {
        while timer(ends.0, ends.1).as_deref() != Some("02") {
            tokio::task::yield_now().await;
        }
    };
    let asked = tokio::time::timeout(Duration::from_secs(20), asked).await;
    asked.expect("SO_KEEPALIVE is set");
    server.stop().await;
}
