//! The bank: customers, their accounts, and money that moves between accounts while the sum stays.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::{Lines, connect, failed};
use crate::arguments::Load;
use crate::failure::{Failure, Outcome};
use crate::progress::{self, Watch};

const ACCOUNTS_PER_SCALE: f64 = 1_000.0;
const ACCOUNTS_PER_CUSTOMER: u64 = 2;

/// What every account has at the beginning.
const FIRST_BALANCE: &str = "1000.00";

const SCHEMA: [&str; 4] = [
    "CREATE DATABASE bank",
    "CREATE TABLE bank.customers (id INT PRIMARY KEY, name STRING NOT NULL, email STRING NOT NULL UNIQUE, \
     since DATE NOT NULL)",
    "CREATE TABLE bank.accounts (id INT PRIMARY KEY, customer INT NOT NULL, balance DECIMAL(18, 2) NOT NULL)",
    "CREATE INDEX accounts_customer ON bank.accounts (customer)",
];

/// Creates database `bank` and fills it.
pub async fn load(client: &Client, scale: f64) -> Outcome {
    for statement in SCHEMA {
        client.batch_execute(statement).await.map_err(failed)?;
    }
    let accounts = ((ACCOUNTS_PER_SCALE * scale) as u64).max(ACCOUNTS_PER_CUSTOMER);
    let customers = accounts.div_ceil(ACCOUNTS_PER_CUSTOMER);
    let watch = Watch::start();
    let bar = progress::bar("bank", customers + accounts);
    let mut lines =
        Lines::begin(client, "COPY bank.customers FROM STDIN WITH (FORMAT csv)").await?;
    for id in 1..=customers {
        let (year, month, day) = (1990 + id % 30, 1 + id % 12, 1 + id % 28);
        lines
            .push(format_args!(
                "{id},customer {id},customer{id}@example.com,{year}-{month:02}-{day:02}"
            ))
            .await?;
        bar.inc(1);
    }
    lines.finish().await?;
    let mut lines = Lines::begin(client, "COPY bank.accounts FROM STDIN WITH (FORMAT csv)").await?;
    for id in 1..=accounts {
        let customer = 1 + (id - 1) / ACCOUNTS_PER_CUSTOMER;
        lines
            .push(format_args!("{id},{customer},{FIRST_BALANCE}"))
            .await?;
        bar.inc(1);
    }
    lines.finish().await?;
    bar.finish_and_clear();
    eprintln!(
        "bank: {customers} customers, {accounts} accounts in {:.1} s",
        watch.elapsed().as_secs_f64()
    );
    Ok(())
}

#[derive(Debug, Default)]
struct Counts {
    committed: AtomicU64,
    retried: AtomicU64,
}

/// Moves money with several clients at once, then checks that none was made or lost.
pub async fn run(load: &Load, url: &str) -> Outcome {
    let client = connect(url).await?;
    let before = client
        .query_one(
            "SELECT count(*), CAST(sum(balance) AS STRING) FROM bank.accounts",
            &[],
        )
        .await
        .map_err(failed)?;
    let (accounts, sum): (i64, Option<String>) = (before.get(0), before.get(1));
    let accounts = u64::try_from(accounts).unwrap_or(0);
    if accounts < 2 {
        return Err(Failure::failed(
            "ERROR:  bank.accounts is empty\nHINT:  cairn workload init bank",
        ));
    }
    let counts = Arc::new(Counts::default());
    let watch = Watch::start();
    let mut movers = JoinSet::new();
    for number in 0..load.clients {
        let mover = connect(url).await?;
        movers.spawn(move_money(
            mover,
            accounts,
            u64::from(number),
            load.seconds,
            watch,
            counts.clone(),
        ));
    }
    while let Some(mover) = movers.join_next().await {
        mover.map_err(|error| {
            Failure::failed(format!("ERROR:  a client of the workload failed: {error}"))
        })??;
    }
    let committed = counts.committed.load(Ordering::Relaxed);
    println!(
        "{committed} transfers in {:.1} s: {:.0}/s, {} retried",
        watch.elapsed().as_secs_f64(),
        watch.rate(committed),
        counts.retried.load(Ordering::Relaxed)
    );
    let after = client
        .query_one(
            "SELECT CAST(sum(balance) AS STRING) FROM bank.accounts",
            &[],
        )
        .await
        .map_err(failed)?;
    if after.get::<_, Option<String>>(0) != sum {
        return Err(Failure::failed(
            "ERROR:  the sum of all balances has changed",
        ));
    }
    println!("the sum of all balances is what it was");
    Ok(())
}

async fn move_money(
    mut client: Client,
    accounts: u64,
    number: u64,
    seconds: u64,
    watch: Watch,
    counts: Arc<Counts>,
) -> Outcome {
    let mut dice = Dice(number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    while watch.elapsed() < Duration::from_secs(seconds) {
        let from = dice.throw(accounts);
        let to = (from + dice.throw(accounts - 1) + 1) % accounts;
        let cents = dice.throw(10_000) + 1;
        loop {
            match transfer(&mut client, from + 1, to + 1, cents).await {
                Ok(()) => break,
                Err(error) if error.code() == Some(&SqlState::T_R_SERIALIZATION_FAILURE) => {
                    counts.retried.fetch_add(1, Ordering::Relaxed);
                }
                Err(error) => return Err(failed(error)),
            }
        }
        counts.committed.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

async fn transfer(
    client: &mut Client,
    from: u64,
    to: u64,
    cents: u64,
) -> Result<(), tokio_postgres::Error> {
    let transaction = client.transaction().await?;
    let amount = format!("{}.{:02}", cents / 100, cents % 100);
    let take = format!("UPDATE bank.accounts SET balance = balance - {amount} WHERE id = {from}");
    let give = format!("UPDATE bank.accounts SET balance = balance + {amount} WHERE id = {to}");
    transaction.batch_execute(&take).await?;
    transaction.batch_execute(&give).await?;
    transaction.commit().await
}

/// Numbers that look random and are the same in every run (xorshift).
struct Dice(u64);

impl Dice {
    /// A number below `limit`, which is not 0.
    fn throw(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit.max(1)
    }
}
