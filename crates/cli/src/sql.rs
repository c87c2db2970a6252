//! `cairn sql`: statements from the command line, from standard input, or from a person at a terminal; answers as psql prints them.
//!
//! HOW DATA FLOWS
//!   1. A `Source` gives the lines: of standard input, or those that a person types at a `terminal`, which edits them, completes words
//!      (`completion`) and keeps them (`history`).
//!   2. A line that begins with a backslash is a `command`; the others gather until `script` finds a semicolon.
//!   3. `shell` runs each statement and prints what comes back; the lines behind COPY … FROM STDIN are its data, up to `\.`.
//! ERRORS
//!   At a terminal they are told and the next statement is waited for; else the first one ends it.

mod command;
mod completion;
mod history;
mod shell;
mod terminal;

use std::io::{IsTerminal, Lines, StdinLock};

use crate::arguments::Sql;
use crate::client::{Client, NO_DATA};
use crate::failure::{Failure, Outcome};
use crate::script;
use shell::{After, Shell};
use terminal::{Kind, Line, Terminal};

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
            let source = match is_person {
                true => Source::Person(Terminal::open()?),
                false => Source::Input {
                    lines: std::io::stdin().lines(),
                    begun: false,
                },
            };
            converse(&mut shell, source).await
        }
    }
}

/// Where lines come from.
enum Source {
    Input {
        lines: Lines<StdinLock<'static>>,
        /// Whether its first line was read.
        begun: bool,
    },
    Person(Terminal),
}

impl Source {
    async fn next(&mut self, kind: Kind, names: impl AsyncFnMut() -> Vec<String>) -> Outcome<Line> {
        match self {
            Source::Input { lines, begun } => {
                let line = lines.next().transpose()?;
                let is_first = !std::mem::replace(begun, true);
                Ok(match line {
                    None => Line::End,
                    Some(line) if is_first => Line::Text(without_mark(line)),
                    Some(line) => Line::Text(line),
                })
            }
            Source::Person(terminal) => terminal.line(kind, names).await,
        }
    }

    /// The next line of a COPY's data, or its end.
    async fn data(&mut self) -> Outcome<Option<String>> {
        match self.next(Kind::Data, async || Vec::new()).await? {
            Line::Text(line) => Ok(Some(line).filter(|line| line != "\\.")),
            Line::End => Ok(None),
            Line::Dropped => Err(Failure::failed("it was called off")),
        }
    }

    fn remember(&self, text: &str) {
        if let Source::Person(terminal) = self {
            terminal.remember(text);
        }
    }
}

/// The first line of a text without the byte order mark that some editors put before it.
fn without_mark(line: String) -> String {
    match line.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => line,
    }
}

/// Runs each statement once its semicolon has been read.
async fn converse(shell: &mut Shell, mut source: Source) -> Outcome {
    let mut pending = String::new();
    loop {
        let begun = !pending.trim().is_empty();
        let kind = if begun {
            Kind::Continuation
        } else {
            Kind::Statement
        };
        let ended = match source.next(kind, async || shell.names().await).await? {
            Line::Text(line) => {
                if !begun && let Some(command) = command::read(&line) {
                    let outcome = shell.obey(command).await;
                    if let After::Leave = shell.tell(outcome)? {
                        return Ok(());
                    }
                    source.remember(&line);
                    continue;
                }
                pending.push_str(&line);
                pending.push('\n');
                false
            }
            Line::Dropped => {
                pending.clear();
                continue;
            }
            // What a person has not ended with a semicolon is not meant to run.
            Line::End if matches!(source, Source::Person(_)) => return Ok(()),
            Line::End => true,
        };
        let text = script::join_continued(&pending);
        let (mut statements, rest) = script::split(&text);
        if !statements.is_empty()
            && let Some(whole) = text.strip_suffix(rest)
        {
            source.remember(whole.trim());
        }
        if ended && !rest.trim().is_empty() {
            statements.push(rest);
        }
        for statement in &statements {
            let data = async || source.data().await;
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
