//! Runs statements and commands in a session, and prints what comes back.

use std::io::Write;
use std::pin::pin;

use super::command::{Command, HELP};
use crate::arguments::Format;
use crate::client::{self, Client, Event, Fault, NO_DATA};
use crate::failure::{Failure, Outcome};
use crate::progress::{JobWatch, Watch};
use crate::table::{Table, csv};

/// A session, and how its answers are shown.
pub struct Shell {
    client: Client,
    url: String,
    format: Format,
    timing: bool,
    /// Somebody looks: he is told of errors, and may stop a statement.
    is_person: bool,
    /// Those of the database at hand, as they were last asked for.
    names: Vec<String>,
}

/// What databases, relations and columns are called.
const NAMES: &str = "SELECT datname FROM pg_catalog.pg_database UNION \
    SELECT relname FROM pg_catalog.pg_class WHERE relnamespace = 2200 AND relkind IN ('r', 'v', 'S') UNION \
    SELECT attname FROM pg_catalog.pg_attribute JOIN pg_catalog.pg_class ON pg_class.oid = attrelid \
    WHERE relnamespace = 2200 AND relkind IN ('r', 'v') AND attnum > 0";

/// What to do after a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    GoOn,
    Leave,
}

impl Shell {
    pub fn new(client: Client, url: String, format: Format, is_person: bool) -> Shell {
        Shell {
            client,
            url,
            format,
            timing: false,
            is_person,
            names: Vec::new(),
        }
    }

    pub async fn obey(&mut self, command: Result<Command, String>) -> Outcome<After> {
        match command.map_err(|words| Failure::failed(format!("ERROR:  {words}")))? {
            Command::Quit => return Ok(After::Leave),
            Command::Help => println!("{HELP}"),
            Command::Run(statements) => {
                for statement in statements {
                    self.statement(&statement, NO_DATA).await?;
                }
            }
            Command::Timing(on) => {
                self.timing = on.unwrap_or(!self.timing);
                println!("timing is {}", if self.timing { "on" } else { "off" });
            }
            Command::Format(format) => self.format = format,
        }
        Ok(After::GoOn)
    }

    /// Prints an error where somebody looks, and goes on; else it is the end.
    pub fn tell(&self, outcome: Outcome<After>) -> Outcome<After> {
        match outcome {
            Err(failure) if self.is_person => {
                eprintln!("{failure}");
                Ok(After::GoOn)
            }
            other => other,
        }
    }

    /// The names that a word may be completed to. A transaction is not disturbed for them.
    pub async fn names(&mut self) -> Vec<String> {
        if !self.client.in_transaction()
            && let Ok(rows) = self.client.rows(NAMES).await
        {
            self.names = rows.into_iter().flatten().flatten().collect();
        }
        self.names.clone()
    }

    pub async fn statement(
        &mut self,
        text: &str,
        data: Option<impl AsyncFnMut() -> Outcome<Option<String>>>,
    ) -> Outcome {
        let _job = JobWatch::start(&self.url, text);
        let watch = Watch::start();
        let key = self.client.cancel_key();
        let mut running = pin!(print(&mut self.client, text, data, self.format));
        let outcome = loop {
            tokio::select! {
                outcome = &mut running => break outcome,
                Ok(()) = tokio::signal::ctrl_c(), if self.is_person => {
                    client::cancel(&self.url, key).await?;
                }
            }
        };
        if self.timing {
            println!("time: {:.3} ms", watch.elapsed().as_secs_f64() * 1e3);
        }
        outcome
    }
}

/// Runs a text and prints its answers to standard output.
pub async fn run_text(client: &mut Client, text: &str) -> Outcome {
    print(client, text, NO_DATA, Format::Table).await
}

async fn print(
    client: &mut Client,
    text: &str,
    data: Option<impl AsyncFnMut() -> Outcome<Option<String>>>,
    format: Format,
) -> Outcome {
    let mut out = std::io::stdout();
    let mut table: Option<Table> = None;
    let result = client
        .run_with(text, data, |event| {
            match (event, format) {
                (Event::Columns(columns), Format::Csv) => {
                    let names = columns.iter().map(|column| Some(column.name.as_str()));
                    writeln!(out, "{}", csv(names))?;
                    table = Some(Table::default());
                }
                (Event::Columns(columns), Format::Table) => table = Some(Table::new(columns)),
                (Event::Row(row), Format::Csv) => {
                    writeln!(out, "{}", csv(row.iter().map(Option::as_deref)))?;
                }
                (Event::Row(row), Format::Table) => {
                    if let Some(table) = &mut table {
                        table.push(row);
                    }
                }
                (Event::Complete(tag), format) => match (table.take(), format) {
                    (Some(table), Format::Table) => writeln!(out, "{table}")?,
                    (None, Format::Table) => writeln!(out, "{tag}")?,
                    (_, Format::Csv) => {}
                },
                (Event::Copied(lines), _) => out.write_all(&lines)?,
                (Event::Notice(notice), _) => eprintln!("{notice}"),
            }
            Ok(())
        })
        .await?;
    out.flush()?;
    result.map_err(|fault| Failure::failed(with_place(&fault, text)))
}

/// The error with the line it is about, and a mark below the place.
fn with_place(fault: &Fault, text: &str) -> String {
    let Some(position) = fault.position.filter(|position| *position > 0) else {
        return fault.to_string();
    };
    let mut before = 0;
    for (index, line) in text.split('\n').enumerate() {
        let length = line.chars().count();
        if position <= before + length + 1 {
            let prefix = format!("LINE {}: ", index + 1);
            let blanks = " ".repeat(prefix.chars().count() + position - before - 1);
            return format!("{fault}\n{prefix}{line}\n{blanks}^");
        }
        before += length + 1;
    }
    fault.to_string()
}
