//! A subquery beside every value that the columns outside may have: what it asks of the row outside becomes columns of its own.
//!
//! `Outside::beside` goes down a plan to the parts that ask for nothing, joins these with the distinct values (`Outside::values`), and
//! rebuilds on its way up so that each node does for each value by itself what it did: groups, windows and DISTINCT by the values,
//! LIMIT by numbers among them, joins where the values are the same. What a whole table is counted to has a row for each value.

use std::sync::Arc;

use datafusion::{
    common::{
        Column, NullEquality, Result,
        tree_node::{Transformed, TransformedResult, TreeNode},
    },
    functions_window::row_number::row_number_udwf,
    logical_expr::{
        Aggregate, Distinct, DistinctOn, EmptyRelation, Expr, FetchType, Filter, Join,
        JoinConstraint, JoinType, Limit, LogicalPlan, LogicalPlanBuilder, Operator, Projection,
        SkipType, Sort, SubqueryAlias, Union, Unnest, Values, Window, binary_expr,
        expr::{AggregateFunction, Sort as SortExpr, WindowFunction},
        expr_rewriter::NamePreserver,
        lit,
        utils::conjunction,
    },
};

use super::super::lateral::is_plain;
use super::source::{same, source};
use super::{Names, asked, refused, repeated};

/// The rows outside, and those of their columns that a subquery asks for.
pub(super) struct Outside<'a> {
    rows: &'a LogicalPlan,
    pub columns: Vec<Column>,
    /// What has the values: the rows themselves or a part of them, and the columns there.
    source: (&'a LogicalPlan, Vec<Column>),
    names: &'a Names,
}

/// A part of a subquery beside the values.
pub(super) struct Beside {
    pub plan: LogicalPlan,
    /// Its columns that have the values of `Outside::columns`; none where it asks for nothing, and stands beside nothing.
    pub values: Vec<Column>,
    order: Option<Order>,
}

/// A column by which the rows beside one value were sorted.
struct Order {
    column: Column,
    /// Whether it numbers them from 1 on, without gaps.
    dense: bool,
}

impl<'a> Outside<'a> {
    /// What a plan asks of rows outside; a plan may also ask for columns further outside.
    pub fn of(rows: &'a LogicalPlan, plan: &LogicalPlan, names: &'a Names) -> Outside<'a> {
        let mut columns = asked(plan);
        columns.retain(|column| rows.schema().has_column(column));
        Outside {
            rows,
            source: source(rows, columns.clone()),
            columns,
            names,
        }
    }

    /// The pairs of keys by which the rows outside find what is beside their values.
    ///
    /// # Errors
    /// As `same`.
    pub fn keys(&self, found: &LogicalPlan, values: &[Column]) -> Result<Vec<(Expr, Expr)>> {
        same(
            (&self.columns, self.rows.schema()),
            (values, found.schema()),
        )
    }

    /// The plan beside each of the values.
    ///
    /// # Errors
    /// 0A000 for what cannot be done for each value by itself or would be asked anew for each row, and where the values might be others
    /// when they are read again.
    pub fn beside(&self, plan: LogicalPlan) -> Result<Beside> {
        if !repeated::is_repeatable(self.source.0)? {
            return Err(refused(
                "that a LIMIT, a window, an ordered aggregate or a volatile function may choose anew",
            ));
        }
        // Rows outside with the same values share what is found beside them.
        if repeated::is_volatile(&plan)? {
            return Err(refused("together with a volatile function"));
        }
        self.part(plan)
    }

    /// A part of the plan beside each of the values.
    fn part(&self, plan: LogicalPlan) -> Result<Beside> {
        if !asked(&plan).iter().any(|column| self.has(column)) {
            return Ok(Beside {
                plan,
                values: Vec::new(),
                order: None,
            });
        }
        match plan {
            LogicalPlan::Subquery(subquery) => self.part(Arc::unwrap_or_clone(subquery.subquery)),
            LogicalPlan::SubqueryAlias(alias) => self.aliased(alias),
            LogicalPlan::Projection(projection) => self.projected(projection),
            LogicalPlan::Filter(filter) => self.filtered(filter),
            LogicalPlan::Sort(sort) => self.sorted(sort),
            LogicalPlan::Limit(limit) => self.limited(limit),
            LogicalPlan::Aggregate(aggregate) => self.grouped(aggregate),
            LogicalPlan::Distinct(Distinct::All(input)) => self.distinct(input),
            LogicalPlan::Distinct(Distinct::On(distinct)) => self.distinct_on(distinct),
            LogicalPlan::Window(window) => self.windowed(window),
            LogicalPlan::Join(join) => self.joined(join),
            LogicalPlan::Union(union) => self.united(union),
            LogicalPlan::Values(values) => self.part(rows_of(values)?),
            LogicalPlan::Unnest(unnest) => self.unnested(unnest),
            LogicalPlan::RecursiveQuery(_) => Err(refused("in a recursive query")),
            LogicalPlan::TableScan(_) => Err(refused("as arguments of a function in FROM")),
            _ => Err(refused("in this place")),
        }
    }

    /// The same, and beside the values even if it does not ask for them.
    fn attached(&self, plan: LogicalPlan) -> Result<Beside> {
        let found = self.part(plan)?;
        self.attach(found)
    }

    fn attach(&self, found: Beside) -> Result<Beside> {
        if !found.values.is_empty() {
            return Ok(found);
        }
        let (rows, values) = self.values()?;
        let is_one_row = matches!(&found.plan, LogicalPlan::EmptyRelation(empty)
            if empty.produce_one_row && empty.schema.fields().is_empty());
        let plan = match is_one_row {
            true => rows,
            false => joined(rows, found.plan, Vec::new(), None, JoinType::Inner)?,
        };
        Ok(Beside {
            plan,
            values,
            order: None,
        })
    }

    /// The values that there are, each once, under names of their own.
    fn values(&self) -> Result<(LogicalPlan, Vec<Column>)> {
        let values: Vec<Column> = self.columns.iter().map(|_| self.names.next()).collect();
        let (rows, columns) = &self.source;
        let shown = columns.iter().zip(&values);
        let shown = shown.map(|(column, value)| Expr::Column(column.clone()).alias(&value.name));
        let plan = LogicalPlanBuilder::from((*rows).clone())
            .project(shown)?
            .distinct()?
            .build()?;
        Ok((plan, values))
    }

    fn has(&self, column: &Column) -> bool {
        self.columns.contains(column)
    }

    fn asks(&self, expr: &Expr) -> bool {
        let found = expr.exists(|expr| {
            Ok(matches!(expr, Expr::OuterReferenceColumn(_, column) if self.has(column)))
        });
        found.unwrap_or(true)
    }

    /// An expression where the values are at hand.
    fn replaced(&self, expr: Expr, values: &[Column]) -> Result<Expr> {
        expr.transform_up(|expr| {
            let value = match &expr {
                Expr::OuterReferenceColumn(_, column) => {
                    let place = self.columns.iter().position(|asked| asked == column);
                    place.and_then(|place| values.get(place))
                }
                _ => None,
            };
            Ok(match value {
                Some(value) => Transformed::yes(Expr::Column(value.clone())),
                None => Transformed::no(expr),
            })
        })
        .data()
    }

    fn all_replaced(&self, exprs: Vec<Expr>, values: &[Column]) -> Result<Vec<Expr>> {
        let names = NamePreserver::new_for_projection();
        let each = exprs.into_iter().map(|expr| {
            let name = names.save(&expr);
            Ok(name.restore(self.replaced(expr, values)?))
        });
        each.collect()
    }

    fn sort_replaced(&self, by: Vec<SortExpr>, values: &[Column]) -> Result<Vec<SortExpr>> {
        let each = by.into_iter().map(|part| {
            let expr = self.replaced(part.expr, values)?;
            Ok(SortExpr { expr, ..part })
        });
        each.collect()
    }

    fn aliased(&self, alias: SubqueryAlias) -> Result<Beside> {
        let found = self.part(Arc::unwrap_or_clone(alias.input))?;
        let renamed = |column: Column| Column::new(Some(alias.alias.clone()), column.name);
        Ok(Beside {
            values: found.values.into_iter().map(renamed).collect(),
            order: found.order.map(|order| Order {
                column: renamed(order.column),
                ..order
            }),
            plan: LogicalPlan::SubqueryAlias(SubqueryAlias::try_new(
                Arc::new(found.plan),
                alias.alias.clone(),
            )?),
        })
    }

    fn projected(&self, projection: Projection) -> Result<Beside> {
        let found = self.attached(Arc::unwrap_or_clone(projection.input))?;
        let mut shown = found.kept();
        shown.extend(self.all_replaced(projection.expr, &found.values)?);
        let plan = Projection::try_new(shown, Arc::new(found.plan))?;
        Ok(Beside {
            plan: LogicalPlan::Projection(plan),
            ..found
        })
    }

    fn filtered(&self, filter: Filter) -> Result<Beside> {
        let found = self.attached(Arc::unwrap_or_clone(filter.input))?;
        let predicate = self.replaced(filter.predicate, &found.values)?;
        let plan = Filter::try_new(predicate, Arc::new(found.plan))?;
        Ok(Beside {
            plan: LogicalPlan::Filter(plan),
            order: found.order.map(Order::with_gaps),
            ..found
        })
    }

    /// Rows that are sorted are numbered, so that what stands above may ask for the order.
    fn sorted(&self, sort: Sort) -> Result<Beside> {
        let found = self.attached(Arc::unwrap_or_clone(sort.input))?;
        let by = self.sort_replaced(sort.expr, &found.values)?;
        self.numbered(found, by)
    }

    fn numbered(&self, found: Beside, order_by: Vec<SortExpr>) -> Result<Beside> {
        let column = self.names.next();
        let mut number = WindowFunction::new(row_number_udwf(), Vec::new());
        number.params.partition_by = columns(&found.values);
        number.params.window_frame =
            datafusion::logical_expr::WindowFrame::new((!order_by.is_empty()).then_some(false));
        number.params.order_by = order_by;
        let number = Expr::WindowFunction(Box::new(number)).alias(&column.name);
        let plan = Window::try_new(vec![number], Arc::new(found.plan))?;
        Ok(Beside {
            plan: LogicalPlan::Window(plan),
            values: found.values,
            order: Some(Order {
                column,
                dense: true,
            }),
        })
    }

    fn limited(&self, limit: Limit) -> Result<Beside> {
        let (SkipType::Literal(skip), FetchType::Literal(fetch)) =
            (limit.get_skip_type()?, limit.get_fetch_type()?)
        else {
            return Err(refused("beside a LIMIT that is computed"));
        };
        let found = self.attached(Arc::unwrap_or_clone(limit.input))?;
        let found = match &found.order {
            Some(order) if order.dense => found,
            Some(order) => {
                let by = Expr::Column(order.column.clone()).sort(true, false);
                self.numbered(found, vec![by])?
            }
            None => self.numbered(found, Vec::new())?,
        };
        let Some(order) = found.order else {
            return Err(refused("beside LIMIT"));
        };
        let number = || Expr::Column(order.column.clone());
        let beyond = (skip > 0).then(|| number().gt(lit(skip as u64)));
        let within = fetch.map(|fetch| number().lt_eq(lit(skip.saturating_add(fetch) as u64)));
        Ok(Beside {
            plan: checked(found.plan, beyond.into_iter().chain(within))?,
            values: found.values,
            order: Some(match skip {
                0 => order,
                _ => order.with_gaps(),
            }),
        })
    }

    /// Groups of each value. Where there is one of all rows, there is one for each value, of which it may be that none are its rows.
    fn grouped(&self, aggregate: Aggregate) -> Result<Beside> {
        let Aggregate {
            input,
            group_expr,
            aggr_expr,
            ..
        } = aggregate;
        let sets = |expr: &Expr| matches!(expr, Expr::GroupingSet(_));
        if group_expr.iter().any(sets) {
            return Err(refused("beside GROUPING SETS, ROLLUP or CUBE"));
        }
        let mut found = self.attached(Arc::unwrap_or_clone(input))?;
        let mut counted = None;
        if group_expr.is_empty() {
            let there = self.names.next();
            let mut shown: Vec<Expr> = found.plan.schema().iter().map(Expr::from).collect();
            shown.push(lit(true).alias(&there.name));
            let rows = Projection::try_new(shown, Arc::new(found.plan))?;
            let (plan, values) = self.values()?;
            let rows = LogicalPlan::Projection(rows);
            let on = same((&values, plan.schema()), (&found.values, rows.schema()))?;
            found.plan = joined(plan, rows, on, None, JoinType::Left)?;
            found.values = values;
            counted = Some(Expr::Column(there).is_not_null());
        }
        let mut groups = columns(&found.values);
        groups.extend(self.all_replaced(group_expr, &found.values)?);
        let names = NamePreserver::new_for_projection();
        let each = aggr_expr.into_iter().map(|expr| {
            let name = names.save(&expr);
            let expr = self.replaced(expr, &found.values)?.transform_down(|expr| {
                Ok(match expr {
                    Expr::AggregateFunction(function) => Transformed::yes(Expr::AggregateFunction(
                        found.aggregated(function, counted.as_ref()),
                    )),
                    other => Transformed::no(other),
                })
            });
            Ok(name.restore(expr.data()?))
        });
        let aggregates = each.collect::<Result<Vec<_>>>()?;
        let plan = Aggregate::try_new(Arc::new(found.plan), groups, aggregates)?;
        Ok(Beside {
            plan: LogicalPlan::Aggregate(plan),
            values: found.values,
            order: None,
        })
    }

    fn distinct(&self, input: Arc<LogicalPlan>) -> Result<Beside> {
        let found = self.attached(Arc::unwrap_or_clone(input))?.unordered()?;
        let plan = LogicalPlan::Distinct(Distinct::All(Arc::new(found.plan)));
        Ok(Beside { plan, ..found })
    }

    fn distinct_on(&self, distinct: DistinctOn) -> Result<Beside> {
        let found = self.attached(Arc::unwrap_or_clone(distinct.input))?;
        let values = || columns(&found.values).into_iter();
        let on = self.all_replaced(distinct.on_expr, &found.values)?;
        let shown = self.all_replaced(distinct.select_expr, &found.values)?;
        let sorted = match distinct.sort_expr {
            Some(by) => {
                let by = self.sort_replaced(by, &found.values)?;
                let first = values().map(|value| value.sort(true, false));
                Some(first.chain(by).collect())
            }
            None => None,
        };
        let plan = DistinctOn::try_new(
            values().chain(on).collect(),
            values().chain(shown).collect(),
            sorted,
            Arc::new(found.plan),
        )?;
        Ok(Beside {
            plan: LogicalPlan::Distinct(Distinct::On(plan)),
            values: found.values,
            order: None,
        })
    }

    fn windowed(&self, window: Window) -> Result<Beside> {
        let found = self.attached(Arc::unwrap_or_clone(window.input))?;
        let names = NamePreserver::new_for_projection();
        let each = window.window_expr.into_iter().map(|expr| {
            let name = names.save(&expr);
            let expr = self.replaced(expr, &found.values)?.transform_down(|expr| {
                Ok(match expr {
                    Expr::WindowFunction(mut window) => {
                        window.params.partition_by.extend(columns(&found.values));
                        Transformed::yes(Expr::WindowFunction(window))
                    }
                    other => Transformed::no(other),
                })
            });
            Ok(name.restore(expr.data()?))
        });
        let exprs = each.collect::<Result<Vec<_>>>()?;
        let plan = Window::try_new(exprs, Arc::new(found.plan))?;
        Ok(Beside {
            plan: LogicalPlan::Window(plan),
            ..found
        })
    }

    fn joined(&self, join: Join) -> Result<Beside> {
        use JoinType::{Inner, Left, LeftAnti, LeftSemi, Right, RightAnti, RightSemi};
        let mut left = self.part(Arc::unwrap_or_clone(join.left))?;
        let mut right = self.part(Arc::unwrap_or_clone(join.right))?;
        match join.join_type {
            Left | LeftSemi | LeftAnti => left = self.attach(left)?,
            Right | RightSemi | RightAnti => right = self.attach(right)?,
            Inner if right.values.is_empty() => left = self.attach(left)?,
            Inner => {}
            _ => return Err(refused("beside a FULL JOIN")),
        }
        let shows_right = matches!(join.join_type, Right | RightSemi | RightAnti);
        let values = match shows_right || left.values.is_empty() {
            true => right.values.clone(),
            false => left.values.clone(),
        };
        let (mut on, mut conditions) = (Vec::new(), Vec::new());
        for (one, other) in join.on {
            if !self.asks(&one) && !self.asks(&other) {
                on.push((one, other));
                continue;
            }
            let equal = match join.null_equality {
                NullEquality::NullEqualsNothing => Operator::Eq,
                NullEquality::NullEqualsNull => Operator::IsNotDistinctFrom,
            };
            conditions.push(self.replaced(binary_expr(one, equal, other), &values)?);
        }
        on.extend(same(
            (&left.values, left.plan.schema()),
            (&right.values, right.plan.schema()),
        )?);
        if let Some(filter) = join.filter {
            conditions.push(self.replaced(filter, &values)?);
        }
        let plan = Join::try_new(
            Arc::new(left.plan),
            Arc::new(right.plan),
            on,
            conjunction(conditions),
            join.join_type,
            join.join_constraint,
            join.null_equality,
            join.null_aware,
        )?;
        Ok(Beside {
            plan: LogicalPlan::Join(plan),
            values,
            order: None,
        })
    }

    fn united(&self, union: Union) -> Result<Beside> {
        let values: Vec<Column> = self.columns.iter().map(|_| self.names.next()).collect();
        let inputs = union.inputs.into_iter().map(|input| {
            let schema = input.schema().clone();
            let found = self.attached(Arc::unwrap_or_clone(input))?;
            let named = columns(&found.values).into_iter().zip(&values);
            let named = named.map(|(value, name)| value.alias(&name.name));
            let shown = named.chain(schema.iter().map(Expr::from)).collect();
            let plan = Projection::try_new(shown, Arc::new(found.plan))?;
            Ok(Arc::new(LogicalPlan::Projection(plan)))
        });
        let plan = Union::try_new_with_loose_types(inputs.collect::<Result<_>>()?)?;
        Ok(Beside {
            plan: LogicalPlan::Union(plan),
            values,
            order: None,
        })
    }

    fn unnested(&self, unnest: Unnest) -> Result<Beside> {
        if !is_plain(&unnest) {
            return Err(refused("beside arrays of arrays in FROM"));
        }
        let lists = unnest.list_type_columns.iter();
        let lists =
            lists.filter_map(|(place, _)| unnest.input.schema().columns().get(*place).cloned());
        let lists: Vec<Column> = lists.collect();
        let found = self.attached(Arc::unwrap_or_clone(unnest.input))?;
        let plan = LogicalPlanBuilder::from(found.plan)
            .unnest_columns_with_options(lists, unnest.options)?
            .build()?;
        Ok(Beside {
            plan,
            values: found.values,
            order: None,
        })
    }
}

impl Order {
    fn with_gaps(self) -> Order {
        Order {
            dense: false,
            ..self
        }
    }
}

impl Beside {
    /// What must be shown beside the columns of the plan itself.
    fn kept(&self) -> Vec<Expr> {
        let order = self.order.iter().map(|order| &order.column);
        let kept = self.values.iter().chain(order);
        kept.map(|column| Expr::Column(column.clone())).collect()
    }

    /// Without the column of the order.
    fn unordered(self) -> Result<Beside> {
        let Some(order) = &self.order else {
            return Ok(self);
        };
        let shown = self.plan.schema().columns().into_iter();
        let shown = shown.filter(|column| *column != order.column);
        let shown = shown.map(Expr::Column).collect();
        let plan = Projection::try_new(shown, Arc::new(self.plan))?;
        Ok(Beside {
            plan: LogicalPlan::Projection(plan),
            values: self.values,
            order: None,
        })
    }

    /// An aggregate of rows that keep the order that they were in, and of those only that count.
    fn aggregated(
        &self,
        mut function: AggregateFunction,
        counted: Option<&Expr>,
    ) -> AggregateFunction {
        let params = &mut function.params;
        if let Some(counted) = counted {
            params.filter = Some(Box::new(match params.filter.take() {
                Some(filter) => counted.clone().and(*filter),
                None => counted.clone(),
            }));
        }
        let asks_for_order = matches!(
            function.func.name(),
            "array_agg" | "string_agg" | "first_value" | "last_value"
        );
        if let Some(order) = &self.order
            && asks_for_order
            && params.order_by.is_empty()
            && !params.distinct
        {
            params.order_by = vec![Expr::Column(order.column.clone()).sort(true, false)];
        }
        function
    }
}

/// The rows of which the conditions hold.
fn checked(plan: LogicalPlan, conditions: impl Iterator<Item = Expr>) -> Result<LogicalPlan> {
    match conjunction(conditions) {
        Some(condition) => Ok(LogicalPlan::Filter(Filter::try_new(
            condition,
            Arc::new(plan),
        )?)),
        None => Ok(plan),
    }
}

/// A VALUES list as a UNION of its rows.
fn rows_of(values: Values) -> Result<LogicalPlan> {
    let schema = values.schema;
    let rows = values.values.into_iter().map(|row| {
        let named = row.into_iter().zip(schema.fields());
        let named = named.map(|(expr, field)| expr.alias(field.name()));
        let one = LogicalPlan::EmptyRelation(EmptyRelation {
            produce_one_row: true,
            schema: Arc::new(datafusion::common::DFSchema::empty()),
        });
        let plan = Projection::try_new(named.collect(), Arc::new(one))?;
        Ok(Arc::new(LogicalPlan::Projection(plan)))
    });
    let mut rows = rows.collect::<Result<Vec<_>>>()?;
    match (rows.pop(), rows.is_empty()) {
        (Some(one), true) => Ok(Arc::unwrap_or_clone(one)),
        (last, _) => {
            rows.extend(last);
            Ok(LogicalPlan::Union(Union::try_new_with_loose_types(rows)?))
        }
    }
}

pub(super) fn columns(columns: &[Column]) -> Vec<Expr> {
    columns.iter().cloned().map(Expr::Column).collect()
}

/// Rows joined on pairs of keys, which are never NULL where NULL is to be found.
pub(super) fn joined(
    left: LogicalPlan,
    right: LogicalPlan,
    on: Vec<(Expr, Expr)>,
    filter: Option<Expr>,
    kind: JoinType,
) -> Result<LogicalPlan> {
    Ok(LogicalPlan::Join(Join::try_new(
        Arc::new(left),
        Arc::new(right),
        on,
        filter,
        kind,
        JoinConstraint::On,
        NullEquality::NullEqualsNothing,
        false,
    )?))
}
