//! Scalar functions written for one row: the arguments become `Datum`s, and so does the answer.
//!
//! Each says the types it takes; what it is given is cast to them first. It is not called for a row with a NULL. The session's zone is
//! the one in DataFusion's options (`zone_of`).

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use cairn_catalog::ColumnType;
use cairn_rows::{Datum, Zone, arrow_type, datum_at};
use datafusion::{
    common::{Result, ScalarValue},
    config::ConfigOptions,
    logical_expr::{
        ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
        expr::ScalarFunction,
    },
};

use super::convert::{Purpose, convert};

/// What a function does with the values of one row, none of which is NULL.
pub(crate) type Body = fn(&[Datum]) -> crate::Result<Datum>;

/// The same, of a function that asks what clocks show in the session's zone.
pub(crate) type ZonedBody = fn(&[Datum], Zone) -> crate::Result<Datum>;

#[derive(Clone, Copy, Debug)]
enum AnyBody {
    Plain(Body),
    Zoned(ZonedBody),
}

/// A function: its name, the types it takes, the type it gives.
#[derive(Debug)]
pub(crate) struct Elementwise {
    name: &'static str,
    takes: Vec<ColumnType>,
    gives: ColumnType,
    body: AnyBody,
    signature: Signature,
}

impl Elementwise {
    pub fn new(name: &'static str, takes: &[ColumnType], gives: ColumnType, body: Body) -> Self {
        Self::with(name, takes, gives, AnyBody::Plain(body))
    }

    pub fn zoned(
        name: &'static str,
        takes: &[ColumnType],
        gives: ColumnType,
        body: ZonedBody,
    ) -> Self {
        Self::with(name, takes, gives, AnyBody::Zoned(body))
    }

    fn with(name: &'static str, takes: &[ColumnType], gives: ColumnType, body: AnyBody) -> Self {
        Elementwise {
            name,
            takes: takes.to_vec(),
            gives,
            body,
            signature: Signature::any(takes.len(), Volatility::Immutable),
        }
    }

    pub fn takes(&self) -> &[ColumnType] {
        &self.takes
    }

    pub fn function(self) -> Arc<ScalarUDF> {
        Arc::new(ScalarUDF::new_from_impl(self))
    }

    pub fn call(self, arguments: Vec<Expr>) -> Expr {
        Expr::ScalarFunction(ScalarFunction::new_udf(self.function(), arguments))
    }
}

/// Casts the arguments to the types that are taken, and answers row by row; where `strict`, a row with a NULL is NULL.
pub(crate) fn answers(
    arguments: &[ArrayRef],
    takes: &[ColumnType],
    gives: &ColumnType,
    strict: bool,
    rows: usize,
    zone: Zone,
    body: impl Fn(&[Datum]) -> crate::Result<Datum>,
) -> crate::Result<ArrayRef> {
    let columns = arguments.iter().zip(takes);
    let columns = columns.map(|(array, ty)| convert(array, ty, Purpose::Cast, zone));
    let columns = columns.collect::<crate::Result<Vec<_>>>()?;
    let mut answers = Vec::with_capacity(rows);
    let mut values = Vec::with_capacity(columns.len());
    for row in 0..rows {
        values.clear();
        for (column, ty) in columns.iter().zip(takes) {
            values.push(datum_at(column, row, ty)?);
        }
        answers.push(match strict && values.iter().any(Datum::is_null) {
            true => Datum::Null,
            false => body(&values)?,
        });
    }
    Ok(cairn_rows::array_of(gives, answers.iter())?)
}

/// The session's zone, from the options that a function is called with.
pub(crate) fn zone_of(options: &ConfigOptions) -> Zone {
    let name = options.execution.time_zone.as_deref();
    name.and_then(Zone::of_setting).unwrap_or(Zone::UTC)
}

/// Runs a function that takes arrays, a number of rows and the session's zone. Of constants it answers a constant.
pub(crate) fn invoke(
    args: ScalarFunctionArgs,
    function: impl FnOnce(&[ArrayRef], usize, Zone) -> crate::Result<ArrayRef>,
) -> Result<ColumnarValue> {
    let scalar = args
        .args
        .iter()
        .all(|value| matches!(value, ColumnarValue::Scalar(_)));
    let rows = if scalar { 1 } else { args.number_rows };
    let arrays = args.args.into_iter().map(|value| value.into_array(rows));
    let zone = zone_of(&args.config_options);
    let answer = function(&arrays.collect::<Result<Vec<_>>>()?, rows, zone)?;
    Ok(match scalar {
        true => ColumnarValue::Scalar(ScalarValue::try_from_array(&answer, 0)?),
        false => ColumnarValue::Array(answer),
    })
}

impl PartialEq for Elementwise {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.takes == other.takes && self.gives == other.gives
    }
}

impl Eq for Elementwise {}

impl Hash for Elementwise {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.name, &self.takes, &self.gives).hash(state);
    }
}

impl ScalarUDFImpl for Elementwise {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Ok(arrow_type(&self.gives))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let Elementwise { takes, gives, .. } = self;
        invoke(args, |arrays, rows, zone| {
            answers(arrays, takes, gives, true, rows, zone, |row| {
                match self.body {
                    AnyBody::Plain(body) => body(row),
                    AnyBody::Zoned(body) => body(row, zone),
                }
            })
        })
    }
}
