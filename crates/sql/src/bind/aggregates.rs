//! Aggregates that are made of others: documents of arrays, lists of percentiles of single ones.

use cairn_syntax::ast::{
    Array, CaseWhen, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments,
    helpers::attached_token::AttachedToken,
};

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

/// Whether this is `percentile_cont` or `percentile_disc` of a list that is written out.
pub(super) fn is_of_percentiles(function: &Function) -> bool {
    let name = function.name.to_string().to_lowercase();
    matches!(name.as_str(), "percentile_cont" | "percentile_disc") && fractions(function).is_some()
}

fn fractions(function: &Function) -> Option<&[Expr]> {
    let FunctionArguments::List(list) = &function.args else {
        return None;
    };
    match list.args.as_slice() {
        [FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Array(fractions)))] => {
            Some(&fractions.elem)
        }
        _ => None,
    }
}

/// `percentile_cont(ARRAY[a, b])` is the array of `percentile_cont(a)` and `percentile_cont(b)`, and NULL of no values.
pub(super) fn each_percentile(expr: &mut Expr) {
    let Expr::Function(function) = expr else {
        return;
    };
    let Some(fractions) = fractions(function) else {
        return;
    };
    let each = fractions.iter().map(|fraction| {
        let mut one = function.clone();
        if let FunctionArguments::List(list) = &mut one.args {
            list.args = vec![FunctionArg::Unnamed(FunctionArgExpr::Expr(
                fraction.clone(),
            ))];
        }
        Expr::Function(one)
    });
    let elem: Vec<Expr> = each.collect();
    let Some(first) = elem.first().cloned() else {
        return;
    };
    *expr = Expr::Case {
        case_token: AttachedToken::empty(),
        end_token: AttachedToken::empty(),
        operand: None,
        conditions: vec![CaseWhen {
            condition: Expr::IsNotNull(Box::new(first)),
            result: Expr::Array(Array { elem, named: true }),
        }],
        else_result: None,
    };
}
