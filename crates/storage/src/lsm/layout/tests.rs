//! The bytes of format version 2. A change here is a new version, a new fixture, and a migration.

use bytes::Bytes;

use super::*;
use crate::{IndexId, TableId};

const PREFIX: Prefix = Prefix::new(TableId(100), IndexId(2));
const VERSION: Version = Version(1_767_225_600_000_000);

fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[test]
fn rows() {
    let key = PREFIX.key(b"k");
    assert_eq!(
        hex(row_key(&key, VERSION)),
        "00000064000000026b01fff9b8b7b9dfbfff"
    );
    assert_eq!(
        split_row_key(&row_key(&key, VERSION)).expect("a row key"),
        (key.as_ref(), VERSION)
    );
    assert!(
        row_key(&key, VERSION.next()) < row_key(&key, VERSION),
        "newer first"
    );
    assert!(row_key(&key, Version::ZERO) < behind(&key));
    assert!(split_row_key(b"too short").is_err());
    assert!(split_row_key(&[2; 20]).is_err());
    for (value, stored) in [
        (None, ""),
        (Some(&b""[..]), "01"),
        (Some(&b"v"[..]), "0176"),
    ] {
        assert_eq!(hex(stored_value(value)), stored);
        assert_eq!(split_value(&stored_value(value)).expect("a value"), value);
    }
    assert!(split_value(b"\x02").is_err());
}

#[test]
fn changes() {
    let epoch = Epoch::of(VERSION);
    assert_eq!(epoch, Epoch(2_945_376));
    let first = Part::first(epoch);
    let change = change_key(PREFIX, first, &PREFIX.key(b"k"));
    assert_eq!(hex(&change), "000000640000000200000000002cf160016b");
    assert_eq!(change_part(&change).expect("a part"), first);
    let second = first.next_of_epoch().expect("a second part");
    let later = change_key(PREFIX, second, &PREFIX.key(b"a"));
    assert_eq!(hex(&later), "000000640000000200000000002cf1600261");
    assert_eq!(change_part(&later).expect("a part"), second);
    assert!(change_part(&later[..16]).is_err());
    for (value, newest) in [
        (&VERSION.0.to_be_bytes()[..], Some(VERSION)),
        // As format 1 has it where the version was not noted.
        (&[], None),
    ] {
        match split_change(&change, value).expect("a change") {
            Change::Key(b"k", read) => assert_eq!(read, newest),
            _ => panic!("read as something else"),
        }
    }
    assert!(split_change(&change, &[1]).is_err());
    let record = IngestRecord {
        at: VERSION,
        oldest: Version(1),
        newest: Version(2),
        span: Span {
            start: PREFIX.key(b"a"),
            end: Bytes::from_static(b"z"),
        },
        has_history: true,
    };
    let (key, value) = ingest_change(PREFIX, epoch, &record);
    assert_eq!(
        hex(&key),
        "000000640000000200000000002cf160000006474846204000000000640000000261"
    );
    assert!(
        key < change,
        "bulk writes come before the keys of their epoch"
    );
    match split_change(&key, &value).expect("a change") {
        Change::Ingest(read) => assert_eq!(read, record),
        Change::Key(..) => panic!("read as a key"),
    }
    assert_eq!(
        hex(&value),
        "0100000000000000010000000000000002000000090000006400000002617a"
    );
    // Prefix, epoch, mark and instant are needed; the span's start is in the value too.
    assert!((0..25).all(|length| split_change(&key[..length], &value).is_err()));
    assert!(split_change(&key, &value[..20]).is_err());
}

#[test]
fn records() {
    assert_eq!(hex(route_key(PREFIX)), "6f0000006400000002");
    assert_eq!(split_route(&route_key(PREFIX)).expect("a route"), PREFIX);
    let outcome = outcome_key(Epoch(1), TransactionId(2));
    assert_eq!(
        hex(&outcome),
        "78000000000000000100000000000000000000000000000002"
    );
    assert!(decode_u64(b"short").is_err());
}

#[test]
fn bounds_hold_every_version_and_no_key_more_than_needed() {
    let span = |end: &[u8]| Span {
        start: PREFIX.key(b"a"),
        end: PREFIX.key(end),
    };
    let end = |end: &[u8]| match row_range(&span(end)).1 {
        Bound::Excluded(end) => hex(&end[8..]),
        _ => panic!("not excluded"),
    };
    assert_eq!(end(b"b"), "62");
    assert_eq!(
        end(b"b\x00"),
        "6202",
        "behind b, whose versions are at b 01"
    );
}
