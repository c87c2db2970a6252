//! The options of an identity column, which may stand in any order: sqlparser reads them in one.

use sqlparser::{
    keywords::Keyword,
    tokenizer::{Token, TokenWithSpan},
};

/// Sorts what stands in the brackets behind `IDENTITY`.
pub(crate) fn in_order(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let mut out = Vec::with_capacity(tokens.len());
    let mut rest = tokens.as_slice();
    while let Some(place) = opening(rest) {
        let (before, options) = rest.split_at(place);
        let end = options
            .iter()
            .position(|token| token.token == Token::RParen);
        let (options, after) = options.split_at(end.unwrap_or(options.len()));
        out.extend_from_slice(before);
        out.extend(sorted(options));
        rest = after;
    }
    out.extend_from_slice(rest);
    out
}

/// Where the options begin, behind `IDENTITY (`.
fn opening(tokens: &[TokenWithSpan]) -> Option<usize> {
    let found = tokens.windows(2).position(|pair| match pair {
        [identity, bracket] => {
            keyword(identity) == Some(Keyword::IDENTITY) && bracket.token == Token::LParen
        }
        _ => false,
    });
    found.map(|place| place + 2)
}

fn keyword(token: &TokenWithSpan) -> Option<Keyword> {
    match &token.token {
        Token::Word(word) if word.quote_style.is_none() => Some(word.keyword),
        _ => None,
    }
}

/// The place of the option that begins here among the others; None inside one.
fn rank(token: &TokenWithSpan, next: Option<&TokenWithSpan>) -> Option<u8> {
    match keyword(token)? {
        Keyword::INCREMENT => Some(0),
        Keyword::MINVALUE => Some(1),
        Keyword::MAXVALUE => Some(2),
        Keyword::START => Some(3),
        Keyword::CACHE => Some(4),
        Keyword::CYCLE => Some(5),
        Keyword::NO => rank(next?, None),
        _ => None,
    }
}

fn sorted(options: &[TokenWithSpan]) -> Vec<TokenWithSpan> {
    let mut parts: Vec<(u8, Vec<TokenWithSpan>)> = Vec::new();
    let mut negated = false;
    for (place, token) in options.iter().enumerate() {
        let begins = rank(token, options.get(place + 1)).filter(|_| !negated);
        negated = keyword(token) == Some(Keyword::NO);
        match (begins, parts.last_mut()) {
            (Some(rank), _) => parts.push((rank, vec![token.clone()])),
            (None, Some((_, part))) => part.push(token.clone()),
            (None, None) => parts.push((0, vec![token.clone()])),
        }
    }
    parts.sort_by_key(|(rank, _)| *rank);
    parts.into_iter().flat_map(|(_, part)| part).collect()
}
