//! What sqlparser takes for a name, or for what has a field of some name, and PostgreSQL does not.
//!
//! `05 .f`, `'a'.f`, `t. 0` and `f().g()`: a constant has no field, and no field is a constant or a call. `FROM @a/b`: another system's
//! files.

use std::ops::ControlFlow;

use sqlparser::ast::{
    AccessExpr, Expr, Ident, ObjectName, ObjectNamePart, Spanned, Visit, VisitMut,
    visit_expressions_mut, visit_relations,
};

use super::reader::encode;
use crate::{SyntaxError, error::Result};

/// Refuses what is no name where one must stand, and makes readable what is one.
pub(crate) fn settle<T: Visit + VisitMut>(tree: &mut T) -> Result<()> {
    let files = visit_relations(tree, |name| match is_file(name) {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    });
    if files.is_break() {
        let message = "syntax error at or near \"@\": expected a relation";
        return Err(SyntaxError::new(message.to_owned()));
    }
    settle_fields(tree)
}

fn is_file(name: &ObjectName) -> bool {
    let first = name.0.first().and_then(ObjectNamePart::as_ident);
    first.is_some_and(|name| name.quote_style.is_none() && name.value.starts_with('@'))
}

/// Refuses a constant before a dot, and whatever is no name behind it.
fn settle_fields<T: VisitMut>(tree: &mut T) -> Result<()> {
    let found = visit_expressions_mut(tree, |expr| match wrong_at_dot(expr) {
        Some(wrong) => ControlFlow::Break(encode(wrong.span().start)),
        None => {
            fields(expr).for_each(quote);
            ControlFlow::Continue(())
        }
    });
    match found {
        ControlFlow::Break(position) => Err(SyntaxError {
            position: Some(position),
            ..SyntaxError::new(
                "syntax error: a constant has no fields, and a field is a name".to_owned(),
            )
        }),
        ControlFlow::Continue(()) => Ok(()),
    }
}

fn wrong_at_dot(expr: &Expr) -> Option<&Expr> {
    let Expr::CompoundFieldAccess { root, access_chain } = expr else {
        return None;
    };
    let has_field = matches!(access_chain.first(), Some(AccessExpr::Dot(_)));
    if has_field && matches!(**root, Expr::Value(_)) {
        return Some(root);
    }
    access_chain.iter().find_map(|access| match access {
        AccessExpr::Dot(Expr::Identifier(_)) | AccessExpr::Subscript(_) => None,
        AccessExpr::Dot(other) => Some(other),
    })
}

fn fields(expr: &mut Expr) -> impl Iterator<Item = &mut Ident> {
    let chain = match expr {
        Expr::CompoundFieldAccess { access_chain, .. } => access_chain.as_mut_slice(),
        _ => &mut [],
    };
    chain.iter_mut().filter_map(|access| match access {
        AccessExpr::Dot(Expr::Identifier(name)) => Some(name),
        _ => None,
    })
}

/// `(t)._a` is no token for sqlparser, `(t). _a` and `(t)."_a"` are.
fn quote(name: &mut Ident) {
    if name.quote_style.is_none() && name.value.starts_with('_') {
        name.value = name.value.to_lowercase();
        name.quote_style = Some('"');
    }
}
