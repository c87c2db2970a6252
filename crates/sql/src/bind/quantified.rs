//! `ANY` and `ALL` of a subquery.
//!
//! `= ANY` is IN, and `<> ALL` is NOT IN. Other operators compare with an array of the least row, the greatest and a NULL if there is one,
//! of which any or all say what any or all rows would. DataFusion's own way gives another answer for some of them.

use std::ops::ControlFlow;

use cairn_syntax::ast::{
    BinaryOperator, Distinct, Expr, GroupByExpr, Query, Select, SelectItem, SetExpr, TableFactor,
    Value, visit_expressions, visit_expressions_mut,
};

use super::{call_with, null, rows::row, select_of};
use crate::query::{cast, library::quantified_name};
use crate::{Result, SqlError};

/// The array of some rows, which are to be put in the place of the inner SELECT.
const EXTREMES: &str = r#"
SELECT CASE
    WHEN count(*) > count("row")
        THEN ARRAY[min("row"), max("row"), max("row") FILTER (WHERE false)]
    WHEN count(*) > 0 THEN ARRAY[min("row"), max("row")]
    ELSE '{}'
END FROM (SELECT 1) AS "rows" ("row")"#;

/// Rewrites one node whose operands are ready.
///
/// # Errors
/// 0A000 for operators that are no comparisons.
pub(super) fn rewrite(expr: &mut Expr) -> Result<()> {
    let (left, operator, right, all) = match expr {
        Expr::AnyOp {
            left,
            compare_op,
            right,
            ..
        } => (left, compare_op, right, false),
        Expr::AllOp {
            left,
            compare_op,
            right,
        } => (left, compare_op, right, true),
        _ => return Ok(()),
    };
    let Expr::Subquery(subquery) = right.as_ref() else {
        return Ok(());
    };
    let subquery = subquery.clone();
    let operand = std::mem::replace(left.as_mut(), null());
    let quantifier = if all { "ALL" } else { "ANY" };
    let compared = match (&operator, all) {
        (BinaryOperator::Eq, false) | (BinaryOperator::NotEq, true) => Expr::InSubquery {
            expr: Box::new(operand),
            subquery,
            negated: all,
        },
        _ if row(&operand).is_some() => {
            let what = format!("{operator} {quantifier} of a row and a subquery");
            return Err(SqlError::unsupported(what));
        }
        _ => {
            let name = quantified_name(operator, all).ok_or_else(|| {
                SqlError::unsupported(format_args!("{operator} {quantifier} of a subquery"))
            })?;
            call_with(&name, vec![operand, extremes_of(*subquery)?])
        }
    };
    *expr = compared;
    Ok(())
}

fn extremes_of(rows: Query) -> Result<Expr> {
    let mut query = cairn_syntax::parse_query(EXTREMES)?;
    let extremes = select_of(&mut query)?;
    match plain(&rows) {
        // What is correlated is found only where no other query stands between.
        Some((select, value)) => {
            let mut select = select.clone();
            select.distinct = None;
            select.projection = std::mem::take(&mut extremes.projection);
            let _ = visit_expressions_mut(&mut select.projection, |expr| {
                if matches!(expr, Expr::Identifier(name) if name.value == "row") {
                    *expr = value.clone();
                }
                ControlFlow::<()>::Continue(())
            });
            *extremes = select;
        }
        None => {
            for item in &mut extremes.from {
                if let TableFactor::Derived { subquery, .. } = &mut item.relation {
                    **subquery = rows.clone();
                }
            }
        }
    }
    // A correlated subquery without rows may give none.
    let none = Expr::Value(Value::SingleQuotedString("{}".to_owned()).into());
    let array = Expr::Subquery(Box::new(query));
    Ok(call_with("coalesce", vec![array, none]))
}

/// A SELECT that gives a value of each row that it reads, and the value.
fn plain(rows: &Query) -> Option<(&Select, &Expr)> {
    let SetExpr::Select(select) = rows.body.as_ref() else {
        return None;
    };
    let grouped = !matches!(&select.group_by, GroupByExpr::Expressions(by, _) if by.is_empty());
    let chosen = !matches!(&select.distinct, None | Some(Distinct::Distinct));
    let limited = rows.limit_clause.is_some();
    if rows.with.is_some() || limited || grouped || chosen || select.having.is_some() {
        return None;
    }
    match select.projection.as_slice() {
        [SelectItem::UnnamedExpr(value) | SelectItem::ExprWithAlias { expr: value, .. }]
            if is_of_one_row(value) =>
        {
            Some((select, value))
        }
        _ => None,
    }
}

/// Whether no function but a cast stands in an expression: others may count rows, or give several.
fn is_of_one_row(value: &Expr) -> bool {
    let found = visit_expressions(value, |expr| match expr {
        Expr::Function(function)
            if cast::function(&function.name.to_string().to_lowercase()).is_none() =>
        {
            ControlFlow::Break(())
        }
        _ => ControlFlow::Continue(()),
    });
    found.is_continue()
}
