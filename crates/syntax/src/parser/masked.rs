//! What a syntax error may show of a statement: all but its literals. One in the wrong place may be a password, or a URL with a key in it.

use sqlparser::tokenizer::{Token, TokenWithSpan};

/// Stands for the text of a literal.
const MASK: &str = "…";

/// The same tokens, without what their literals say.
pub(crate) fn all(tokens: &[TokenWithSpan]) -> Vec<TokenWithSpan> {
    let masked = tokens.iter();
    masked
        .map(|token| TokenWithSpan::new(one(&token.token), token.span))
        .collect()
}

/// The same token; of a literal, only what kind of literal it is. Between double quotes a location is one as well.
pub(crate) fn one(token: &Token) -> Token {
    let mut masked = token.clone();
    let text = match &mut masked {
        Token::SingleQuotedString(text)
        | Token::DoubleQuotedString(text)
        | Token::TripleSingleQuotedString(text)
        | Token::TripleDoubleQuotedString(text)
        | Token::EscapedStringLiteral(text)
        | Token::UnicodeStringLiteral(text)
        | Token::NationalStringLiteral(text)
        | Token::HexStringLiteral(text)
        | Token::SingleQuotedByteStringLiteral(text)
        | Token::DoubleQuotedByteStringLiteral(text)
        | Token::TripleSingleQuotedByteStringLiteral(text)
        | Token::TripleDoubleQuotedByteStringLiteral(text)
        | Token::SingleQuotedRawStringLiteral(text)
        | Token::DoubleQuotedRawStringLiteral(text)
        | Token::TripleSingleQuotedRawStringLiteral(text)
        | Token::TripleDoubleQuotedRawStringLiteral(text) => text,
        Token::DollarQuotedString(quoted) => &mut quoted.value,
        Token::QuoteDelimitedStringLiteral(quoted)
        | Token::NationalQuoteDelimitedStringLiteral(quoted) => &mut quoted.value,
        Token::Word(word) if word.quote_style.is_some() && word.value.contains("://") => {
            &mut word.value
        }
        _ => return masked,
    };
    MASK.clone_into(text);
    masked
}

/// The same where a string was expected: what stands in double quotes was meant as one.
pub(crate) fn string(token: &Token) -> Token {
    match token {
        Token::Word(word) if word.quote_style.is_some() => {
            Token::DoubleQuotedString(MASK.to_owned())
        }
        other => one(other),
    }
}
