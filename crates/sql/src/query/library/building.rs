//! Functions that make JSONB documents of values of any type: `to_jsonb`, `jsonb_build_array`, `jsonb_build_object`.
//!
//! The aggregates are these over `array_agg`; `bind` writes them so.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use cairn_catalog::ColumnType;
use cairn_rows::json::{Json, Key};
use cairn_rows::{Datum, Numeric, Zone, column_type, datum_at, text::parse_json};
use datafusion::{
    common::Result,
    logical_expr::{
        ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature,
        Volatility,
    },
};

use super::{TEXT, mismatch};
use crate::query::convert::{Purpose, convert, numeric};
use crate::query::elementwise::invoke;
use crate::{SqlError, SqlState};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    /// The document of a value.
    Value,
    Array,
    Object,
    /// The object of a list of pairs.
    Pairs,
}

pub(super) fn function(name: &str) -> Option<Arc<ScalarUDF>> {
    let (name, kind) = match name {
        "to_jsonb" | "to_json" | "array_to_json" => ("to_jsonb", Kind::Value),
        "jsonb_build_array" | "json_build_array" => ("jsonb_build_array", Kind::Array),
        "jsonb_build_object" | "json_build_object" => ("jsonb_build_object", Kind::Object),
        "jsonb_of_pairs" => ("jsonb_of_pairs", Kind::Pairs),
        _ => return None,
    };
    let takes = match kind {
        Kind::Value | Kind::Pairs => TypeSignature::Any(1),
        Kind::Array | Kind::Object => {
            TypeSignature::OneOf(vec![TypeSignature::Nullary, TypeSignature::VariadicAny])
        }
    };
    Some(Arc::new(ScalarUDF::new_from_impl(Building {
        name,
        kind,
        signature: Signature::new(takes, Volatility::Immutable),
    })))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Building {
    name: &'static str,
    kind: Kind,
    signature: Signature,
}

impl ScalarUDFImpl for Building {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Ok(DataType::LargeUtf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        invoke(args, |arrays, rows, zone| {
            let columns = arrays.iter().map(|array| Column::new(array, zone));
            let columns = columns.collect::<crate::Result<Vec<_>>>()?;
            let documents = (0..rows).map(|row| self.document(&columns, row));
            let documents = documents.collect::<crate::Result<Vec<Datum>>>()?;
            Ok(cairn_rows::array_of(&ColumnType::Jsonb, documents.iter())?)
        })
    }
}

/// One argument.
struct Column {
    values: ArrayRef,
    ty: ColumnType,
    zone: Zone,
}

impl Column {
    fn new(array: &ArrayRef, zone: Zone) -> crate::Result<Self> {
        let ty = column_type(array.data_type()).unwrap_or(TEXT);
        Ok(Column {
            values: convert(array, &ty, Purpose::Cast, zone)?,
            ty,
            zone,
        })
    }

    fn value(&self, row: usize) -> crate::Result<Datum> {
        Ok(datum_at(&self.values, row, &self.ty)?)
    }

    fn json(&self, row: usize) -> crate::Result<Json> {
        json(&self.value(row)?, &self.ty, self.zone)
    }
}

impl Building {
    fn document(&self, columns: &[Column], row: usize) -> crate::Result<Datum> {
        let json = match (self.kind, columns) {
            (Kind::Value | Kind::Pairs, [value]) if value.value(row)?.is_null() => {
                return Ok(Datum::Null);
            }
            (Kind::Value, [value]) => value.json(row)?,
            (Kind::Pairs, [value]) => pairs(value.json(row)?)?,
            (Kind::Array, values) => {
                let elements = values.iter().map(|value| value.json(row));
                Json::Array(elements.collect::<crate::Result<_>>()?)
            }
            (Kind::Object, members) => object(members, row)?,
            _ => return Err(mismatch()),
        };
        Ok(Datum::Jsonb(json.to_string()))
    }
}

fn object(members: &[Column], row: usize) -> crate::Result<Json> {
    let mut object = BTreeMap::new();
    for (place, pair) in members.chunks(2).enumerate() {
        let [name, value] = pair else {
            return Err(SqlError::new(
                SqlState::InvalidParameterValue,
                "argument list must have even number of elements",
            )
            .hint("names and values stand by turns"));
        };
        let name = match name.value(row)? {
            Datum::Null => {
                return Err(SqlError::new(
                    SqlState::InvalidParameterValue,
                    format!("argument {}: key must not be null", place * 2 + 1),
                ));
            }
            value => text(&value, &name.ty, name.zone),
        };
        object.insert(Key(name), value.json(row)?);
    }
    Ok(Json::Object(object))
}

/// The object of `[[name, value], …]`; of two equal names the last one counts.
fn pairs(list: Json) -> crate::Result<Json> {
    let Json::Array(pairs) = list else {
        return Err(mismatch());
    };
    let mut object = BTreeMap::new();
    for pair in pairs {
        let Json::Array(pair) = pair else {
            return Err(mismatch());
        };
        match <[Json; 2]>::try_from(pair) {
            Ok([Json::String(name), value]) => object.insert(Key(name), value),
            Ok([Json::Null, _]) => {
                return Err(SqlError::new(
                    SqlState::InvalidParameterValue,
                    "field name must not be null",
                ));
            }
            _ => return Err(mismatch()),
        };
    }
    Ok(Json::Object(object))
}

fn text(value: &Datum, ty: &ColumnType, zone: Zone) -> String {
    let mut text = String::new();
    value.write_text_in(zone, ty, &mut text);
    match value {
        Datum::Bool(value) => value.to_string(),
        _ => text,
    }
}

/// A value as a document: numbers, booleans and lists as such, documents as they are, instants in ISO 8601, all else as its text.
fn json(value: &Datum, ty: &ColumnType, zone: Zone) -> crate::Result<Json> {
    let number = |number: Numeric| match number.is_finite() {
        true => Json::Number(number),
        false => Json::String(number.to_string()),
    };
    Ok(match value {
        Datum::Null => Json::Null,
        Datum::Bool(value) => Json::Bool(*value),
        Datum::Int2(_)
        | Datum::Int4(_)
        | Datum::Int8(_)
        | Datum::Float4(_)
        | Datum::Float8(_)
        | Datum::Decimal(_)
        | Datum::Numeric(_) => number(numeric(value, ty)?),
        Datum::Jsonb(document) => parse_json(document)?,
        Datum::Array(elements) => {
            let ColumnType::Array(element) = ty else {
                return Err(mismatch());
            };
            let element = element.column_type();
            let elements = elements.iter().map(|value| json(value, &element, zone));
            Json::Array(elements.collect::<crate::Result<_>>()?)
        }
        Datum::Timestamp(_) => Json::String(text(value, ty, zone).replacen(' ', "T", 1)),
        Datum::TimestampTz(instant) => Json::String(iso(*instant, zone)),
        _ => Json::String(text(value, ty, zone)),
    })
}

/// What clocks of a zone show at an instant, and their offset with its minutes.
fn iso(instant: i64, zone: Zone) -> String {
    let mut text = String::new();
    if matches!(instant, i64::MIN | i64::MAX) {
        cairn_rows::text::write_timestamptz(instant, &mut text);
        return text;
    }
    let east = zone.east(instant);
    let local = instant.saturating_add(east * super::SECOND);
    cairn_rows::text::write_timestamp(local, &mut text);
    let mut offset = String::new();
    cairn_rows::zone::write_offset(east, &mut offset);
    if !offset.contains(':') {
        offset.push_str(":00");
    }
    let (time, era) = match text.strip_suffix(" BC") {
        Some(time) => (time, " BC"),
        None => (text.as_str(), ""),
    };
    format!("{}{offset}{era}", time.replacen(' ', "T", 1))
}
