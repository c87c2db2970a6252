//! Instants as people read them.

/// Microseconds since 1970 as a TIMESTAMPTZ in UTC.
pub fn utc(micros: i64) -> String {
    let mut text = String::new();
    cairn_rows::text::write_timestamptz(micros, &mut text);
    text
}
