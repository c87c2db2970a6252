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
        logical_plan::Subquery,
        utils::conjunction,
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
                        Some((plan, column)) => {
                            joined = plan;
                            Ok(Transformed::new(
                                Expr::Column(column),
                                true,
                                TreeNodeRecursion::Jump,
                            ))
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

    /// The outer plan with what the subquery finds beside each row, and the column that holds it.
    fn left_join(
        &self,
        outer: &LogicalPlan,
        subquery: &Subquery,
    ) -> Result<Option<(LogicalPlan, Column)>> {
        let mut pull_up = PullUpCorrelatedExpr::new();
        let found = subquery
            .subquery
            .as_ref()
            .clone()
            .rewrite(&mut pull_up)
            .data()?;
        let (true, Some(value)) = (
            pull_up.can_pull_up,
            found.schema().columns().into_iter().next(),
        ) else {
            return Ok(None);
        };
        let alias = format!("__lookup_{}", self.made.fetch_add(1, Ordering::Relaxed));
        let moved: HashMap<Column, Column> = pull_up
            .correlated_subquery_cols_map
            .values()
            .flatten()
            .map(|column| {
                (
                    column.clone(),
                    Column::new(Some(alias.clone()), &column.name),
                )
            })
            .collect();
        let filter = conjunction(pull_up.join_filters)
            .map(|filter| replace_col(filter, &moved.iter().collect()))
            .transpose()?;
        let found = LogicalPlanBuilder::from(found)
            .alias(alias.clone())?
            .build()?;
        let plan = LogicalPlanBuilder::from(outer.clone())
            .join_on(found, JoinType::Left, filter)?
            .build()?;
        Ok(Some((plan, Column::new(Some(alias), value.name))))
    }
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
