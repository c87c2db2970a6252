//! Functions of ours: those whose answer is fixed for a statement, and a few more.

use std::sync::Arc;

use arrow::{
    array::{FixedSizeBinaryArray, StringArray},
    datatypes::DataType,
};
use datafusion::{
    common::{Result, ScalarValue},
    logical_expr::{
        ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature,
        Volatility,
    },
};

use super::{
    convert::MICROS_PER_DAY,
    copies,
    names::PUBLIC,
    patterns::{Language, Pattern},
    scope::Scope,
};

/// What version() says. Drivers and tools read the beginning.
pub(crate) fn version() -> String {
    format!("PostgreSQL 15.0 (Cairn {})", env!("CARGO_PKG_VERSION"))
}

/// The function of that name, if it is one of ours.
pub(crate) fn function(scope: &Scope, name: &str) -> Option<Arc<ScalarUDF>> {
    let facts = &scope.facts;
    let text = |value: &str| ScalarValue::Utf8(Some(value.to_owned()));
    let instant = ScalarValue::TimestampMicrosecond(Some(facts.now), Some(cairn_rows::UTC.into()));
    let local = facts.zone.local(facts.now).unwrap_or(facts.now);
    let value = match name {
        "now"
        | "current_timestamp"
        | "transaction_timestamp"
        | "statement_timestamp"
        | "clock_timestamp" => instant,
        "localtimestamp" => ScalarValue::TimestampMicrosecond(Some(local), None),
        "localtime" => ScalarValue::Time64Microsecond(Some(local.rem_euclid(MICROS_PER_DAY))),
        "current_date" => ScalarValue::Date32(i32::try_from(local.div_euclid(MICROS_PER_DAY)).ok()),
        "cluster_logical_timestamp" => {
            let digits: String = facts
                .timestamp
                .chars()
                .filter(char::is_ascii_digit)
                .collect();
            ScalarValue::Decimal128(digits.parse().ok(), 38, 10)
        }
        "version" => text(&version()),
        "current_database" | "current_catalog" => text(&facts.database),
        "current_user" | "session_user" | "user" | "current_role" => text(&facts.user),
        "current_schema" => text(PUBLIC),
        "cluster_id" => text(&facts.cluster),
        "pg_backend_pid" => ScalarValue::Int32(Some(facts.backend)),
        // Never called: what it stands for takes its place.
        copies::EVERY_COLUMN => ScalarValue::Boolean(None),
        "pg_is_in_recovery" => ScalarValue::Boolean(Some(false)),
        "current_setting" => return Some(udf(CurrentSetting::new(facts.settings.clone()))),
        "gen_random_uuid" => return Some(udf(RandomUuid::new())),
        "like_pattern" => return Some(udf(Pattern::new(Language::Like))),
        "similar_pattern" => return Some(udf(Pattern::new(Language::Similar))),
        _ => {
            return crate::sequence::function(&scope.numbers, name)
                .or_else(|| crate::pg_catalog::function(scope, name));
        }
    };
    Some(udf(Constant {
        name: name.to_owned(),
        value,
        signature: Signature::nullary(Volatility::Stable),
    }))
}

fn udf(function: impl ScalarUDFImpl + 'static) -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(function))
}

/// A function of no arguments whose answer is known.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Constant {
    name: String,
    value: ScalarValue,
    signature: Signature,
}

impl ScalarUDFImpl for Constant {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Ok(self.value.data_type())
    }

    fn invoke_with_args(&self, _args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        Ok(ColumnarValue::Scalar(self.value.clone()))
    }
}

/// `current_setting(name)`.
#[derive(Debug, PartialEq, Eq, Hash)]
struct CurrentSetting {
    settings: std::collections::BTreeMap<String, String>,
    signature: Signature,
}

impl CurrentSetting {
    fn new(settings: std::collections::BTreeMap<String, String>) -> Self {
        let signature = Signature::one_of(
            vec![
                TypeSignature::Exact(vec![DataType::Utf8]),
                TypeSignature::Exact(vec![DataType::Utf8, DataType::Boolean]),
            ],
            Volatility::Stable,
        );
        CurrentSetting {
            settings,
            signature,
        }
    }
}

impl ScalarUDFImpl for CurrentSetting {
    fn name(&self) -> &str {
        "current_setting"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let names = texts(&args)?;
        let values: StringArray = names
            .iter()
            .map(|name| {
                name.and_then(|name| self.settings.get(&name.to_lowercase()))
                    .cloned()
            })
            .collect();
        Ok(ColumnarValue::Array(Arc::new(values)))
    }
}

/// The first argument as texts, one per row.
fn texts(args: &ScalarFunctionArgs) -> Result<StringArray> {
    let first = args
        .args
        .first()
        .cloned()
        .unwrap_or(ColumnarValue::Scalar(ScalarValue::Utf8(None)));
    let array = first.into_array(args.number_rows)?;
    Ok(datafusion::common::cast::as_string_array(&array)?.clone())
}

/// `gen_random_uuid()`.
#[derive(Debug, PartialEq, Eq, Hash)]
struct RandomUuid {
    signature: Signature,
}

impl RandomUuid {
    fn new() -> Self {
        RandomUuid {
            signature: Signature::nullary(Volatility::Volatile),
        }
    }
}

impl ScalarUDFImpl for RandomUuid {
    fn name(&self) -> &str {
        "gen_random_uuid"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Ok(DataType::FixedSizeBinary(16))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        #[expect(
            clippy::disallowed_methods,
            reason = "a function whose meaning is randomness"
        )]
        let values = (0..args.number_rows).map(|_| uuid::Uuid::new_v4().into_bytes());
        let array = match args.number_rows {
            0 => FixedSizeBinaryArray::try_new(16, Vec::<u8>::new().into(), None)?,
            _ => FixedSizeBinaryArray::try_from_iter(values)?,
        };
        Ok(ColumnarValue::Array(Arc::new(array)))
    }
}
