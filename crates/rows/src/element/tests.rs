//! Two keys that these tests have not tried should be hard to think of: all types, both directions, NULLs, bytes
//! that look like terminators, escapes and markers, neighbours of every length of integer.

use std::cmp::Ordering;

use proptest::prelude::*;

use super::*;
use crate::samples::{any_direction, any_key_type, datum_of, same};

/// What the embedded engine puts behind a key.
fn with_suffix(key: &[u8], version: u64) -> Vec<u8> {
    [key, &[1], &(!version).to_be_bytes()].concat()
}

type Row = Vec<(Datum, Datum, ColumnType, Direction)>;

/// Two keys of the same one to four columns; often equal in the first ones.
fn two_keys() -> impl Strategy<Value = Row> {
    let column = (any_key_type(), any_direction()).prop_flat_map(|(ty, direction)| {
        (datum_of(ty), datum_of(ty), any::<bool>()).prop_map(move |(a, b, equal)| {
            let b = if equal { a.clone() } else { b };
            (a, b, ty, direction)
        })
    });
    prop::collection::vec(column, 1..5)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn order_of_keys_is_order_of_values(columns in two_keys(), versions: [u64; 2]) {
        let (mut a, mut b) = (Vec::new(), Vec::new());
        let mut wanted = Ordering::Equal;
        for (left, right, _, direction) in &columns {
            push(&mut a, left, *direction);
            push(&mut b, right, *direction);
            let order = left.cmp(right);
            wanted = wanted.then(if direction.is_ascending() { order } else { order.reverse() });
        }
        prop_assert_eq!(a.cmp(&b), wanted);
        // Different keys keep their order with versions behind them, and bounds their place.
        if wanted != Ordering::Equal {
            prop_assert_eq!(with_suffix(&a, versions[0]).cmp(&with_suffix(&b, versions[1])), wanted);
            prop_assert!(!a.starts_with(&b) && !b.starts_with(&a));
            let bound = [a.as_slice(), &[AFTER]].concat();
            prop_assert_eq!(bound.cmp(&with_suffix(&b, versions[1])), wanted);
        }
        prop_assert!(with_suffix(&a, versions[0]) < [a.as_slice(), &[AFTER]].concat());
    }

    #[test]
    fn what_was_written_is_read(columns in two_keys()) {
        let mut key = Vec::new();
        let mut ends = Vec::new();
        for (datum, _, _, direction) in &columns {
            let start = key.len();
            push(&mut key, datum, *direction);
            prop_assert!((0x02..=0xFD).contains(&key[start]));
            ends.push(key.len());
        }
        let (mut rest, mut passed) = (key.as_slice(), key.as_slice());
        for ((datum, _, ty, direction), end) in columns.iter().zip(ends) {
            let read = read(&mut rest, ty, flip(*direction)).unwrap();
            let wanted = match datum {
                Datum::Float8(value) => Datum::Float8(value + 0.0),
                Datum::Float4(value) => Datum::Float4(value + 0.0),
                Datum::Numeric(value) => Datum::Numeric(Numeric::from_ordered(value.ordered()).unwrap()),
                other => other.clone(),
            };
            prop_assert!(same(&read, &wanted), "{read:?} for {wanted:?}");
            skip(&mut passed, ty, flip(*direction)).unwrap();
            prop_assert_eq!(rest.len(), key.len() - end);
            prop_assert_eq!(passed.len(), rest.len());
        }
    }

    /// What reads at all is what `push` writes: one value, one encoding.
    #[test]
    fn other_bytes_are_refused(
        bytes in prop::collection::vec(any::<u8>(), 0..20),
        marker in prop::sample::select(vec![0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x70, 0x78, 0x7E, 0x7F, 0x80, 0x81, 0x88, 0x90]),
        ty in any_key_type(),
        direction in any_direction(),
    ) {
        for bytes in [bytes.clone(), [&[marker ^ flip(direction)], bytes.as_slice()].concat()] {
            let mut rest = bytes.as_slice();
            if let Ok(datum) = read(&mut rest, &ty, flip(direction)) {
                let mut again = Vec::new();
                push(&mut again, &datum, direction);
                prop_assert_eq!(again.as_slice(), &bytes[..bytes.len() - rest.len()]);
            }
            let _ = skip(&mut bytes.as_slice(), &ty, flip(direction));
        }
    }
}

/// The examples of docs/keys.md.
#[test]
fn documented_bytes() {
    let bytes = |datum: Datum, direction| {
        let mut key = Vec::new();
        push(&mut key, &datum, direction);
        key.iter()
            .map(|byte| format!("{byte:02X}"))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let up = |datum| bytes(datum, Direction::Ascending);
    let down = |datum| bytes(datum, Direction::Descending);
    assert_eq!(up(Datum::Null), "02");
    assert_eq!(down(Datum::Null), "FD");
    assert_eq!(up(Datum::Bool(true)), "04");
    assert_eq!(up(Datum::Int8(0)), "80");
    assert_eq!(up(Datum::Int8(1)), "81 01");
    assert_eq!(up(Datum::Int8(-1)), "7F FE");
    assert_eq!(up(Datum::Int8(255)), "81 FF");
    assert_eq!(up(Datum::Int8(256)), "82 01 00");
    assert_eq!(up(Datum::Int8(-256)), "7E FE FF");
    assert_eq!(down(Datum::Int8(256)), "7D FE FF");
    assert_eq!(up(Datum::Int8(i64::MIN)), "78 7F FF FF FF FF FF FF FF");
    assert_eq!(
        up(Datum::Decimal(i128::from(u64::MAX))),
        "88 FF FF FF FF FF FF FF FF"
    );
    assert_eq!(up(Datum::Float8(1.0)), "05 BF F0 00 00 00 00 00 00");
    assert_eq!(up(Datum::Float8(-0.0)), "05 80 00 00 00 00 00 00 00");
    assert_eq!(up(Datum::String("a\0b".into())), "06 61 00 FF 62 00 01");
    assert_eq!(down(Datum::String("a\0b".into())), "F9 9E FF 00 9D FF FE");
    assert_eq!(up(Datum::Bytes(vec![0xFF, 0x00])), "07 FF 00 FF 00 01");
    assert_eq!(up(Datum::Date(-1)), "7F FE");
    let numeric = |text| Datum::Numeric(Numeric::parse(text).unwrap());
    for (text, bytes) in [
        ("-Infinity", "09 01"),
        ("-12.5", "09 02 7F FF FF FD F2 CC FF"),
        ("0.00", "09 03"),
        ("12.50", "09 04 80 00 00 02 0D 33 00"),
        ("0.001", "09 04 7F FF FF FE 0B 00"),
        ("Infinity", "09 05"),
        ("NaN", "09 06"),
    ] {
        assert_eq!(up(numeric(text)), bytes, "{text}");
    }
    assert_eq!(down(numeric("12.5")), "F6 FB 7F FF FF FD F2 CC FF");
    assert_eq!(up(Datum::Float4(1.0)), "0C BF 80 00 00");
    let interval = |text| Datum::Interval(crate::text::parse_interval(text).unwrap());
    assert_eq!(up(interval("0")), "0A 80 80 80");
    assert_eq!(
        up(interval("1 mon -1 day")),
        "0A 86 02 47 61 65 E0 00 81 01 7F FE"
    );
    let inet = |text| Datum::Inet(Inet::parse(text).unwrap());
    assert_eq!(up(inet("10.1.2.3/8")), "0B 04 0A 00 00 00 08 0A 01 02 03");
    assert_eq!(up(Datum::Time(86_400_000_000)), "85 14 1D D7 60 00");
    for (datum, bytes) in [
        (Datum::Bool(true), "FB"),
        (Datum::Int8(0), "7F"),
        (Datum::Int8(1), "7E FE"),
        (Datum::Int8(-1), "80 01"),
        (Datum::Int8(255), "7E 00"),
        (Datum::Int8(-256), "81 01 00"),
        (Datum::Int8(i64::MIN), "87 80 00 00 00 00 00 00 00"),
        (Datum::Float8(1.0), "FA 40 0F FF FF FF FF FF FF"),
        (Datum::Float8(-0.0), "FA 7F FF FF FF FF FF FF FF"),
        (Datum::Bytes(vec![0xFF, 0x00]), "F8 00 FF 00 FF FE"),
    ] {
        assert_eq!(down(datum), bytes);
    }
}
