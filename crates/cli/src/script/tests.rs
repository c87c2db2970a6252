use super::{join_continued, split};

#[test]
fn a_backslash_continues_a_line_outside_quotes_only() {
    assert_eq!(join_continued("BACKUP a \\\nTO 'x'"), "BACKUP a  TO 'x'");
    assert_eq!(join_continued("a \\  \r\nb"), "a  b");
    assert_eq!(join_continued("a\\"), "a ");
    for kept in [
        "'a \\\nb'",
        "\"a \\\nb\"",
        "$$a \\\nb$$",
        "-- a \\\nb",
        "/* a \\\n*/",
        "E'\\'\\\n'",
        "a \\ b",
    ] {
        assert_eq!(join_continued(kept), kept);
    }
}

#[test]
fn statements_end_at_semicolons_outside_quotes() {
    assert_eq!(split("a; b ;c"), (vec!["a", "b"], "c"));
    assert_eq!(split(";; a;"), (vec!["a"], ""));
    assert_eq!(
        split("'a;' \"b;\" $x$ c; $x$ /* d; /* */ ; */ e; f"),
        (vec!["'a;' \"b;\" $x$ c; $x$ /* d; /* */ ; */ e"], " f")
    );
    assert_eq!(split("-- a;\nb;"), (vec!["-- a;\nb"], ""));
    assert_eq!(split("E'\\';'; x"), (vec!["E'\\';'"], " x"));
    assert_eq!(split("$1; $2"), (vec!["$1"], " $2"));
    assert_eq!(split("'it''s;'; ä;"), (vec!["'it''s;'", "ä"], ""));
    assert_eq!(split("'open; "), (vec![], "'open; "));
}
