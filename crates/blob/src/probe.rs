//! Whether a place can keep backups: tried out with an object of its own, which is taken away again where that is allowed.
//!
//! HOW DATA FLOWS
//!   [`probe`] looks for an object that is not there, creates it, tries to create another in its place, reads it back whole and in
//!   part, and deletes it. Each step says what it is needed for. A place that does not answer the first is asked nothing more.

use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;
use rand::Rng;
use tokio::time::{Instant, timeout};

use crate::error::{Error, Kind, Result};
use crate::store::{Put, Store};

/// Enough to tell a speed, little enough to be waited for.
const BYTES: usize = 4 << 20;
const PART: Range<usize> = 1_000_000..1_100_000;
/// The first answer must come within this, each other one within the second.
const FIRST: Duration = Duration::from_secs(10);
const LATER: Duration = Duration::from_secs(30);

/// One step of a probe.
#[derive(Debug)]
pub struct Finding {
    pub step: Step,
    pub outcome: Outcome,
    /// Of steps that carry many bytes.
    pub bytes_per_second: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Look,
    Write,
    CreateOnce,
    Read,
    ReadRange,
    Delete,
}

impl Step {
    const LATER: [Step; 5] = [
        Step::Write,
        Step::CreateOnce,
        Step::Read,
        Step::ReadRange,
        Step::Delete,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Step::Look => "look for an object",
            Step::Write => "write an object",
            Step::CreateOnce => "refuse a second object of a name",
            Step::Read => "read an object",
            Step::ReadRange => "read a part of an object",
            Step::Delete => "delete an object",
        }
    }

    #[must_use]
    pub fn needed_for(self) -> &'static str {
        match self {
            Step::Look => "finding a place in use before BACKUP begins",
            Step::Write => "BACKUP",
            Step::CreateOnce => "two backups that begin at once",
            Step::Read => "RESTORE, SHOW BACKUP, the base of an incremental BACKUP",
            Step::ReadRange => "RESTORE",
            Step::Delete => "nothing",
        }
    }
}

#[derive(Debug)]
pub enum Outcome {
    Works,
    Denied(String),
    Fails(String),
    /// Something that comes before it does not work.
    Untried,
}

impl Outcome {
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Outcome::Works => "works",
            Outcome::Denied(_) => "denied",
            Outcome::Fails(_) => "fails",
            Outcome::Untried => "not tried",
        }
    }

    #[must_use]
    pub fn problem(&self) -> Option<&str> {
        match self {
            Outcome::Denied(problem) | Outcome::Fails(problem) => Some(problem),
            Outcome::Works | Outcome::Untried => None,
        }
    }

    fn of(step: Result<()>) -> Outcome {
        match step {
            Ok(()) => Outcome::Works,
            Err(error) if error.kind() == Kind::Denied => Outcome::Denied(error.to_string()),
            Err(error) => Outcome::Fails(error.to_string()),
        }
    }
}

/// Tries a place out. Never fails: what does not work is what it finds.
pub async fn probe(store: &dyn Store) -> Vec<Finding> {
    let (name, bytes) = object();
    let mut findings = Vec::new();
    let looked = step(store, Step::Look, FIRST, look(store, &name)).await;
    let answers = !matches!(looked.outcome, Outcome::Fails(_));
    findings.push(looked);
    let written = match answers {
        true => {
            step(
                store,
                Step::Write,
                LATER,
                write(store, &name, bytes.clone()),
            )
            .await
        }
        false => untried(Step::Write),
    };
    let is_there = matches!(written.outcome, Outcome::Works);
    findings.push(written);
    if !is_there {
        findings.extend(Step::LATER.into_iter().skip(1).map(untried));
        return findings;
    }
    let (start, end) = (PART.start as u64, PART.end as u64);
    let part = bytes.slice(PART);
    findings.push(step(store, Step::CreateOnce, LATER, create_again(store, &name)).await);
    findings.push(
        step(
            store,
            Step::Read,
            LATER,
            read(store, &name, 0..u64::MAX, bytes),
        )
        .await,
    );
    findings.push(
        step(
            store,
            Step::ReadRange,
            LATER,
            read(store, &name, start..end, part),
        )
        .await,
    );
    findings.push(step(store, Step::Delete, LATER, delete(store, &name)).await);
    findings
}

fn untried(step: Step) -> Finding {
    Finding {
        step,
        outcome: Outcome::Untried,
        bytes_per_second: None,
    }
}

async fn step(
    store: &dyn Store,
    step: Step,
    limit: Duration,
    work: impl Future<Output = Result<()>>,
) -> Finding {
    let began = Instant::now();
    let outcome = match timeout(limit, work).await {
        Ok(done) => Outcome::of(done),
        Err(_) => Outcome::Fails(format!("{store}: no answer within {limit:?}")),
    };
    let carries = matches!(step, Step::Write | Step::Read) && matches!(outcome, Outcome::Works);
    let seconds = began.elapsed().as_secs_f64().max(1e-6);
    Finding {
        step,
        outcome,
        bytes_per_second: carries.then_some(BYTES as f64 / seconds),
    }
}

async fn look(store: &dyn Store, name: &str) -> Result<()> {
    store.size(name).await.map(|_| ())
}

async fn write(store: &dyn Store, name: &str, bytes: Bytes) -> Result<()> {
    match store.put_if_absent(name, bytes).await? {
        Put::Created => Ok(()),
        Put::AlreadyThere => Err(failed(
            store,
            "write",
            name,
            "an object of a name never used is there",
        )),
    }
}

/// A store of which it is known that it keeps no condition was looked at before: that is not what is asked.
async fn create_again(store: &dyn Store, name: &str) -> Result<()> {
    if let Some(caution) = store.caution() {
        return Err(failed(store, "create", name, &caution));
    }
    match store
        .put_if_absent(name, Bytes::from_static(b"another"))
        .await?
    {
        Put::AlreadyThere => Ok(()),
        Put::Created => Err(failed(store, "keep", name, "another object took its place")),
    }
}

async fn read(store: &dyn Store, name: &str, range: Range<u64>, expected: Bytes) -> Result<()> {
    match store.get(name, range).await? == expected {
        true => Ok(()),
        false => Err(failed(store, "read", name, "it is not what was written")),
    }
}

async fn delete(store: &dyn Store, name: &str) -> Result<()> {
    store.delete(name).await?;
    match store.size(name).await {
        Ok(Some(_)) => Err(failed(store, "delete", name, "it is still there")),
        _ => Ok(()),
    }
}

fn failed(store: &dyn Store, action: &'static str, name: &str, problem: &str) -> Error {
    Error::Io {
        location: store.to_string(),
        action,
        name: name.to_owned(),
        source: std::io::Error::other(problem.to_owned()),
    }
}

/// A name that was never used, and bytes that do not compress.
#[expect(
    clippy::disallowed_methods,
    reason = "the object must be unlike any other of the place"
)]
fn object() -> (String, Bytes) {
    let mut bytes = vec![0; BYTES];
    let mut random = rand::rng();
    random.fill(bytes.as_mut_slice());
    (
        format!("probe-{:016x}", random.random::<u64>()),
        bytes.into(),
    )
}

#[cfg(test)]
mod tests;
