//! How many rows a batch has. A constant is repeated in every row, and Arrow counts the bytes of a batch's texts in 32 bits: the larger a
//! statement's constants, the fewer rows.

use std::borrow::Cow;

use datafusion::{
    common::{
        Result,
        tree_node::{TreeNode, TreeNodeRecursion},
    },
    execution::SessionState,
    logical_expr::{Expr, LogicalPlan},
};

/// Rows in a batch, usually.
pub(super) const BATCH_ROWS: usize = 8192;

/// The most bytes of one constant in the rows of a batch. An expression may join several.
const CONSTANT_BYTES: usize = 64 << 20;

/// The state in which an optimized plan runs.
pub(super) fn sized<'a>(
    state: &'a SessionState,
    plan: &LogicalPlan,
) -> Result<Cow<'a, SessionState>> {
    let rows = CONSTANT_BYTES / largest_constant(plan)?.max(1);
    if rows >= BATCH_ROWS {
        return Ok(Cow::Borrowed(state));
    }
    let config = state.config().clone().with_batch_size(rows.max(1));
    let mut sized = state.clone();
    *sized.config_mut() = config;
    Ok(Cow::Owned(sized))
}

/// The bytes of the largest constant anywhere in a plan.
fn largest_constant(plan: &LogicalPlan) -> Result<usize> {
    let mut largest = 0;
    plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expression| {
            expression.apply(|part| {
                if let Expr::Literal(value, _) = part {
                    largest = largest.max(value.size());
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })
    })?;
    Ok(largest)
}
