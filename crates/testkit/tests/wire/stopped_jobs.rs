//! A BACKUP or RESTORE that is cancelled: before its job exists nothing of it stays, and later it names the job.

use std::time::Duration;

use cairn_testkit::TestServer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_postgres::{Client, Error};

const PATIENCE: Duration = Duration::from_secs(60);

/// A place over HTTP that answers 404 to all requests but those of one method, which it never answers.
struct Place {
    listener: TcpListener,
    silent: &'static str,
}

impl Place {
    async fn silent_to(silent: &'static str) -> Place {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Place { listener, silent }
    }

    fn url(&self) -> String {
        format!("http://{}/place", self.listener.local_addr().unwrap())
    }

    /// Serves until a request comes that is not answered.
    async fn asked(&self) -> TcpStream {
        loop {
            let (mut client, _) = self.listener.accept().await.unwrap();
            let mut head = Vec::new();
            while !head.windows(4).any(|end| end == b"\r\n\r\n") {
                let mut bytes = [0; 1024];
                let read = client.read(&mut bytes).await.unwrap();
                assert_ne!(read, 0, "a request ends with an empty line");
                head.extend_from_slice(&bytes[..read]);
            }
            if head.starts_with(self.silent.as_bytes()) {
                return client;
            }
            let answer =
                b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            client.write_all(answer).await.unwrap();
        }
    }
}

/// Runs a statement up to the request that is not answered, and cancels it there. Answers its error, and the connection.
async fn cancelled(client: &Client, place: &Place, statement: &str) -> (Error, TcpStream) {
    let token = client.cancel_token();
    let cancel = async {
        let connection = place.asked().await;
        token.cancel_query(tokio_postgres::NoTls).await.unwrap();
        connection
    };
    let both = futures::future::join(client.batch_execute(statement), cancel);
    let (answer, connection) = timeout(PATIENCE, both).await.unwrap();
    let error = answer.unwrap_err();
    assert_eq!(error.code().map(|code| code.code()), Some("57014"));
    (error, connection)
}

async fn jobs(client: &Client) -> Vec<i64> {
    let rows = client.query("SELECT id FROM [SHOW JOBS]", &[]).await;
    rows.unwrap().iter().map(|row| row.get(0)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_is_cancelled_before_its_job_exists_changes_nothing() {
    let server = TestServer::start().await;
    let client = server.driver().await;
    let place = Place::silent_to("GET").await;
    let statement = format!("RESTORE DATABASE d FROM '{}'", place.url());
    let (error, mut connection) = cancelled(&client, &place, &statement).await;
    assert_eq!(error.as_db_error().unwrap().detail(), None);
    // Nobody waits for the answer any more.
    let mut rest = Vec::new();
    let ended = timeout(PATIENCE, connection.read_to_end(&mut rest)).await;
    ended.expect("the check has ended with its statement").ok();
    assert_eq!(jobs(&client).await, [0_i64; 0]);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_is_cancelled_while_its_job_runs_names_it() {
    let server = TestServer::start().await;
    let client = server.driver().await;
    client.batch_execute("CREATE DATABASE d").await.unwrap();
    let place = Place::silent_to("PUT").await;
    let statement = format!("BACKUP DATABASE d TO '{}'", place.url());
    let (error, connection) = cancelled(&client, &place, &statement).await;
    let [job] = jobs(&client).await[..] else {
        panic!("there is one job");
    };
    let expected = format!("What it began goes on as job {job}.");
    assert_eq!(
        error.as_db_error().unwrap().detail(),
        Some(expected.as_str())
    );
    client
        .batch_execute(&format!("CANCEL JOB {job}"))
        .await
        .unwrap();
    drop(connection);
    server.stop().await;
}
