//! Forms of queries that DataFusion would plan as something else: refused before it does.

use std::ops::ControlFlow;

use cairn_syntax::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments,
    JoinConstraint, JoinOperator, NamedWindowDefinition, NamedWindowExpr, Query, Select,
    TableFactor, UnaryOperator, Visit, Visitor, WindowType,
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

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<SqlError> {
        let joins = select.from.iter().flat_map(|item| &item.joins);
        for join in joins {
            operator(&join.join_operator)?;
        }
        let extends = |window: &NamedWindowDefinition| match &window.1 {
            NamedWindowExpr::NamedWindow(_) => true,
            NamedWindowExpr::WindowSpec(window) => window.window_name.is_some(),
        };
        match select.named_window.iter().any(extends) {
            true => unsupported("a window that extends a named one"),
            false => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<SqlError> {
        match factor {
            TableFactor::Table {
                with_ordinality: true,
                ..
            }
            | TableFactor::Function {
                with_ordinality: true,
                ..
            }
            | TableFactor::UNNEST {
                with_ordinality: true,
                ..
            } => unsupported("WITH ORDINALITY"),
            _ => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<SqlError> {
        match expr {
            Expr::Function(function) => match &function.over {
                Some(WindowType::WindowSpec(window)) if window.window_name.is_some() => {
                    unsupported("a window that extends a named one")
                }
                _ => known(function),
            },
            Expr::UnaryOp {
                op: UnaryOperator::Minus,
                expr,
            } if matches!(
                expr.as_ref(),
                Expr::BinaryOp {
                    op: BinaryOperator::PGExp,
                    ..
                }
            ) =>
            {
                unsupported("a sign before a power: write (-2) ^ 2 or -(2 ^ 2)")
            }
            _ => ControlFlow::Continue(()),
        }
    }
}

/// Calls that DataFusion answers otherwise.
fn known(function: &Function) -> ControlFlow<SqlError> {
    let name = function.name.0.last().and_then(|part| part.as_ident());
    let name = name
        .map(|ident| ident.value.to_lowercase())
        .unwrap_or_default();
    if name == "nth_value" && is_less_than_one(function) {
        return ControlFlow::Break(SqlError::new(
            SqlState::InvalidArgumentForNthValue,
            "argument of nth_value must be greater than zero",
        ));
    }
    match name.as_str() {
        "generate_series" => unsupported("generate_series outside FROM"),
        "current_time" => unsupported("current_time, whose type is TIMETZ: write localtime"),
        _ => ControlFlow::Continue(()),
    }
}

/// Whether the second argument is a number of no row.
fn is_less_than_one(function: &Function) -> bool {
    let FunctionArguments::List(list) = &function.args else {
        return false;
    };
    match list.args.get(1) {
        Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::UnaryOp {
            op: UnaryOperator::Minus,
            ..
        }))) => true,
        Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(value)))) => {
            value.to_string() == "0"
        }
        _ => false,
    }
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
