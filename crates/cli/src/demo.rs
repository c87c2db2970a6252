//! `cairn demo`: a backup made, its tables broken, and brought back on another store; each statement with its answer.
//!
//! Everything happens in a temporary directory that is removed at the end: two stores, and between them only the
//! directory that the backup was written to.

use std::path::Path;

use crate::client::Client;
use crate::failure::{Failure, Outcome};
use crate::instance::{Instance, InstanceOptions, Limits, LoginRule};
use crate::progress::Watch;
use crate::sql;
use crate::workload;

/// What must be the same before the damage and after the restore.
const CONTENT: [&str; 2] = [
    "SELECT * FROM bank.customers ORDER BY id",
    "SELECT * FROM bank.accounts ORDER BY id",
];

const SUMMARY: &str = "SELECT count(*) AS accounts, sum(balance) AS money FROM bank.accounts";

pub async fn run() -> Outcome {
    let directory = tempfile::Builder::new().prefix("cairn-demo-").tempdir()?;
    let watch = Watch::start();
    let demo = Demo {
        directory: directory.path(),
    };
    let before = demo.back_up_and_break().await?;
    demo.restore_and_compare(&before).await?;
    directory.close()?;
    say(&format!(
        "Done in {:.1} s; nothing is left behind. To go on:\n\
         \n\
         \u{20} cairn start --insecure                 a server that keeps its data in ./cairn-data\n\
         \u{20} cairn workload init bank               the same bank, on it\n\
         \u{20} psql postgres://root@127.0.0.1:26257/bank\n\
         \u{20} BACKUP DATABASE bank TO 'nodelocal:///w13' AS OF SYSTEM TIME '-10s';\n\
         \u{20} cairn backup verify nodelocal:///w13   no server needed",
        watch.elapsed().as_secs_f64()
    ));
    Ok(())
}

struct Demo<'a> {
    directory: &'a Path,
}

/// What the bank held when it was backed up.
struct Before {
    content: Vec<Vec<Vec<Option<String>>>>,
    fingerprints: Vec<Vec<Option<String>>>,
}

impl Demo<'_> {
    async fn back_up_and_break(&self) -> Outcome<Before> {
        say("A server on a new store. Load a small bank into it.");
        let instance = self.start("first").await?;
        let driver = workload::connect(&instance.url()).await?;
        workload::load_bank(&driver, 1.0).await?;
        drop(driver);
        let mut client = Client::connect(&instance.url()).await?;
        show(&mut client, SUMMARY).await?;

        say("Back it up.");
        show(&mut client, "BACKUP DATABASE bank TO 'nodelocal:///demo'").await?;
        show(&mut client, "SHOW BACKUP 'nodelocal:///demo'").await?;
        let before = Before {
            content: content(&mut client).await?,
            fingerprints: fingerprints(&mut client, "nodelocal:///demo").await?,
        };

        say("Now somebody makes two mistakes.");
        show(&mut client, "UPDATE bank.accounts SET balance = 0").await?;
        show(&mut client, "DROP TABLE bank.customers").await?;
        show(&mut client, SUMMARY).await?;
        drop(client);
        instance.stop().await;
        Ok(before)
    }

    async fn restore_and_compare(&self, before: &Before) -> Outcome {
        say("The first server is gone. A second one, on an empty store, that can read the backup.");
        let instance = self.start("second").await?;
        let mut client = Client::connect(&instance.url()).await?;
        show(
            &mut client,
            "RESTORE DATABASE bank FROM 'nodelocal:///demo'",
        )
        .await?;
        show(&mut client, SUMMARY).await?;
        show(
            &mut client,
            "SELECT * FROM bank.customers ORDER BY id LIMIT 3",
        )
        .await?;

        say(
            "Is that what was there? Compare every row, and the fingerprints of a backup of the restored bank.",
        );
        if content(&mut client).await? != before.content {
            return Err(Failure::failed(
                "ERROR:  the restored rows are not those that were backed up",
            ));
        }
        show(&mut client, "BACKUP DATABASE bank TO 'nodelocal:///proof'").await?;
        let after = fingerprints(&mut client, "nodelocal:///proof").await?;
        for (was, is) in before.fingerprints.iter().zip(&after) {
            let text = |row: &[Option<String>]| {
                row.iter().flatten().cloned().collect::<Vec<_>>().join("  ")
            };
            println!("  before  {}\n  after   {}", text(was), text(is));
        }
        if after != before.fingerprints {
            return Err(Failure::failed("ERROR:  the fingerprints differ"));
        }
        let rows: usize = before.content.iter().map(Vec::len).sum();
        println!("\nAll {rows} rows are equal, and so are the fingerprints.");
        drop(client);
        instance.stop().await;
        Ok(())
    }

    async fn start(&self, name: &str) -> Outcome<Instance> {
        Instance::start(InstanceOptions {
            login: LoginRule::Trust,
            first_password: None,
            store: self.directory.join(name),
            listen: ([127, 0, 0, 1], 0).into(),
            http: None,
            external_io_dir: Some(self.directory.join("extern")),
            accept_clock: false,
            certificates: None,
            accept_insecure_network: false,
            limits: Limits::default(),
            statement_memory: None,
        })
        .await
    }
}

fn say(text: &str) {
    println!("\n{text}\n");
}

/// Prints a statement and its answer.
async fn show(client: &mut Client, statement: &str) -> Outcome {
    println!("> {statement};");
    sql::run_text(client, statement).await
}

async fn content(client: &mut Client) -> Outcome<Vec<Vec<Vec<Option<String>>>>> {
    let mut all = Vec::new();
    for statement in CONTENT {
        all.push(client.rows(statement).await?);
    }
    Ok(all)
}

/// Table and fingerprint of each table of the bank in a backup.
async fn fingerprints(client: &mut Client, location: &str) -> Outcome<Vec<Vec<Option<String>>>> {
    let statement = format!(
        "SELECT \"table\", rows, fingerprint FROM [SHOW BACKUP '{location}'] WHERE \"database\" = 'bank' ORDER BY \"table\""
    );
    let rows = client.rows(&statement).await?;
    if rows.is_empty() || rows.iter().flatten().any(Option::is_none) {
        return Err(Failure::failed(format!(
            "ERROR:  {location} has no fingerprints"
        )));
    }
    Ok(rows)
}
