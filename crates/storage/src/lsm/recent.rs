//! What was committed lately, so that most commits are checked without touching the disk.
//!
//! INVARIANTS
//!   Every change after `complete_after` is in here. A transaction that read before that is checked
//!   against the change index first, by its sender: `Recent::knows`.
//!   Nothing is forgotten before it is on disk, where the change index has it: `Recent::shrink`.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;

use crate::{ReadSet, Span, Version};

#[cfg(test)]
mod tests;

const INGESTS: usize = 10_000;

pub(super) struct Recent {
    complete_after: Version,
    /// Keys remembered at most; the oldest commits go first.
    at_most: usize,
    newest: BTreeMap<Bytes, Version>,
    /// Versions ascend, and so do the keys of each.
    commits: VecDeque<(Version, Vec<Bytes>)>,
    keys: usize,
    ingests: VecDeque<(Version, Span)>,
}

impl Recent {
    pub(super) fn new(complete_after: Version, at_most: usize) -> Recent {
        Recent {
            complete_after,
            at_most,
            newest: BTreeMap::new(),
            commits: VecDeque::new(),
            keys: 0,
            ingests: VecDeque::new(),
        }
    }

    /// Whether everything that changed after `read_at` is remembered.
    pub(super) fn knows(&self, read_at: Version) -> bool {
        read_at >= self.complete_after
    }

    pub(super) fn changed_since(&self, read_at: Version, reads: &ReadSet) -> bool {
        let newer = |version: &Version| *version > read_at;
        let mut ingests = self.ingests.iter().rev().take_while(|(at, _)| newer(at));
        reads
            .keys
            .iter()
            .any(|key| self.newest.get(key).is_some_and(newer))
            || reads
                .spans
                .iter()
                .any(|span| self.changed_in(span, read_at))
            || ingests.any(|(_, ingest)| {
                reads.spans.iter().any(|span| span.overlaps(ingest))
                    || reads
                        .keys
                        .range(ingest.start.clone()..)
                        .next()
                        .is_some_and(|key| ingest.contains(key))
            })
    }

    /// Looks through the keys of the span or the commits since, whichever are fewer: whoever reads a
    /// whole busy table must not hold up the committer.
    fn changed_in(&self, span: &Span, read_at: Version) -> bool {
        if span.is_empty() {
            return false;
        }
        let known = self.commits.partition_point(|(at, _)| *at <= read_at);
        let since = self.commits.range(known..);
        let mut keys = self.newest.range(span.start.clone()..span.end.clone());
        let mut looked_at = keys.by_ref().take(since.len());
        if looked_at.any(|(_, version)| *version > read_at) {
            return true;
        }
        keys.next().is_some() && since.clone().any(|(_, written)| touches(written, span))
    }

    /// Everything that changed after this is remembered.
    pub(super) fn complete_after(&self) -> Version {
        self.complete_after
    }

    pub(super) fn add(&mut self, version: Version, keys: Vec<Bytes>) {
        for key in &keys {
            self.newest.insert(key.clone(), version);
        }
        self.keys += keys.len();
        self.commits.push_back((version, keys));
    }

    /// Forgets the oldest where too much is remembered. Only between groups: a commit that is forgotten
    /// before it is on disk is seen by nobody who is checked behind it.
    pub(super) fn shrink(&mut self) {
        while self.keys > self.at_most
            && let Some((version, keys)) = self.commits.pop_front()
        {
            self.forget(version, keys);
        }
        while self.ingests.len() > INGESTS
            && let Some((at, _)) = self.ingests.pop_front()
        {
            self.complete_after = self.complete_after.max(at);
        }
    }

    pub(super) fn add_ingest(&mut self, at: Version, span: Span) {
        self.ingests.push_back((at, span));
    }

    fn forget(&mut self, version: Version, keys: Vec<Bytes>) {
        self.complete_after = self.complete_after.max(version);
        self.keys -= keys.len();
        for key in keys {
            if self.newest.get(&key) == Some(&version) {
                self.newest.remove(&key);
            }
        }
    }
}

/// Whether any of these ascending keys lies in the span.
fn touches(keys: &[Bytes], span: &Span) -> bool {
    let first = keys.partition_point(|key| *key < span.start);
    keys.get(first).is_some_and(|key| *key < span.end)
}
