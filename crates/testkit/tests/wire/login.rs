//! Logging in with passwords: what lets in, what does not, and that nobody learns from a refusal who is a user.

use cairn_testkit::TestServer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_postgres::NoTls;

const ROOTS: &str = "correct horse";

async fn connect(
    server: &TestServer,
    user: &str,
    password: Option<&str>,
) -> Result<tokio_postgres::Client, tokio_postgres::Error> {
    let mut config = tokio_postgres::Config::new();
    let address = server.address();
    config.host(address.ip().to_string()).port(address.port());
    config.user(user).dbname("defaultdb");
    if let Some(password) = password {
        config.password(password);
    }
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(async move { connection.await.unwrap_or_default() });
    Ok(client)
}

async fn refusal(server: &TestServer, user: &str, password: &str) -> (String, String) {
    let error = connect(server, user, Some(password)).await.err().unwrap();
    let error = error.as_db_error().unwrap();
    (error.code().code().to_owned(), error.message().to_owned())
}

/// The whole of a failed exchange, with the client's proof made up: types of messages and the salt.
async fn failed_exchange(server: &TestServer, user: &str) -> (Vec<u8>, String) {
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream
        .write_all(&super::startup(&[("user", user)]))
        .await
        .unwrap();
    let mut types = Vec::new();
    let (kind, _) = message(&mut stream).await;
    types.push(kind);
    let first = b"n,,n=,r=abcdefgh";
    let mut body = b"SCRAM-SHA-256\0".to_vec();
    body.extend((first.len() as i32).to_be_bytes());
    body.extend(first);
    send(&mut stream, &body).await;
    let (kind, challenge) = message(&mut stream).await;
    types.push(kind);
    let challenge = String::from_utf8(challenge[4..].to_vec()).unwrap();
    let mut parts = challenge.split(',');
    let (nonce, salt) = (parts.next().unwrap(), parts.next().unwrap());
    let proof = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    send(&mut stream, format!("c=biws,{nonce},p={proof}").as_bytes()).await;
    let (kind, _) = message(&mut stream).await;
    types.push(kind);
    (types, salt.to_owned())
}

async fn send(stream: &mut TcpStream, body: &[u8]) {
    let mut frame = vec![b'p'];
    frame.extend((body.len() as i32 + 4).to_be_bytes());
    frame.extend(body);
    stream.write_all(&frame).await.unwrap();
}

async fn message(stream: &mut TcpStream) -> (u8, Vec<u8>) {
    let kind = stream.read_u8().await.unwrap();
    let length = stream.read_i32().await.unwrap();
    let mut body = vec![0; length as usize - 4];
    stream.read_exact(&mut body).await.unwrap();
    (kind, body)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_right_password_lets_in_and_nothing_else_does() {
    let server = TestServer::start_with_passwords(ROOTS).await;
    let root = connect(&server, "root", Some(ROOTS)).await.unwrap();
    root.batch_execute("CREATE USER amy PASSWORD 'm\u{fc}de'; CREATE USER bob")
        .await
        .unwrap();
    root.execute("ALTER USER amy WITH PASSWORD $1", &[&"wach"])
        .await
        .unwrap();
    let amy = connect(&server, "amy", Some("wach")).await.unwrap();
    let row = amy.query_one("SELECT current_user", &[]).await.unwrap();
    assert_eq!(row.get::<_, String>(0), "amy");

    for (user, password) in [
        ("amy", "m\u{fc}de"),
        ("amy", "Wach"),
        ("root", "wach"),
        ("bob", ""),
        ("bob", "wach"),
        ("eve", "wach"),
    ] {
        let told = (
            "28P01".to_owned(),
            format!("password authentication failed for user {user:?}"),
        );
        assert_eq!(refusal(&server, user, password).await, told);
    }
    assert!(connect(&server, "root", None).await.is_err());
    root.batch_execute("ALTER USER amy PASSWORD NULL")
        .await
        .unwrap();
    assert_eq!(refusal(&server, "amy", "wach").await.0, "28P01");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_does_not_tell_who_is_a_user() {
    let server = TestServer::start_with_passwords(ROOTS).await;
    let (real, _) = failed_exchange(&server, "root").await;
    let (unknown, salt) = failed_exchange(&server, "eve").await;
    assert_eq!(real, unknown);
    assert_eq!(real, b"RRE");
    // A salt that changed from try to try would tell as well.
    assert_eq!(failed_exchange(&server, "eve").await.1, salt);
    assert_ne!(failed_exchange(&server, "bob").await.1, salt);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_are_no_login_end_the_connection() {
    let server = TestServer::start_with_passwords(ROOTS).await;
    for body in [
        b"".to_vec(),
        b"SCRAM-SHA-256".to_vec(),
        b"SCRAM-SHA-256\0\xff\xff\xff\xff".to_vec(),
        b"SCRAM-SHA-256\0\0\0\0\x7fn,,".to_vec(),
        b"PLAIN\0\0\0\0\x01x".to_vec(),
        vec![b'x'; 20_000],
    ] {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        stream
            .write_all(&super::startup(&[("user", "root")]))
            .await
            .unwrap();
        message(&mut stream).await;
        send(&mut stream, &body).await;
        let said = super::read_to_end(&mut stream).await;
        assert!(said.contains("08P01"), "{said:?}");
    }
    connect(&server, "root", Some(ROOTS)).await.unwrap();
    server.stop().await;
}

/// The first password is for a root that has none: it cannot be used to take over a store.
#[tokio::test(flavor = "multi_thread")]
async fn the_first_password_replaces_none() {
    let server = TestServer::start_with_passwords(ROOTS).await;
    let taken = server.node().set_first_password("another").await.unwrap();
    assert!(!taken);
    connect(&server, "root", Some(ROOTS)).await.unwrap();
    server.stop().await;
}

/// What a URL says of the session holds in `cairn sql` as in psql.
#[tokio::test(flavor = "multi_thread")]
async fn a_url_says_options_and_a_name() {
    let server = TestServer::start().await;
    let url = format!(
        "{}?options=-c%20timezone%3DAsia/Tokyo&application_name=shop",
        server.url()
    );
    let mut client = cairn_cli::client::Client::connect(&url).await.unwrap();
    let said = client
        .rows("SELECT current_setting('timezone'), current_setting('application_name')")
        .await
        .unwrap();
    let said: Vec<_> = said.iter().flatten().flatten().collect();
    assert_eq!(said, ["Asia/Tokyo", "shop"]);
    server.stop().await;
}
