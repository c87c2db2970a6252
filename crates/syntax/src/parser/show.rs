//! The grammar of the SHOW family.

use sqlparser::tokenizer::Token;

use super::{backup, dotted, reader::Reader, setting, user};
use crate::{BackupForm, CreatedKind, Name, Show, error::Result};

pub(crate) fn show(reader: &mut Reader<'_>) -> Result<Show> {
    reader.expect("SHOW")?;
    let word = reader.word_at(0).unwrap_or_default();
    let next = reader.word_at(1).unwrap_or_default();
    match (word.as_str(), next.as_str()) {
        ("BACKUP", _) => {
            reader.skip();
            backup_shown(reader).map_err(|error| error.hint("try \\h SHOW BACKUP"))
        }
        ("JOBS", _) => one(reader, Show::Jobs),
        ("JOB", _) => {
            reader.skip();
            let job = reader.expression()?;
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
        ("TABLES" | "SEQUENCES", _) => {
            reader.skip();
            let from = if from(reader) {
                dotted(reader, "a database name")?
            } else {
                Vec::new()
            };
            Ok(match word.as_str() {
                "TABLES" => Show::Tables { from },
                _ => Show::Sequences { from },
            })
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
            create(reader)
        }
        ("GRANTS", _) => {
            reader.skip();
            grants(reader)
        }
        ("CLUSTER", "SETTING") => {
            reader.skip();
            reader.skip();
            if reader.sees(&["ALL"]) {
                return one(reader, Show::ClusterSettings);
            }
            Ok(Show::ClusterSetting(setting::key(
                reader,
                "a setting's name",
            )?))
        }
        ("CLUSTER", "SETTINGS") => {
            reader.skip();
            one(reader, Show::ClusterSettings)
        }
        ("ALL", "CLUSTER") => {
            reader.skip();
            reader.skip();
            reader.expect("SETTINGS")?;
            Ok(Show::ClusterSettings)
        }
        ("ZONE", "CONFIGURATION" | "CONFIGURATIONS") | ("ALL", "ZONE") => zones(reader, false),
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

/// `[SCHEMAS|FILES] location, … [WITH …]`, `CONNECTION location`. A location may be a bare word, these words too: they are a form only before another location.
fn backup_shown(reader: &mut Reader<'_>) -> Result<Show> {
    let named = match reader.token_at(1) {
        Some(Token::Word(_)) => reader.word_at(1).as_deref() != Some("WITH"),
        Some(Token::SingleQuotedString(_) | Token::EscapedStringLiteral(_)) => true,
        Some(Token::Placeholder(_) | Token::LParen) => true,
        _ => false,
    };
    if named && reader.accept(&["CONNECTION"]) {
        let location = backup::location(reader)?;
        reader.end()?;
        return Ok(Show::BackupConnection(location));
    }
    let form = match reader.word_at(0).as_deref() {
        Some("SCHEMAS") if named => BackupForm::Schemas,
        Some("FILES") if named => BackupForm::Files,
        _ => BackupForm::Objects,
    };
    if form != BackupForm::Objects {
        reader.skip();
    }
    let show = Show::Backup {
        form,
        locations: backup::list(reader, backup::location)?,
        options: backup::options(reader)?,
    };
    reader.end()?;
    Ok(show)
}

/// `EXPERIMENTAL SHOW ZONE CONFIGURATION …`.
pub(crate) fn experimental(reader: &mut Reader<'_>) -> Result<Show> {
    reader.expect("EXPERIMENTAL")?;
    reader.expect("SHOW")?;
    zones(reader, true)
}

/// `ZONE CONFIGURATION FOR object`, `[ALL] ZONE CONFIGURATIONS`.
fn zones(reader: &mut Reader<'_>, experimental: bool) -> Result<Show> {
    let all = reader.accept(&["ALL"]);
    reader.expect("ZONE")?;
    if reader.accept(&["CONFIGURATIONS"]) {
        return Ok(Show::Zones { experimental });
    }
    if all {
        return Err(reader.unexpected("CONFIGURATIONS"));
    }
    reader.expect("CONFIGURATION")?;
    if !reader.accept(&["FROM"]) {
        reader.expect("FOR")?;
    }
    Ok(Show::Zone {
        object: setting::zone_object(reader)?,
        experimental,
    })
}

/// `[ON targets] [FOR users]`.
fn grants(reader: &mut Reader<'_>) -> Result<Show> {
    let on = match reader.accept(&["ON"]) {
        true => Some(backup::targets(reader, "FOR")?),
        false => None,
    };
    let users = match reader.accept(&["FOR"]) {
        true => user::user_names(reader)?,
        false => Vec::new(),
    };
    Ok(Show::Grants { on, users })
}

/// What stands after SHOW CREATE. A relation may be called `view`: the word is a kind only before a name.
fn create(reader: &mut Reader<'_>) -> Result<Show> {
    let named = matches!(reader.token_at(1), Some(Token::Word(_)));
    let kind = match reader.word_at(0).unwrap_or_default().as_str() {
        _ if !named => None,
        "TABLE" => Some(CreatedKind::Table),
        "VIEW" => Some(CreatedKind::View),
        "SEQUENCE" => Some(CreatedKind::Sequence),
        "DATABASE" => {
            reader.skip();
            return Ok(Show::CreateDatabase(reader.name("a database name")?));
        }
        _ => None,
    };
    if kind.is_some() {
        reader.skip();
    }
    let name = dotted(reader, "a relation's name")?;
    Ok(Show::Create { kind, name })
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
