//! What sqlparser takes for a name, or for what has a field of some name, and PostgreSQL does not.
//!
//! `05 .f`, `'a'.f`, `t. 0` and `f().g()`: a constant has no field, and no field is a constant or a call. `FROM @a/b` and `:a`: other
//! systems' files and parameters.

use std::ops::ControlFlow;

use sqlparser::ast::{
    AccessExpr, Expr, Ident, ObjectName, ObjectNamePart, Spanned, Value, Visit, VisitMut,
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
    settle_expressions(tree)
}

fn is_file(name: &ObjectName) -> bool {
    let first = name.0.first().and_then(ObjectNamePart::as_ident);
    first.is_some_and(|name| name.quote_style.is_none() && name.value.starts_with('@'))
}

/// Refuses a parameter with a name, a constant before a dot, and whatever is no name behind one.
fn settle_expressions<T: VisitMut>(tree: &mut T) -> Result<()> {
    let found = visit_expressions_mut(tree, |expr| match wrong(expr) {
        Some((wrong, problem)) => ControlFlow::Break(SyntaxError {
            position: Some(encode(wrong.span().start)),
            ..SyntaxError::new(format!("syntax error{problem}"))
        }),
        None => {
            fields(expr).for_each(quote);
            ControlFlow::Continue(())
        }
    });
    match found {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

fn wrong(expr: &Expr) -> Option<(&Expr, &'static str)> {
    match expr {
        Expr::Value(value) => {
            let named = matches!(&value.value, Value::Placeholder(text) if !text.starts_with('$'));
            named.then_some((expr, " at or near \":\": expected an expression"))
        }
        Expr::CompoundFieldAccess { root, access_chain } => {
            let no_field = wrong_at_dot(root, access_chain)?;
            Some((
                no_field,
                ": a constant has no fields, and a field is a name",
            ))
        }
        _ => None,
    }
}

fn wrong_at_dot<'a>(root: &'a Expr, access_chain: &'a [AccessExpr]) -> Option<&'a Expr> {
    let has_field = matches!(access_chain.first(), Some(AccessExpr::Dot(_)));
    if has_field && matches!(root, Expr::Value(_)) {
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
