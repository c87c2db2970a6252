//! The grammar of the SHOW family.

use sqlparser::tokenizer::Token;

use super::{backup, dotted, reader::Reader};
use crate::{Name, Show, error::Result};

pub(crate) fn show(reader: &mut Reader<'_>) -> Result<Show> {
    reader.expect("SHOW")?;
    let word = reader.word_at(0).unwrap_or_default();
    let next = reader.word_at(1).unwrap_or_default();
    match (word.as_str(), next.as_str()) {
        ("BACKUP", _) if reader.token_at(1).is_some() => {
            reader.skip();
            let location = backup::location(reader)?;
            let options = backup::options(reader)?;
            Ok(Show::Backup { location, options })
        }
        ("JOBS", _) => one(reader, Show::Jobs),
        ("JOB", _) => {
            reader.skip();
            let job = reader.parser(|parser| parser.parse_expr())?;
            Ok(Show::Job(job.to_string()))
        }
        ("DATABASES", _) => one(reader, Show::Databases),
        ("USERS", _) => one(reader, Show::Users),
        ("SCHEMAS", _) => {
            reader.skip();
            let database = if from(reader) {
                Some(reader.name("a database name")?)
            } else {
                None
            };
            Ok(Show::Schemas { database })
        }
        ("TABLES", _) => {
            reader.skip();
            let from = if from(reader) {
                dotted(reader, "a database name")?
            } else {
                Vec::new()
            };
            Ok(Show::Tables { from })
        }
        (
            "COLUMNS" | "INDEX" | "INDEXES" | "KEYS" | "CONSTRAINTS" | "CONSTRAINT",
            "FROM" | "IN",
        ) => {
            reader.skip();
            reader.skip();
            let table = dotted(reader, "a table name")?;
            Ok(match word.as_str() {
                "COLUMNS" => Show::Columns { table },
                "CONSTRAINTS" | "CONSTRAINT" => Show::Constraints { table },
                _ => Show::Indexes { table },
            })
        }
        ("CREATE", _) => {
            reader.skip();
            reader.accept(&["TABLE"]);
            Ok(Show::CreateTable {
                table: dotted(reader, "a table name")?,
            })
        }
        ("ALL", _) => one(reader, Show::Variables),
        ("TIME", "ZONE") => {
            reader.skip();
            one(reader, Show::Variable(Name::new("timezone")))
        }
        ("TRANSACTION", "ISOLATION") => {
            reader.skip();
            reader.skip();
            reader.expect("LEVEL")?;
            Ok(Show::Variable(Name::new("transaction_isolation")))
        }
        ("SESSION", _) if reader.token_at(1).is_some() => {
            reader.skip();
            variable(reader)
        }
        _ => variable(reader),
    }
}

fn one(reader: &mut Reader<'_>, show: Show) -> Result<Show> {
    reader.skip();
    Ok(show)
}

fn from(reader: &mut Reader<'_>) -> bool {
    reader.accept(&["FROM"]) || reader.accept(&["IN"])
}

/// A variable's name may have dots in it, and is not folded with care: names of variables are lower case.
fn variable(reader: &mut Reader<'_>) -> Result<Show> {
    let mut name = reader.name("what to show")?.0;
    while reader.take(&Token::Period) {
        name = format!("{name}.{}", reader.name("the rest of the name")?.0);
    }
    Ok(Show::Variable(Name(name.to_lowercase())))
}
