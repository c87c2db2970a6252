//! `123abc`: what is stuck to a number or a parameter is refused, as PostgreSQL 15 does. sqlparser reads it as a name of its own, and
//! some of it as part of the number.

use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Word};

use super::reader::position;
use crate::SyntaxError;

/// Something that is stuck to a literal.
pub(super) struct Junk {
    literal: &'static str,
    /// How many characters of the literal come before it.
    before: usize,
}

/// What is stuck to a token, in it or in the next one.
pub(super) fn behind(token: &TokenWithSpan, next: Option<&TokenWithSpan>) -> Option<Junk> {
    let (literal, before, is_stuck) = match &token.token {
        Token::Number(number, is_long) => {
            let before = number.find('_').unwrap_or(number.len());
            let in_it = *is_long || before < number.len();
            let is_stuck = in_it || next.is_some_and(|next| is_name_at(token.span.end, next));
            ("numeric literal", before, is_stuck)
        }
        Token::HexStringLiteral(digits) => {
            let width = digits.len() as u64 + 2;
            // X'…' is longer, by its second quote.
            let is_0x = token.span.end.column == token.span.start.column + width;
            ("numeric literal", 1, is_0x)
        }
        Token::Placeholder(text) => {
            let number = text.strip_prefix('$')?;
            let junk = number.trim_start_matches(|letter: char| letter.is_ascii_digit());
            let is_stuck = !junk.is_empty() && junk.len() < number.len();
            ("parameter", text.len() - junk.len(), is_stuck)
        }
        _ => return None,
    };
    is_stuck.then_some(Junk { literal, before })
}

/// Whether this token begins at the place, and as a name does. So do strings with a letter before their quote.
fn is_name_at(place: Location, token: &TokenWithSpan) -> bool {
    let begins = match &token.token {
        Token::Word(Word { quote_style, .. }) => quote_style.is_none(),
        Token::EscapedStringLiteral(_)
        | Token::UnicodeStringLiteral(_)
        | Token::NationalStringLiteral(_)
        | Token::HexStringLiteral(_)
        | Token::SingleQuotedByteStringLiteral(_) => true,
        _ => false,
    };
    begins && token.span.start == place
}

impl Junk {
    /// Quotes the literal, which begins at `start`, and what a name could have of the rest.
    pub(super) fn error(&self, text: &str, start: Location) -> SyntaxError {
        let position = position(text, start);
        let start = position.map_or(0, |position| position - 1);
        let is_of_it = |(place, letter): &(usize, char)| {
            *place < start + self.before || letter.is_alphanumeric() || matches!(letter, '_' | '$')
        };
        let letters = text.chars().enumerate().skip(start).take_while(is_of_it);
        let shown: String = letters.map(|(_, letter)| letter).collect();
        SyntaxError {
            position,
            ..SyntaxError::new(format!(
                "trailing junk after {} at or near \"{shown}\"",
                self.literal
            ))
        }
    }
}
