//! How deep a statement's tree will be, before it is built: walking, printing and dropping a tree take stack for each level.

use sqlparser::{
    keywords::Keyword,
    tokenizer::{Token, TokenWithSpan},
};

use crate::{SyntaxError, error::Result};

/// The deepest tree that is accepted; every thread of Cairn's walks it with ease.
const LIMIT: usize = 200;

/// Refuses tokens whose tree may be deeper than the limit. Each bracket is a level, and so is each operator within one item of
/// a list: `a + b + c` leans to one side. A prefix operator behind another is two: it is printed in brackets.
pub(crate) fn check(tokens: &[TokenWithSpan]) -> Result<()> {
    let mut outer: Vec<usize> = Vec::new();
    let mut here = 0;
    let mut below = 0;
    let mut before = Before::Other;
    for token in tokens {
        let next = Before::after(&token.token, before);
        match &token.token {
            Token::LParen | Token::LBracket => {
                outer.push(here);
                below += here + 1;
                here = 0;
            }
            Token::RParen | Token::RBracket => {
                here = outer.pop().unwrap_or(0);
                below = below.saturating_sub(here + 1);
            }
            Token::Comma => here = 0,
            _ if (before, next) == (Before::Prefix, Before::Prefix) => here += 2,
            token if deepens(token) => here += 1,
            _ => {}
        }
        before = next;
        if below + here > LIMIT {
            return Err(SyntaxError::too_complex());
        }
    }
    Ok(())
}

/// What stands before a token, as far as it tells whether an operator there is a prefix.
#[derive(Clone, Copy, PartialEq)]
enum Before {
    /// The end of what an operator can stand behind.
    Operand,
    Prefix,
    Other,
}

impl Before {
    /// A keyword is taken for none of them: as a name it makes a prefix of the operator behind it, which counts no level too few.
    fn after(token: &Token, before: Before) -> Before {
        match token {
            Token::Word(word) if word.keyword == Keyword::NoKeyword => Before::Operand,
            Token::RParen | Token::RBracket => Before::Operand,
            Token::Word(_) | Token::LParen | Token::LBracket | Token::Comma => Before::Other,
            token if !deepens(token) => Before::Operand,
            _ if before == Before::Operand => Before::Other,
            _ => Before::Prefix,
        }
    }
}

fn deepens(token: &Token) -> bool {
    match token {
        Token::Word(word) => matches!(
            word.keyword,
            Keyword::AND
                | Keyword::OR
                | Keyword::NOT
                | Keyword::CASE
                | Keyword::JOIN
                | Keyword::UNION
                | Keyword::EXCEPT
                | Keyword::INTERSECT
                | Keyword::BETWEEN
                | Keyword::IS
                | Keyword::LIKE
                | Keyword::ILIKE
                | Keyword::IN
                | Keyword::COLLATE
                | Keyword::AT
                | Keyword::EXPLAIN
                | Keyword::PREPARE
        ),
        Token::Number(..)
        | Token::SingleQuotedString(_)
        | Token::EscapedStringLiteral(_)
        | Token::DollarQuotedString(_)
        | Token::HexStringLiteral(_)
        | Token::NationalStringLiteral(_)
        | Token::UnicodeStringLiteral(_)
        | Token::Placeholder(_)
        | Token::Period
        | Token::SemiColon
        | Token::EOF
        | Token::Whitespace(_)
        | Token::LBrace
        | Token::RBrace => false,
        _ => true,
    }
}
