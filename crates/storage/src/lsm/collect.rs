//! Dropping what nobody can read any more: versions below a floor, and whole prefixes.
//!
//! HOW DATA FLOWS
//!   `collect_some` walks the change index of a table in the epochs wholly below the floor. For each
//!   key it drops what is older than the newest version at or below the floor, and that one too when
//!   it is a tombstone; the change entry goes in the same batch.
//! INVARIANTS
//!   The floor is on disk before anything above it goes: `collect_some` takes the stored one.
//!   fjall batches reach the disk in order and whole, so no crash brings an older row back.
//!   Within a batch the oldest version goes first: fjall lets readers see a batch in part while it is
//!   applied, and no reader may find an old row whose tombstone is gone already (`superseded`).
//! CRASH
//!   Whatever was not dropped still has its change entry, and is dropped next time.

use std::collections::HashSet;
use std::ops::Bound;

use bytes::Bytes;
use fjall::{Keyspace, KvPair, OwnedWriteBatch, Readable, UserKey};

use super::layout::{self, Change, Epoch};
use super::store::{Counts, Store, View};
use crate::{Collected, IndexId, Prefix, Result, Span, TableId, Version};

#[cfg(test)]
mod tests;

/// Change entries per call, so that a thread is soon free again.
const ENTRIES: usize = 5_000;
/// Versions removed per call, so that a batch stays small.
const REMOVES: usize = 5_000;
/// Rows of a bulk write looked at per call.
const ROWS: usize = 100_000;

/// Part of a collection, and where the rest begins.
pub(super) struct Progress {
    pub(super) collected: Collected,
    pub(super) rest: Option<Rest>,
}

/// Where a pass stopped because it was full.
pub(super) struct Rest {
    /// The next entry of the change index.
    change: Vec<u8>,
    /// Where to go on inside the span of that entry, if it is a bulk write's.
    within: Option<Bytes>,
}

/// What one call removes.
struct Pass {
    batch: OwnedWriteBatch,
    collected: Collected,
    /// A key that changed in several epochs is done once.
    seen: HashSet<Bytes>,
    entries: usize,
    removes: usize,
    rows: usize,
}

impl Pass {
    fn is_full(&self) -> bool {
        self.entries >= ENTRIES || self.removes >= REMOVES || self.rows >= ROWS
    }
}

pub(super) fn collect_some(
    store: &Store,
    table: TableId,
    floor: Version,
    from: Option<Rest>,
) -> Result<Progress> {
    let floor = floor.min(store.floor(table));
    let first = Prefix::new(table, IndexId(0)).span().start;
    let end = Prefix::new(table, IndexId(u32::MAX)).span().end;
    let (mut start, mut within) = match from {
        Some(rest) => (rest.change, rest.within),
        None => (first.to_vec(), None),
    };
    let mut pass = Pass {
        batch: store.batch(),
        collected: Collected::default(),
        seen: HashSet::new(),
        entries: 0,
        removes: 0,
        rows: 0,
    };
    let mut rest = None;
    while rest.is_none()
        && let Some(guard) = store.changes.range(start.clone()..end.to_vec()).next()
        && let Some(prefix) = Prefix::of(&guard.key()?)
    {
        rest = collect_prefix(store, prefix, floor, (start, within.take()), &mut pass)?;
        start = prefix.span().end.to_vec();
    }
    let Pass {
        batch, collected, ..
    } = pass;
    batch.commit()?;
    Counts::add(&store.counts.keys_examined, collected.keys as usize);
    Counts::add(
        &store.counts.versions_collected,
        collected.versions as usize,
    );
    Ok(Progress { collected, rest })
}

/// Goes through the change entries of one prefix; gives where to go on when the pass is full.
fn collect_prefix(
    store: &Store,
    prefix: Prefix,
    floor: Version,
    (start, mut within): (Vec<u8>, Option<Bytes>),
    pass: &mut Pass,
) -> Result<Option<Rest>> {
    let view = store.view(prefix);
    let below = layout::epoch_start(prefix, Epoch::of(floor)).max(start.clone());
    for guard in view.snapshot.range(&store.changes, start..below) {
        let (change, value) = guard.into_inner()?;
        let rest = |within| {
            let change = change.to_vec();
            Ok(Some(Rest { change, within }))
        };
        if pass.is_full() {
            return rest(within);
        }
        pass.entries += 1;
        match layout::split_change(&change, &value)? {
            Change::Key(key, _) => {
                if !collect_key(&view, &prefix.key(key), floor, pass)? {
                    return rest(None);
                }
            }
            Change::Ingest(record) if record.has_history => {
                let start = within.take().unwrap_or_else(|| record.span.start.clone());
                if let Some(key) = collect_span(&view, &record.span.from(start), floor, pass)? {
                    return rest(Some(key));
                }
            }
            Change::Ingest(_) => {}
        }
        pass.batch.remove(&store.changes, change);
    }
    Ok(None)
}

/// Drops a key's superseded versions; false when the pass is full before it is through.
fn collect_key(view: &View, key: &Bytes, floor: Version, pass: &mut Pass) -> Result<bool> {
    if pass.seen.contains(key) {
        return Ok(true);
    }
    let versions = view
        .snapshot
        .range(&view.rows, layout::row_key(key, floor)..layout::behind(key))
        .map(|guard| Ok(guard.into_inner()?));
    let (dropped, done) = superseded(versions, REMOVES.saturating_sub(pass.removes))?;
    pass.removes += dropped.len();
    pass.collected.versions += dropped.len() as u64;
    for stored in dropped {
        pass.batch.remove(&view.rows, stored);
    }
    if done {
        pass.collected.keys += 1;
        pass.seen.insert(key.clone());
    }
    Ok(done)
}

/// Which of a key's versions at and below the floor, given newest first, nobody can read: oldest first,
/// at most so many, and whether these are all.
fn superseded(
    mut versions: impl DoubleEndedIterator<Item = Result<KvPair>>,
    most: usize,
) -> Result<(Vec<UserKey>, bool)> {
    let mut dropped = Vec::new();
    let Some(newest) = versions.next().transpose()? else {
        return Ok((dropped, true));
    };
    loop {
        if dropped.len() >= most {
            return Ok((dropped, false));
        }
        match versions.next_back().transpose()? {
            Some((stored, _)) => dropped.push(stored),
            None => break,
        }
    }
    let (stored, value) = newest;
    if layout::split_value(&value)?.is_none() {
        dropped.push(stored);
    }
    Ok((dropped, true))
}

/// The same for every key of a span that was written with its history; gives the key where the pass
/// was full.
fn collect_span(
    view: &View,
    span: &Span,
    floor: Version,
    pass: &mut Pass,
) -> Result<Option<Bytes>> {
    let mut last: Option<Bytes> = None;
    for guard in view.snapshot.range(&view.rows, layout::row_range(span)) {
        let stored = guard.key()?;
        let (key, _) = layout::split_row_key(&stored)?;
        pass.rows += 1;
        if span.contains(key) && last.as_deref() != Some(key) {
            let key = Bytes::copy_from_slice(key);
            if pass.is_full() || !collect_key(view, &key, floor, pass)? {
                return Ok(Some(key));
            }
            last = Some(key);
        }
    }
    Ok(None)
}

/// Removes some of what a keyspace holds in a range, and says where the rest begins.
pub(super) fn remove_some(
    store: &Store,
    keyspace: &Keyspace,
    range: (Vec<u8>, Vec<u8>),
) -> Result<Option<Vec<u8>>> {
    let (start, end) = range;
    let mut batch = store.batch();
    for (count, guard) in keyspace
        .range((Bound::Included(start), Bound::Excluded(end)))
        .enumerate()
    {
        let key = guard.key()?;
        if count == REMOVES {
            batch.commit()?;
            return Ok(Some(key.to_vec()));
        }
        batch.remove(keyspace, key);
    }
    batch.commit()?;
    Ok(None)
}
