//! What CREATE TABLE may hold and sqlparser does not read in PostgreSQL's dialect: indexes among the columns, computed columns
//! without the words GENERATED ALWAYS, and the options of identity columns in any order.

use sqlparser::{
    ast::{
        IndexConstraint, KeyOrIndexDisplay, NullsDistinctOption, Statement, TableConstraint,
        UniqueConstraint,
    },
    keywords::Keyword,
    tokenizer::{Token, TokenWithSpan, Word},
};

use super::{identity, reader::Reader};
use crate::error::Result;

/// Takes the indexes out of a CREATE TABLE, and spells computed columns out there and in ALTER TABLE. Other statements stay as
/// they are.
pub(crate) fn extract(
    tokens: Vec<TokenWithSpan>,
) -> Result<(Vec<TokenWithSpan>, Vec<TableConstraint>)> {
    let reader = Reader::new(&tokens);
    if reader.sees(&["ALTER", "TABLE"]) {
        return Ok((identity::in_order(spelled_out(&tokens)), Vec::new()));
    }
    if !reader.sees(&["CREATE", "TABLE"]) {
        return Ok((tokens, Vec::new()));
    }
    let Some((start, end)) = elements(&tokens) else {
        return Ok((tokens, Vec::new()));
    };
    let mut out = tokens.get(..start).unwrap_or_default().to_vec();
    let mut indexes = Vec::new();
    let inside = tokens.get(start..end).unwrap_or_default();
    let mut first = true;
    for (comma, element) in split(inside) {
        if let Some(index) = index(element)? {
            indexes.push(index);
            continue;
        }
        if let Some(comma) = comma.filter(|_| !first) {
            out.push(comma.clone());
        }
        first = false;
        out.extend(identity::in_order(spelled_out(element)));
    }
    out.extend_from_slice(tokens.get(end..).unwrap_or_default());
    Ok((out, indexes))
}

/// Puts the indexes where they can be read: among the constraints.
pub(crate) fn insert(statement: &mut Statement, indexes: Vec<TableConstraint>) {
    if let Statement::CreateTable(create) = statement {
        create.constraints.extend(indexes);
    }
}

/// Where the columns of a CREATE TABLE begin and end, if it has any: between the first bracket and its mate.
fn elements(tokens: &[TokenWithSpan]) -> Option<(usize, usize)> {
    let start = tokens
        .iter()
        .position(|token| token.token == Token::LParen)?
        + 1;
    // `CREATE TABLE t AS (SELECT …)` has none.
    let queries = [Keyword::AS, Keyword::SELECT, Keyword::OF];
    let before = tokens.get(..start)?;
    if before
        .iter()
        .skip(2)
        .any(|token| is_keyword(token, &queries))
    {
        return None;
    }
    let mut depth = 1;
    for (place, token) in tokens.iter().enumerate().skip(start) {
        match token.token {
            Token::LParen => depth += 1,
            Token::RParen => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((start, place));
        }
    }
    None
}

fn is_keyword(token: &TokenWithSpan, keywords: &[Keyword]) -> bool {
    matches!(&token.token, Token::Word(word) if word.quote_style.is_none() && keywords.contains(&word.keyword))
}

/// The elements between commas outside of brackets, each with the comma before it.
fn split(tokens: &[TokenWithSpan]) -> Vec<(Option<&TokenWithSpan>, &[TokenWithSpan])> {
    let mut parts = Vec::new();
    let (mut start, mut comma, mut depth) = (0, None, 0);
    for (place, token) in tokens.iter().enumerate() {
        match token.token {
            Token::LParen | Token::LBracket => depth += 1,
            Token::RParen | Token::RBracket => depth -= 1,
            Token::Comma if depth == 0 => {
                parts.push((comma, tokens.get(start..place).unwrap_or_default()));
                (start, comma) = (place + 1, Some(token));
            }
            _ => {}
        }
    }
    parts.push((comma, tokens.get(start..).unwrap_or_default()));
    parts
}

/// `INDEX [name] (columns)` or `UNIQUE INDEX [name] (columns)`, if the element is one and not a column called index.
fn index(element: &[TokenWithSpan]) -> Result<Option<TableConstraint>> {
    let mut reader = Reader::new(element);
    let unique = reader.accept(&["UNIQUE"]);
    if !reader.accept(&["INDEX"]) {
        return Ok(None);
    }
    let named = reader.token_at(0) != Some(&Token::LParen);
    let list = usize::from(named);
    // `index varchar(10)` is a column: in the brackets of an index stand names.
    let names = matches!(reader.token_at(list), Some(Token::LParen))
        && matches!(reader.token_at(list + 1), Some(Token::Word(_)));
    if !names {
        return Ok(None);
    }
    let name = match named {
        true => Some(reader.parser(|parser| parser.parse_identifier())?),
        false => None,
    };
    reader.require(&Token::LParen)?;
    let columns = reader.key_parts()?;
    reader.require(&Token::RParen)?;
    reader.end()?;
    Ok(Some(match unique {
        true => TableConstraint::Unique(UniqueConstraint {
            name: None,
            index_name: name,
            index_type_display: KeyOrIndexDisplay::Index,
            index_type: None,
            columns,
            index_options: Vec::new(),
            characteristics: None,
            nulls_distinct: NullsDistinctOption::None,
        }),
        false => TableConstraint::Index(IndexConstraint {
            display_as_key: false,
            name,
            index_type: None,
            columns,
            index_options: Vec::new(),
        }),
    }))
}

/// `AS (expression)` of a column becomes `GENERATED ALWAYS AS (expression)`.
fn spelled_out(tokens: &[TokenWithSpan]) -> Vec<TokenWithSpan> {
    let mut out: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    let mut depth = 0;
    for (place, token) in tokens.iter().enumerate() {
        match token.token {
            Token::LParen => depth += 1,
            Token::RParen => depth -= 1,
            _ => {}
        }
        let opens = tokens
            .get(place + 1)
            .is_some_and(|next| next.token == Token::LParen);
        let spelled = out
            .last()
            .is_some_and(|last| is_keyword(last, &[Keyword::ALWAYS]));
        if depth == 0 && opens && !spelled && is_keyword(token, &[Keyword::AS]) {
            for keyword in [Keyword::GENERATED, Keyword::ALWAYS] {
                out.push(TokenWithSpan::new(word(keyword), token.span));
            }
        }
        out.push(token.clone());
    }
    out
}

fn word(keyword: Keyword) -> Token {
    Token::Word(Word {
        value: format!("{keyword:?}"),
        quote_style: None,
        keyword,
    })
}
