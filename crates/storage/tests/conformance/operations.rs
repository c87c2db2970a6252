//! The random operations that the engines are compared by.

use bytes::Bytes;
use cairn_storage::{IndexId, Prefix, Span, after};
use proptest::prelude::*;

use crate::support::TABLE;

/// Keys that lie as close together as keys may.
pub const RESTS: [&[u8]; 16] = [
    b"\x02",
    b"\x02\x02",
    b"\x02\x02\xff",
    b"\x02\xfe",
    b"\x02\xff",
    b"\x02\xff\x02",
    b"\x02\xff\xff",
    b"\x03\x00\x00",
    b"\x03\x00\x01",
    b"\x03\x00\xff",
    b"\x03\x01\x00",
    b"\x03\xff\x00",
    b"\x03\xff\xff",
    b"a\x00\xffb\x00",
    b"a\x00\xff\x00",
    b"b",
];
pub const PREFIXES: [Prefix; 2] = [
    Prefix::new(TABLE, IndexId(1)),
    Prefix::new(TABLE, IndexId(2)),
];

/// An index into the keys of both prefixes.
pub type Key = u8;
/// An instant: an index into the versions seen so far, from the newest.
pub type At = u8;

#[derive(Clone, Debug)]
pub enum Op {
    Begin(u8),
    Get(u8, Key),
    Scan(u8, Key, Key),
    Put(u8, Key, u8),
    Delete(u8, Key),
    Savepoint(u8),
    RollbackTo(u8),
    Commit(u8),
    Write(Vec<(Key, Option<u8>)>),
    Pass(u16),
    Close,
    CloseNow,
    Ingest(Vec<(Key, At, Option<u8>)>),
    ReadAll(At, u8),
    History(At, At, bool, u8),
    Raise(At),
    Protect(At),
    Release,
    Collect(At),
    Remove,
    Restart,
}

pub fn op() -> impl Strategy<Value = Op> {
    let key = || 0..(RESTS.len() * PREFIXES.len()) as u8;
    let txn = || 0..3u8;
    prop_oneof![
        4 => txn().prop_map(Op::Begin),
        4 => (txn(), key()).prop_map(|(txn, key)| Op::Get(txn, key)),
        4 => (txn(), key(), key()).prop_map(|(txn, one, two)| Op::Scan(txn, one, two)),
        4 => (txn(), key(), any::<u8>()).prop_map(|(txn, key, value)| Op::Put(txn, key, value)),
        2 => (txn(), key()).prop_map(|(txn, key)| Op::Delete(txn, key)),
        1 => txn().prop_map(Op::Savepoint),
        1 => txn().prop_map(Op::RollbackTo),
        4 => txn().prop_map(Op::Commit),
        8 => prop::collection::vec((key(), prop::option::weighted(0.7, any::<u8>())), 1..6).prop_map(Op::Write),
        3 => (0..900u16).prop_map(Op::Pass),
        1 => Just(Op::Close),
        3 => Just(Op::CloseNow),
        2 => prop::collection::vec((key(), any::<At>(), prop::option::weighted(0.8, any::<u8>())), 1..8).prop_map(Op::Ingest),
        4 => (any::<At>(), 1..9u8).prop_map(|(at, rows)| Op::ReadAll(at, rows)),
        4 => (any::<At>(), any::<At>(), any::<bool>(), 1..9u8).prop_map(|(from, to, base, rows)| Op::History(from, to, base, rows)),
        2 => any::<At>().prop_map(Op::Raise),
        1 => any::<At>().prop_map(Op::Protect),
        1 => Just(Op::Release),
        2 => any::<At>().prop_map(Op::Collect),
        1 => Just(Op::Remove),
        2 => Just(Op::Restart),
    ]
}

pub fn full_key(key: Key) -> Bytes {
    let (prefix, rest) = (key as usize / RESTS.len(), key as usize % RESTS.len());
    PREFIXES[prefix].key(RESTS[rest])
}

/// From one key, to before or behind another; both in the first key's prefix.
pub fn span_between(one: Key, two: Key) -> Span {
    let prefix = PREFIXES[one as usize / RESTS.len()];
    let end = prefix.key(RESTS[two as usize % RESTS.len()]);
    Span {
        start: full_key(one),
        end: if two.is_multiple_of(2) {
            end
        } else {
            after(&end)
        },
    }
}
