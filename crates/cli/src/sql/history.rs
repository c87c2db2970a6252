//! Which file keeps what was typed, and what it may keep.

use std::path::PathBuf;

use cairn_syntax::parse;

/// Names the file in place of `~/.cairn_history`; empty: none is kept.
const VARIABLE: &str = "CAIRN_HISTORY";

/// What a statement with a secret is likely to hold, even one that is misspelt.
const SUSPICIOUS: [&str; 11] = [
    "PAS",
    "PWD",
    "USER",
    "ROLE",
    "SECRET",
    "TOKEN",
    "CREDENTIAL",
    "_KEY",
    ".KEY",
    "KEY=",
    ":/",
];

/// An option that has a secret, and is refused, since backups are not encrypted; its statement is not redacted.
const PASSPHRASE: &str = "PASSPHRASE";

pub fn file() -> Option<PathBuf> {
    match std::env::var_os(VARIABLE) {
        Some(file) => Some(file.into()).filter(|file: &PathBuf| !file.as_os_str().is_empty()),
        None => std::env::home_dir().map(|home| home.join(".cairn_history")),
    }
}

/// Whether there is no secret in what was typed. In doubt there is one: what cannot be read is judged by its words.
pub fn may_keep(text: &str) -> bool {
    match parse(text) {
        Ok(statements) => {
            let open = statements.iter().all(|parsed| {
                let shown = parsed.statement.redacted(&cairn_blob::redact);
                shown == parsed.statement.to_string()
            });
            open && !text.to_uppercase().contains(PASSPHRASE)
                && urls(text).all(|url| cairn_blob::redact(url) == url)
        }
        Err(_) => {
            let text = text.to_uppercase();
            !SUSPICIOUS.iter().any(|word| text.contains(word))
        }
    }
}

/// Whatever may be a URL, wherever it stands.
fn urls(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| character.is_whitespace() || matches!(character, '\'' | '"'))
        .filter(|word| word.contains("://"))
}

#[cfg(test)]
mod tests {
    use super::may_keep;

    #[test]
    fn statements_are_kept_unless_they_hold_a_secret() {
        for text in [
            "SELECT 1",
            "SELECT * FROM t WHERE name = 'amy'",
            "SELEC * FROM t WHERE name = 'amy'",
            "BACKUP DATABASE bank TO 'nodelocal:///b'",
            "CREATE USER amy",
            "\\d accounts",
            "CREATE TABLE t (a INT PRIMARY KEY)",
            "INSERT INTO links VALUES ('https://example.org/a')",
        ] {
            assert!(may_keep(text), "{text}");
        }
        for text in [
            "CREATE USER amy WITH PASSWORD 'hunter2'",
            "SELECT 1; ALTER USER amy WITH PASSWORD 'hunter2'",
            "CRATE USR amy WITH PASWORD 'hunter2'",
            "BACKUP DATABASE bank TO 's3://b/p?AWS_ACCESS_KEY_ID=a&AWS_SECRET_ACCESS_KEY=hunter2'",
            "BACKUP DATABASE bank T 's3://b/p?AWS_ACCESS_KEY_ID=a&AWS_SECRET_ACCESS_KEY=hunter2'",
            "INSERT INTO notes VALUES ('https://amy:hunter2@example.org/')",
            "SET CLUSTER SETTING cloudstorage.gs.default.key = 'hunter2'",
            "BACKUP DATABASE bank TO 'nodelocal:///b' WITH encryption_passphrase = 'hunter2'",
        ] {
            assert!(!may_keep(text), "{text}");
        }
    }
}
