//! Statements that sqlparser reads, after AS OF clauses and bracketed SHOWs were taken out.

use sqlparser::{
    ast,
    keywords::Keyword,
    tokenizer::{Span, Token, TokenWithSpan, Word},
};

use super::{reader::Reader, table};
use crate::{
    AsOf, Query, Statement, SyntaxError,
    error::Result,
    query::{Overriding, as_of_name, is_as_of, overriding_name, source_name},
};

/// Reads an ordinary statement.
pub(crate) fn query(tokens: &[TokenWithSpan]) -> Result<Query> {
    let Extracted {
        tokens,
        as_of,
        sources,
        stray,
    } = extract(tokens)?;
    let Some(stray) = stray else {
        return Query::new(ordinary(tokens)?, as_of, sources);
    };
    match ordinary(tokens.clone()) {
        Ok(statement) if Query::has_in_from_lists(&statement, as_of.len()) => {
            Query::new(statement, as_of, sources)
        }
        // What is wrong with the statement itself is said first.
        _ => ordinary(unmarked(tokens)).and(Err(stray)),
    }
}

/// Lets sqlparser read a whole statement.
fn ordinary(tokens: Vec<TokenWithSpan>) -> Result<ast::Statement> {
    let (tokens, indexes) = table::extract(tokens)?;
    let mut reader = Reader::new(&tokens);
    let mut statement = reader.tree(|parser| parser.parse_statement())?;
    reader.end()?;
    table::insert(&mut statement, indexes);
    Ok(with_inside(statement))
}

/// `WITH q AS (…) INSERT INTO t SELECT …` as `INSERT INTO t WITH q AS (…) SELECT …`: only the query asks for `q`.
fn with_inside(mut statement: ast::Statement) -> ast::Statement {
    if let ast::Statement::Query(query) = &mut statement
        && let ast::SetExpr::Insert(ast::Statement::Insert(insert)) = query.body.as_mut()
        && let Some(source) = &mut insert.source
        && source.with.is_none()
    {
        source.with = query.with.take();
        return ast::Statement::Insert(insert.clone());
    }
    statement
}

struct Extracted {
    tokens: Vec<TokenWithSpan>,
    as_of: Vec<AsOf>,
    sources: Vec<Statement>,
    /// What to say if the first AS OF turns out not to follow a FROM list.
    stray: Option<SyntaxError>,
}

/// Puts a marker table in the place of each AS OF clause (as one more item of its FROM list) and of each bracketed SHOW.
fn extract(tokens: &[TokenWithSpan]) -> Result<Extracted> {
    let mut out = Extracted {
        tokens: Vec::with_capacity(tokens.len()),
        as_of: Vec::new(),
        sources: Vec::new(),
        stray: None,
    };
    let mut index = 0;
    while let Some(token) = tokens.get(index) {
        let rest = tokens.get(index..).unwrap_or_default();
        let mut reader = Reader::new(rest);
        if reader.sees(&["AS", "OF", "SYSTEM", "TIME"]) {
            let stray = reader.unexpected(
                "the end of the statement: AS OF SYSTEM TIME must follow the FROM list of a SELECT",
            );
            out.stray.get_or_insert(stray);
            reader.accept(&["AS", "OF", "SYSTEM", "TIME"]);
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
            && (is_relation(&out.tokens) || Reader::new(rest).word_at(1).as_deref() == Some("SHOW"))
        {
            let length = bracketed(rest).ok_or_else(|| reader.unexpected("a closing ]"))?;
            out.tokens
                .push(marker(source_name(out.sources.len()), token.span));
            out.sources
                .push(source(rest.get(1..length).unwrap_or_default())?);
            index += length + 1;
        } else {
            out.tokens.push(token.clone());
            index += 1;
        }
    }
    Ok(out)
}

/// Whether a relation comes next: a `[` there is no array's.
fn is_relation(before: &[TokenWithSpan]) -> bool {
    let last = before.len().saturating_sub(1);
    let reader = Reader::new(before.get(last..).unwrap_or_default());
    reader.sees(&["FROM"]) || reader.sees(&["JOIN"])
}

/// A statement in brackets, as a relation.
fn source(tokens: &[TokenWithSpan]) -> Result<Statement> {
    match super::statement(tokens)? {
        source @ (Statement::Show(_) | Statement::Later { .. }) => Ok(source),
        _ => {
            let word = Reader::new(tokens).word_at(0).unwrap_or_default();
            Ok(Statement::Later {
                what: format!("{word} as a relation"),
                text: super::later::text(tokens),
            })
        }
    }
}

/// Without the markers of AS OF clauses.
fn unmarked(mut tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    while let Some(marker) = tokens.iter().position(|token| is_as_of(&token.token)) {
        tokens.drain(marker.saturating_sub(1)..=marker);
    }
    tokens
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
