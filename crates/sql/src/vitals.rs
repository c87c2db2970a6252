//! What there is to see of a node from outside: work done, jobs, backups, and what holds back collection.
//!
//! INVARIANTS
//!   The number of backups told is bounded: `MOST_TARGETS`, the newest.
//!   Nothing here holds a secret: jobs keep their statements redacted, and only what was backed up is told, not where to.

use std::collections::BTreeMap;

use cairn_jobs::{Kind, Record, Status};
use cairn_storage::{Counters, Snapshot, floor};
use cairn_syntax::Statement;

use crate::{Node, Result};

/// So many different targets of backups are told.
const MOST_TARGETS: usize = 100;

/// A target's name is cut here.
const LONGEST_TARGET: usize = 200;

#[derive(Debug, Clone)]
pub struct Vitals {
    pub counters: Counters,
    /// How many jobs there are of each kind in each state; all of both are there.
    pub jobs: BTreeMap<(Kind, Status), u64>,
    /// By what was backed up, such as `DATABASE bank`: the end of the newest backup that succeeded, in seconds since 1970.
    pub backups: BTreeMap<String, f64>,
    /// For how many seconds jobs have been holding back collection; 0: nothing does.
    pub protected_age_seconds: f64,
}

const KINDS: [Kind; 3] = [Kind::Backup, Kind::Restore, Kind::SchemaChange];

const STATES: [Status; 6] = [
    Status::Pending,
    Status::Running,
    Status::Paused,
    Status::Succeeded,
    Status::Failed,
    Status::Canceled,
];

impl Node {
    /// What the clock says, in seconds since 1970.
    pub fn now_seconds(&self) -> f64 {
        let timeline = self.engine().timeline();
        seconds(timeline.micros(timeline.now()))
    }

    /// How it stands with this node now. Reads the store, so it also shows whether that answers.
    pub async fn vitals(&self) -> Result<Vitals> {
        let engine = self.engine();
        let snapshot = Snapshot::now(engine.clone()).await?;
        let records = self.jobs().list(&snapshot).await?;
        let protections = floor::protections(&snapshot).await?;
        let timeline = engine.timeline();
        let now = timeline.micros(timeline.now());
        let oldest = protections.iter().map(|protection| protection.at).min();
        let age = oldest.map_or(0, |oldest| now.saturating_sub(timeline.micros(oldest)));
        Ok(Vitals {
            counters: engine.counters(),
            jobs: count(&records),
            backups: last_backups(&records),
            protected_age_seconds: seconds(age.max(0)),
        })
    }
}

fn count(records: &[Record]) -> BTreeMap<(Kind, Status), u64> {
    let all = KINDS
        .into_iter()
        .flat_map(|kind| STATES.map(|status| ((kind, status), 0)));
    let mut counts: BTreeMap<_, _> = all.collect();
    for record in records {
        *counts.entry((record.kind, record.status)).or_default() += 1;
    }
    counts
}

/// When each target was last backed up. What was done last is told first, up to the limit.
fn last_backups(records: &[Record]) -> BTreeMap<String, f64> {
    let mut ended: Vec<_> = records
        .iter()
        .filter(|record| record.kind == Kind::Backup && record.status == Status::Succeeded)
        .filter_map(|record| Some((record.finished?, record)))
        .collect();
    ended.sort_by_key(|(finished, _)| std::cmp::Reverse(*finished));
    let mut last = BTreeMap::new();
    for (finished, record) in ended {
        if last.len() == MOST_TARGETS {
            break;
        }
        if let Some(target) = target(record) {
            last.entry(target).or_insert_with(|| seconds(finished));
        }
    }
    last
}

/// What a job backs up, as its statement says.
fn target(record: &Record) -> Option<String> {
    let parsed = cairn_syntax::parse_one(&record.description).ok()?;
    let Statement::Backup(backup) = parsed?.statement else {
        return None;
    };
    let target = backup.targets.to_string();
    Some(target.chars().take(LONGEST_TARGET).collect())
}

fn seconds(micros: i64) -> f64 {
    micros as f64 / 1e6
}
