//! The one thread that changes the store: it checks, numbers and writes commits, in groups.
//!
//! HOW DATA FLOWS
//!   1. Requests wait in a queue; whoever sends one waits for its answer (`Queue::ask`). A commit that
//!      read before what is remembered here was checked by a reader first (`changes::reads_changed`).
//!   2. The committer takes all that wait, up to a limit, and stages each: conflict check, version,
//!      rows, change index, outcome (`stage_commit`).
//!   3. One fjall batch makes the group durable; then the read version moves, then all are answered
//!      (`write`).
//! INVARIANTS
//!   Versions and closed instants come from here only, so neither needs a lock.
//!   The high water mark is in the same batch: after a restart no version at or below a closed
//!   instant is handed out, whatever the clock says.
//!   A request that moves rows between keyspaces is never in a group (`Request::is_alone`).
//! ERRORS
//!   A refusal (conflict, size, space) goes to its sender. Any other error means that nobody knows
//!   what reached the disk: the group is told `OutcomeUnknown`, the rest `Closing`, and the fatal
//!   hook ends the process. The next open decides.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use fjall::{Keyspace, OwnedWriteBatch, PersistMode};
use tokio::sync::OwnedSemaphorePermit;

use super::layout::{self, Epoch, IngestRecord};
use super::parts::Writing;
use super::queue::{Admission, Answer, Fatal, Queued, Request, refuse, reply};
use super::recent::Recent;
use super::store::{Counts, FIRST_USER_TABLE, Store};
use crate::timeline::Sequencer;
use crate::{Commit, Error, Prefix, Result, Revisions, Version, floor};

const GROUP_REQUESTS: usize = 1024;
const GROUP_BYTES: usize = 8 << 20;
const TICK_MICROS: u64 = 60 * 1_000_000;

pub(super) struct Committer {
    store: Arc<Store>,
    sequencer: Sequencer,
    writing: Writing,
    recent: Recent,
    /// Told to those who send commits: `Queue::remembers`.
    remembered_after: Arc<AtomicU64>,
    /// The high water mark on disk.
    persisted: Version,
    ticked: Option<u64>,
    fails: bool,
    queue: mpsc::Receiver<Queued>,
}

/// Requests that will share one durable batch.
struct Group {
    batch: OwnedWriteBatch,
    answers: Vec<Box<dyn FnOnce(bool) + Send>>,
    floors: Vec<(crate::TableId, Version)>,
    permits: Vec<Option<OwnedSemaphorePermit>>,
    commits: usize,
}

enum Next {
    Go,
    Stop,
}

impl Committer {
    pub(super) fn new(
        store: Arc<Store>,
        sequencer: Sequencer,
        writing: Writing,
        recent: Recent,
        remembered_after: Arc<AtomicU64>,
        queue: mpsc::Receiver<Queued>,
    ) -> Committer {
        Committer {
            persisted: sequencer.last(),
            store,
            sequencer,
            writing,
            recent,
            remembered_after,
            ticked: None,
            fails: false,
            queue,
        }
    }

    pub(super) fn run(mut self, fatal: Fatal) {
        let error = loop {
            match catch_unwind(AssertUnwindSafe(|| self.turn())) {
                Ok(Ok(Next::Go)) => {}
                Ok(Ok(Next::Stop)) => return self.stop(),
                Ok(Err(error)) => break error,
                Err(_) => {
                    break Error::Damaged {
                        what: "the store's library panicked; see the log".to_owned(),
                    };
                }
            }
        };
        tracing::error!(%error, "the store failed while it wrote");
        for (request, _) in self.queue.try_iter() {
            refuse(request);
        }
        // Senders from here on find the queue gone.
        drop(self);
        fatal(&error);
    }

    /// One group, and what must be alone behind it.
    fn turn(&mut self) -> Result<Next> {
        let (group, alone) = self.gather();
        self.write_group(group)?;
        if let Some(request) = alone
            && let Next::Stop = self.run_alone(request)?
        {
            return Ok(Next::Stop);
        }
        self.tick()?;
        Ok(Next::Go)
    }

    /// Waits for a request, then takes all that are there.
    fn gather(&mut self) -> (Vec<Queued>, Option<Request>) {
        let mut group = Vec::new();
        let mut bytes = 0;
        let mut next = match self.queue.recv_timeout(Duration::from_secs(1)) {
            Ok(next) => Some(next),
            Err(mpsc::RecvTimeoutError::Timeout) => None,
            Err(mpsc::RecvTimeoutError::Disconnected) => Some((Request::Stop, None)),
        };
        while let Some((request, permit)) = next {
            if request.is_alone() {
                return (group, Some(request));
            }
            bytes += request.bytes();
            group.push((request, permit));
            let full = group.len() >= GROUP_REQUESTS || bytes >= GROUP_BYTES;
            next = if full {
                None
            } else {
                self.queue.try_recv().ok()
            };
        }
        (group, None)
    }

    fn write_group(&mut self, requests: Vec<Queued>) -> Result<()> {
        if requests.is_empty() {
            return Ok(());
        }
        self.recent.shrink();
        self.tell_remembered();
        let mut group = Group {
            batch: self.store.batch(),
            answers: Vec::with_capacity(requests.len()),
            floors: Vec::new(),
            permits: Vec::with_capacity(requests.len()),
            commits: 0,
        };
        for (request, permit) in requests {
            group.permits.push(permit);
            self.stage(request, &mut group);
        }
        self.write(group)
    }

    fn stage(&mut self, request: Request, group: &mut Group) {
        match request {
            Request::Commit {
                commit,
                bytes,
                checked,
                answer,
            } => self.stage_commit(commit, bytes, checked, answer, group),
            Request::Close { at, answer } => match self.sequencer.close(at) {
                Ok(()) => group.answer(answer, Ok(()), Error::Closing),
                Err(error) => reply(answer, Err(error)),
            },
            Request::CloseNow { answer } => {
                let at = self.sequencer.close_now();
                self.writing.cut(at, &self.store.cuts);
                group.answer(answer, Ok(at), Error::Closing);
            }
            Request::Outcome {
                id,
                read_at,
                answer,
            } => {
                // Asked when the group is written: a commit in it counts.
                let store = self.store.clone();
                let tell = move |written| {
                    reply(
                        answer,
                        if written {
                            store.outcome(id, read_at)
                        } else {
                            Err(Error::Closing)
                        },
                    )
                };
                group.answers.push(Box::new(tell));
            }
            Request::Rows {
                prefix,
                rows,
                answer,
            } => {
                match self
                    .store
                    .space
                    .check(rows.bytes() as u64, self.store.timeline.clock())
                {
                    Ok(()) => self.stage_rows(prefix, &rows, answer, group),
                    Err(error) => reply(answer, Err(error)),
                }
            }
            Request::Ingested {
                prefix,
                span,
                versions,
                has_history,
                answer,
            } => {
                let at = self.sequencer.assign();
                let record = IngestRecord {
                    at,
                    oldest: versions.oldest,
                    newest: versions.newest,
                    span,
                    has_history,
                };
                for epoch in versions.epochs.into_iter().chain([Epoch::of(at)]) {
                    let (key, value) = layout::ingest_change(prefix, epoch, &record);
                    group.batch.insert(&self.store.changes, key, value);
                }
                self.recent.add_ingest(at, record.span);
                group.answer(answer, Ok(()), Error::Closing);
            }
            // `gather` never puts these into a group.
            Request::Separate { .. } | Request::GiveUp { .. } | Request::Fail | Request::Stop => {}
        }
    }

    fn stage_commit(
        &mut self,
        commit: Commit,
        bytes: usize,
        checked: Option<Version>,
        answer: Answer<Admission>,
        group: &mut Group,
    ) {
        match self.admit(&commit, bytes, checked) {
            Ok(true) => {}
            Ok(false) => return reply(answer, Ok(Admission::CheckAgain(commit))),
            Err(error) => return reply(answer, Err(error)),
        }
        let version = self.sequencer.assign();
        let part = self.writing.part_for(version, commit.writes.len());
        let (store, batch) = (&self.store, &mut group.batch);
        self.recent
            .add(version, commit.writes.keys().cloned().collect());
        let mut last: Option<(Prefix, Keyspace)> = None;
        for (key, value) in &commit.writes {
            let Some(prefix) = Prefix::of(key) else {
                continue;
            };
            let rows = match &last {
                Some((same, rows)) if *same == prefix => rows,
                _ => &last.insert((prefix, store.rows(prefix))).1,
            };
            batch.insert(
                rows,
                layout::row_key(key, version),
                layout::stored_value(value.as_deref()),
            );
            batch.insert(
                &store.changes,
                layout::change_key(prefix, part, key),
                version.0.to_be_bytes(),
            );
            group
                .floors
                .extend(floor::floor_write(key, value.as_deref()));
        }
        batch.insert(
            &store.meta,
            layout::outcome_key(Epoch::of(version), commit.id),
            version.0.to_be_bytes(),
        );
        group.commits += 1;
        group.answer(
            answer,
            Ok(Admission::Committed(version)),
            Error::OutcomeUnknown {
                transaction: commit.id,
            },
        );
    }

    fn stage_rows(
        &mut self,
        prefix: Prefix,
        rows: &Revisions,
        answer: Answer<()>,
        group: &mut Group,
    ) {
        let keyspace = self.store.rows(prefix);
        for row in rows.iter() {
            let (key, value) = (
                layout::row_key(row.key, row.version),
                layout::stored_value(row.value),
            );
            group.batch.insert(&keyspace, key, value);
        }
        group.answer(answer, Ok(()), Error::Closing);
    }

    /// Whether a commit may go through; `false`: more happened since it was checked than is remembered.
    fn admit(&self, commit: &Commit, bytes: usize, checked: Option<Version>) -> Result<bool> {
        if let Some(checked) = checked {
            if self.recent.changed_since(checked, &commit.reads) {
                return Err(Error::Conflict);
            }
            if !self.recent.knows(checked) {
                return Ok(false);
            }
        }
        let (space, clock) = (&self.store.space, self.store.timeline.clock());
        match commit.writes.keys().all(|key| is_system(key)) {
            true => space.check_system(bytes as u64, clock)?,
            false => space.check(bytes as u64, clock)?,
        }
        Ok(true)
    }

    fn tell_remembered(&self) {
        self.remembered_after
            .store(self.recent.complete_after().0, Ordering::Release);
    }

    /// Makes a group durable, then visible, then known.
    fn write(&mut self, mut group: Group) -> Result<()> {
        let last = self.sequencer.last();
        if last > self.persisted {
            group
                .batch
                .insert(&self.store.meta, layout::HIGH_WATER, last.0.to_be_bytes());
        }
        let syncs = usize::from(!group.batch.is_empty());
        let written = catch_unwind(AssertUnwindSafe(|| group.batch.commit()));
        let outcome = match written {
            Ok(_) if self.fails => Err(std::io::Error::other("a test made the disk fail").into()),
            Ok(outcome) => outcome.map_err(Error::from),
            Err(_) => Err(Error::Damaged {
                what: "the store's library panicked; see the log".to_owned(),
            }),
        };
        if outcome.is_ok() {
            self.persisted = last;
            for (table, floor) in group.floors {
                self.store.set_floor(table, floor);
            }
            self.sequencer.publish();
            Counts::add(&self.store.counts.commits, group.commits);
            Counts::add(&self.store.counts.syncs, syncs);
        }
        for tell in group.answers {
            tell(outcome.is_ok());
        }
        outcome
    }

    fn run_alone(&mut self, request: Request) -> Result<Next> {
        match request {
            Request::Separate { prefix, answer } => reply(answer, Ok(self.store.separate(prefix)?)),
            Request::GiveUp { prefix, answer } => reply(answer, Ok(self.store.give_up(prefix)?)),
            Request::Fail => self.fails = true,
            Request::Stop => return Ok(Next::Stop),
            _ => {}
        }
        Ok(Next::Go)
    }

    /// Once a minute: follows the wall clock, notes the time, forgets old outcomes.
    fn tick(&mut self) -> Result<()> {
        let clock = self.store.timeline.clock();
        let running = clock.running();
        if self
            .ticked
            .is_some_and(|ticked| running - ticked < TICK_MICROS)
        {
            return Ok(());
        }
        if self.ticked.is_some() {
            clock.follow();
        }
        self.ticked = Some(running);
        if clock.is_believed() {
            let mut batch = self.store.batch();
            batch.insert(
                &self.store.meta,
                layout::LAST_TICK,
                clock.now().to_be_bytes(),
            );
            batch.commit()?;
        }
        self.store.forget_outcomes()
    }

    fn stop(self) {
        if let Err(error) = self.store.database.persist(PersistMode::SyncAll) {
            tracing::error!(%error, "the journal could not be synced on closing; every commit was before");
        }
    }
}

impl Group {
    /// Answers when the group's fate is known.
    fn answer<T: Send + 'static>(&mut self, answer: Answer<T>, success: Result<T>, failure: Error) {
        self.answers.push(Box::new(move |written| {
            reply(answer, if written { success } else { Err(failure) })
        }));
    }
}

fn is_system(key: &[u8]) -> bool {
    Prefix::of(key).is_some_and(|prefix| prefix.table.0 < FIRST_USER_TABLE)
}
