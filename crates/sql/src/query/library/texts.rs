//! Functions of texts.

use std::sync::Arc;

use cairn_catalog::{ColumnType, ElementType};
use cairn_rows::Datum;
use datafusion::logical_expr::ScalarUDF;

use super::polymorphic::{Place, Polymorphic};
use super::{TEXT, mismatch};
use crate::query::elementwise::Elementwise;
use crate::{Result, SqlError, SqlState};

const TEXTS: Place = Place::Of(TEXT);
const LIST: Place = Place::Of(ColumnType::Array(ElementType::String { max: None }));

pub(super) fn function(name: &str) -> Option<Arc<ScalarUDF>> {
    let one = |name, body| Elementwise::new(name, &[TEXT], TEXT, body).function();
    Some(match name {
        "chr" => Elementwise::new("chr", &[ColumnType::Int8], TEXT, character).function(),
        "regexp_replacement" => one("regexp_replacement", replacement),
        "quote_ident" => one("quote_ident", |row| quoted(row, quote_identifier)),
        "quote_literal" => one("quote_literal", |row| quoted(row, quote_literal)),
        "quote_nullable" => {
            Polymorphic::lenient("quote_nullable", &[TEXTS], TEXTS, |row| match row {
                [Datum::Null] => Ok(Datum::String("NULL".to_owned())),
                _ => quoted(row, quote_literal),
            })
            .function()
        }
        // `format` takes the rest of its arguments as an array of their texts: `bind` writes it so.
        "format_texts" => {
            Polymorphic::lenient("format_texts", &[TEXTS, LIST], TEXTS, format).function()
        }
        _ => return None,
    })
}

fn text(row: &[Datum]) -> Result<&str> {
    match row {
        [Datum::String(text), ..] => Ok(text),
        _ => Err(mismatch()),
    }
}

/// The character of a code point.
fn character(row: &[Datum]) -> Result<Datum> {
    let [Datum::Int8(code)] = row else {
        return Err(mismatch());
    };
    let known = u32::try_from(*code).ok().and_then(char::from_u32);
    let (state, message) = match (code, known) {
        (..0, _) => (
            SqlState::InvalidParameterValue,
            "character number must be positive".to_owned(),
        ),
        (0, _) => (
            SqlState::ProgramLimitExceeded,
            "null character not permitted".to_owned(),
        ),
        (_, None) => (
            SqlState::ProgramLimitExceeded,
            format!("requested character not valid for encoding: {code}"),
        ),
        (_, Some(character)) => return Ok(Datum::String(character.to_string())),
    };
    Err(SqlError::new(state, message))
}

/// PostgreSQL's replacement, in which `\&` is the whole match and `$` is a dollar, in the words of the engine beneath, which reads
/// `\1` itself.
fn replacement(row: &[Datum]) -> Result<Datum> {
    let mut written = String::new();
    let mut letters = text(row)?.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, letters.peek()) {
            ('$', _) => written.push_str("$$"),
            ('\\', Some('&')) => {
                letters.next();
                written.push_str("${0}");
            }
            ('\\', Some('\\')) => {
                letters.next();
                written.push('\\');
            }
            // A group has one digit.
            ('\\', Some(digit @ '1'..='9')) => {
                written.push_str(&format!("${{{digit}}}"));
                letters.next();
            }
            _ => written.push(letter),
        }
    }
    Ok(Datum::String(written))
}

fn quoted(row: &[Datum], quote: fn(&str) -> String) -> Result<Datum> {
    Ok(Datum::String(quote(text(row)?)))
}

fn quote_identifier(name: &str) -> String {
    cairn_syntax::identifier(name).to_string()
}

fn quote_literal(text: &str) -> String {
    let doubled = text.replace('\'', "''");
    match text.contains('\\') {
        true => format!("E'{}'", doubled.replace('\\', "\\\\")),
        false => format!("'{doubled}'"),
    }
}

/// A place in a format: `%[position$][-][width]type`.
#[derive(Default)]
struct Specifier {
    position: Option<usize>,
    left: bool,
    width: Option<Width>,
    kind: char,
}

enum Width {
    Constant(usize),
    /// `*`, or `*n$`.
    Argument(Option<usize>),
}

fn format(row: &[Datum]) -> Result<Datum> {
    let (Some(Datum::String(pattern)), Some(Datum::Array(arguments))) = (row.first(), row.get(1))
    else {
        return Ok(Datum::Null);
    };
    let (mut out, mut next) = (String::new(), 0);
    let mut rest = pattern.as_str();
    while let Some((plain, behind)) = rest.split_once('%') {
        out.push_str(plain);
        if let Some(behind) = behind.strip_prefix('%') {
            out.push('%');
            rest = behind;
            continue;
        }
        let (specifier, behind) = specifier(behind)?;
        rest = behind;
        let mut take = |position: Option<usize>| {
            let place = position.map_or(next, |position| position - 1);
            next = place + 1;
            arguments
                .get(place)
                .ok_or_else(|| wrong_format("too few arguments for format()"))
        };
        let (width, left) = match &specifier.width {
            Some(Width::Argument(position)) => width_of(take(*position)?, specifier.left)?,
            Some(Width::Constant(width)) => (*width, specifier.left),
            None => (0, specifier.left),
        };
        let value = shown(take(specifier.position)?, specifier.kind)?;
        let padding = " ".repeat(width.saturating_sub(value.chars().count()));
        match left {
            true => out.extend([value, padding]),
            false => out.extend([padding, value]),
        }
    }
    out.push_str(rest);
    Ok(Datum::String(out))
}

/// What stands behind a `%`, and what stands behind that.
fn specifier(text: &str) -> Result<(Specifier, &str)> {
    let mut found = Specifier::default();
    let mut rest = text;
    if let Some((position, behind)) = number(rest)
        && let Some(behind) = behind.strip_prefix('$')
    {
        found.position = Some(at_least_one(position)?);
        rest = behind;
    }
    while let Some(behind) = rest.strip_prefix('-') {
        found.left = true;
        rest = behind;
    }
    if let Some(behind) = rest.strip_prefix('*') {
        rest = behind;
        let mut argument = None;
        if let Some((position, behind)) = number(rest)
            && let Some(behind) = behind.strip_prefix('$')
        {
            argument = Some(at_least_one(position)?);
            rest = behind;
        }
        found.width = Some(Width::Argument(argument));
    } else if let Some((width, behind)) = number(rest) {
        found.width = Some(Width::Constant(width));
        rest = behind;
    }
    let mut letters = rest.chars();
    found.kind = letters
        .next()
        .ok_or_else(|| wrong_format("unterminated format() type specifier"))?;
    Ok((found, letters.as_str()))
}

fn number(text: &str) -> Option<(usize, &str)> {
    let end = text
        .find(|letter: char| !letter.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end)?;
    // A width beyond this would be larger than a value can be.
    Some((
        digits.parse().ok().filter(|number| *number <= 1 << 24)?,
        rest,
    ))
}

fn at_least_one(position: usize) -> Result<usize> {
    match position {
        0 => Err(wrong_format(
            "format specifies argument 0, but arguments are numbered from 1",
        )),
        position => Ok(position),
    }
}

fn width_of(argument: &Datum, left: bool) -> Result<(usize, bool)> {
    let Datum::String(text) = argument else {
        return Ok((0, left));
    };
    let width: i32 = text.parse().map_err(|_| {
        SqlError::new(
            SqlState::InvalidTextRepresentation,
            format!("invalid input syntax for type integer: \"{text}\""),
        )
    })?;
    if width.unsigned_abs() > 1 << 24 {
        return Err(wrong_format("number is out of range"));
    }
    Ok((
        usize::try_from(width.unsigned_abs()).unwrap_or(0),
        left || width < 0,
    ))
}

fn shown(value: &Datum, kind: char) -> Result<String> {
    match (kind, value) {
        ('s', Datum::String(text)) => Ok(text.clone()),
        ('s', _) => Ok(String::new()),
        ('I', Datum::String(text)) => Ok(quote_identifier(text)),
        ('I', _) => Err(SqlError::new(
            SqlState::NullValueNotAllowed,
            "null values cannot be formatted as an SQL identifier",
        )),
        ('L', Datum::String(text)) => Ok(quote_literal(text)),
        ('L', _) => Ok("NULL".to_owned()),
        _ => Err(wrong_format(&format!(
            "unrecognized format() type specifier \"{kind}\""
        ))),
    }
}

fn wrong_format(problem: &str) -> SqlError {
    SqlError::new(SqlState::InvalidParameterValue, problem)
}
