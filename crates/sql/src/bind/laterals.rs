//! The columns of LATERAL subqueries have the names of the columns outside that they are: `LATERAL (SELECT t.a)` has a column `a`.

use std::ops::ControlFlow;

use cairn_syntax::ast::{Expr, Query, SelectItem, SetExpr, TableFactor, VisitMut, VisitorMut};

use super::null;

/// Rewrites all FROM lists.
pub(super) fn rewrite(query: &mut Query) {
    let _ = VisitMut::visit(query, &mut Laterals);
}

struct Laterals;

impl VisitorMut for Laterals {
    type Break = ();

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        if let TableFactor::Derived {
            lateral: true,
            subquery,
            ..
        } = factor
        {
            name_columns(&mut subquery.body);
        }
        ControlFlow::Continue(())
    }
}

fn name_columns(body: &mut SetExpr) {
    match body {
        SetExpr::Select(select) => select.projection.iter_mut().for_each(name),
        SetExpr::SetOperation { left, right, .. } => {
            name_columns(left);
            name_columns(right);
        }
        SetExpr::Query(query) => name_columns(&mut query.body),
        _ => {}
    }
}

fn name(item: &mut SelectItem) {
    if let SelectItem::UnnamedExpr(expr) = item
        && let Expr::CompoundIdentifier(parts) = expr
        && let Some(alias) = parts.last().cloned()
    {
        *item = SelectItem::ExprWithAlias {
            expr: std::mem::replace(expr, null()),
            alias,
        };
    }
}
