//! DATE, TIMESTAMP and TIMESTAMPTZ beside each other, where they are compared.
//!
//! DataFusion would compare a DATE and an instant as nanoseconds without a zone: those end in 2262, know no infinity, and have each day
//! begin in Greenwich. As in PostgreSQL a DATE is its midnight and a TIMESTAMP what clocks show, both in the session's zone.

use std::iter::once;

use arrow::datatypes::DataType;
use cairn_catalog::ColumnType;
use cairn_rows::column_type;
use datafusion::{
    common::{DFSchema, Result, tree_node::Transformed},
    logical_expr::{BinaryExpr, Expr, ExprSchemable, Operator, expr::Case},
};

use super::mixed::as_type;

/// The type in which such values are compared, if they have several.
pub(super) fn common(types: &[ColumnType]) -> Option<ColumnType> {
    use ColumnType::{Date, Timestamp, TimestampTz};
    let instants = types
        .iter()
        .all(|ty| matches!(ty, Date | Timestamp | TimestampTz));
    let (first, rest) = types.split_first()?;
    if !instants || rest.iter().all(|ty| ty == first) {
        return None;
    }
    [TimestampTz, Timestamp]
        .into_iter()
        .find(|ty| types.contains(ty))
}

/// Makes values of one type of those that are compared with each other.
pub(super) fn unify(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let Some(ty) = compared(&expr, schema) else {
        return Ok(Transformed::no(expr));
    };
    let one = |expr: &mut Expr| -> Result<()> {
        *expr = as_type(std::mem::take(expr), ty, schema)?;
        Ok(())
    };
    let mut expr = expr;
    match &mut expr {
        Expr::BinaryExpr(binary) => {
            one(binary.left.as_mut())?;
            one(binary.right.as_mut())?;
        }
        Expr::Between(between) => {
            one(between.expr.as_mut())?;
            one(between.low.as_mut())?;
            one(between.high.as_mut())?;
        }
        Expr::InList(list) => {
            one(list.expr.as_mut())?;
            list.list.iter_mut().try_for_each(one)?;
        }
        Expr::Case(case) => {
            let operand = case.expr.iter_mut().map(|operand| operand.as_mut());
            let whens = case.when_then_expr.iter_mut();
            let whens = whens.map(|(when, _)| when.as_mut());
            operand.chain(whens).try_for_each(one)?;
        }
        _ => {}
    }
    Ok(Transformed::yes(expr))
}

/// The type in which an expression has to compare its operands, if they are such values of several types.
fn compared(expr: &Expr, schema: &DFSchema) -> Option<ColumnType> {
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if compares(*op) => {
            of([left.as_ref(), right.as_ref()], schema)
        }
        Expr::Between(between) => {
            let operands = [&between.expr, &between.low, &between.high];
            of(operands.map(Box::as_ref), schema)
        }
        Expr::InList(list) => of(once(list.expr.as_ref()).chain(&list.list), schema),
        Expr::Case(Case {
            expr: Some(operand),
            when_then_expr,
            ..
        }) => {
            let whens = when_then_expr.iter().map(|(when, _)| when.as_ref());
            of(once(operand.as_ref()).chain(whens), schema)
        }
        _ => None,
    }
}

fn of<'a>(operands: impl IntoIterator<Item = &'a Expr>, schema: &DFSchema) -> Option<ColumnType> {
    let mut types = Vec::new();
    for operand in operands {
        match operand.get_type(schema).ok()? {
            DataType::Null => {}
            ty => types.push(column_type(&ty)?),
        }
    }
    common(&types)
}

pub(super) fn compares(operator: Operator) -> bool {
    use Operator::{Eq, Gt, GtEq, IsDistinctFrom, IsNotDistinctFrom, Lt, LtEq, NotEq};
    matches!(
        operator,
        Eq | NotEq | Lt | LtEq | Gt | GtEq | IsDistinctFrom | IsNotDistinctFrom
    )
}
