//! `CREATE TABLE … INTERLEAVE IN PARENT parent (column, …)`: the clause stands at the end, behind what sqlparser reads.

use sqlparser::tokenizer::{Token, TokenWithSpan};

use super::{dotted, query, reader::Reader};
use crate::{CreateInterleaved, Statement, error::Result};

/// Where the clause begins, outside all brackets, if the statement is a CREATE TABLE with one.
pub(crate) fn clause(tokens: &[TokenWithSpan]) -> Option<usize> {
    if !Reader::new(tokens).sees(&["CREATE", "TABLE"]) {
        return None;
    }
    let mut depth = 0_usize;
    for (place, token) in tokens.iter().enumerate() {
        match token.token {
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.saturating_sub(1),
            _ => {}
        }
        let rest = tokens.get(place..).unwrap_or_default();
        if depth == 0 && Reader::new(rest).sees(&["INTERLEAVE", "IN", "PARENT"]) {
            return Some(place);
        }
    }
    None
}

/// Reads a CREATE TABLE whose clause begins at `place`.
pub(crate) fn create(tokens: &[TokenWithSpan], place: usize) -> Result<Statement> {
    let (table, clause) = tokens.split_at(place.min(tokens.len()));
    let table = Box::new(query::query(table)?);
    let mut reader = Reader::new(clause);
    reader.accept(&["INTERLEAVE", "IN", "PARENT"]);
    let parent = dotted(&mut reader, "the parent's name")?;
    reader.require(&Token::LParen)?;
    let mut columns = vec![reader.name("a column")?];
    while reader.take(&Token::Comma) {
        columns.push(reader.name("a column")?);
    }
    reader.require(&Token::RParen)?;
    let cascade = if reader.accept(&["CASCADE"]) {
        Some(true)
    } else {
        reader.accept(&["RESTRICT"]).then_some(false)
    };
    reader.end()?;
    Ok(Statement::CreateInterleaved(CreateInterleaved {
        table,
        parent,
        columns,
        cascade,
    }))
}
