//! The memory engine: the model the other engines are compared with, and what tests above storage
//! run on. Everything is one ordered map under one lock; nothing is fast and nothing is clever.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::TryStreamExt;
use futures::stream::BoxStream;
use parking_lot::RwLock;

use crate::clock::Clock;
use crate::ingest::IngestOrder;
use crate::timeline::Sequencer;
use crate::transaction::check_commit;
use crate::{
    Chunk, Closed, Collected, Commit, Counters, Cursor, Engine, Entries, Error, Found, Ingested,
    Limits, Prefix, ReadSet, Result, RevisionChunk, Revisions, ScanLimit, Span, TableId, Timeline,
    TransactionId, Version, Window, after, floor,
};

pub struct Memory {
    timeline: Timeline,
    limits: Limits,
    state: RwLock<State>,
}

struct State {
    sequencer: Sequencer,
    rows: BTreeMap<Bytes, Versions>,
    floors: HashMap<TableId, Version>,
    outcomes: HashMap<TransactionId, Version>,
    /// When which span was written in bulk: a change to all of it.
    ingests: Vec<(Version, Span)>,
    counters: Counters,
}

/// Newest first.
type Versions = BTreeMap<Reverse<Version>, Option<Bytes>>;

impl Memory {
    pub fn new(clock: Clock) -> Memory {
        Memory::with_limits(clock, Limits::default())
    }

    pub fn with_limits(clock: Clock, limits: Limits) -> Memory {
        let timeline = Timeline::new(Arc::new(clock), Version::ZERO);
        let state = State {
            sequencer: Sequencer::new(timeline.clone(), Version::ZERO),
            rows: BTreeMap::new(),
            floors: HashMap::new(),
            outcomes: HashMap::new(),
            ingests: Vec::new(),
            counters: Counters::default(),
        };
        Memory {
            timeline,
            limits,
            state: RwLock::new(state),
        }
    }
}

impl Default for Memory {
    fn default() -> Memory {
        Memory::new(Clock::system())
    }
}

#[async_trait]
impl Engine for Memory {
    async fn read_version(&self) -> Result<Closed> {
        Ok(self.timeline.readable())
    }

    async fn close(&self, at: Version) -> Result<Closed> {
        let mut state = self.state.write();
        state.sequencer.close(at)?;
        state.sequencer.publish();
        self.timeline.closed(at).ok_or(Error::Closing)
    }

    async fn close_now(&self) -> Result<Closed> {
        let mut state = self.state.write();
        let at = state.sequencer.close_now();
        state.sequencer.publish();
        self.timeline.closed(at).ok_or(Error::Closing)
    }

    async fn commit(&self, commit: Commit) -> Result<Version> {
        check_commit(&commit, &self.limits)?;
        let mut state = self.state.write();
        if let Some(read_at) = commit.read_at
            && state.changed_since(read_at.version(), &commit.reads)
        {
            state.counters.conflicts += 1;
            return Err(Error::Conflict);
        }
        for key in commit.writes.keys() {
            state.check_neighbours(key)?;
        }
        let version = state.sequencer.assign();
        for (key, value) in commit.writes {
            if let Some((table, floor)) = floor::floor_write(&key, value.as_deref()) {
                state.floors.insert(table, floor);
            }
            state
                .rows
                .entry(key)
                .or_default()
                .insert(Reverse(version), value);
        }
        state.outcomes.insert(commit.id, version);
        state.counters.commits += 1;
        state.sequencer.publish();
        Ok(version)
    }

    async fn outcome(
        &self,
        transaction: TransactionId,
        _read_at: Version,
    ) -> Result<Option<Version>> {
        Ok(self.state.read().outcomes.get(&transaction).copied())
    }

    async fn get(&self, keys: &[Bytes], at: Closed) -> Result<Vec<Option<Found>>> {
        let mut state = self.state.write();
        state.counters.keys_examined += keys.len() as u64;
        for prefix in keys.iter().filter_map(|key| Prefix::of(key)) {
            state.check_floor(prefix.table, at.version())?;
        }
        Ok(keys
            .iter()
            .map(|key| state.find(key, at.version()))
            .collect())
    }

    async fn scan(&self, span: &Span, at: Closed, limit: ScanLimit) -> Result<Chunk<Entries>> {
        let prefix = span.prefix()?;
        let mut state = self.state.write();
        state.check_floor(prefix.table, at.version())?;
        let mut items = Entries::new();
        let mut resume = None;
        let mut examined = 0;
        for (key, versions) in state.keys(span) {
            if limit.reached(items.len(), items.bytes()) {
                resume = Some(key.clone());
                break;
            }
            examined += 1;
            if let Some((Reverse(version), Some(value))) =
                versions.range(Reverse(at.version())..).next()
            {
                items.push(key, *version, value);
            }
        }
        state.counters.keys_examined += examined;
        state.counters.bytes_read += items.bytes() as u64;
        Ok(Chunk { items, resume })
    }

    async fn history(
        &self,
        span: &Span,
        window: Window,
        from: Option<Cursor>,
        base: bool,
        limit: ScanLimit,
    ) -> Result<RevisionChunk> {
        let prefix = span.prefix()?;
        let state = self.state.read();
        state.check_floor(prefix.table, window.after)?;
        let rest = from
            .as_ref()
            .map_or(span.clone(), |from| span.from(from.key.clone()));
        let mut items = Revisions::new();
        for (key, versions) in state.keys(&rest) {
            let top = match &from {
                Some(from) if from.key == key => from.version.min(window.upto.version()),
                _ => window.upto.version(),
            };
            let mut changed = false;
            for (Reverse(version), value) in versions.range(Reverse(top)..) {
                if *version > window.after {
                    if limit.reached(items.len(), items.bytes()) {
                        let resume = Some(Cursor {
                            key: key.clone(),
                            version: *version,
                        });
                        return Ok(RevisionChunk { items, resume });
                    }
                    changed = true;
                    items.push(key, *version, value.as_deref());
                    continue;
                }
                if base && changed && value.is_some() {
                    items.push(key, *version, value.as_deref());
                }
                break;
            }
        }
        Ok(RevisionChunk {
            items,
            resume: None,
        })
    }

    async fn ingest(
        &self,
        span: &Span,
        revisions: BoxStream<'_, Result<Revisions>>,
    ) -> Result<Ingested> {
        span.prefix()?;
        let mut order = IngestOrder::new(span.clone(), self.limits, self.timeline.newest());
        let batches = revisions
            .and_then(|batch| std::future::ready(order.check(&batch).map(|()| batch)))
            .try_collect::<Vec<_>>()
            .await?;
        let mut state = self.state.write();
        for revision in batches.iter().flat_map(Revisions::iter) {
            let versions = state
                .rows
                .entry(Bytes::copy_from_slice(revision.key))
                .or_default();
            versions.insert(
                Reverse(revision.version),
                revision.value.map(Bytes::copy_from_slice),
            );
        }
        let version = state.sequencer.assign();
        state.ingests.push((version, span.clone()));
        state.sequencer.publish();
        let ingested = order.ingested();
        state.counters.rows_ingested += ingested.rows;
        Ok(ingested)
    }

    async fn collect(&self, table: TableId, floor: Version) -> Result<Collected> {
        let mut state = self.state.write();
        let floor = floor.min(state.floors.get(&table).copied().unwrap_or_default());
        let mut collected = Collected::default();
        for (_, versions) in state.rows.iter_mut().filter(|(key, _)| is_of(key, table)) {
            collected.keys += 1;
            let before = versions.len();
            let kept = versions
                .range(Reverse(floor)..)
                .next()
                .map(|(version, value)| (*version, value.is_some()));
            if let Some((kept, live)) = kept {
                versions.retain(|version, _| *version < kept || (*version == kept && live));
            }
            collected.versions += (before - versions.len()) as u64;
        }
        state.rows.retain(|_, versions| !versions.is_empty());
        state.counters.versions_collected += collected.versions;
        Ok(collected)
    }

    async fn remove(&self, prefix: Prefix) -> Result<()> {
        self.state
            .write()
            .rows
            .retain(|key, _| Prefix::of(key) != Some(prefix));
        Ok(())
    }

    async fn split(&self, span: &Span, pieces: usize) -> Result<Vec<Bytes>> {
        let state = self.state.read();
        let keys = state
            .keys(span)
            .map(|(key, _)| key.clone())
            .collect::<Vec<_>>();
        let pieces = pieces.clamp(1, keys.len().max(1));
        Ok((1..pieces)
            .filter_map(|piece| keys.get(keys.len() * piece / pieces).cloned())
            .collect())
    }

    async fn split_changes(
        &self,
        span: &Span,
        window: Window,
        keys: usize,
    ) -> Result<Option<Chunk<Vec<Bytes>>>> {
        let state = self.state.read();
        let changed = state.keys(span).filter(|(_, versions)| {
            let mut versions = versions.keys();
            versions.any(|Reverse(version)| window.contains(*version))
        });
        let last_of_each = changed.skip(keys.max(1) - 1).step_by(keys.max(1));
        Ok(Some(Chunk {
            items: last_of_each.map(|(key, _)| after(key)).collect(),
            resume: None,
        }))
    }

    async fn size(&self, span: &Span) -> Result<u64> {
        let state = self.state.read();
        let of = |versions: &Versions| versions.values().flatten().map(Bytes::len).sum::<usize>();
        Ok(state
            .keys(span)
            .map(|(key, versions)| (key.len() * versions.len() + of(versions)) as u64)
            .sum())
    }

    fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    fn limits(&self) -> Limits {
        self.limits
    }

    fn counters(&self) -> Counters {
        self.state.read().counters
    }
}

impl State {
    fn keys(&self, span: &Span) -> impl Iterator<Item = (&Bytes, &Versions)> {
        let end = span.end.clone().max(span.start.clone());
        self.rows.range(span.start.clone()..end)
    }

    fn find(&self, key: &Bytes, at: Version) -> Option<Found> {
        let (Reverse(version), value) = self.rows.get(key)?.range(Reverse(at)..).next()?;
        value.clone().map(|value| Found {
            version: *version,
            value,
        })
    }

    fn changed_since(&self, read_at: Version, reads: &ReadSet) -> bool {
        let newer = |versions: &Versions| {
            versions
                .keys()
                .next()
                .is_some_and(|newest| newest.0 > read_at)
        };
        let ingested = |span: &Span| {
            self.ingests
                .iter()
                .any(|(at, ingest)| *at > read_at && ingest.overlaps(span))
        };
        reads
            .keys
            .iter()
            .any(|key| self.rows.get(key).is_some_and(newer) || ingested(&Span::point(key)))
            || reads
                .spans
                .iter()
                .any(|span| self.keys(span).any(|(_, versions)| newer(versions)) || ingested(span))
    }

    fn check_floor(&self, table: TableId, at: Version) -> Result<()> {
        match self.floors.get(&table) {
            Some(floor) if at < *floor => Err(Error::BelowFloor {
                table,
                at,
                floor: *floor,
            }),
            _ => Ok(()),
        }
    }

    /// Enforces the engines' rule on keys, so that tests find whoever breaks it: a key that
    /// continues another continues with a byte of at least 02.
    fn check_neighbours(&self, key: &Bytes) -> Result<()> {
        let before = self
            .rows
            .range::<[u8], _>((Bound::Unbounded, Bound::Excluded(key.as_ref())))
            .next_back();
        let after = self
            .rows
            .range::<[u8], _>((Bound::Excluded(key.as_ref()), Bound::Unbounded))
            .next();
        let clash = |short: &[u8], long: &[u8]| {
            long.strip_prefix(short)
                .and_then(|rest| rest.first())
                .is_some_and(|byte| *byte < 2)
        };
        if before.is_some_and(|(before, _)| clash(before, key))
            || after.is_some_and(|(after, _)| clash(key, after))
        {
            let reason = "a key that continues another must continue with a byte of at least 02";
            return Err(Error::Key {
                key: key.clone(),
                reason,
            });
        }
        Ok(())
    }
}

fn is_of(key: &[u8], table: TableId) -> bool {
    Prefix::of(key).is_some_and(|prefix| prefix.table == table)
}
