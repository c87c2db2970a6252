//! VALUES lists: a literal beside a cast has the cast's type, as in PostgreSQL, where DataFusion would find none or another. A list that
//! asks for rows, outside or of a subquery, is a UNION of SELECTs.

use std::ops::ControlFlow;

use cairn_syntax::ast::{
    Expr, Query, SelectItem, SetExpr, SetOperator, SetQuantifier, UnaryOperator, Value, Values,
    VisitorMut, visit_expressions,
};

use super::{call, null, select_of, walk};
use crate::query::cast;
use crate::{Result, SqlError, SqlState};
use cairn_catalog::ColumnType;

/// A list that asks for rows has at most so many: each becomes a query.
const MOST_SELECTS: usize = 10_000;

/// Rewrites all VALUES lists, whose casts are function calls already.
///
/// # Errors
/// 42601 for rows of several lengths; 54001 for too many that ask.
pub(super) fn rewrite(query: &mut Query) -> Result<()> {
    walk(query, &mut Lists)
}

struct Lists;

impl VisitorMut for Lists {
    type Break = SqlError;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<SqlError> {
        match settle(&mut query.body) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        }
    }
}

fn settle(body: &mut SetExpr) -> Result<()> {
    match body {
        SetExpr::SetOperation { left, right, .. } => {
            settle(left)?;
            settle(right)
        }
        SetExpr::Values(values) => {
            let width = width(values)?;
            for place in 0..width {
                take_type(values, place);
            }
            if asks_for_rows(values)
                && let Some(selects) = selects(values)?
            {
                *body = selects;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn width(values: &Values) -> Result<usize> {
    let mut widths = values.rows.iter().map(|row| row.content.len());
    let width = widths.next().unwrap_or_default();
    match widths.all(|other| other == width) {
        true => Ok(width),
        false => Err(SqlError::new(
            SqlState::SyntaxError,
            "VALUES lists must all be the same length",
        )),
    }
}

/// Gives literals the type of a cast in the same place.
fn take_type(values: &mut Values, place: usize) {
    let cells = values.rows.iter().filter_map(|row| row.content.get(place));
    let Some(name) = cells.filter_map(cast_of).next() else {
        return;
    };
    let cells = values
        .rows
        .iter_mut()
        .filter_map(|row| row.content.get_mut(place));
    for cell in cells.filter(|cell| takes(&name, cell)) {
        let literal = std::mem::replace(cell, null());
        *cell = call(&name, literal);
    }
}

/// Whether something in a list is not for DataFusion to compute while it plans.
fn asks_for_rows(values: &Values) -> bool {
    let found = visit_expressions(values, |expr| match expr {
        Expr::Identifier(_)
        | Expr::CompoundIdentifier(_)
        | Expr::Subquery(_)
        | Expr::Exists { .. }
        | Expr::InSubquery { .. } => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    });
    found.is_break()
}

/// `SELECT 1 AS column1, 2 AS column2 UNION ALL …`.
fn selects(values: &mut Values) -> Result<Option<SetExpr>> {
    if values.rows.len() > MOST_SELECTS {
        let message = format!(
            "a VALUES list with subqueries or names of columns has at most {MOST_SELECTS} rows"
        );
        return Err(SqlError::new(SqlState::StatementTooComplex, message)
            .hint("use several statements; strings stand in single quotes"));
    }
    let rows = std::mem::take(&mut values.rows).into_iter();
    let selects = rows.map(|row| select(row.content));
    Ok(union(selects.collect::<Result<_>>()?))
}

/// A row, whose columns are called as those of VALUES are.
fn select(cells: Vec<Expr>) -> Result<SetExpr> {
    let mut query = cairn_syntax::parse_query("SELECT NULL")?;
    let named = cells.into_iter().zip(1..);
    select_of(&mut query)?.projection = named
        .map(|(expr, place)| SelectItem::ExprWithAlias {
            expr,
            alias: cairn_syntax::identifier(&format!("column{place}")),
        })
        .collect();
    Ok(*query.body)
}

/// The rows side by side, halved again and again: a chain of many would nest as deep as they are many.
fn union(mut rows: Vec<SetExpr>) -> Option<SetExpr> {
    match rows.len() {
        0 | 1 => rows.pop(),
        count => {
            let right = rows.split_off(count / 2);
            Some(SetExpr::SetOperation {
                op: SetOperator::Union,
                set_quantifier: SetQuantifier::All,
                left: Box::new(union(rows)?),
                right: Box::new(union(right)?),
            })
        }
    }
}

/// The name of the function that casts a cell.
fn cast_of(cell: &Expr) -> Option<String> {
    let Expr::Function(function) = cell else {
        return None;
    };
    let name = function.name.0.last()?.as_ident()?.value.clone();
    cast::function(&name.to_lowercase()).map(|_| name)
}

/// Whether a cell is a literal that a cast beside it gives its type: a text, or a number beside a wider one.
fn takes(name: &str, cell: &Expr) -> bool {
    let widest = [ColumnType::Numeric, ColumnType::Float8].map(|ty| cast::name_of(&ty));
    match cell {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(_) | Value::EscapedStringLiteral(_) => true,
            Value::Number(..) => widest.iter().any(|wide| wide == name),
            _ => false,
        },
        Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr,
        } => takes(name, expr),
        _ => false,
    }
}
