//! `FROM t, unnest(t.list)`: rows that a function makes of a row beside it, or of a row outside the query.
//!
//! DataFusion plans them as subqueries of their own and cannot run what it has planned. Here the arrays are computed where the row is,
//! and unnested there:
//!   1. `join` unnests beside the rows of the join's other side;
//!   2. `correlate` unnests, in a subquery, beside each different value that the row outside may have; that both are equal is then the
//!      correlation, which DataFusion can make a join of. It is checked above inner joins, and what is computed there takes the value.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use datafusion::{
    common::{
        Column, NullHandling, Result, UnnestOptions,
        tree_node::{Transformed, TransformedResult, TreeNode},
    },
    config::ConfigOptions,
    logical_expr::{
        Expr, Join, JoinType, LogicalPlan, LogicalPlanBuilder, Unnest,
        expr::{Exists, InSubquery},
        expr_rewriter::NamePreserver,
        lit,
        logical_plan::Subquery,
        utils::conjunction,
    },
    optimizer::AnalyzerRule,
};

use crate::SqlError;

#[derive(Debug, Default)]
pub(crate) struct UnnestBeside {
    /// How many columns were made, so that each has a name of its own.
    made: AtomicUsize,
}

impl AnalyzerRule for UnnestBeside {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        plan.transform_up_with_subqueries(|plan| match plan {
            LogicalPlan::Join(join) => self.join(join),
            other => self.correlate(other),
        })
        .data()
    }

    fn name(&self) -> &str {
        "unnest_beside"
    }
}

/// Rows to unnest beside: what they are, and what columns of theirs stand for the columns outside.
struct Beside {
    rows: LogicalPlan,
    outside: HashMap<Column, Column>,
    empty: NullHandling,
}

/// A part of a subquery, what must still be checked of its rows, and which of its columns stand for columns outside.
#[derive(Default)]
struct Correlated {
    plan: LogicalPlan,
    conditions: Vec<Expr>,
    values: HashMap<Column, Column>,
    changed: bool,
}

/// The rows of which the conditions hold.
fn checked(plan: LogicalPlan, conditions: Vec<Expr>) -> Result<LogicalPlan> {
    match conjunction(conditions) {
        Some(condition) => LogicalPlanBuilder::from(plan).filter(condition)?.build(),
        None => Ok(plan),
    }
}

impl UnnestBeside {
    fn join(&self, join: Join) -> Result<Transformed<LogicalPlan>> {
        let outside = outside(&join.right);
        let left = join.left.schema();
        if outside.is_empty() || !outside.iter().all(|(column, _)| left.has_column(column)) {
            return Ok(Transformed::no(LogicalPlan::Join(join)));
        }
        let itself = |(column, _): &(Column, Expr)| (column.clone(), column.clone());
        let beside = Beside {
            rows: join.left.as_ref().clone(),
            outside: outside.iter().map(itself).collect(),
            empty: match join.join_type {
                JoinType::Left => NullHandling::PreserveAndExpandEmpty,
                _ => NullHandling::Drop,
            },
        };
        let Some((plan, columns)) = self.unnested(&beside, &join.right)? else {
            return Ok(Transformed::no(LogicalPlan::Join(join)));
        };
        let shown = left.columns().into_iter().map(Expr::Column);
        let plan =
            LogicalPlanBuilder::from(plan).project(shown.chain(named(&join.right, columns)))?;
        let keys = join.on.iter().cloned();
        let conditions = keys.map(|(left, right)| left.eq(right));
        let plan = match (join.join_type, conjunction(conditions.chain(join.filter))) {
            (JoinType::Inner, Some(condition)) => plan.filter(condition)?,
            (JoinType::Inner | JoinType::Left, None) => plan,
            (JoinType::Left, Some(condition)) if condition == lit(true) => plan,
            (kind, _) => {
                return Err(SqlError::unsupported(format_args!(
                    "{kind} JOIN unnest(…) with a condition"
                ))
                .into());
            }
        };
        Ok(Transformed::yes(plan.build()?))
    }

    fn correlate(&self, plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
        let inputs = plan.inputs();
        let [input] = inputs.as_slice() else {
            return Ok(Transformed::no(plan));
        };
        let input = (*input).clone();
        plan.map_expressions(|expr| {
            expr.transform_up(|expr| {
                Ok(match expr {
                    Expr::ScalarSubquery(subquery) => self
                        .subquery(&input, subquery)?
                        .update_data(Expr::ScalarSubquery),
                    Expr::Exists(Exists { subquery, negated }) => self
                        .subquery(&input, subquery)?
                        .update_data(|subquery| Expr::Exists(Exists { subquery, negated })),
                    Expr::InSubquery(InSubquery {
                        expr,
                        subquery,
                        negated,
                    }) => self.subquery(&input, subquery)?.update_data(|subquery| {
                        Expr::InSubquery(InSubquery {
                            expr,
                            subquery,
                            negated,
                        })
                    }),
                    other => Transformed::no(other),
                })
            })
        })
    }

    fn subquery(&self, input: &LogicalPlan, subquery: Subquery) -> Result<Transformed<Subquery>> {
        let mut outside = outside(&subquery.subquery);
        outside.retain(|(column, _)| input.schema().has_column(column));
        let plan = subquery.subquery.as_ref().clone();
        let unnests = plan.exists(|part| Ok(matches!(part, LogicalPlan::Unnest(_))))?;
        if outside.is_empty() || !unnests {
            return Ok(Transformed::no(subquery));
        }
        let found = self.correlated(input, &outside, plan)?;
        let changed = found.changed;
        let plan = checked(found.plan, found.conditions)?;
        Ok(Transformed::new_transformed(
            subquery.with_plan(plan.into()),
            changed,
        ))
    }

    /// A subquery's plan, or a part of it, with what it unnests of the row outside correlated.
    fn correlated(
        &self,
        input: &LogicalPlan,
        outside: &[(Column, Expr)],
        plan: LogicalPlan,
    ) -> Result<Correlated> {
        let lateral = matches!(
            plan,
            LogicalPlan::SubqueryAlias(_) | LogicalPlan::Subquery(_)
        );
        if lateral && let Some(found) = self.joined_to(input, outside, &plan)? {
            return Ok(found);
        }
        // DataFusion finds correlations in one filter, and above a join but not below.
        if let LogicalPlan::Filter(filter) = plan {
            let below = Arc::unwrap_or_clone(filter.input);
            let mut found = self.correlated(input, outside, below)?;
            found.conditions.push(filter.predicate);
            let conditions = std::mem::take(&mut found.conditions);
            found.plan = checked(found.plan, conditions)?;
            return Ok(found);
        }
        let passes = matches!(&plan, LogicalPlan::Join(join) if join.join_type == JoinType::Inner);
        let mut all = Correlated::default();
        let plan = plan.map_children(|child| {
            let below = self.correlated(input, outside, child)?;
            all.changed |= below.changed;
            all.values.extend(below.values);
            if passes {
                all.conditions.extend(below.conditions);
                return Ok(Transformed::yes(below.plan));
            }
            Ok(Transformed::yes(checked(below.plan, below.conditions)?))
        })?;
        all.plan = plan.data;
        if !all.changed {
            return Ok(all);
        }
        if !passes {
            let values = std::mem::take(&mut all.values);
            let names = NamePreserver::new(&all.plan);
            let plan = all.plan.map_expressions(|expr| {
                let name = names.save(&expr);
                let replaced = replaced(expr, &values, &HashMap::new())?;
                Ok(replaced.update_data(|expr| name.restore(expr)))
            })?;
            all.plan = plan.data;
        }
        all.plan = all.plan.recompute_schema()?;
        Ok(all)
    }

    /// What is unnested of a row outside, beside each different value that the row may have.
    fn joined_to(
        &self,
        input: &LogicalPlan,
        outside: &[(Column, Expr)],
        lateral: &LogicalPlan,
    ) -> Result<Option<Correlated>> {
        let wanted = self::outside(lateral);
        if wanted.is_empty() || !wanted.iter().all(|column| outside.contains(column)) {
            return Ok(None);
        }
        let values: HashMap<Column, Column> = outside
            .iter()
            .map(|(column, _)| (column.clone(), self.column()))
            .collect();
        let renamed = values
            .iter()
            .map(|(column, value)| Expr::Column(column.clone()).alias(&value.name));
        let beside = Beside {
            rows: LogicalPlanBuilder::from(input.clone())
                .project(renamed)?
                .distinct()?
                .build()?,
            outside: values.clone(),
            empty: NullHandling::Drop,
        };
        let Some((plan, columns)) = self.unnested(&beside, lateral)? else {
            return Ok(None);
        };
        let conditions = outside.iter().filter_map(|(column, outer)| {
            Some(Expr::Column(values.get(column)?.clone()).eq(outer.clone()))
        });
        Ok(Some(Correlated {
            conditions: conditions.collect(),
            plan: LogicalPlanBuilder::from(plan)
                .project(kept(&beside).into_iter().chain(named(lateral, columns)))?
                .build()?,
            values,
            changed: true,
        }))
    }

    /// The rows with what `lateral` makes of each beside it, and the columns of that in their order; `None` if it does more than
    /// to unnest and to compute.
    fn unnested(
        &self,
        beside: &Beside,
        lateral: &LogicalPlan,
    ) -> Result<Option<(LogicalPlan, Vec<Column>)>> {
        Ok(match lateral {
            LogicalPlan::Subquery(subquery) => self.unnested(beside, &subquery.subquery)?,
            LogicalPlan::SubqueryAlias(alias) => self.unnested(beside, &alias.input)?,
            LogicalPlan::EmptyRelation(empty) if empty.produce_one_row => {
                Some((beside.rows.clone(), Vec::new()))
            }
            LogicalPlan::Projection(projection) => {
                let Some((input, columns)) = self.unnested(beside, &projection.input)? else {
                    return Ok(None);
                };
                // What an outer join adds is NULL, not what would be computed of NULL.
                let computes = |expr: &Expr| !matches!(expr.clone().unalias(), Expr::Column(_));
                let adds = beside.empty == NullHandling::PreserveAndExpandEmpty;
                if adds && !columns.is_empty() && projection.expr.iter().any(computes) {
                    return Ok(None);
                }
                let moved = moved(&projection.input, columns);
                let mut made = Vec::new();
                let mut shown: Vec<Expr> = kept(beside);
                for expr in &projection.expr {
                    let column = self.column();
                    let value = replaced(expr.clone(), &beside.outside, &moved)?.data;
                    shown.push(value.unalias().alias(&column.name));
                    made.push(column);
                }
                let plan = LogicalPlanBuilder::from(input).project(shown)?.build()?;
                Some((plan, made))
            }
            LogicalPlan::Filter(filter) if beside.empty == NullHandling::Drop => {
                let Some((input, columns)) = self.unnested(beside, &filter.input)? else {
                    return Ok(None);
                };
                let moved = moved(&filter.input, columns.clone());
                let condition = replaced(filter.predicate.clone(), &beside.outside, &moved)?.data;
                Some((checked(input, vec![condition])?, columns))
            }
            LogicalPlan::Unnest(unnest) if is_plain(unnest) => {
                let Some((input, columns)) = self.unnested(beside, &unnest.input)? else {
                    return Ok(None);
                };
                let arrays = unnest
                    .list_type_columns
                    .iter()
                    .filter_map(|(place, _)| columns.get(*place).cloned())
                    .collect();
                let options = UnnestOptions::new().with_null_handling(beside.empty);
                let plan = LogicalPlanBuilder::from(input)
                    .unnest_columns_with_options(arrays, options)?
                    .build()?;
                Some((plan, columns))
            }
            _ => None,
        })
    }

    fn column(&self) -> Column {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        Column::new_unqualified(format!("__beside_{number}"))
    }
}

/// The columns outside that a plan looks at, and how it does.
fn outside(plan: &LogicalPlan) -> Vec<(Column, Expr)> {
    let outer = plan.all_out_ref_exprs().into_iter();
    outer
        .filter_map(|expr| match &expr {
            Expr::OuterReferenceColumn(_, column) => Some((column.clone(), expr)),
            _ => None,
        })
        .collect()
}

fn kept(beside: &Beside) -> Vec<Expr> {
    let columns = beside.rows.schema().columns().into_iter();
    columns.map(Expr::Column).collect()
}

/// A plan's columns, and what they have become.
fn moved(plan: &LogicalPlan, columns: Vec<Column>) -> HashMap<Column, Column> {
    plan.schema().columns().into_iter().zip(columns).collect()
}

/// The columns under the names that they have in a plan.
fn named(plan: &LogicalPlan, columns: Vec<Column>) -> impl Iterator<Item = Expr> {
    plan.schema()
        .iter()
        .zip(columns)
        .map(|((relation, field), column)| {
            Expr::Column(column).alias_qualified(relation.cloned(), field.name())
        })
}

/// Whether each array gives a column in its place.
pub(super) fn is_plain(unnest: &Unnest) -> bool {
    unnest.struct_type_columns.is_empty()
        && unnest
            .list_type_columns
            .iter()
            .all(|(_, list)| list.depth == 1)
        && unnest.schema.fields().len() == unnest.input.schema().fields().len()
}

/// An expression where columns of a row outside are at hand, and its own under other names.
fn replaced(
    expr: Expr,
    outside: &HashMap<Column, Column>,
    moved: &HashMap<Column, Column>,
) -> Result<Transformed<Expr>> {
    expr.transform_up(|expr| {
        let column = match &expr {
            Expr::Column(column) => moved.get(column),
            Expr::OuterReferenceColumn(_, column) => outside.get(column),
            _ => None,
        };
        Ok(match column {
            Some(column) => Transformed::yes(Expr::Column(column.clone())),
            None => Transformed::no(expr),
        })
    })
}
