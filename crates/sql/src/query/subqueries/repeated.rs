//! Whether a plan gives the same rows when it is read again.

use datafusion::{
    common::{Result, tree_node::TreeNodeRecursion},
    logical_expr::{Distinct, Expr, LogicalPlan},
};

/// Totals that do not depend on the order of the rows, if they are not floats.
const ANY_ORDER: [&str; 10] = [
    "count", "sum", "avg", "min", "max", "bool_and", "bool_or", "bit_and", "bit_or", "bit_xor",
];

/// Whether the rows of a plan are the same each time: nothing volatile is asked, and no order that the rows do not have.
pub(super) fn is_repeatable(plan: &LogicalPlan) -> Result<bool> {
    let mut repeatable = true;
    plan.apply_with_subqueries(|plan| {
        repeatable &= match plan {
            LogicalPlan::Limit(_)
            | LogicalPlan::Window(_)
            | LogicalPlan::RecursiveQuery(_)
            | LogicalPlan::Distinct(Distinct::On(_))
            | LogicalPlan::Extension(_) => false,
            LogicalPlan::Aggregate(aggregate) => {
                let floats = aggregate.schema.fields().iter();
                let mut floats = floats
                    .skip(aggregate.group_expr.len())
                    .filter(|field| field.data_type().is_floating());
                let known = |expr: &Expr| match expr.clone().unalias() {
                    Expr::AggregateFunction(call) => ANY_ORDER.contains(&call.func.name()),
                    _ => false,
                };
                floats.next().is_none() && aggregate.aggr_expr.iter().all(known)
            }
            _ => true,
        };
        repeatable &= !asks_volatile(plan)?;
        Ok(match repeatable {
            true => TreeNodeRecursion::Continue,
            false => TreeNodeRecursion::Stop,
        })
    })?;
    Ok(repeatable)
}

/// Whether a plan asks a function that may answer otherwise the next time.
pub(super) fn is_volatile(plan: &LogicalPlan) -> Result<bool> {
    let mut volatile = false;
    plan.apply_with_subqueries(|plan| {
        volatile |= asks_volatile(plan)?;
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(volatile)
}

/// The same of a node by itself.
fn asks_volatile(plan: &LogicalPlan) -> Result<bool> {
    let mut volatile = false;
    plan.apply_expressions(|expr| {
        volatile |= expr.is_volatile();
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(volatile)
}
