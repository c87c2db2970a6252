//! Functions of arrays. Arrays have one dimension and count from 1; NULLs among the elements equal each other.

use std::sync::Arc;

use cairn_catalog::{ColumnType, ElementType};
use cairn_rows::Datum;
use datafusion::logical_expr::ScalarUDF;

use super::polymorphic::Place::{Array, Element, Of};
use super::polymorphic::{Place, Polymorphic};
use super::{TEXT, mismatch};
use crate::{Result, SqlError, SqlState};

const INT: Place = Of(ColumnType::Int4);
const INTS: Place = Of(ColumnType::Array(ElementType::Int4));
const TEXTS: Place = Of(TEXT);
const TEXT_ARRAY: Place = Of(ColumnType::Array(ElementType::String { max: None }));

pub(super) fn function(name: &str) -> Option<Arc<ScalarUDF>> {
    let (strict, lenient) = (Polymorphic::strict, Polymorphic::lenient);
    let function = match name {
        "array_subscript" => {
            strict("array_subscript", &[Array, INT], Element, subscript).counting()
        }
        "array_subscripts" => {
            strict("array_subscripts", &[Array, INT], INTS, subscripts).counting()
        }
        "array_slice" => strict("array_slice", &[Array, INT, INT], Array, slice).counting(),
        "array_length" => strict("array_length", &[Array, INT], INT, length),
        "array_upper" => strict("array_upper", &[Array, INT], INT, upper).counting(),
        "array_lower" => strict("array_lower", &[Array, INT], INT, lower).counting(),
        "array_ndims" => strict("array_ndims", &[Array], INT, dimensions),
        "array_dims" => strict("array_dims", &[Array], TEXTS, dimension_text),
        "cardinality" => strict("cardinality", &[Array], INT, cardinality),
        "array_overlap" => strict(
            "array_overlap",
            &[Array, Array],
            Of(ColumnType::Bool),
            overlap,
        ),
        "array_append" => lenient("array_append", &[Array, Element], Array, append),
        "array_prepend" => lenient("array_prepend", &[Element, Array], Array, prepend),
        "array_cat" => lenient("array_cat", &[Array, Array], Array, concatenate),
        "array_remove" => lenient("array_remove", &[Array, Element], Array, remove),
        "array_replace" => lenient("array_replace", &[Array, Element, Element], Array, replace),
        "array_position" => {
            lenient("array_position", &[Array, Element, INT], INT, position).at_least(2)
        }
        "array_positions" => lenient("array_positions", &[Array, Element], INTS, positions),
        "array_fill" => lenient("array_fill", &[Element, INTS], Array, fill),
        "trim_array" => strict("trim_array", &[Array, INT], Array, trim),
        "string_to_array" => {
            lenient("string_to_array", &[TEXTS, TEXTS, TEXTS], TEXT_ARRAY, split).at_least(2)
        }
        "array_to_string" => {
            lenient("array_to_string", &[TEXT_ARRAY, TEXTS, TEXTS], TEXTS, join).at_least(2)
        }
        _ => return None,
    };
    Some(function.function())
}

fn count(elements: &[Datum]) -> Datum {
    Datum::Int4(i32::try_from(elements.len()).unwrap_or(i32::MAX))
}

fn subscript(row: &[Datum]) -> Result<Datum> {
    let [
        Datum::Array(elements),
        Datum::Int4(index),
        Datum::Int4(first),
    ] = row
    else {
        return Err(mismatch());
    };
    Ok(place(*index, *first)
        .and_then(|place| elements.get(place))
        .cloned()
        .unwrap_or(Datum::Null))
}

/// Where the element of that number stands, counted from 0.
fn place(index: i32, first: i32) -> Option<usize> {
    usize::try_from(i64::from(index) - i64::from(first)).ok()
}

fn subscripts(row: &[Datum]) -> Result<Datum> {
    let [
        Datum::Array(elements),
        Datum::Int4(dimension),
        Datum::Int4(first),
    ] = row
    else {
        return Err(mismatch());
    };
    let elements = elements.iter().filter(|_| *dimension == 1);
    let numbers = (*first..).zip(elements);
    Ok(Datum::Array(
        numbers.map(|(number, _)| Datum::Int4(number)).collect(),
    ))
}

fn slice(row: &[Datum]) -> Result<Datum> {
    let [
        Datum::Array(elements),
        Datum::Int4(low),
        Datum::Int4(high),
        Datum::Int4(first),
    ] = row
    else {
        return Err(mismatch());
    };
    let start = place(*low, *first).unwrap_or(0);
    let end = place(*high, *first).map_or(0, |last| last.saturating_add(1));
    Ok(Datum::Array(
        elements
            .get(start..end.min(elements.len()))
            .unwrap_or_default()
            .to_vec(),
    ))
}

/// An array without elements has no dimension.
fn length(row: &[Datum]) -> Result<Datum> {
    match row {
        [Datum::Array(elements), Datum::Int4(1)] if !elements.is_empty() => Ok(count(elements)),
        _ => Ok(Datum::Null),
    }
}

fn lower(row: &[Datum]) -> Result<Datum> {
    match row {
        [Datum::Array(elements), Datum::Int4(1), first] if !elements.is_empty() => {
            Ok(first.clone())
        }
        _ => Ok(Datum::Null),
    }
}

fn upper(row: &[Datum]) -> Result<Datum> {
    let Datum::Array(numbers) = subscripts(row)? else {
        return Err(mismatch());
    };
    Ok(numbers.last().cloned().unwrap_or(Datum::Null))
}

fn dimensions(row: &[Datum]) -> Result<Datum> {
    match row {
        [Datum::Array(elements)] if !elements.is_empty() => Ok(Datum::Int4(1)),
        _ => Ok(Datum::Null),
    }
}

fn dimension_text(row: &[Datum]) -> Result<Datum> {
    match row {
        [Datum::Array(elements)] if !elements.is_empty() => {
            Ok(Datum::String(format!("[1:{}]", elements.len())))
        }
        _ => Ok(Datum::Null),
    }
}

fn cardinality(row: &[Datum]) -> Result<Datum> {
    match row {
        [Datum::Array(elements)] => Ok(count(elements)),
        _ => Err(mismatch()),
    }
}

/// NULLs are like nothing.
fn overlap(row: &[Datum]) -> Result<Datum> {
    let [Datum::Array(left), Datum::Array(right)] = row else {
        return Err(mismatch());
    };
    let shared = |element: &Datum| !element.is_null() && right.contains(element);
    Ok(Datum::Bool(left.iter().any(shared)))
}

/// The elements of an array; NULL has none.
fn elements(array: &Datum) -> Result<Vec<Datum>> {
    match array {
        Datum::Null => Ok(Vec::new()),
        Datum::Array(elements) => Ok(elements.clone()),
        _ => Err(mismatch()),
    }
}

fn append(row: &[Datum]) -> Result<Datum> {
    let [array, element] = row else {
        return Err(mismatch());
    };
    let mut elements = elements(array)?;
    elements.push(element.clone());
    Ok(Datum::Array(elements))
}

fn prepend(row: &[Datum]) -> Result<Datum> {
    let [element, array] = row else {
        return Err(mismatch());
    };
    let mut elements = elements(array)?;
    elements.insert(0, element.clone());
    Ok(Datum::Array(elements))
}

fn concatenate(row: &[Datum]) -> Result<Datum> {
    match row {
        [Datum::Null, other] | [other, Datum::Null] => Ok(other.clone()),
        [Datum::Array(left), Datum::Array(right)] => {
            Ok(Datum::Array([left.as_slice(), right.as_slice()].concat()))
        }
        _ => Err(mismatch()),
    }
}

fn remove(row: &[Datum]) -> Result<Datum> {
    match row {
        [Datum::Array(elements), gone] => Ok(Datum::Array(
            elements
                .iter()
                .filter(|element| *element != gone)
                .cloned()
                .collect(),
        )),
        _ => Ok(Datum::Null),
    }
}

fn replace(row: &[Datum]) -> Result<Datum> {
    let [Datum::Array(elements), from, to] = row else {
        return Ok(Datum::Null);
    };
    let replaced = elements
        .iter()
        .map(|element| if element == from { to } else { element });
    Ok(Datum::Array(replaced.cloned().collect()))
}

fn position(row: &[Datum]) -> Result<Datum> {
    let (Some(Datum::Array(elements)), Some(wanted)) = (row.first(), row.get(1)) else {
        return Ok(Datum::Null);
    };
    let start = match row.get(2) {
        None => 1,
        Some(Datum::Int4(start)) => usize::try_from(*start).unwrap_or(1).max(1),
        _ => {
            return Err(SqlError::new(
                SqlState::NullValueNotAllowed,
                "initial position must not be null",
            ));
        }
    };
    let found = elements
        .iter()
        .skip(start - 1)
        .position(|element| element == wanted);
    let place = found.and_then(|place| i32::try_from(place + start).ok());
    Ok(place.map_or(Datum::Null, Datum::Int4))
}

fn positions(row: &[Datum]) -> Result<Datum> {
    let [Datum::Array(elements), wanted] = row else {
        return Ok(Datum::Null);
    };
    let found = (1i32..)
        .zip(elements)
        .filter(|(_, element)| *element == wanted);
    Ok(Datum::Array(
        found.map(|(place, _)| Datum::Int4(place)).collect(),
    ))
}

/// The most elements that `array_fill` makes, so that an array stays within what a value may have.
const MOST_FILLED: i32 = 1 << 24;

fn fill(row: &[Datum]) -> Result<Datum> {
    let [element, Datum::Array(lengths)] = row else {
        return Err(SqlError::new(
            SqlState::NullValueNotAllowed,
            "dimension array or low bound array cannot be null",
        ));
    };
    match lengths.as_slice() {
        [] => Ok(Datum::Array(Vec::new())),
        [Datum::Int4(length)] if (0..=MOST_FILLED).contains(length) => Ok(Datum::Array(vec![
                element.clone();
                usize::try_from(*length).unwrap_or(0)
            ])),
        [Datum::Int4(length)] => Err(SqlError::new(
            SqlState::ProgramLimitExceeded,
            format!("an array cannot have {length} elements here, at most {MOST_FILLED}"),
        )),
        [Datum::Null] => Err(SqlError::new(
            SqlState::NullValueNotAllowed,
            "dimension values cannot be null",
        )),
        _ => Err(SqlError::unsupported("an array of more than one dimension")),
    }
}

fn trim(row: &[Datum]) -> Result<Datum> {
    let [Datum::Array(elements), Datum::Int4(gone)] = row else {
        return Err(mismatch());
    };
    let kept = usize::try_from(*gone)
        .ok()
        .and_then(|gone| elements.len().checked_sub(gone));
    match kept.and_then(|kept| elements.get(..kept)) {
        Some(kept) => Ok(Datum::Array(kept.to_vec())),
        None => Err(SqlError::new(
            SqlState::ArraySubscriptError,
            format!(
                "number of elements to trim must be between 0 and {}",
                elements.len()
            ),
        )),
    }
}

/// Without a separator each letter is an element; a piece equal to the third argument is NULL.
fn split(row: &[Datum]) -> Result<Datum> {
    let Some(Datum::String(text)) = row.first() else {
        return Ok(Datum::Null);
    };
    let pieces: Vec<String> = match row.get(1) {
        _ if text.is_empty() => Vec::new(),
        Some(Datum::String(separator)) if separator.is_empty() => vec![text.clone()],
        Some(Datum::String(separator)) => {
            text.split(separator.as_str()).map(str::to_owned).collect()
        }
        _ => text.chars().map(String::from).collect(),
    };
    let piece = |piece: String| match row.get(2) {
        Some(Datum::String(null)) if *null == piece => Datum::Null,
        _ => Datum::String(piece),
    };
    Ok(Datum::Array(pieces.into_iter().map(piece).collect()))
}

/// NULLs are left out, or shown as the third argument.
fn join(row: &[Datum]) -> Result<Datum> {
    let (Some(Datum::Array(elements)), Some(Datum::String(separator))) = (row.first(), row.get(1))
    else {
        return Ok(Datum::Null);
    };
    let shown = elements
        .iter()
        .filter_map(|element| match (element, row.get(2)) {
            (Datum::String(text), _) | (Datum::Null, Some(Datum::String(text))) => {
                Some(text.as_str())
            }
            _ => None,
        });
    Ok(Datum::String(shown.collect::<Vec<_>>().join(separator)))
}
