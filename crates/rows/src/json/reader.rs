//! Text to a JSON document.

use std::collections::BTreeMap;

use super::{Json, Key, MAX_DEPTH};
use crate::numeric::{Numeric, NumericError};

/// Why a text is no JSON document that a column can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonError {
    Syntax,
    /// `\u0000`, which no text can hold.
    Nul,
    TooDeep,
    /// A number with more digits than a DECIMAL can have.
    Number,
}

pub(super) fn read(text: &str) -> Result<Json, JsonError> {
    let mut reader = Reader { rest: text };
    reader.spaces();
    let document = reader.value(0)?;
    reader.spaces();
    if reader.rest.is_empty() {
        Ok(document)
    } else {
        Err(JsonError::Syntax)
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn spaces(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    /// Takes the token and the spaces behind it, if it is there.
    fn skip(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                self.spaces();
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, token: &str) -> Result<(), JsonError> {
        if self.skip(token) {
            Ok(())
        } else {
            Err(JsonError::Syntax)
        }
    }

    fn value(&mut self, depth: usize) -> Result<Json, JsonError> {
        if depth > MAX_DEPTH {
            return Err(JsonError::TooDeep);
        }
        match self.rest.as_bytes().first() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => Ok(Json::String(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.word(),
        }
    }

    fn word(&mut self) -> Result<Json, JsonError> {
        let end = self
            .rest
            .find(|letter: char| !letter.is_ascii_alphanumeric())
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at_checked(end).ok_or(JsonError::Syntax)?;
        self.rest = rest;
        match word {
            "null" => Ok(Json::Null),
            "true" => Ok(Json::Bool(true)),
            "false" => Ok(Json::Bool(false)),
            _ => Err(JsonError::Syntax),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, JsonError> {
        self.expect("{")?;
        let mut members = BTreeMap::new();
        if self.skip_end("}") {
            return Ok(Json::Object(members));
        }
        loop {
            let key = self.string()?;
            self.spaces();
            self.expect(":")?;
            let member = self.value(depth + 1)?;
            self.spaces();
            members.insert(Key(key), member);
            if self.skip_end("}") {
                return Ok(Json::Object(members));
            }
            self.expect(",")?;
        }
    }

    fn array(&mut self, depth: usize) -> Result<Json, JsonError> {
        self.expect("[")?;
        let mut elements = Vec::new();
        if self.skip_end("]") {
            return Ok(Json::Array(elements));
        }
        loop {
            elements.push(self.value(depth + 1)?);
            self.spaces();
            if self.skip_end("]") {
                return Ok(Json::Array(elements));
            }
            self.expect(",")?;
        }
    }

    fn skip_end(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn number(&mut self) -> Result<Json, JsonError> {
        let end = self
            .rest
            .find(|letter: char| !matches!(letter, '0'..='9' | '+' | '-' | '.' | 'e' | 'E'))
            .unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at_checked(end).ok_or(JsonError::Syntax)?;
        self.rest = rest;
        if !is_number(text) {
            return Err(JsonError::Syntax);
        }
        match Numeric::parse(text) {
            Ok(number) => Ok(Json::Number(number)),
            Err(NumericError::TooManyDigits) => Err(JsonError::Number),
            Err(_) => Err(JsonError::Syntax),
        }
    }

    fn string(&mut self) -> Result<String, JsonError> {
        self.rest = self.rest.strip_prefix('"').ok_or(JsonError::Syntax)?;
        let mut text = String::new();
        loop {
            let end = self
                .rest
                .find(|letter: char| matches!(letter, '"' | '\\') || letter < ' ')
                .ok_or(JsonError::Syntax)?;
            let (piece, rest) = self.rest.split_at_checked(end).ok_or(JsonError::Syntax)?;
            text.push_str(piece);
            let mut letters = rest.chars();
            let mark = letters.next();
            self.rest = letters.as_str();
            match mark {
                Some('"') => return Ok(text),
                Some('\\') => text.push(self.escape()?),
                _ => return Err(JsonError::Syntax),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let mut letters = self.rest.chars();
        let letter = letters.next().ok_or(JsonError::Syntax)?;
        self.rest = letters.as_str();
        Ok(match letter {
            '"' | '\\' | '/' => letter,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => return self.unicode(),
            _ => return Err(JsonError::Syntax),
        })
    }

    /// Four hexadecimal digits, and four more for the other half of a pair.
    fn unicode(&mut self) -> Result<char, JsonError> {
        let high = self.hex()?;
        let code = match high {
            0 => return Err(JsonError::Nul),
            0xD800..=0xDBFF => {
                self.rest = self.rest.strip_prefix("\\u").ok_or(JsonError::Syntax)?;
                match self.hex()? {
                    low @ 0xDC00..=0xDFFF => 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00),
                    _ => return Err(JsonError::Syntax),
                }
            }
            code => code,
        };
        char::from_u32(code).ok_or(JsonError::Syntax)
    }

    fn hex(&mut self) -> Result<u32, JsonError> {
        let (digits, rest) = self.rest.split_at_checked(4).ok_or(JsonError::Syntax)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(JsonError::Syntax);
        }
        self.rest = rest;
        u32::from_str_radix(digits, 16).map_err(|_| JsonError::Syntax)
    }
}

/// JSON's grammar of numbers, which is narrower than SQL's.
fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (
            mantissa,
            Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)),
        ),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(digits)
}
