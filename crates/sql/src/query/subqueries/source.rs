//! Where the values of columns come from, and how rows are joined to them.

use datafusion::{
    common::{Column, DFSchema, ExprSchema, Result, ScalarValue},
    functions::core::expr_fn::coalesce,
    logical_expr::{Expr, JoinType, LogicalPlan},
    prelude::lit,
};

/// The smallest part of a plan that has all values of some columns, and maybe others, and what they are called there.
pub(super) fn source(plan: &LogicalPlan, columns: Vec<Column>) -> (&LogicalPlan, Vec<Column>) {
    let below = match plan {
        LogicalPlan::Projection(projection) => {
            let shown = projection.expr.iter().map(|expr| match expr {
                Expr::Alias(alias) => alias.expr.try_as_col().cloned(),
                expr => expr.try_as_col().cloned(),
            });
            let shown: Vec<Option<Column>> = shown.collect();
            renamed(&projection.schema, &columns, &shown).map(|below| (&projection.input, below))
        }
        LogicalPlan::SubqueryAlias(alias) => {
            let shown = alias.input.schema().columns().into_iter().map(Some);
            let shown: Vec<Option<Column>> = shown.collect();
            renamed(&alias.schema, &columns, &shown).map(|below| (&alias.input, below))
        }
        LogicalPlan::Join(join) => {
            let is_of = |side: &LogicalPlan| {
                let mut columns = columns.iter();
                columns.all(|column| side.schema().has_column(column))
            };
            match join.join_type {
                JoinType::Inner | JoinType::Left if is_of(&join.left) => {
                    Some((&join.left, columns.clone()))
                }
                JoinType::Inner if is_of(&join.right) => Some((&join.right, columns.clone())),
                _ => None,
            }
        }
        _ => None,
    };
    match below {
        Some((plan, columns)) => source(plan, columns),
        None => (plan, columns),
    }
}

/// Columns under the names that they have below; None if one of them is computed.
fn renamed(schema: &DFSchema, columns: &[Column], below: &[Option<Column>]) -> Option<Vec<Column>> {
    let each = columns.iter().map(|column| {
        let place = schema.maybe_index_of_column(column)?;
        below.get(place)?.clone()
    });
    each.collect()
}

/// The pairs of keys that are equal where columns are the same, be it NULL. They are never NULL themselves: of a join that takes NULLs
/// for equal DataFusion thinks so of every equality that it adds to it later.
///
/// # Errors
/// 0A000 for types that have no value to stand for NULL.
pub(super) fn same(
    (left, lefts): (&[Column], &DFSchema),
    (right, rights): (&[Column], &DFSchema),
) -> Result<Vec<(Expr, Expr)>> {
    let mut pairs = Vec::new();
    for (left, right) in left.iter().zip(right) {
        let (one, other) = (Expr::Column(left.clone()), Expr::Column(right.clone()));
        let left = lefts.field_from_column(left)?;
        let right = rights.field_from_column(right)?;
        if !left.is_nullable() && !right.is_nullable() {
            pairs.push((one, other));
            continue;
        }
        let stands_for_null = ScalarValue::new_default(left.data_type())?;
        let known = |column: &Expr| coalesce(vec![column.clone(), lit(stands_for_null.clone())]);
        pairs.push((known(&one), known(&other)));
        pairs.push((one.is_null(), other.is_null()));
    }
    Ok(pairs)
}
