//! Aggregates of documents, as arrays that documents are made of.

use cairn_syntax::ast::{Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments};

use super::{call, call_with, name_of, null};
use crate::query::library::OUTPUT_TEXT;

/// The function that makes a document of the array, if this is such an aggregate.
fn maker(function: &Function) -> Option<&'static str> {
    match function.name.to_string().to_lowercase().as_str() {
        "jsonb_agg" | "json_agg" => Some("to_jsonb"),
        "jsonb_object_agg" | "json_object_agg" => Some("jsonb_of_pairs"),
        _ => None,
    }
}

pub(super) fn is_of_documents(function: &Function) -> bool {
    maker(function).is_some()
}

/// `jsonb_agg(x ORDER BY y)` is `to_jsonb(array_agg(to_jsonb(x) ORDER BY y))`; an object is made of pairs.
pub(super) fn rewrite(expr: &mut Expr) {
    let Expr::Function(function) = expr else {
        return;
    };
    let (Some(maker), FunctionArguments::List(list)) = (maker(function), &mut function.args) else {
        return;
    };
    let mut arguments = Vec::with_capacity(list.args.len());
    for argument in &mut list.args {
        let FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) = argument else {
            return;
        };
        arguments.push(std::mem::replace(value, null()));
    }
    let element = match <[Expr; 2]>::try_from(arguments) {
        Ok([name, value]) => call_with("jsonb_build_array", vec![call(OUTPUT_TEXT, name), value]),
        Err(mut one) => call("to_jsonb", one.pop().unwrap_or_else(null)),
    };
    list.args = vec![FunctionArg::Unnamed(FunctionArgExpr::Expr(element))];
    function.name = name_of("array_agg");
    let aggregate = std::mem::replace(expr, null());
    *expr = call(maker, aggregate);
}
