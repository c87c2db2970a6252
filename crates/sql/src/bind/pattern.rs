//! LIKE with an escape character and SIMILAR TO, as functions that DataFusion plans.

use cairn_syntax::ast::{Expr, UnaryOperator, Value, ValueWithSpan};

use super::{call_with, null};

/// Rewrites one node whose operands are ready.
pub(super) fn rewrite(expr: &mut Expr) {
    match expr {
        Expr::Like {
            pattern,
            escape_char,
            any: false,
            ..
        }
        | Expr::ILike {
            pattern,
            escape_char,
            any: false,
            ..
        } => {
            if let Some(escape) = escape_char.take() {
                let arguments = vec![take(pattern), Expr::Value(escape)];
                **pattern = call_with("like_pattern", arguments);
            }
        }
        Expr::SimilarTo {
            negated,
            expr: operand,
            pattern,
            escape_char,
        } => {
            let escape = escape_char.take().unwrap_or_else(|| text("\\"));
            let pattern = call_with("similar_pattern", vec![take(pattern), Expr::Value(escape)]);
            let matches = call_with("regexp_like", vec![take(operand), pattern]);
            *expr = match negated {
                false => matches,
                true => Expr::UnaryOp {
                    op: UnaryOperator::Not,
                    expr: Box::new(matches),
                },
            };
        }
        _ => {}
    }
}

fn take(expr: &mut Expr) -> Expr {
    std::mem::replace(expr, null())
}

fn text(value: &str) -> ValueWithSpan {
    Value::SingleQuotedString(value.to_owned()).into()
}
