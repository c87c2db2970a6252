//! The grammar of sequences, and of renaming views, sequences and databases. Options may stand in any order.

use sqlparser::tokenizer::Token;

use super::{dotted, reader::Reader};
use crate::{
    AlterSequence, CreateSequence, Rename, RenamedKind, SequenceOption, Statement, SyntaxError,
    error::Result,
};

pub(crate) fn create(reader: &mut Reader<'_>) -> Result<Statement> {
    reader.expect("CREATE")?;
    reader.expect("SEQUENCE")?;
    let if_not_exists = reader.accept(&["IF", "NOT", "EXISTS"]);
    let name = dotted(reader, "a sequence name")?;
    let options = options(reader)?;
    Ok(Statement::CreateSequence(CreateSequence {
        if_not_exists,
        name,
        options,
    }))
}

/// Whether the statement is an ALTER that is read here.
pub(crate) fn alters(reader: &Reader<'_>) -> bool {
    reader.sees(&["ALTER", "SEQUENCE"])
        || (renamed_kind(reader).is_some() && ends_in_rename(reader))
}

fn renamed_kind(reader: &Reader<'_>) -> Option<RenamedKind> {
    match reader.word_at(1)?.as_str() {
        "VIEW" => Some(RenamedKind::View),
        "SEQUENCE" => Some(RenamedKind::Sequence),
        "DATABASE" => Some(RenamedKind::Database),
        _ => None,
    }
}

fn ends_in_rename(reader: &Reader<'_>) -> bool {
    (2..)
        .take_while(|place| reader.token_at(*place).is_some())
        .any(|place| reader.word_at(place).as_deref() == Some("RENAME"))
}

pub(crate) fn alter(reader: &mut Reader<'_>) -> Result<Statement> {
    let kind =
        renamed_kind(reader).ok_or_else(|| reader.unexpected("VIEW, SEQUENCE or DATABASE"))?;
    reader.expect("ALTER")?;
    reader.skip();
    let if_exists = reader.accept(&["IF", "EXISTS"]);
    let name = dotted(reader, "a name")?;
    if reader.accept(&["RENAME", "TO"]) {
        let to = dotted(reader, "the new name")?;
        return Ok(Statement::Rename(Rename {
            kind,
            if_exists,
            name,
            to,
        }));
    }
    if kind != RenamedKind::Sequence {
        return Err(reader.unexpected("RENAME TO"));
    }
    let options = options(reader)?;
    if options.is_empty() {
        return Err(reader.unexpected("an option of the sequence"));
    }
    Ok(Statement::AlterSequence(AlterSequence {
        if_exists,
        name,
        options,
    }))
}

fn options(reader: &mut Reader<'_>) -> Result<Vec<SequenceOption>> {
    let mut options: Vec<SequenceOption> = Vec::new();
    while reader.token().is_some() {
        let option = option(reader)?;
        let same = std::mem::discriminant(&option);
        if options
            .iter()
            .any(|known| std::mem::discriminant(known) == same)
        {
            return Err(SyntaxError::new(format!(
                "syntax error: conflicting or redundant options: {option}"
            )));
        }
        options.push(option);
    }
    Ok(options)
}

fn option(reader: &mut Reader<'_>) -> Result<SequenceOption> {
    let word = reader.word_at(0).unwrap_or_default();
    match word.as_str() {
        "AS" => {
            reader.skip();
            let ty = reader.data_type()?;
            Ok(SequenceOption::As(ty))
        }
        "INCREMENT" => {
            reader.skip();
            reader.accept(&["BY"]);
            Ok(SequenceOption::Increment(number(reader)?))
        }
        "MINVALUE" => {
            reader.skip();
            Ok(SequenceOption::MinValue(Some(number(reader)?)))
        }
        "MAXVALUE" => {
            reader.skip();
            Ok(SequenceOption::MaxValue(Some(number(reader)?)))
        }
        "START" => {
            reader.skip();
            reader.accept(&["WITH"]);
            Ok(SequenceOption::Start(number(reader)?))
        }
        "RESTART" => {
            reader.skip();
            let value = match reader.accept(&["WITH"]) || starts_number(reader) {
                true => Some(number(reader)?),
                false => None,
            };
            Ok(SequenceOption::Restart(value))
        }
        "CACHE" => {
            reader.skip();
            Ok(SequenceOption::Cache(number(reader)?))
        }
        "CYCLE" => taken(reader, SequenceOption::Cycle(true)),
        "VIRTUAL" => taken(reader, SequenceOption::Virtual),
        "NO" => no(reader),
        "OWNED" => {
            reader.skip();
            reader.expect("BY")?;
            if reader.accept(&["NONE"]) {
                return Ok(SequenceOption::OwnedBy(None));
            }
            let mut column = vec![reader.name("a column")?];
            while reader.take(&Token::Period) {
                column.push(reader.name("a column")?);
            }
            Ok(SequenceOption::OwnedBy(Some(column)))
        }
        _ => Err(reader.unexpected("an option of a sequence")),
    }
}

fn no(reader: &mut Reader<'_>) -> Result<SequenceOption> {
    reader.skip();
    match reader.word_at(0).unwrap_or_default().as_str() {
        "MINVALUE" => taken(reader, SequenceOption::MinValue(None)),
        "MAXVALUE" => taken(reader, SequenceOption::MaxValue(None)),
        "CYCLE" => taken(reader, SequenceOption::Cycle(false)),
        _ => Err(reader.unexpected("MINVALUE, MAXVALUE or CYCLE")),
    }
}

fn taken(reader: &mut Reader<'_>, option: SequenceOption) -> Result<SequenceOption> {
    reader.skip();
    Ok(option)
}

fn starts_number(reader: &Reader<'_>) -> bool {
    matches!(
        reader.token(),
        Some(Token::Number(..) | Token::Minus | Token::Plus)
    )
}

/// A whole number with or without a sign.
fn number(reader: &mut Reader<'_>) -> Result<i64> {
    let wrong = reader.unexpected("a whole number of at most 64 bits");
    let sign = if reader.take(&Token::Minus) {
        "-"
    } else {
        reader.take(&Token::Plus);
        ""
    };
    let Some(Token::Number(digits, _)) = reader.token() else {
        return Err(wrong);
    };
    let value = format!("{sign}{digits}").parse().map_err(|_| wrong)?;
    reader.skip();
    Ok(value)
}
