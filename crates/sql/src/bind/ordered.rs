//! Aggregates of the rows of a subquery that is sorted take them in its order, as PostgreSQL's do: `SELECT array_agg(x) FROM (SELECT x
//! … ORDER BY y) q`. DataFusion forgets the order; here the rows are numbered in it, and the aggregates ordered by the numbers.

use std::ops::ControlFlow;

use cairn_syntax::ast::{
    Distinct, DuplicateTreatment, Expr, Function, FunctionArgumentClause, FunctionArguments, Ident,
    OrderByExpr, OrderByKind, Query, Select, SelectItem, SetExpr, TableFactor, Value, VisitMut,
    VisitorMut, WindowType, visit_expressions, visit_expressions_mut,
};

use super::sets;

/// The column of the numbers. No name that a user gives begins so.
const PLACE: &str = "\u{2}place";

/// Rewrites all SELECTs.
pub(super) fn rewrite(query: &mut Query) {
    let _ = VisitMut::visit(query, &mut Ordered);
}

struct Ordered;

impl VisitorMut for Ordered {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        let mut asks = false;
        for item in &select.projection {
            let _: ControlFlow<()> = visit_expressions(item, |expr| {
                asks |= matches!(expr, Expr::Function(function) if takes_order(function));
                ControlFlow::Continue(())
            });
        }
        if asks && number(select).is_some() {
            for item in &mut select.projection {
                let _: ControlFlow<()> = visit_expressions_mut(item, |expr| {
                    if let Expr::Function(function) = expr
                        && takes_order(function)
                        && let FunctionArguments::List(list) = &mut function.args
                    {
                        let by = vec![OrderByExpr::from(place())];
                        list.clauses.push(FunctionArgumentClause::OrderBy(by));
                    }
                    ControlFlow::Continue(())
                });
            }
        }
        ControlFlow::Continue(())
    }
}

/// Whether this is an aggregate whose value depends on an order, and that says none.
fn takes_order(function: &Function) -> bool {
    let name = function.name.to_string().to_lowercase();
    let FunctionArguments::List(list) = &function.args else {
        return false;
    };
    matches!(
        name.as_str(),
        "array_agg" | "string_agg" | "jsonb_agg" | "json_agg"
    ) && function.over.is_none()
        && list.duplicate_treatment != Some(DuplicateTreatment::Distinct)
        && list.clauses.is_empty()
}

/// Numbers the rows of the sorted subquery that a SELECT reads, if it reads one and nothing else.
fn number(select: &mut Select) -> Option<()> {
    let [from] = select.from.as_mut_slice() else {
        return None;
    };
    let TableFactor::Derived {
        subquery, alias, ..
    } = &mut from.relation
    else {
        return None;
    };
    let OrderByKind::Expressions(by) = &subquery.order_by.as_ref()?.kind else {
        return None;
    };
    let SetExpr::Select(rows) = subquery.body.as_mut() else {
        return None;
    };
    let distinct = matches!(rows.distinct, Some(Distinct::Distinct | Distinct::On(_)));
    if distinct || !from.joins.is_empty() {
        return None;
    }
    let by = by.iter().map(|part| {
        let expr = meant(&part.expr, &rows.projection)?;
        let mut part = part.clone();
        part.expr = expr;
        Some(part)
    });
    let by: Vec<OrderByExpr> = by.collect::<Option<_>>()?;
    let mut numbered = *cairn_syntax::parse_query("SELECT row_number() OVER (ORDER BY 1)")
        .ok()?
        .body;
    let SetExpr::Select(numbering) = &mut numbered else {
        return None;
    };
    let Some(SelectItem::UnnamedExpr(Expr::Function(function))) = numbering.projection.pop() else {
        return None;
    };
    let mut function = function;
    if let Some(WindowType::WindowSpec(window)) = &mut function.over {
        window.order_by = by;
    }
    rows.projection.push(SelectItem::ExprWithAlias {
        expr: Expr::Function(function),
        alias: place(),
    });
    if let Some(alias) = alias
        && !alias.columns.is_empty()
    {
        alias.columns.push(sets::column(place()));
    }
    Some(())
}

/// What ORDER BY means by a number or the name of a column that is shown; None if it is a window's, which cannot stand in another.
fn meant(expr: &Expr, items: &[SelectItem]) -> Option<Expr> {
    let item = match expr {
        Expr::Value(value) => match &value.value {
            Value::Number(number, _) => {
                let place: usize = number.parse().ok()?;
                Some(items.get(place.checked_sub(1)?)?)
            }
            _ => None,
        },
        Expr::Identifier(name) => items.iter().find(|item| match item {
            SelectItem::ExprWithAlias { alias, .. } => {
                cairn_syntax::Name::folded(alias) == cairn_syntax::Name::folded(name)
            }
            _ => false,
        }),
        _ => None,
    };
    let expr = match item {
        None => expr,
        Some(SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) => expr,
        Some(_) => return None,
    };
    let windowed = visit_expressions(expr, |expr| match expr {
        Expr::Function(function) if function.over.is_some() => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    });
    windowed.is_continue().then(|| expr.clone())
}

fn place() -> Ident {
    Ident::with_quote('"', PLACE)
}
