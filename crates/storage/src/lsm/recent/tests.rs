use std::collections::BTreeSet;

use super::*;

fn key(number: usize) -> Bytes {
    Bytes::from(format!("{number:08}"))
}

/// The change index does not have a commit of the group at hand, so whoever follows it in the group is
/// checked against what is remembered.
#[test]
fn a_commit_of_any_size_is_remembered_until_its_group_is_on_disk() {
    let mut recent = Recent::new(Version(1), 5);
    recent.add(Version(2), (0..=10).map(key).collect());
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

/// Whether few keys or few commits are looked through, the answer is that of looking at every key.
#[test]
fn a_span_changed_exactly_when_one_of_its_keys_did() {
    let mut recent = Recent::new(Version(1), 5);
    for commit in 0..40 {
        let keys = (0..=commit % 3).map(|step| key((commit * 7 + step * 11) % 90));
        recent.add(
            Version(commit as u64 + 2),
            keys.collect::<BTreeSet<_>>().into_iter().collect(),
        );
    }
    for (start, length, read_at) in (0..90).flat_map(|start| {
        (0..12).flat_map(move |length| (1..43).map(move |read_at| (start, length, read_at)))
    }) {
        let (span, read_at) = (
            Span::new(key(start), key(start + length * 4)),
            Version(read_at),
        );
        let expected = recent
            .newest
            .iter()
            .any(|(key, at)| span.contains(key) && *at > read_at);
        assert_eq!(
            recent.changed_in(&span, read_at),
            expected,
            "{span:?} since {read_at}"
        );
    }
}
