//! `cairn sql`: statements from the command line, from standard input, or from a person at a terminal; answers as psql prints them.
//!
//! HOW DATA FLOWS
//!   1. A `Source` gives the lines of standard input.
//!   2. A line that begins with a backslash is a `command`; the others gather until `script` finds a semicolon.
//!   3. `shell` runs each statement and prints what comes back; the lines behind COPY … FROM STDIN are its data, up to `\.`.
//! ERRORS
//!   At a terminal they are told and the next statement is waited for; else the first one ends it.

mod command;
mod shell;

use std::io::{IsTerminal, Lines, StdinLock};

use crate::arguments::Sql;
use crate::client::{Client, NO_DATA};
use crate::failure::Outcome;
use crate::script;
use shell::{After, Shell};

pub use shell::run_text;

pub async fn run(arguments: Sql) -> Outcome {
    let url = arguments.server.url()?;
    let client = Client::connect(&url).await?;
    let is_person = arguments.execute.is_empty() && std::io::stdin().is_terminal();
    let mut shell = Shell::new(client, url, arguments.format, is_person);
    for text in &arguments.execute {
        if let Some(command) = command::read(text) {
            shell.obey(command).await?;
            continue;
        }
        let text = script::join_continued(text);
        let (mut statements, rest) = script::split(&text);
        statements.extend(Some(rest).filter(|rest| !rest.trim().is_empty()));
        for statement in statements {
            shell.statement(statement, NO_DATA).await?;
        }
    }
    match arguments.execute.is_empty() {
        false => Ok(()),
        true => {
            let source = Source {
                lines: std::io::stdin().lines(),
                is_person,
            };
            converse(&mut shell, source).await
        }
    }
}

/// Where lines come from: standard input, with a prompt for a person.
struct Source {
    lines: Lines<StdinLock<'static>>,
    is_person: bool,
}

impl Source {
    /// The next line, or the end.
    fn next(&mut self, prompt: &str) -> Outcome<Option<String>> {
        if self.is_person {
            eprint!("{prompt}");
        }
        Ok(self.lines.next().transpose()?)
    }

    /// The next line of a COPY's data, or its end.
    fn data(&mut self) -> Outcome<Option<String>> {
        Ok(self.next("copy> ")?.filter(|line| line != "\\."))
    }
}

/// Runs each statement once its semicolon has been read.
async fn converse(shell: &mut Shell, mut source: Source) -> Outcome {
    let mut pending = String::new();
    loop {
        let begun = !pending.trim().is_empty();
        let line = source.next(if begun { "    -> " } else { "cairn> " })?;
        let ended = line.is_none();
        if let Some(line) = line {
            if !begun && let Some(command) = command::read(&line) {
                let outcome = shell.obey(command).await;
                if let After::Leave = shell.tell(outcome)? {
                    return Ok(());
                }
                continue;
            }
            pending.push_str(&line);
            pending.push('\n');
        }
        let text = script::join_continued(&pending);
        let (mut statements, rest) = script::split(&text);
        if ended && !rest.trim().is_empty() {
            statements.push(rest);
        }
        for statement in &statements {
            let data = || source.data();
            let outcome = shell.statement(statement, Some(data)).await;
            shell.tell(outcome.map(|()| After::GoOn))?;
        }
        if ended {
            return Ok(());
        }
        if !statements.is_empty() {
            pending = rest.trim_start().to_owned();
        }
    }
}
