//! The operators and functions of JSONB.

use cairn_catalog::{ColumnType, ElementType};
use cairn_rows::json::{Json, Key};
use cairn_rows::{Datum, text::parse_json};
use cairn_syntax::ast::BinaryOperator;

use super::elementwise::{Body, Elementwise};
use crate::{Result, SqlError, SqlState};

const JSONB: ColumnType = ColumnType::Jsonb;
const TEXT: ColumnType = ColumnType::String { max: None };
const TEXTS: ColumnType = ColumnType::Array(ElementType::String { max: None });
const INT8: ColumnType = ColumnType::Int8;
const BOOL: ColumnType = ColumnType::Bool;

/// The function behind an operator whose left side is a JSONB; `None`: there is no such operator.
pub(super) fn operator(
    operator: &BinaryOperator,
    right: Option<&ColumnType>,
) -> Option<Elementwise> {
    let by_place = matches!(
        right,
        Some(ColumnType::Int2 | ColumnType::Int4 | ColumnType::Int8)
    );
    let (name, takes, gives, body): (_, _, _, Body) = match operator {
        BinaryOperator::Arrow if by_place => {
            ("jsonb_element", INT8, JSONB, |row| element(row, jsonb))
        }
        BinaryOperator::Arrow => ("jsonb_member", TEXT, JSONB, |row| member(row, jsonb)),
        BinaryOperator::LongArrow if by_place => {
            ("jsonb_element_text", INT8, TEXT, |row| element(row, text))
        }
        BinaryOperator::LongArrow => ("jsonb_member_text", TEXT, TEXT, |row| member(row, text)),
        BinaryOperator::HashArrow => ("jsonb_path", TEXTS, JSONB, |row| path(row, jsonb)),
        BinaryOperator::HashLongArrow => ("jsonb_path_text", TEXTS, TEXT, |row| path(row, text)),
        BinaryOperator::AtArrow => ("jsonb_contains", JSONB, BOOL, |row| {
            Ok(Datum::Bool(first(row)?.contains(&json(row, 1)?)))
        }),
        BinaryOperator::ArrowAt => ("jsonb_contained", JSONB, BOOL, |row| {
            Ok(Datum::Bool(json(row, 1)?.contains(&first(row)?)))
        }),
        BinaryOperator::Question => ("jsonb_exists", TEXT, BOOL, |row| {
            Ok(Datum::Bool(first(row)?.has_key(string(row, 1)?)))
        }),
        BinaryOperator::QuestionPipe => ("jsonb_exists_any", TEXTS, BOOL, |row| {
            let document = first(row)?;
            Ok(Datum::Bool(strings(row).any(|key| document.has_key(key))))
        }),
        BinaryOperator::QuestionAnd => ("jsonb_exists_all", TEXTS, BOOL, |row| {
            let document = first(row)?;
            Ok(Datum::Bool(strings(row).all(|key| document.has_key(key))))
        }),
        BinaryOperator::StringConcat => ("jsonb_concat", JSONB, JSONB, |row| {
            Ok(jsonb(&concat(first(row)?, json(row, 1)?)))
        }),
        BinaryOperator::Minus if matches!(right, Some(ColumnType::Array(_))) => {
            ("jsonb_delete_members", TEXTS, JSONB, |row| {
                let mut document = row.first().cloned().unwrap_or(Datum::Null);
                for key in strings(row) {
                    document = without_member(&[document, Datum::String(key.to_owned())])?;
                }
                Ok(document)
            })
        }
        BinaryOperator::Minus if by_place => ("jsonb_delete_element", INT8, JSONB, without_element),
        BinaryOperator::Minus => ("jsonb_delete", TEXT, JSONB, without_member),
        BinaryOperator::Eq => ("jsonb_eq", JSONB, BOOL, |row| {
            Ok(Datum::Bool(first(row)? == json(row, 1)?))
        }),
        BinaryOperator::NotEq => ("jsonb_ne", JSONB, BOOL, |row| {
            Ok(Datum::Bool(first(row)? != json(row, 1)?))
        }),
        BinaryOperator::Lt | BinaryOperator::LtEq | BinaryOperator::Gt | BinaryOperator::GtEq => {
            ("jsonb_order", JSONB, BOOL, |_| Err(no_order()))
        }
        _ => return None,
    };
    Some(Elementwise::new(name, &[JSONB, takes], gives, body))
}

pub(super) fn no_order() -> SqlError {
    SqlError::unsupported("the order of JSONB documents")
}

/// The function of that name.
pub(super) fn function(name: &str) -> Option<Elementwise> {
    Some(match name {
        "jsonb_typeof" | "json_typeof" => Elementwise::new("jsonb_typeof", &[JSONB], TEXT, |row| {
            Ok(Datum::String(first(row)?.type_name().to_owned()))
        }),
        "jsonb_array_length" | "json_array_length" => Elementwise::new(
            "jsonb_array_length",
            &[JSONB],
            ColumnType::Int4,
            |row| match first(row)? {
                Json::Array(elements) => Ok(Datum::Int4(
                    i32::try_from(elements.len()).unwrap_or(i32::MAX),
                )),
                other => {
                    let what = if matches!(other, Json::Object(_)) {
                        "a non-array"
                    } else {
                        "a scalar"
                    };
                    Err(SqlError::new(
                        SqlState::InvalidParameterValue,
                        format!("cannot get array length of {what}"),
                    ))
                }
            },
        ),
        "jsonb_strip_nulls" => Elementwise::new("jsonb_strip_nulls", &[JSONB], JSONB, |row| {
            Ok(jsonb(&stripped(first(row)?)))
        }),
        _ => return None,
    })
}

fn json(row: &[Datum], place: usize) -> Result<Json> {
    match row.get(place) {
        Some(Datum::Jsonb(text)) => Ok(parse_json(text)?),
        _ => Err(SqlError::internal("an argument that is no JSONB")),
    }
}

fn first(row: &[Datum]) -> Result<Json> {
    json(row, 0)
}

fn string(row: &[Datum], place: usize) -> Result<&str> {
    match row.get(place) {
        Some(Datum::String(text)) => Ok(text),
        _ => Err(SqlError::internal("an argument that is no text")),
    }
}

fn integer(row: &[Datum]) -> i64 {
    match row.get(1) {
        Some(Datum::Int8(value)) => *value,
        _ => 0,
    }
}

/// The strings of the second argument that are not NULL.
fn strings(row: &[Datum]) -> impl Iterator<Item = &str> {
    let elements = match row.get(1) {
        Some(Datum::Array(elements)) => elements.as_slice(),
        _ => &[],
    };
    elements.iter().filter_map(|element| match element {
        Datum::String(text) => Some(text.as_str()),
        _ => None,
    })
}

fn jsonb(document: &Json) -> Datum {
    Datum::Jsonb(document.to_string())
}

fn text(document: &Json) -> Datum {
    document.as_text().map_or(Datum::Null, Datum::String)
}

fn member(row: &[Datum], form: fn(&Json) -> Datum) -> Result<Datum> {
    Ok(first(row)?.get(string(row, 1)?).map_or(Datum::Null, form))
}

fn element(row: &[Datum], form: fn(&Json) -> Datum) -> Result<Datum> {
    Ok(first(row)?.element(integer(row)).map_or(Datum::Null, form))
}

/// Keys of objects and places of arrays, one inside the other.
fn path(row: &[Datum], form: fn(&Json) -> Datum) -> Result<Datum> {
    let document = first(row)?;
    let mut place = Some(&document);
    for step in strings(row) {
        place = place.and_then(|place| match place {
            Json::Array(_) => step.parse().ok().and_then(|index| place.element(index)),
            other => other.get(step),
        });
    }
    Ok(place.map_or(Datum::Null, form))
}

/// Members of the second replace those of the first; anything but two objects is joined as arrays.
fn concat(left: Json, right: Json) -> Json {
    let elements = |json| match json {
        Json::Array(elements) => elements,
        other => vec![other],
    };
    match (left, right) {
        (Json::Object(mut members), Json::Object(others)) => {
            members.extend(others);
            Json::Object(members)
        }
        (left, right) => Json::Array([elements(left), elements(right)].concat()),
    }
}

fn without_member(row: &[Datum]) -> Result<Datum> {
    let key = string(row, 1)?;
    match first(row)? {
        Json::Object(mut members) => {
            members.remove(&Key(key.to_owned()));
            Ok(jsonb(&Json::Object(members)))
        }
        Json::Array(mut elements) => {
            elements.retain(|element| !matches!(element, Json::String(text) if text == key));
            Ok(jsonb(&Json::Array(elements)))
        }
        _ => Err(SqlError::new(
            SqlState::InvalidParameterValue,
            "cannot delete from scalar",
        )),
    }
}

fn without_element(row: &[Datum]) -> Result<Datum> {
    let Json::Array(mut elements) = first(row)? else {
        return Err(SqlError::new(
            SqlState::InvalidParameterValue,
            "cannot delete from a document that is no array using an integer index",
        ));
    };
    let length = i64::try_from(elements.len()).unwrap_or(i64::MAX);
    let index = integer(row);
    let index = if index < 0 {
        index.saturating_add(length)
    } else {
        index
    };
    if let Some(index) = usize::try_from(index)
        .ok()
        .filter(|index| *index < elements.len())
    {
        elements.remove(index);
    }
    Ok(jsonb(&Json::Array(elements)))
}

fn stripped(document: Json) -> Json {
    match document {
        Json::Object(members) => {
            let members = members
                .into_iter()
                .filter(|(_, member)| *member != Json::Null);
            Json::Object(
                members
                    .map(|(key, member)| (key, stripped(member)))
                    .collect(),
            )
        }
        Json::Array(elements) => Json::Array(elements.into_iter().map(stripped).collect()),
        other => other,
    }
}
