//! nextval, currval, lastval, setval and unique_rowid, as DataFusion calls them.

use std::{
    hash::{Hash, Hasher},
    sync::Arc,
};

use arrow::{
    array::{Array, ArrayRef, BooleanArray, Int64Array, StringArray},
    datatypes::DataType,
};
use datafusion::{
    common::{
        Result,
        cast::{as_boolean_array, as_int64_array, as_string_array},
    },
    logical_expr::{
        ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature,
        Volatility,
    },
};

use super::Numbers;
use crate::SqlError;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Next,
    Current,
    Last,
    Set,
    RowId,
}

fn kind(name: &str) -> Option<Kind> {
    match name {
        "nextval" => Some(Kind::Next),
        "currval" => Some(Kind::Current),
        "lastval" => Some(Kind::Last),
        "setval" => Some(Kind::Set),
        "unique_rowid" => Some(Kind::RowId),
        _ => None,
    }
}

/// The function of that name, if it is one of these.
pub(crate) fn function(numbers: &Arc<Numbers>, name: &str) -> Option<Arc<ScalarUDF>> {
    let kind = kind(name)?;
    let volatile = Volatility::Volatile;
    let signature = match kind {
        Kind::Next | Kind::Current => Signature::exact(vec![DataType::Utf8], volatile),
        Kind::Last | Kind::RowId => Signature::nullary(volatile),
        Kind::Set => Signature::one_of(
            vec![
                TypeSignature::Exact(vec![DataType::Utf8, DataType::Int64]),
                TypeSignature::Exact(vec![DataType::Utf8, DataType::Int64, DataType::Boolean]),
            ],
            volatile,
        ),
    };
    Some(Arc::new(ScalarUDF::new_from_impl(SequenceFunction {
        name: name.to_owned(),
        kind,
        numbers: numbers.clone(),
        signature,
    })))
}

#[derive(Debug)]
struct SequenceFunction {
    name: String,
    kind: Kind,
    numbers: Arc<Numbers>,
    signature: Signature,
}

/// Two calls are never the same: each takes a value of its own.
impl PartialEq for SequenceFunction {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && Arc::ptr_eq(&self.numbers, &other.numbers)
    }
}

impl Eq for SequenceFunction {}

impl Hash for SequenceFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for SequenceFunction {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = args.number_rows;
        let values: Int64Array = match self.kind {
            Kind::RowId => (0..rows).map(|_| Some(self.numbers.row_id())).collect(),
            Kind::Last => {
                let value = self.numbers.last()?;
                (0..rows).map(|_| Some(value)).collect()
            }
            Kind::Current => each(&texts(&args)?, |name| self.numbers.current(name))?,
            Kind::Next => self.next(&texts(&args)?)?,
            Kind::Set => self.set(&args)?,
        };
        Ok(ColumnarValue::Array(Arc::new(values)))
    }
}

impl SequenceFunction {
    /// A run of rows that name the same sequence takes its values together.
    fn next(&self, names: &StringArray) -> crate::Result<Int64Array> {
        let mut values = Vec::with_capacity(names.len());
        let names: Vec<Option<&str>> = names.iter().collect();
        for run in names.chunk_by(|a, b| a == b) {
            match run.first().copied().flatten() {
                None => values.extend(run.iter().map(|_| None)),
                Some(name) => {
                    let taken = self.numbers.next(name, run.len() as u64)?;
                    values.extend(taken.into_iter().map(Some));
                }
            }
        }
        Ok(values.into())
    }

    fn set(&self, args: &ScalarFunctionArgs) -> Result<Int64Array> {
        let names = texts(args)?;
        let values = argument(args, 1)?;
        let values = as_int64_array(&values)?;
        let called = match args.args.get(2) {
            Some(_) => argument(args, 2)?,
            None => Arc::new(BooleanArray::from(vec![true; names.len()])),
        };
        let called = as_boolean_array(&called)?;
        let rows = names.iter().zip(values).zip(called);
        let set = rows.map(|((name, value), called)| match (name, value, called) {
            (Some(name), Some(value), Some(called)) => {
                Ok(Some(self.numbers.set(name, value, called)?))
            }
            _ => Ok(None),
        });
        set.collect()
    }
}

fn each(
    names: &StringArray,
    value: impl Fn(&str) -> crate::Result<i64>,
) -> crate::Result<Int64Array> {
    let values = names.iter().map(|name| name.map(&value).transpose());
    values.collect()
}

fn texts(args: &ScalarFunctionArgs) -> Result<StringArray> {
    Ok(as_string_array(&argument(args, 0)?)?.clone())
}

/// An argument as one value per row.
fn argument(args: &ScalarFunctionArgs, place: usize) -> Result<ArrayRef> {
    let Some(value) = args.args.get(place) else {
        return Err(SqlError::internal("a sequence function lacks an argument").into());
    };
    value.clone().into_array(args.number_rows)
}
