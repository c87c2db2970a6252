//! `cairn sql`: statements from the command line or from standard input, answers as psql prints them.

use std::io::{IsTerminal, Write};

use crate::arguments::Sql;
use crate::client::{Client, Event, Fault};
use crate::failure::{Failure, Outcome};
use crate::progress::JobWatch;
use crate::script;
use crate::table::Table;

pub async fn run(arguments: Sql) -> Outcome {
    let url = arguments.server.url()?;
    let mut client = Client::connect(&url).await?;
    if arguments.execute.is_empty() {
        return read_standard_input(&mut client, &url).await;
    }
    for text in &arguments.execute {
        let text = script::join_continued(text);
        let (mut statements, rest) = script::split(&text);
        statements.extend(Some(rest).filter(|rest| !rest.trim().is_empty()));
        for statement in statements {
            let _watch = JobWatch::start(&url, statement);
            run_text(&mut client, statement).await?;
        }
    }
    Ok(())
}

/// Runs each statement once its semicolon has been read. Without a terminal the first error ends it.
async fn read_standard_input(client: &mut Client, url: &str) -> Outcome {
    let interactive = std::io::stdin().is_terminal();
    let mut lines = std::io::stdin().lines();
    let mut pending = String::new();
    loop {
        if interactive {
            eprint!(
                "{} ",
                if pending.trim().is_empty() {
                    "cairn>"
                } else {
                    "    ->"
                }
            );
        }
        let line = lines.next().transpose()?;
        let ended = line.is_none();
        pending.push_str(&line.unwrap_or_default());
        pending.push('\n');
        let text = script::join_continued(&pending);
        let (mut statements, rest) = script::split(&text);
        if ended && !rest.trim().is_empty() {
            statements.push(rest);
        }
        for statement in &statements {
            let _watch = JobWatch::start(url, statement);
            match run_text(client, statement).await {
                Err(failure) if interactive => eprintln!("{failure}"),
                other => other?,
            }
        }
        if ended {
            return Ok(());
        }
        if !statements.is_empty() {
            pending = rest.trim_start().to_owned();
        }
    }
}

/// Runs a text and prints its answers to standard output.
pub async fn run_text(client: &mut Client, text: &str) -> Outcome {
    let mut out = std::io::stdout().lock();
    let mut table: Option<Table> = None;
    let result = client
        .run(text, |event| {
            match event {
                Event::Columns(columns) => table = Some(Table::new(columns)),
                Event::Row(row) => {
                    if let Some(table) = &mut table {
                        table.push(row);
                    }
                }
                Event::Complete(tag) => match table.take() {
                    Some(table) => writeln!(out, "{table}")?,
                    None => writeln!(out, "{tag}")?,
                },
                Event::Copied(lines) => out.write_all(&lines)?,
                Event::Notice(notice) => eprintln!("{notice}"),
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
