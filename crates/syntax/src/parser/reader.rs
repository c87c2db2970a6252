//! A place in a list of tokens, with sqlparser's own reader at hand for expressions and types.

use sqlparser::{
    ast::{DataType, Expr, IndexColumn, Visit, VisitMut},
    parser::{Parser, ParserError},
    tokenizer::{Location, Token, TokenWithSpan},
};

use super::{RECURSION_LIMIT, brackets, dialect::Bounded, distinct, literals, masked, names};
use crate::{Name, SyntaxError, error::Result};

#[derive(Clone)]
pub(crate) struct Reader<'a> {
    tokens: &'a [TokenWithSpan],
    index: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(tokens: &'a [TokenWithSpan]) -> Self {
        Reader { tokens, index: 0 }
    }

    pub(crate) fn index(&self) -> usize {
        self.index
    }

    pub(crate) fn token(&self) -> Option<&Token> {
        self.tokens.get(self.index).map(|token| &token.token)
    }

    pub(crate) fn token_at(&self, ahead: usize) -> Option<&Token> {
        self.tokens
            .get(self.index + ahead)
            .map(|token| &token.token)
    }

    pub(crate) fn skip(&mut self) {
        self.index += 1;
    }

    /// The unquoted word `ahead` tokens from here, in upper case.
    pub(crate) fn word_at(&self, ahead: usize) -> Option<String> {
        match self.token_at(ahead) {
            Some(Token::Word(word)) if word.quote_style.is_none() => {
                Some(word.value.to_uppercase())
            }
            _ => None,
        }
    }

    /// Whether these words come next.
    pub(crate) fn sees(&self, words: &[&str]) -> bool {
        words
            .iter()
            .enumerate()
            .all(|(ahead, word)| self.word_at(ahead).as_deref() == Some(*word))
    }

    /// Takes these words, all or none.
    pub(crate) fn accept(&mut self, words: &[&str]) -> bool {
        let sees = self.sees(words);
        if sees {
            self.index += words.len();
        }
        sees
    }

    pub(crate) fn expect(&mut self, word: &str) -> Result<()> {
        if self.accept(&[word]) {
            Ok(())
        } else {
            Err(self.unexpected(word))
        }
    }

    pub(crate) fn take(&mut self, token: &Token) -> bool {
        let takes = self.token() == Some(token);
        if takes {
            self.index += 1;
        }
        takes
    }

    pub(crate) fn require(&mut self, token: &Token) -> Result<()> {
        if self.take(token) {
            Ok(())
        } else {
            Err(self.unexpected(&token.to_string()))
        }
    }

    /// An identifier, folded.
    pub(crate) fn name(&mut self, what: &str) -> Result<Name> {
        let name = match self.token() {
            Some(Token::Word(word)) if word.quote_style.is_none() => {
                Name(word.value.to_lowercase())
            }
            Some(Token::Word(word)) => Name(word.value.clone()),
            _ => return Err(self.unexpected(what)),
        };
        self.skip();
        Ok(name)
    }

    /// A string literal.
    pub(crate) fn string(&mut self, what: &str) -> Result<String> {
        let text = match self.token() {
            Some(Token::SingleQuotedString(text) | Token::EscapedStringLiteral(text)) => {
                text.clone()
            }
            _ => return Err(self.unexpected_as(what, masked::string)),
        };
        self.skip();
        Ok(text)
    }

    /// `$n`.
    pub(crate) fn placeholder(&mut self) -> Option<usize> {
        let Some(Token::Placeholder(text)) = self.token() else {
            return None;
        };
        let number = text
            .strip_prefix('$')?
            .parse()
            .ok()
            .filter(|number| *number > 0)?;
        self.skip();
        Some(number)
    }

    /// Lets sqlparser read on from here.
    pub(crate) fn parser<T>(
        &mut self,
        read: impl Fn(&mut Parser<'_>) -> Result<T, ParserError>,
    ) -> Result<T> {
        let rest = self.tokens.get(self.index..).unwrap_or_default();
        let dialect = Bounded::new(rest.len());
        let mut parser = parser_of(&dialect, rest.to_vec());
        let value = read(&mut parser).map_err(|error| {
            // It quotes what it finds: what it says of the same tokens without their literals may be shown.
            let masked = masked::all(rest);
            let dialect = Bounded::new(rest.len());
            match read(&mut parser_of(&dialect, masked.clone())) {
                Err(error) => parser_error(error, &masked),
                Ok(_) => SyntaxError {
                    message: "syntax error: a literal says what it cannot say here".to_owned(),
                    ..parser_error(error, &masked)
                },
            }
        })?;
        // The parser stands on the token after the last one it took; past the end it counts on.
        self.index += consumed(&parser, rest.len());
        Ok(value)
    }

    /// One scalar expression.
    pub(crate) fn expression(&mut self) -> Result<Expr> {
        self.tree(|parser| parser.parse_expr())
    }

    /// What sqlparser reads here, made what was meant and so that it reads back from its printed form.
    pub(crate) fn tree<T: Visit + VisitMut>(
        &mut self,
        read: impl Fn(&mut Parser<'_>) -> Result<T, ParserError>,
    ) -> Result<T> {
        let mut tree = self.parser(read)?;
        names::settle(&mut tree)?;
        distinct::rebind(&mut tree);
        brackets::put(&mut tree);
        literals::settle(&mut tree);
        Ok(tree)
    }

    /// The columns and expressions of a key.
    pub(crate) fn key_parts(&mut self) -> Result<Vec<IndexColumn>> {
        let mut parts =
            self.tree(|parser| parser.parse_comma_separated(Parser::parse_create_index_expr))?;
        literals::settle_parts(&mut parts);
        Ok(parts)
    }

    /// The name of a type, with what stands in brackets behind it.
    pub(crate) fn data_type(&mut self) -> Result<DataType> {
        let mut data_type = self.parser(|parser| parser.parse_data_type())?;
        literals::settle_type(&mut data_type);
        Ok(data_type)
    }

    /// The tokens up to the bracket that closes the one just taken; stands behind it afterwards.
    pub(crate) fn until_closed(&mut self) -> Result<&'a [TokenWithSpan]> {
        let start = self.index;
        let mut depth = 1;
        while let Some(token) = self.tokens.get(self.index) {
            match token.token {
                Token::LParen => depth += 1,
                Token::RParen => depth -= 1,
                _ => {}
            }
            self.index += 1;
            if depth == 0 {
                return Ok(self.tokens.get(start..self.index - 1).unwrap_or_default());
            }
        }
        Err(self.unexpected(")"))
    }

    pub(crate) fn end(&self) -> Result<()> {
        if self.index < self.tokens.len() {
            Err(self.unexpected("the end of the statement"))
        } else {
            Ok(())
        }
    }

    /// Something at this place that reads well and is wrong.
    pub(crate) fn wrong_here(&self, message: String) -> SyntaxError {
        SyntaxError {
            position: self
                .tokens
                .get(self.index)
                .map(|token| encode(token.span.start)),
            ..SyntaxError::new(message)
        }
    }

    /// A syntax error at this place.
    pub(crate) fn unexpected(&self, expected: &str) -> SyntaxError {
        self.unexpected_as(expected, masked::one)
    }

    fn unexpected_as(&self, expected: &str, shown: fn(&Token) -> Token) -> SyntaxError {
        match self.tokens.get(self.index) {
            Some(token) => {
                let mut error = SyntaxError::new(format!(
                    "syntax error at or near \"{}\": expected {expected}",
                    shown(&token.token)
                ));
                error.position = Some(encode(token.span.start));
                error
            }
            None => SyntaxError::new(format!("syntax error at end of input: expected {expected}")),
        }
    }
}

fn parser_of(dialect: &Bounded, tokens: Vec<TokenWithSpan>) -> Parser<'_> {
    Parser::new(dialect)
        .with_recursion_limit(RECURSION_LIMIT)
        .with_tokens_with_locations(literals::no_names(tokens))
}

fn consumed(parser: &Parser<'_>, length: usize) -> usize {
    let mut left = 0;
    while left < length && parser.peek_nth_token_ref(left).token != Token::EOF {
        left += 1;
    }
    length - left
}

/// Until the text is at hand, a position is a line and a column in one number.
pub(super) fn encode(location: Location) -> usize {
    usize::try_from((location.line << 32) | (location.column & 0xffff_ffff)).unwrap_or(usize::MAX)
}

fn decode(position: usize) -> Location {
    let position = position as u64;
    Location {
        line: position >> 32,
        column: position & 0xffff_ffff,
    }
}

/// Turns the line and column of an error into characters of the text. An error without a place stands at the statement's end.
pub(crate) fn locate(mut error: SyntaxError, text: &str, tokens: &[TokenWithSpan]) -> SyntaxError {
    error.position = match error.position {
        Some(encoded) => position(text, decode(encoded)),
        None if error.message.contains("end of input") => tokens
            .last()
            .and_then(|token| position(text, token.span.end)),
        None => None,
    };
    error
}

/// The place of a line and column, in characters from 1.
pub(crate) fn position(text: &str, location: Location) -> Option<usize> {
    Some(offset(text, location)?.1 + 1)
}

/// The place of a line and column: in bytes and in characters from 0.
fn offset(text: &str, location: Location) -> Option<(usize, usize)> {
    let (mut line, mut column) = (1, 1);
    let mut characters = 0;
    for (byte, character) in text.char_indices() {
        if line == location.line && column == location.column {
            return Some((byte, characters));
        }
        characters += 1;
        if character == '\n' {
            line += 1;
            column = 1;
        } else {
            column += 1;
        }
    }
    (line == location.line && column == location.column).then_some((text.len(), characters))
}

/// The part of the text that the tokens came from.
pub(crate) fn source(text: &str, tokens: &[TokenWithSpan]) -> String {
    let start = tokens
        .first()
        .and_then(|token| offset(text, token.span.start))
        .map_or(0, |(byte, _)| byte);
    let end = tokens
        .last()
        .and_then(|token| offset(text, token.span.end))
        .map_or(text.len(), |(byte, _)| byte);
    text.get(start..end).unwrap_or(text).to_owned()
}

/// sqlparser's words about the tokens, in the form of ours.
fn parser_error(error: ParserError, tokens: &[TokenWithSpan]) -> SyntaxError {
    let text = match error {
        ParserError::TokenizerError(text) | ParserError::ParserError(text) => text,
        ParserError::RecursionLimitExceeded => return SyntaxError::too_complex(),
    };
    let (words, location) = match text.rsplit_once(" at Line: ") {
        Some((words, place)) => (words.to_owned(), parse_location(place)),
        None => (text, None),
    };
    let mut error = match words
        .strip_prefix("Expected: ")
        .and_then(|rest| rest.split_once(", found: "))
    {
        Some((expected, "EOF")) => {
            SyntaxError::new(format!("syntax error at end of input: expected {expected}"))
        }
        Some((expected, found)) => {
            // It saw every string with an E.
            let written = tokens
                .iter()
                .find(|token| Some(token.span.start) == location)
                .map_or(found.to_owned(), |token| token.to_string());
            SyntaxError::new(format!(
                "syntax error at or near \"{written}\": expected {expected}"
            ))
        }
        None => SyntaxError::new(format!("syntax error: {}", lower_first(&words))),
    };
    error.position = location.filter(|location| location.line > 0).map(encode);
    error
}

fn parse_location(place: &str) -> Option<Location> {
    let (line, column) = place.split_once(", Column: ")?;
    Some(Location {
        line: line.trim().parse().ok()?,
        column: column.trim().parse().ok()?,
    })
}

pub(crate) fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => String::new(),
    }
}
