//! Patterns that DataFusion does not know, as those it does: LIKE with an escape character of one's own, SIMILAR TO.

use std::sync::Arc;

use arrow::{
    array::{Array, StringArray},
    datatypes::DataType,
};
use datafusion::{
    common::{Result, cast::as_string_array},
    logical_expr::{
        ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, TypeSignature, Volatility,
    },
};

use crate::{SqlError, SqlState};

/// What a pattern is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Language {
    /// `%`, `_` and the escape character; read into the same with `\`.
    Like,
    /// The same, and regular expressions between; read into a regular expression.
    Similar,
}

/// `like_pattern(pattern, escape)` and `similar_pattern(pattern, escape)`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Pattern {
    language: Language,
    signature: Signature,
}

impl Pattern {
    pub fn new(language: Language) -> Self {
        let signature = TypeSignature::String(2);
        Pattern {
            language,
            signature: Signature::new(signature, Volatility::Immutable),
        }
    }

    fn read(&self, pattern: &str, escape: &str) -> Result<String, SqlError> {
        let escape = escape_character(escape)?;
        match self.language {
            Language::Like => like(pattern, escape),
            Language::Similar => similar(pattern, escape),
        }
    }
}

impl ScalarUDFImpl for Pattern {
    fn name(&self) -> &str {
        match self.language {
            Language::Like => "like_pattern",
            Language::Similar => "similar_pattern",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let [patterns, escapes] = arrays.as_slice() else {
            return Err(SqlError::internal(format!("{} takes two texts", self.name())).into());
        };
        let (patterns, escapes) = (text(patterns)?, text(escapes)?);
        let read = patterns.iter().zip(escapes.iter());
        let read = read.map(|pair| match pair {
            (Some(pattern), Some(escape)) => self.read(pattern, escape).map(Some),
            _ => Ok(None),
        });
        let read = read.collect::<Result<StringArray, SqlError>>()?;
        Ok(ColumnarValue::Array(Arc::new(read)))
    }
}

fn text(array: &dyn Array) -> Result<StringArray> {
    let array = arrow::compute::cast(array, &DataType::Utf8)?;
    Ok(as_string_array(&array)?.clone())
}

/// None if nothing escapes.
fn escape_character(escape: &str) -> Result<Option<char>, SqlError> {
    let mut characters = escape.chars();
    let first = characters.next();
    if characters.next().is_some() {
        return Err(wrong_escape(
            "an escape string must be empty or one character",
        ));
    }
    Ok(first)
}

fn wrong_escape(reason: &str) -> SqlError {
    SqlError::new(
        SqlState::InvalidEscapeSequence,
        format!("invalid escape string: {reason}"),
    )
}

fn like(pattern: &str, escape: Option<char>) -> Result<String, SqlError> {
    let mut out = String::with_capacity(pattern.len());
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        if Some(character) == escape {
            out.push('\\');
            out.push(escaped(&mut characters)?);
        } else if character == '\\' {
            out.push_str("\\\\");
        } else {
            out.push(character);
        }
    }
    Ok(out)
}

fn escaped(characters: &mut std::str::Chars<'_>) -> Result<char, SqlError> {
    let next = characters.next();
    next.ok_or_else(|| wrong_escape("the pattern must not end with the escape character"))
}

fn similar(pattern: &str, escape: Option<char>) -> Result<String, SqlError> {
    let mut out = String::from("(?s)^(?:");
    let mut characters = pattern.chars();
    let mut bracket = false;
    while let Some(character) = characters.next() {
        match character {
            _ if Some(character) == escape => push_literal(escaped(&mut characters)?, &mut out),
            ']' if bracket => {
                bracket = false;
                out.push(']');
            }
            _ if bracket => out.push(character),
            '[' => {
                bracket = true;
                out.push('[');
            }
            '%' => out.push_str(".*"),
            '_' => out.push('.'),
            '(' => out.push_str("(?:"),
            ')' | '|' | '*' | '+' | '?' | '{' | '}' => out.push(character),
            _ => push_literal(character, &mut out),
        }
    }
    out.push_str(")$");
    Ok(out)
}

fn push_literal(character: char, out: &mut String) {
    if character.is_ascii_punctuation() {
        out.push('\\');
    }
    out.push(character);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escape_character_of_ones_own_becomes_a_backslash() {
        let read = |pattern, escape| like(pattern, escape_character(escape).ok().flatten());
        for (pattern, escape, expected) in [
            ("a!%", "!", "a\\%"),
            ("a!!", "!", "a\\!"),
            ("a\\%", "!", "a\\\\%"),
            ("a\\%", "", "a\\\\%"),
            ("a\\%", "\\", "a\\%"),
        ] {
            assert_eq!(read(pattern, escape).expect(pattern), expected);
        }
        assert!(read("a!", "!").is_err());
        assert!(escape_character("ab").is_err());
    }

    #[test]
    fn a_similar_pattern_is_anchored_and_its_own_signs_only_mean_something() {
        for (pattern, expected) in [
            ("a%_", "(?s)^(?:a.*.)$"),
            ("(a|b)+", "(?s)^(?:(?:a|b)+)$"),
            ("[a-c%]*", "(?s)^(?:[a-c%]*)$"),
            ("a.c$", "(?s)^(?:a\\.c\\$)$"),
            ("a\\%", "(?s)^(?:a\\%)$"),
        ] {
            assert_eq!(similar(pattern, Some('\\')).expect(pattern), expected);
        }
    }
}
