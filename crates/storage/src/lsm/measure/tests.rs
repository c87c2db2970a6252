use super::*;

fn table(first: &str, last: &str, versions: u64) -> Table {
    Table {
        first: first.into(),
        last: last.into(),
        bytes: 0,
        versions,
    }
}

/// What a file holds of other spans does not count: it may be all of it.
#[test]
fn files_tell_how_many_versions_there_are_at_least() {
    let span = Span {
        start: "b".into(),
        end: "n".into(),
    };
    let tables = [
        table("a", "c", 100),
        table("b", "d", 6),
        table("e", "m", 5),
        table("m", "n", 100),
    ];
    assert!(hold_more(&tables, &span, 10));
    assert!(!hold_more(&tables, &span, 11));
}
