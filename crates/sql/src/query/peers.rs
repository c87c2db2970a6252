//! Equal values of different bytes: grouped, made distinct, partitioned, counted and joined as what they are.
//!
//! A DECIMAL without limits keeps the zeros at its end, so 1.5 and 1.50 are equal; so are INTERVALs of one length, whatever their
//! fields, and documents and arrays of such. DataFusion groups and joins by bytes. It gets a key in their place, whose bytes are equal
//! where the values are (`as_key`); a group shows the first of its values.

use std::sync::Arc;

use arrow::datatypes::{DataType, IntervalUnit};
use cairn_catalog::{ColumnType, ElementType};
use cairn_rows::{Datum, Numeric, column_type, json::Json};
use datafusion::{
    common::{Column, DFSchema, Result, tree_node::Transformed},
    functions_aggregate::first_last::first_value_udaf,
    logical_expr::{
        Aggregate, BinaryExpr, Distinct, DistinctOn, Expr, ExprSchemable, Join, LogicalPlan,
        Operator, Projection, Subquery, binary_expr,
        expr::{AggregateFunction, InSubquery, Sort},
    },
    prelude::lit,
};

use super::elementwise::Elementwise;
use super::json_operators;
use super::mixed::{self, as_type};
use crate::SqlError;

pub(super) const INTERVAL: DataType = DataType::Interval(IntervalUnit::MonthDayNano);

/// Whether values of a type may be equal without being the same bytes.
fn has_peers(ty: &DataType) -> bool {
    match ty {
        DataType::LargeBinary | DataType::LargeUtf8 => true,
        DataType::List(element) => has_peers(element.data_type()),
        ty => *ty == INTERVAL,
    }
}

/// What stands for an expression where equal values must be equal bytes; None where the values are that themselves.
fn as_key(expr: &Expr, schema: &DFSchema) -> Option<Expr> {
    let ty = expr.get_type(schema).ok().filter(has_peers)?;
    if ty == INTERVAL {
        return Some(length(expr.clone()));
    }
    let takes = column_type(&ty)?;
    let gives = match takes {
        ColumnType::Array(ElementType::Interval) => ColumnType::Array(ElementType::Numeric),
        other => other,
    };
    let function = Elementwise::new("key", &[takes], gives, |row| match row {
        [value] => key_of(value),
        _ => Err(SqlError::internal("a key is of one value")),
    });
    Some(function.call(vec![expr.clone()]))
}

/// A value in the form that all its equals have.
fn key_of(value: &Datum) -> crate::Result<Datum> {
    Ok(match value {
        Datum::Numeric(number) => Datum::Numeric(trimmed(number)?),
        Datum::Interval(interval) => Datum::Numeric(Numeric::from_scaled(interval.length(), 0)),
        Datum::Jsonb(text) => {
            Datum::Jsonb(document(cairn_rows::text::parse_json(text)?)?.to_string())
        }
        Datum::Array(elements) => {
            let keys = elements.iter().map(key_of);
            Datum::Array(keys.collect::<crate::Result<_>>()?)
        }
        other => other.clone(),
    })
}

/// A number without the zeros at its end.
fn trimmed(number: &Numeric) -> crate::Result<Numeric> {
    Numeric::from_ordered(number.ordered()).map_err(SqlError::internal)
}

/// A document whose numbers have no zeros at their ends.
fn document(json: Json) -> crate::Result<Json> {
    Ok(match json {
        Json::Number(number) => Json::Number(trimmed(&number)?),
        Json::Array(elements) => {
            let elements = elements.into_iter().map(document);
            Json::Array(elements.collect::<crate::Result<_>>()?)
        }
        Json::Object(members) => {
            let members = members
                .into_iter()
                .map(|(name, member)| Ok((name, document(member)?)));
            Json::Object(members.collect::<crate::Result<_>>()?)
        }
        other => other,
    })
}

/// The length of an interval, by which it is ordered.
fn length(expr: Expr) -> Expr {
    const LENGTH: ColumnType = ColumnType::Decimal {
        precision: 38,
        scale: 0,
    };
    let takes = [ColumnType::Interval];
    Elementwise::new("interval_length", &takes, LENGTH, |row| match row {
        [Datum::Interval(interval)] => Ok(Datum::Decimal(interval.length())),
        _ => Err(SqlError::internal("not an INTERVAL")),
    })
    .call(vec![expr])
}

/// Puts keys in the places of expressions; whether there was one.
pub(super) fn replace<'a>(
    exprs: impl IntoIterator<Item = &'a mut Expr>,
    schema: &DFSchema,
) -> bool {
    let mut changed = false;
    for expr in exprs {
        if let Some(key) = as_key(expr, schema) {
            *expr = key;
            changed = true;
        }
    }
    changed
}

/// `min` and `max` of intervals are the first by their lengths; with DISTINCT, keys are counted, and DECIMALs are what is distinct of them.
///
/// # Errors
/// 0A000 for the least and the greatest of documents.
pub(super) fn aggregated(
    mut function: AggregateFunction,
    schema: &DFSchema,
) -> Result<Transformed<Expr>> {
    let AggregateFunction { func, params } = &mut function;
    let is_interval = |value: &Expr| value.get_type(schema).is_ok_and(|ty| ty == INTERVAL);
    let is_decimal = |value: &Expr| {
        value
            .get_type(schema)
            .is_ok_and(|ty| ty == DataType::LargeBinary)
    };
    let is_document = |value: &Expr| {
        let ty = value.get_type(schema);
        ty.is_ok_and(|ty| ty == DataType::LargeUtf8)
    };
    let changed = match (func.name(), params.args.as_slice()) {
        ("min" | "max", [value]) if is_document(value) => {
            return Err(json_operators::no_order().into());
        }
        (name @ ("min" | "max"), [value]) if is_interval(value) => {
            params.order_by = vec![Sort {
                expr: length(value.clone()),
                asc: name == "min",
                nulls_first: false,
            }];
            params.distinct = false;
            *func = first_value_udaf();
            true
        }
        ("count", _) if params.distinct => {
            let signed = without_sign_of_zero(&mut params.args, schema);
            replace(&mut params.args, schema) || signed
        }
        (_, [value]) if params.distinct && is_decimal(value) => {
            let sorted = params.order_by.iter_mut().map(|sort| &mut sort.expr);
            replace(params.args.iter_mut().chain(sorted), schema)
        }
        _ => false,
    };
    let function = Expr::AggregateFunction(function);
    Ok(Transformed::new_transformed(function, changed))
}

/// Makes one zero of both that floats have; whether there were floats.
fn without_sign_of_zero(args: &mut [Expr], schema: &DFSchema) -> bool {
    let mut changed = false;
    for arg in args {
        let zero = match arg.get_type(schema) {
            Ok(DataType::Float64) => lit(0.0_f64),
            Ok(DataType::Float32) => lit(0.0_f32),
            _ => continue,
        };
        *arg = binary_expr(std::mem::take(arg), Operator::Plus, zero);
        changed = true;
    }
    changed
}

/// Groups by keys, and shows the first value of each.
pub(super) fn grouped(aggregate: Aggregate) -> Result<Transformed<LogicalPlan>> {
    let input = aggregate.input.schema().clone();
    let has_key = |expr: &Expr| expr.get_type(&input).is_ok_and(|ty| has_peers(&ty));
    if !aggregate.group_expr.iter().any(has_key) {
        return Ok(Transformed::no(LogicalPlan::Aggregate(aggregate)));
    }
    let mut shown: Vec<Expr> = Vec::with_capacity(aggregate.schema.fields().len());
    let mut groups = Vec::with_capacity(aggregate.group_expr.len());
    let mut aggregates = aggregate.aggr_expr;
    let fields = aggregate
        .group_expr
        .into_iter()
        .zip(aggregate.schema.iter());
    for (place, (expr, (qualifier, field))) in fields.enumerate() {
        let Some(key) = as_key(&expr, &input) else {
            shown.push(Expr::Column(Column::new(qualifier.cloned(), field.name())));
            groups.push(expr);
            continue;
        };
        let first = format!("first of {place}");
        groups.push(key.alias(format!("key {place}")));
        aggregates.push(first_value_udaf().call(vec![expr.unalias()]).alias(&first));
        shown.push(
            Expr::Column(Column::new_unqualified(first))
                .alias_qualified(qualifier.cloned(), field.name()),
        );
    }
    let rest = aggregate.schema.iter().skip(groups.len());
    shown.extend(rest.map(Expr::from));
    let aggregate = Aggregate::try_new(aggregate.input, groups, aggregates)?;
    let input = Arc::new(LogicalPlan::Aggregate(aggregate));
    let plan = LogicalPlan::Projection(Projection::try_new(shown, input)?);
    Ok(Transformed::yes(plan))
}

/// DISTINCT is grouping by all columns.
pub(super) fn distinct(input: Arc<LogicalPlan>) -> Result<Transformed<LogicalPlan>> {
    let schema = input.schema().clone();
    let mut fields = schema.fields().iter();
    if !fields.any(|field| has_peers(field.data_type())) {
        return Ok(Transformed::no(LogicalPlan::Distinct(Distinct::All(input))));
    }
    let columns = schema.iter().map(Expr::from).collect();
    grouped(Aggregate::try_new(input, columns, Vec::new())?)
}

pub(super) fn distinct_on(mut distinct: DistinctOn) -> Transformed<LogicalPlan> {
    let input = distinct.input.schema().clone();
    let sorted = distinct.sort_expr.iter_mut().flatten();
    let exprs = distinct.on_expr.iter_mut();
    let changed = replace(exprs.chain(sorted.map(|sort| &mut sort.expr)), &input);
    let plan = LogicalPlan::Distinct(Distinct::On(distinct));
    Transformed::new_transformed(plan, changed)
}

/// The columns of USING, INTERSECT and EXCEPT.
pub(super) fn joined(mut join: Join) -> Result<Transformed<LogicalPlan>> {
    let mut changed = false;
    for (left, right) in &mut join.on {
        let (lefts, rights) = (join.left.schema(), join.right.schema());
        if let Some(found) = keys((&*left, lefts.as_ref()), (&*right, rights.as_ref()))? {
            (*left, *right) = found;
            changed = true;
        }
    }
    Ok(Transformed::new_transformed(
        LogicalPlan::Join(join),
        changed,
    ))
}

/// `x IN (SELECT y)`.
pub(super) fn within(mut within: InSubquery, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let rows = &within.subquery.subquery;
    let column = rows.schema().iter().next().map(Expr::from);
    let found = match &column {
        Some(column) => keys(
            (within.expr.as_ref(), schema),
            (column, rows.schema().as_ref()),
        )?,
        None => None,
    };
    let Some((value, key)) = found else {
        return Ok(Transformed::no(Expr::InSubquery(within)));
    };
    let keys = Projection::try_new(vec![key], Arc::clone(rows))?;
    *within.expr = value;
    within.subquery = Subquery {
        subquery: Arc::new(LogicalPlan::Projection(keys)),
        ..within.subquery
    };
    Ok(Transformed::yes(Expr::InSubquery(within)))
}

/// Whether two values are equal, where that is not for DataFusion to say.
pub(super) fn equal(left: &Expr, right: &Expr, schema: &DFSchema) -> Result<Option<Expr>> {
    let keys = keys((left, schema), (right, schema))?;
    Ok(keys.map(|(left, right)| left.eq(right)))
}

/// `IS DISTINCT FROM`, and its contrary.
pub(super) fn distinguished(binary: BinaryExpr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    let found = keys(
        (binary.left.as_ref(), schema),
        (binary.right.as_ref(), schema),
    )?;
    Ok(match found {
        Some((left, right)) => Transformed::yes(binary_expr(left, binary.op, right)),
        None => Transformed::no(Expr::BinaryExpr(binary)),
    })
}

/// Two values that are looked for in each other, as keys of one type; None where they are that already, or DataFusion makes them so.
fn keys(
    (left, lefts): (&Expr, &DFSchema),
    (right, rights): (&Expr, &DFSchema),
) -> Result<Option<(Expr, Expr)>> {
    let types = [left.get_type(lefts)?, right.get_type(rights)?];
    let ty = mixed::compared(&types.map(|ty| (ty, false)));
    let key = |expr: &Expr, schema: &DFSchema| -> Result<(Expr, bool)> {
        let typed = match ty {
            Some(ty) => as_type(expr.clone(), ty, schema)?,
            None => expr.clone(),
        };
        let key = as_key(&typed, schema);
        let changed = key.is_some() || typed != *expr;
        Ok((key.unwrap_or(typed), changed))
    };
    let ((left, one), (right, other)) = (key(left, lefts)?, key(right, rights)?);
    Ok((one || other).then_some((left, right)))
}
