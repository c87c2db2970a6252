//! Histories: every revision in a window, at a cost that follows what changed.
//!
//! HOW DATA FLOWS
//!   1. `changes::epochs` finds the epochs of the window in which the prefix changed.
//!   2. Their merged keys are looked up one by one (`by_index`), unless a bulk write lies in the
//!      window or a sample says that more than a fifth of the rows changed: then the rows are read
//!      in order instead (`by_walk`).
//!   3. Either way `Picker` decides revision by revision what belongs in the answer.

use std::collections::VecDeque;
use std::ops::Bound;

use bytes::Bytes;
use fjall::Readable;

use super::changes::{self, ChangedKeys};
use super::layout::{self, Epoch, IngestRecord};
use super::store::{Counts, Store, View};
use crate::{Cursor, Result, RevisionChunk, Revisions, ScanLimit, Span, Version, Window};

const PATIENCE: usize = 24;
const EXAMINED_PER_CHUNK: usize = 500_000;
/// Epochs merged at once; a longer window is walked, so that memory stays small.
const MERGED: usize = 1024;
const SAMPLE: usize = 256;
/// Changed more than one row in so many: walk.
const DENSE: usize = 5;

pub(super) fn history(
    store: &Store,
    span: &Span,
    window: Window,
    from: Option<Cursor>,
    base: bool,
    limit: ScanLimit,
) -> Result<RevisionChunk> {
    let prefix = span.prefix()?;
    let view = store.view(prefix);
    let rest = from
        .as_ref()
        .map_or_else(|| span.clone(), |from| span.from(from.key.clone()));
    let mut picker = Picker {
        window,
        from,
        base,
        limit,
        items: Revisions::new(),
        changed: false,
        examined: 0,
    };
    let mut resume = None;
    if !rest.is_empty() && window.after < window.upto.version() {
        let (first, last) = (
            Epoch::of(window.after.next()),
            Epoch::of(window.upto.version()),
        );
        let epochs = changes::epochs(&view.snapshot, &store.changes, prefix, first, last)?;
        let ingests = changes::ingests(&view.snapshot, &store.changes, prefix, &epochs)?;
        let mut keys = ChangedKeys::open(&view.snapshot, &store.changes, prefix, &epochs, &rest)?;
        let mut sample = VecDeque::new();
        let walk = epochs.len() > MERGED
            || ingests
                .iter()
                .any(|ingest| brings_something(ingest, &rest, window))
            || picker.is_dense(&view, &mut keys, &mut sample)?;
        resume = match walk {
            true => picker.by_walk(&view, &rest)?,
            false => picker.by_index(&view, sample, keys)?,
        };
    }
    store.check_floor(prefix.table, window.after)?;
    Counts::add(&store.counts.keys_examined, picker.examined);
    Counts::add(&store.counts.bytes_read, picker.items.bytes());
    Ok(RevisionChunk {
        items: picker.items,
        resume,
    })
}

/// Whether a bulk write put rows of the window into a span. The change index does not say which.
fn brings_something(ingest: &IngestRecord, span: &Span, window: Window) -> bool {
    ingest.span.overlaps(span)
        && ingest.newest > window.after
        && ingest.oldest <= window.upto.version()
}

struct Picker {
    window: Window,
    from: Option<Cursor>,
    base: bool,
    limit: ScanLimit,
    items: Revisions,
    /// The key at hand has a revision in the window.
    changed: bool,
    examined: usize,
}

/// What to do after a revision was looked at.
enum Then {
    NextRevision,
    NextKey,
    Stop(Cursor),
}

impl Picker {
    /// Whether so many of the first rows changed that reading all is cheaper than looking them up.
    fn is_dense(
        &mut self,
        view: &View,
        keys: &mut ChangedKeys,
        sample: &mut VecDeque<Bytes>,
    ) -> Result<bool> {
        while sample.len() < SAMPLE {
            let Some(key) = keys.next()? else {
                return Ok(false);
            };
            sample.push_back(key);
        }
        let (Some(first), Some(last)) = (sample.front(), sample.back()) else {
            return Ok(false);
        };
        let between = view
            .snapshot
            .range(&view.rows, first.to_vec()..layout::behind(last));
        let between = between.take(SAMPLE * DENSE).count();
        self.examined += between;
        Ok(between < SAMPLE * DENSE)
    }

    fn by_index(
        &mut self,
        view: &View,
        mut sample: VecDeque<Bytes>,
        mut keys: ChangedKeys,
    ) -> Result<Option<Cursor>> {
        loop {
            let key = match sample.pop_front() {
                Some(key) => key,
                None => match keys.next()? {
                    Some(key) => key,
                    None => return Ok(None),
                },
            };
            if let Some(cursor) = self.pick_key(view, &key)? {
                return Ok(Some(cursor));
            }
            if self.examined > EXAMINED_PER_CHUNK {
                return Ok(Some(Cursor {
                    key: crate::after(&key),
                    version: Version::PENDING,
                }));
            }
        }
    }

    fn pick_key(&mut self, view: &View, key: &Bytes) -> Result<Option<Cursor>> {
        self.changed = false;
        let top = self.top(key);
        for guard in view
            .snapshot
            .range(&view.rows, layout::row_key(key, top)..layout::behind(key))
        {
            let (stored, value) = guard.into_inner()?;
            let (_, version) = layout::split_row_key(&stored)?;
            match self.pick(key, version, layout::split_value(&value)?) {
                Then::NextRevision => {}
                Then::NextKey => break,
                Then::Stop(cursor) => return Ok(Some(cursor)),
            }
        }
        Ok(None)
    }

    fn by_walk(&mut self, view: &View, rest: &Span) -> Result<Option<Cursor>> {
        let (start, end) = layout::row_range(rest);
        let mut rows = view.snapshot.range(&view.rows, (start, end.clone()));
        let mut current = Vec::new();
        let mut done = false;
        let mut skipped = 0;
        while let Some(guard) = rows.next() {
            let (stored, value) = guard.into_inner()?;
            let (key, version) = layout::split_row_key(&stored)?;
            if *key >= *rest.end {
                break;
            }
            if *key < *rest.start {
                continue;
            }
            if current != key {
                if self.examined > EXAMINED_PER_CHUNK {
                    let key = Bytes::copy_from_slice(key);
                    return Ok(Some(Cursor {
                        key,
                        version: Version::PENDING,
                    }));
                }
                current.clear();
                current.extend_from_slice(key);
                (self.changed, done, skipped) = (false, false, 0);
            }
            let top = self.top(key);
            if done || version > top {
                self.examined += 1;
                skipped += 1;
                if skipped > PATIENCE {
                    let on = if done {
                        layout::behind(key)
                    } else {
                        layout::row_key(key, top)
                    };
                    rows = view
                        .snapshot
                        .range(&view.rows, (Bound::Included(on), end.clone()));
                    skipped = 0;
                }
                continue;
            }
            match self.pick(key, version, layout::split_value(&value)?) {
                Then::NextRevision => {}
                Then::NextKey => done = true,
                Then::Stop(cursor) => return Ok(Some(cursor)),
            }
        }
        Ok(None)
    }

    /// The newest version of a key that is asked for.
    fn top(&self, key: &[u8]) -> Version {
        let upto = self.window.upto.version();
        match &self.from {
            Some(from) if *from.key == *key => upto.min(from.version),
            _ => upto,
        }
    }

    fn pick(&mut self, key: &[u8], version: Version, value: Option<&[u8]>) -> Then {
        self.examined += 1;
        if version > self.window.after {
            if self.limit.reached(self.items.len(), self.items.bytes()) {
                return Then::Stop(Cursor {
                    key: Bytes::copy_from_slice(key),
                    version,
                });
            }
            self.changed = true;
            self.items.push(key, version, value);
            return Then::NextRevision;
        }
        if self.base && self.changed && value.is_some() {
            self.items.push(key, version, value);
        }
        Then::NextKey
    }
}
