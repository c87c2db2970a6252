//! `05 .f`, `'a'.f` and `t. 0`: sqlparser takes a constant for what has a field, or is one.

use std::ops::ControlFlow;

use sqlparser::ast::{AccessExpr, Expr, ValueWithSpan, Visit, visit_expressions};

use super::reader::encode;
use crate::{SyntaxError, error::Result};

/// Refuses a dot behind or before a constant.
pub(crate) fn check<T: Visit>(tree: &T) -> Result<()> {
    let found = visit_expressions(tree, |expr| match constant_at_dot(expr) {
        Some(constant) => ControlFlow::Break(encode(constant.span.start)),
        None => ControlFlow::Continue(()),
    });
    match found {
        ControlFlow::Break(position) => Err(SyntaxError {
            position: Some(position),
            ..SyntaxError::new("syntax error: a constant has no fields, and is none".to_owned())
        }),
        ControlFlow::Continue(()) => Ok(()),
    }
}

fn constant_at_dot(expr: &Expr) -> Option<&ValueWithSpan> {
    let Expr::CompoundFieldAccess { root, access_chain } = expr else {
        return None;
    };
    let fields = access_chain.iter().filter_map(|access| match access {
        AccessExpr::Dot(field) => Some(field),
        AccessExpr::Subscript(_) => None,
    });
    let owner = matches!(access_chain.first(), Some(AccessExpr::Dot(_))).then_some(root.as_ref());
    owner.into_iter().chain(fields).find_map(constant)
}

fn constant(expr: &Expr) -> Option<&ValueWithSpan> {
    match expr {
        Expr::Value(value) => Some(value),
        _ => None,
    }
}
