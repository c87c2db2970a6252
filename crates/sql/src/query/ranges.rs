//! From filters to spans of keys: which part of which index can hold the rows.
//!
//! INVARIANT: the spans hold every row that passes the filters. They may hold more: DataFusion filters again.

use std::{collections::BTreeMap, ops::Bound};

use cairn_catalog::{ColumnId, IndexDescriptor, StepState, TableDescriptor};
use cairn_rows::{Datum, equal_span, primary_span, range_span};
use cairn_storage::{IndexId, Span};
use datafusion::{
    common::ScalarValue,
    logical_expr::{Between, BinaryExpr, Expr, Operator, expr::InList},
};

use super::literal;
use crate::Result;

/// More points than this are read as one range.
const POINTS: usize = 1000;

/// Where to look for rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Access {
    pub index: IndexId,
    /// Disjoint, in key order.
    pub spans: Vec<Span>,
    /// How many leading columns of the index are fixed to single values.
    pub fixed: usize,
}

/// What the filters say about one column.
#[derive(Debug, Clone, Default)]
struct Limits {
    /// One of these values.
    points: Option<Vec<Datum>>,
    low: Option<Bound<Datum>>,
    high: Option<Bound<Datum>>,
}

/// Whether a filter says something about a column that an index begins with, or may go on with.
pub(crate) fn is_useful(table: &TableDescriptor, filter: &Expr) -> bool {
    let mut limits = BTreeMap::new();
    gather(table, filter, &mut limits);
    limits.keys().any(|column| {
        table
            .all_indexes()
            .any(|index| index.columns.iter().any(|part| part.column == *column))
    })
}

/// The best way to the rows: the primary index, unless a secondary one fixes more columns.
pub(crate) fn choose(table: &TableDescriptor, filters: &[Expr]) -> Result<Access> {
    let mut limits = BTreeMap::new();
    for filter in filters {
        gather(table, filter, &mut limits);
    }
    let primary = access(table, &table.primary, &limits)?.unwrap_or_else(|| Access {
        index: table.primary.id,
        spans: vec![primary_span(table)],
        fixed: 0,
    });
    if primary.fixed > 0 || primary.spans != [primary_span(table)] {
        return Ok(primary);
    }
    let mut best = primary;
    for index in table
        .indexes
        .iter()
        .filter(|index| index.state == StepState::Public)
    {
        if let Some(access) = access(table, index, &limits)?
            && access.fixed > best.fixed
        {
            best = access;
        }
    }
    Ok(best)
}

/// The spans of an index; `None`: the filters say nothing about its first column.
fn access(
    table: &TableDescriptor,
    index: &IndexDescriptor,
    limits: &BTreeMap<ColumnId, Limits>,
) -> Result<Option<Access>> {
    let mut prefixes: Vec<Vec<Datum>> = vec![Vec::new()];
    let mut fixed = 0;
    let mut range = None;
    for part in &index.columns {
        let Some(limit) = limits.get(&part.column) else {
            break;
        };
        match &limit.points {
            Some(points) if prefixes.len().saturating_mul(points.len()) <= POINTS => {
                prefixes = prefixes
                    .iter()
                    .flat_map(|prefix| {
                        points
                            .iter()
                            .map(|point| [prefix.as_slice(), std::slice::from_ref(point)].concat())
                    })
                    .collect();
                fixed += 1;
            }
            _ => {
                range = Some(limit);
                break;
            }
        }
    }
    let mut spans = Vec::with_capacity(prefixes.len());
    for prefix in &prefixes {
        let span = match range {
            Some(Limits { low, high, .. }) if low.is_some() || high.is_some() => {
                range_span(table, index, prefix, bound(low), bound(high))?
            }
            _ if fixed == 0 => return Ok(None),
            _ => equal_span(table, index, prefix)?,
        };
        if !span.is_empty() {
            spans.push(span);
        }
    }
    spans.sort();
    spans.dedup();
    Ok(Some(Access {
        index: index.id,
        spans,
        fixed,
    }))
}

fn bound(limit: &Option<Bound<Datum>>) -> Bound<&Datum> {
    limit.as_ref().map_or(Bound::Unbounded, Bound::as_ref)
}

/// Collects what a filter says, as far as it is a conjunction of comparisons of columns with constants.
fn gather(table: &TableDescriptor, filter: &Expr, limits: &mut BTreeMap<ColumnId, Limits>) {
    match filter {
        Expr::BinaryExpr(BinaryExpr {
            left,
            op: Operator::And,
            right,
        }) => {
            gather(table, left, limits);
            gather(table, right, limits);
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => match (left.as_ref(), right.as_ref()) {
            (Expr::Column(column), Expr::Literal(value, _)) => {
                compare(table, &column.name, *op, value, limits)
            }
            (Expr::Literal(value, _), Expr::Column(column)) => {
                if let Some(op) = op.swap() {
                    compare(table, &column.name, op, value, limits);
                }
            }
            _ if *op == Operator::Or => alternatives(table, filter, limits),
            _ => {}
        },
        Expr::Between(Between {
            expr,
            negated: false,
            low,
            high,
        }) => {
            if let (Expr::Column(column), Expr::Literal(low, _), Expr::Literal(high, _)) =
                (expr.as_ref(), low.as_ref(), high.as_ref())
            {
                compare(table, &column.name, Operator::GtEq, low, limits);
                compare(table, &column.name, Operator::LtEq, high, limits);
            }
        }
        Expr::InList(InList {
            expr,
            list,
            negated: false,
        }) => {
            let Expr::Column(column) = expr.as_ref() else {
                return;
            };
            let values: Option<Vec<&ScalarValue>> = list
                .iter()
                .map(|item| match item {
                    Expr::Literal(value, _) => Some(value),
                    _ => None,
                })
                .collect();
            if let Some(values) = values {
                one_of(table, &column.name, &values, limits);
            }
        }
        _ => {}
    }
}

/// `a = 1 OR a = 2`: what DataFusion makes of a short IN list.
fn alternatives(table: &TableDescriptor, filter: &Expr, limits: &mut BTreeMap<ColumnId, Limits>) {
    fn collect<'a>(
        filter: &'a Expr,
        name: &mut Option<&'a str>,
        values: &mut Vec<&'a ScalarValue>,
    ) -> bool {
        let Expr::BinaryExpr(BinaryExpr { left, op, right }) = filter else {
            return false;
        };
        match (op, left.as_ref(), right.as_ref()) {
            (Operator::Or, left, right) => {
                collect(left, name, values) && collect(right, name, values)
            }
            (Operator::Eq, Expr::Column(column), Expr::Literal(value, _))
            | (Operator::Eq, Expr::Literal(value, _), Expr::Column(column)) => {
                values.push(value);
                *name.get_or_insert(&column.name) == column.name
            }
            _ => false,
        }
    }
    let (mut name, mut values) = (None, Vec::new());
    if collect(filter, &mut name, &mut values)
        && let Some(name) = name
    {
        one_of(table, name, &values, limits);
    }
}

fn one_of(
    table: &TableDescriptor,
    name: &str,
    values: &[&ScalarValue],
    limits: &mut BTreeMap<ColumnId, Limits>,
) {
    let Some(column) = table.column_named(name) else {
        return;
    };
    let Some(mut points) = values
        .iter()
        .map(|value| literal::datum(value, &column.ty))
        .collect::<Option<Vec<_>>>()
    else {
        return;
    };
    // Nothing equals NULL.
    points.retain(|point| !point.is_null());
    points.sort();
    points.dedup();
    let limit = limits.entry(column.id).or_default();
    match &mut limit.points {
        Some(known) => known.retain(|known| points.contains(known)),
        None => limit.points = Some(points),
    }
}

fn compare(
    table: &TableDescriptor,
    name: &str,
    op: Operator,
    value: &ScalarValue,
    limits: &mut BTreeMap<ColumnId, Limits>,
) {
    if op == Operator::Eq {
        return one_of(table, name, &[value], limits);
    }
    let Some(column) = table.column_named(name) else {
        return;
    };
    let Some(datum) = literal::datum(value, &column.ty).filter(|datum| !datum.is_null()) else {
        return;
    };
    let limit = limits.entry(column.id).or_default();
    match op {
        Operator::Gt => tighten(&mut limit.low, Bound::Excluded(datum), |new, old| new > old),
        Operator::GtEq => tighten(&mut limit.low, Bound::Included(datum), |new, old| new > old),
        Operator::Lt => tighten(&mut limit.high, Bound::Excluded(datum), |new, old| {
            new < old
        }),
        Operator::LtEq => tighten(&mut limit.high, Bound::Included(datum), |new, old| {
            new < old
        }),
        _ => {}
    }
}

fn tighten(
    limit: &mut Option<Bound<Datum>>,
    new: Bound<Datum>,
    tighter: impl Fn(&Datum, &Datum) -> bool,
) {
    let replace = match (&*limit, &new) {
        (
            Some(Bound::Included(old) | Bound::Excluded(old)),
            Bound::Included(value) | Bound::Excluded(value),
        ) => tighter(value, old),
        _ => true,
    };
    if replace {
        *limit = Some(new);
    }
}
