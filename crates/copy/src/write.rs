//! A value's text on its line.

use crate::{Format, Quotes};

impl Format {
    /// Appends a value's text so that it is read back as that text. `alone`: the line has no other.
    pub fn write_field(&self, text: &str, alone: bool, out: &mut String) {
        match self.quotes {
            None => push_escaped(self.delimiter, text, out),
            Some(quotes) => push_quoted(self, quotes, text, alone, out),
        }
    }
}

fn push_escaped(delimiter: u8, text: &str, out: &mut String) {
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape = match byte {
            8 => 'b',
            b'\t' => 't',
            b'\n' => 'n',
            11 => 'v',
            12 => 'f',
            b'\r' => 'r',
            other if other == b'\\' || other == delimiter => char::from(other),
            _ => continue,
        };
        out.push_str(text.get(plain..at).unwrap_or_default());
        out.push('\\');
        out.push(escape);
        plain = at + 1;
    }
    out.push_str(text.get(plain..).unwrap_or_default());
}

fn push_quoted(format: &Format, quotes: Quotes, text: &str, alone: bool, out: &mut String) {
    let Quotes { quote, escape } = quotes;
    let special =
        |byte: u8| byte == format.delimiter || byte == quote || byte == b'\n' || byte == b'\r';
    // A line of `\.` alone would be the end marker.
    if text != format.null && !(alone && text == "\\.") && !text.bytes().any(special) {
        out.push_str(text);
        return;
    }
    out.push(char::from(quote));
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        if byte == quote || byte == escape {
            out.push_str(text.get(plain..at).unwrap_or_default());
            out.push(char::from(escape));
            plain = at;
        }
    }
    out.push_str(text.get(plain..).unwrap_or_default());
    out.push(char::from(quote));
}
