//! How often a statement's innermost tokens would be read, before they are: of each bracket in a row of them behind FROM sqlparser tries
//! first a subquery, then joins, so each reads what is in it once more. What operands cost is counted as they are read: `parser::dialect`.

use sqlparser::{
    keywords::Keyword,
    tokenizer::{Token, TokenWithSpan},
};

use crate::{SyntaxError, error::Result};

/// The most readings of one token that brackets behind FROM may cause.
const READINGS: usize = 4096;

/// Refuses tokens that brackets would have read too often.
pub(crate) fn check(tokens: &[TokenWithSpan]) -> Result<()> {
    let mut open = vec![Bracket::OUTSIDE];
    let mut before = None;
    for token in tokens {
        match (&token.token, open.last()) {
            (Token::LParen, Some(outer)) => {
                let bracket = outer.inner(before);
                if bracket.readings() > READINGS {
                    return Err(SyntaxError::too_complex());
                }
                open.push(bracket);
            }
            (Token::RParen, _) if open.len() > 1 => {
                open.pop();
            }
            _ => {}
        }
        before = Some(&token.token);
    }
    Ok(())
}

/// An open bracket.
#[derive(Clone, Copy)]
struct Bracket {
    /// How often what stands around its row of brackets is read.
    row: usize,
    /// Which one of the row it is; 0 for brackets that are not behind FROM.
    place: usize,
}

impl Bracket {
    const OUTSIDE: Bracket = Bracket { row: 1, place: 0 };

    fn readings(self) -> usize {
        self.row.saturating_mul(self.place.max(1))
    }

    /// The bracket that opens in this one behind a token. A comma may be one of FROM's.
    fn inner(self, before: Option<&Token>) -> Bracket {
        let row = self.readings();
        match before {
            Some(Token::LParen) if self.place > 0 => Bracket {
                place: self.place + 1,
                ..self
            },
            Some(Token::Comma) => Bracket { row, place: 1 },
            Some(Token::Word(word)) if brings_relations(word.keyword) => Bracket { row, place: 1 },
            _ => Bracket { row, place: 0 },
        }
    }
}

fn brings_relations(keyword: Keyword) -> bool {
    matches!(
        keyword,
        Keyword::FROM | Keyword::INTO | Keyword::JOIN | Keyword::UPDATE | Keyword::USING
    )
}
