//! Forms of expressions that are calls of functions of the library.

use cairn_syntax::ast::{
    AccessExpr, BinaryOperator, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Subscript,
    UnaryOperator, Value,
};

use super::rows::{self, row};
use super::{call, call_with, null, number};
use crate::query::library::{OUTPUT_TEXT, OVERLAPS, PATTERN, quantified_name};

/// Rewrites one node whose operands are ready.
pub(super) fn rewrite(expr: &mut Expr) {
    match expr {
        Expr::Extract {
            field, expr: value, ..
        } => {
            let field = field.to_string().to_lowercase();
            let value = take(value);
            *expr = call_with(
                "extract",
                vec![text(field.trim_matches(['\'', '"'])), value],
            );
        }
        Expr::AtTimeZone {
            timestamp,
            time_zone,
        } => {
            let (zone, value) = (take(time_zone), take(timestamp));
            *expr = call_with("timezone", vec![zone, value]);
        }
        Expr::AnyOp {
            left,
            compare_op,
            right,
            ..
        } => {
            if let Some(name) = quantified_name(compare_op, false) {
                *expr = call_with(&name, vec![take(left), take(right)]);
            }
        }
        Expr::AllOp {
            left,
            compare_op,
            right,
        } => {
            if let Some(name) = quantified_name(compare_op, true) {
                *expr = call_with(&name, vec![take(left), take(right)]);
            }
        }
        Expr::BinaryOp {
            left,
            op: BinaryOperator::PGExp,
            right,
        } => {
            *expr = call_with("power", vec![take(left), take(right)]);
        }
        Expr::BinaryOp {
            left,
            op: op @ (BinaryOperator::PGOverlap | BinaryOperator::PGStartsWith),
            right,
        } => {
            let overlap = matches!(op, BinaryOperator::PGOverlap);
            let name = if overlap {
                "array_overlap"
            } else {
                "starts_with"
            };
            *expr = call_with(name, vec![take(left), take(right)]);
        }
        Expr::BinaryOp {
            op:
                BinaryOperator::PGRegexMatch
                | BinaryOperator::PGRegexIMatch
                | BinaryOperator::PGRegexNotMatch
                | BinaryOperator::PGRegexNotIMatch,
            right,
            ..
        } => {
            **right = call(PATTERN, take(right));
        }
        Expr::UnaryOp {
            op:
                op @ (UnaryOperator::PGSquareRoot
                | UnaryOperator::PGCubeRoot
                | UnaryOperator::PGAbs
                | UnaryOperator::BitwiseNot),
            expr: operand,
        } => {
            let name = match op {
                UnaryOperator::PGSquareRoot => "sqrt",
                UnaryOperator::PGCubeRoot => "cbrt",
                UnaryOperator::PGAbs => "abs",
                _ => "bitwise_not",
            };
            *expr = call(name, take(operand));
        }
        Expr::Substring {
            expr: operand,
            substring_from: Some(pattern),
            substring_for: None,
            ..
        } if is_text(pattern) => {
            *expr = call_with("regexp_substring", vec![take(operand), take(pattern)]);
        }
        Expr::BinaryOp {
            left,
            op: BinaryOperator::Overlaps,
            right,
        } => {
            if let (Some([start, end]), Some([other_start, other_end])) = (row(left), row(right)) {
                let times = [start, end, other_start, other_end].map(Expr::clone);
                *expr = call_with(OVERLAPS, times.to_vec());
            }
        }
        Expr::BinaryOp { .. } | Expr::InList { .. } | Expr::IsNull(_) | Expr::IsNotNull(_) => {
            rows::rewrite(expr);
        }
        Expr::CompoundFieldAccess { root, access_chain } => {
            let known = access_chain.iter().all(|access| {
                matches!(
                    access,
                    AccessExpr::Subscript(_) | AccessExpr::Dot(Expr::Identifier(_))
                )
            });
            if known {
                let mut root = take(root);
                let mut accesses = std::mem::take(access_chain).into_iter().peekable();
                // In `t.list[1]` the first names are a column's.
                if let Expr::Identifier(first) = &root {
                    let mut names = vec![first.clone()];
                    while let Some(AccessExpr::Dot(Expr::Identifier(name))) = accesses
                        .next_if(|access| matches!(access, AccessExpr::Dot(Expr::Identifier(_))))
                    {
                        names.push(name);
                    }
                    if names.len() > 1 {
                        root = Expr::CompoundIdentifier(names);
                    }
                }
                *expr = accesses.fold(root, accessed);
            }
        }
        Expr::Function(function) => {
            let name = function.name.to_string().to_lowercase();
            if let FunctionArguments::List(list) = &mut function.args {
                match name.as_str() {
                    "regexp_like" | "regexp_count" | "regexp_instr" => {
                        if let Some(pattern) = list.args.get_mut(1).and_then(argument) {
                            *pattern = call(PATTERN, take(pattern));
                        }
                    }
                    "regexp_replace" => {
                        if let Some(pattern) = list.args.get_mut(1).and_then(argument) {
                            *pattern = call(PATTERN, take(pattern));
                        }
                        if let Some(replacement) = list.args.get_mut(2).and_then(argument) {
                            *replacement = call("regexp_replacement", take(replacement));
                        }
                    }
                    // The age of one instant is that at midnight.
                    "age" if list.args.len() == 1 => {
                        let midnight = call_with("current_date", Vec::new());
                        let midnight = FunctionArg::Unnamed(FunctionArgExpr::Expr(midnight));
                        list.args.insert(0, midnight);
                    }
                    "concat" | "concat_ws" => {
                        for text in list.args.iter_mut().filter_map(argument) {
                            *text = as_output(text);
                        }
                    }
                    "format" => {
                        let rest = list.args.split_off(list.args.len().min(1));
                        let texts = rest
                            .into_iter()
                            .filter_map(|mut rest| argument(&mut rest).map(as_output));
                        list.args
                            .push(FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Array(
                                cairn_syntax::ast::Array {
                                    elem: texts.collect(),
                                    named: true,
                                },
                            ))));
                        function.name = super::name_of("format_texts");
                    }
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

fn take(expr: &mut Expr) -> Expr {
    std::mem::replace(expr, null())
}

fn text(value: &str) -> Expr {
    Expr::Value(Value::SingleQuotedString(value.to_owned()).into())
}

fn is_text(expr: &Expr) -> bool {
    matches!(expr, Expr::Value(value) if matches!(value.value, Value::SingleQuotedString(_) | Value::EscapedStringLiteral(_)))
}

/// A value as it is sent to a client.
fn as_output(expr: &mut Expr) -> Expr {
    call(OUTPUT_TEXT, take(expr))
}

fn argument(argument: &mut FunctionArg) -> Option<&mut Expr> {
    match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
        _ => None,
    }
}

fn accessed(root: Expr, access: AccessExpr) -> Expr {
    match access {
        AccessExpr::Subscript(Subscript::Index { index }) => {
            call_with("array_subscript", vec![root, index])
        }
        AccessExpr::Subscript(Subscript::Slice {
            lower_bound,
            upper_bound,
            ..
        }) => {
            let low = lower_bound.unwrap_or_else(|| number("1"));
            let high = upper_bound.unwrap_or_else(|| number("2147483647"));
            call_with("array_slice", vec![root, low, high])
        }
        AccessExpr::Dot(Expr::Identifier(field)) => {
            let field = cairn_syntax::Name::folded(&field);
            call_with("get_field", vec![root, text(field.as_str())])
        }
        AccessExpr::Dot(_) => root,
    }
}
