//! VALUES lists: a literal beside a cast has the cast's type, as in PostgreSQL, where DataFusion would find none or another. A list that
//! asks for rows, outside or of a subquery, is a UNION of SELECTs.

use std::ops::ControlFlow;

use cairn_syntax::ast::{
    Expr, Query, SelectItem, SetExpr, SetOperator, SetQuantifier, UnaryOperator, Value, Values,
    VisitMut, VisitorMut, visit_expressions,
};

use super::{call, null};
use crate::query::cast;
use crate::{Result, SqlError, SqlState};
use cairn_catalog::ColumnType;

/// Rewrites all VALUES lists, whose casts are function calls already.
///
/// # Errors
/// 42601 for rows of several lengths.
pub(super) fn rewrite(query: &mut Query) -> Result<()> {
    match VisitMut::visit(query, &mut Lists) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(error),
    }
}

struct Lists;

impl VisitorMut for Lists {
    type Break = SqlError;

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<SqlError> {
        if let SetExpr::Values(values) = query.body.as_mut() {
            let width = values
                .rows
                .iter()
                .map(|row| row.content.len())
                .max()
                .unwrap_or(0);
            for place in 0..width {
                let cells = values.rows.iter().filter_map(|row| row.content.get(place));
                let Some(name) = cells.filter_map(cast_of).next() else {
                    continue;
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
            if asks_for_rows(values) {
                match selects(values) {
                    Ok(selects) => *query.body = selects,
                    Err(error) => return ControlFlow::Break(error),
                }
            }
        }
        ControlFlow::Continue(())
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
fn selects(values: &mut Values) -> Result<SetExpr> {
    let mut all: Option<(SetExpr, usize)> = None;
    for row in std::mem::take(&mut values.rows) {
        let width = row.content.len();
        let named = row.content.into_iter().zip(1..);
        let named = named.map(|(expr, place)| SelectItem::ExprWithAlias {
            expr,
            alias: cairn_syntax::identifier(&format!("column{place}")),
        });
        let mut one = *cairn_syntax::parse_query("SELECT 1")?.body;
        if let SetExpr::Select(select) = &mut one {
            select.projection = named.collect();
        }
        all = Some(match all {
            None => (one, width),
            Some((_, before)) if before != width => {
                let message = "VALUES lists must all be the same length";
                return Err(SqlError::new(SqlState::SyntaxError, message));
            }
            Some((before, _)) => {
                let both = SetExpr::SetOperation {
                    op: SetOperator::Union,
                    set_quantifier: SetQuantifier::All,
                    left: Box::new(before),
                    right: Box::new(one),
                };
                (both, width)
            }
        });
    }
    all.map(|(all, _)| all)
        .ok_or_else(|| SqlError::internal("a VALUES list without rows"))
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
