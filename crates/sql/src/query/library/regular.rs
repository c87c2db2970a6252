//! Regular expressions: PostgreSQL's, in the words of the engine beneath, and the functions that take them apart.
//!
//! Look-around and back references, which that engine does not have, are 2201B.

use std::cell::RefCell;
use std::sync::Arc;

use cairn_catalog::{ColumnType, ElementType};
use cairn_rows::Datum;
use datafusion::logical_expr::ScalarUDF;
use regex::{Captures, Regex, RegexBuilder};

use super::{TEXT, mismatch, overloaded::Overloaded};
use crate::query::elementwise::{Body, Elementwise};
use crate::{Result, SqlError, SqlState};

/// The name of the function that `bind` puts round patterns of operators.
pub(crate) const PATTERN: &str = "regular_expression";

const TEXTS: ColumnType = ColumnType::Array(ElementType::String { max: None });

pub(super) fn function(name: &str) -> Option<Arc<ScalarUDF>> {
    let with_flags = |name, gives, body: Body| {
        let bodies = vec![
            Elementwise::new(name, &[TEXT, TEXT], gives, body),
            Elementwise::new(name, &[TEXT, TEXT, TEXT], gives, body),
        ];
        Some(Overloaded::function(name, bodies, None))
    };
    match name {
        PATTERN => Some(
            Elementwise::new(PATTERN, &[TEXT], TEXT, |row| {
                Ok(Datum::String(format!("(?s){}", translated(text(row, 0)?))))
            })
            .function(),
        ),
        "regexp_match" => with_flags("regexp_match", TEXTS, first_match),
        "regexp_match_texts" => with_flags("regexp_match_texts", TEXTS, matches),
        "regexp_split_to_array" => with_flags("regexp_split_to_array", TEXTS, split),
        "regexp_substring" => {
            Some(Elementwise::new("regexp_substring", &[TEXT, TEXT], TEXT, substring).function())
        }
        _ => None,
    }
}

fn text(row: &[Datum], place: usize) -> Result<&str> {
    match row.get(place) {
        Some(Datum::String(text)) => Ok(text),
        _ => Err(mismatch()),
    }
}

/// Escapes that mean something else there.
fn translated(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            out.push(letter);
            continue;
        }
        match letters.next() {
            Some('m') => out.push_str(r"\b{start}"),
            Some('M') => out.push_str(r"\b{end}"),
            Some('y') => out.push_str(r"\b"),
            Some('Y') => out.push_str(r"\B"),
            Some('Z') => out.push_str(r"\z"),
            Some(other) => out.extend(['\\', other]),
            None => out.push('\\'),
        }
    }
    out
}

#[derive(Clone, Default, PartialEq, Eq)]
struct Flags {
    global: bool,
    ignore_case: bool,
    /// `.` and `[^…]` stop at the ends of lines, where `^` and `$` match.
    lines: bool,
    extended: bool,
    literal: bool,
}

impl Flags {
    fn parse(flags: &str) -> Result<Self> {
        let mut found = Flags::default();
        for flag in flags.chars() {
            match flag {
                'g' => found.global = true,
                'i' => found.ignore_case = true,
                'c' => found.ignore_case = false,
                'n' | 'm' => found.lines = true,
                's' => found.lines = false,
                'x' => found.extended = true,
                't' => found.extended = false,
                'q' => found.literal = true,
                'e' => {}
                'b' | 'p' | 'w' => {
                    return Err(SqlError::unsupported(format_args!(
                        "the regular expression option {flag:?}"
                    )));
                }
                _ => {
                    return Err(SqlError::new(
                        SqlState::InvalidParameterValue,
                        format!("invalid regular expression option: \"{flag}\""),
                    ));
                }
            }
        }
        Ok(found)
    }
}

/// The arguments: a text, a pattern, and flags.
struct Call<'a> {
    text: &'a str,
    regex: Regex,
    global: bool,
}

thread_local! {
    /// The expression that was compiled last: rows mostly share it.
    static LAST: RefCell<Option<(String, Flags, Regex)>> = const { RefCell::new(None) };
}

impl<'a> Call<'a> {
    fn new(row: &'a [Datum]) -> Result<Self> {
        let flags = match row.get(2) {
            Some(_) => Flags::parse(text(row, 2)?)?,
            None => Flags::default(),
        };
        Ok(Call {
            text: text(row, 0)?,
            global: flags.global,
            regex: compiled(text(row, 1)?, flags)?,
        })
    }
}

fn compiled(pattern: &str, flags: Flags) -> Result<Regex> {
    LAST.with_borrow_mut(|last| {
        if let Some((known, of, regex)) = last
            && known.as_str() == pattern
            && *of == flags
        {
            return Ok(regex.clone());
        }
        let regex = compile(pattern, &flags)?;
        *last = Some((pattern.to_owned(), flags, regex.clone()));
        Ok(regex)
    })
}

fn compile(pattern: &str, flags: &Flags) -> Result<Regex> {
    let pattern = match flags.literal {
        true => regex::escape(pattern),
        false => translated(pattern),
    };
    let regex = RegexBuilder::new(&pattern)
        .case_insensitive(flags.ignore_case)
        .dot_matches_new_line(!flags.lines)
        .multi_line(flags.lines)
        .ignore_whitespace(flags.extended)
        .build();
    regex.map_err(|error| {
        let problem = error.to_string();
        let problem = problem.lines().last().unwrap_or_default().to_owned();
        SqlError::new(
            SqlState::InvalidRegularExpression,
            format!("invalid regular expression: {problem}"),
        )
    })
}

/// The groups of a match, or the whole of it where there are none.
fn groups(found: &Captures<'_>) -> Datum {
    let of = |place: usize| match found.get(place) {
        Some(group) => Datum::String(group.as_str().to_owned()),
        None => Datum::Null,
    };
    Datum::Array(match found.len() {
        1 => vec![of(0)],
        count => (1..count).map(of).collect(),
    })
}

fn first_match(row: &[Datum]) -> Result<Datum> {
    let call = Call::new(row)?;
    if call.global {
        return Err(SqlError::new(
            SqlState::InvalidParameterValue,
            "regexp_match() does not support the \"global\" option",
        )
        .hint("use the regexp_matches function instead"));
    }
    let found = call.regex.captures(call.text);
    Ok(found.as_ref().map_or(Datum::Null, groups))
}

/// What `regexp_matches` gives row by row, each as the text of an array, for there are no arrays of arrays.
fn matches(row: &[Datum]) -> Result<Datum> {
    let call = Call::new(row)?;
    let most = if call.global { usize::MAX } else { 1 };
    let found = call.regex.captures_iter(call.text).take(most);
    let found = found.map(|found| {
        let mut text = String::new();
        groups(&found).write_text(&TEXTS, &mut text);
        Datum::String(text)
    });
    Ok(Datum::Array(found.collect()))
}

/// What stands between matches. One of nothing at either end, or right behind another, is none.
fn split(row: &[Datum]) -> Result<Datum> {
    let call = Call::new(row)?;
    if call.global {
        return Err(SqlError::new(
            SqlState::InvalidParameterValue,
            "regexp_split_to_array() does not support the \"global\" option",
        ));
    }
    let mut parts = Vec::new();
    let mut from = 0;
    for found in call.regex.find_iter(call.text) {
        let empty = found.is_empty();
        if empty && (found.start() == from || found.start() == call.text.len()) {
            continue;
        }
        let part = call.text.get(from..found.start()).unwrap_or_default();
        parts.push(Datum::String(part.to_owned()));
        from = found.end();
    }
    let rest = call.text.get(from..).unwrap_or_default();
    parts.push(Datum::String(rest.to_owned()));
    Ok(Datum::Array(parts))
}

/// `substring(text from pattern)`: the first group, or the whole match.
fn substring(row: &[Datum]) -> Result<Datum> {
    let call = Call::new(row)?;
    let Some(found) = call.regex.captures(call.text) else {
        return Ok(Datum::Null);
    };
    let group = found.get(if found.len() > 1 { 1 } else { 0 });
    Ok(group.map_or(Datum::Null, |group| {
        Datum::String(group.as_str().to_owned())
    }))
}
