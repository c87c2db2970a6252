//! Backups and restores through a proxy that spoils requests at random.
//!
//! Each either succeeds with the right content, or fails with an error that names the location; never a success with wrong data.
//! More runs, or those of one seed:
//!
//! ```text
//! CAIRN_FAULT_RUNS=1000 CAIRN_FAULT_SEED=77 cargo test --workspace --test e2e faults -- --nocapture
//! ```

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use cairn_faultproxy::{Fault, Faults, Plan, Proxy};
use cairn_testkit::CairnProcess;
use futures::{StreamExt, stream};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::s3::S3;
use crate::tools;

/// Most of a run is waiting for the next try.
const AT_ONCE: usize = 12;

#[tokio::test(flavor = "multi_thread")]
async fn through_faults_all_is_right_or_fails_by_name() {
    let runs = number("CAIRN_FAULT_RUNS").unwrap_or(20);
    let seed = number("CAIRN_FAULT_SEED").unwrap_or_else(|| rand::rng().random_range(0..1 << 32));
    println!("seed {seed}, {runs} runs");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = CairnProcess::builder(tools::measured(), folder.path().join("store"));
    let server = server.start().await;
    let s3 = Arc::new(S3::start("sEcReT/key+1").await);
    let outcomes = stream::iter(seed..seed + runs)
        .map(|seed| {
            let url = server.url();
            tokio::spawn(Run::new(seed, Arc::clone(&s3), url).begin())
        })
        .buffer_unordered(AT_ONCE);
    let mut all = Outcomes::default();
    outcomes
        .for_each(|outcome| {
            all.add(outcome.unwrap_or_else(|error| panic!("{error}\n{}", server.log())));
            std::future::ready(())
        })
        .await;
    println!("{all:?}");
    // Faults that are always fatal, or never strike, would prove nothing.
    assert!(all.succeeded > 0 && all.faults.len() > 3, "{all:?}");
    server.stop().await;
}

fn number(variable: &str) -> Option<u64> {
    let given = std::env::var(variable).ok()?;
    Some(given.parse().expect("a number"))
}

/// What came of statements through the proxy, and what the proxy did.
#[derive(Debug, Default)]
struct Outcomes {
    succeeded: u64,
    failed: u64,
    requests: u64,
    faults: BTreeMap<Fault, u64>,
}

impl Outcomes {
    fn add(&mut self, other: Outcomes) {
        self.succeeded += other.succeeded;
        self.failed += other.failed;
        self.requests += other.requests;
        for (fault, count) in other.faults {
            *self.faults.entry(fault).or_default() += count;
        }
    }
}

/// A full backup, an incremental, and a restore of both.
struct Run {
    seed: u64,
    random: StdRng,
    s3: Arc<S3>,
    server: String,
    outcomes: Outcomes,
}

impl Run {
    fn new(seed: u64, s3: Arc<S3>, server: String) -> Run {
        Run {
            seed,
            random: StdRng::seed_from_u64(seed),
            s3,
            server,
            outcomes: Outcomes::default(),
        }
    }

    async fn begin(mut self) -> Outcomes {
        let plan = Plan {
            faults: Faults::Random {
                seed: self.seed,
                one_in: self.random.random_range(3..30),
                kinds: Fault::ALL.to_vec(),
            },
            ..Plan::default()
        };
        let proxy = Proxy::start(self.s3.address, plan).await.expect("a port");
        let (client, connection) = tokio_postgres::connect(&self.server, tokio_postgres::NoTls)
            .await
            .expect("connect");
        tokio::spawn(connection);
        self.all_steps(&client, proxy.address()).await;
        let tally = proxy.tally();
        self.outcomes.requests = tally.all_requests();
        for fault in Fault::ALL {
            if tally.faults(fault) > 0 {
                self.outcomes.faults.insert(fault, tally.faults(fault));
            }
        }
        self.outcomes
    }

    async fn all_steps(&mut self, client: &Client, spoilt: SocketAddr) {
        let name = format!("run_{}", self.seed);
        let rows = self.random.random_range(1..500);
        done(client, &format!("CREATE DATABASE {name}")).await;
        done(
            client,
            &format!("CREATE TABLE {name}.t (k INT PRIMARY KEY, v STRING, INDEX (v))"),
        )
        .await;
        done(
            client,
            &format!(
                "INSERT INTO {name}.t SELECT n, md5(n::STRING) FROM generate_series(1, {rows}) AS g (n)"
            ),
        )
        .await;
        let first = contents(client, &name).await;

        let full = self
            .backup(client, &name, "full", None, &first, spoilt)
            .await;
        done(client, &format!("DELETE FROM {name}.t WHERE k % 3 = 0")).await;
        done(
            client,
            &format!("UPDATE {name}.t SET v = 'changed' WHERE k % 5 = 0"),
        )
        .await;
        done(client, &format!("INSERT INTO {name}.t VALUES (0, NULL)")).await;
        let second = contents(client, &name).await;
        let incremental = self
            .backup(client, &name, "inc", Some(&full), &second, spoilt)
            .await;

        self.restore(client, &[&full], &first, spoilt).await;
        self.restore(client, &[&full, &incremental], &second, spoilt)
            .await;
        done(client, &format!("DROP DATABASE {name} CASCADE")).await;
    }

    /// The path of a sound backup: made through the proxy, or directly if that failed.
    async fn backup(
        &mut self,
        client: &Client,
        database: &str,
        what: &str,
        base: Option<&str>,
        expected: &str,
        spoilt: SocketAddr,
    ) -> String {
        let s3 = Arc::clone(&self.s3);
        let statement = |path: &str, address| {
            let after = base.map_or(String::new(), |base| {
                format!(" INCREMENTAL FROM '{}'", s3.url(base, address))
            });
            let url = s3.url(path, address);
            format!("BACKUP DATABASE {database} TO '{url}'{after}")
        };
        let path = format!("{database}/{what}");
        let made = ask(client, &statement(&path, spoilt)).await;
        let layers: Vec<&str> = base.into_iter().chain([path.as_str()]).collect();
        let direct = self.s3.address;
        if self.judge(made, database) {
            let restored = self.restored(client, &layers, direct).await;
            let restored = restored.unwrap_or_else(|error| {
                panic!(
                    "seed {}: {path} was made and is not sound: {error}",
                    self.seed
                )
            });
            assert_eq!(restored, expected, "seed {}: {path}", self.seed);
            return path;
        }
        // What is left of a failure is no backup, or a right one whose last answer was lost.
        if let Ok(restored) = self.restored(client, &layers, direct).await {
            assert_eq!(
                restored, expected,
                "seed {}: {path}, which failed",
                self.seed
            );
        }
        let again = format!("{path}-again");
        done(client, &statement(&again, direct)).await;
        again
    }

    async fn restore(
        &mut self,
        client: &Client,
        layers: &[&str],
        expected: &str,
        spoilt: SocketAddr,
    ) {
        let restored = self.restored(client, layers, spoilt).await;
        let database = format!("run_{}", self.seed);
        let content = restored.as_ref().ok().cloned();
        if self.judge(restored.map(|_| ()), &database) {
            assert_eq!(content.as_deref(), Some(expected), "seed {}", self.seed);
        }
    }

    /// The content of a restored database, which is dropped then. A restore that fails leaves none.
    async fn restored(
        &self,
        client: &Client,
        layers: &[&str],
        address: SocketAddr,
    ) -> Result<String, tokio_postgres::Error> {
        let database = format!("run_{}", self.seed);
        let name = format!("{database}_restored");
        let layers: Vec<String> = layers
            .iter()
            .map(|layer| format!("'{}'", self.s3.url(layer, address)))
            .collect();
        let restore = format!(
            "RESTORE DATABASE {database} FROM {} WITH new_db_name = '{name}'",
            layers.join(", ")
        );
        ask(client, &restore).await?;
        let restored = contents(client, &name).await;
        done(client, &format!("DROP DATABASE {name} CASCADE")).await;
        Ok(restored)
    }

    /// Whether a statement through the proxy succeeded. A failure names the location.
    fn judge(&mut self, outcome: Result<(), tokio_postgres::Error>, database: &str) -> bool {
        let Err(error) = outcome else {
            self.outcomes.succeeded += 1;
            return true;
        };
        self.outcomes.failed += 1;
        let said = error
            .as_db_error()
            .map_or_else(|| format!("{error:?}"), |error| error.message().to_owned());
        let place = format!("s3://backups/{database}/");
        assert!(said.contains(&place), "seed {}: {said}", self.seed);
        assert!(!said.contains("sEcReT"), "seed {}: {said}", self.seed);
        println!("seed {}: {said}", self.seed);
        false
    }
}

/// Gives a statement, again while it meets those of other runs.
async fn ask(client: &Client, statement: &str) -> Result<(), tokio_postgres::Error> {
    loop {
        match client.simple_query(statement).await {
            Err(error) if error.code() == Some(&SqlState::T_R_SERIALIZATION_FAILURE) => {}
            asked => return asked.map(|_| ()),
        }
    }
}

async fn done(client: &Client, statement: &str) {
    let done = ask(client, statement).await;
    done.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
}

/// All rows, by the table and by its index.
async fn contents(client: &Client, database: &str) -> String {
    let mut text = String::new();
    for select in [
        format!("SELECT k, v FROM {database}.t ORDER BY k"),
        format!("SELECT k, v FROM {database}.t WHERE v = 'changed' ORDER BY k"),
    ] {
        let messages = client.simple_query(&select).await;
        for message in messages.unwrap_or_else(|error| panic!("{select}: {error:?}")) {
            if let SimpleQueryMessage::Row(row) = message {
                let (k, v) = (row.get(0), row.get(1));
                text.push_str(&format!("{k:?} {v:?}\n"));
            }
        }
    }
    text
}
