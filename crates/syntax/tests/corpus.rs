//! The parse corpus of the reference, section 12, and what must hold for every statement: its normal form reads back as itself.

#![expect(clippy::panic, reason = "a test that cannot go on stops")]

use cairn_syntax::{Statement, parse_one};

fn statement(text: &str) -> Statement {
    match parse_one(text) {
        Ok(Some(parsed)) => parsed.statement,
        Ok(None) => panic!("no statement in {text:?}"),
        Err(error) => panic!("{text:?}: {error}"),
    }
}

fn normal(text: &str) -> String {
    let first = statement(text);
    let printed = first.to_string();
    assert_eq!(
        statement(&printed),
        first,
        "{text:?} prints {printed:?}, which reads back differently"
    );
    printed
}

#[test]
fn corpus_of_the_reference() {
    let corpus = [
        ("BACKUP TABLE foo TO 'bar'", ""),
        ("BACKUP foo TO 'bar'", "BACKUP TABLE foo TO 'bar'"),
        (
            "BACKUP foo.foo, baz.baz TO 'bar'",
            "BACKUP TABLE foo.foo, baz.baz TO 'bar'",
        ),
        ("BACKUP role TO 'bar'", "BACKUP TABLE role TO 'bar'"),
        (
            "BACKUP foo TO 'bar' AS OF SYSTEM TIME '1' INCREMENTAL FROM 'baz'",
            "BACKUP TABLE foo TO 'bar' AS OF SYSTEM TIME '1' INCREMENTAL FROM 'baz'",
        ),
        (
            "BACKUP foo TO $1 INCREMENTAL FROM 'bar', $2, 'baz'",
            "BACKUP TABLE foo TO $1 INCREMENTAL FROM 'bar', $2, 'baz'",
        ),
        ("BACKUP DATABASE foo, baz TO 'bar'", ""),
        ("BACKUP DATABASE foo TO bar", "BACKUP DATABASE foo TO 'bar'"),
        (
            "BACKUP DATABASE foo TO \"bar.12\" INCREMENTAL FROM \"baz.34\"",
            "BACKUP DATABASE foo TO 'bar.12' INCREMENTAL FROM 'baz.34'",
        ),
        (
            "BACKUP foo TO 'bar' WITH key1, key2 = 'value'",
            "BACKUP TABLE foo TO 'bar' WITH key1, key2 = 'value'",
        ),
        (
            "RESTORE foo FROM 'bar' WITH OPTIONS ('into_db'='data2')",
            "RESTORE TABLE foo FROM 'bar' WITH into_db = 'data2'",
        ),
        (
            "RESTORE foo FROM 'bar' WITH into_db=newbackup",
            "RESTORE TABLE foo FROM 'bar' WITH into_db = 'newbackup'",
        ),
        ("RESTORE foo FROM 'bar'", "RESTORE TABLE foo FROM 'bar'"),
        (
            "RESTORE foo, baz FROM 'bar' AS OF SYSTEM TIME '1'",
            "RESTORE TABLE foo, baz FROM 'bar' AS OF SYSTEM TIME '1'",
        ),
        (
            "RESTORE foo FROM $1, $2, 'bar'",
            "RESTORE TABLE foo FROM $1, $2, 'bar'",
        ),
        (
            "RESTORE DATABASE foo FROM bar",
            "RESTORE DATABASE foo FROM 'bar'",
        ),
        ("SHOW BACKUP 'bar'", ""),
        ("SHOW BACKUP $1", ""),
        ("SHOW BACKUP bar", "SHOW BACKUP 'bar'"),
        ("SHOW BACKUP SCHEMAS 'bar'", ""),
        ("SHOW BACKUP FILES $1", ""),
        ("show backup files bar", "SHOW BACKUP FILES 'bar'"),
        ("SHOW BACKUP files", "SHOW BACKUP 'files'"),
        ("SHOW BACKUP CONNECTION 'bar'", ""),
        ("SHOW BACKUP CONNECTION $1", ""),
        ("SHOW BACKUP connection", "SHOW BACKUP 'connection'"),
        (
            "SHOW BACKUP schemas WITH check_files",
            "SHOW BACKUP 'schemas' WITH check_files",
        ),
        ("SHOW BACKUP 'a', $2 WITH check_files", ""),
        (
            "SHOW BACKUP FILES 'a' WITH OPTIONS (check_files)",
            "SHOW BACKUP FILES 'a' WITH check_files",
        ),
        ("BACKUP foo TO ('a')", "BACKUP TABLE foo TO 'a'"),
        ("BACKUP TABLE foo TO ('a', $2)", ""),
        ("RESTORE TABLE foo FROM ('a', 'b'), ('c', 'd')", ""),
        (
            "RESTORE foo FROM 'a' WITH \"into_db\" = \"Data 2\"",
            "RESTORE TABLE foo FROM 'a' WITH into_db = 'Data 2'",
        ),
        (
            "RESTORE foo FROM 'a' WITH 'into\u{1}' = 'b', \"Into Db\"",
            "RESTORE TABLE foo FROM 'a' WITH 'into\u{1}' = 'b', 'Into Db'",
        ),
        ("PREPARE a (STRING) AS BACKUP DATABASE a TO $1", ""),
        ("PREPARE a (STRING) AS RESTORE DATABASE a FROM $1", ""),
        ("SHOW JOBS", ""),
        ("PAUSE JOB a", ""),
        ("RESUME JOB a", ""),
        ("CANCEL JOB a + 1", ""),
        ("PAUSE JOB $1", ""),
        (
            "cancel job (SELECT id FROM [SHOW JOBS] WHERE status = 'running')",
            "CANCEL JOB (SELECT id FROM [SHOW JOBS] WHERE status = 'running')",
        ),
        ("SELECT * FROM [SHOW BACKUP 'x']", ""),
        ("SELECT id FROM [SHOW JOBS] WHERE type = 'RESTORE'", ""),
        (
            "BACKUP SyStEm.FoO, \"A b\".* TO 'x'",
            "BACKUP TABLE system.foo, \"A b\".* TO 'x'",
        ),
        (
            "BACKUP *, d.public.* TO 'it''s'",
            "BACKUP TABLE *, d.public.* TO 'it''s'",
        ),
        (
            "BACKUP \"to\", \"select\" TO 'x'",
            "BACKUP TABLE \"to\", \"select\" TO 'x'",
        ),
    ];
    for (input, expected) in corpus {
        let expected = if expected.is_empty() { input } else { expected };
        assert_eq!(normal(input), expected);
    }
}

#[test]
fn as_of_stands_in_the_from_list_and_nowhere_else() {
    assert_eq!(
        normal("SELECT * FROM t as of system time '-10s' WHERE a = 1"),
        "SELECT * FROM t AS OF SYSTEM TIME '-10s' WHERE a = 1"
    );
    assert_eq!(
        normal(
            "SELECT a FROM t JOIN u ON t.x = u.x AS OF SYSTEM TIME 1475505900000000000.0000000001 ORDER BY a"
        ),
        "SELECT a FROM t JOIN u ON t.x = u.x AS OF SYSTEM TIME 1475505900000000000.0000000001 ORDER BY a"
    );
    normal("(SELECT * FROM t AS OF SYSTEM TIME INTERVAL '-1h')");
    normal("SELECT * FROM (SELECT * FROM t AS OF SYSTEM TIME '1') AS s AS OF SYSTEM TIME '1'");
    for (text, message) in [
        (
            "SELECT a FROM t WHERE AS OF SYSTEM TIME '1'",
            "at end of input: expected an expression",
        ),
        (
            "SELECT * FROM (SELECT * FROM t AS OF SYSTEM TIME '1') AS s",
            "AS OF SYSTEM TIME must be provided on a top-level statement",
        ),
        (
            "SELECT * FROM (SELECT * FROM t AS OF SYSTEM TIME '1') AS s AS OF SYSTEM TIME '2'",
            "cannot specify AS OF SYSTEM TIME with different timestamps",
        ),
        (
            "SELECT * FROM t AS OF SYSTEM TIME $1",
            "takes no placeholder",
        ),
    ] {
        let error = parse_one(text).expect_err(text);
        assert!(error.message.contains(message), "{text}: {error}");
    }
    for text in [
        "SELECT 1 AS OF SYSTEM TIME '1'",
        "SELECT 1 WHERE a = 2 AS OF SYSTEM TIME '1'",
        "SELECT a FROM t ORDER BY a AS OF SYSTEM TIME '1'",
        "UPDATE t SET a = 1 AS OF SYSTEM TIME '1'",
        "DELETE FROM t AS OF SYSTEM TIME '1'",
        "INSERT INTO t VALUES (1) AS OF SYSTEM TIME '1'",
        "VALUES (1) AS OF SYSTEM TIME '1'",
    ] {
        let error = parse_one(text).expect_err(text);
        assert!(
            error.message.contains("must follow the FROM list"),
            "{text}: {error}"
        );
        assert_eq!(
            error.position,
            text.find("AS OF").map(|at| at + 1),
            "{text}"
        );
    }
    assert!(
        statement("EXPLAIN SELECT a FROM t AS OF SYSTEM TIME '-1s'")
            .to_string()
            .ends_with("TIME '-1s'")
    );
}

#[test]
fn what_stands_in_brackets_is_a_relation_after_from_and_an_array_elsewhere() {
    normal("SELECT a FROM t, [SHOW JOBS]");
    normal("SELECT ARRAY[[1, 2], [3, 4]]");
    let error = parse_one("SELECT * FROM [SHOW JOBS WHERE a = 1]").expect_err("no WHERE");
    assert_eq!(error.position, Some(26));
    parse_one("SELECT * FROM [").expect_err("open");
    parse_one("SELECT * FROM []").expect_err("empty");
    let text = "SELECT * FROM [BACKUP t TO 's3://b?AWS_SECRET_ACCESS_KEY=secret']";
    let shown = statement(text).redacted(&|_| "redacted".to_owned());
    assert_eq!(shown, "SELECT * FROM [BACKUP as a relation]");
}

/// A URL or a password in the wrong place is not repeated.
#[test]
fn syntax_errors_show_no_literal() {
    for literal in [
        "'s3://b?AWS_SECRET_ACCESS_KEY=SECRET'",
        "E'SECRET\\n'",
        "U&'SECRET'",
        "N'SECRET'",
        "B'SECRET'",
        "X'5EC2E7'",
        "$$SECRET$$",
        "$x$SECRET$x$",
        "\"s3://b?AWS_SECRET_ACCESS_KEY=SECRET\"",
        "'it''s SECRET: found: SECRET at Line: 1, Column: 1'",
    ] {
        for text in [
            "RESTORE DATABASE d FROM 's3://full' LITERAL",
            "BACKUP DATABASE d LITERAL",
            "BACKUP t TO 'x' INCREMENTAL LITERAL",
            "SHOW BACKUP 'x' LITERAL",
            "BACKUP t TO 'x' WITH LITERAL, LITERAL",
            "CREATE USER amy LITERAL",
            "CREATE USER amy WITH LITERAL",
            "SET CLUSTER SETTING cloudstorage.gs.default.key LITERAL",
            "SET CLUSTER SETTING cloudstorage.gs.default.key = 1 + LITERAL LITERAL",
            "ALTER TABLE t LITERAL",
            "CREATE TABLE LITERAL.LITERAL (k LITERAL",
            "SELECT 1 FROM t LITERAL LITERAL",
            "SELECT a LITERAL.b FROM",
            "SELECT 1 = ANY LITERAL",
            "SET x LITERAL",
            "SELECT a &>LITERAL, LITERAL",
            "COPY t FROM LITERAL WITH",
            "LITERAL",
        ] {
            let text = text.replace("LITERAL", literal);
            let error = parse_one(&text).expect_err(&text);
            let shown = format!("{error:?}");
            assert!(!shown.contains("SECRET"), "{text}: {shown}");
            assert!(!shown.contains("5EC2E7"), "{text}: {shown}");
        }
    }
    for text in [
        "CREATE USER amy WITH PASSWORD \"SECRET\"",
        "ALTER USER amy PASSWORD \"SECRET\"",
        "COPY t FROM STDIN WITH (ENCODING 'SECRET')",
        "BACKUP DATABASE d TO \"SECRET\" AS OF SYSTEM TIME \"SECRET\"",
    ] {
        if let Err(error) = parse_one(text) {
            assert!(
                !format!("{error:?}").contains("SECRET"),
                "{text}: {error:?}"
            );
        }
    }
    for (text, message) in [
        (
            "BACKUP DATABASE d 's3://b'",
            "syntax error at or near \"'…'\": expected TO",
        ),
        (
            "SELECT CAST(1 'a')",
            "syntax error at or near \"'…'\": expected AS",
        ),
        (
            "SELECT CAST(1 E'a')",
            "syntax error at or near \"E'…'\": expected AS",
        ),
        (
            "BACKUP DATABASE d \"D\"",
            "syntax error at or near \"\"D\"\": expected TO",
        ),
    ] {
        assert_eq!(parse_one(text).expect_err(text).message, message);
    }
}

#[test]
fn syntax_errors_say_where_and_how_to_go_on() {
    let error = parse_one("BACKUP ROLE foo, bar TO 'baz'").expect_err("no such targets");
    assert_eq!(error.hint.as_deref(), Some("try \\h BACKUP"));
    assert_eq!(error.position, Some(13));
    let error = parse_one("RESTORE ROLE foo, bar FROM 'baz'").expect_err("no such targets");
    assert_eq!(error.hint.as_deref(), Some("try \\h RESTORE"));
    let error = parse_one("BACKUP foo TO 'bar' INCREMENTAL FROM 'a' AS OF SYSTEM TIME '1'")
        .expect_err("the order is fixed");
    assert!(
        error
            .message
            .contains("AS OF SYSTEM TIME comes before INCREMENTAL FROM"),
        "{error}"
    );
    for (text, position, message) in [
        (
            "BACKUP foo TO 'bar' WITH revision_history AS OF SYSTEM TIME '-10s'",
            43,
            "AS OF SYSTEM TIME comes before INCREMENTAL FROM and WITH",
        ),
        (
            "BACKUP foo TO 'bar' WITH revision_history INCREMENTAL FROM 'a'",
            43,
            "INCREMENTAL FROM comes before WITH",
        ),
        (
            "RESTORE foo FROM 'bar' WITH into_db = 'd' AS OF SYSTEM TIME '-10s'",
            43,
            "AS OF SYSTEM TIME comes before",
        ),
        ("SHOW BACKUP", 12, "expected a location"),
    ] {
        let error = parse_one(text).expect_err(text);
        assert!(error.message.contains(message), "{text}: {error}");
        assert_eq!(error.position, Some(position), "{text}");
    }
    let error = parse_one("BACKUP foo TO 'bar' WITH revision_history, revision_history")
        .expect_err("twice");
    assert_eq!(
        error.message,
        "revision_history option specified multiple times"
    );
    assert_eq!(
        (error.position, error.hint.as_deref()),
        (Some(44), Some("try \\h BACKUP"))
    );
    let error = parse_one("SHOW BACKUP FILES 'a' 'b'").expect_err("two");
    assert_eq!(
        (error.position, error.hint.as_deref()),
        (Some(23), Some("try \\h SHOW BACKUP"))
    );
    let error = parse_one("SELECT 'a' 'secret'").expect_err("two");
    assert_eq!(error.position, Some(12));
    assert!(!error.message.contains("secret"), "{}", error.message);
    for text in ["SELECT  5 .f", "SELECT 't'.f", "SELECT t[1]. 5 FROM t"] {
        let error = parse_one(text).expect_err(text);
        assert!(
            error.message.contains("a constant has no fields"),
            "{error}"
        );
        let position = text.find(['5', '\'']).map(|place| place + 1);
        assert_eq!(error.position, position);
    }
    for text in ["SELECT a FROM @a/b", "SELECT a FROM t JOIN @\"b\" ON true"] {
        let error = parse_one(text).expect_err(text);
        assert!(error.message.contains("near \"@\""), "{error}");
    }
    let error = parse_one("SELECT a, :a").expect_err("a parameter with a name");
    assert_eq!(error.position, Some(11));
    for text in ["SELECT 5 !", "SELECT 5! !"] {
        parse_one(text).expect_err(text);
    }
    let error = parse_one("SELECT f(1). g(2)").expect_err("no field");
    assert_eq!(error.position, Some(14));
    assert_eq!(
        normal("SELECT (t). _A, (t).b FROM t"),
        "SELECT (t).\"_a\", (t).b FROM t"
    );
    for text in [
        "SELECT 1 's'",
        "SELECT 1 AS 's'",
        "SELECT t.'s' FROM t",
        "SELECT * FROM 's'",
        "SELECT * FROM t 's'",
        "SELECT * FROM t AS x ('s')",
        "INSERT INTO t ('s') VALUES (1)",
        "CREATE TABLE 's' (a INT)",
        "CREATE TABLE t ('s' INT)",
        "CREATE TABLE t (a name('s'))",
        "ALTER TABLE t RENAME TO 's'",
        "DROP TABLE 's'",
        "WITH 's' AS (SELECT 1) SELECT 1",
    ] {
        let error = parse_one(text).expect_err(text);
        assert!(error.message.contains("at or near \"'…'\""), "{error}");
        assert_eq!(error.position, Some(text.find("'s'").expect("it") + 1));
    }
    let error = parse_one("SELECT *\nFROM \u{fc} WHERE )").expect_err("no condition");
    assert_eq!(error.position, Some(23));
    let error = parse_one("SELECT 'open").expect_err("an open string");
    assert!(error.position.is_some(), "{error:?}");
    parse_one("SELEC 1").expect_err("no such verb");
    parse_one("SELECT 1 2 3").expect_err("rest");
    parse_one("SELECT 1; SELECT 2").expect_err("two");
}

#[test]
fn operator_classes_read_back() {
    for text in [
        "CREATE TABLE t (k TEXT, PRIMARY KEY (k text_ops DESC), UNIQUE (k text_ops ASC))",
        "CREATE TABLE t (k TEXT, INDEX i (k text_ops DESC))",
        "CREATE INDEX i ON t (a, k text_ops DESC NULLS LAST)",
        "ALTER TABLE t ADD CONSTRAINT c UNIQUE (k text_ops DESC)",
        "ALTER TABLE t ALTER PRIMARY KEY USING COLUMNS (k text_ops DESC)",
    ] {
        assert!(normal(text).contains("k text_ops"), "{text}");
    }
}

/// PostgreSQL 15's words. Read as a number and a name, `3_ae` was not the same when it was printed and read again.
#[test]
fn nothing_is_stuck_to_a_number() {
    for (text, junk) in [
        ("SELECT 123abc", "123abc"),
        ("SELECT 3_ae", "3_ae"),
        ("SELECT 1_000", "1_000"),
        ("SELECT 1._5", "1._5"),
        ("SELECT a.1b", ".1b"),
        ("SELECT 0x1F", "0x1F"),
        ("SELECT 0x", "0x"),
        ("SELECT 1L", "1L"),
        ("SELECT 1.5e", "1.5e"),
        ("SELECT 1e5x", "1e5x"),
        ("SELECT 1e-5x", "1e-5x"),
        ("SELECT 1.5\u{e9}", "1.5\u{e9}"),
        ("SELECT 12and 13", "12and"),
        ("SELECT 1x'1f'", "1x"),
        ("SELECT 1U&'a'", "1U"),
        ("BACKUP t INTO 'x' WITH 3_ae", "3_ae"),
    ] {
        let error = parse_one(text).expect_err(text);
        let message = format!("trailing junk after numeric literal at or near \"{junk}\"");
        assert_eq!(error.message, message, "{text}");
        assert_eq!(error.position, text.find(junk).map(|place| place + 1));
    }
    let error = parse_one("SELECT $1abc + 1").expect_err("no parameter");
    assert_eq!(
        error.message,
        "trailing junk after parameter at or near \"$1abc\""
    );
    assert_eq!(
        normal("SELECT 1\"a\", 2 b, 3/**/c"),
        "SELECT 1 AS \"a\", 2 AS b, 3 AS c"
    );
    for text in [
        "SELECT X'1F', X''",
        "SELECT 1e5, 1.e5, .5, 1.",
        "SELECT $1, $12",
    ] {
        normal(text);
    }
}

#[test]
fn known_forms_are_refused_by_name_not_as_syntax_errors() {
    for text in [
        "BACKUP TO 'bar'",
        "RESTORE FROM 'bar'",
        "BACKUP TABLE foo INTO 'sub' IN 'bar'",
        "BACKUP TABLE foo INTO LATEST IN 'bar' WITH incremental_location = 'baz'",
        "BACKUP DATABASE foo INTO ($1, $2)",
        "RESTORE DATABASE foo FROM LATEST IN 'bar' WITH new_db_name = 'baz'",
        "SHOW BACKUPS IN 'x'",
        "SHOW BACKUP RANGES 'x'",
        r#"SHOW BACKUP RANGES 'x''x', E'x\'\\', "x""x", U&'\00E4'"#,
        "SHOW BACKUP SCHEMAS FROM 'foo' IN 'bar'",
        "SHOW BACKUP FROM LATEST IN 'bar'",
        "SHOW BACKUP LATEST IN 'bar' WITH encryption_passphrase = 'secret', check_files",
        "SHOW EXTERNAL CONNECTIONS",
        "ALTER BACKUP LATEST IN 'x' ADD NEW_KMS = 'y' WITH OLD_KMS = 'z'",
        "RESTORE SYSTEM USERS FROM LATEST IN 'x'",
        "BACKUP TENANT 3 TO 'x'",
        "BACKUP *.* TO 'x'",
        "PAUSE JOB 3 WITH REASON = 'why'",
        "EXPLAIN BACKUP TABLE foo TO 'x'",
        "EXPLAIN ANALYZE RESTORE TABLE foo FROM 'x'",
        "SHOW QUERIES",
        "SHOW RANGES FROM TABLE t",
        "SHOW JOBS FOR SCHEDULE 3",
        "BEGIN AS OF SYSTEM TIME '-10s'",
        "SET TRANSACTION AS OF SYSTEM TIME '-10s'",
        "CREATE USER amy WITH PASSWORD 'x' VALID UNTIL '2030-01-01'",
        "CREATE USER IF NOT EXISTS amy SUPERUSER",
        "GRANT SELECT (a) ON t TO amy",
        "CREATE SCHEDULE FOR BACKUP INTO 'x' RECURRING '@daily'",
    ] {
        assert!(matches!(statement(text), Statement::Later { .. }), "{text}");
        normal(text);
    }
    // The same words as names.
    for text in [
        "BACKUP \"to\" TO 'x'",
        "BACKUP \"into\" TO 'x'",
        "RESTORE \"in\" FROM 'x'",
        "BACKUP tenant TO 'x'",
        "CREATE USER login",
        "CREATE USER IF NOT EXISTS superuser",
    ] {
        assert!(
            !matches!(statement(text), Statement::Later { .. }),
            "{text}"
        );
    }
}

#[test]
fn redacted_form_shows_no_location_as_written() {
    let redact = |_: &str| "redacted".to_owned();
    let text = "RESTORE foo FROM 's3://b?AWS_SECRET_ACCESS_KEY=x', $2 WITH into_db = 'd'";
    assert_eq!(
        statement(text).redacted(&redact),
        "RESTORE TABLE foo FROM 'redacted', $2 WITH into_db = 'd'"
    );
    let text = "SELECT * FROM [SHOW BACKUP 's3://b?AWS_SECRET_ACCESS_KEY=secret']";
    assert_eq!(
        statement(text).redacted(&redact),
        "SELECT * FROM [SHOW BACKUP 'redacted']"
    );
    let text = "EXECUTE p('s3://b?AWS_SECRET_ACCESS_KEY=secret', 'secret' || $1)";
    assert_eq!(
        statement(text).redacted(&redact),
        "EXECUTE p('redacted', 'redacted')"
    );
    for text in [
        "BACKUP foo INTO 's3://secret'",
        "PREPARE a AS BACKUP foo INTO 's3://secret'",
        "BACKUP foo TO 's3://b' WITH encryption_passphrase = 'secret'",
        "RESTORE foo FROM 's3://b' WITH kms = ('secret', 'secret')",
        "SHOW BACKUP 's3://b' WITH encryption_passphrase = 'secret'",
        "BACKUP foo TO 's3://b' WITH incremental_location = 's3://secret'",
        "BACKUP foo TO 's3://b' WITH OPTIONS ('s3://secret' = 'x')",
        "RESTORE foo FROM 's3://b' WITH locations = ('s3://secret', 'b://secret')",
        "RESTORE foo FROM 's3://b' AS OF SYSTEM TIME 's3://secret'",
        "BACKUP foo TO 's3://b' AS OF SYSTEM TIME -'s3://secret'",
    ] {
        assert!(!statement(text).redacted(&redact).contains("secret"));
    }
}

#[test]
fn ordinary_sql_and_own_verbs_around_it_read_back() {
    for text in [
        "UPSERT INTO t (a, b) VALUES (1, 'x'), (2, DEFAULT)",
        "VACUUM",
        "VACUUM ANALYZE a, b.c",
        "CREATE TABLE t (a INT8 PRIMARY KEY, b STRING, c BYTES NOT NULL DEFAULT 'x', d DECIMAL(10,2))",
        "CREATE TABLE t (a INT8, b TEXT, PRIMARY KEY (a, b DESC))",
        "CREATE UNIQUE INDEX i ON t(a, b DESC)",
        "COPY t FROM STDIN",
        "COPY t (a, b) FROM STDIN WITH (FORMAT csv, HEADER, DELIMITER '|', NULL 'x')",
        "COPY d.public.t TO STDOUT CSV HEADER",
        "COPY (SELECT a FROM t WHERE a IN (1, 2)) TO STDOUT",
        "SHOW TABLES FROM d.public",
        "SHOW CREATE TABLE d.t",
        "SHOW COLUMNS FROM t",
        "SHOW TIME ZONE",
        "SET a = 1",
        "BEGIN",
        "COMMIT",
        "SAVEPOINT a",
        "ROLLBACK TO SAVEPOINT a",
        "SELECT substring(a FROM 1 FOR 2), EXTRACT(YEAR FROM d), interval '3' month FROM t",
    ] {
        normal(text);
    }
}

/// sqlparser takes two quotes in a row, and a quote behind a backslash, for printed ones.
#[test]
fn quotes_in_literals_stay_as_many_as_they_are() {
    for (text, expected) in [
        ("SELECT 'it''s'", ""),
        ("SELECT 'a''''b'", r"SELECT E'a\'\'b'"),
        (r"SELECT 'a\''b'", r"SELECT E'a\\\'b'"),
        (r"SELECT E'a\'\'b'", ""),
        ("SHOW JOB 'a''''b'", r"SHOW JOB E'a\'\'b'"),
        ("COMMENT ON TABLE t IS 'a''''b'", ""),
        (
            "CREATE TABLE t (a STRING DEFAULT '''''')",
            r"CREATE TABLE t (a STRING DEFAULT E'\'\'')",
        ),
        ("SELECT x::name(a, \"A b\")", ""),
        ("SELECT EXTRACT('year' FROM t)", ""),
        ("SELECT E'a\\nb', E'a'", "SELECT 'a\nb', 'a'"),
        ("CREATE TABLE t (a STRING, INDEX (a, (a || 'x')))", ""),
        (
            "ALTER TABLE t ALTER PRIMARY KEY USING COLUMNS ((a || 'x'))",
            "",
        ),
    ] {
        let expected = if expected.is_empty() { text } else { expected };
        assert_eq!(normal(text), expected);
    }
    for (text, position, message) in [
        (r#"SELECT "a""""b""#, 8, "two quotes in a row"),
        (r#"SELECT "a\""b""#, 8, "two quotes in a row"),
        ("SELECT N'it''s'", 8, "N'…' is not supported"),
        (
            "SELECT X'a''b'",
            8,
            "\"'\" is not a valid hexadecimal digit",
        ),
        ("SELECT B'012'", 8, "\"2\" is not a valid binary digit"),
    ] {
        let error = parse_one(text).expect_err(text);
        assert!(error.message.contains(message), "{text}: {error}");
        assert_eq!(error.position, Some(position), "{text}");
    }
}

#[test]
fn deep_statements_are_refused_without_overflowing_the_stack() {
    let brackets = format!("SELECT {}1{}", "(".repeat(100_000), ")".repeat(100_000));
    let chain = format!("SELECT 1{}", " + 1".repeat(100_000));
    let nots = format!("SELECT {}true", "NOT ".repeat(100_000));
    let minus = format!("SELECT {}1", "- ".repeat(100_000));
    let cases = format!(
        "SELECT {}1{}",
        "CASE WHEN true THEN ".repeat(50_000),
        " END".repeat(50_000)
    );
    let unions = format!("SELECT 1{}", " UNION SELECT 1".repeat(50_000));
    let shows = format!("SELECT * FROM {}", "[SHOW BACKUP ".repeat(10_000));
    for text in [brackets, chain, nots, minus, cases, unions, shows] {
        parse_one(&text).expect_err("too deep");
    }
    let within = format!("SELECT {}1{}", "(".repeat(60), ")".repeat(60));
    normal(&within);
    // Each is printed in brackets of its own.
    let signs = |count| format!("SELECT a = {}1", "+ ".repeat(count));
    normal(&signs(100));
    parse_one(&signs(101)).expect_err("its printed form is too deep");
    let list = format!("SELECT a FROM t WHERE a IN ({}1)", "1 + 1, ".repeat(20_000));
    parse_one(&list).expect("a long list is flat");
}

/// Each level of these has more than one reading: all of them would take longer than anybody waits.
#[test]
fn what_has_many_readings_is_read_or_refused_soon() {
    let nested = |opening: &str, closing: &str| {
        format!("SELECT {}1{}", opening.repeat(30), closing.repeat(30))
    };
    for (opening, closing) in [
        ("f(", ")"),
        ("(SELECT f(", "))"),
        ("CASE WHEN ", " THEN 1 END"),
    ] {
        normal(&nested(opening, closing));
        parse_one(&nested(opening, "")).expect_err("nothing is closed");
    }
    let refused = move || {
        for (opening, closing) in [
            ("POSITION((", "))"),
            ("SUBSTRING(", ""),
            ("* FROM ((SELECT ", ") a CROSS JOIN b)"),
            ("* FROM ((SELECT ", ""),
            ("* FROM (((SELECT ", ""),
        ] {
            parse_one(&nested(opening, closing)).expect_err("the readings are too many");
        }
    };
    let joins = |levels: usize| {
        let (opening, closing) = ("((SELECT * FROM ", ") a CROSS JOIN b)");
        format!(
            "SELECT * FROM {}t{}",
            opening.repeat(levels),
            closing.repeat(levels)
        )
    };
    normal(&joins(8));
    parse_one(&joins(30)).expect_err("each level is read twice");
    // As large as the stacks of the threads that read statements.
    let thread = std::thread::Builder::new().stack_size(32 << 20);
    let thread = thread.spawn(refused).expect("a thread");
    thread.join().expect("all are refused");
}

/// Without a blank or brackets between them two signs begin a comment, and what follows is lost; others are one operator.
#[test]
fn prefix_operators_are_printed_apart() {
    for (text, printed) in [
        ("SELECT - -a FROM t", "SELECT -(-a) FROM t"),
        (
            "SELECT - - -5, -(-5), a - -b",
            "SELECT -(-(-5)), -(-5), a - -b",
        ),
        ("SELECT ~ # a, ~ ~a, + -a", "SELECT ~(# a), ~(~a), +(-a)"),
        (
            "CREATE TABLE t (a INT DEFAULT - -5)",
            "CREATE TABLE t (a INT DEFAULT -(-5))",
        ),
    ] {
        assert_eq!(normal(text), printed);
    }
}

/// Users, privileges, settings and zones: each spelling has one normal form.
#[test]
fn administration() {
    let corpus = [
        ("CREATE USER amy", ""),
        (
            "create user if not exists amy password 'it''s'",
            "CREATE USER IF NOT EXISTS amy WITH PASSWORD 'it''s'",
        ),
        ("ALTER USER amy WITH PASSWORD $1", ""),
        (
            "ALTER USER 'Amy' PASSWORD NULL",
            "ALTER USER \"Amy\" WITH PASSWORD NULL",
        ),
        ("DROP USER IF EXISTS amy, bob", ""),
        (
            "GRANT SELECT, INSERT ON TABLE a, b.*, c.public.d TO amy, bob",
            "",
        ),
        ("GRANT SELECT ON a TO amy", "GRANT SELECT ON TABLE a TO amy"),
        (
            "REVOKE ALL PRIVILEGES ON DATABASE shop FROM amy",
            "REVOKE ALL ON DATABASE shop FROM amy",
        ),
        ("SHOW GRANTS", ""),
        ("SHOW GRANTS ON DATABASE shop FOR amy", ""),
        (
            "SHOW GRANTS ON shop.* FOR amy, bob",
            "SHOW GRANTS ON TABLE shop.* FOR amy, bob",
        ),
        (
            "SET CLUSTER SETTING Server.A to on",
            "SET CLUSTER SETTING server.a = on",
        ),
        ("SET CLUSTER SETTING a.b = '64MiB'", ""),
        (
            "SET CLUSTER SETTING a.b = DEFAULT",
            "RESET CLUSTER SETTING a.b",
        ),
        ("SHOW CLUSTER SETTING a.b", ""),
        ("SHOW CLUSTER SETTING ALL", "SHOW ALL CLUSTER SETTINGS"),
        (
            "ALTER TABLE d.t CONFIGURE ZONE USING gc.ttlseconds = 600, num_replicas = COPY FROM PARENT",
            "",
        ),
        ("ALTER RANGE default CONFIGURE ZONE USING DEFAULT", ""),
        ("ALTER INDEX d.t@i CONFIGURE ZONE DISCARD", ""),
        (
            "ALTER DATABASE d EXPERIMENTAL CONFIGURE ZONE 'gc: {ttlseconds: 600}'",
            "ALTER DATABASE d CONFIGURE ZONE = 'gc: {ttlseconds: 600}'",
        ),
        (
            "ALTER DATABASE d EXPERIMENTAL CONFIGURE ZONE NULL",
            "ALTER DATABASE d CONFIGURE ZONE DISCARD",
        ),
        ("SHOW ZONE CONFIGURATION FOR RANGE default", ""),
        ("SHOW ZONE CONFIGURATIONS", "SHOW ALL ZONE CONFIGURATIONS"),
        ("EXPERIMENTAL SHOW ZONE CONFIGURATION FOR TABLE t", ""),
        ("SELECT * FROM [SHOW GRANTS ON DATABASE shop]", ""),
    ];
    for (input, expected) in corpus {
        let expected = if expected.is_empty() { input } else { expected };
        assert_eq!(normal(input), expected);
    }
    for later in [
        "CREATE ROLE r",
        "GRANT admin TO amy",
        "GRANT SELECT ON SCHEMA s TO amy",
    ] {
        assert!(
            matches!(statement(later), Statement::Later { .. }),
            "{later}"
        );
    }
}

/// What is logged or shown holds no password.
#[test]
fn a_password_is_never_shown() {
    for text in [
        "CREATE USER amy PASSWORD 'hunter2'",
        "ALTER USER amy WITH PASSWORD 'hunter2'",
    ] {
        let shown = statement(text).redacted(&str::to_owned);
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

#[test]
fn tables_with_indexes_and_computed_columns() {
    let table = "CREATE TABLE t (a INT, \"index\" VARCHAR(10), c INT GENERATED ALWAYS AS (a + 1) STORED, \
                 CONSTRAINT k UNIQUE (a), INDEX by_c (c DESC), INDEX (a), UNIQUE INDEX (a, c))";
    assert_eq!(normal(table), table);
    assert_eq!(
        normal(
            "create table t (index by_c (c DESC), a INT, \"index\" VARCHAR(10), c INT AS (a + 1) STORED, \
             constraint k unique (a), index (a), unique index (a, c))"
        ),
        table
    );
    // Columns may be called index.
    normal("CREATE TABLE t (index VARCHAR(10), unique_index INT)");
    normal("CREATE TABLE t (index VARCHAR(10) DEFAULT CAST('a' AS VARCHAR(1)))");
    for (text, what) in [
        (
            "CREATE TABLE t (a INT, INVERTED INDEX (a))",
            "INVERTED INDEX",
        ),
        (
            "CREATE TABLE t (a INT, b INT, INDEX (a) STORING (b))",
            "an index that stores more columns",
        ),
    ] {
        let Statement::Later { what: found, .. } = statement(text) else {
            panic!("{text:?} is read");
        };
        assert_eq!(found, what);
    }
}

#[test]
fn comments() {
    for text in [
        "COMMENT ON DATABASE d IS 'it''s one'",
        "COMMENT ON TABLE d.public.t IS NULL",
        "COMMENT ON VIEW v IS ''",
        "COMMENT ON COLUMN d.t.\"C\" IS 'x'",
        "COMMENT ON INDEX t@i IS 'x'",
        "COMMENT ON INDEX i IS 'x'",
        "COMMENT ON CONSTRAINT c ON t IS 'x'",
    ] {
        assert_eq!(normal(text), text);
    }
    assert!(parse_one("COMMENT ON COLUMN c IS 'no table'").is_err());
    assert!(parse_one("COMMENT ON TABLE t IS 5").is_err());
}

/// Forms that sqlparser does not know stand beside those it does: a wrong turn would read one as the other.
#[test]
fn changes_of_definitions() {
    let forms = [
        ("ALTER INDEX i RENAME TO j", ""),
        ("ALTER INDEX IF EXISTS d.t@i RENAME TO j", ""),
        ("ALTER INDEX t@\"I\" RENAME TO j", ""),
        ("DROP INDEX i", ""),
        ("DROP INDEX CONCURRENTLY i RESTRICT", "DROP INDEX i"),
        ("DROP INDEX IF EXISTS t@i, public.t@j, d.k CASCADE", ""),
        (
            "ALTER TABLE t ALTER PRIMARY KEY USING COLUMNS (a, b DESC)",
            "",
        ),
        (
            "ALTER TABLE IF EXISTS d.t ALTER PRIMARY KEY USING COLUMNS (a)",
            "",
        ),
        (
            "ALTER TABLE t ALTER COLUMN a SET NOT NULL, DROP COLUMN b",
            "",
        ),
        ("ALTER TABLE t RENAME TO u", ""),
        ("TRUNCATE TABLE a, b CASCADE", ""),
    ];
    for (text, expected) in forms {
        let expected = if expected.is_empty() { text } else { expected };
        assert_eq!(normal(text), expected);
    }
}
