//! Histories: every revision in a window, at a cost that follows what changed.
//!
//! HOW DATA FLOWS
//!   1. `changes::parts` finds the epochs of the window in which the prefix changed, and their parts, but the parts of the first epoch
//!      that a cut ended before the window.
//!   2. Their merged keys are looked up one by one (`by_index`), but those that the index says changed last before the window: its
//!      first part began earlier. Unless a bulk write lies in the window: it does not say which keys it wrote, so all rows are read
//!      (`by_walk`).
//!   3. Either way `Rows` goes forward through the stored revisions, and `Picker` decides one by one
//!      what belongs in the answer.

use bytes::Bytes;

use super::changes::{self, ChangedKeys};
use super::layout::{self, Epoch, IngestRecord};
use super::rows::Rows;
use super::store::{Counts, Store, View};
use crate::{
    Chunk, Cursor, Prefix, Result, RevisionChunk, Revisions, ScanLimit, Span, Version, Window,
    after,
};

const EXAMINED_PER_CHUNK: usize = 500_000;
/// Parts merged at once; a longer window is walked, so that memory stays small.
const MERGED: usize = 1024;

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
        place: Vec::new(),
    };
    let mut resume = None;
    if !rest.is_empty() && window.after < window.upto.version() {
        resume = match changed_keys(store, &view, prefix, &rest, window)? {
            Some(keys) => picker.by_index(&view, &rest, keys)?,
            None => picker.by_walk(&view, &rest)?,
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

pub(super) fn split_changes(
    store: &Store,
    span: &Span,
    window: Window,
    keys: usize,
) -> Result<Option<Chunk<Vec<Bytes>>>> {
    let prefix = span.prefix()?;
    let view = store.view(prefix);
    let Some(mut changed) = changed_keys(store, &view, prefix, span, window)? else {
        return Ok(None);
    };
    let (mut items, mut resume) = (Vec::new(), None);
    let (mut examined, mut in_piece) = (0, 0);
    while let Some(next) = changed.next()? {
        if examined == EXAMINED_PER_CHUNK {
            resume = Some(next.key);
            break;
        }
        examined += 1;
        in_piece += usize::from(next.may_follow(window.after));
        if in_piece >= keys {
            items.push(after(&next.key));
            in_piece = 0;
        }
    }
    Counts::add(&store.counts.keys_examined, examined);
    Ok(Some(Chunk { items, resume }))
}

/// What the change index says of a span and the parts of a window; `None`: it does not say all.
fn changed_keys(
    store: &Store,
    view: &View,
    prefix: Prefix,
    span: &Span,
    window: Window,
) -> Result<Option<ChangedKeys>> {
    let first = store.cuts.first_part(window.after);
    let last = Epoch::of(window.upto.version());
    let parts = changes::parts(&view.snapshot, &store.changes, prefix, first, last)?;
    let ingests = changes::ingests(&view.snapshot, &store.changes, prefix, &parts)?;
    let in_bulk = |ingest: &IngestRecord| brings_something(ingest, span, window);
    if parts.len() > MERGED || ingests.iter().any(in_bulk) {
        return Ok(None);
    }
    ChangedKeys::open(&view.snapshot, &store.changes, prefix, &parts, span).map(Some)
}

/// Whether a bulk write put rows of the window into a span. The change index does not say which.
fn brings_something(ingest: &IngestRecord, span: &Span, window: Window) -> bool {
    ingest.span.overlaps(span)
        && ingest.newest > window.after
        && ingest.oldest <= window.upto.version()
}

/// A history that goes on with a key's newest revision.
fn before(key: Bytes) -> Cursor {
    let version = Version::PENDING;
    Cursor { key, version }
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
    /// Where the key's newest revision that is asked for would be stored.
    place: Vec<u8>,
}

/// What to do after a revision was looked at.
enum Then {
    NextRevision,
    NextKey,
    Stop(Cursor),
}

impl Picker {
    fn by_index(
        &mut self,
        view: &View,
        rest: &Span,
        mut keys: ChangedKeys,
    ) -> Result<Option<Cursor>> {
        let mut rows = Rows::of(view, rest);
        while let Some(changed) = keys.next()? {
            if self.is_tired() {
                return Ok(Some(before(changed.key)));
            }
            self.examined += 1;
            if changed.may_follow(self.window.after)
                && let Some(cursor) = self.pick_key(&mut rows, &changed.key)?
            {
                return Ok(Some(cursor));
            }
        }
        Ok(None)
    }

    fn by_walk(&mut self, view: &View, rest: &Span) -> Result<Option<Cursor>> {
        let mut rows = Rows::of(view, rest);
        self.examined += rows.go_to(&rest.start)?;
        let mut key = Vec::new();
        while let Some(revision) = rows.revision()? {
            key.clear();
            key.extend_from_slice(revision.key);
            if self.is_tired() {
                return Ok(Some(before(key.into())));
            }
            if *key >= *rest.start
                && let Some(cursor) = self.pick_key(&mut rows, &key)?
            {
                return Ok(Some(cursor));
            }
            layout::end_behind(&mut key);
            self.examined += rows.go_to(&key)?;
        }
        Ok(None)
    }

    fn is_tired(&self) -> bool {
        self.examined > EXAMINED_PER_CHUNK
    }

    fn pick_key(&mut self, rows: &mut Rows<'_>, key: &[u8]) -> Result<Option<Cursor>> {
        self.changed = false;
        let top = self.top(key);
        self.place.clear();
        layout::push_row_key(&mut self.place, key, top);
        self.examined += rows.go_to(&self.place)?;
        while let Some(revision) = rows.revision()?
            && revision.key == key
        {
            match self.pick(key, revision.version, revision.value) {
                Then::NextRevision => rows.step()?,
                Then::NextKey => break,
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
