//! `a IS DISTINCT FROM b AND c`: sqlparser takes all of `b AND c` as the right side. PostgreSQL, and we, take `b`.
//!
//! INVARIANT
//!   Brackets are nodes of the tree (`Nested`), so an AND or OR directly below an operator that binds more tightly was never written so.

use std::{mem, ops::ControlFlow};

use sqlparser::ast::{BinaryOperator, Expr, UnaryOperator, Value, VisitMut, visit_expressions_mut};

/// Puts every AND and OR where it belongs.
pub(crate) fn rebind<T: VisitMut>(tree: &mut T) {
    // Children come before their parents: what goes up from one is seen by the next.
    let _: ControlFlow<()> = visit_expressions_mut(tree, |expr| {
        lift(expr);
        ControlFlow::Continue(())
    });
}

/// Makes an AND or OR at the right end of a tighter operator the root, with that operator at its left end.
fn lift(expr: &mut Expr) {
    let tightness = tightness(expr);
    let Some(right) = right_end(expr) else { return };
    if looseness(right).is_none_or(|loose| loose >= tightness) {
        return;
    }
    let mut root = mem::replace(right, Expr::Value(Value::Null.into()));
    let mut left = &mut root;
    // Down the left side as long as it is looser than what goes there.
    while looseness(left).is_some_and(|loose| loose < tightness) {
        let Expr::BinaryOp { left: next, .. } = left else {
            return;
        };
        left = next;
    }
    let leaf = mem::replace(left, Expr::Value(Value::Null.into()));
    if let Some(right) = right_end(expr) {
        *right = leaf;
    }
    *left = mem::replace(expr, Expr::Value(Value::Null.into()));
    *expr = root;
}

/// Where the operand on the right of an operator stands that may have taken too much.
fn right_end(expr: &mut Expr) -> Option<&mut Expr> {
    match expr {
        Expr::IsDistinctFrom(_, right) | Expr::IsNotDistinctFrom(_, right) => Some(right),
        Expr::UnaryOp {
            op: UnaryOperator::Not,
            expr,
        } => Some(expr),
        Expr::BinaryOp {
            op: BinaryOperator::And,
            right,
            ..
        } => Some(right),
        _ => None,
    }
}

/// How tightly an operator binds: OR 1, AND 2, NOT 3, IS 4.
fn tightness(expr: &Expr) -> u8 {
    match expr {
        Expr::BinaryOp {
            op: BinaryOperator::And,
            ..
        } => 2,
        Expr::UnaryOp { .. } => 3,
        _ => 4,
    }
}

fn looseness(expr: &Expr) -> Option<u8> {
    match expr {
        Expr::BinaryOp {
            op: BinaryOperator::Or,
            ..
        } => Some(1),
        Expr::BinaryOp {
            op: BinaryOperator::And,
            ..
        } => Some(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse_expression;

    /// The tree with brackets around every operator.
    fn shape(text: &str) -> String {
        use sqlparser::ast::Expr;
        fn show(expr: &Expr) -> String {
            match expr {
                Expr::BinaryOp { left, op, right } => {
                    format!("({} {op} {})", show(left), show(right))
                }
                Expr::UnaryOp { op, expr } => format!("({op} {})", show(expr)),
                Expr::IsDistinctFrom(left, right) => format!("({} <> {})", show(left), show(right)),
                Expr::IsNotDistinctFrom(left, right) => {
                    format!("({} == {})", show(left), show(right))
                }
                Expr::Nested(inner) => show(inner),
                other => other.to_string(),
            }
        }
        show(&parse_expression(text).expect("an expression"))
    }

    #[test]
    fn is_distinct_from_takes_one_operand() {
        for (text, expected) in [
            ("a IS DISTINCT FROM b", "(a <> b)"),
            ("a IS DISTINCT FROM b AND c", "((a <> b) AND c)"),
            ("a IS DISTINCT FROM b OR c", "((a <> b) OR c)"),
            (
                "a IS NOT DISTINCT FROM b AND c OR d",
                "(((a == b) AND c) OR d)",
            ),
            ("a IS DISTINCT FROM b OR c AND d", "((a <> b) OR (c AND d))"),
            ("x AND a IS DISTINCT FROM b OR c", "((x AND (a <> b)) OR c)"),
            ("x OR a IS DISTINCT FROM b AND c", "(x OR ((a <> b) AND c))"),
            ("NOT a IS DISTINCT FROM b AND c", "((NOT (a <> b)) AND c)"),
            ("a IS DISTINCT FROM (b AND c)", "(a <> (b AND c))"),
            ("a IS DISTINCT FROM b + 1 AND c", "((a <> (b + 1)) AND c)"),
            (
                "a IS DISTINCT FROM b AND c IS DISTINCT FROM d AND e",
                "((a <> b) AND ((c <> d) AND e))",
            ),
            (
                "a IS DISTINCT FROM b AND c OR d IS DISTINCT FROM e OR f",
                "(((a <> b) AND c) OR ((d <> e) OR f))",
            ),
        ] {
            assert_eq!(shape(text), expected, "{text}");
        }
    }
}
