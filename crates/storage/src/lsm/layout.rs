//! The bytes in the store; `docs/storage-engine.md` is their description. Change both together, and
//! the format version with them.

use std::ops::Bound;

use bytes::Bytes;

use crate::timeline::EPOCH_MICROS;
use crate::{Error, Prefix, Result, Span, TransactionId, Version};

/// Written to the file `FORMAT`; a newer one is refused.
pub(super) const FORMAT_VERSION: u32 = 2;
/// All of format 1 reads as format 2.
pub(super) const FORMAT_BEFORE: u32 = 1;

const SUFFIX_LEN: usize = 9;
const SUFFIX_MARK: u8 = 0x01;
const VALUE_MARK: u8 = 0x01;

/// The key a version of a row is stored under: newer versions sort first.
pub(super) fn row_key(key: &[u8], version: Version) -> Vec<u8> {
    let mut stored = Vec::with_capacity(key.len() + SUFFIX_LEN);
    push_row_key(&mut stored, key, version);
    stored
}

pub(super) fn push_row_key(stored: &mut Vec<u8>, key: &[u8], version: Version) {
    stored.extend_from_slice(key);
    stored.push(SUFFIX_MARK);
    stored.extend_from_slice(&(!version.0).to_be_bytes());
}

/// Key and version of a stored row.
pub(super) fn split_row_key(stored: &[u8]) -> Result<(&[u8], Version)> {
    match stored.split_last_chunk::<SUFFIX_LEN>() {
        Some((key, [SUFFIX_MARK, inverted @ ..])) => {
            Ok((key, Version(!u64::from_be_bytes(*inverted))))
        }
        _ => Err(damaged("row key", stored)),
    }
}

/// The bound behind every version of `key` and before every key that continues it.
pub(super) fn behind(key: &[u8]) -> Vec<u8> {
    let mut bound = Vec::with_capacity(key.len() + 1);
    bound.extend_from_slice(key);
    end_behind(&mut bound);
    bound
}

/// Makes of a key the bound behind all its versions.
pub(super) fn end_behind(key: &mut Vec<u8>) {
    key.push(SUFFIX_MARK + 1);
}

/// The stored range that holds every version of every key of a span, and little else: a bound `K 00`
/// means "after K", while K's versions are stored at `K 01 …`. Readers still compare the keys.
pub(super) fn row_range(span: &Span) -> (Bound<Vec<u8>>, Bound<Vec<u8>>) {
    let end = match span.end.split_last() {
        Some((0, key)) => behind(key),
        _ => span.end.to_vec(),
    };
    (Bound::Included(span.start.to_vec()), Bound::Excluded(end))
}

/// A tombstone is stored as nothing at all, a value behind a mark.
pub(super) fn stored_value(value: Option<&[u8]>) -> Vec<u8> {
    let mut stored = Vec::with_capacity(1 + value.map_or(0, <[u8]>::len));
    push_stored_value(&mut stored, value);
    stored
}

pub(super) fn push_stored_value(stored: &mut Vec<u8>, value: Option<&[u8]>) {
    if let Some(value) = value {
        stored.push(VALUE_MARK);
        stored.extend_from_slice(value);
    }
}

pub(super) fn split_value(stored: &[u8]) -> Result<Option<&[u8]>> {
    match stored {
        [] => Ok(None),
        [VALUE_MARK, value @ ..] => Ok(Some(value)),
        _ => Err(damaged("value", stored)),
    }
}

/// Ten minutes of versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Epoch(pub(super) u64);

impl Epoch {
    pub(super) fn of(version: Version) -> Epoch {
        Epoch(version.0 / EPOCH_MICROS)
    }

    pub(super) fn next(self) -> Epoch {
        Epoch(self.0 + 1)
    }
}

/// A part of an epoch in the change index: its bulk writes, or its commits from one cut to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Part {
    pub(super) epoch: Epoch,
    number: u8,
}

const BULK: u8 = 0x00;
const FIRST: u8 = 0x01;

impl Part {
    /// The bulk writes of an epoch.
    pub(super) fn bulk(epoch: Epoch) -> Part {
        let number = BULK;
        Part { epoch, number }
    }

    pub(super) fn first(epoch: Epoch) -> Part {
        let number = FIRST;
        Part { epoch, number }
    }

    pub(super) fn is_bulk(self) -> bool {
        self.number == BULK
    }

    pub(super) fn next_of_epoch(self) -> Option<Part> {
        let (epoch, number) = (self.epoch, self.number.checked_add(1)?);
        Some(Part { epoch, number })
    }

    pub(super) fn next(self) -> Part {
        let next = self.next_of_epoch();
        next.unwrap_or_else(|| Part::bulk(self.epoch.next()))
    }
}

/// What the change index says: a key, or a whole span.
pub(super) enum Change<'a> {
    /// Without its prefix; with its newest version of that part, which entries of format 1 may not say.
    Key(&'a [u8], Option<Version>),
    Ingest(IngestRecord),
}

/// A span written in bulk at `at`, with rows whose own versions lie between `oldest` and `newest`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct IngestRecord {
    pub(super) at: Version,
    pub(super) oldest: Version,
    pub(super) newest: Version,
    pub(super) span: Span,
    /// It brought tombstones or several versions of a key, which collection must look for.
    pub(super) has_history: bool,
}

/// `prefix, epoch`: where an epoch of a prefix begins.
pub(super) fn epoch_start(prefix: Prefix, epoch: Epoch) -> Vec<u8> {
    let mut key = prefix.to_bytes().to_vec();
    key.extend_from_slice(&epoch.0.to_be_bytes());
    key
}

/// `prefix, epoch, part`: where a part of an epoch begins.
pub(super) fn part_start(prefix: Prefix, part: Part) -> Vec<u8> {
    let mut key = epoch_start(prefix, part.epoch);
    key.push(part.number);
    key
}

/// `prefix, epoch, part, rest of the key`, and as value: the key's newest version of that part.
pub(super) fn change_key(prefix: Prefix, part: Part, key: &[u8]) -> Vec<u8> {
    let mut change = part_start(prefix, part);
    change.extend_from_slice(key.get(Prefix::LEN..).unwrap_or_default());
    change
}

/// `prefix, epoch, 00, instant, start`, and as value: has history, oldest, newest, length of start,
/// start, end.
pub(super) fn ingest_change(
    prefix: Prefix,
    epoch: Epoch,
    record: &IngestRecord,
) -> (Vec<u8>, Vec<u8>) {
    let IngestRecord {
        at,
        oldest,
        newest,
        span,
        has_history,
    } = record;
    let mut key = part_start(prefix, Part::bulk(epoch));
    key.extend_from_slice(&at.0.to_be_bytes());
    key.extend_from_slice(&span.start);
    let mut value = vec![u8::from(*has_history)];
    value.extend_from_slice(&oldest.0.to_be_bytes());
    value.extend_from_slice(&newest.0.to_be_bytes());
    value.extend_from_slice(&(span.start.len() as u32).to_be_bytes());
    value.extend_from_slice(&span.start);
    value.extend_from_slice(&span.end);
    (key, value)
}

/// Where a stored change stands.
pub(super) fn change_part(stored: &[u8]) -> Result<Part> {
    let part = stored
        .get(Prefix::LEN..)
        .and_then(|rest| rest.first_chunk::<9>());
    part.map(|[epoch @ .., number]| Part {
        epoch: Epoch(u64::from_be_bytes(*epoch)),
        number: *number,
    })
    .ok_or_else(|| damaged("change", stored))
}

/// A stored change.
pub(super) fn split_change<'a>(stored: &'a [u8], value: &[u8]) -> Result<Change<'a>> {
    match stored.get(Prefix::LEN + 8..) {
        Some([BULK, rest @ ..]) => split_ingest(rest, value)
            .map(Change::Ingest)
            .ok_or_else(|| damaged("change", stored)),
        Some([_, rest @ ..]) => {
            let newest = (!value.is_empty()).then(|| decode_u64(value).map(Version));
            Ok(Change::Key(rest, newest.transpose()?))
        }
        _ => Err(damaged("change", stored)),
    }
}

fn split_ingest(rest: &[u8], value: &[u8]) -> Option<IngestRecord> {
    let at = Version(u64::from_be_bytes(*rest.first_chunk::<8>()?));
    let (has_history, value) = value.split_first()?;
    let (oldest, value) = value.split_first_chunk::<8>()?;
    let (newest, value) = value.split_first_chunk::<8>()?;
    let (start_len, value) = value.split_first_chunk::<4>()?;
    let (start, end) = value.split_at_checked(u32::from_be_bytes(*start_len) as usize)?;
    let span = Span {
        start: Bytes::copy_from_slice(start),
        end: Bytes::copy_from_slice(end),
    };
    Some(IngestRecord {
        at,
        oldest: Version(u64::from_be_bytes(*oldest)),
        newest: Version(u64::from_be_bytes(*newest)),
        span,
        has_history: *has_history != 0,
    })
}

/// Keys of the keyspace `meta`.
pub(super) const HIGH_WATER: &[u8] = b"h";
pub(super) const LAST_TICK: &[u8] = b"t";
pub(super) const ROUTES: &[u8] = b"o";
const OUTCOMES: u8 = b'x';

/// `o, prefix`: the prefix has the keyspace named in the value for itself.
pub(super) fn route_key(prefix: Prefix) -> Vec<u8> {
    let mut key = ROUTES.to_vec();
    key.extend_from_slice(&prefix.to_bytes());
    key
}

pub(super) fn split_route(stored: &[u8]) -> Result<Prefix> {
    stored
        .strip_prefix(ROUTES)
        .and_then(Prefix::of)
        .ok_or_else(|| damaged("route", stored))
}

/// `x, epoch, transaction id`: the transaction committed at the version in the value.
pub(super) fn outcome_key(epoch: Epoch, id: TransactionId) -> Vec<u8> {
    let mut key = outcomes_of(epoch);
    key.extend_from_slice(&id.0.to_be_bytes());
    key
}

pub(super) fn outcomes_of(epoch: Epoch) -> Vec<u8> {
    let mut key = vec![OUTCOMES];
    key.extend_from_slice(&epoch.0.to_be_bytes());
    key
}

pub(super) fn outcome_epoch(stored: &[u8]) -> Result<Epoch> {
    let epoch = stored.get(1..).and_then(|rest| rest.first_chunk::<8>());
    epoch
        .map(|epoch| Epoch(u64::from_be_bytes(*epoch)))
        .ok_or_else(|| damaged("outcome", stored))
}

pub(super) fn decode_u64(stored: &[u8]) -> Result<u64> {
    stored
        .try_into()
        .map(u64::from_be_bytes)
        .map_err(|_| damaged("number", stored))
}

fn damaged(what: &str, stored: &[u8]) -> Error {
    Error::Damaged {
        what: format!("unreadable {what}: {stored:02x?}"),
    }
}

#[cfg(test)]
mod tests;
