//! What Tab makes of the beginning of a word: keywords, names, commands.

use cairn_syntax::quote;
use rustyline::Context;
use rustyline::completion::Completer;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use super::command;
use super::terminal::{Kind, Told};
use crate::script;

/// Words of statements, as often typed.
#[rustfmt::skip]
const KEYWORDS: &[&str] = &[
    "ADD", "ALL", "ALTER", "ALWAYS", "ANALYZE", "AND", "ARRAY", "AS", "ASC", "AT", "BACKUP", "BEGIN", "BETWEEN", "BIGINT", "BOOL",
    "BY", "BYTES", "CANCEL", "CASCADE", "CASE", "CAST", "CHECK", "CLUSTER", "COLLATE", "COLUMN", "COLUMNS", "COMMENT", "COMMIT",
    "CONFIGURE", "CONFLICT", "CONSTRAINT", "CONSTRAINTS", "COPY", "CREATE", "CROSS", "CSV", "CURRENT_DATE", "CURRENT_TIMESTAMP",
    "DATABASE", "DATABASES", "DATE", "DEALLOCATE", "DECIMAL", "DEFAULT", "DELETE", "DELIMITER", "DESC", "DISTINCT", "DO", "DROP",
    "ELSE", "END", "ESCAPE", "EXCEPT", "EXECUTE", "EXISTS", "EXPLAIN", "FALSE", "FILES", "FILTER", "FIRST", "FLOAT", "FOLLOWING",
    "FOREIGN", "FORMAT", "FROM", "FULL", "GENERATED", "GRANT", "GRANTS", "GROUP", "HAVING", "HEADER", "IDENTITY", "IF", "ILIKE", "IN",
    "INCREMENTAL", "INDEX", "INDEXES", "INNER", "INSERT", "INT", "INTERSECT", "INTERVAL", "INTO", "IS", "JOB", "JOBS", "JOIN",
    "JSONB", "KEY", "LAST", "LATERAL", "LEFT", "LIKE", "LIMIT", "NATURAL", "NOT", "NOTHING", "NULL", "NULLS", "OFFSET", "ON", "OPTIONS",
    "OR", "ORDER", "OUTER", "OVER", "PARTITION", "PASSWORD", "PAUSE", "PRECEDING", "PREPARE", "PRIMARY", "RECURSIVE", "REFERENCES",
    "RENAME", "RESTORE", "RESTRICT", "RESUME", "RETURNING", "REVOKE", "RIGHT", "ROLLBACK", "ROW", "ROWS", "SAVEPOINT", "SELECT",
    "SEQUENCE", "SEQUENCES", "SET", "SETTING", "SHOW", "SMALLINT", "STDIN", "STDOUT", "STORED", "STRING", "SYSTEM", "TABLE", "TABLES",
    "TEXT", "THEN", "TIME", "TIMESTAMP", "TIMESTAMPTZ", "TO", "TRANSACTION", "TRUE", "TRUNCATE", "UNION", "UNIQUE", "UPDATE",
    "UPSERT", "USE", "USER", "USERS", "USING", "UUID", "VALUES", "VARCHAR", "VIEW", "WHEN", "WHERE", "WINDOW", "WITH", "ZONE",
];

/// Completes words at a terminal.
pub struct Completion {
    teller: UnboundedSender<Told>,
    pub kind: Kind,
}

impl Completion {
    pub fn new(teller: UnboundedSender<Told>) -> Completion {
        let kind = Kind::Statement;
        Completion { teller, kind }
    }

    /// The names that the session knows; waits for its answer.
    fn names(&self) -> Vec<String> {
        let (wanted, names) = oneshot::channel();
        match self.teller.send(Told::Names(wanted)) {
            Ok(()) => names.blocking_recv().unwrap_or_default(),
            Err(_) => Vec::new(),
        }
    }
}

impl Completer for Completion {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        Ok(match self.kind {
            // A tab separates fields.
            Kind::Data => (position, vec!["\t".to_owned()]),
            _ => {
                let before = line.get(..position).unwrap_or_default();
                candidates(before, || self.names())
            }
        })
    }
}

impl Hinter for Completion {
    type Hint = String;
}
impl Highlighter for Completion {}
impl Validator for Completion {}
impl rustyline::Helper for Completion {}

/// Where the last word begins, and what may stand in its place.
fn candidates(before: &str, names: impl FnOnce() -> Vec<String>) -> (usize, Vec<String>) {
    if command::NAMES.iter().any(|name| name.starts_with(before)) && before.starts_with('\\') {
        let known = command::NAMES.iter();
        let fitting = known.filter(|name| name.starts_with(before));
        return (0, fitting.map(|name| (*name).to_owned()).collect());
    }
    let start = before
        .rfind(|character: char| !character.is_alphanumeric() && character != '_')
        .map_or(0, |at| {
            at + before
                .get(at..)
                .and_then(|rest| rest.chars().next())
                .map_or(1, char::len_utf8)
        });
    let (front, word) = before.split_at(start);
    let is_part = front.ends_with('.');
    if script::is_inside_quotes(before) || (word.is_empty() && !is_part) {
        return (before.len(), Vec::new());
    }
    let folded = word.to_lowercase();
    let mut fitting: Vec<String> = names();
    fitting.retain(|name| name.to_lowercase().starts_with(&folded));
    let mut fitting: Vec<String> = fitting.iter().map(|name| quote(name)).collect();
    if !is_part && !front.starts_with('\\') {
        let upper = word.to_uppercase();
        let is_lower = word == folded;
        let keywords = KEYWORDS.iter().filter(|known| known.starts_with(&upper));
        fitting.extend(keywords.map(|known| match is_lower {
            true => known.to_lowercase(),
            false => (*known).to_owned(),
        }));
    }
    fitting.sort();
    fitting.dedup();
    (start, fitting)
}

#[cfg(test)]
mod tests {
    use super::{KEYWORDS, candidates};

    fn complete(before: &str) -> (usize, Vec<String>) {
        let names = ["accounts", "balance", "bank", "Odd Name", "selection"];
        candidates(before, || names.map(str::to_owned).to_vec())
    }

    fn fitting(before: &str) -> Vec<String> {
        complete(before).1
    }

    #[test]
    fn a_word_becomes_a_keyword_or_a_name() {
        assert_eq!(fitting("SEL"), ["SELECT", "selection"]);
        assert_eq!(fitting("sele"), ["select", "selection"]);
        assert_eq!(
            complete("SELECT * FROM acc"),
            (14, vec!["accounts".to_owned()])
        );
        assert_eq!(fitting("SELECT odd"), ["\"Odd Name\""]);
        assert_eq!(fitting("SELECT bank.b"), ["balance", "bank"]);
        assert_eq!(fitting("SELECT a."), fitting("SELECT b."));
        assert_eq!(complete("SELECT ä.acc").0, "SELECT ä.".len());
    }

    #[test]
    fn a_command_is_completed_and_its_argument_is_a_name() {
        assert_eq!(fitting("\\ti"), ["\\timing"]);
        assert_eq!(fitting("\\d acc"), ["accounts"]);
        assert_eq!(fitting("\\d sel"), ["selection"]);
    }

    #[test]
    fn a_text_and_nothing_are_left_alone() {
        assert_eq!(fitting("SELECT 'acc"), Vec::<String>::new());
        assert_eq!(fitting("SELECT "), Vec::<String>::new());
        assert_eq!(fitting(""), Vec::<String>::new());
    }

    #[test]
    fn keywords_are_in_order() {
        assert!(KEYWORDS.is_sorted());
    }
}
