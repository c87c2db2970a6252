//! Forms of queries that DataFusion would plan as something else: refused before it does.

use std::ops::ControlFlow;

use cairn_syntax::ast::{
    Expr, JoinConstraint, JoinOperator, Query, Select, SetExpr, SetOperator, SetQuantifier, Visit,
    Visitor, WindowType,
};

use crate::{Result, SqlError, SqlState};

/// 0A000 or 42601 for a form whose answer would be wrong.
pub(super) fn check(query: &Query) -> Result<()> {
    match query.visit(&mut Refusal) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(error),
    }
}

struct Refusal;

impl Visitor for Refusal {
    type Break = SqlError;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<SqlError> {
        set_operations(&query.body)
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<SqlError> {
        let joins = select.from.iter().flat_map(|item| &item.joins);
        for join in joins {
            operator(&join.join_operator)?;
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<SqlError> {
        match expr {
            Expr::Function(function) => match &function.over {
                Some(WindowType::WindowSpec(window)) if window.window_name.is_some() => {
                    unsupported("a window that extends a named one")
                }
                _ => ControlFlow::Continue(()),
            },
            _ => ControlFlow::Continue(()),
        }
    }
}

/// DataFusion takes `EXCEPT ALL` and `INTERSECT ALL` for joins, which do not count duplicates.
fn set_operations(body: &SetExpr) -> ControlFlow<SqlError> {
    let SetExpr::SetOperation {
        op,
        set_quantifier,
        left,
        right,
    } = body
    else {
        return ControlFlow::Continue(());
    };
    if matches!(set_quantifier, SetQuantifier::All) && *op != SetOperator::Union {
        return unsupported(&format!("{op} ALL"));
    }
    set_operations(left)?;
    set_operations(right)
}

/// A join without a condition is one with a mistake, unless it says CROSS. The merged column of `RIGHT JOIN … USING` and
/// `FULL JOIN … USING` is the left side's in DataFusion, even where only the right side has a row.
fn operator(operator: &JoinOperator) -> ControlFlow<SqlError> {
    let (constraint, keeps_right) = match operator {
        JoinOperator::Join(constraint)
        | JoinOperator::Inner(constraint)
        | JoinOperator::Left(constraint)
        | JoinOperator::LeftOuter(constraint) => (constraint, false),
        JoinOperator::Right(constraint)
        | JoinOperator::RightOuter(constraint)
        | JoinOperator::FullOuter(constraint) => (constraint, true),
        _ => return ControlFlow::Continue(()),
    };
    match constraint {
        JoinConstraint::None => ControlFlow::Break(
            SqlError::new(
                SqlState::SyntaxError,
                "syntax error: a join needs ON or USING",
            )
            .hint("write CROSS JOIN for every pair of rows"),
        ),
        JoinConstraint::Using(_) | JoinConstraint::Natural if keeps_right => {
            unsupported("RIGHT or FULL JOIN with USING or NATURAL")
        }
        _ => ControlFlow::Continue(()),
    }
}

fn unsupported(what: &str) -> ControlFlow<SqlError> {
    ControlFlow::Break(SqlError::unsupported(what))
}
