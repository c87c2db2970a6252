//! `cairn dump`: databases as SQL text at one instant, for PostgreSQL 15 and for Cairn.
//!
//! HOW DATA FLOWS
//!   1. The instant of `--as-of`, or now, becomes a number that every later question reads at.
//!   2. `catalog` asks the system catalogs what the databases hold.
//!   3. `script` plans the statements in the order in which they load.
//!   4. `run` writes them; rows come by COPY, as they are read.
//! LEFT OUT
//!   What PostgreSQL does not know is a comment in the script and a warning on standard error: INTERLEAVE, zones, directions of keys,
//!   what lies in another database. Users and privileges are not part of a dump: a backup has them.

mod catalog;
mod functions;
mod script;

use std::io::Write;

use cairn_syntax::quote;

use crate::arguments::Dump;
use crate::client::{Client, Event};
use crate::failure::{Failure, Outcome};
use catalog::{Database, Reader};
use script::{Piece, Sections, literal};

pub async fn run(arguments: Dump) -> Outcome {
    let url = arguments.server.url()?;
    let mut client = Client::connect(&url).await?;
    let (instant, time) = instant(&mut client, arguments.as_of.as_deref()).await?;
    let databases = match arguments.databases.is_empty() {
        false => arguments.databases.clone(),
        true => vec![one_value(&mut client, "SELECT current_database()").await?],
    };
    let databases = read(&mut client, &databases, &arguments.table, &instant).await?;
    let mut out = Script {
        out: std::io::BufWriter::new(std::io::stdout().lock()),
    };
    out.comment(&format!(
        "{} at {time} UTC (AS OF SYSTEM TIME '{instant}'), by cairn {}",
        names(&databases),
        env!("CARGO_PKG_VERSION")
    ))?;
    for setting in SETTINGS {
        out.statement(setting)?;
    }
    let creates = arguments.create || databases.len() > 1;
    for database in &databases {
        enter(&mut client, &database.name).await?;
        if creates {
            out.database(database, !arguments.data_only)?;
        }
        let sections = Sections {
            schema: !arguments.data_only,
            data: !arguments.schema_only,
        };
        if sections.schema {
            out.zones(&mut client, database).await?;
        }
        for piece in script::plan(database, &arguments.table, sections) {
            out.piece(&mut client, piece, &instant).await?;
        }
    }
    out.comment("end of the dump")?;
    out.out.flush()?;
    Ok(())
}

/// What the databases hold. All of it is known before the first line is written: a script that is not whole must not begin.
async fn read(
    client: &mut Client,
    names: &[String],
    tables: &[String],
    instant: &str,
) -> Outcome<Vec<Database>> {
    let mut databases = Vec::with_capacity(names.len());
    for name in names {
        enter(client, name).await?;
        let database = Reader { client, instant }.database(name).await?;
        let is_there = |table: &String| database.relations.iter().any(|one| one.name == *table);
        if let Some(missing) = tables.iter().find(|table| !is_there(table)) {
            return Err(Failure::failed(format!(
                "ERROR:  there is no table, view or sequence {missing:?} in {name:?} at that time"
            )));
        }
        databases.push(database);
    }
    Ok(databases)
}

async fn enter(client: &mut Client, database: &str) -> Outcome {
    client.rows(&format!("USE {}", quote(database))).await?;
    Ok(())
}

fn names(databases: &[Database]) -> String {
    let names: Vec<&str> = databases.iter().map(|one| one.name.as_str()).collect();
    names.join(", ")
}

/// What the script means is the same whatever the session that loads it has set.
const SETTINGS: [&str; 4] = [
    "SET client_encoding = 'UTF8'",
    "SET standard_conforming_strings = on",
    "SET timezone = 'UTC'",
    "SET intervalstyle = 'postgres'",
];

/// The instant as a number, and as people write it.
async fn instant(client: &mut Client, as_of: Option<&str>) -> Outcome<(String, String)> {
    let as_of = match as_of {
        Some(text) => format!("AS OF SYSTEM TIME {}", literal(text)),
        None => String::new(),
    };
    let question =
        format!("SELECT cluster_logical_timestamp() FROM pg_catalog.pg_am {as_of} LIMIT 1");
    let instant = one_value(client, &question).await?;
    let nanoseconds = instant.split('.').next().unwrap_or_default();
    let question = format!(
        "SELECT (TIMESTAMP 'epoch' + INTERVAL '1 microsecond' * ({nanoseconds} / 1000))::STRING"
    );
    let time = one_value(client, &question).await?;
    Ok((instant, time))
}

async fn one_value(client: &mut Client, question: &str) -> Outcome<String> {
    let rows = client.rows(question).await?;
    let value = rows.into_iter().flatten().flatten().next();
    value.ok_or_else(|| Failure::failed(format!("ERROR:  no answer to {question}")))
}

/// The script that is being written.
struct Script<W: Write> {
    out: W,
}

impl<W: Write> Script<W> {
    fn comment(&mut self, text: &str) -> Outcome {
        for line in text.lines() {
            writeln!(self.out, "-- {line}")?;
        }
        Ok(writeln!(self.out)?)
    }

    fn statement(&mut self, text: &str) -> Outcome {
        Ok(writeln!(self.out, "{text};")?)
    }

    fn left_out(&mut self, what: &str) -> Outcome {
        eprintln!("WARNING:  left out: {what}");
        for line in what.lines() {
            writeln!(self.out, "-- left out: {line}")?;
        }
        Ok(())
    }

    /// Makes the database, where that is wanted, and goes into it.
    fn database(&mut self, database: &Database, schema: bool) -> Outcome {
        let name = quote(&database.name);
        if schema {
            self.statement(&format!("CREATE DATABASE {name}"))?;
            if let Some(text) = &database.comment {
                self.statement(&format!("COMMENT ON DATABASE {name} IS {}", literal(text)))?;
            }
        }
        // psql's command takes the name as it is between quotes.
        Ok(writeln!(
            self.out,
            "\\connect \"{}\"",
            database.name.replace('"', "\"\"")
        )?)
    }

    /// Says which zones there are. Only root may see them.
    async fn zones(&mut self, client: &mut Client, database: &Database) -> Outcome {
        if one_value(client, "SELECT current_user").await? != "root" {
            return Ok(());
        }
        let question = "SELECT zone_name FROM [SHOW ALL ZONE CONFIGURATIONS]";
        let zones = client.rows(question).await?;
        for target in zones.into_iter().flatten().flatten() {
            let rest = target.strip_prefix(&database.name);
            if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.')) {
                self.left_out(&format!(
                    "the zone of {target}: PostgreSQL does not know zones"
                ))?;
            }
        }
        Ok(())
    }

    async fn piece(&mut self, client: &mut Client, piece: Piece, instant: &str) -> Outcome {
        match piece {
            Piece::Statement(text) => self.statement(&text),
            Piece::LeftOut(what) => self.left_out(&what),
            Piece::Rows { table, columns } => {
                self.rows(client, &table, &columns.join(", "), instant)
                    .await
            }
        }
    }

    async fn rows(
        &mut self,
        client: &mut Client,
        table: &str,
        columns: &str,
        instant: &str,
    ) -> Outcome {
        let copy =
            format!("COPY (SELECT {columns} FROM {table} AS OF SYSTEM TIME '{instant}') TO STDOUT");
        writeln!(self.out, "COPY {table} ({columns}) FROM stdin;")?;
        let out = &mut self.out;
        let copied = client.run(&copy, |event| {
            if let Event::Copied(lines) = event {
                out.write_all(&lines)?;
            }
            Ok(())
        });
        copied
            .await?
            .map_err(|fault| Failure::failed(format!("ERROR:  table {table}: {fault}")))?;
        Ok(writeln!(self.out, "\\.")?)
    }
}
