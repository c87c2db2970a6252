//! JSON documents: read, and written in the one form in which a JSONB column keeps them.
//!
//! WHAT
//!   The canonical form is PostgreSQL's: the keys of an object by length, then by bytes, the last of equal ones; one
//!   space behind `:` and `,`; numbers as plain decimal digits, exactly and with the zeros that were written.
//!
//! INVARIANTS
//!   No document is nested deeper than `MAX_DEPTH`, so that no recursion over one overflows a stack.

mod reader;

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::numeric::Numeric;
pub use reader::JsonError;

/// How deep arrays and objects may lie in each other.
pub const MAX_DEPTH: usize = 256;

/// A document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    Null,
    Bool(bool),
    Number(Numeric),
    String(String),
    Array(Vec<Json>),
    Object(BTreeMap<Key, Json>),
}

/// The key of an object; shorter ones come first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(pub String);

impl Ord for Key {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.0.len(), &self.0).cmp(&(other.0.len(), &other.0))
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Json {
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, JsonError> {
        reader::read(text)
    }

    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.get(&Key(key.to_owned())),
            _ => None,
        }
    }

    /// The element at an index; a negative one counts from the end.
    pub fn element(&self, index: i64) -> Option<&Self> {
        let Self::Array(elements) = self else {
            return None;
        };
        let length = i64::try_from(elements.len()).ok()?;
        let place = if index < 0 { length + index } else { index };
        elements.get(usize::try_from(place).ok()?)
    }

    /// `object`, `array`, `string`, `number`, `boolean` or `null`.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::String(_) => "string",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
        }
    }

    /// `self @> other`: everything in the other is in this one.
    pub fn contains(&self, other: &Self) -> bool {
        match (self, other) {
            // At the top alone, an array contains a plain value among its elements.
            (
                Self::Array(elements),
                Self::Null | Self::Bool(_) | Self::Number(_) | Self::String(_),
            ) => elements.contains(other),
            _ => self.holds(other),
        }
    }

    fn holds(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Object(members), Self::Object(others)) => others
                .iter()
                .all(|(key, other)| members.get(key).is_some_and(|member| member.holds(other))),
            (Self::Array(elements), Self::Array(others)) => others
                .iter()
                .all(|other| elements.iter().any(|element| element.holds(other))),
            (value, other) => value == other,
        }
    }

    /// `self ? key`: a member's key, or a string of an array.
    pub fn has_key(&self, key: &str) -> bool {
        match self {
            Self::Object(_) => self.get(key).is_some(),
            Self::Array(elements) => elements
                .iter()
                .any(|element| matches!(element, Self::String(text) if text == key)),
            Self::String(text) => text == key,
            _ => false,
        }
    }

    /// What `->>` gives: a string without quotes, NULL for null, the canonical form of all else.
    pub fn as_text(&self) -> Option<String> {
        match self {
            Self::Null => None,
            Self::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(true) => out.push_str("true"),
            Self::Bool(false) => out.push_str("false"),
            Self::Number(number) => number.write(out),
            Self::String(text) => write_string(text, out),
            Self::Array(elements) => {
                out.push('[');
                for (place, element) in elements.iter().enumerate() {
                    if place > 0 {
                        out.push_str(", ");
                    }
                    element.write(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (place, (key, member)) in members.iter().enumerate() {
                    if place > 0 {
                        out.push_str(", ");
                    }
                    write_string(&key.0, out);
                    out.push_str(": ");
                    member.write(out);
                }
                out.push('}');
            }
        }
    }
}

impl std::fmt::Display for Json {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = String::new();
        self.write(&mut text);
        f.write_str(&text)
    }
}

/// Appends the text in quotes; only what must be is escaped.
pub fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            letter if letter < ' ' => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(letter));
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests;
