//! The change index: which keys of a prefix changed in which epoch, and which part of it.
//!
//! INVARIANTS
//!   Every commit puts an entry per key into its part, in the same batch as the row: it says which version is the key's newest there.
//!   An entry goes only after its epoch was collected, so a window above the floor misses nothing.

use bytes::Bytes;
use fjall::{Iter, Keyspace, Readable, Snapshot};

use super::layout::{self, Change, Epoch, IngestRecord, Part};
use super::store::Store;
use crate::{Prefix, ReadSet, Result, Span, Version};

/// The parts in which something under the prefix changed, from `first` on, and the bulk writes of its epoch, to the end of the epoch
/// `last`. Costs a seek each, and nothing for those that are empty.
pub(super) fn parts(
    snapshot: &Snapshot,
    changes: &Keyspace,
    prefix: Prefix,
    first: Part,
    last: Epoch,
) -> Result<Vec<Part>> {
    let mut found = Vec::new();
    let mut next = Part::bulk(first.epoch);
    while next.epoch <= last {
        let rest = layout::part_start(prefix, next)..layout::epoch_start(prefix, last.next());
        let Some(guard) = snapshot.range(changes, rest).next() else {
            break;
        };
        let part = layout::change_part(&guard.key()?)?;
        if part >= first || part.is_bulk() {
            found.push(part);
        }
        next = part.next().max(first);
    }
    Ok(found)
}

/// The bulk writes noted in the given parts.
pub(super) fn ingests(
    snapshot: &Snapshot,
    changes: &Keyspace,
    prefix: Prefix,
    parts: &[Part],
) -> Result<Vec<IngestRecord>> {
    let mut found = Vec::new();
    for part in parts.iter().filter(|part| part.is_bulk()) {
        let keys = layout::part_start(prefix, *part)..layout::part_start(prefix, part.next());
        for guard in snapshot.range(changes, keys) {
            let (stored, value) = guard.into_inner()?;
            if let Change::Ingest(record) = layout::split_change(&stored, &value)? {
                found.push(record);
            }
        }
    }
    Ok(found)
}

/// The changed keys of some parts within a span: ascending, each once.
pub(super) struct ChangedKeys {
    prefix: Prefix,
    parts: Vec<Peeked>,
}

struct Peeked {
    rest: Iter,
    next: Changed,
}

/// A key that changed.
#[derive(Clone, Default)]
pub(super) struct Changed {
    pub(super) key: Bytes,
    /// `None` where the index does not say.
    newest: Option<Version>,
}

impl Changed {
    /// Whether the key may have changed after a version.
    pub(super) fn may_follow(&self, after: Version) -> bool {
        self.newest.is_none_or(|newest| newest > after)
    }
}

impl ChangedKeys {
    pub(super) fn open(
        snapshot: &Snapshot,
        changes: &Keyspace,
        prefix: Prefix,
        parts: &[Part],
        span: &Span,
    ) -> Result<ChangedKeys> {
        let mut opened = Vec::with_capacity(parts.len());
        for part in parts.iter().filter(|part| !part.is_bulk()) {
            let end = match span.end == prefix.span().end {
                true => layout::part_start(prefix, part.next()),
                false => layout::change_key(prefix, *part, &span.end),
            };
            let start = layout::change_key(prefix, *part, &span.start);
            if start < end {
                opened.extend(Peeked::of(snapshot.range(changes, start..end), prefix)?);
            }
        }
        Ok(ChangedKeys {
            prefix,
            parts: opened,
        })
    }

    pub(super) fn next(&mut self) -> Result<Option<Changed>> {
        let ahead = self.parts.iter().map(|part| &part.next);
        let Some(mut least) = ahead.min_by_key(|changed| &changed.key).cloned() else {
            return Ok(None);
        };
        let mut position = 0;
        while let Some(part) = self.parts.get_mut(position) {
            if part.next.key != least.key {
                position += 1;
                continue;
            }
            let newest = part.next.newest;
            least.newest = least.newest.zip(newest).map(|(one, other)| one.max(other));
            if part.advance(self.prefix)? {
                position += 1;
            } else {
                self.parts.swap_remove(position);
            }
        }
        Ok(Some(least))
    }
}

impl Peeked {
    fn of(mut rest: Iter, prefix: Prefix) -> Result<Option<Peeked>> {
        Ok(next_key(&mut rest, prefix)?.map(|next| Peeked { rest, next }))
    }

    fn advance(&mut self, prefix: Prefix) -> Result<bool> {
        let next = next_key(&mut self.rest, prefix)?;
        let more = next.is_some();
        self.next = next.unwrap_or_default();
        Ok(more)
    }
}

fn next_key(rest: &mut Iter, prefix: Prefix) -> Result<Option<Changed>> {
    let Some(guard) = rest.next() else {
        return Ok(None);
    };
    let (stored, value) = guard.into_inner()?;
    match layout::split_change(&stored, &value)? {
        Change::Key(rest, newest) => {
            let key = prefix.key(rest);
            Ok(Some(Changed { key, newest }))
        }
        Change::Ingest(_) => Ok(None),
    }
}

/// Whether anything that was read changed after a version, for transactions that read before the time
/// the committer remembers. Costs a seek per change, so it runs on a reader's thread.
pub(super) fn reads_changed(store: &Store, reads: &ReadSet, after: Version) -> Result<bool> {
    let keys = reads.keys.iter().map(|key| Span::point(key));
    let spans = reads.spans.iter().filter(|span| !span.is_empty()).cloned();
    for span in keys.chain(spans) {
        // Below the floor the change index has gaps. The floor is looked at last: see `check_floor`.
        if changed_since(store, &span, after)? || store.floor(span.prefix()?.table) > after {
            return Ok(true);
        }
    }
    Ok(false)
}

fn changed_since(store: &Store, span: &Span, after: Version) -> Result<bool> {
    let prefix = span.prefix()?;
    let view = store.view(prefix);
    let first = store.cuts.first_part(after);
    let end = Epoch(u64::MAX - 1);
    let parts = parts(&view.snapshot, &store.changes, prefix, first, end)?;
    let ingests = ingests(&view.snapshot, &store.changes, prefix, &parts)?;
    if ingests
        .iter()
        .any(|ingest| ingest.at > after && ingest.span.overlaps(span))
    {
        return Ok(true);
    }
    let mut keys = ChangedKeys::open(&view.snapshot, &store.changes, prefix, &parts, span)?;
    while let Some(changed) = keys.next()? {
        if changed.may_follow(after)
            && super::read::newest_change(&view, &changed.key)?.is_some_and(|newest| newest > after)
        {
            return Ok(true);
        }
    }
    Ok(false)
}
