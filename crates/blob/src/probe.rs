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
    const ALL: [Step; 6] = [
        Step::Look,
        Step::Write,
        Step::CreateOnce,
        Step::Read,
        Step::ReadRange,
        Step::Delete,
    ];

    /// It must be done within this.
    fn limit(self) -> Duration {
        match self {
            Step::Look => FIRST,
            _ => LATER,
        }
    }

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

    fn of(error: &Error) -> Outcome {
        match error.kind() {
            Kind::Denied => Outcome::Denied(error.to_string()),
            _ => Outcome::Fails(error.to_string()),
        }
    }

    fn holds(holds: bool, problem: &str) -> Outcome {
        match holds {
            true => Outcome::Works,
            false => Outcome::Fails(problem.to_owned()),
        }
    }
}

/// Tries a place out. Never fails: what does not work is what it finds.
pub async fn probe(store: &dyn Store) -> Vec<Finding> {
    let (name, bytes) = object();
    let (start, end) = (PART.start as u64, PART.end as u64);
    let mut findings = Vec::new();
    for step in Step::ALL {
        let work = async {
            match step {
                Step::Look => store.size(&name).await.map(|_| Outcome::Works),
                Step::Write => write(store, &name, bytes.clone()).await,
                Step::CreateOnce => create_again(store, &name).await,
                Step::Read => read(store, &name, 0..u64::MAX, &bytes).await,
                Step::ReadRange => read(store, &name, start..end, &bytes.slice(PART)).await,
                Step::Delete => delete(store, &name).await,
            }
        };
        let finding = match goes_on(&findings) {
            true => tried(store, step, work).await,
            false => Finding {
                step,
                outcome: Outcome::Untried,
                bytes_per_second: None,
            },
        };
        findings.push(finding);
    }
    findings
}

/// Who does not answer is asked nothing more, and what was not written cannot be read.
fn goes_on(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| match finding.step {
        Step::Look => !matches!(finding.outcome, Outcome::Fails(_)),
        Step::Write => matches!(finding.outcome, Outcome::Works),
        _ => true,
    })
}

async fn tried(
    store: &dyn Store,
    step: Step,
    work: impl Future<Output = Result<Outcome>>,
) -> Finding {
    let (began, limit) = (Instant::now(), step.limit());
    let outcome = match timeout(limit, work).await {
        Ok(done) => done.unwrap_or_else(|error| Outcome::of(&error)),
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

async fn write(store: &dyn Store, name: &str, bytes: Bytes) -> Result<Outcome> {
    let put = store.put_if_absent(name, bytes).await?;
    let problem = "an object is there whose name was never used";
    Ok(Outcome::holds(put == Put::Created, problem))
}

async fn create_again(store: &dyn Store, name: &str) -> Result<Outcome> {
    // A store that keeps no condition is looked at first, and would seem to keep it.
    if let Some(caution) = store.caution() {
        return Ok(Outcome::Fails(caution));
    }
    let another = Bytes::from_static(b"another");
    let put = store.put_if_absent(name, another).await?;
    let problem = "another object took its place";
    Ok(Outcome::holds(put == Put::AlreadyThere, problem))
}

async fn read(
    store: &dyn Store,
    name: &str,
    range: Range<u64>,
    written: &Bytes,
) -> Result<Outcome> {
    let is_same = store.get(name, range).await? == *written;
    Ok(Outcome::holds(is_same, "it is not what was written"))
}

async fn delete(store: &dyn Store, name: &str) -> Result<Outcome> {
    store.delete(name).await?;
    let is_gone = !matches!(store.size(name).await, Ok(Some(_)));
    Ok(Outcome::holds(is_gone, "it is still there"))
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
