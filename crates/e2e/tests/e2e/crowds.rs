//! Many clients, silent ones, deaf ones, and ones that speak nonsense: the server goes on serving, in bounded memory.
//!
//! HOW LARGE
//!   As set below in CI; `CAIRN_CROWD=10` makes everything ten times as large (10,000 half-open connections, 500 sessions), and
//!   `CAIRN_BINARY=target/release/cairn` takes the build that figures are of.

use std::time::{Duration, Instant};

use cairn_faults::{Fault, VARIABLE};
use cairn_testkit::CairnProcess;
use cairn_testkit::process::driver;
use rand::{Rng, RngCore, SeedableRng};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::tools;

/// Whoever is served is served within this time.
const PATIENCE: Duration = Duration::from_secs(30);

fn crowd(size: usize) -> usize {
    let factor = std::env::var("CAIRN_CROWD").ok();
    size * factor.map_or(1, |factor| factor.parse().expect("CAIRN_CROWD is a number"))
}

async fn connect(server: &CairnProcess) -> TcpStream {
    let address = ("127.0.0.1", server.port());
    TcpStream::connect(address).await.expect("a connection")
}

/// Whether somebody new is still served, soon: how soon.
async fn is_served(server: &CairnProcess) -> Duration {
    let began = Instant::now();
    let asked = async {
        let client = server.connect().await;
        client.simple_query("SELECT 1").await.expect("an answer");
    };
    tokio::time::timeout(PATIENCE, asked)
        .await
        .expect("the server serves");
    began.elapsed()
}

fn report(server: &CairnProcess, what: &str, before: u64) {
    let after = server.peak_memory_mib();
    println!("{what}: peak memory {before} MiB before, {after} MiB after");
    assert!(after < before + 400, "{what}: {before} MiB became {after}");
}

/// Connections that say nothing, all held open from this side, more than the server has room for: the newest are served, the oldest go.
#[tokio::test(flavor = "multi_thread")]
async fn half_open_connections_are_no_obstacle() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = CairnProcess::builder(tools::measured(), folder.path().join("store"))
        .start()
        .await;
    is_served(&server).await;
    let before = server.peak_memory_mib();
    let crowd = crowd(1_000);
    let room = rlimit::increase_nofile_limit(u64::MAX).expect("the limit of open files");
    assert!(room > crowd as u64 + 100, "only {room} files may be open");
    let mut silent = Vec::new();
    let mut longest = Duration::ZERO;
    for number in 0..crowd {
        let mut stream = connect(&server).await;
        if number % 2 == 0 {
            // The beginning of a startup packet.
            stream.write_all(&[0, 0, 1, 0, 0, 3]).await.ok();
        }
        silent.push(stream);
        if number % 500 == 499 {
            longest = longest.max(is_served(&server).await);
        }
    }
    println!("{crowd} half-open connections: a client was served within {longest:?}");
    is_served(&server).await;
    report(&server, "half-open connections", before);
    drop(silent);
    server.stop().await;
}

/// As many clients as there may be sessions, all of whom come before the first one speaks: none is taken for one that says nothing.
#[tokio::test(flavor = "multi_thread")]
async fn all_who_may_come_may_come_at_once() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = CairnProcess::builder(tools::CAIRN, folder.path().join("store"))
        .argument("--max-connections")
        .argument("300")
        .start()
        .await;
    let mut streams = Vec::new();
    for _ in 0..300 {
        streams.push(connect(&server).await);
    }
    for stream in &mut streams {
        stream.write_all(&startup()).await.expect("a greeting");
    }
    for mut stream in streams {
        let answer = tokio::time::timeout(PATIENCE, stream.read_u8()).await;
        let answer = answer.expect("in time").expect("an answer");
        assert_eq!(char::from(answer), 'R', "an error in place of a login");
    }
    server.stop().await;
}

/// Bytes that are no messages, and messages that are cut short.
#[tokio::test(flavor = "multi_thread")]
async fn garbage_ends_its_own_connection_only() {
    let seed: u64 = rand::rng().random();
    println!("seed {seed}");
    let mut random = rand::rngs::StdRng::seed_from_u64(seed);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = CairnProcess::builder(tools::measured(), folder.path().join("store"))
        .start()
        .await;
    is_served(&server).await;
    let before = server.peak_memory_mib();
    let mut talks = JoinSet::new();
    for number in 0..crowd(200) {
        let mut bytes = vec![0; random.random_range(1..2_000)];
        random.fill_bytes(&mut bytes);
        let said = match number % 4 {
            // What scanners say.
            0 => b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(),
            1 => bytes,
            // A session, and then nonsense.
            2 => [startup(), bytes].concat(),
            // A session, and a message that claims to be as long as may be.
            _ => [startup(), vec![b'Q', 0x03, 0xff, 0xff, 0xff], bytes].concat(),
        };
        let mut stream = connect(&server).await;
        talks.spawn(async move {
            stream.write_all(&said).await.ok();
            stream.shutdown().await.ok();
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await.ok();
        });
    }
    let ended = async { while talks.join_next().await.is_some() {} };
    tokio::time::timeout(PATIENCE, ended)
        .await
        .expect("every connection ends");
    is_served(&server).await;
    report(&server, "garbage", before);
    let log = server.log();
    assert!(!log.contains("panicked"), "{log}");
    assert!(log.lines().count() < 200, "strangers fill the log: {log}");
    server.stop().await;
}

/// A bug in one session: its client is told, its transaction is undone, and nobody else notices. What it was about is not in the log.
#[tokio::test(flavor = "multi_thread")]
async fn a_panic_ends_its_session_only() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = CairnProcess::builder(tools::CAIRN, folder.path().join("store"))
        .variable(VARIABLE, format!("{:?}", Fault::StatementPanics))
        .start()
        .await;
    let (unlucky, bystander) = (server.connect().await, server.connect().await);
    let run = async |client: &tokio_postgres::Client, statement: &str| {
        client.batch_execute(statement).await.expect(statement);
    };
    run(&bystander, "CREATE TABLE t (k INT PRIMARY KEY)").await;
    run(&bystander, "BEGIN; INSERT INTO t VALUES (1)").await;
    run(&unlucky, "BEGIN; INSERT INTO t VALUES (2)").await;
    let told = unlucky
        .batch_execute("CREATE USER panic WITH PASSWORD 'it isn''t `hunter2`'")
        .await
        .expect_err("a panic");
    assert_eq!(told.code().map(|code| code.code()), Some("XX000"), "{told}");
    assert!(unlucky.batch_execute("SELECT 1").await.is_err());
    run(&bystander, "INSERT INTO t VALUES (3); COMMIT").await;
    let rows = bystander.query("SELECT k FROM t ORDER BY k", &[]).await;
    let rows = rows.expect("the rows");
    let keys: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(keys, [1, 3]);
    is_served(&server).await;
    let log = server.log();
    assert!(log.contains("something panicked"), "{log}");
    assert!(!log.contains("hunter2"), "{log}");
    server.stop().await;
}

/// What opens a session of root's.
fn startup() -> Vec<u8> {
    let said = b"\0\x03\0\0user\0root\0database\0defaultdb\0\0";
    let length = u32::try_from(said.len() + 4).expect("it is short");
    [&length.to_be_bytes()[..], said].concat()
}

/// Many sessions at work, one whose client asks for much and reads nothing, and one too many.
#[tokio::test(flavor = "multi_thread")]
async fn a_deaf_client_holds_up_nobody() {
    let sessions = crowd(50);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = CairnProcess::builder(tools::measured(), folder.path().join("store"))
        .argument("--max-connections")
        .argument((sessions + 1).to_string())
        .argument("--shutdown-grace-seconds")
        .argument("1")
        .start()
        .await;
    let first = server.connect().await;
    for statement in [
        "CREATE TABLE t (k INT PRIMARY KEY, v INT NOT NULL)",
        "CREATE USER amy",
    ] {
        first.batch_execute(statement).await.expect(statement);
    }
    let before = server.peak_memory_mib();
    let mut deaf = connect(&server).await;
    let endless = b"SELECT repeat('x', 1000) FROM generate_series(1, 100000000)\0";
    let length = u32::try_from(endless.len() + 4).expect("it is short");
    let question = [b"Q", &length.to_be_bytes()[..], endless].concat();
    deaf.write_all(&[startup(), question].concat())
        .await
        .expect("a question");
    let mut workers = JoinSet::new();
    let address = format!("127.0.0.1:{}", server.port());
    let address: std::net::SocketAddr = address.parse().expect("an address");
    for number in 0..sessions - 1 {
        workers.spawn(async move {
            let client = driver(address).await;
            for turn in 0..3 {
                let key = number * 10 + turn;
                let insert = format!("INSERT INTO t VALUES ({key}, {turn})");
                client.batch_execute(&insert).await.expect("an insert");
            }
            client
        });
    }
    let mut clients = Vec::new();
    let all = async {
        while let Some(client) = workers.join_next().await {
            clients.push(client.expect("a client"));
        }
    };
    tokio::time::timeout(4 * PATIENCE, all)
        .await
        .expect("nobody waits for the deaf one");
    let count = first
        .query_one("SELECT count(*) FROM t", &[])
        .await
        .expect("a count");
    assert_eq!(count.get::<_, i64>(0), 3 * (sessions as i64 - 1));
    let url = format!("postgres://amy@{address}/defaultdb");
    let refused = tokio_postgres::connect(&url, tokio_postgres::NoTls).await;
    let refused = refused.map(|_| ()).expect_err("one too many");
    assert_eq!(
        refused.code().map(|code| code.code()),
        Some("53300"),
        "{refused}"
    );
    // Root still comes in to see what is wrong.
    is_served(&server).await;
    report(&server, "sessions", before);
    drop((clients, first));
    // The deaf one does not hold up the end either.
    server.stop().await;
}

/// A statement above the limit is refused by itself, and so is one that wants too much memory; the session goes on.
#[tokio::test(flavor = "multi_thread")]
async fn limits_have_errors_of_their_own() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = CairnProcess::builder(tools::CAIRN, folder.path().join("store"))
        .argument("--max-statement-bytes")
        .argument("65536")
        .argument("--max-statement-memory-bytes")
        .argument("4000000")
        .start()
        .await;
    let client = server.connect().await;
    let code = |error: tokio_postgres::Error| error.code().map(|code| code.code().to_owned());
    let long = format!("SELECT '{}'", "x".repeat(100_000));
    let refused = client.simple_query(&long).await.expect_err("too long");
    assert_eq!(code(refused).as_deref(), Some("54000"));
    let refused = client.prepare(&long).await.expect_err("too long");
    assert_eq!(code(refused).as_deref(), Some("54000"));
    let large = "SELECT count(*) FROM generate_series(1, 500000) AS a(n) JOIN generate_series(1, 500000) AS b(n) ON a.n = b.n";
    let refused = client.simple_query(large).await.expect_err("too large");
    assert_eq!(code(refused).as_deref(), Some("53200"));
    for statement in ["SET idle_in_transaction_session_timeout = '100ms'", "BEGIN"] {
        client
            .batch_execute(statement)
            .await
            .expect("the session goes on");
    }
    let lost = tokio::time::timeout(PATIENCE, async {
        while !client.is_closed() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    lost.await.expect("who idles in a transaction is sent away");
    server.stop().await;
}

/// SIGTERM: who is idle is told and goes, a statement that runs too long is told, too, and the exit is clean.
#[tokio::test(flavor = "multi_thread")]
async fn the_end_is_told_to_everybody() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut server = CairnProcess::builder(tools::CAIRN, folder.path().join("store"))
        .argument("--shutdown-grace-seconds")
        .argument("1")
        .start()
        .await;
    let (idle, busy) = (server.connect().await, server.connect().await);
    let long = "SELECT count(*) FROM generate_series(1, 100000000000)";
    let working = tokio::spawn(async move { busy.simple_query(long).await.map(|_| ()) });
    idle.simple_query("SELECT 1").await.expect("it serves");
    server.terminate().await;
    let told = working
        .await
        .expect("the statement")
        .expect_err("it runs for ever");
    assert_eq!(told.code().map(|code| code.code()), Some("57P01"), "{told}");
    assert!(server.wait().await.success());
    assert!(idle.simple_query("SELECT 1").await.is_err());
}
