//! Statements that sqlparser reads, after AS OF clauses and bracketed SHOWs were taken out.

use sqlparser::{
    keywords::Keyword,
    tokenizer::{Span, Token, TokenWithSpan, Word},
};

use super::{distinct, reader::Reader, table};
use crate::{
    AsOf, Query, Statement, SyntaxError,
    error::Result,
    query::{Overriding, as_of_name, overriding_name, source_name},
};

/// Reads an ordinary statement.
pub(crate) fn query(tokens: &[TokenWithSpan]) -> Result<Query> {
    let Extracted {
        tokens,
        as_of,
        sources,
    } = extract(tokens)?;
    let (tokens, indexes) = table::extract(tokens)?;
    let mut reader = Reader::new(&tokens);
    let mut statement = reader.parser(|parser| parser.parse_statement())?;
    reader.end()?;
    distinct::rebind(&mut statement);
    table::insert(&mut statement, indexes);
    Query::new(statement, as_of, sources)
}

struct Extracted {
    tokens: Vec<TokenWithSpan>,
    as_of: Vec<AsOf>,
    sources: Vec<Statement>,
}

/// Puts a marker table in the place of each AS OF clause (as one more item of its FROM list) and of each bracketed SHOW.
fn extract(tokens: &[TokenWithSpan]) -> Result<Extracted> {
    let mut out = Extracted {
        tokens: Vec::with_capacity(tokens.len()),
        as_of: Vec::new(),
        sources: Vec::new(),
    };
    let mut index = 0;
    while let Some(token) = tokens.get(index) {
        let rest = tokens.get(index..).unwrap_or_default();
        let mut reader = Reader::new(rest);
        if reader.accept(&["AS", "OF", "SYSTEM", "TIME"]) {
            let constant = super::backup::constant(&mut reader)?;
            out.tokens
                .push(TokenWithSpan::new(Token::Comma, token.span));
            out.tokens
                .push(marker(as_of_name(out.as_of.len()), token.span));
            out.as_of.push(constant);
            index += reader.index();
        } else if let Some(overriding) = overriding(tokens, &reader) {
            // One more column, behind the others if the INSERT names any.
            match out.tokens.pop_if(|last| last.token == Token::RParen) {
                Some(_) => out
                    .tokens
                    .push(TokenWithSpan::new(Token::Comma, token.span)),
                None => out
                    .tokens
                    .push(TokenWithSpan::new(Token::LParen, token.span)),
            }
            out.tokens
                .push(marker(overriding_name(overriding), token.span));
            out.tokens
                .push(TokenWithSpan::new(Token::RParen, token.span));
            index += 3;
        } else if token.token == Token::LBracket
            && Reader::new(rest.get(1..).unwrap_or_default()).sees(&["SHOW"])
        {
            let length = bracketed(rest).ok_or_else(|| reader.unexpected("a closing ]"))?;
            out.tokens
                .push(marker(source_name(out.sources.len()), token.span));
            out.sources
                .push(super::statement(rest.get(1..length).unwrap_or_default())?);
            index += length + 1;
        } else {
            out.tokens.push(token.clone());
            index += 1;
        }
    }
    if out
        .sources
        .iter()
        .any(|source| !matches!(source, Statement::Show(_) | Statement::Later { .. }))
    {
        return Err(SyntaxError::new(
            "syntax error: only SHOW statements may stand in [ ]",
        ));
    }
    Ok(out)
}

/// Whether `OVERRIDING SYSTEM VALUE` or the like stands here, in an INSERT.
fn overriding(statement: &[TokenWithSpan], reader: &Reader<'_>) -> Option<Overriding> {
    let found = [Overriding::System, Overriding::User]
        .into_iter()
        .find(|overriding| reader.sees(&["OVERRIDING", overriding.word(), "VALUE"]))?;
    let of_insert = Reader::new(statement).word_at(0).as_deref() == Some("INSERT");
    of_insert.then_some(found)
}

/// Where the bracket that opens at 0 closes.
fn bracketed(tokens: &[TokenWithSpan]) -> Option<usize> {
    let mut depth = 0;
    for (index, token) in tokens.iter().enumerate() {
        match token.token {
            Token::LBracket => depth += 1,
            Token::RBracket => {
                depth -= 1;
                if depth == 0 {
                    return Some(index);
                }
            }
            _ => {}
        }
    }
    None
}

fn marker(name: String, span: Span) -> TokenWithSpan {
    TokenWithSpan::new(
        Token::Word(Word {
            value: name,
            quote_style: Some('"'),
            keyword: Keyword::NoKeyword,
        }),
        span,
    )
}
