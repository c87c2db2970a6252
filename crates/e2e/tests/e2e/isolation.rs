//! Random transactions of several clients against a real server, judged by `cairn_testkit::isolation`.
//!
//! `CAIRN_ISOLATION_TRANSACTIONS` says how many, `CAIRN_SEED` which, `CAIRN_BINARY` of which build; the order in which they meet is the
//! machine's.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Instant;

use cairn_testkit::CairnProcess;
use cairn_testkit::isolation::{Attempt, Op, Outcome, judge};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error, SimpleQueryMessage};

use crate::tools;

const CLIENTS: usize = 8;
/// Objects that are in use at a time: few, so that transactions meet.
const OBJECTS: i64 = 6;
/// Transactions until the next objects come into use, so that none grows long.
const ERA: usize = 150;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_anomalies() {
    let wanted: usize = number("CAIRN_ISOLATION_TRANSACTIONS").unwrap_or(600);
    let seed: u64 = number("CAIRN_SEED").unwrap_or_else(rand::random);
    println!("seed {seed}, {wanted} transactions of {CLIENTS} clients");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let cairn = CairnProcess::builder(tools::measured(), folder.path().join("store"))
        .start()
        .await;
    let root = cairn.connect().await;
    for statement in [
        "CREATE TABLE lists (k INT PRIMARY KEY, v STRING NOT NULL)",
        "CREATE TABLE sets (id INT PRIMARY KEY, k INT, v INT, INDEX (k))",
    ] {
        root.batch_execute(statement).await.expect(statement);
    }
    let shared = Arc::new(Shared {
        began: Instant::now(),
        wanted,
        started: AtomicUsize::new(0),
        value: AtomicI64::new(0),
    });
    let mut workers = Vec::new();
    for worker in 0..CLIENTS {
        let client = cairn.connect().await;
        let random = StdRng::seed_from_u64(seed.wrapping_add(worker as u64));
        let worker = Worker {
            client,
            random,
            shared: shared.clone(),
            history: Vec::new(),
        };
        workers.push(tokio::spawn(worker.run()));
    }
    let mut history = Vec::new();
    for worker in workers {
        history.extend(worker.await.expect("a client"));
    }
    history.push(everything(&root, &shared).await);
    let seconds = shared.began.elapsed().as_secs_f64();
    cairn.stop().await;

    let count = |outcome| {
        history
            .iter()
            .filter(|attempt| attempt.outcome == outcome)
            .count()
    };
    println!(
        "{} committed, {} rolled back, {} unknown, in {seconds:.1} s",
        count(Outcome::Committed),
        count(Outcome::Aborted),
        count(Outcome::Unknown)
    );
    assert!(
        count(Outcome::Committed) * 3 > wanted,
        "too few came through"
    );
    let anomalies: Vec<String> = judge(&history).iter().map(ToString::to_string).collect();
    for line in anomalies.iter().take(20) {
        println!("{line}");
    }
    assert!(
        anomalies.is_empty(),
        "{} anomalies with seed {seed}",
        anomalies.len()
    );
}

fn number<T: std::str::FromStr>(variable: &str) -> Option<T> {
    std::env::var(variable).ok()?.parse().ok()
}

struct Shared {
    began: Instant,
    wanted: usize,
    started: AtomicUsize,
    value: AtomicI64,
}

impl Shared {
    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn next_value(&self) -> i64 {
        self.value.fetch_add(1, Ordering::Relaxed) + 1
    }
}

struct Worker {
    client: Client,
    random: StdRng,
    shared: Arc<Shared>,
    history: Vec<Attempt>,
}

impl Worker {
    async fn run(mut self) -> Vec<Attempt> {
        loop {
            let number = self.shared.started.fetch_add(1, Ordering::Relaxed);
            if number >= self.shared.wanted {
                return self.history;
            }
            let first = i64::try_from(number / ERA).expect("an era") * OBJECTS;
            let objects = first..first + OBJECTS;
            let began = self.shared.now();
            let (ops, undone, outcome) = self.transaction(objects).await;
            let ended = match outcome {
                Outcome::Unknown => u64::MAX,
                _ => self.shared.now(),
            };
            if !undone.is_empty() {
                // What a savepoint took back must be seen by nobody either.
                self.history.push(Attempt {
                    began,
                    ended,
                    ops: undone,
                    outcome: Outcome::Aborted,
                });
            }
            self.history.push(Attempt {
                began,
                ended,
                ops,
                outcome,
            });
        }
    }

    /// One transaction, in one of the ways there are: what it did, what a savepoint took back, how it ended.
    async fn transaction(&mut self, objects: std::ops::Range<i64>) -> (Vec<Op>, Vec<Op>, Outcome) {
        let (mut ops, mut undone) = (Vec::new(), Vec::new());
        let result = match self.random.random_range(0..10) {
            0 => self.alone(objects, &mut ops).await,
            1 => self.as_one_message(objects, &mut ops).await,
            _ => self.block(objects, &mut ops, &mut undone).await,
        };
        let outcome = match result {
            Ok(true) => Outcome::Committed,
            Ok(false) => Outcome::Aborted,
            Err(error) => match error.code() {
                Some(code) if *code == SqlState::T_R_SERIALIZATION_FAILURE => {
                    self.client
                        .batch_execute("ROLLBACK")
                        .await
                        .expect("a rollback");
                    Outcome::Aborted
                }
                Some(code) if code.code() == "40003" => Outcome::Unknown,
                _ => panic!("only 40001 may come up: {error:?}"),
            },
        };
        (ops, undone, outcome)
    }

    /// BEGIN … COMMIT; true if it committed.
    async fn block(
        &mut self,
        objects: std::ops::Range<i64>,
        ops: &mut Vec<Op>,
        undone: &mut Vec<Op>,
    ) -> Result<bool, Error> {
        let read_only = self.random.random_range(0..5) == 0;
        let begin = if read_only {
            "BEGIN READ ONLY"
        } else {
            "BEGIN"
        };
        self.client.batch_execute(begin).await?;
        for _ in 0..self.random.random_range(1..6) {
            let object = self.random.random_range(objects.clone());
            match self.random.random_range(0..if read_only { 2 } else { 6 }) {
                0 => self.read(object, ops).await?,
                1 => self.scan(object, ops).await?,
                2 => self.append(object, ops).await?,
                3 => self.append_to_what_was_read(object, ops).await?,
                4 => self.insert(object, ops).await?,
                _ => {
                    self.client.batch_execute("SAVEPOINT s").await?;
                    self.append(object, undone).await?;
                    self.insert(object, undone).await?;
                    self.client.batch_execute("ROLLBACK TO s").await?;
                }
            }
        }
        let commits = self.random.random_range(0..20) > 0;
        self.client
            .batch_execute(if commits { "COMMIT" } else { "ROLLBACK" })
            .await?;
        Ok(commits)
    }

    /// A statement without BEGIN.
    async fn alone(
        &mut self,
        objects: std::ops::Range<i64>,
        ops: &mut Vec<Op>,
    ) -> Result<bool, Error> {
        let object = self.random.random_range(objects);
        match self.random.random_range(0..4) {
            0 => self.read(object, ops).await?,
            1 => self.scan(object, ops).await?,
            2 => self.append(object, ops).await?,
            _ => self.insert(object, ops).await?,
        }
        Ok(true)
    }

    /// Several statements in one message are one transaction.
    async fn as_one_message(
        &mut self,
        objects: std::ops::Range<i64>,
        ops: &mut Vec<Op>,
    ) -> Result<bool, Error> {
        let (from, to) = (
            self.random.random_range(objects.clone()),
            self.random.random_range(objects),
        );
        let (appended, inserted) = (self.shared.next_value(), self.shared.next_value());
        ops.push(Op::Append {
            list: to,
            value: appended,
        });
        ops.push(Op::Insert {
            set: to,
            value: inserted,
        });
        let text = format!(
            "{}; {}; {}",
            read_text(from),
            append_text(to, appended),
            insert_text(to, inserted)
        );
        let messages = self.client.simple_query(&text).await?;
        ops.insert(
            0,
            Op::Read {
                list: from,
                seen: first_list(&messages),
            },
        );
        Ok(true)
    }

    async fn read(&mut self, list: i64, ops: &mut Vec<Op>) -> Result<(), Error> {
        let messages = self.client.simple_query(&read_text(list)).await?;
        ops.push(Op::Read {
            list,
            seen: first_list(&messages),
        });
        Ok(())
    }

    async fn scan(&mut self, set: i64, ops: &mut Vec<Op>) -> Result<(), Error> {
        let text = format!("SELECT v FROM sets WHERE k = {set}");
        let messages = self.client.simple_query(&text).await?;
        ops.push(Op::Scan {
            set,
            seen: column(&messages).iter().map(|text| value(text)).collect(),
        });
        Ok(())
    }

    /// Noted before it is sent: whatever becomes of it, the value is known.
    async fn append(&mut self, list: i64, ops: &mut Vec<Op>) -> Result<(), Error> {
        let value = self.shared.next_value();
        ops.push(Op::Append { list, value });
        self.client.batch_execute(&append_text(list, value)).await
    }

    /// As applications do: read, reckon, write.
    async fn append_to_what_was_read(&mut self, list: i64, ops: &mut Vec<Op>) -> Result<(), Error> {
        let messages = self.client.simple_query(&read_text(list)).await?;
        let known = column(&messages);
        ops.push(Op::Read {
            list,
            seen: first_list(&messages),
        });
        let value = self.shared.next_value();
        ops.push(Op::Append { list, value });
        let text = match known.first() {
            Some(text) => format!("UPDATE lists SET v = '{text},{value}' WHERE k = {list}"),
            None => format!("INSERT INTO lists VALUES ({list}, '{value}')"),
        };
        self.client.batch_execute(&text).await
    }

    async fn insert(&mut self, set: i64, ops: &mut Vec<Op>) -> Result<(), Error> {
        let value = self.shared.next_value();
        ops.push(Op::Insert { set, value });
        self.client.batch_execute(&insert_text(set, value)).await
    }
}

/// At the end, all there is: an update that was lost shows here.
async fn everything(client: &Client, shared: &Shared) -> Attempt {
    let began = shared.now();
    client.batch_execute("BEGIN").await.expect("begin");
    let eras = i64::try_from(shared.wanted / ERA).expect("eras") + 1;
    let mut ops = Vec::new();
    for object in 0..eras * OBJECTS {
        let messages = client
            .simple_query(&read_text(object))
            .await
            .expect("a list");
        ops.push(Op::Read {
            list: object,
            seen: first_list(&messages),
        });
        let text = format!("SELECT v FROM sets WHERE k = {object}");
        let messages = client.simple_query(&text).await.expect("a set");
        let seen = column(&messages).iter().map(|text| value(text)).collect();
        ops.push(Op::Scan { set: object, seen });
    }
    client.batch_execute("COMMIT").await.expect("commit");
    Attempt {
        began,
        ended: shared.now(),
        ops,
        outcome: Outcome::Committed,
    }
}

fn read_text(list: i64) -> String {
    format!("SELECT v FROM lists WHERE k = {list}")
}

fn append_text(list: i64, value: i64) -> String {
    format!(
        "INSERT INTO lists VALUES ({list}, '{value}') \
         ON CONFLICT (k) DO UPDATE SET v = lists.v || ',' || excluded.v"
    )
}

fn insert_text(set: i64, value: i64) -> String {
    format!("INSERT INTO sets VALUES ({value}, {set}, {value})")
}

/// The first column of all rows.
fn column(messages: &[SimpleQueryMessage]) -> Vec<String> {
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    });
    rows.collect()
}

/// A list that is not there is empty.
fn first_list(messages: &[SimpleQueryMessage]) -> Vec<i64> {
    let column = column(messages);
    column
        .first()
        .map_or(Vec::new(), |text| text.split(',').map(value).collect())
}

fn value(text: &str) -> i64 {
    text.parse().expect("a value")
}
