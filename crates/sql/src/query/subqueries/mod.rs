//! Subqueries that DataFusion cannot run, or would answer otherwise than PostgreSQL: correlated ones, LATERAL, IN among values.
//!
//! HOW DATA FLOWS
//!   1. `Subqueries` goes through a plan from its leaves up and leaves to DataFusion what it does well (`plain`).
//!   2. Of the others each is put beside every value that the columns outside may have (`beside`), made one row for each (`only`), and
//!      joined to the rows outside: a value is a column of theirs then, EXISTS whether there was a row, LATERAL the join itself.
//!   3. IN that is no condition by itself knows three answers: `Subqueries::within`.
//!
//! INVARIANTS
//!   The rows outside are read twice, once for their values. Where they might be others the second time the statement is refused:
//!   `repeated`.
//!
//! LEFT OUT
//!   A subquery is evaluated for all rows of the relations that it asks, also those that a CASE, a join or another condition leaves out: an
//!   error in it is one also where PostgreSQL would not have looked.

mod beside;
mod only;
mod plain;
mod repeated;
mod source;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use datafusion::{
    common::{
        Column, DFSchema, ExprSchema, Result, ScalarValue,
        tree_node::{Transformed, TransformedResult, TreeNode},
    },
    config::ConfigOptions,
    functions_aggregate::{bool_and_or::bool_or_udaf, count::count_udaf},
    logical_expr::{
        Aggregate, Expr, FetchType, Filter, Join, JoinType, LogicalPlan, Projection, Sort,
        expr::{Exists, InSubquery},
        expr_rewriter::NamePreserver,
        lit,
        logical_plan::Subquery,
        utils::{conjunction, split_conjunction_owned},
        when,
    },
    optimizer::AnalyzerRule,
};

use self::beside::{Outside, columns, joined};
use crate::{SqlError, SqlState};

#[derive(Debug, Default)]
pub(crate) struct Subqueries {
    names: Names,
}

/// Names of columns that are made, each another.
#[derive(Debug, Default)]
struct Names(AtomicUsize);

impl Names {
    fn next(&self) -> Column {
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        Column::new_unqualified(format!("__subquery_{number}"))
    }
}

/// The columns outside that a plan asks for, near or far; those of subqueries in its expressions are settled before or DataFusion's.
fn asked(plan: &LogicalPlan) -> Vec<Column> {
    let outer = plan.all_out_ref_exprs().into_iter();
    outer
        .filter_map(|expr| match expr {
            Expr::OuterReferenceColumn(_, column) => Some(column),
            _ => None,
        })
        .collect()
}

fn refused(place: impl fmt::Display) -> datafusion::common::DataFusionError {
    SqlError::unsupported(format_args!(
        "a subquery that asks for columns outside of it {place}"
    ))
    .into()
}

impl AnalyzerRule for Subqueries {
    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        let mut changed = false;
        plan.transform_up_with_subqueries(|plan| {
            // What took a subquery's place may be NULL, where the nodes above were told of a column that never is.
            let plan = match changed {
                true => plan.recompute_schema()?,
                false => plan,
            };
            let plan = match plan {
                LogicalPlan::Join(join) => self.join(join),
                LogicalPlan::Sort(sort) => self.sort(sort),
                other => self.node(other),
            }?;
            changed |= plan.transformed;
            Ok(plan)
        })
        .data()
    }

    fn name(&self) -> &str {
        "subqueries"
    }
}

/// Where an expression stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Shown,
    Condition,
    Other,
}

/// A node's rows, and what was joined to them.
struct Rows<'a> {
    alone: &'a LogicalPlan,
    joined: LogicalPlan,
}

impl Subqueries {
    fn join(&self, join: Join) -> Result<Transformed<LogicalPlan>> {
        let outside = Outside::of(&join.left, &join.right, &self.names);
        if !outside.columns.is_empty() {
            return self.lateral(&join, &outside);
        }
        let holds = |expr: &Expr| holds_subquery(expr);
        match (join.join_type, &join.filter) {
            (JoinType::Inner, Some(filter)) if holds(filter) => {
                let mut join = join;
                let filter = join.filter.take().unwrap_or_else(|| lit(true));
                let filter = Filter::try_new(filter, Arc::new(LogicalPlan::Join(join)))?;
                let plan = LogicalPlan::Filter(filter);
                Ok(Transformed::yes(self.node(plan)?.data))
            }
            (JoinType::Left, Some(filter)) if holds(filter) => self.left_join(join),
            _ => Ok(Transformed::no(LogicalPlan::Join(join))),
        }
    }

    /// What a LEFT JOIN asks only of its right side decides which rows that has.
    fn left_join(&self, mut join: Join) -> Result<Transformed<LogicalPlan>> {
        let right = join.right.schema().clone();
        let is_of_right = |part: &Expr| {
            let outside = part.exists(|expr| {
                Ok(subquery_of(expr).is_some_and(|subquery| {
                    let mut asked = asked(&subquery.subquery).into_iter();
                    !asked.all(|column| right.has_column(&column))
                }))
            });
            let mut columns = part.column_refs().into_iter();
            !outside.unwrap_or(true) && columns.all(|column| right.has_column(column))
        };
        let parts = join.filter.take().map(split_conjunction_owned);
        let (first, rest): (Vec<Expr>, Vec<Expr>) = parts
            .into_iter()
            .flatten()
            .partition(|part| holds_subquery(part) && is_of_right(part));
        join.filter = conjunction(rest);
        let Some(first) = conjunction(first) else {
            return Ok(Transformed::no(LogicalPlan::Join(join)));
        };
        let rows = LogicalPlan::Filter(Filter::try_new(first, join.right)?);
        join.right = Arc::new(self.node(rows)?.data);
        Ok(Transformed::yes(LogicalPlan::Join(join)))
    }

    fn lateral(&self, join: &Join, outside: &Outside) -> Result<Transformed<LogicalPlan>> {
        let mut asked = asked(&join.right).into_iter();
        let is_near = asked.all(|column| outside.columns.contains(&column));
        if is_near && plain::is_lateral(&join.right) {
            return Ok(Transformed::no(LogicalPlan::Join(join.clone())));
        }
        if !matches!(join.join_type, JoinType::Inner | JoinType::Left) {
            return Err(refused("on the right of such a join"));
        }
        let found = outside.beside(join.right.as_ref().clone())?;
        let mut on = outside.keys(&found.plan, &found.values)?;
        on.extend(join.on.iter().cloned());
        let left = join.left.as_ref().clone();
        let plan = joined(left, found.plan, on, join.filter.clone(), join.join_type)?;
        Ok(Transformed::yes(shown(plan, &join.schema)?))
    }

    /// What rows are sorted by may be asked of columns that are not shown.
    fn sort(&self, sort: Sort) -> Result<Transformed<LogicalPlan>> {
        let LogicalPlan::Projection(projection) = sort.input.as_ref() else {
            return self.node(LogicalPlan::Sort(sort));
        };
        let mut wanted = Vec::new();
        for part in &sort.expr {
            part.expr.apply(|expr| {
                if let Some(subquery) = subquery_of(expr) {
                    wanted.extend(self::asked(&subquery.subquery));
                }
                Ok(datafusion::common::tree_node::TreeNodeRecursion::Continue)
            })?;
        }
        let below = projection.input.schema();
        wanted.retain(|column| !projection.schema.has_column(column) && below.has_column(column));
        wanted.sort();
        wanted.dedup();
        if wanted.is_empty() {
            return self.node(LogicalPlan::Sort(sort));
        }
        let schema = projection.schema.clone();
        let exprs = projection.expr.iter().cloned();
        let exprs = exprs.chain(columns(&wanted)).collect();
        let wider = Projection::try_new(exprs, projection.input.clone())?;
        let sort = LogicalPlan::Sort(Sort {
            input: Arc::new(LogicalPlan::Projection(wider)),
            ..sort
        });
        let plan = self.node(sort)?.data;
        Ok(Transformed::yes(shown(plan, &schema)?))
    }

    /// A node of one input, with the subqueries of its expressions.
    fn node(&self, plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
        let inputs = plan.inputs();
        let [input] = inputs.as_slice() else {
            return Ok(Transformed::no(plan));
        };
        let input = (*input).clone();
        let mut rows = Rows {
            alone: &input,
            joined: input.clone(),
        };
        let schema = plan.schema().clone();
        let names = NamePreserver::new(&plan);
        let place = match plan {
            LogicalPlan::Projection(_) => Place::Shown,
            LogicalPlan::Filter(_) => Place::Condition,
            _ => Place::Other,
        };
        let plan = plan.map_expressions(|expr| {
            let name = names.save(&expr);
            let expr = match place {
                Place::Condition => self.condition(expr, &mut rows)?,
                _ => self.value(expr, &mut rows, place)?,
            };
            Ok(expr.update_data(|expr| name.restore(expr)))
        })?;
        if !plan.transformed {
            return Ok(plan);
        }
        let plan = plan.data;
        let plan = plan.with_new_exprs(plan.expressions(), vec![rows.joined])?;
        let has_more = plan.schema().fields().len() > schema.fields().len();
        Ok(Transformed::yes(match has_more {
            true => shown(plan, &schema)?,
            false => plan,
        }))
    }

    /// The conditions of a filter: whether there are rows, and IN, DataFusion answers where each is a condition by itself.
    fn condition(&self, expr: Expr, rows: &mut Rows) -> Result<Transformed<Expr>> {
        let mut changed = false;
        let mut parts = Vec::new();
        for part in split_conjunction_owned(expr) {
            let (alone, denied) = match &part {
                Expr::Not(inner) => (inner.as_ref(), true),
                other => (other, false),
            };
            let is_left = match alone {
                Expr::Exists(Exists { subquery, .. }) => is_left_in_filter(subquery, rows),
                // Of NULLs on either side DataFusion takes all for those beside each row.
                Expr::InSubquery(within)
                    if within.negated != denied && !asked(&within.subquery.subquery).is_empty() =>
                {
                    false
                }
                Expr::InSubquery(within) => {
                    !holds_subquery(&within.expr) && is_left_in_filter(&within.subquery, rows)
                }
                _ => false,
            };
            if is_left {
                parts.push(part);
                continue;
            }
            let part = self.value(part, rows, Place::Condition)?;
            changed |= part.transformed;
            parts.push(part.data);
        }
        let all = conjunction(parts).unwrap_or_else(|| lit(true));
        Ok(Transformed::new_transformed(all, changed))
    }

    /// An expression with columns in the place of subqueries, but for those of which DataFusion makes joins there.
    fn value(&self, expr: Expr, rows: &mut Rows, place: Place) -> Result<Transformed<Expr>> {
        expr.transform_up(|expr| match expr {
            Expr::ScalarSubquery(subquery) => {
                let asked = asked(&subquery.subquery);
                let near = asked.iter().all(|column| rows.has(column));
                let theirs = place != Place::Other && plain::is_total(&subquery.subquery);
                let known = !plain::hides_absence(&subquery.subquery);
                if (asked.is_empty() && known) || (near && theirs) {
                    return Ok(Transformed::no(Expr::ScalarSubquery(subquery)));
                }
                let plan = Arc::unwrap_or_clone(subquery.subquery);
                Ok(Transformed::yes(self.scalar(rows, plan)?))
            }
            Expr::Exists(Exists { subquery, negated }) => {
                let asked = asked(&subquery.subquery);
                let near = asked.iter().all(|column| rows.has(column));
                let theirs = place == Place::Condition && plain::is_filtered(&subquery.subquery);
                if near && theirs {
                    let exists = Exists { subquery, negated };
                    return Ok(Transformed::no(Expr::Exists(exists)));
                }
                let plan = Arc::unwrap_or_clone(subquery.subquery);
                let exists = self.exists(rows, plan)?;
                Ok(Transformed::yes(if negated { !exists } else { exists }))
            }
            Expr::InSubquery(within) => {
                let negated = within.negated;
                let within = self.within(rows, within)?;
                Ok(Transformed::yes(if negated { !within } else { within }))
            }
            other => Ok(Transformed::no(other)),
        })
    }

    /// The value of the one row that a subquery has beside a row outside.
    fn scalar(&self, rows: &mut Rows, plan: LogicalPlan) -> Result<Expr> {
        let value = only_column(plan.schema())?;
        let is_one = gives_one(&plan)?;
        let outside = Outside::of(rows.alone, &plan, &self.names);
        let name = self.names.next();
        if outside.columns.is_empty() {
            let value = only::only(Expr::Column(value)).alias(&name.name);
            let one = Aggregate::try_new(Arc::new(plan), Vec::new(), vec![value])?;
            rows.join(LogicalPlan::Aggregate(one), Vec::new(), JoinType::Inner)?;
            return Ok(Expr::Column(name));
        }
        let found = outside.beside(plan)?;
        let value = Expr::Column(found_column(&found.plan, &value)?);
        let on = outside.keys(&found.plan, &found.values)?;
        let values = columns(&found.values);
        let input = Arc::new(found.plan);
        let one = match is_one {
            true => {
                let shown = values.into_iter().chain([value.alias(&name.name)]);
                LogicalPlan::Projection(Projection::try_new(shown.collect(), input)?)
            }
            false => {
                let value = only::only(value).alias(&name.name);
                LogicalPlan::Aggregate(Aggregate::try_new(input, values, vec![value])?)
            }
        };
        rows.join(one, on, JoinType::Left)?;
        Ok(Expr::Column(name))
    }

    /// Whether a subquery has rows beside a row outside.
    fn exists(&self, rows: &mut Rows, plan: LogicalPlan) -> Result<Expr> {
        let outside = Outside::of(rows.alone, &plan, &self.names);
        if outside.columns.is_empty() {
            let count = count_udaf().call(vec![lit(1_i64)]);
            let counted = Aggregate::try_new(Arc::new(plan), Vec::new(), vec![count])?;
            let count = self.scalar(rows, LogicalPlan::Aggregate(counted))?;
            return Ok(count.gt(lit(0_i64)));
        }
        let found = outside.beside(plan)?;
        let on = outside.keys(&found.plan, &found.values)?;
        self.marked(rows, found.plan, &found.values, on)
    }

    /// Whether there are rows of which some columns are the same.
    fn marked(
        &self,
        rows: &mut Rows,
        plan: LogicalPlan,
        values: &[Column],
        on: Vec<(Expr, Expr)>,
    ) -> Result<Expr> {
        let mark = self.names.next();
        let once = Aggregate::try_new(Arc::new(plan), columns(values), Vec::new())?;
        let shown = columns(values)
            .into_iter()
            .chain([lit(true).alias(&mark.name)]);
        let once = Arc::new(LogicalPlan::Aggregate(once));
        let marked = Projection::try_new(shown.collect(), once)?;
        rows.join(LogicalPlan::Projection(marked), on, JoinType::Left)?;
        Ok(Expr::Column(mark).is_not_null())
    }

    /// Whether a value is one of a subquery's: NULL where that hangs on a NULL.
    fn within(&self, rows: &mut Rows, within: InSubquery) -> Result<Expr> {
        let plan = Arc::unwrap_or_clone(within.subquery.subquery);
        let element = Expr::Column(only_column(plan.schema())?);
        if within.expr.is_volatile() {
            return Err(SqlError::unsupported("a volatile value IN a subquery").into());
        }
        if asked(&plan).is_empty() && repeated::is_repeatable(&plan)? {
            return self.among(rows, *within.expr, plan, element);
        }
        let value = within.expr.transform_up(|expr| match expr {
            Expr::Column(column) if rows.has(&column) => {
                let field = rows.alone.schema().field_from_column(&column)?.clone();
                Ok(Transformed::yes(Expr::OuterReferenceColumn(field, column)))
            }
            Expr::Column(_) => Err(refused("and is compared with another subquery")),
            other => Ok(Transformed::no(other)),
        });
        let equal = value.data()?.eq(element);
        let [any, known, all] = [(); 3].map(|()| self.names.next());
        let aggregates = vec![
            bool_or_udaf().call(vec![equal.clone()]).alias(&any.name),
            count_udaf().call(vec![equal]).alias(&known.name),
            count_udaf().call(vec![lit(1_i64)]).alias(&all.name),
        ];
        let counted = Aggregate::try_new(Arc::new(plan), Vec::new(), aggregates)?;
        let hangs = Expr::Column(known).lt(Expr::Column(all));
        let answer = when(Expr::Column(any), lit(true))
            .when(hangs, lit(ScalarValue::Boolean(None)))
            .otherwise(lit(false))?;
        let answer = answer.alias(self.names.next().name);
        let input = Arc::new(LogicalPlan::Aggregate(counted));
        let plan = LogicalPlan::Projection(Projection::try_new(vec![answer], input)?);
        self.scalar(rows, plan)
    }

    /// The same of a subquery that asks for nothing outside: its values are joined, and whether there are any, and NULLs, is asked once.
    fn among(
        &self,
        rows: &mut Rows,
        value: Expr,
        plan: LogicalPlan,
        element: Expr,
    ) -> Result<Expr> {
        let [name, all, known] = [(); 3].map(|()| self.names.next());
        let aggregates = vec![
            count_udaf().call(vec![lit(1_i64)]).alias(&all.name),
            count_udaf().call(vec![element.clone()]).alias(&known.name),
        ];
        let counted = Aggregate::try_new(Arc::new(plan.clone()), Vec::new(), aggregates)?;
        rows.join(LogicalPlan::Aggregate(counted), Vec::new(), JoinType::Inner)?;
        let known_elements = Filter::try_new(element.clone().is_not_null(), Arc::new(plan))?;
        let elements = vec![element.alias(&name.name)];
        let input = Arc::new(LogicalPlan::Filter(known_elements));
        let elements = LogicalPlan::Projection(Projection::try_new(elements, input)?);
        let on = vec![(value.clone(), Expr::Column(name.clone()))];
        let found = self.marked(rows, elements, &[name], on)?;
        let all = || Expr::Column(all.clone());
        let hangs = value.is_null().or(Expr::Column(known).lt(all()));
        when(found, lit(true))
            .when(all().eq(lit(0_i64)), lit(false))
            .when(hangs, lit(ScalarValue::Boolean(None)))
            .otherwise(lit(false))
    }
}

impl Rows<'_> {
    fn has(&self, column: &Column) -> bool {
        self.alone.schema().has_column(column)
    }

    fn join(&mut self, right: LogicalPlan, on: Vec<(Expr, Expr)>, kind: JoinType) -> Result<()> {
        self.joined = joined(self.joined.clone(), right, on, None, kind)?;
        Ok(())
    }
}

/// Whether DataFusion is left a subquery that is a filter's condition by itself.
fn is_left_in_filter(subquery: &Subquery, rows: &Rows) -> bool {
    let near = asked(&subquery.subquery);
    near.iter().all(|column| rows.has(column)) && plain::is_filtered(&subquery.subquery)
}

/// The columns of a schema, of a plan that has more.
fn shown(plan: LogicalPlan, schema: &DFSchema) -> Result<LogicalPlan> {
    let columns = schema.columns().into_iter().map(Expr::Column).collect();
    Ok(LogicalPlan::Projection(Projection::try_new(
        columns,
        Arc::new(plan),
    )?))
}

fn subquery_of(expr: &Expr) -> Option<&Subquery> {
    match expr {
        Expr::ScalarSubquery(subquery)
        | Expr::Exists(Exists { subquery, .. })
        | Expr::InSubquery(InSubquery { subquery, .. }) => Some(subquery),
        _ => None,
    }
}

/// Whether an expression holds a subquery that is not a value for all rows.
fn holds_subquery(expr: &Expr) -> bool {
    let found = expr.exists(|expr| {
        Ok(match expr {
            Expr::ScalarSubquery(subquery) => !asked(&subquery.subquery).is_empty(),
            Expr::Exists(_) | Expr::InSubquery(_) => true,
            _ => false,
        })
    });
    found.unwrap_or(true)
}

/// The column of a subquery that stands for a value.
fn only_column(schema: &DFSchema) -> Result<Column> {
    let columns = schema.columns();
    match <[Column; 1]>::try_from(columns) {
        Ok([column]) => Ok(column),
        Err(_) => Err(SqlError::new(
            SqlState::SyntaxError,
            "subquery must return only one column",
        )
        .into()),
    }
}

/// The same column beside the values: nothing on the way renames it.
fn found_column(plan: &LogicalPlan, column: &Column) -> Result<Column> {
    match plan.schema().has_column(column) {
        true => Ok(column.clone()),
        false => Err(SqlError::internal("a subquery lost its column").into()),
    }
}

/// Whether a subquery has one row at most, beside each row outside.
fn gives_one(plan: &LogicalPlan) -> Result<bool> {
    match plan {
        LogicalPlan::Subquery(subquery) => gives_one(&subquery.subquery),
        LogicalPlan::SubqueryAlias(alias) => gives_one(&alias.input),
        LogicalPlan::Projection(projection) => gives_one(&projection.input),
        LogicalPlan::Filter(filter) => gives_one(&filter.input),
        LogicalPlan::Aggregate(aggregate) => Ok(aggregate.group_expr.is_empty()),
        LogicalPlan::EmptyRelation(_) => Ok(true),
        LogicalPlan::Limit(limit) => match limit.get_fetch_type()? {
            FetchType::Literal(Some(0 | 1)) => Ok(true),
            _ => gives_one(&limit.input),
        },
        _ => Ok(false),
    }
}
