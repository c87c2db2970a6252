//! Texts that zone configurations are written as.

use super::read;

fn pairs(text: &str) -> Vec<(String, String)> {
    read(text).unwrap_or_else(|problem| panic!("{text:?}: {problem}"))
}

#[test]
fn blocks_and_braces_say_the_same() {
    let expected = [
        ("gc.ttlseconds".to_owned(), "600".to_owned()),
        ("num_replicas".to_owned(), "3".to_owned()),
        ("constraints".to_owned(), "[+ssd, -eu]".to_owned()),
    ];
    for text in [
        "gc:\n  ttlseconds: 600\nnum_replicas: 3\nconstraints: [+ssd, -eu]",
        "gc: {ttlseconds: 600}\nnum_replicas: 3 # three\nconstraints: [+ssd, -eu]\n",
        "---\n# a comment\ngc:\n    ttlseconds: '600'\n\nnum_replicas: \"3\"\nconstraints: [+ssd, -eu]",
        "{gc: {ttlseconds: 600}, num_replicas: 3, constraints: [+ssd, -eu]}",
    ] {
        assert_eq!(pairs(text), expected, "{text:?}");
    }
    assert_eq!(pairs(""), []);
    assert_eq!(pairs("{}"), []);
}

#[test]
fn what_is_no_configuration_is_refused() {
    for text in [
        "600",
        "gc: {ttlseconds: 600",
        "gc: {ttlseconds: 600}}",
        "gc:\n  ttlseconds:\n    more: 1",
        "  gc: 1",
        "a: 1\na: 2",
        "gc: &anchor",
        "a b: 1",
        ": 1",
        "x: [1",
    ] {
        assert!(read(text).is_err(), "{text:?}");
    }
}
