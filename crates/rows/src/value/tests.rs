//! Values come back as they were, and bytes that nobody wrote are refused.

use proptest::prelude::*;

use cairn_catalog::ElementType;

use super::*;
use crate::samples::{any_type, datum_of, same};

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect::<Vec<_>>()
        .join(" ")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_was_written_is_read(
        columns in prop::collection::vec(
            (prop_oneof![1u32..4, 1u32..1000, Just(1 << 26)], any_type().prop_flat_map(|ty| datum_of(ty).prop_map(move |datum| (ty, datum)))),
            0..8,
        ),
    ) {
        let mut bytes = Vec::new();
        let mut writer = ValueWriter::new(&mut bytes);
        let mut id = 0;
        for (distance, (_, datum)) in &columns {
            id += distance;
            writer.datum(ColumnId(id), datum);
        }
        let mut values = Values::new(&bytes);
        let mut again = Vec::new();
        let mut copy = ValueWriter::new(&mut again);
        id = 0;
        for (distance, (ty, datum)) in &columns {
            id += distance;
            let (read_id, raw) = values.next().unwrap().unwrap();
            prop_assert_eq!(read_id, ColumnId(id));
            copy.raw(read_id, &raw);
            let read = raw.datum(ty).unwrap();
            prop_assert!(same(&read, datum), "{read:?} for {datum:?}");
        }
        prop_assert!(values.next().unwrap().is_none());
        prop_assert_eq!(again, bytes);
    }

    /// What reads at all is what the writer writes.
    #[test]
    fn other_bytes_are_refused(bytes in prop::collection::vec(prop_oneof![0u8..0x40, any::<u8>()], 0..24)) {
        let mut values = Values::new(&bytes);
        let mut again = Vec::new();
        let mut writer = ValueWriter::new(&mut again);
        let whole = loop {
            match values.next() {
                Ok(Some((id, raw))) => writer.raw(id, &raw),
                Ok(None) => break true,
                Err(_) => break false,
            }
        };
        if whole {
            prop_assert_eq!(again, bytes);
        }
    }
}

/// The examples of docs/keys.md.
#[test]
fn documented_bytes() {
    let mut bytes = Vec::new();
    let mut writer = ValueWriter::new(&mut bytes);
    writer.int(ColumnId(2), -1);
    writer.null(ColumnId(3));
    writer.text(ColumnId(5), "hi");
    writer.int(ColumnId(20), 300);
    writer.bool(ColumnId(21), true);
    assert_eq!(hex(&bytes), "23 FF 10 29 02 68 69 F4 01 2C 01 12");
}

#[test]
fn longer_forms_are_refused() {
    for (bytes, problem) in [
        (&[0x14u8, 0x01, 0x00][..], NOT_SHORTEST),
        (&[0x15, 0x01, 0x00, 0x00, 0x00], NOT_SHORTEST),
        (&[0x93, 0x00, 0x05], NOT_SHORTEST),
        (&[0x03, 0x05], "the columns of a value are out of order"),
        (
            &[0x1F],
            "a value holds a kind that this version does not know",
        ),
        (&[0x19, 0x05, 0x61], SHORT),
        (&[0x80], SHORT),
    ] {
        assert_eq!(
            Values::new(bytes).next().unwrap_err(),
            problem,
            "{}",
            hex(bytes)
        );
    }
}

/// The types of one of the kinds 9 to 14.
#[test]
fn documented_bytes_of_other_types() {
    let bytes = |ty: ColumnType, text: &str| {
        let mut bytes = Vec::new();
        let datum = Datum::parse_text(&ty, text).unwrap();
        ValueWriter::new(&mut bytes).datum(ColumnId(1), &datum);
        hex(&bytes)
    };
    let ints = ColumnType::Array(ElementType::Int8);
    for (ty, text, wanted) in [
        (ColumnType::Float4, "1", "1C 00 00 80 3F"),
        (
            ColumnType::Numeric,
            "12.50",
            "1A 0A 04 80 00 00 02 0D 33 00 00 02",
        ),
        (ColumnType::Numeric, "NaN", "1A 03 06 00 00"),
        (ColumnType::Time, "00:00:00.000001", "13 01"),
        (
            ColumnType::Interval,
            "1 mon -1 days 1us",
            "1D 01 00 00 00 FF FF FF FF 01 00 00 00 00 00 00 00",
        ),
        (ColumnType::Inet, "10.1.2.3/8", "1A 05 08 0A 01 02 03"),
        (
            ColumnType::Jsonb,
            "{\"b\":[1.50,null]}",
            "19 13 7B 22 62 22 3A 20 5B 31 2E 35 30 2C 20 6E 75 6C 6C 5D 7D",
        ),
        (ints, "{}", "1E 00"),
        (ints, "{1,NULL,300}", "1E 06 13 01 10 14 2C 01"),
    ] {
        assert_eq!(bytes(ty, text), wanted, "{text}");
    }
}
