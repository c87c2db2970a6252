//! The forms that PostgreSQL 15 prints and reads; every printed value reads back as the same.

use proptest::prelude::*;

use crate::samples::{any_type, same, value_of, without_nul};
use crate::{Datum, Error, ErrorKind};
use cairn_catalog::{ColumnType, ElementType};

fn text(ty: &ColumnType, datum: &Datum) -> String {
    let mut out = String::new();
    datum.write_text(ty, &mut out);
    out
}

fn decimal(precision: u8, scale: i8) -> ColumnType {
    ColumnType::Decimal { precision, scale }
}

/// What a text becomes when it is read and printed again.
fn through(ty: ColumnType, input: &str) -> String {
    match Datum::parse_text(&ty, input) {
        Ok(datum) => text(&ty, &datum),
        Err(error) => format!("error: {error}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5000))]

    #[test]
    fn printed_values_read_back((ty, datum) in any_type().prop_flat_map(|ty| value_of(ty).prop_map(move |datum| (ty, datum)))) {
        let datum = without_nul(vec![datum]).remove(0);
        let printed = text(&ty, &datum);
        match Datum::parse_text(&ty, &printed) {
            Ok(read) => prop_assert!(same(&read, &datum), "{printed} read as {read:?}, not {datum:?}"),
            // Storage can hold days that PostgreSQL has no date for.
            Err(error) => prop_assert!(matches!(error, Error::DateTime { .. }), "{printed}: {error}"),
        }
    }

    #[test]
    fn any_text_is_read_or_refused(ty in any_type(), input in "[-+0-9.:eE TZ\\\\xa-f,BCinfa]{0,24}") {
        let _ = Datum::parse_text(&ty, &input);
    }

    #[test]
    fn any_timestamp_in_range_reads_back(micros in -210_866_803_200_000_000i64..9_223_371_331_200_000_000) {
        let ty = ColumnType::TimestampTz;
        let printed = text(&ty, &Datum::TimestampTz(micros));
        prop_assert_eq!(Datum::parse_text(&ty, &printed).unwrap(), Datum::TimestampTz(micros), "{}", printed);
    }

    #[test]
    fn any_date_in_range_reads_back(days in -2_440_588i32..2_145_042_906) {
        let printed = text(&ColumnType::Date, &Datum::Date(days));
        prop_assert_eq!(Datum::parse_text(&ColumnType::Date, &printed).unwrap(), Datum::Date(days), "{}", printed);
    }
}

#[test]
fn booleans_and_integers() {
    let b = ColumnType::Bool;
    for (input, output) in [
        ("t", "t"),
        ("TRUE", "t"),
        (" yes ", "t"),
        ("on", "t"),
        ("1", "t"),
        ("f", "f"),
        ("of", "f"),
        ("0", "f"),
    ] {
        assert_eq!(through(b, input), output, "{input}");
    }
    for input in ["", "o", "2", "truely", "maybe"] {
        assert_eq!(
            through(b, input),
            format!("error: invalid input syntax for type boolean: {input:?}")
        );
    }
    assert_eq!(through(ColumnType::Int2, " -32768 "), "-32768");
    assert_eq!(
        through(ColumnType::Int2, "32768"),
        "error: value \"32768\" is out of range for type smallint"
    );
    assert_eq!(through(ColumnType::Int4, "+7"), "7");
    assert_eq!(
        through(ColumnType::Int8, "9223372036854775807"),
        "9223372036854775807"
    );
    assert_eq!(
        through(ColumnType::Int8, "9223372036854775808"),
        "error: value \"9223372036854775808\" is out of range for type bigint"
    );
    assert_eq!(
        through(ColumnType::Int8, "1.5"),
        "error: invalid input syntax for type bigint: \"1.5\""
    );
}

#[test]
fn floats() {
    let ty = ColumnType::Float8;
    for (input, output) in [
        ("0", "0"),
        ("-0", "-0"),
        ("1.50", "1.5"),
        ("1e14", "100000000000000"),
        ("1e15", "1e+15"),
        ("123456789012345678", "1.2345678901234568e+17"),
        ("0.0001", "0.0001"),
        ("0.00001", "1e-05"),
        ("1e-300", "1e-300"),
        ("nan", "NaN"),
        ("-inf", "-Infinity"),
        ("Infinity", "Infinity"),
        ("4.9e-324", "5e-324"),
        (
            "1e309",
            "error: value \"1e309\" is out of range for type double precision",
        ),
        (
            "1e-400",
            "error: value \"1e-400\" is out of range for type double precision",
        ),
        (
            "1,5",
            "error: invalid input syntax for type double precision: \"1,5\"",
        ),
        (
            "",
            "error: invalid input syntax for type double precision: \"\"",
        ),
    ] {
        assert_eq!(through(ty, input), output, "{input}");
    }
}

#[test]
fn decimals() {
    for (ty, input, output) in [
        (decimal(10, 2), "1", "1.00"),
        (decimal(10, 2), "-0.005", "-0.01"),
        (decimal(10, 2), "0.004999", "0.00"),
        (decimal(10, 2), "1.005e2", "100.50"),
        (decimal(10, 2), "1e-1000000000000", "0.00"),
        (decimal(10, 2), ".5", "0.50"),
        (decimal(10, 2), "5.", "5.00"),
        (decimal(4, 2), "99.994", "99.99"),
        (
            decimal(38, 0),
            "99999999999999999999999999999999999999",
            "99999999999999999999999999999999999999",
        ),
        (
            decimal(38, 38),
            "-0.12345678901234567890123456789012345678",
            "-0.12345678901234567890123456789012345678",
        ),
        (decimal(5, 0), "0e999999", "0"),
        (
            decimal(10, 2),
            "1.2.3",
            "error: invalid input syntax for type numeric: \"1.2.3\"",
        ),
        (
            decimal(10, 2),
            "",
            "error: invalid input syntax for type numeric: \"\"",
        ),
        (
            decimal(10, 2),
            ".",
            "error: invalid input syntax for type numeric: \".\"",
        ),
        (
            decimal(10, 2),
            "NaN",
            "error: the number NaN in a column of type DECIMAL(10, 2) is not supported",
        ),
    ] {
        assert_eq!(through(ty, input), output, "{input}");
    }
    for input in ["99.995", "100", "1e99999999999999999999", "-100"] {
        let error = Datum::parse_text(&decimal(4, 2), input).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OutOfRange, "{input}: {error}");
    }
}

#[test]
fn strings_and_bytes() {
    let two = ColumnType::String { max: Some(2) };
    assert_eq!(through(two, "é1"), "é1");
    assert_eq!(through(two, "ab   "), "ab");
    assert_eq!(
        through(two, "abc"),
        "error: value too long for type character varying(2)"
    );
    assert_eq!(
        through(ColumnType::String { max: None }, "a\0"),
        "error: invalid byte sequence for encoding \"UTF8\": 0x00"
    );
    let bytes = ColumnType::Bytes;
    assert_eq!(through(bytes, "\\xDEAD beef"), "\\xdeadbeef");
    assert_eq!(through(bytes, "a\\\\b\\000\\377"), "\\x615c6200ff");
    assert_eq!(through(bytes, ""), "\\x");
    for input in ["\\x1", "\\xzz", "\\1", "\\400"] {
        assert!(
            through(bytes, input).starts_with("error: invalid input syntax for type bytea"),
            "{input}"
        );
    }
}

#[test]
fn dates_and_times() {
    let (date, plain, zoned) = (
        ColumnType::Date,
        ColumnType::Timestamp,
        ColumnType::TimestampTz,
    );
    for (ty, input, output) in [
        (date, "1970-01-01", "1970-01-01"),
        (date, "2024-2-29", "2024-02-29"),
        (date, "4714-11-24 BC", "4714-11-24 BC"),
        (date, "0001-01-01 BC", "0001-01-01 BC"),
        (date, "5874897-12-31", "5874897-12-31"),
        (date, "2024-02-29 10:00:00", "2024-02-29"),
        (
            date,
            "2023-02-29",
            "error: date/time field value out of range: \"2023-02-29\"",
        ),
        (
            date,
            "0000-01-01",
            "error: date/time field value out of range: \"0000-01-01\"",
        ),
        (
            date,
            "4714-11-23 BC",
            "error: date/time field value out of range: \"4714-11-23 BC\"",
        ),
        (
            date,
            "5874898-01-01",
            "error: date/time field value out of range: \"5874898-01-01\"",
        ),
        (
            date,
            "yesterdays",
            "error: invalid input syntax for type date: \"yesterdays\"",
        ),
        (date, "infinity", "infinity"),
        (plain, "2026-11-22 10:15:00.25", "2026-11-22 10:15:00.25"),
        (plain, "2026-11-22T10:15", "2026-11-22 10:15:00"),
        (plain, "2026-11-22", "2026-11-22 00:00:00"),
        (plain, "2026-11-22 23:59:59.9999999", "2026-11-23 00:00:00"),
        (plain, "2026-11-22 24:00:00", "2026-11-23 00:00:00"),
        (plain, "2026-11-22 10:15:00+05", "2026-11-22 10:15:00"),
        (
            plain,
            "1969-12-31 23:59:59.999999",
            "1969-12-31 23:59:59.999999",
        ),
        (
            plain,
            "2026-11-22 25:00",
            "error: date/time field value out of range: \"2026-11-22 25:00\"",
        ),
        (
            zoned,
            "2026-11-22 10:15:00.25+00",
            "2026-11-22 10:15:00.25+00",
        ),
        (zoned, "2026-11-22 10:15:00+05:30", "2026-11-22 04:45:00+00"),
        (zoned, "2026-11-22 10:15:00 -0800", "2026-11-22 18:15:00+00"),
        (zoned, "2026-11-22t10:15:00z", "2026-11-22 10:15:00+00"),
        (zoned, "0044-03-15 12:00:00 BC", "0044-03-15 12:00:00+00 BC"),
        (
            zoned,
            "2026-11-22 10:15 Europe/Paris",
            "2026-11-22 09:15:00+00",
        ),
        (
            zoned,
            "2026-11-22 10:15 Mars/Olympus",
            "error: invalid input syntax for type timestamp with time zone: \"2026-11-22 10:15 Mars/Olympus\"",
        ),
    ] {
        assert_eq!(through(ty, input), output, "{input}");
    }
}

#[test]
fn uuids() {
    let ty = ColumnType::Uuid;
    let plain = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";
    for input in [
        plain,
        "A0EEBC999C0B4EF8BB6D6BB9BD380A11",
        "{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}",
    ] {
        assert_eq!(through(ty, input), plain);
    }
    assert!(through(ty, "a0eebc99").starts_with("error: invalid input syntax for type uuid"));
}

/// Only the six blanks of ASCII stand around an element; a no-break space, or the next line of U+0085, is part of it.
#[test]
fn blanks_of_unicode_are_part_of_an_element() {
    let ty = ColumnType::Array(ElementType::String { max: None });
    assert_eq!(
        through(ty, "{ a\u{85},\u{a0}b , \u{2003} \u{b}}"),
        "{a\u{85},\u{a0}b,\u{2003}}"
    );
    assert_eq!(through(ty, "{\"\u{b}a \"}"), "{\"\u{b}a \"}");
}
