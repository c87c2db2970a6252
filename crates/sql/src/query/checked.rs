//! Arithmetic that fails instead of wrapping: DataFusion's integers overflow silently, its floats divide by zero.
//!
//! The rule runs after type coercion. It puts `Checked` in the place of `+`, `-`, `*` of integers and floats and of `/`, `%` of
//! floats, and lets `sum` of integers add decimals, whose cast back is checked.

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, AsArray, Datum as ArrowDatum, Float64Array},
    compute::kernels::numeric,
    datatypes::{DataType, Float64Type},
};
use datafusion::{
    common::{
        Column, DFSchema, Result, ScalarValue,
        tree_node::{Transformed, TreeNode},
    },
    config::ConfigOptions,
    logical_expr::{
        Aggregate, BinaryExpr, Cast, ColumnarValue, Expr, ExprSchemable, LogicalPlan, Operator,
        Projection, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
        expr::{AggregateFunction, ScalarFunction},
    },
    optimizer::AnalyzerRule,
};

use super::expressions::rewrite_all;
use crate::{SqlError, SqlState};

/// How the names of our functions begin.
const PREFIX: &str = "checked_";

#[derive(Debug)]
pub(crate) struct CheckedArithmetic {
    add: Arc<ScalarUDF>,
    subtract: Arc<ScalarUDF>,
    multiply: Arc<ScalarUDF>,
    divide: Arc<ScalarUDF>,
    remainder: Arc<ScalarUDF>,
}

impl CheckedArithmetic {
    pub fn new() -> Self {
        let function = |operator| Arc::new(ScalarUDF::new_from_impl(Checked::new(operator)));
        CheckedArithmetic {
            add: function(Operator::Plus),
            subtract: function(Operator::Minus),
            multiply: function(Operator::Multiply),
            divide: function(Operator::Divide),
            remainder: function(Operator::Modulo),
        }
    }

    fn function(&self, operator: Operator, ty: &DataType) -> Option<&Arc<ScalarUDF>> {
        let checked = ty.is_integer() || ty.is_floating();
        match operator {
            Operator::Plus if checked => Some(&self.add),
            Operator::Minus if checked => Some(&self.subtract),
            Operator::Multiply if checked => Some(&self.multiply),
            Operator::Divide if ty.is_floating() => Some(&self.divide),
            Operator::Modulo if ty.is_floating() => Some(&self.remainder),
            _ => None,
        }
    }

    fn rewrite(&self, expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
        match expr {
            Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
                let (left_type, right_type) = (type_of(&left, schema)?, type_of(&right, schema)?);
                match self.function(op, &left_type) {
                    Some(function) if left_type == right_type => {
                        Ok(Transformed::yes(call(function, vec![*left, *right])))
                    }
                    _ => Ok(Transformed::no(Expr::BinaryExpr(BinaryExpr {
                        left,
                        op,
                        right,
                    }))),
                }
            }
            Expr::Negative(inner) => {
                let ty = inner.get_type(schema)?;
                if ty.is_integer() && !matches!(*inner, Expr::Literal(..)) {
                    let zero = Expr::Literal(ScalarValue::new_zero(&ty)?, None);
                    return Ok(Transformed::yes(call(&self.subtract, vec![zero, *inner])));
                }
                Ok(Transformed::no(Expr::Negative(inner)))
            }
            other => Ok(Transformed::no(other)),
        }
    }

    fn rewrite_plan(&self, plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
        let plan = rewrite_all(plan, |expr, schema| self.rewrite(expr, schema))?;
        let plan = plan.map_data(LogicalPlan::recompute_schema)?;
        plan.transform_data(sums)
    }
}

/// The type of an expression. Ours have their second argument's, which saves walking down a long chain at each of its links.
fn type_of(expr: &Expr, schema: &DFSchema) -> Result<DataType> {
    match expr {
        Expr::ScalarFunction(function) if function.func.name().starts_with(PREFIX) => {
            match function.args.last() {
                Some(last) => type_of(last, schema),
                None => expr.get_type(schema),
            }
        }
        _ => expr.get_type(schema),
    }
}

fn call(function: &Arc<ScalarUDF>, args: Vec<Expr>) -> Expr {
    Expr::ScalarFunction(ScalarFunction::new_udf(function.clone(), args))
}

impl AnalyzerRule for CheckedArithmetic {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        Ok(plan
            .transform_up_with_subqueries(|plan| self.rewrite_plan(plan))?
            .data)
    }

    fn name(&self) -> &str {
        "checked_arithmetic"
    }
}

/// `sum` of integers adds decimals of 38 digits; above the aggregate the total becomes an integer again, or an error.
fn sums(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let LogicalPlan::Aggregate(aggregate) = &plan else {
        return Ok(Transformed::no(plan));
    };
    let input = aggregate.input.schema().clone();
    let mut changed = false;
    let mut aggregates = Vec::with_capacity(aggregate.aggr_expr.len());
    for expr in &aggregate.aggr_expr {
        let widened = expr.clone().transform_down(|expr| widen(expr, &input))?;
        changed |= widened.transformed;
        let (relation, name) = expr.qualified_name();
        aggregates.push(match widened.transformed {
            true => widened.data.unalias().alias_qualified(relation, name),
            false => widened.data,
        });
    }
    if !changed {
        return Ok(Transformed::no(plan));
    }
    let wide = Aggregate::try_new(
        aggregate.input.clone(),
        aggregate.group_expr.clone(),
        aggregates,
    )?;
    let mut columns = Vec::with_capacity(wide.schema.fields().len());
    for ((qualifier, wide_field), narrow_field) in wide.schema.iter().zip(aggregate.schema.fields())
    {
        let column = Expr::Column(Column::new(qualifier.cloned(), wide_field.name()));
        columns.push(if wide_field.data_type() == narrow_field.data_type() {
            column
        } else {
            Expr::Cast(Cast::new(
                Box::new(column),
                narrow_field.data_type().clone(),
            ))
            .alias_qualified(qualifier.cloned(), wide_field.name())
        });
    }
    let projection = Projection::try_new(columns, Arc::new(LogicalPlan::Aggregate(wide)))?;
    Ok(Transformed::yes(LogicalPlan::Projection(projection)))
}

fn widen(expr: Expr, input: &DFSchema) -> Result<Transformed<Expr>> {
    let Expr::AggregateFunction(AggregateFunction { func, mut params }) = expr else {
        return Ok(Transformed::no(expr));
    };
    let integer = match params.args.as_slice() {
        [argument] if func.name() == "sum" => argument.get_type(input)? == DataType::Int64,
        _ => false,
    };
    if integer {
        params.args = params
            .args
            .into_iter()
            .map(|argument| Expr::Cast(Cast::new(Box::new(argument), DataType::Decimal128(28, 0))))
            .collect();
    }
    let expr = Expr::AggregateFunction(AggregateFunction { func, params });
    Ok(if integer {
        Transformed::yes(expr)
    } else {
        Transformed::no(expr)
    })
}

/// One operator, checked.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Checked {
    operator: Operator,
    name: String,
    signature: Signature,
}

impl Checked {
    fn new(operator: Operator) -> Self {
        let name = match operator {
            Operator::Plus => "add",
            Operator::Minus => "subtract",
            Operator::Multiply => "multiply",
            Operator::Divide => "divide",
            _ => "remainder",
        };
        Checked {
            operator,
            name: format!("{PREFIX}{name}"),
            signature: Signature::any(2, Volatility::Immutable),
        }
    }

    fn compute(&self, left: &dyn ArrowDatum, right: &dyn ArrowDatum) -> Result<ArrayRef> {
        let ty = left.get().0.data_type().clone();
        if matches!(self.operator, Operator::Divide | Operator::Modulo) {
            let divisors = floats(right)?;
            if divisors.iter().flatten().any(|divisor| divisor == 0.0) {
                return Err(SqlError::new(SqlState::DivisionByZero, "division by zero").into());
            }
        }
        let result = match self.operator {
            Operator::Plus => numeric::add(left, right),
            Operator::Minus => numeric::sub(left, right),
            Operator::Multiply => numeric::mul(left, right),
            Operator::Divide => numeric::div(left, right),
            _ => numeric::rem(left, right),
        };
        let result = result.map_err(|error| out_of_range(&ty, SqlError::from(error)))?;
        if ty.is_floating() && self.operator != Operator::Modulo {
            self.check_floats(left, right, &result)?;
        }
        Ok(result)
    }

    /// A float that grew beyond all bounds, or vanished.
    fn check_floats(
        &self,
        left: &dyn ArrowDatum,
        right: &dyn ArrowDatum,
        result: &ArrayRef,
    ) -> Result<()> {
        let results = floats(result)?;
        if !results
            .iter()
            .flatten()
            .any(|value| value.is_infinite() || value == 0.0)
        {
            return Ok(());
        }
        let (lefts, rights) = (floats(left)?, floats(right)?);
        let at =
            |side: &Float64Array, row: usize| side.value(if side.len() == 1 { 0 } else { row });
        for (row, value) in results.iter().enumerate() {
            let Some(value) = value else { continue };
            let (left, right) = (at(&lefts, row), at(&rights, row));
            let problem = match self.operator {
                _ if value.is_infinite() && left.is_finite() && right.is_finite() => "overflow",
                Operator::Multiply if value == 0.0 && left != 0.0 && right != 0.0 => "underflow",
                Operator::Divide if value == 0.0 && left != 0.0 && right.is_finite() => "underflow",
                _ => continue,
            };
            let message = format!("value out of range: {problem}");
            return Err(SqlError::new(SqlState::NumericValueOutOfRange, message).into());
        }
        Ok(())
    }
}

/// The floats of one side as doubles.
fn floats(side: &dyn ArrowDatum) -> Result<Float64Array> {
    let doubles = arrow::compute::cast(side.get().0, &DataType::Float64)?;
    Ok(doubles.as_primitive::<Float64Type>().clone())
}

/// PostgreSQL's words for an overflow.
fn out_of_range(ty: &DataType, error: SqlError) -> SqlError {
    let name = match ty {
        DataType::Int16 => "smallint",
        DataType::Int32 => "integer",
        DataType::Int64 => "bigint",
        _ => return error,
    };
    match error.sqlstate {
        SqlState::NumericValueOutOfRange => {
            SqlError::new(error.sqlstate, format!("{name} out of range"))
        }
        _ => error,
    }
}

impl ScalarUDFImpl for Checked {
    fn name(&self) -> &str {
        &self.name
    }

    /// As the default, but with enough stack at each level of a deep expression.
    #[recursive::recursive]
    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        let args: Vec<String> = args
            .iter()
            .map(|arg| arg.schema_name().to_string())
            .collect();
        Ok(format!("{}({})", self.name, args.join(",")))
    }

    #[recursive::recursive]
    fn display_name(&self, args: &[Expr]) -> Result<String> {
        let args: Vec<String> = args.iter().map(Expr::to_string).collect();
        Ok(format!("{}({})", self.name, args.join(", ")))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        Ok(types.first().cloned().unwrap_or(DataType::Null))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [left, right] = args.args.as_slice() else {
            return Err(SqlError::internal(format!("{} takes two arguments", self.name)).into());
        };
        Ok(match (left, right) {
            (ColumnarValue::Array(left), ColumnarValue::Array(right)) => {
                ColumnarValue::Array(self.compute(left, right)?)
            }
            (ColumnarValue::Array(left), ColumnarValue::Scalar(right)) => {
                ColumnarValue::Array(self.compute(left, &right.to_scalar()?)?)
            }
            (ColumnarValue::Scalar(left), ColumnarValue::Array(right)) => {
                ColumnarValue::Array(self.compute(&left.to_scalar()?, right)?)
            }
            (ColumnarValue::Scalar(left), ColumnarValue::Scalar(right)) => {
                let array = self.compute(&left.to_scalar()?, &right.to_scalar()?)?;
                ColumnarValue::Scalar(ScalarValue::try_from_array(&array, 0)?)
            }
        })
    }
}
