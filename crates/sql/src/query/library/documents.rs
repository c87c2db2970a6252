//! Functions that make JSONB documents, change them and take them apart.

use std::collections::BTreeMap;
use std::sync::Arc;

use cairn_catalog::{ColumnType, ElementType};
use cairn_rows::json::{Json, Key};
use cairn_rows::{Datum, text::parse_json};
use datafusion::logical_expr::ScalarUDF;

use super::{TEXT, mismatch};
use crate::query::elementwise::{Body, Elementwise};
use crate::{Result, SqlError, SqlState};

const JSONB: ColumnType = ColumnType::Jsonb;
const PATH: ColumnType = ColumnType::Array(ElementType::String { max: None });
const DOCUMENTS: ColumnType = ColumnType::Array(ElementType::Jsonb);

pub(super) fn function(name: &str) -> Option<Arc<ScalarUDF>> {
    let (name, takes, gives, body): (_, &[ColumnType], _, Body) = match name {
        "jsonb_elements" => ("jsonb_elements", &[JSONB], DOCUMENTS, |row| {
            Ok(Datum::Array(elements(row)?.iter().map(document).collect()))
        }),
        "jsonb_element_texts" => ("jsonb_element_texts", &[JSONB], PATH, |row| {
            let text = |element: &Json| element.as_text().map_or(Datum::Null, Datum::String);
            Ok(Datum::Array(elements(row)?.iter().map(text).collect()))
        }),
        "jsonb_keys" => ("jsonb_keys", &[JSONB], PATH, |row| {
            names(members(row, KEYS)?)
        }),
        "jsonb_each_keys" => ("jsonb_each_keys", &[JSONB], PATH, |row| {
            names(members(row, EACH)?)
        }),
        "jsonb_each_values" => ("jsonb_each_values", &[JSONB], DOCUMENTS, |row| {
            let members = members(row, EACH)?;
            Ok(Datum::Array(members.values().map(document).collect()))
        }),
        "jsonb_each_texts" => ("jsonb_each_texts", &[JSONB], PATH, |row| {
            let text = |member: &Json| member.as_text().map_or(Datum::Null, Datum::String);
            Ok(Datum::Array(
                members(row, EACH_TEXT)?.values().map(text).collect(),
            ))
        }),
        "jsonb_set" => ("jsonb_set", &[JSONB, PATH, JSONB], JSONB, set),
        "jsonb_delete_path" => ("jsonb_delete_path", &[JSONB, PATH], JSONB, delete_path),
        "jsonb_pretty" => ("jsonb_pretty", &[JSONB], TEXT, |row| {
            let mut out = String::new();
            pretty(&json(row, 0)?, 0, &mut out);
            Ok(Datum::String(out))
        }),
        _ => return None,
    };
    Some(Elementwise::new(name, takes, gives, body).function())
}

fn json(row: &[Datum], place: usize) -> Result<Json> {
    match row.get(place) {
        Some(Datum::Jsonb(text)) => Ok(parse_json(text)?),
        _ => Err(mismatch()),
    }
}

fn document(json: &Json) -> Datum {
    Datum::Jsonb(json.to_string())
}

fn elements(row: &[Datum]) -> Result<Vec<Json>> {
    match json(row, 0)? {
        Json::Array(elements) => Ok(elements),
        Json::Object(_) => Err(wrong("cannot extract elements from an object")),
        _ => Err(wrong("cannot extract elements from a scalar")),
    }
}

/// The problems of documents that are arrays, and that are neither arrays nor objects.
type Problems = (&'static str, &'static str);

const KEYS: Problems = (
    "cannot call jsonb_object_keys on an array",
    "cannot call jsonb_object_keys on a scalar",
);
const EACH: Problems = (
    "cannot call jsonb_each on a non-object",
    "cannot call jsonb_each on a non-object",
);
const EACH_TEXT: Problems = (
    "cannot call jsonb_each_text on a non-object",
    "cannot call jsonb_each_text on a non-object",
);

fn members(row: &[Datum], (of_array, of_scalar): Problems) -> Result<BTreeMap<Key, Json>> {
    match json(row, 0)? {
        Json::Object(members) => Ok(members),
        Json::Array(_) => Err(wrong(of_array)),
        _ => Err(wrong(of_scalar)),
    }
}

fn names(members: BTreeMap<Key, Json>) -> Result<Datum> {
    let names = members.into_keys().map(|key| Datum::String(key.0));
    Ok(Datum::Array(names.collect()))
}

fn wrong(problem: &str) -> SqlError {
    SqlError::new(SqlState::InvalidParameterValue, problem)
}

fn path(row: &[Datum]) -> Result<Vec<&str>> {
    let Some(Datum::Array(steps)) = row.get(1) else {
        return Err(mismatch());
    };
    let steps = steps.iter().enumerate().map(|(place, step)| match step {
        Datum::String(step) => Ok(step.as_str()),
        _ => Err(SqlError::new(
            SqlState::NullValueNotAllowed,
            format!("path element at position {} is null", place + 1),
        )),
    });
    steps.collect()
}

/// Where a step leads in an array: one past either end is the nearest end, if something is to be put there.
fn index(step: &str, length: usize, place: usize) -> Result<i64> {
    let index: i64 = step.parse().map_err(|_| {
        SqlError::new(
            SqlState::InvalidTextRepresentation,
            format!(
                "path element at position {} is not an integer: \"{step}\"",
                place + 1
            ),
        )
    })?;
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    Ok(if index < 0 { length + index } else { index })
}

fn set(row: &[Datum]) -> Result<Datum> {
    let (mut found, steps) = (json(row, 0)?, path(row)?);
    if !matches!(found, Json::Array(_) | Json::Object(_)) {
        return Err(wrong("cannot set path in scalar"));
    }
    put(&mut found, &steps, 0, &json(row, 2)?)?;
    Ok(document(&found))
}

fn put(target: &mut Json, steps: &[&str], place: usize, value: &Json) -> Result<()> {
    let Some(step) = steps.get(place) else {
        return Ok(());
    };
    let last = place + 1 == steps.len();
    match target {
        Json::Object(members) if last => {
            members.insert(Key((*step).to_owned()), value.clone());
            Ok(())
        }
        Json::Object(members) => match members.get_mut(&Key((*step).to_owned())) {
            Some(member) => put(member, steps, place + 1, value),
            None => Ok(()),
        },
        Json::Array(elements) => {
            let index = index(step, elements.len(), place)?;
            let found = usize::try_from(index)
                .ok()
                .and_then(|index| elements.get_mut(index));
            match (found, last) {
                (Some(element), true) => *element = value.clone(),
                (Some(element), false) => return put(element, steps, place + 1, value),
                (None, true) if index < 0 => elements.insert(0, value.clone()),
                (None, true) => elements.push(value.clone()),
                (None, false) => {}
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn delete_path(row: &[Datum]) -> Result<Datum> {
    let (mut found, steps) = (json(row, 0)?, path(row)?);
    if !matches!(found, Json::Array(_) | Json::Object(_)) {
        return Err(wrong("cannot delete path in scalar"));
    }
    delete(&mut found, &steps, 0)?;
    Ok(document(&found))
}

fn delete(target: &mut Json, steps: &[&str], place: usize) -> Result<()> {
    let Some(step) = steps.get(place) else {
        return Ok(());
    };
    let last = place + 1 == steps.len();
    match target {
        Json::Object(members) if last => {
            members.remove(&Key((*step).to_owned()));
        }
        Json::Object(members) => {
            if let Some(member) = members.get_mut(&Key((*step).to_owned())) {
                delete(member, steps, place + 1)?;
            }
        }
        Json::Array(elements) => {
            let index = usize::try_from(index(step, elements.len(), place)?).ok();
            match index.filter(|index| *index < elements.len()) {
                Some(index) if last => {
                    elements.remove(index);
                }
                Some(index) => {
                    if let Some(element) = elements.get_mut(index) {
                        delete(element, steps, place + 1)?;
                    }
                }
                None => {}
            }
        }
        _ => {}
    }
    Ok(())
}

fn pretty(json: &Json, depth: usize, out: &mut String) {
    let line = |depth: usize, out: &mut String| {
        out.push('\n');
        out.push_str(&"    ".repeat(depth));
    };
    match json {
        Json::Array(elements) => {
            out.push('[');
            for (place, element) in elements.iter().enumerate() {
                out.push_str(if place > 0 { "," } else { "" });
                line(depth + 1, out);
                pretty(element, depth + 1, out);
            }
            line(depth, out);
            out.push(']');
        }
        Json::Object(members) => {
            out.push('{');
            for (place, (key, member)) in members.iter().enumerate() {
                out.push_str(if place > 0 { "," } else { "" });
                line(depth + 1, out);
                cairn_rows::json::write_string(&key.0, out);
                out.push_str(": ");
                pretty(member, depth + 1, out);
            }
            line(depth, out);
            out.push('}');
        }
        plain => out.push_str(&plain.to_string()),
    }
}
