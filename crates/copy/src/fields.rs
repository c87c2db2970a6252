//! From one record to its fields: escapes and quotes are taken away, NULLs are told from texts.

use cairn_syntax::InvalidUtf8;

use crate::{Error, Format, Quotes, Result};

/// The fields of the record read last. One of these reads many records, and keeps its memory.
#[derive(Debug, Default)]
pub struct Fields {
    /// The fields' texts, each followed by a NUL byte, so that no character can be made of the bytes of two.
    text: String,
    fields: Vec<Field>,
}

#[derive(Debug, Clone, Copy)]
struct Field {
    start: usize,
    end: usize,
    null: bool,
}

impl Fields {
    /// Takes a record apart.
    ///
    /// # Errors
    /// For quotes that are not closed, and bytes that are no text.
    pub fn read(&mut self, format: &Format, record: &[u8]) -> Result<()> {
        let mut text = std::mem::take(&mut self.text).into_bytes();
        text.clear();
        self.fields.clear();
        let mut rest = Some(record);
        while let Some(field) = rest {
            let start = text.len();
            let (after, quoted) = match format.quotes {
                None => (text_field(field, format.delimiter, &mut text), false),
                Some(quotes) => csv_field(field, format.delimiter, quotes, &mut text)?,
            };
            let raw = field
                .get(..field.len() - after.map_or(0, |after| after.len() + 1))
                .unwrap_or_default();
            let null = !quoted && raw == format.null.as_bytes();
            self.fields.push(Field {
                start,
                end: text.len(),
                null,
            });
            text.push(0);
            rest = after;
        }
        // As it is, or escaped: `\0`.
        if text.iter().filter(|byte| **byte == 0).count() > self.fields.len() {
            return Err(InvalidUtf8::nul().into());
        }
        self.text = String::from_utf8(text).map_err(InvalidUtf8::from)?;
        Ok(())
    }

    pub fn count(&self) -> usize {
        self.fields.len()
    }

    /// A field's text; None: it is NULL.
    pub fn get(&self, place: usize) -> Option<&str> {
        let field = self.fields.get(place).filter(|field| !field.null)?;
        self.text.get(field.start..field.end)
    }
}

/// Reads up to the delimiter; answers what is behind it, None at the record's end.
fn text_field<'a>(mut rest: &'a [u8], delimiter: u8, text: &mut Vec<u8>) -> Option<&'a [u8]> {
    loop {
        let plain = rest
            .iter()
            .position(|byte| *byte == delimiter || *byte == b'\\')
            .unwrap_or(rest.len());
        let (before, behind) = rest.split_at(plain);
        text.extend_from_slice(before);
        match behind.split_first() {
            None => return None,
            Some((b'\\', behind)) => rest = unescape(behind, text),
            Some((_, behind)) => return Some(behind),
        }
    }
}

/// What a backslash and the next bytes stand for; answers what is behind them. A backslash at the end stands for nothing.
fn unescape<'a>(rest: &'a [u8], text: &mut Vec<u8>) -> &'a [u8] {
    let Some((first, behind)) = rest.split_first() else {
        return rest;
    };
    let plain = match first {
        b'0'..=b'7' => return digits(rest, 8, 3, text),
        b'x' if behind.first().is_some_and(u8::is_ascii_hexdigit) => {
            return digits(behind, 16, 2, text);
        }
        b'b' => 8,
        b't' => b'\t',
        b'n' => b'\n',
        b'v' => 11,
        b'f' => 12,
        b'r' => b'\r',
        other => *other,
    };
    text.push(plain);
    behind
}

/// A byte by its number.
fn digits<'a>(mut rest: &'a [u8], base: u32, most: usize, text: &mut Vec<u8>) -> &'a [u8] {
    let mut value: u32 = 0;
    for _ in 0..most {
        let Some((digit, behind)) = rest.split_first() else {
            break;
        };
        let Some(digit) = char::from(*digit).to_digit(base) else {
            break;
        };
        value = value * base + digit;
        rest = behind;
    }
    text.push((value & 0xFF) as u8);
    rest
}

/// The same for CSV; answers also whether there were quotes.
fn csv_field<'a>(
    mut rest: &'a [u8],
    delimiter: u8,
    quotes: Quotes,
    text: &mut Vec<u8>,
) -> Result<(Option<&'a [u8]>, bool)> {
    let Quotes { quote, escape } = quotes;
    let mut quoted = false;
    loop {
        let plain = rest
            .iter()
            .position(|byte| *byte == delimiter || *byte == quote)
            .unwrap_or(rest.len());
        let (before, behind) = rest.split_at(plain);
        text.extend_from_slice(before);
        match behind.split_first() {
            None => return Ok((None, quoted)),
            Some((byte, behind)) if *byte == delimiter => return Ok((Some(behind), quoted)),
            Some((_, behind)) => rest = behind,
        }
        quoted = true;
        loop {
            let plain = rest
                .iter()
                .position(|byte| *byte == quote || *byte == escape)
                .unwrap_or(rest.len());
            let (before, behind) = rest.split_at(plain);
            text.extend_from_slice(before);
            match behind {
                [first, second, behind @ ..]
                    if *first == escape && (*second == quote || *second == escape) =>
                {
                    text.push(*second);
                    rest = behind;
                }
                [first, behind @ ..] if *first == quote => {
                    rest = behind;
                    break;
                }
                [first, behind @ ..] => {
                    text.push(*first);
                    rest = behind;
                }
                [] => return Err(Error::file("unterminated CSV quoted field")),
            }
        }
    }
}

#[cfg(test)]
mod tests;
