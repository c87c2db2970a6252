//! `- -a`: printed without a blank between them, two signs would begin a comment.

use std::{mem, ops::ControlFlow};

use sqlparser::ast::{Expr, UnaryOperator, Value, VisitMut, visit_expressions_mut};

/// Puts brackets around what is negated where it begins with a sign of its own.
pub(crate) fn bracket<T: VisitMut>(tree: &mut T) {
    let _: ControlFlow<()> = visit_expressions_mut(tree, |expr| {
        if let Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr: negated,
        } = expr
            && negated.to_string().starts_with('-')
        {
            let bare = mem::replace(&mut **negated, Expr::Value(Value::Null.into()));
            **negated = Expr::Nested(Box::new(bare));
        }
        ControlFlow::Continue(())
    });
}
