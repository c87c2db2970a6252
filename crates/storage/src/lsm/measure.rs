//! Sizes and cut points, from the tables' own bounds where there are enough of them, and by looking
//! at the keys where there are not.

use bytes::Bytes;
use fjall::{AbstractTree, Readable};

use super::layout;
use super::store::{Store, View};
use crate::{Result, Span};

/// Small enough to look at every key, when pieces are cut.
const LOOKED_AT: usize = 200_000;

/// So many files for each piece make their bounds good enough to cut at.
const TABLES_PER_PIECE: usize = 4;

/// The same when only a size is asked for, which queries do before they start.
const WEIGHED: usize = 10_000;

/// A table file: its first and last row key, its size, and how many versions it has.
struct Table {
    first: Vec<u8>,
    last: Vec<u8>,
    bytes: u64,
    versions: u64,
}

impl Table {
    fn is_within(&self, span: &Span) -> bool {
        span.contains(&self.first) && span.contains(&self.last)
    }
}

pub(super) fn size(store: &Store, span: &Span) -> Result<u64> {
    let view = store.view(span.prefix()?);
    let tables = tables(&view, span);
    if let Some(keys) = all_keys(&view, span, &tables, WEIGHED)? {
        return Ok(keys.iter().map(|(_, bytes)| bytes).sum());
    }
    let sizes = tables.into_iter().map(|table| match table.is_within(span) {
        true => table.bytes,
        false => table.bytes / 2,
    });
    // What no file holds yet may be any table's: it counts for each of those that are not small.
    let unwritten = view.rows.tree.version_memtable_size_sum();
    Ok(sizes.sum::<u64>().saturating_add(unwritten))
}

pub(super) fn split(store: &Store, span: &Span, pieces: usize) -> Result<Vec<Bytes>> {
    if pieces < 2 || span.is_empty() {
        return Ok(Vec::new());
    }
    let view = store.view(span.prefix()?);
    let mut tables = tables(&view, span);
    if tables.len() < pieces * TABLES_PER_PIECE
        && let Some(keys) = all_keys(&view, span, &tables, LOOKED_AT)?
    {
        return Ok(cut(&keys, span, pieces));
    }
    tables.sort_by(|one, other| one.last.cmp(&other.last));
    let weighed = tables
        .into_iter()
        .map(|table| (Bytes::from(table.last), table.bytes));
    Ok(cut(&weighed.collect::<Vec<_>>(), span, pieces))
}

/// Cuts behind the keys where a piece's share is reached.
fn cut(weighed: &[(Bytes, u64)], span: &Span, pieces: usize) -> Vec<Bytes> {
    let total = weighed.iter().map(|(_, bytes)| bytes).sum::<u64>();
    let mut cuts = Vec::with_capacity(pieces);
    let mut sum = 0;
    for (key, bytes) in weighed {
        sum += bytes;
        let share = total * (cuts.len() as u64 + 1) / pieces as u64;
        let at = crate::after(key);
        let ascends = cuts.last().is_none_or(|last| *last < at) && span.start < at && at < span.end;
        if sum >= share && sum < total && ascends && cuts.len() + 1 < pieces {
            cuts.push(at);
        }
    }
    cuts
}

/// Every stored version's key with its bytes; `None` when there are too many, which the files often tell before any is read.
fn all_keys(
    view: &View,
    span: &Span,
    tables: &[Table],
    most: usize,
) -> Result<Option<Vec<(Bytes, u64)>>> {
    if hold_more(tables, span, most) {
        return Ok(None);
    }
    let mut keys: Vec<(Bytes, u64)> = Vec::new();
    for (count, guard) in view
        .snapshot
        .range(&view.rows, layout::row_range(span))
        .enumerate()
    {
        if count == most {
            return Ok(None);
        }
        let (stored, value) = guard.into_inner()?;
        let (key, _) = layout::split_row_key(&stored)?;
        if !span.contains(key) {
            continue;
        }
        let bytes = (key.len() + value.len()) as u64;
        match keys.last_mut() {
            Some((last, sum)) if **last == *key => *sum += bytes,
            _ => keys.push((Bytes::copy_from_slice(key), bytes)),
        }
    }
    Ok(Some(keys))
}

/// Whether the files that have nothing else have more versions of a span.
fn hold_more(tables: &[Table], span: &Span, versions: usize) -> bool {
    let within = tables.iter().filter(|table| table.is_within(span));
    within.map(|table| table.versions).sum::<u64>() > versions as u64
}

/// The tables that may hold something of a span.
fn tables(view: &View, span: &Span) -> Vec<Table> {
    let version = view.rows.tree.current_version();
    let bounds = version.iter_tables().filter_map(|table| {
        let range = &table.metadata.key_range;
        let (first, _) = layout::split_row_key(range.min()).ok()?;
        let (last, _) = layout::split_row_key(range.max()).ok()?;
        Some(Table {
            first: first.to_vec(),
            last: last.to_vec(),
            bytes: table.metadata.file_size,
            versions: table.metadata.item_count,
        })
    });
    bounds
        .filter(|table| *table.first < *span.end && *table.last >= *span.start)
        .collect()
}

#[cfg(test)]
mod tests;
