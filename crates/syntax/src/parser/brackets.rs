//! `- -a` and `~ @a`: printed without a blank between them, two operators would begin a comment or be another one.

use std::{mem, ops::ControlFlow};

use sqlparser::ast::{Expr, UnaryOperator, Value, VisitMut, visit_expressions_mut};

/// Puts brackets around what stands behind a prefix operator where it begins with one of its own.
pub(crate) fn put<T: VisitMut>(tree: &mut T) {
    let _: ControlFlow<()> = visit_expressions_mut(tree, |expr| {
        if let Expr::UnaryOp { op, expr: operand } = expr
            && *op != UnaryOperator::Not
            && operand.to_string().starts_with(is_of_operators)
        {
            let bare = mem::replace(&mut **operand, Expr::Value(Value::Null.into()));
            **operand = Expr::Nested(Box::new(bare));
        }
        ControlFlow::Continue(())
    });
}

/// See `CREATE OPERATOR` of PostgreSQL.
fn is_of_operators(character: char) -> bool {
    "+-*/<>=~!@#%^&|`?".contains(character)
}
