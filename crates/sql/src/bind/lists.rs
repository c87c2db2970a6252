//! VALUES lists that hold subqueries: a UNION of SELECTs without FROM, for DataFusion's rows of values are constants.

use std::ops::ControlFlow;

use cairn_syntax::ast::{
    Expr, Ident, Query, SelectItem, SetExpr, SetOperator, SetQuantifier, VisitMut, VisitorMut,
    visit_expressions,
};

use crate::{Result, SqlError};

/// Rewrites all such lists.
///
/// # Errors
/// None that is the user's.
pub(super) fn rewrite(query: &mut Query) -> Result<()> {
    match VisitMut::visit(query, &mut Lists) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(error),
    }
}

struct Lists;

impl VisitorMut for Lists {
    type Break = SqlError;

    fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<SqlError> {
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
        SetExpr::Values(values) if visit_expressions(&*values, asks).is_break() => {
            let rows = values
                .rows
                .iter_mut()
                .map(|row| std::mem::take(&mut row.content));
            let rows = rows.map(select).collect::<Result<Vec<_>>>()?;
            if let Some(union) = union(rows) {
                *body = union;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn asks(expr: &Expr) -> ControlFlow<()> {
    match expr {
        Expr::Subquery(_) | Expr::Exists { .. } | Expr::InSubquery { .. } => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    }
}

/// A row, whose columns are called as those of VALUES are.
fn select(cells: Vec<Expr>) -> Result<SetExpr> {
    let mut body = cairn_syntax::parse_query("SELECT NULL")?.body;
    let SetExpr::Select(select) = body.as_mut() else {
        return Err(SqlError::internal("a SELECT is none"));
    };
    let cells = cells.into_iter().enumerate();
    select.projection = cells
        .map(|(place, expr)| SelectItem::ExprWithAlias {
            expr,
            alias: Ident::new(format!("column{}", place + 1)),
        })
        .collect();
    Ok(*body)
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
