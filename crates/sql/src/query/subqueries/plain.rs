//! Which correlated subqueries DataFusion makes joins of that answer as they should: those that ask for columns outside only where rows
//! are filtered, below nothing that looks at several rows; and counts of all such rows, by columns that are equal.

use datafusion::{
    common::{Result, tree_node::TreeNode, tree_node::TreeNodeRecursion},
    logical_expr::{Expr, JoinType, LogicalPlan, Operator, utils::split_conjunction},
};

use super::asked;

/// Whether the right side of a join is one of the two.
pub(super) fn is_lateral(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::SubqueryAlias(alias) => is_lateral(&alias.input),
        LogicalPlan::Subquery(subquery) => is_lateral(&subquery.subquery),
        plan => is_filtered(plan) || is_total(plan),
    }
}

/// Whether columns outside are asked for only in filters whose rows are shown, or joined before. What has an alias DataFusion loses.
pub(super) fn is_filtered(plan: &LogicalPlan) -> bool {
    if asked(plan).is_empty() {
        return true;
    }
    match plan {
        LogicalPlan::Projection(projection) => {
            !projection.expr.iter().any(asks) && is_filtered(&projection.input)
        }
        LogicalPlan::Filter(filter) => is_filtered(&filter.input),
        LogicalPlan::Join(join) if join.join_type == JoinType::Inner => {
            let on = join.on.iter().flat_map(|(left, right)| [left, right]);
            !on.chain(&join.filter).any(asks) && is_filtered(&join.left) && is_filtered(&join.right)
        }
        _ => false,
    }
}

/// Whether one row is made of all the rows that have the values of columns outside.
pub(super) fn is_total(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Projection(projection) => {
            !projection.expr.iter().any(asks) && is_total(&projection.input)
        }
        LogicalPlan::Aggregate(aggregate) => {
            aggregate.group_expr.is_empty()
                && !aggregate.aggr_expr.iter().any(asks)
                && is_filtered(&aggregate.input)
                && compares_only(&aggregate.input).unwrap_or(false)
        }
        _ => false,
    }
}

/// Whether a subquery may have no row, and so be NULL, although its column never is: DataFusion would say that the value never is.
pub(super) fn hides_absence(plan: &LogicalPlan) -> bool {
    let fields = plan.schema().fields();
    fields.iter().all(|field| !field.is_nullable()) && !has_row(plan)
}

/// Whether a plan has a row whatever the tables hold.
fn has_row(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::Subquery(subquery) => has_row(&subquery.subquery),
        LogicalPlan::SubqueryAlias(alias) => has_row(&alias.input),
        LogicalPlan::Projection(projection) => has_row(&projection.input),
        LogicalPlan::Sort(sort) => has_row(&sort.input),
        LogicalPlan::Aggregate(aggregate) => aggregate.group_expr.is_empty(),
        LogicalPlan::EmptyRelation(relation) => relation.produce_one_row,
        _ => false,
    }
}

/// Whether columns outside are only compared with the rows' own, and for equality.
fn compares_only(plan: &LogicalPlan) -> Result<bool> {
    let mut compares = true;
    plan.apply(|plan| {
        if let LogicalPlan::Filter(filter) = plan {
            let mut asking = split_conjunction(&filter.predicate).into_iter();
            compares &= asking.all(|part| !asks(part) || is_equality(part));
        }
        Ok(match compares {
            true => TreeNodeRecursion::Continue,
            false => TreeNodeRecursion::Stop,
        })
    })?;
    Ok(compares)
}

fn is_equality(expr: &Expr) -> bool {
    let Expr::BinaryExpr(binary) = expr else {
        return false;
    };
    let outside = |expr: &Expr| asks(expr) && expr.column_refs().is_empty();
    let inside = |expr: &Expr| !asks(expr);
    let (left, right) = (binary.left.as_ref(), binary.right.as_ref());
    binary.op == Operator::Eq
        && ((outside(left) && inside(right)) || (inside(left) && outside(right)))
}

/// Whether an expression asks for a column outside.
fn asks(expr: &Expr) -> bool {
    let found = expr.exists(|expr| Ok(matches!(expr, Expr::OuterReferenceColumn(..))));
    found.unwrap_or(true)
}
