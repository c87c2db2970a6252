//! Forms that Cairn knows of and does not do yet. They are recognised by their words, so that the refusal can name them.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::{literals, reader::Reader};

/// The name of a known form that is not supported, if the statement is one.
pub(crate) fn known(reader: &Reader<'_>) -> Option<String> {
    let first = reader.word_at(0)?;
    let second = reader.word_at(1).unwrap_or_default();
    let has = |words: &[&str]| contains(reader, words);
    let what = match (first.as_str(), second.as_str()) {
        ("BACKUP", "TO") if !has(&["TO", "TO"]) && !is_name_of_target(reader, "TO") => {
            "BACKUP of the whole cluster"
        }
        ("RESTORE", "FROM") if !is_name_of_target(reader, "FROM") => "RESTORE of the whole cluster",
        ("BACKUP", _) if has(&["INTO"]) => "BACKUP INTO a collection",
        ("BACKUP", "TENANT" | "VIRTUAL") if !has_target_end(reader, 2, "TO") => "BACKUP TENANT",
        ("RESTORE", "SYSTEM") if has(&["SYSTEM", "USERS"]) => "RESTORE SYSTEM USERS",
        ("RESTORE", "TENANT" | "VIRTUAL") if !has_target_end(reader, 2, "FROM") => "RESTORE TENANT",
        ("RESTORE", _) if has(&["IN"]) => "RESTORE from a collection",
        ("SHOW", "BACKUPS") => "SHOW BACKUPS IN a collection",
        ("SHOW", "BACKUP") => match reader.word_at(2).unwrap_or_default().as_str() {
            form @ ("RANGES" | "VALIDATE") if reader.token_at(3).is_some() => {
                return Some(format!("SHOW BACKUP {form}"));
            }
            _ if has(&["IN"]) => "SHOW BACKUP IN a collection",
            _ => return None,
        },
        (
            "SHOW",
            "ROLES"
            | "QUERIES"
            | "SESSIONS"
            | "STATEMENTS"
            | "TRANSACTIONS"
            | "RANGE"
            | "RANGES"
            | "EXPERIMENTAL_RANGES"
            | "REGIONS"
            | "LOCALITY"
            | "PARTITIONS"
            | "STATISTICS"
            | "TRACE"
            | "TYPES"
            | "FUNCTIONS",
        ) => return Some(format!("SHOW {second}")),
        ("BEGIN" | "START" | "SET", _) if has(&["AS", "OF", "SYSTEM", "TIME"]) => {
            "AS OF SYSTEM TIME of a whole transaction"
        }
        ("CREATE" | "ALTER" | "DROP", "ROLE") => return Some(format!("{first} ROLE")),
        ("CREATE" | "ALTER", "USER") => {
            const OPTIONS: [&str; 12] = [
                "SUPERUSER",
                "NOSUPERUSER",
                "CREATEDB",
                "NOCREATEDB",
                "CREATEROLE",
                "NOCREATEROLE",
                "LOGIN",
                "NOLOGIN",
                "VALID",
                "IN",
                "SET",
                "RENAME",
            ];
            let option = OPTIONS
                .iter()
                .find(|option| has_behind_user(reader, option))?;
            return Some(format!("{first} USER … {option}"));
        }
        ("GRANT" | "REVOKE", _) => match rights(reader) {
            Some(what) => return Some(format!("{first} {what}")),
            None => return None,
        },
        ("SHOW", "SCHEDULES" | "SCHEDULE") => "SHOW SCHEDULES",
        ("SHOW", "AUTOMATIC") => "SHOW AUTOMATIC JOBS",
        ("SHOW", "JOB" | "JOBS") if has(&["WHEN", "COMPLETE"]) => "SHOW JOBS WHEN COMPLETE",
        ("SHOW", "RESTORE") => "SHOW RESTORE POINTS",
        ("SHOW", "CREATE")
            if reader.word_at(2).as_deref() == Some("SCHEDULE") && reader.token_at(3).is_some() =>
        {
            "SHOW CREATE SCHEDULE"
        }
        ("SHOW", "JOB" | "JOBS") if has(&["FOR", "SCHEDULE"]) || has(&["FOR", "SCHEDULES"]) => {
            "SHOW JOBS FOR SCHEDULE"
        }
        ("EXPLAIN", "BACKUP" | "RESTORE") => return Some(format!("EXPLAIN {second}")),
        ("EXPLAIN", "ANALYZE") => match reader.word_at(2).unwrap_or_default().as_str() {
            verb @ ("BACKUP" | "RESTORE") => return Some(format!("EXPLAIN ANALYZE {verb}")),
            _ => return None,
        },
        ("ALTER" | "SHOW" | "EXPERIMENTAL", _)
            if has(&["ZONE"]) && (second == "PARTITION" || has(&["FOR", "PARTITION"])) =>
        {
            "zone configuration of a partition"
        }
        ("ALTER", "BACKUP") => "ALTER BACKUP",
        ("CREATE", "SCHEDULE") => "CREATE SCHEDULE",
        ("CREATE" | "DROP" | "SHOW", "EXTERNAL") => "EXTERNAL CONNECTION",
        ("PAUSE", "JOB") if has(&["WITH", "REASON"]) => "PAUSE JOB … WITH REASON",
        ("BACKUP" | "RESTORE", _) if all_databases(reader) => {
            return Some(format!("{first} *.*"));
        }
        (
            "PAUSE" | "RESUME" | "CANCEL",
            "JOBS" | "ALL" | "QUERY" | "QUERIES" | "SESSION" | "SESSIONS",
        ) => {
            return Some(format!("{first} {second}"));
        }
        ("PAUSE" | "RESUME" | "DROP", "SCHEDULE" | "SCHEDULES") => {
            return Some(format!("{first} SCHEDULE"));
        }
        ("VACUUM", "FULL" | "FREEZE" | "VERBOSE") => return Some(format!("VACUUM {second}")),
        ("IMPORT", _) => "IMPORT",
        ("EXPORT", _) => "EXPORT",
        ("CREATE", "INDEX" | "UNIQUE") if has(&["INTERLEAVE", "IN", "PARENT"]) => {
            "INTERLEAVE IN PARENT of an index"
        }
        ("CREATE", "TEMPORARY" | "TEMP") if has(&["SEQUENCE"]) => "TEMPORARY sequences",
        ("CREATE", "TABLE" | "INDEX") if has(&["INVERTED", "INDEX"]) => "INVERTED INDEX",
        ("CREATE", "INVERTED") => "INVERTED INDEX",
        ("CREATE", "TABLE") if has_list(reader, &["STORING", "COVERING", "INCLUDE"]) => {
            "an index that stores more columns"
        }
        ("SPLIT" | "SCATTER" | "RELOCATE", _) => return Some(first),
        _ => return None,
    };
    Some(what.to_owned())
}

/// What a GRANT or REVOKE is about that is not a privilege on databases or tables.
fn rights(reader: &Reader<'_>) -> Option<&'static str> {
    let has = |words: &[&str]| contains(reader, words);
    if !has(&["ON"]) {
        return Some("of roles");
    }
    if reader.token_at(2) == Some(&Token::LParen) {
        return Some("on columns");
    }
    if has(&["GRANT", "OPTION"]) {
        return Some("… WITH GRANT OPTION");
    }
    let other = [
        "SCHEMA",
        "SEQUENCE",
        "FUNCTION",
        "TYPE",
        "LANGUAGE",
        "TABLESPACE",
        "ALL",
    ];
    other
        .iter()
        .any(|word| has(&["ON", word]))
        .then_some("on anything but databases and tables")
}

/// Whether the pattern `*.*` stands somewhere.
fn all_databases(reader: &Reader<'_>) -> bool {
    let tokens = |at: usize| [0, 1, 2].map(|ahead| reader.token_at(at + ahead));
    let wanted = [Some(&Token::Mul), Some(&Token::Period), Some(&Token::Mul)];
    (1..)
        .take_while(|at| reader.token_at(*at).is_some())
        .any(|at| tokens(at) == wanted)
}

/// The statement as it can be read back: its tokens, one blank between each.
pub(crate) fn text(tokens: &[TokenWithSpan]) -> String {
    tokens
        .iter()
        .map(|token| literals::spelled(&token.token))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Whether these unquoted words stand anywhere after the first one.
fn contains(reader: &Reader<'_>, words: &[&str]) -> bool {
    let mut at = 1;
    while reader.token_at(at).is_some() {
        let here = words
            .iter()
            .enumerate()
            .all(|(ahead, word)| reader.word_at(at + ahead).as_deref() == Some(*word));
        // After a dot it is a name.
        let named = reader.token_at(at - 1) == Some(&Token::Period);
        if here && !named {
            return true;
        }
        at += 1;
    }
    false
}

/// Whether an unquoted word stands behind the name in `CREATE | ALTER USER [IF [NOT] EXISTS] name`.
fn has_behind_user(reader: &Reader<'_>, word: &str) -> bool {
    let mut behind = reader.clone();
    behind.skip();
    behind.skip();
    let _ = behind.accept(&["IF", "NOT", "EXISTS"]) || behind.accept(&["IF", "EXISTS"]);
    contains(&behind, &[word])
}

/// Whether one of these words follows a closing bracket and stands before an opening one.
fn has_list(reader: &Reader<'_>, words: &[&str]) -> bool {
    let mut at = 1;
    while reader.token_at(at + 1).is_some() {
        let here = reader
            .word_at(at)
            .is_some_and(|word| words.contains(&word.as_str()));
        if here
            && reader.token_at(at - 1) == Some(&Token::RParen)
            && reader.token_at(at + 1) == Some(&Token::LParen)
        {
            return true;
        }
        at += 1;
    }
    false
}

/// `BACKUP to TO 'x'` is about a table called to.
fn is_name_of_target(reader: &Reader<'_>, end: &str) -> bool {
    matches!(reader.token_at(2), Some(Token::Comma | Token::Period))
        || has_target_end(reader, 2, end)
}

fn has_target_end(reader: &Reader<'_>, at: usize, end: &str) -> bool {
    reader.word_at(at).as_deref() == Some(end)
        || matches!(reader.token_at(at), Some(Token::Comma | Token::Period))
}
