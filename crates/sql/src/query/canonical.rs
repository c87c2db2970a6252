//! Where DataFusion compares bytes, and values of two types are equal or ordered otherwise.
//!
//! DECIMALs without limits, INTERVALs and documents are grouped, partitioned, joined and sorted by keys (`peers`); lists and ranges of both go
//! through their comparisons in `operators`; days and instants are compared in the session's zone (`instants`). Runs before types are
//! coerced.

use arrow::datatypes::DataType;
use cairn_catalog::ColumnType;
use cairn_syntax::ast::BinaryOperator;
use datafusion::{
    common::{DFSchema, Result, tree_node::Transformed},
    config::ConfigOptions,
    logical_expr::{
        BinaryExpr, Distinct, Expr, ExprSchemable, LogicalPlan, Operator, WindowFrame,
        WindowFrameBound, WindowFrameUnits,
        expr::{Sort as SortExpr, WindowFunction},
    },
    optimizer::AnalyzerRule,
};

use super::convert::postgres_name;
use super::expressions::rewrite_all;
use super::operators::{self, comparison};
use super::peers::{self, INTERVAL};
use super::{copies, instants, mixed, negation, totals};
use crate::SqlError;

#[derive(Debug)]
pub(crate) struct CanonicalForms;

impl AnalyzerRule for CanonicalForms {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        Ok(plan.transform_up_with_subqueries(rewrite_plan)?.data)
    }

    fn name(&self) -> &str {
        "canonical_forms"
    }
}

fn rewrite_plan(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let plan = rewrite_all(plan, |expr, schema| {
        totals::settle(negation::settle(expr), schema)?
            .transform_data(|expr| mixed::unify(expr, schema))?
            .transform_data(|expr| instants::unify(expr, schema))?
            .transform_data(|expr| rewrite(expr, schema))
    })?;
    // Columns may have other types than they were planned with.
    let plan = plan.map_data(LogicalPlan::recompute_schema)?;
    plan.transform_data(|plan| match plan {
        LogicalPlan::Union(union) => mixed::unify_union(union),
        LogicalPlan::Aggregate(aggregate) => peers::grouped(aggregate),
        LogicalPlan::Distinct(Distinct::All(input)) => peers::distinct(input),
        LogicalPlan::Distinct(Distinct::On(distinct)) => Ok(peers::distinct_on(distinct)),
        LogicalPlan::Join(join) => peers::joined(join),
        LogicalPlan::Sort(mut sort) => {
            let changed = order(&mut sort.expr, sort.input.schema())?;
            Ok(Transformed::new_transformed(
                LogicalPlan::Sort(sort),
                changed,
            ))
        }
        other => Ok(Transformed::no(other)),
    })
}

fn rewrite(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    match expr {
        Expr::BinaryExpr(binary) if asks_for_equality(&binary, schema) => {
            peers::distinguished(binary, schema)
        }
        Expr::BinaryExpr(binary) => replan(binary, schema),
        Expr::InList(list) => {
            let Some(ty) = compared(
                std::iter::once(list.expr.as_ref()).chain(&list.list),
                schema,
            )?
            else {
                return Ok(Transformed::no(Expr::InList(list)));
            };
            let equal =
                |item: Expr| call(&BinaryOperator::Eq, ty, list.expr.as_ref().clone(), item);
            let any = list
                .list
                .into_iter()
                .map(equal)
                .collect::<Result<Vec<_>>>()?;
            let any = any
                .into_iter()
                .reduce(Expr::or)
                .unwrap_or_else(|| datafusion::prelude::lit(false));
            Ok(Transformed::yes(if list.negated { !any } else { any }))
        }
        Expr::Between(between) => {
            let operands = [&between.expr, &between.low, &between.high];
            let Some(ty) = compared(operands.into_iter().map(Box::as_ref), schema)? else {
                return Ok(Transformed::no(Expr::Between(between)));
            };
            let value = between.expr.as_ref().clone();
            let low = call(&BinaryOperator::GtEq, ty, value, *between.low)?;
            let high = call(&BinaryOperator::LtEq, ty, *between.expr, *between.high)?;
            let both = low.and(high);
            Ok(Transformed::yes(if between.negated { !both } else { both }))
        }
        Expr::Negative(inner) if inner.get_type(schema)? == DataType::LargeBinary => {
            let negate = super::operators::function("numeric_negate");
            let negate =
                negate.ok_or_else(|| SqlError::internal("no function to negate a DECIMAL"))?;
            Ok(Transformed::yes(negate.call(vec![*inner])))
        }
        Expr::InSubquery(within) => peers::within(within, schema),
        Expr::AggregateFunction(mut function) => {
            let ordered = order(&mut function.params.order_by, schema)?;
            let aggregated = peers::aggregated(function, schema)?;
            let changed = ordered || aggregated.transformed;
            Ok(Transformed::new_transformed(aggregated.data, changed))
        }
        Expr::WindowFunction(mut window) => {
            let changed = windowed(&mut window, schema)?;
            Ok(Transformed::new_transformed(
                Expr::WindowFunction(window),
                changed,
            ))
        }
        other => Ok(Transformed::no(other)),
    }
}

/// The type in which values are compared by a function of ours, if one of them asks for that.
fn compared<'a>(
    exprs: impl Iterator<Item = &'a Expr>,
    schema: &DFSchema,
) -> Result<Option<ColumnType>> {
    let mut found = None;
    for expr in exprs {
        match expr.get_type(schema)? {
            DataType::LargeBinary => found = found.or(Some(ColumnType::Numeric)),
            INTERVAL => found = found.or(Some(ColumnType::Interval)),
            // A double makes doubles of all numbers.
            DataType::Float32 | DataType::Float64 => return Ok(None),
            _ => {}
        }
    }
    Ok(found)
}

/// Whether an operator asks if values are equal, and none of ours answers it.
fn asks_for_equality(binary: &BinaryExpr, schema: &DFSchema) -> bool {
    let ty = binary.left.get_type(schema);
    match binary.op {
        Operator::IsDistinctFrom | Operator::IsNotDistinctFrom => true,
        Operator::Eq | Operator::NotEq => matches!(ty, Ok(DataType::List(_))),
        _ => false,
    }
}

/// An operator on a DECIMAL or a float that was none yet when the operator was planned.
fn replan(binary: BinaryExpr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let is_numeric = |expr: &Expr| {
        let ty = expr.get_type(schema);
        ty.is_ok_and(|ty| ty == DataType::LargeBinary || ty.is_floating())
    };
    if !is_numeric(&binary.left) && !is_numeric(&binary.right) {
        return Ok(Transformed::no(Expr::BinaryExpr(binary)));
    }
    operators::replan(binary, schema)
}

fn call(operator: &BinaryOperator, ty: ColumnType, left: Expr, right: Expr) -> Result<Expr> {
    let function =
        comparison(operator, ty).ok_or_else(|| SqlError::internal("no such comparison"))?;
    Ok(function.call(vec![left, right]))
}

fn is(expr: &Expr, ty: &DataType, schema: &DFSchema) -> bool {
    expr.get_type(schema).is_ok_and(|found| found == *ty)
}

fn order(by: &mut [SortExpr], schema: &DFSchema) -> Result<bool> {
    let mut changed = false;
    let last = by.len().saturating_sub(1);
    for (place, part) in by.iter_mut().enumerate() {
        // Behind the last one nothing asks which of two DECIMALs were equal.
        if place < last || is(&part.expr, &INTERVAL, schema) {
            changed |= peers::replace([&mut part.expr], schema);
        }
        if is(&part.expr, &DataType::LargeUtf8, schema) {
            return Err(SqlError::unsupported("ORDER BY a JSONB")
                .hint("order by a member of it: (document ->> 'member')")
                .into());
        }
    }
    Ok(changed)
}

fn windowed(window: &mut WindowFunction, schema: &DFSchema) -> Result<bool> {
    let compares = matches!(window.fun.name(), "min" | "max");
    if compares
        && window
            .params
            .args
            .iter()
            .any(|value| is(value, &INTERVAL, schema))
    {
        let what = format!("{} of an INTERVAL over a window", window.fun.name());
        return Err(SqlError::unsupported(what).into());
    }
    let mut changed = copies::settle(window, schema);
    changed |= ranged(window, schema)?;
    changed |= order(&mut window.params.order_by, schema)?;
    let ordered = window.params.order_by.last_mut().map(|last| &mut last.expr);
    let parts = window.params.partition_by.iter_mut();
    changed |= peers::replace(parts.chain(ordered), schema);
    Ok(changed)
}

/// RANGE over values that DataFusion has no distances of. Bounds that are no distances lie where those of GROUPS do.
fn ranged(window: &mut WindowFunction, schema: &DFSchema) -> Result<bool> {
    let frame = &window.params.window_frame;
    let (WindowFrameUnits::Range, Some(first)) = (frame.units, window.params.order_by.first())
    else {
        return Ok(false);
    };
    let ty = first.expr.get_type(schema)?;
    let is_measured = ty.is_numeric() || matches!(ty, DataType::Date32 | DataType::Timestamp(..));
    if is_measured {
        return Ok(false);
    }
    let is_distance = |bound: &WindowFrameBound| match bound {
        WindowFrameBound::Preceding(by) | WindowFrameBound::Following(by) => !by.is_null(),
        WindowFrameBound::CurrentRow => false,
    };
    if is_distance(&frame.start_bound) || is_distance(&frame.end_bound) {
        let what = format!("RANGE with a distance, ordered by {}", postgres_name(&ty));
        let error = SqlError::unsupported(what);
        return Err(match ty {
            DataType::LargeBinary => error.hint("order by it as a DECIMAL(p, s)"),
            _ => error,
        }
        .into());
    }
    window.params.window_frame = WindowFrame::new_bounds(
        WindowFrameUnits::Groups,
        frame.start_bound.clone(),
        frame.end_bound.clone(),
    );
    Ok(true)
}
