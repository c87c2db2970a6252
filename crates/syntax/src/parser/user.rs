//! The grammar of users and privileges.

use sqlparser::tokenizer::Token;

use super::{backup, reader::Reader};
use crate::{Grant, GrantVerb, Name, Password, Statement, UserStatement, error::Result};

/// `CREATE | ALTER | DROP USER …`.
pub(crate) fn user(reader: &mut Reader<'_>) -> Result<Statement> {
    let verb = reader.word_at(0).unwrap_or_default();
    reader.skip();
    reader.expect("USER")?;
    let statement = match verb.as_str() {
        "CREATE" => {
            let if_not_exists = reader.accept(&["IF", "NOT", "EXISTS"]);
            UserStatement::Create {
                name: user_name(reader)?,
                if_not_exists,
                password: password(reader)?,
            }
        }
        "ALTER" => {
            let if_exists = reader.accept(&["IF", "EXISTS"]);
            UserStatement::Alter {
                name: user_name(reader)?,
                if_exists,
                password: password(reader)?.ok_or_else(|| reader.unexpected("PASSWORD"))?,
            }
        }
        _ => {
            let if_exists = reader.accept(&["IF", "EXISTS"]);
            UserStatement::Drop {
                names: user_names(reader)?,
                if_exists,
            }
        }
    };
    Ok(Statement::User(statement))
}

/// A user's name is an identifier or a string.
pub(crate) fn user_name(reader: &mut Reader<'_>) -> Result<Name> {
    match reader.token() {
        Some(Token::SingleQuotedString(_)) => Ok(Name(reader.string("a user name")?)),
        _ => reader.name("a user name"),
    }
}

pub(crate) fn user_names(reader: &mut Reader<'_>) -> Result<Vec<Name>> {
    let mut names = vec![user_name(reader)?];
    while reader.take(&Token::Comma) {
        names.push(user_name(reader)?);
    }
    Ok(names)
}

/// `[WITH] PASSWORD 'text' | NULL | $n`.
fn password(reader: &mut Reader<'_>) -> Result<Option<Password>> {
    let with = reader.accept(&["WITH"]);
    if !reader.accept(&["PASSWORD"]) {
        return match with {
            true => Err(reader.unexpected("PASSWORD")),
            false => Ok(None),
        };
    }
    if reader.accept(&["NULL"]) {
        return Ok(Some(Password::Null));
    }
    if let Some(number) = reader.placeholder() {
        return Ok(Some(Password::Placeholder(number)));
    }
    Ok(Some(Password::Text(
        reader.string("the password as a string, NULL or $n")?,
    )))
}

/// `GRANT … ON … TO …`, `REVOKE … ON … FROM …`.
pub(crate) fn grant(reader: &mut Reader<'_>) -> Result<Statement> {
    let (verb, end) = match reader.accept(&["GRANT"]) {
        true => (GrantVerb::Grant, "TO"),
        false => {
            reader.expect("REVOKE")?;
            (GrantVerb::Revoke, "FROM")
        }
    };
    let privileges = privileges(reader)?;
    reader.expect("ON")?;
    let on = backup::targets(reader, end)?;
    reader.expect(end)?;
    Ok(Statement::Grant(Grant {
        verb,
        privileges,
        on,
        users: user_names(reader)?,
    }))
}

fn privileges(reader: &mut Reader<'_>) -> Result<Option<Vec<String>>> {
    if reader.accept(&["ALL"]) {
        reader.accept(&["PRIVILEGES"]);
        return Ok(None);
    }
    let mut words = Vec::new();
    loop {
        let Some(word) = reader.word_at(0) else {
            return Err(reader.unexpected("a privilege"));
        };
        words.push(word);
        reader.skip();
        if !reader.take(&Token::Comma) {
            return Ok(Some(words));
        }
    }
}
