//! Where PostgreSQL cuts a text into tokens otherwise than sqlparser.
//!
//! A string goes on behind a line end, `'a'` and `'b'` of the next line being `'ab'`, and in no other way does one follow another. An
//! operator ends in a sign only where it has a character that no operator of the standard has: `->-1` is `-> -1`.

use sqlparser::tokenizer::{Span, Token, TokenWithSpan, Tokenizer, Whitespace};

use super::dialect::POSTGRES;

/// What an operator that ends in `+` or `-` must have.
const OF_LONG_OPERATORS: [char; 10] = ['~', '!', '@', '#', '%', '^', '&', '|', '`', '?'];

/// What stands between two tokens.
#[derive(Default)]
pub(super) struct Gap {
    ends_line: bool,
    has_block_comment: bool,
}

impl Gap {
    pub fn widen(&mut self, blank: &Whitespace) {
        match blank {
            Whitespace::Newline | Whitespace::SingleLineComment { .. } => self.ends_line = true,
            Whitespace::MultiLineComment(_) => self.has_block_comment = true,
            Whitespace::Space | Whitespace::Tab => {}
        }
    }

    fn lets_strings_go_on(&self) -> bool {
        self.ends_line && !self.has_block_comment
    }
}

/// Puts a token behind those of its statement; `gap` is what stands before it.
///
/// # Errors
/// What is wrong with a string that goes on.
pub(super) fn push(
    statement: &mut Vec<TokenWithSpan>,
    token: TokenWithSpan,
    gap: &Gap,
) -> Result<(), &'static str> {
    if let (Some(last), Token::SingleQuotedString(more)) = (statement.last_mut(), &token.token)
        && is_string(&last.token)
        && gap.lets_strings_go_on()
    {
        return go_on(last, more, token.span);
    }
    match signed_operator(&token) {
        Some(tokens) => statement.extend(tokens),
        None => statement.push(token),
    }
    Ok(())
}

fn is_string(token: &Token) -> bool {
    matches!(
        token,
        Token::SingleQuotedString(_)
            | Token::EscapedStringLiteral(_)
            | Token::UnicodeStringLiteral(_)
            | Token::HexStringLiteral(_)
            | Token::SingleQuotedByteStringLiteral(_)
    )
}

fn go_on(last: &mut TokenWithSpan, more: &str, span: Span) -> Result<(), &'static str> {
    let escapes = !matches!(last.token, Token::SingleQuotedString(_));
    match &mut last.token {
        Token::SingleQuotedString(text)
        | Token::EscapedStringLiteral(text)
        | Token::UnicodeStringLiteral(text)
            if !(escapes && more.contains('\\')) =>
        {
            text.push_str(more);
        }
        _ => return Err("a string with escapes goes on in another line: write it as one"),
    }
    last.span = Span::new(last.span.start, span.end);
    Ok(())
}

/// The operator and the signs of which sqlparser has made one operator.
fn signed_operator(token: &TokenWithSpan) -> Option<Vec<TokenWithSpan>> {
    let Token::CustomBinaryOperator(text) = &token.token else {
        return None;
    };
    let has_comment = text.contains("--") || text.contains("/*");
    if has_comment || text.contains(OF_LONG_OPERATORS) {
        return None;
    }
    let operator = match text.trim_end_matches(['+', '-']) {
        "" => text.get(..1)?,
        operator => operator,
    };
    let signs = text
        .get(operator.len()..)
        .filter(|signs| !signs.is_empty())?;
    let mut place = token.span.start;
    let mut tokens = Tokenizer::new(&POSTGRES, operator).tokenize().ok()?;
    tokens.extend(signs.chars().map(|sign| match sign {
        '+' => Token::Plus,
        _ => Token::Minus,
    }));
    let spanned = tokens.into_iter().map(|token| {
        let start = place;
        place.column += token.to_string().len() as u64;
        TokenWithSpan::new(token, Span::new(start, place))
    });
    Some(spanned.collect())
}
