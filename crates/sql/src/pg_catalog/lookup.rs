//! Scalar subqueries that look something up in the catalogs, as joins.
//!
//! PostgreSQL fails at run time when a scalar subquery finds two rows; DataFusion wants to see beforehand that it cannot, and
//! plans no correlation but by equality. Catalog queries look up by oid, where one row at most is found, so a left join
//! gives the same. Subqueries on anything else are left as they are.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicUsize, Ordering},
};

use datafusion::{
    common::{
        Column, Result,
        tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion},
    },
    config::ConfigOptions,
    logical_expr::{
        Expr, JoinType, LogicalPlan, LogicalPlanBuilder,
        expr_rewriter::{NamePreserver, replace_col},
        lit,
        logical_plan::Subquery,
        utils::conjunction,
        when,
    },
    optimizer::{AnalyzerRule, decorrelate::PullUpCorrelatedExpr},
};

use super::relation::{INFORMATION_SCHEMA, PG_CATALOG};

/// Puts left joins in the place of lookups.
#[derive(Debug, Default)]
pub(crate) struct JoinLookups {
    /// How many were made, so that each has a name of its own.
    made: AtomicUsize,
}

impl AnalyzerRule for JoinLookups {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        plan.transform_up_with_subqueries(|plan| self.join(plan))
            .data()
    }

    fn name(&self) -> &str {
        "join_catalog_lookups"
    }
}

impl JoinLookups {
    fn join(&self, plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
        let input = match &plan {
            LogicalPlan::Projection(projection) => projection.input.as_ref().clone(),
            LogicalPlan::Filter(filter) => filter.input.as_ref().clone(),
            _ => return Ok(Transformed::no(plan)),
        };
        let columns = input.schema().columns();
        let names = NamePreserver::new(&plan);
        let mut joined = input;
        let mut expressions = Vec::new();
        let mut changed = false;
        for expr in plan.expressions() {
            let name = names.save(&expr);
            let rewritten = expr.transform_down(|expr| match &expr {
                Expr::ScalarSubquery(subquery) if is_lookup(subquery) => {
                    match self.left_join(&joined, subquery)? {
                        Some((plan, value)) => {
                            joined = plan;
                            Ok(Transformed::new(value, true, TreeNodeRecursion::Jump))
                        }
                        None => Ok(Transformed::no(expr)),
                    }
                }
                _ => Ok(Transformed::no(expr)),
            })?;
            changed |= rewritten.transformed;
            expressions.push(name.restore(rewritten.data));
        }
        if !changed {
            return Ok(Transformed::no(plan));
        }
        let builder = LogicalPlanBuilder::from(joined);
        let plan = match plan {
            LogicalPlan::Projection(_) => builder.project(expressions)?,
            _ => {
                let shown = columns.into_iter().map(Expr::Column);
                expressions
                    .into_iter()
                    .try_fold(builder, LogicalPlanBuilder::filter)?
                    .project(shown)?
            }
        };
        Ok(Transformed::yes(plan.build()?))
    }

    /// The outer plan with what the subquery finds beside each row, and the value that it shows of that.
    fn left_join(
        &self,
        outer: &LogicalPlan,
        subquery: &Subquery,
    ) -> Result<Option<(LogicalPlan, Expr)>> {
        let LogicalPlan::Projection(projection) = subquery.subquery.as_ref() else {
            return Ok(None);
        };
        let [shown] = projection.expr.as_slice() else {
            return Ok(None);
        };
        let mut pull_up = PullUpCorrelatedExpr::new();
        let input = projection.input.as_ref().clone();
        let found = input.rewrite(&mut pull_up).data()?;
        if !pull_up.can_pull_up || shown.exists(|expr| Ok(is_subquery(expr)))? {
            return Ok(None);
        }
        let alias = format!("__lookup_{}", self.made.fetch_add(1, Ordering::Relaxed));
        let beside = |name: &str| Column::new(Some(alias.clone()), name);
        let (mut moved, mut kept) = (HashMap::new(), vec![lit(true).alias(FOUND)]);
        for (place, column) in found.schema().columns().into_iter().enumerate() {
            let name = format!("column_{place}");
            kept.push(Expr::Column(column.clone()).alias(&name));
            moved.insert(column, beside(&name));
        }
        let filter = conjunction(pull_up.join_filters)
            .map(|filter| replace_col(filter, &moved.iter().collect()))
            .transpose()?;
        let found = LogicalPlanBuilder::from(found)
            .project(kept)?
            .alias(alias.clone())?
            .build()?;
        let plan = LogicalPlanBuilder::from(outer.clone())
            .join_on(found, JoinType::Left, filter)?
            .build()?;
        let value = when(Expr::Column(beside(FOUND)), outside(shown, &moved)?).end()?;
        Ok(Some((plan, value)))
    }
}

/// Says of a joined row whether something was found.
const FOUND: &str = "found";

/// An expression of the subquery where both rows are at hand.
fn outside(shown: &Expr, moved: &HashMap<Column, Column>) -> Result<Expr> {
    shown
        .clone()
        .transform_up(|expr| {
            Ok(match expr {
                Expr::Column(column) => {
                    let column = moved.get(&column).cloned().unwrap_or(column);
                    Transformed::yes(Expr::Column(column))
                }
                Expr::OuterReferenceColumn(_, column) => Transformed::yes(Expr::Column(column)),
                other => Transformed::no(other),
            })
        })
        .data()
        .map(Expr::unalias)
}

fn is_subquery(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::ScalarSubquery(_) | Expr::Exists(_) | Expr::InSubquery(_)
    )
}

/// Whether a subquery only selects and shows rows of system relations, those that belong to the outer row.
fn is_lookup(subquery: &Subquery) -> bool {
    if subquery.outer_ref_columns.is_empty() {
        return false;
    }
    let other = subquery.subquery.exists(|plan| {
        Ok(match plan {
            LogicalPlan::TableScan(scan) => !matches!(
                scan.table_name.schema(),
                Some(PG_CATALOG | INFORMATION_SCHEMA)
            ),
            LogicalPlan::Projection(_)
            | LogicalPlan::Filter(_)
            | LogicalPlan::SubqueryAlias(_)
            | LogicalPlan::Join(_) => false,
            _ => true,
        })
    });
    !other.unwrap_or(true)
}
