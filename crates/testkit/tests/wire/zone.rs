//! The time zone that a client asks for when it connects, as JDBC does.

use cairn_testkit::TestServer;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

#[tokio::test(flavor = "multi_thread")]
async fn a_client_has_the_time_zone_that_it_connects_with() {
    let server = TestServer::start().await;
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let terminate = [b'X', 0, 0, 0, 4];
    let messages = [
        super::startup(&[("user", "root"), ("TimeZone", "Europe/Berlin")]),
        super::query("SELECT '2024-07-01 12:00+00'::TIMESTAMPTZ"),
        super::query("SET TIME ZONE 'Asia/Tokyo'"),
        super::query("COPY (SELECT '2024-07-01 12:00+00'::TIMESTAMPTZ) TO STDOUT"),
        terminate.to_vec(),
    ];
    stream.write_all(&messages.concat()).await.unwrap();
    let heard = super::read_to_end(&mut stream).await;
    for expected in [
        "TimeZone\0Europe/Berlin\0",
        "2024-07-01 14:00:00+02",
        "TimeZone\0Asia/Tokyo\0",
        "2024-07-01 21:00:00+09",
    ] {
        assert!(heard.contains(expected), "{expected:?} in {heard:?}");
    }
    server.stop().await;
}
