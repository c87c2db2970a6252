//! VALUES lists: a literal beside a cast has the cast's type, as in PostgreSQL, where DataFusion would find none or another.

use std::ops::ControlFlow;

use cairn_syntax::ast::{Expr, Query, SetExpr, UnaryOperator, Value, VisitMut, VisitorMut};

use super::{call, null};
use crate::query::cast;
use cairn_catalog::ColumnType;

/// Rewrites all VALUES lists, whose casts are function calls already.
pub(super) fn rewrite(query: &mut Query) {
    let _ = VisitMut::visit(query, &mut Lists);
}

struct Lists;

impl VisitorMut for Lists {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        if let SetExpr::Values(values) = query.body.as_mut() {
            let width = values
                .rows
                .iter()
                .map(|row| row.content.len())
                .max()
                .unwrap_or(0);
            for place in 0..width {
                let cells = values.rows.iter().filter_map(|row| row.content.get(place));
                let Some(name) = cells.filter_map(cast_of).next() else {
                    continue;
                };
                let cells = values
                    .rows
                    .iter_mut()
                    .filter_map(|row| row.content.get_mut(place));
                for cell in cells.filter(|cell| takes(&name, cell)) {
                    let literal = std::mem::replace(cell, null());
                    *cell = call(&name, literal);
                }
            }
        }
        ControlFlow::Continue(())
    }
}

/// The name of the function that casts a cell.
fn cast_of(cell: &Expr) -> Option<String> {
    let Expr::Function(function) = cell else {
        return None;
    };
    let name = function.name.0.last()?.as_ident()?.value.clone();
    cast::function(&name.to_lowercase()).map(|_| name)
}

/// Whether a cell is a literal that a cast beside it gives its type: a text, or a number beside a wider one.
fn takes(name: &str, cell: &Expr) -> bool {
    let widest = [ColumnType::Numeric, ColumnType::Float8].map(|ty| cast::name_of(&ty));
    match cell {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(_) | Value::EscapedStringLiteral(_) => true,
            Value::Number(..) => widest.iter().any(|wide| wide == name),
            _ => false,
        },
        Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr,
        } => takes(name, expr),
        _ => false,
    }
}
