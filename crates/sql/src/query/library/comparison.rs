//! `x = ANY (array)`, `x < ALL (array)` and the like: NULL where a NULL among the elements could have decided.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use cairn_catalog::ColumnType;
use cairn_rows::{Datum, Zone, column_type, datum_at};
use cairn_syntax::ast::BinaryOperator;
use datafusion::{
    common::Result,
    logical_expr::{
        ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
        in_list,
        simplify::{ExprSimplifyResult, SimplifyContext},
    },
};

use super::overloaded::step;
use crate::query::convert::{Purpose, convert, postgres_name};
use crate::query::elementwise::{invoke, zone_of};
use crate::query::json_operators;
use crate::query::literal::scalar;
use crate::query::operators::{Comparison, compared, meet_as_floats};
use crate::{SqlError, SqlState};

/// The name of the function that compares so with any, or with all, elements; None for operators that are no comparisons.
pub(crate) fn quantified_name(operator: &BinaryOperator, all: bool) -> Option<String> {
    Comparison::of(operator).map(|_| format!("{operator} {}", if all { "all" } else { "any" }))
}

pub(super) fn function(name: &str) -> Option<Arc<ScalarUDF>> {
    let (operator, quantifier) = name.split_once(' ')?;
    let all = match quantifier {
        "any" => false,
        "all" => true,
        _ => return None,
    };
    Some(Arc::new(ScalarUDF::new_from_impl(Quantified {
        comparison: Comparison::named(operator)?,
        all,
        name: name.to_owned(),
        signature: Signature::any(2, Volatility::Immutable),
    })))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Quantified {
    comparison: Comparison,
    all: bool,
    name: String,
    signature: Signature,
}

impl Quantified {
    /// The type in which a value and the elements of an array are compared.
    fn common_type(&self, value: &DataType, array: &DataType) -> crate::Result<ColumnType> {
        let wrong = || {
            SqlError::new(
                SqlState::UndefinedFunction,
                format!(
                    "operator does not exist: {} {} {}",
                    postgres_name(value),
                    self.name,
                    postgres_name(array)
                ),
            )
        };
        let element = match column_type(array) {
            Some(ColumnType::Array(element)) => Some(element.column_type()),
            Some(ColumnType::String { .. }) | None => None,
            Some(_) => return Err(wrong()),
        };
        match (column_type(value), element) {
            (Some(ty), None) | (None, Some(ty)) => Ok(ty),
            (None, None) => Ok(super::TEXT),
            (Some(ColumnType::Jsonb), Some(ColumnType::Jsonb)) if self.comparison.is_of_order() => {
                Err(json_operators::no_order())
            }
            (Some(ColumnType::String { .. }), Some(element)) => Ok(element),
            (Some(ty), Some(element)) if meet_as_floats(&ty, &element) => Ok(ColumnType::Float8),
            (Some(ty), Some(element)) if ty != element && is_exact(&ty) && is_exact(&element) => {
                Ok(ColumnType::Numeric)
            }
            (Some(ty), Some(element)) if step(value, &element).is_some() || ty == element => {
                Ok(element)
            }
            (Some(ty), Some(element)) => step(&cairn_rows::arrow_type(&element), &ty)
                .map(|_| ty)
                .ok_or_else(wrong),
        }
    }

    fn rows(&self, value: &ArrayRef, array: &ArrayRef, zone: Zone) -> crate::Result<ArrayRef> {
        let ty = self.common_type(value.data_type(), array.data_type())?;
        let list = list_of(&ty)?;
        let (values, arrays) = (
            convert(value, &ty, Purpose::Cast, zone)?,
            convert(array, &list, Purpose::Cast, zone)?,
        );
        let mut answers = Vec::with_capacity(values.len());
        for row in 0..values.len() {
            answers.push(self.decide(
                &datum_at(&values, row, &ty)?,
                &datum_at(&arrays, row, &list)?,
            ));
        }
        Ok(cairn_rows::array_of(&ColumnType::Bool, answers.iter())?)
    }

    fn decide(&self, value: &Datum, array: &Datum) -> Datum {
        let Datum::Array(elements) = array else {
            return Datum::Null;
        };
        let mut unknown = false;
        for element in elements {
            match value.is_null() || element.is_null() {
                true => unknown = true,
                false if self.comparison.holds(compared(value, element)) != self.all => {
                    return Datum::Bool(!self.all);
                }
                false => {}
            }
        }
        if unknown {
            Datum::Null
        } else {
            Datum::Bool(self.all)
        }
    }

    /// Whether this is IN, or NOT IN.
    fn is_membership(&self) -> bool {
        matches!(
            (self.comparison, self.all),
            (Comparison::Equal, false) | (Comparison::NotEqual, true)
        )
    }
}

fn is_exact(ty: &ColumnType) -> bool {
    matches!(ty, ColumnType::Decimal { .. } | ColumnType::Numeric)
}

fn list_of(ty: &ColumnType) -> crate::Result<ColumnType> {
    match ty.as_element() {
        Some(element) => Ok(ColumnType::Array(element)),
        None => Err(SqlError::unsupported(
            "comparing arrays with the elements of an array",
        )),
    }
}

impl ScalarUDFImpl for Quantified {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        if let [value, array] = types {
            self.common_type(value, array)?;
        }
        Ok(DataType::Boolean)
    }

    /// With an array that is known this is IN, for which filters find their keys.
    fn simplify(&self, args: Vec<Expr>, info: &SimplifyContext) -> Result<ExprSimplifyResult> {
        if let [value, Expr::Literal(array, _)] = args.as_slice()
            && self.is_membership()
            && !array.is_null()
        {
            let found = info.get_data_type(value)?;
            let ty = self.common_type(&found, &array.data_type())?;
            let list = list_of(&ty)?;
            // Values of DECIMAL and INTERVAL are compared by functions of ours.
            let plain = !matches!(
                ty,
                ColumnType::Numeric | ColumnType::Interval | ColumnType::Jsonb
            );
            if plain && cairn_rows::arrow_type(&ty) == found {
                let zone = zone_of(info.config_options());
                let elements = convert(&array.to_array()?, &list, Purpose::Cast, zone)?;
                if let Datum::Array(elements) =
                    datum_at(&elements, 0, &list).map_err(SqlError::from)?
                {
                    let elements = elements
                        .iter()
                        .map(|element| Expr::Literal(scalar(element, &ty), None));
                    return Ok(ExprSimplifyResult::Simplified(in_list(
                        value.clone(),
                        elements.collect(),
                        self.all,
                    )));
                }
            }
        }
        Ok(ExprSimplifyResult::Original(args))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        invoke(args, |arrays, _rows, zone| match arrays {
            [value, array] => self.rows(value, array, zone),
            _ => Err(SqlError::internal("ANY and ALL compare two things")),
        })
    }
}
