//! The model test: a real server against an oracle that keeps every state it was ever in.
//!
//! WHAT
//!   Random statements of one client, with backups, restores, collections, job control and kill -9 between them. What the oracle says must
//!   succeed must succeed, what it says must fail must fail, and what a restore brings back must be what the oracle has of that
//!   instant: names, SHOW CREATE, rows, index entries, views, privileges, constraints that bite, numbers that never repeat. It shares
//!   nothing with the product but the client's protocol.
//!
//! HOW A STEP GOES
//!   1. Time passes (`model::pass_time`); the server's clock stands still otherwise, so that each commit is a microsecond after the last.
//!   2. A statement is made up together with the state after it, or the SQLSTATEs it may fail with (`writes`, `schema`).
//!   3. `Model::expect` runs it and notes the state with the instant in `past`.
//!   4. `backups` grows chains, `restores` asks for an instant that a chain tells, `compare` looks at what came back.
//!   5. `disturb` does the same to jobs that are paused, resumed, canceled, and to servers that are killed.
//!
//! INVARIANTS
//!   At an instant between two moments of `past` either state is right, and nothing else.
//!   Below the garbage collection threshold a refusal is right, and so is the right answer; a wrong answer never is.
//!
//! RUNNING IT
//!   `CAIRN_MODEL_SEED` and `CAIRN_MODEL_STEPS` choose a run, `CAIRN_MODEL_SERVER` another build of `cairn-under-test`,
//!   `CAIRN_MODEL_TRACE` prints the statements. The seed is printed, and how often each kind of step occurred; from 10,000 steps on,
//!   which is what CI runs, it fails where one hardly did:
//!   `CAIRN_MODEL_SEED=77 CAIRN_MODEL_STEPS=20000 cargo test --workspace --test model chains -- --nocapture`.
mod backups;
mod chance;
mod compare;
mod disturb;
mod model;
mod numbers;
mod oracle;
mod past;
mod planted;
mod restores;
mod schema;
mod server;
mod tally;
mod values;
mod writes;

use futures::{StreamExt, stream};

use crate::model::Model;
use crate::tally::Tally;

/// Steps of all seeds of a run together, unless the environment says otherwise.
const STEPS: u64 = 10_000;

/// Each seed has a server of its own. A step costs more the more there was before it, so many short runs cost less than a long one.
const SEEDS: std::ops::RangeInclusive<u64> = 31..=40;

/// Seeds that a run takes besides where something happened too seldom.
const SPARE: std::ops::RangeInclusive<u64> = 41..=45;

/// So many servers run at the same time.
const AT_ONCE: usize = 4;

/// What must have happened in [`STEPS`] steps, each so often.
const OFTEN: usize = 20;
const KINDS: &[&str] = &[
    "INSERT",
    "INSERT ON CONFLICT",
    "INSERT with numbers",
    "UPSERT",
    "UPDATE",
    "DELETE",
    "transaction",
    "transaction rolled back",
    "COPY",
    "COPY into an empty table",
    "TRUNCATE",
    "TRUNCATE CASCADE",
    "nextval",
    "a statement that must fail",
    "CREATE TABLE",
    "DROP TABLE",
    "RENAME TABLE",
    "move a table",
    "RENAME DATABASE",
    "ADD COLUMN",
    "DROP COLUMN",
    "RENAME COLUMN",
    "ALTER COLUMN DEFAULT",
    "ALTER COLUMN NOT NULL",
    "CREATE INDEX",
    "CREATE UNIQUE INDEX",
    "RENAME INDEX",
    "DROP INDEX",
    "ADD CHECK",
    "ADD FOREIGN KEY",
    "DROP CONSTRAINT",
    "CREATE VIEW",
    "DROP VIEW",
    "CREATE SEQUENCE",
    "DROP SEQUENCE",
    "zone configuration",
    "collection",
    "full",
    "full with history",
    "incremental",
    "incremental with history",
    "backup of a list",
    "backup of a database",
    "backup of two databases",
    "BACKUP below the GC threshold",
    "restore that must be refused",
    "restore at a layer's end",
    "restore inside a window",
    "restore of a full backup alone",
    "restore of 2 to 4 layers",
    "restore of 5 layers or more",
    "restore with into_db",
    "restore with new_db_name",
    "restore with skip_missing_foreign_keys",
    "restore with skip_missing_sequences",
    "restore with skip_missing_views",
    "kill -9 during a statement",
    "kill -9 during BACKUP",
    "kill -9 during RESTORE",
    "BACKUP: CANCEL",
    "RESTORE: CANCEL",
    "BACKUP paused",
    "RESTORE paused",
    "BACKUP: RESUME of a paused job",
    "RESTORE: RESUME of a paused job",
];
const RESTORES: usize = 300;

impl Model {
    async fn step(&mut self) {
        self.pass_time().await;
        match self.chance.below(1000) {
            0..=544 => self.write().await,
            545..=794 => self.change_schema().await,
            795..=859 => self.backup().await,
            860..=907 => self.restore().await,
            908..=979 => self.disturb().await,
            980..=981 => self.check_live().await,
            _ => self.collect().await,
        }
    }

    /// Steps that are about backups and restores alone, without disturbance.
    async fn probe(&mut self, steps: usize) {
        for step in 0..steps {
            self.context = format!("step {step}");
            self.pass_time().await;
            match self.chance.below(100) {
                0..=39 => self.write().await,
                40..=64 => self.change_schema().await,
                65..=79 => self.backup().await,
                80..=97 => self.restore().await,
                _ => self.collect().await,
            }
        }
    }

    /// The live databases are as the oracle has them.
    async fn check_live(&mut self) {
        if let Err(complaint) = self.compare_live(self.now()).await {
            self.fail(&complaint);
        }
    }
}

async fn run(seed: u64, steps: u64) -> Tally {
    println!("CAIRN_MODEL_SEED={seed} CAIRN_MODEL_STEPS={steps}");
    let mut model = Model::start(seed, &[]).await;
    for step in 0..steps {
        model.context = format!("seed {seed}, step {step}");
        model.step().await;
    }
    model.check_live().await;
    let tally = model.tally.clone();
    model.server.stop().await;
    tally
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn chains_come_back_as_the_oracle_has_them() {
    let steps = number("CAIRN_MODEL_STEPS").unwrap_or(STEPS);
    let seeds: Vec<u64> = match number("CAIRN_MODEL_SEED") {
        Some(seed) => vec![seed],
        None => SEEDS.collect(),
    };
    let each = steps.div_ceil(seeds.len() as u64);
    let mut runs = stream::iter(seeds)
        .map(|seed| tokio::spawn(run(seed, each)))
        .buffer_unordered(AT_ONCE);
    let mut tally = Tally::default();
    while let Some(run) = runs.next().await {
        tally.add(&run.expect("a run; what it says stands above"));
    }
    // The machine's pace decides how many jobs are met in time: a few more seeds may be needed.
    let mut spare = SPARE;
    while steps == STEPS
        && !tally.rare(KINDS, OFTEN).is_empty()
        && let Some(seed) = spare.next()
    {
        tally.add(&run(seed, each).await);
    }
    println!("{tally}");
    if steps >= STEPS {
        let rare = tally.rare(KINDS, OFTEN);
        assert!(rare.is_empty(), "happened too seldom: {rare:?}");
        let (all, inside) = (
            tally.of("restore compared"),
            tally.of("restore inside a window"),
        );
        assert!(
            all >= RESTORES && inside * 2 >= all,
            "{all} restores, {inside} of them inside a window"
        );
    }
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().expect("a number"))
}
