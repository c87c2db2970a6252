//! Literals beside oids and arrays take their types, as PostgreSQL's unknown literals do.

use arrow::datatypes::DataType;
use cairn_syntax::ast::BinaryOperator;
use datafusion::{
    common::{DFSchema, Result},
    logical_expr::{
        Expr, ExprSchemable, Operator, binary_expr,
        planner::{ExprPlanner, PlannerResult, RawBinaryExpr},
    },
    scalar::ScalarValue,
};

use super::rows::list;
use crate::{SqlError, SqlState};

/// Gives `oid = '16384'` and `roles = '{0}'` their meaning.
#[derive(Debug)]
pub(crate) struct CatalogPlanner;

impl ExprPlanner for CatalogPlanner {
    fn plan_binary_op(
        &self,
        expr: RawBinaryExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawBinaryExpr>> {
        let operator = match &expr.op {
            BinaryOperator::Eq => Operator::Eq,
            BinaryOperator::NotEq => Operator::NotEq,
            _ => return Ok(PlannerResult::Original(expr)),
        };
        let (left, right) = (
            typed(&expr.left, &expr.right, schema)?,
            typed(&expr.right, &expr.left, schema)?,
        );
        Ok(match (left, right) {
            (Some(left), _) => PlannerResult::Planned(binary_expr(left, operator, expr.right)),
            (None, Some(right)) => PlannerResult::Planned(binary_expr(expr.left, operator, right)),
            (None, None) => PlannerResult::Original(expr),
        })
    }
}

/// The literal as a value of the other side's type.
fn typed(literal: &Expr, other: &Expr, schema: &DFSchema) -> Result<Option<Expr>> {
    let Expr::Literal(ScalarValue::Utf8(Some(text)), None) = literal else {
        return Ok(None);
    };
    let Ok(ty) = other.get_type(schema) else {
        return Ok(None);
    };
    let value = match &ty {
        DataType::UInt32 => oid(text)?,
        DataType::List(element) => array(text, element.data_type())?,
        _ => return Ok(None),
    };
    Ok(Some(Expr::Literal(value, None)))
}

fn oid(text: &str) -> Result<ScalarValue> {
    let invalid = || {
        SqlError::new(
            SqlState::InvalidTextRepresentation,
            format!("invalid input syntax for type oid: \"{text}\""),
        )
    };
    Ok(ScalarValue::UInt32(Some(
        text.trim().parse().map_err(|_| invalid())?,
    )))
}

/// `{a,b}` without quotes or nesting, which is all that catalog queries write.
fn array(text: &str, element: &DataType) -> Result<ScalarValue> {
    let inner = text
        .trim()
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'));
    let inner = inner
        .filter(|inner| !inner.contains(['{', '}', '"', '\\']))
        .ok_or_else(|| {
            SqlError::new(
                SqlState::InvalidTextRepresentation,
                format!("malformed array literal: \"{text}\""),
            )
        })?;
    let values = inner
        .split(',')
        .filter(|_| !inner.is_empty())
        .map(|value| ScalarValue::try_from_string(value.trim().to_owned(), element))
        .collect::<Result<Vec<_>>>()?;
    Ok(list(element, values))
}
