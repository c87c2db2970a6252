//! Arrays as text: `{1,2,NULL,"a, b"}`.

use cairn_catalog::ColumnType;

use super::syntax;
use crate::{Datum, Error, Result, Zone};

/// What stands around elements and is none of them. Other blanks of Unicode belong to a text, as in PostgreSQL.
const BLANKS: [char; 6] = [' ', '\t', '\n', '\u{b}', '\u{c}', '\r'];

/// Appends the elements in braces; `write` appends one that is not NULL, and `None` stands for NULL.
pub fn write_array<T>(
    elements: impl Iterator<Item = Option<T>>,
    out: &mut String,
    mut write: impl FnMut(T, &mut String),
) {
    out.push('{');
    let mut text = String::new();
    for (place, element) in elements.enumerate() {
        if place > 0 {
            out.push(',');
        }
        let Some(element) = element else {
            out.push_str("NULL");
            continue;
        };
        text.clear();
        write(element, &mut text);
        push_element(&text, out);
    }
    out.push('}');
}

/// An element in quotes if it would be read otherwise.
fn push_element(text: &str, out: &mut String) {
    let special =
        |letter: char| BLANKS.contains(&letter) || matches!(letter, '{' | '}' | ',' | '"' | '\\');
    if !text.is_empty() && !text.eq_ignore_ascii_case("null") && !text.contains(special) {
        return out.push_str(text);
    }
    out.push('"');
    for letter in text.chars() {
        if matches!(letter, '"' | '\\') {
            out.push('\\');
        }
        out.push(letter);
    }
    out.push('"');
}

/// The elements of a text, each read as the element type.
pub(super) fn parse_array(
    zone: Zone,
    ty: &ColumnType,
    element: &ColumnType,
    text: &str,
) -> Result<Vec<Datum>> {
    let malformed = || Error::Array {
        text: text.to_owned(),
    };
    let inner = text
        .trim_matches(BLANKS)
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'));
    let mut rest = inner.ok_or_else(malformed)?.trim_start_matches(BLANKS);
    let mut elements = Vec::new();
    if rest.is_empty() {
        return Ok(elements);
    }
    loop {
        if rest.starts_with('{') {
            return Err(Error::Unsupported {
                what: format!("an array of more than one dimension in type {ty}"),
            });
        }
        let (value, quoted, tail) = take_element(rest).ok_or_else(malformed)?;
        elements.push(match (quoted, value.as_str()) {
            (false, "") => return Err(syntax(ty, text)),
            (false, word) if word.eq_ignore_ascii_case("null") => Datum::Null,
            (_, word) => Datum::parse_text_in(zone, element, word)?,
        });
        match tail.strip_prefix(',') {
            Some(tail) => rest = tail.trim_start_matches(BLANKS),
            None if tail.is_empty() => return Ok(elements),
            None => return Err(malformed()),
        }
    }
}

/// One element without its quotes and escapes, whether it had quotes, and what follows it.
fn take_element(text: &str) -> Option<(String, bool, &str)> {
    let mut value = String::new();
    let mut letters = text.chars();
    let quoted = text.starts_with('"');
    if quoted {
        letters.next();
    }
    // How much of the value was escaped: spaces behind that are not the value's.
    let mut kept = 0;
    loop {
        let before = letters.as_str();
        match letters.next() {
            Some('\\') => {
                value.push(letters.next()?);
                kept = value.len();
            }
            Some('"') if quoted => {
                return Some((value, true, letters.as_str().trim_start_matches(BLANKS)));
            }
            Some(',') | None if !quoted => {
                let end = value.trim_end_matches(BLANKS).len().max(kept);
                value.truncate(end);
                return Some((value, kept > 0, before));
            }
            Some('"' | '{' | '}') if !quoted => return None,
            Some(letter) => value.push(letter),
            None => return None,
        }
    }
}
