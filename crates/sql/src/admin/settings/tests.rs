//! Values of settings, read and shown.

use super::SETTINGS;
use super::kind::{Kind, bytes, shown_bytes};

#[test]
fn sizes() {
    for (text, expected) in [
        ("67108864", Some(64 << 20)),
        ("64MiB", Some(64 << 20)),
        ("64 MiB", Some(64 << 20)),
        ("1gib", Some(1 << 30)),
        ("3kb", Some(3_000)),
        ("-1", None),
        ("64 parsec", None),
        ("MiB", None),
        ("99999999999GiB", None),
    ] {
        assert_eq!(bytes(text), expected, "{text}");
    }
    assert_eq!(shown_bytes(64 << 20), "64 MiB");
    assert_eq!(shown_bytes(1_000_000), "1000000 B");
    assert_eq!(shown_bytes(0), "0 B");
}

#[test]
fn defaults_are_values_of_their_kind_and_in_order() {
    for setting in &SETTINGS {
        let read = setting.kind.read(setting.name, setting.default);
        assert_eq!(read.unwrap(), setting.default, "{}", setting.name);
    }
    assert!(SETTINGS.is_sorted_by_key(|setting| setting.name));
}

#[test]
fn a_value_outside_the_range_is_refused_with_the_range() {
    let kind = Kind::Int { least: 1, most: 64 };
    for text in ["0", "65", "-3", "1.5", "x"] {
        let error = kind.read("a.b", text).unwrap_err();
        assert_eq!(
            error.message,
            format!("cluster setting 'a.b': '{text}' is not between 1 and 64")
        );
    }
}

#[test]
fn durations() {
    let kind = Kind::Duration {
        least: 1,
        most: 86_400,
    };
    for (text, stored, shown) in [
        ("10m", "600", "10m0s"),
        ("10m0s", "600", "10m0s"),
        ("90 seconds", "90", "1m30s"),
        ("45", "45", "45s"),
        ("1h30m", "5400", "1h30m0s"),
        ("1 day", "86400", "24h0m0s"),
    ] {
        assert_eq!(kind.read("a.b", text).unwrap(), stored, "{text}");
        assert_eq!(kind.show(stored), shown);
    }
    for text in ["0", "-1s", "2 days", "1 month", "1.5s", "soon", ""] {
        let error = kind.read("a.b", text).unwrap_err();
        assert_eq!(
            error.message,
            format!("cluster setting 'a.b': '{text}' is not between 1s and 24h0m0s")
        );
    }
}
