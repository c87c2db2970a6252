use super::*;

/// Versions of a key, newest first; `None` is a tombstone.
fn dropped(versions: &[(u64, Option<&str>)]) -> Vec<u64> {
    let stored = versions.iter().map(|(version, value)| {
        Ok((
            layout::row_key(b"k", Version(*version)).into(),
            layout::stored_value(value.map(str::as_bytes)).into(),
        ))
    });
    let dropped = superseded(stored).unwrap_or_default();
    let version = |stored: &UserKey| layout::split_row_key(stored).map(|(_, version)| version.0);
    dropped.iter().flat_map(version).collect()
}

/// While a batch is applied a reader may see its beginning only: then the tombstone is still there.
#[test]
fn a_tombstone_goes_after_what_it_hides() {
    assert_eq!(
        dropped(&[(9, None), (5, Some("b")), (3, Some("a"))]),
        [3, 5, 9]
    );
    assert_eq!(
        dropped(&[(9, Some("b")), (5, None), (3, Some("a"))]),
        [3, 5]
    );
    assert_eq!(dropped(&[(9, Some("b"))]), [0u64; 0]);
}
