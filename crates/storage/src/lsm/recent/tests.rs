use super::*;

fn key(number: usize) -> Bytes {
    Bytes::from(format!("{number:08}"))
}

/// The change index does not have a commit of the group at hand, so whoever follows it in the group is
/// checked against what is remembered.
#[test]
fn a_commit_of_any_size_is_remembered_until_its_group_is_on_disk() {
    let mut recent = Recent::new(Version(1));
    recent.add(Version(2), (0..=KEYS).map(key).collect(), |_, _| {});
    let reads = ReadSet {
        keys: [key(7)].into(),
        spans: vec![Span::new(key(8), key(9))],
    };
    assert!(recent.changed_since(Version(1), &reads));
    recent.shrink();
    assert!(!recent.knows(Version(1)), "the change index is asked now");
    assert!(recent.knows(Version(2)));
    assert_eq!((recent.keys, recent.newest.len()), (0, 0));
}
