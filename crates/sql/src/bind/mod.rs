//! Binding: what must be done to a statement's tree before DataFusion plans it.

mod aggregates;
mod calls;
mod copies;
mod forms;
mod frames;
mod laterals;
mod limits;
mod meaning;
mod ordered;
mod pattern;
mod quantified;
mod rows;
mod sets;
mod values;

use std::ops::ControlFlow;

use arrow::datatypes::DataType as ArrowType;
use cairn_syntax::ast::{
    self, CastKind, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList,
    FunctionArguments, Ident, ObjectName, Query, Select, SetExpr, Value, VisitMut, VisitorMut,
    visit_expressions, visit_expressions_mut,
};

use cairn_catalog::{ColumnType, ElementType};

use crate::query::{cast, negation};
use crate::schema::types;
use crate::{Result, SqlError};

/// Puts functions of ours in the place of what DataFusion cannot plan.
pub(crate) fn prepare_query(query: &mut Query) -> Result<()> {
    calls::rewrite(query)?;
    cairn_syntax::plain_sequence_names(query);
    crate::pg_catalog::rewrite(query);
    limits::rewrite(query)?;
    copies::rewrite(query)?;
    sets::rewrite(query);
    // What psql asks of catalogs that are always empty has gone, whatever its form.
    meaning::check(query)?;
    crate::query::series::name_columns(query);
    laterals::rewrite(query);
    ordered::rewrite(query);
    rows::rewrite_conditions(query)?;
    prepare(query)?;
    frames::rewrite(query);
    values::rewrite(query)
}

/// The same for any part of a tree.
pub(crate) fn prepare<T: VisitMut>(tree: &mut T) -> Result<()> {
    let mut failure = None;
    let _ = visit_expressions_mut(tree, |expr| match rewrite(expr) {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => {
            failure = Some(error);
            ControlFlow::Break(())
        }
    });
    failure.map_or(Ok(()), Err)
}

/// Takes a visitor through a query, up to its first error.
fn walk(query: &mut Query, visitor: &mut impl VisitorMut<Break = SqlError>) -> Result<()> {
    match VisitMut::visit(query, visitor) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(error),
    }
}

/// The SELECT that a query of ours is.
fn select_of(query: &mut Query) -> Result<&mut Select> {
    match query.body.as_mut() {
        SetExpr::Select(select) => Ok(select),
        _ => Err(SqlError::internal("a SELECT is none")),
    }
}

fn rewrite(expr: &mut Expr) -> Result<()> {
    match expr {
        Expr::Cast {
            kind: CastKind::Cast | CastKind::DoubleColon,
            data_type,
            expr: inner,
            format: None,
            ..
        } => {
            if let Some(name) = cast_name(data_type)? {
                let argument = std::mem::replace(inner.as_mut(), null());
                *expr = call(&name, argument);
            }
        }
        Expr::TypedString(typed) => {
            if let Some(name) = cast_name(&typed.data_type)? {
                *expr = call(&name, Expr::Value(typed.value.clone()));
            }
        }
        Expr::UnaryOp {
            op: ast::UnaryOperator::Minus,
            expr: inner,
        } if is_numeric_cast(inner) => {
            let argument = std::mem::replace(inner.as_mut(), null());
            *expr = call("numeric_negate", argument);
        }
        Expr::UnaryOp {
            op: ast::UnaryOperator::Minus,
            expr: inner,
        } if !matches!(inner.as_ref(), Expr::Value(_)) => {
            let argument = std::mem::replace(inner.as_mut(), null());
            *expr = call(negation::NAME, argument);
        }
        Expr::Interval(interval) => {
            if let Some(text) = interval_text(interval) {
                let text = Expr::Value(Value::SingleQuotedString(text).into());
                *expr = call(&cast::name_of(&ColumnType::Interval), text);
            }
        }
        Expr::Value(value) => {
            if let Value::Number(digits, _) = &mut value.value {
                if is_beyond_decimal(digits) {
                    let text = Expr::Value(Value::SingleQuotedString(digits.clone()).into());
                    *expr = call(&cast::name_of(&ColumnType::Numeric), text);
                } else if let Some(plain) = without_exponent(digits) {
                    *digits = plain;
                }
            }
        }
        // `x COLLATE pg_catalog.default` is what psql writes; it changes nothing.
        Expr::Collate {
            expr: inner,
            collation,
        } => {
            let name = collation.to_string().to_lowercase().replace('"', "");
            if !matches!(
                name.as_str(),
                "pg_catalog.default" | "default" | "c" | "pg_catalog.c"
            ) {
                return Err(SqlError::unsupported(format_args!("COLLATE {collation}")));
            }
            *expr = std::mem::replace(inner.as_mut(), null());
        }
        Expr::AnyOp { right, .. } | Expr::AllOp { right, .. }
            if matches!(right.as_ref(), Expr::Subquery(_)) =>
        {
            quantified::rewrite(expr)?;
            rows::rewrite_subquery(expr)?;
        }
        Expr::Function(function) if aggregates::is_of_documents(function) => {
            aggregates::rewrite(expr);
        }
        Expr::Function(function) if aggregates::is_of_percentiles(function) => {
            aggregates::each_percentile(expr);
        }
        // The engine gives it the type that here is JSONB's alone.
        Expr::Function(function) if is_string_agg(function) => {
            let aggregate = std::mem::replace(expr, null());
            *expr = call(&cast::name_of(&ColumnType::String { max: None }), aggregate);
        }
        other => {
            pattern::rewrite(other);
            forms::rewrite(other);
            rows::rewrite_subquery(other)?;
        }
    }
    Ok(())
}

fn is_string_agg(function: &Function) -> bool {
    let name = function
        .name
        .0
        .last()
        .and_then(ast::ObjectNamePart::as_ident);
    name.is_some_and(|name| name.value.eq_ignore_ascii_case("string_agg"))
}

/// The function that casts to a type; None for types of PostgreSQL's own catalog, which DataFusion casts to.
fn cast_name(ty: &DataType) -> Result<Option<String>> {
    if types::postgres_internal(ty).is_some() {
        return Ok(None);
    }
    Ok(Some(cast::name_of(&types::column_type(ty)?)))
}

/// Makes a value of a VALUES list one of its column's type, where the types that DataFusion would give the rows of the
/// list are not exact enough or not one: `1.5` and `2.25` keep their digits, `ARRAY[1]` stands beside `'{}'`.
pub(crate) fn as_column(value: &mut Expr, ty: &ColumnType) {
    use ColumnType::{Array, Float4, Float8, Inet, Interval, Jsonb, Numeric};
    let number = matches!(ty, Numeric | Float4 | Float8);
    if !number && !matches!(ty, Interval | Inet | Jsonb | Array(_)) {
        return;
    }
    let quoted = |text: String| Expr::Value(Value::SingleQuotedString(text).into());
    let argument = match value {
        Expr::Value(plain) => match &plain.value {
            Value::Number(digits, _) if number => quoted(digits.clone()),
            Value::Null | Value::Placeholder(_) => return,
            _ => std::mem::replace(value, null()),
        },
        Expr::UnaryOp {
            op: ast::UnaryOperator::Minus,
            expr,
        } => match expr.as_ref() {
            Expr::Value(plain) if number => quoted(format!("-{plain}")),
            _ => std::mem::replace(value, null()),
        },
        _ => std::mem::replace(value, null()),
    };
    *value = call(&cast::name_of(&without_limits(ty)), argument);
}

/// The limits of texts are the assignment's to check: a cast would cut them.
fn without_limits(ty: &ColumnType) -> ColumnType {
    match ty {
        ColumnType::Array(ElementType::String { .. } | ElementType::Char { .. }) => {
            ColumnType::Array(ElementType::String { max: None })
        }
        other => *other,
    }
}

/// The text of `INTERVAL '5' DAY` or `INTERVAL '1 day 2:00'`, with its unit behind.
fn interval_text(interval: &ast::Interval) -> Option<String> {
    let Expr::Value(value) = interval.value.as_ref() else {
        return None;
    };
    let Value::SingleQuotedString(text) = &value.value else {
        return None;
    };
    let plain = interval.leading_precision.is_none()
        && interval.last_field.is_none()
        && interval.fractional_seconds_precision.is_none();
    plain.then(|| match &interval.leading_field {
        Some(unit) => format!("{text} {unit}"),
        None => text.clone(),
    })
}

/// Whether this is a cast to DECIMAL, of which DataFusion would not take the negative.
fn is_numeric_cast(expr: &Expr) -> bool {
    let inner = match expr {
        Expr::Nested(inner) => inner.as_ref(),
        other => other,
    };
    matches!(inner, Expr::Function(function) if function.name.to_string() == cast::name_of(&ColumnType::Numeric))
}

/// Whether a number has more digits, before or behind its point, than a DECIMAL with limits can have.
fn is_beyond_decimal(digits: &str) -> bool {
    match cairn_rows::Numeric::parse(digits) {
        Ok(number) => {
            let scale = i8::try_from(number.scale()).ok();
            let scaled = scale.and_then(|scale| number.to_scaled(scale));
            scaled.is_none_or(|scaled| scaled.unsigned_abs() >= 10_u128.pow(38))
        }
        Err(_) => true,
    }
}

/// `1e3` as `1000.`: DataFusion would make a DECIMAL of it whose scale is -3, which neither casts nor functions expect.
fn without_exponent(digits: &str) -> Option<String> {
    if !digits.contains(['e', 'E']) {
        return None;
    }
    let mut plain = cairn_rows::Numeric::parse(digits).ok()?.to_string();
    // The point makes it a DECIMAL, not an integer.
    if !plain.contains('.') {
        plain.push('.');
    }
    Some(plain)
}

fn number(value: &str) -> Expr {
    Expr::Value(Value::Number(value.to_owned(), false).into())
}

fn null() -> Expr {
    Expr::Value(Value::Null.into())
}

fn call(name: &str, argument: Expr) -> Expr {
    call_with(name, vec![argument])
}

fn name_of(function: &str) -> ObjectName {
    ObjectName::from(vec![Ident::new(function)])
}

fn call_with(name: &str, arguments: Vec<Expr>) -> Expr {
    let arguments = arguments.into_iter().map(FunctionArgExpr::Expr);
    Expr::Function(Function {
        name: name_of(name),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args: arguments.map(FunctionArg::Unnamed).collect(),
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

/// Notes the type of a parameter that stands where a value of that type is wanted.
pub(crate) fn note_parameter(expr: &Expr, ty: &ArrowType, parameters: &mut Vec<Option<ArrowType>>) {
    let Expr::Value(value) = expr else { return };
    let Value::Placeholder(text) = &value.value else {
        return;
    };
    let Some(number) = placeholder(text) else {
        return;
    };
    if parameters.len() < number {
        parameters.resize(number, None);
    }
    if let Some(parameter) = parameters.get_mut(number - 1) {
        parameter.get_or_insert_with(|| ty.clone());
    }
}

/// The number of `$n`, at most what the wire protocol can carry.
fn placeholder(text: &str) -> Option<usize> {
    text.strip_prefix('$')?
        .parse()
        .ok()
        .filter(|number| (1..=65_535).contains(number))
}

/// The types of the parameters whose place says it: `$1::INT8`, `LIMIT $1`.
pub(crate) fn stated_parameters(statement: &ast::Statement) -> Vec<Option<ArrowType>> {
    let mut parameters = Vec::new();
    let _: ControlFlow<()> = visit_expressions(statement, |expr| {
        if let Expr::Cast {
            expr: inner,
            data_type,
            ..
        } = expr
            && let Ok(ty) = crate::schema::table::parameter_type(data_type)
        {
            note_parameter(inner, &ty, &mut parameters);
        }
        ControlFlow::Continue(())
    });
    if let ast::Statement::Query(query) = statement
        && let Some(ast::LimitClause::LimitOffset { limit, offset, .. }) = &query.limit_clause
    {
        for expr in limit
            .iter()
            .chain(offset.as_ref().map(|offset| &offset.value))
        {
            note_parameter(expr, &ArrowType::Int64, &mut parameters);
        }
    }
    parameters
}

/// The highest `$n` in a tree.
pub(crate) fn highest_parameter(statement: &ast::Statement) -> usize {
    let mut highest = 0;
    let _: ControlFlow<()> = visit_expressions(statement, |expr| {
        if let Expr::Value(value) = expr
            && let Value::Placeholder(text) = &value.value
        {
            highest = highest.max(placeholder(text).unwrap_or(0));
        }
        ControlFlow::Continue(())
    });
    highest
}
