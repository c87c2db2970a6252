use super::*;
use crate::Datum;
use cairn_catalog::ColumnType;

fn shown(zone: &str, text: &str) -> String {
    let zone = Zone::of_setting(zone).unwrap();
    let value = Datum::parse_text_in(zone, &ColumnType::TimestampTz, text).unwrap();
    let mut out = String::new();
    value.write_text_in(zone, &ColumnType::TimestampTz, &mut out);
    out
}

#[test]
fn a_session_is_shown_its_zone_as_postgresql_names_it() {
    for (given, name) in [
        ("europe/berlin", Some("Europe/Berlin")),
        ("utc", Some("UTC")),
        ("2", Some("<+02>-02")),
        ("-3.5", Some("<-03:30>+03:30")),
        ("<+02>-02", Some("<+02>-02")),
        ("UTC+3", Some("UTC+3")),
        ("+02:00", Some("+02:00")),
        ("EST5EDT", Some("EST5EDT")),
        ("CEST", None),
        ("Mars/Olympus", None),
        ("200", None),
        ("", None),
    ] {
        assert_eq!(Zone::setting(given).as_deref(), name, "{given}");
    }
}

#[test]
fn what_was_shown_is_read_back() {
    for zone in ["UTC", "Europe/Berlin", "America/New_York", "<+05:30>-05:30"] {
        for text in [
            "2024-07-01 12:00:00.5",
            "1890-01-01 00:00",
            "0044-03-15 12:00 BC",
            "294246-12-31 12:00",
            "4713-01-02 00:00 BC",
            "infinity",
            "-infinity",
        ] {
            let once = shown(zone, text);
            assert_eq!(shown(zone, &once), once, "{text} in {zone}");
        }
    }
    assert_eq!(
        shown("Europe/Berlin", "1890-01-01 00:00"),
        "1890-01-01 00:00:00+00:53:28"
    );
}

#[test]
fn a_zone_in_the_text_counts_before_the_sessions() {
    let berlin = |text| shown("Europe/Berlin", text);
    assert_eq!(berlin("2024-07-01 12:00"), "2024-07-01 12:00:00+02");
    assert_eq!(berlin("2024-07-01 12:00Z"), "2024-07-01 14:00:00+02");
    assert_eq!(
        berlin("2024-07-01 12:00 America/New_York"),
        "2024-07-01 18:00:00+02"
    );
}
