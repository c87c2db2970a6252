//! The grammar of BACKUP and RESTORE (reference 1.1 to 1.4).

use sqlparser::{ast::Expr, tokenizer::Token};

use super::{masked, reader::Reader};
use crate::{
    AsOf, Backup, LocationExpr, Name, OptionValue, Restore, Statement, TablePattern, Targets,
    WithOption, error::Result,
};

pub(crate) fn backup(reader: &mut Reader<'_>) -> Result<Statement> {
    reader.expect("BACKUP")?;
    let targets = targets(reader, "TO")?;
    reader.expect("TO")?;
    let to = location(reader)?;
    let as_of = as_of(reader)?;
    let incremental_from = if reader.accept(&["INCREMENTAL", "FROM"]) {
        locations(reader)?
    } else {
        Vec::new()
    };
    in_order(reader)?;
    let options = options(reader)?;
    in_order(reader)?;
    reader.end()?;
    Ok(Statement::Backup(Backup {
        targets,
        to,
        as_of,
        incremental_from,
        options,
    }))
}

pub(crate) fn restore(reader: &mut Reader<'_>) -> Result<Statement> {
    reader.expect("RESTORE")?;
    let targets = targets(reader, "FROM")?;
    reader.expect("FROM")?;
    let from = locations(reader)?;
    let as_of = as_of(reader)?;
    let options = options(reader)?;
    if reader.sees(&["INCREMENTAL", "FROM"]) {
        return Err(reader.unexpected(
            "the end of the statement (RESTORE lists the whole chain behind its one FROM)",
        ));
    }
    in_order(reader)?;
    reader.end()?;
    Ok(Statement::Restore(Restore {
        targets,
        from,
        as_of,
        options,
    }))
}

/// Refuses a clause that should have come earlier.
fn in_order(reader: &Reader<'_>) -> Result<()> {
    let order = if reader.sees(&["AS", "OF"]) {
        "AS OF SYSTEM TIME comes before INCREMENTAL FROM and WITH"
    } else if reader.sees(&["INCREMENTAL", "FROM"]) {
        "INCREMENTAL FROM comes before WITH"
    } else {
        return Ok(());
    };
    Err(reader.unexpected(&format!("the end of the statement ({order})")))
}

/// `end` is the word after the targets: with it, `BACKUP role TO 'x'` is about a table called role.
pub(crate) fn targets(reader: &mut Reader<'_>, end: &str) -> Result<Targets> {
    if reader.sees(&["DATABASE", end]) || reader.sees(&["TABLE", end]) {
        return Ok(Targets::Tables(list(reader, pattern)?));
    }
    printed_targets(reader)
}

/// Those in which a first `DATABASE` or `TABLE` is the keyword.
pub(crate) fn printed_targets(reader: &mut Reader<'_>) -> Result<Targets> {
    if reader.accept(&["DATABASE"]) {
        return Ok(Targets::Databases(list(reader, |reader| {
            reader.name("a database name")
        })?));
    }
    reader.accept(&["TABLE"]);
    Ok(Targets::Tables(list(reader, pattern)?))
}

fn pattern(reader: &mut Reader<'_>) -> Result<TablePattern> {
    let mut parts: Vec<Name> = Vec::new();
    loop {
        if reader.take(&Token::Mul) {
            if parts.len() > 2 {
                return Err(reader.unexpected("a pattern of at most three parts"));
            }
            return Ok(TablePattern::All(parts));
        }
        parts.push(reader.name("a table name or pattern")?);
        if !reader.take(&Token::Period) {
            break;
        }
    }
    if parts.len() > 3 {
        return Err(reader.unexpected("a name of at most three parts"));
    }
    Ok(TablePattern::Table(parts))
}

pub(crate) fn location(reader: &mut Reader<'_>) -> Result<LocationExpr> {
    const WHAT: &str = "a location ('scheme://…' or $n)";
    if let Some(number) = reader.placeholder() {
        return Ok(LocationExpr::Placeholder(number));
    }
    if reader.take(&Token::LParen) {
        let mut list = list(reader, location)?;
        reader.require(&Token::RParen)?;
        return Ok(match list.pop() {
            Some(only) if list.is_empty() => only,
            last => LocationExpr::List(list.into_iter().chain(last).collect()),
        });
    }
    match reader.token() {
        Some(Token::Word(_)) => Ok(LocationExpr::Text(reader.name(WHAT)?.0)),
        _ => Ok(LocationExpr::Text(reader.string(WHAT)?)),
    }
}

fn locations(reader: &mut Reader<'_>) -> Result<Vec<LocationExpr>> {
    list(reader, location)
}

fn as_of(reader: &mut Reader<'_>) -> Result<Option<AsOf>> {
    if reader.accept(&["AS", "OF", "SYSTEM", "TIME"]) {
        constant(reader).map(Some)
    } else {
        Ok(None)
    }
}

/// The constant of AS OF SYSTEM TIME. Placeholders are refused; what the constant means is decided when it is bound.
pub(crate) fn constant(reader: &mut Reader<'_>) -> Result<AsOf> {
    if matches!(reader.token(), Some(Token::Placeholder(_))) {
        return Err(reader.unexpected("a constant: AS OF SYSTEM TIME takes no placeholder"));
    }
    let expression = match reader.token() {
        // Literals are read alone: what follows them ('-10s' WITH …) belongs to the statement.
        Some(Token::SingleQuotedString(_) | Token::Number(..))
            if !is_operator(reader.token_at(1)) =>
        {
            Expr::Value(reader.tree(|parser| parser.parse_value())?)
        }
        _ => reader.expression()?,
    };
    Ok(AsOf(expression))
}

fn is_operator(token: Option<&Token>) -> bool {
    matches!(
        token,
        Some(
            Token::Plus
                | Token::Minus
                | Token::Mul
                | Token::Div
                | Token::DoubleColon
                | Token::StringConcat
        )
    )
}

/// `WITH a, b = 'c'` or `WITH OPTIONS (a, b = 'c')`. A repeated option is refused.
pub(crate) fn options(reader: &mut Reader<'_>) -> Result<Vec<WithOption>> {
    if !reader.accept(&["WITH"]) {
        return Ok(Vec::new());
    }
    let bracketed = reader.sees(&["OPTIONS"]) && reader.token_at(1) == Some(&Token::LParen);
    if bracketed {
        reader.skip();
        reader.skip();
    }
    let mut options: Vec<WithOption> = Vec::new();
    loop {
        let place = reader.clone();
        let option = option(reader)?;
        if options.iter().any(|earlier| earlier.key == option.key) {
            // What stands between quotes may be out of place, and is not repeated.
            let name = match (place.word_at(0), place.token()) {
                (None, Some(quoted)) => masked::one(quoted).to_string(),
                _ => option.key,
            };
            let text = format!("{name} option specified multiple times");
            return Err(place.wrong_here(text));
        }
        options.push(option);
        if !reader.take(&Token::Comma) {
            break;
        }
    }
    if bracketed {
        reader.require(&Token::RParen)?;
    }
    Ok(options)
}

fn option(reader: &mut Reader<'_>) -> Result<WithOption> {
    const WHAT: &str = "an option";
    let mut key = match reader.token() {
        Some(Token::SingleQuotedString(_)) => reader.string(WHAT)?,
        _ => reader.name(WHAT)?.0,
    };
    // Some later options are several words.
    while matches!(reader.token(), Some(Token::Word(_))) && in_order(reader).is_ok() {
        key = format!("{key} {}", reader.name(WHAT)?.0);
    }
    let value = if reader.take(&Token::Eq) {
        Some(option_value(reader)?)
    } else {
        None
    };
    Ok(WithOption { key, value })
}

fn option_value(reader: &mut Reader<'_>) -> Result<OptionValue> {
    const WHAT: &str = "the option's value";
    if let Some(number) = reader.placeholder() {
        return Ok(OptionValue::Placeholder(number));
    }
    if reader.take(&Token::LParen) {
        let items = list(reader, |reader| reader.string(WHAT))?;
        reader.require(&Token::RParen)?;
        return Ok(OptionValue::List(items));
    }
    match (reader.token(), reader.word_at(0).as_deref()) {
        (_, Some("TRUE" | "FALSE" | "NULL")) => Ok(OptionValue::Other(reader.name(WHAT)?.0)),
        (Some(Token::Word(_)), _) => Ok(OptionValue::Text(reader.name(WHAT)?.0)),
        (Some(Token::Number(number, _)), _) => {
            let number = number.clone();
            reader.skip();
            Ok(OptionValue::Other(number))
        }
        _ => Ok(OptionValue::Text(reader.string(WHAT)?)),
    }
}

pub(crate) fn list<T>(
    reader: &mut Reader<'_>,
    mut item: impl FnMut(&mut Reader<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut items = vec![item(reader)?];
    while reader.take(&Token::Comma) {
        items.push(item(reader)?);
    }
    Ok(items)
}
