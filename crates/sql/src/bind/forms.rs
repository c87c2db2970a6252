//! Forms of expressions that are calls of functions of the library.

use cairn_syntax::ast::{
    AccessExpr, BinaryOperator, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Subscript,
    UnaryOperator, Value,
};

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
                op @ (UnaryOperator::PGSquareRoot | UnaryOperator::PGCubeRoot | UnaryOperator::PGAbs),
            expr: operand,
        } => {
            let name = match op {
                UnaryOperator::PGSquareRoot => "sqrt",
                UnaryOperator::PGCubeRoot => "cbrt",
                _ => "abs",
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
        Expr::BinaryOp { left, op, right } => {
            if let (Some(lefts), Some(rights)) = (row(left), row(right))
                && let Some(compared) = compare_rows(op, lefts, rights)
            {
                *expr = compared;
            }
        }
        Expr::InList {
            expr: value,
            list,
            negated,
        } => {
            if let Some(values) = row(value)
                && let Some(any) = any_row(values, list)
            {
                *expr = if *negated { not(any) } else { any };
            }
        }
        Expr::IsNull(value) => {
            if let Some(fields) = fields(value) {
                *expr = all(fields, Expr::IsNull);
            }
        }
        Expr::IsNotNull(value) => {
            if let Some(fields) = fields(value) {
                *expr = all(fields, Expr::IsNotNull);
            }
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

/// The fields of `(a, b)` or `ROW(a, b)`.
fn row(expr: &Expr) -> Option<&[Expr]> {
    match expr {
        Expr::Tuple(fields) => Some(fields),
        _ => None,
    }
}

/// The fields of a row that is written down; `ROW(…)` is a call.
fn fields(expr: &Expr) -> Option<Vec<Expr>> {
    match expr {
        Expr::Nested(inner) => fields(inner),
        Expr::Tuple(fields) => Some(fields.clone()),
        Expr::Function(function) if function.name.to_string().eq_ignore_ascii_case("row") => {
            let FunctionArguments::List(list) = &function.args else {
                return None;
            };
            let field = |argument: &FunctionArg| match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(field)) => Some(field.clone()),
                _ => None,
            };
            list.args.iter().map(field).collect()
        }
        _ => None,
    }
}

/// Whether something holds of all fields of a row, as it does of a row without any.
fn all(fields: Vec<Expr>, test: fn(Box<Expr>) -> Expr) -> Expr {
    let tests = fields.into_iter().map(|field| test(Box::new(field)));
    let both = tests.reduce(|all, one| binary(all, BinaryOperator::And, one));
    both.unwrap_or_else(|| Expr::Value(Value::Boolean(true).into()))
}

/// A comparison of rows, field by field, as SQL defines it: NULL where a NULL decides.
fn compare_rows(operator: &BinaryOperator, left: &[Expr], right: &[Expr]) -> Option<Expr> {
    if left.len() != right.len() {
        return None;
    }
    let each = |operator: BinaryOperator, join: BinaryOperator| {
        let fields = left.iter().zip(right);
        let fields =
            fields.map(|(left, right)| binary(left.clone(), operator.clone(), right.clone()));
        fields.reduce(|all, one| binary(all, join.clone(), one))
    };
    match operator {
        BinaryOperator::Eq => each(BinaryOperator::Eq, BinaryOperator::And),
        BinaryOperator::NotEq => each(BinaryOperator::NotEq, BinaryOperator::Or),
        BinaryOperator::Lt | BinaryOperator::Gt => ordered(operator, operator, left, right),
        BinaryOperator::LtEq => ordered(&BinaryOperator::Lt, operator, left, right),
        BinaryOperator::GtEq => ordered(&BinaryOperator::Gt, operator, left, right),
        _ => None,
    }
}

/// The first fields that differ decide, by `strict`; the last ones by `last`.
fn ordered(
    strict: &BinaryOperator,
    last: &BinaryOperator,
    left: &[Expr],
    right: &[Expr],
) -> Option<Expr> {
    let ((left, lefts), (right, rights)) = (left.split_first()?, right.split_first()?);
    if lefts.is_empty() {
        return Some(binary(left.clone(), last.clone(), right.clone()));
    }
    let decided = binary(left.clone(), strict.clone(), right.clone());
    let equal = binary(left.clone(), BinaryOperator::Eq, right.clone());
    let rest = ordered(strict, last, lefts, rights)?;
    Some(binary(
        decided,
        BinaryOperator::Or,
        binary(equal, BinaryOperator::And, rest),
    ))
}

fn any_row(values: &[Expr], list: &[Expr]) -> Option<Expr> {
    let each = list
        .iter()
        .map(|item| compare_rows(&BinaryOperator::Eq, values, row(item)?));
    let each = each.collect::<Option<Vec<_>>>()?;
    each.into_iter()
        .reduce(|any, one| binary(any, BinaryOperator::Or, one))
}

fn binary(left: Expr, op: BinaryOperator, right: Expr) -> Expr {
    Expr::Nested(Box::new(Expr::BinaryOp {
        left: Box::new(left),
        op,
        right: Box::new(right),
    }))
}

fn not(expr: Expr) -> Expr {
    Expr::UnaryOp {
        op: UnaryOperator::Not,
        expr: Box::new(expr),
    }
}
