//! The server under test: its process, its clients, the hand of its clock.

use std::path::PathBuf;

use bytes::Bytes;
use cairn_testkit::CairnProcess;
use futures::SinkExt;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::values::Value;

/// 2026-01-01 00:00:00 UTC, in microseconds.
const BEGINNING: u64 = 1_767_225_600_000_000;

/// Rows of one statement, as texts.
pub type Rows = Vec<Vec<Value>>;

/// What a server says instead of an answer.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// SQLSTATE; empty when the connection ended.
    pub code: String,
    pub message: String,
}

impl Refusal {
    fn of(error: &tokio_postgres::Error) -> Refusal {
        match error.as_db_error() {
            Some(error) => Refusal {
                code: error.code().code().to_owned(),
                message: error.message().to_owned(),
            },
            None => Refusal {
                code: String::new(),
                message: error.to_string(),
            },
        }
    }

    pub fn is_lost(&self) -> bool {
        self.code.is_empty() || self.code.starts_with("57P")
    }
}

pub type Answer<T> = Result<T, Refusal>;

pub struct Server {
    process: Option<CairnProcess>,
    client: Client,
    hand: Hand,
    /// At or below what the server's clock says.
    pub clock: u64,
    folder: TempDir,
}

struct Hand {
    reader: tokio::io::Lines<BufReader<tokio::net::unix::OwnedReadHalf>>,
    writer: tokio::net::unix::OwnedWriteHalf,
}

impl Server {
    /// On an empty store; `variables` go to its environment.
    pub async fn start(variables: &[(&str, &str)]) -> Server {
        let memory = PathBuf::from("/dev/shm");
        // kill -9 leaves what was written there, and no test needs to wait for a disk.
        let folder = match memory.is_dir() {
            true => tempfile::tempdir_in(memory),
            false => tempfile::tempdir(),
        };
        let folder = folder.expect("a temporary folder");
        std::fs::write(folder.path().join("time"), BEGINNING.to_string()).expect("the time");
        let binary = std::env::var_os("CAIRN_MODEL_SERVER");
        let binary = binary.unwrap_or_else(|| env!("CARGO_BIN_EXE_cairn-under-test").into());
        let mut builder = CairnProcess::builder(binary, folder.path().join("store"))
            .variable("CAIRN_TEST_HAND", folder.path());
        for (name, value) in variables {
            builder = builder.variable(name, value);
        }
        let process = builder.start().await;
        Server {
            client: process.connect().await,
            hand: Hand::of(&folder).await,
            process: Some(process),
            clock: BEGINNING,
            folder,
        }
    }

    pub async fn connect(&self) -> Client {
        let process = self.process.as_ref().expect("a running server");
        process.connect().await
    }

    /// kill -9, and another process on the same store.
    pub async fn kill(&mut self) {
        let time = self.folder.path().join("time");
        std::fs::write(time, self.clock.to_string()).expect("the time");
        let process = self.process.take().expect("a running server");
        let process = process.restart().await;
        self.client = process.connect().await;
        self.hand = Hand::of(&self.folder).await;
        self.process = Some(process);
    }

    pub async fn stop(mut self) {
        if let Some(process) = self.process.take() {
            drop(self.client);
            process.stop().await;
        }
    }

    pub fn remove_backup(&self, location: &str) {
        let name = location
            .strip_prefix("nodelocal:///")
            .expect("a local backup");
        let directory = self.folder.path().join("store/extern").join(name);
        std::fs::remove_dir_all(directory).unwrap_or_default();
    }

    pub async fn advance(&mut self, micros: u64) {
        assert_eq!(self.hand.ask(&format!("advance {micros}")).await, "done");
        self.clock += micros;
    }

    /// The latest instant that statements may name.
    pub async fn now(&mut self) -> u64 {
        self.hand.ask("now").await.parse().expect("an instant")
    }

    /// The background's work, now.
    pub async fn tidy(&mut self) -> String {
        self.hand.ask("tidy").await
    }

    /// Runs statements, separated by semicolons; rows of each.
    pub async fn ask(&self, text: &str) -> Answer<Vec<Rows>> {
        ask(&self.client, text).await
    }

    /// The rows of one statement.
    pub async fn rows(&self, text: &str) -> Answer<Rows> {
        Ok(self.ask(text).await?.pop().unwrap_or_default())
    }

    pub async fn copy_in(&self, text: &str, lines: String) -> Answer<u64> {
        let sink = self.client.copy_in(text).await;
        let sink = sink.map_err(|error| Refusal::of(&error))?;
        let mut sink = std::pin::pin!(sink);
        let sent = sink.send(Bytes::from(lines)).await;
        sent.map_err(|error| Refusal::of(&error))?;
        sink.finish().await.map_err(|error| Refusal::of(&error))
    }
}

/// Runs statements on a client.
pub async fn ask(client: &Client, text: &str) -> Answer<Vec<Rows>> {
    if std::env::var_os("CAIRN_MODEL_TRACE").is_some() {
        println!("> {text}");
    }
    let messages = client.simple_query(text).await;
    let messages = messages.map_err(|error| Refusal::of(&error))?;
    let mut answers = Vec::new();
    let mut rows = Rows::new();
    for message in messages {
        match message {
            SimpleQueryMessage::Row(row) => {
                let values = (0..row.len()).map(|at| row.get(at).map(str::to_owned));
                rows.push(values.collect());
            }
            SimpleQueryMessage::CommandComplete(_) => answers.push(std::mem::take(&mut rows)),
            _ => {}
        }
    }
    Ok(answers)
}

impl Hand {
    async fn of(folder: &TempDir) -> Hand {
        let stream = UnixStream::connect(folder.path().join("hand")).await;
        let (reader, writer) = stream.expect("the hand of the clock").into_split();
        Hand {
            reader: BufReader::new(reader).lines(),
            writer,
        }
    }

    async fn ask(&mut self, line: &str) -> String {
        let sent = self.writer.write_all(format!("{line}\n").as_bytes()).await;
        sent.expect("a line to the hand");
        let answer = self.reader.next_line().await.expect("a line of the hand");
        answer.expect("an answer of the hand")
    }
}
