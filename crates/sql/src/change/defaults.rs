//! What a column holds when a statement names no value for it.

use cairn_catalog::ColumnDescriptor;
use cairn_syntax::ast::{Expr, Value};

use crate::Result;

/// The default as an expression; NULL where none is declared.
pub(crate) fn expression(column: &ColumnDescriptor) -> Result<Expr> {
    match &column.default {
        Some(text) => Ok(cairn_syntax::parse_expression(text)?),
        None => Ok(Expr::Value(Value::Null.into())),
    }
}

/// Whether an expression is the keyword DEFAULT.
pub(crate) fn is_default(expr: &Expr) -> bool {
    matches!(expr, Expr::Identifier(ident) if ident.quote_style.is_none() && ident.value.eq_ignore_ascii_case("default"))
}
