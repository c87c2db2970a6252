use super::*;

/// Versions of a key, newest first; `None` is a tombstone.
fn dropped(versions: &[(u64, Option<&str>)], most: usize) -> (Vec<u64>, bool) {
    let stored = versions.iter().map(|(version, value)| {
        Ok((
            layout::row_key(b"k", Version(*version)).into(),
            layout::stored_value(value.map(str::as_bytes)).into(),
        ))
    });
    let stored: Vec<Result<KvPair>> = stored.collect();
    let (dropped, done) = superseded(stored.into_iter(), most).unwrap_or_default();
    let version = |stored: &UserKey| layout::split_row_key(stored).map(|(_, version)| version.0);
    (dropped.iter().flat_map(version).collect(), done)
}

/// While a batch is applied a reader may see its beginning only: then the tombstone is still there.
#[test]
fn a_tombstone_goes_after_what_it_hides() {
    let versions = [(9, None), (5, Some("b")), (3, Some("a"))];
    assert_eq!(dropped(&versions, 9), (vec![3, 5, 9], true));
    let versions = [(9, Some("b")), (5, None), (3, Some("a"))];
    assert_eq!(dropped(&versions, 9), (vec![3, 5], true));
    assert_eq!(dropped(&[(9, Some("b"))], 9), (vec![], true));
    assert_eq!(dropped(&[], 9), (vec![], true));
}

/// A key with more versions than a batch should hold takes several; what hides the rest goes last.
#[test]
fn a_hot_key_is_collected_in_parts() {
    let versions = [(9, None), (5, Some("b")), (3, Some("a"))];
    assert_eq!(dropped(&versions, 2), (vec![3, 5], false));
    assert_eq!(dropped(&[(9, None)], 2), (vec![9], true));
    assert_eq!(dropped(&[(9, None)], 0), (vec![], false));
}
