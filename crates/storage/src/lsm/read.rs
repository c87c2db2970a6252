//! Gets and scans: the newest version at or below an instant, picked while iterating.

use bytes::Bytes;
use fjall::{Keyspace, Readable, Snapshot, UserKey};

use super::layout;
use super::store::{Counts, Store, View};
use crate::{Chunk, Closed, Entries, Found, Prefix, Result, ScanLimit, Span, Version};

/// After so many steps over versions nobody asked for, seek instead of stepping.
const PATIENCE: usize = 24;
/// A chunk looks at hardly more versions than this, so that a stretch of tombstones or of rows newer
/// than the instant cannot hold a thread; such a chunk may come out empty, with a place to resume.
const EXAMINED_PER_CHUNK: usize = 500_000;

pub(super) fn get(store: &Store, keys: &[Bytes], at: Closed) -> Result<Vec<Option<Found>>> {
    let mut found = Vec::with_capacity(keys.len());
    let mut last: Option<(Prefix, View)> = None;
    for key in keys {
        let Some(prefix) = Prefix::of(key) else {
            found.push(None);
            continue;
        };
        let view = match &last {
            Some((same, view)) if *same == prefix => view,
            _ => &last.insert((prefix, store.view(prefix))).1,
        };
        found.push(newest(&view.snapshot, &view.rows, key, at.version())?);
        store.check_floor(prefix.table, at.version())?;
    }
    let bytes = found.iter().flatten().map(|found| found.value.len()).sum();
    Counts::add(&store.counts.keys_examined, keys.len());
    Counts::add(&store.counts.bytes_read, bytes);
    Ok(found)
}

fn newest(snapshot: &Snapshot, rows: &Keyspace, key: &[u8], at: Version) -> Result<Option<Found>> {
    let Some(guard) = snapshot
        .range(rows, layout::row_key(key, at)..layout::behind(key))
        .next()
    else {
        return Ok(None);
    };
    let (stored, value) = guard.into_inner()?;
    let (_, version) = layout::split_row_key(&stored)?;
    let value = layout::split_value(&value)?;
    Ok(value.map(|value| Found {
        version,
        value: Bytes::copy_from_slice(value),
    }))
}

/// The version of the newest change to a key, a delete included.
pub(super) fn newest_change(view: &View, key: &[u8]) -> Result<Option<Version>> {
    let newest = layout::row_key(key, Version::PENDING)..layout::behind(key);
    let Some(guard) = view.snapshot.range(&view.rows, newest).next() else {
        return Ok(None);
    };
    Ok(Some(layout::split_row_key(&guard.key()?)?.1))
}

pub(super) fn scan(
    store: &Store,
    span: &Span,
    at: Closed,
    limit: ScanLimit,
) -> Result<Chunk<Entries>> {
    let prefix = span.prefix()?;
    let view = store.view(prefix);
    let chunk = scan_view(store, &view, span, at.version(), limit)?;
    store.check_floor(prefix.table, at.version())?;
    Counts::add(&store.counts.bytes_read, chunk.items.bytes());
    Ok(chunk)
}

fn scan_view(
    store: &Store,
    view: &View,
    span: &Span,
    at: Version,
    limit: ScanLimit,
) -> Result<Chunk<Entries>> {
    let mut items = Entries::new();
    let mut resume = None;
    if span.is_empty() {
        return Ok(Chunk { items, resume });
    }
    let (start, end) = layout::row_range(span);
    let mut rows = view.snapshot.range(&view.rows, (start, end.clone()));
    let mut examined = 0;
    let mut skipped = 0;
    // The key whose answer is settled: its older versions are passed over.
    let mut settled: Option<UserKey> = None;
    while let Some(guard) = rows.next() {
        let (stored, value) = guard.into_inner()?;
        let (key, version) = layout::split_row_key(&stored)?;
        examined += 1;
        if *key >= *span.end {
            break;
        }
        let is_settled = settled
            .as_deref()
            .is_some_and(|settled| is_version_of(settled, key));
        if examined > EXAMINED_PER_CHUNK && !is_settled && *key >= *span.start {
            resume = Some(Bytes::copy_from_slice(key));
            break;
        }
        if is_settled || version > at || *key < *span.start {
            skipped += 1;
            if skipped > PATIENCE {
                let on = if version > at && !is_settled {
                    layout::row_key(key, at)
                } else {
                    layout::behind(key)
                };
                rows = view
                    .snapshot
                    .range(&view.rows, (std::ops::Bound::Included(on), end.clone()));
                skipped = 0;
            }
            continue;
        }
        if limit.reached(items.len(), items.bytes()) {
            resume = Some(Bytes::copy_from_slice(key));
            break;
        }
        skipped = 0;
        if let Some(value) = layout::split_value(&value)? {
            items.push(key, version, value);
        }
        settled = Some(stored);
    }
    Counts::add(&store.counts.keys_examined, examined);
    Ok(Chunk { items, resume })
}

/// Whether a stored row is a version of `key`.
fn is_version_of(stored: &[u8], key: &[u8]) -> bool {
    layout::split_row_key(stored).is_ok_and(|(settled, _)| settled == key)
}
