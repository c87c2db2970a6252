//! Lines that begin with a backslash: what they mean, as statements where that will do.

use cairn_syntax::quote;

use crate::arguments::Format;

/// What a backslash command asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Quit,
    Help,
    /// Statements to run in its place.
    Run(Vec<String>),
    /// Whether to tell how long statements take; `None`: the other way than now.
    Timing(Option<bool>),
    Format(Format),
}

pub const HELP: &str = r"\?                 this help
\q                 leave
\l                 databases
\c DATABASE        go into a database
\d                 tables, views and sequences
\d NAME            columns, indexes and constraints of a table, columns of a view
\dt \dv \ds \di    tables, views, sequences, indexes
\du                users
\sc NAME           the statement that makes a table, view or sequence
\timing [on|off]   tell how long statements take
\format table|csv  how answers are printed

A statement ends with a semicolon. A backslash at the end of a line goes on in the next one.
Tab completes words and names, the arrows bring back what was typed.
Ctrl-C stops a statement or drops a line, Ctrl-D leaves.";

/// All that begin a line, for those who type them.
#[rustfmt::skip]
pub const NAMES: &[&str] = &[
    "\\?", "\\c", "\\connect", "\\d", "\\di", "\\ds", "\\dt", "\\du", "\\dv", "\\format", "\\help", "\\l", "\\q", "\\sc", "\\timing",
];

/// Reads a line. `None`: it is no command.
///
/// # Errors
/// In words, for a command that is not known or has the wrong argument.
pub fn read(line: &str) -> Option<Result<Command, String>> {
    let line = line.trim().trim_end_matches(';').trim_end();
    let rest = line.strip_prefix('\\')?;
    let (name, argument) = match rest.split_once(char::is_whitespace) {
        Some((name, argument)) => (name, argument.trim()),
        None => (rest, ""),
    };
    Some(command(name, argument))
}

fn command(name: &str, argument: &str) -> Result<Command, String> {
    let relations = |kinds: &str| {
        Ok(Command::Run(vec![format!(
            "SELECT relname AS name, CASE relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' ELSE 'sequence' END AS type, \
             obj_description(oid, 'pg_class') AS comment FROM pg_catalog.pg_class \
             WHERE relnamespace = 2200 AND relkind IN ({kinds}) ORDER BY relname"
        )]))
    };
    match (name, argument) {
        ("q" | "quit", "") => Ok(Command::Quit),
        ("?" | "h" | "help", _) => Ok(Command::Help),
        ("l", "") => Ok(Command::Run(vec!["SHOW DATABASES".to_owned()])),
        ("du", "") => Ok(Command::Run(vec!["SHOW USERS".to_owned()])),
        ("d", "") => relations("'r', 'v', 'S'"),
        ("dt", "") => relations("'r'"),
        ("dv", "") => relations("'v'"),
        ("ds", "") => relations("'S'"),
        ("di", "") => Ok(Command::Run(vec![
            "SELECT tablename AS table, indexname AS index, indexdef AS definition FROM pg_catalog.pg_indexes ORDER BY 1, 2"
                .to_owned(),
        ])),
        ("c" | "connect", "") => Err(format!("\\{name} needs the name of a database")),
        ("c" | "connect", database) => Ok(Command::Run(vec![format!("USE {}", identifier(database))])),
        ("d", relation) => Ok(Command::Run(
            ["COLUMNS", "INDEXES", "CONSTRAINTS"]
                .map(|what| format!("SHOW {what} FROM {relation}"))
                .to_vec(),
        )),
        ("sc", relation) if !relation.is_empty() => {
            Ok(Command::Run(vec![format!("SHOW CREATE {relation}")]))
        }
        ("timing", "") => Ok(Command::Timing(None)),
        ("timing", "on") => Ok(Command::Timing(Some(true))),
        ("timing", "off") => Ok(Command::Timing(Some(false))),
        ("format", "table") => Ok(Command::Format(Format::Table)),
        ("format", "csv") => Ok(Command::Format(Format::Csv)),
        ("l" | "du" | "dt" | "dv" | "ds" | "di" | "q" | "quit", _) => {
            Err(format!("\\{name} takes no argument"))
        }
        ("timing" | "format" | "sc", _) => {
            Err(format!("\\{name} cannot be used so; \\? shows how"))
        }
        _ => Err(format!("there is no \\{name}; \\? shows what there is")),
    }
}

/// A name as psql's commands take it: between double quotes as it is, else folded.
fn identifier(name: &str) -> String {
    let quoted = name
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    match quoted {
        Some(name) => quote(&name.replace("\"\"", "\"")),
        None => quote(&name.to_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Command, read};
    use crate::arguments::Format;

    #[test]
    fn a_backslash_begins_a_command() {
        let run = |text: &str| Some(Ok(Command::Run(vec![text.to_owned()])));
        assert_eq!(read(r"\q"), Some(Ok(Command::Quit)));
        assert_eq!(read(r" \l ; "), run("SHOW DATABASES"));
        assert_eq!(
            read(r#"\connect "Odd ""one""""#),
            run(r#"USE "Odd ""one""""#)
        );
        assert_eq!(read(r"\c Bank"), run("USE bank"));
        assert_eq!(read(r"\timing"), Some(Ok(Command::Timing(None))));
        assert_eq!(read(r"\format csv"), Some(Ok(Command::Format(Format::Csv))));
        let Some(Ok(Command::Run(statements))) = read(r"\d bank.accounts") else {
            panic!("no statements");
        };
        assert_eq!(statements[0], "SHOW COLUMNS FROM bank.accounts");
        assert_eq!(read("SELECT 1"), None);
        assert!(
            read(r"\nonsense")
                .unwrap()
                .unwrap_err()
                .contains(r"\nonsense")
        );
        assert!(read(r"\format xml").unwrap().is_err());
    }
}
