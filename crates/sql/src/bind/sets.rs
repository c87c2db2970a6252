//! Functions that give rows, among the columns of a SELECT or in its FROM list: as arrays, unnested.

use std::ops::ControlFlow;

use cairn_syntax::ast::{
    Expr, FunctionArg, FunctionArgExpr, Ident, Query, Select, SelectItem, TableAlias,
    TableAliasColumnDef, TableFactor, VisitMut, VisitorMut, visit_expressions_mut,
};

use super::{call, call_with, name_of, null};

/// Such functions, and those that give their rows as an array.
const FUNCTIONS: [(&str, &str); 5] = [
    ("generate_series", "series_array"),
    ("jsonb_array_elements", "jsonb_elements"),
    ("jsonb_array_elements_text", "jsonb_element_texts"),
    ("jsonb_object_keys", "jsonb_keys"),
    ("string_to_table", "string_to_array"),
];

/// Rewrites the columns of all SELECTs.
pub(super) fn rewrite(query: &mut Query) {
    let _ = VisitMut::visit(query, &mut Sets);
}

struct Sets;

impl VisitorMut for Sets {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        for item in &mut select.projection {
            if let SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } = item {
                let _ = visit_expressions_mut(expr, |expr| {
                    unnest(expr);
                    ControlFlow::<()>::Continue(())
                });
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        let TableFactor::Table {
            name,
            alias,
            args: Some(arguments),
            with_ordinality: false,
            ..
        } = factor
        else {
            return ControlFlow::Continue(());
        };
        let function = name.to_string().to_lowercase();
        let found = FUNCTIONS.iter().find(|(rows, _)| *rows == function);
        // A series in a FROM list is made while it is read.
        if let Some((rows, array)) = found.filter(|(rows, _)| *rows != "generate_series") {
            let mut alias = alias.take().unwrap_or_else(|| TableAlias {
                explicit: true,
                name: Ident::new(*rows),
                columns: Vec::new(),
                at: None,
            });
            if alias.columns.is_empty() {
                alias.columns.push(TableAliasColumnDef {
                    name: alias.name.clone(),
                    data_type: None,
                });
            }
            let arguments = std::mem::take(&mut arguments.args);
            let arguments = arguments.into_iter().filter_map(|argument| match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
                _ => None,
            });
            *factor = TableFactor::UNNEST {
                alias: Some(alias),
                array_exprs: vec![call_with(array, arguments.collect())],
                with_offset: false,
                with_offset_alias: None,
                with_ordinality: false,
            };
        }
        ControlFlow::Continue(())
    }
}

fn unnest(expr: &mut Expr) {
    let Expr::Function(function) = expr else {
        return;
    };
    let name = function.name.to_string().to_lowercase();
    let found = FUNCTIONS.iter().find(|(rows, _)| *rows == name);
    if let Some((_, array)) = found {
        function.name = name_of(array);
        let array = std::mem::replace(expr, null());
        *expr = call("unnest", array);
    }
}
