//! What certainly has no rows: reading from a system relation that is always empty.
//!
//! Queries about policies, publications and the like use forms that DataFusion does not plan. Where such a query cannot have
//! a row, what it would compute for each row does not matter, and subqueries in it become constants.

use std::ops::ControlFlow;

use cairn_syntax::ast::{
    Expr, Function, FunctionArguments, GroupByExpr, JoinOperator, ObjectName, Query, Select,
    SelectItem, SetExpr, TableFactor, Value, VisitMut, VisitorMut,
};

use super::{
    is_always_empty, relation,
    rewrite::{is_array, names},
};

/// Whether a query answers with no row, whatever the catalog holds.
pub(crate) fn query(query: &Query) -> bool {
    match query.body.as_ref() {
        SetExpr::Select(select) => self::select(select),
        SetExpr::Query(inner) => self::query(inner),
        _ => false,
    }
}

/// The same of a SELECT: one without aggregates over a relation without rows.
pub(crate) fn select(select: &Select) -> bool {
    let grouped = matches!(&select.group_by, GroupByExpr::Expressions(by, _) if !by.is_empty());
    let aggregates = select.having.is_some() || select.projection.iter().any(aggregates);
    if aggregates && !grouped {
        return false;
    }
    select.from.iter().any(|table| {
        let inner = table.joins.iter().all(|join| {
            matches!(
                join.join_operator,
                JoinOperator::Join(_)
                    | JoinOperator::Inner(_)
                    | JoinOperator::Left(_)
                    | JoinOperator::LeftOuter(_)
                    | JoinOperator::CrossJoin(_)
            )
        });
        let required = table.joins.iter().filter(|join| {
            !matches!(
                join.join_operator,
                JoinOperator::Left(_) | JoinOperator::LeftOuter(_)
            )
        });
        inner
            && std::iter::once(&table.relation)
                .chain(required.map(|join| &join.relation))
                .any(|factor| match factor {
                    TableFactor::Table {
                        name, args: None, ..
                    } => is_empty_relation(name),
                    TableFactor::UNNEST { array_exprs, .. } => array_exprs.iter().all(is_never_set),
                    TableFactor::Table {
                        name,
                        args: Some(args),
                        ..
                    } => {
                        names(name).last().is_some_and(|name| name == "unnest")
                            && args.args.iter().all(|arg| {
                                matches!(arg, cairn_syntax::ast::FunctionArg::Unnamed(
                            cairn_syntax::ast::FunctionArgExpr::Expr(expr)) if is_never_set(expr))
                            })
                    }
                    _ => false,
                })
    })
}

fn is_empty_relation(name: &ObjectName) -> bool {
    let names = names(name);
    let found = match names.as_slice() {
        [name] => relation::find(None, name),
        [.., schema, name] => relation::find(Some(schema), name),
        [] => None,
    };
    found.is_some_and(is_always_empty)
}

/// Arrays of `pg_class` and its kin that are NULL in every row.
fn is_never_set(expr: &Expr) -> bool {
    let name = match expr {
        Expr::Identifier(ident) => &ident.value,
        Expr::CompoundIdentifier(parts) => match parts.last() {
            Some(ident) => &ident.value,
            None => return false,
        },
        _ => return false,
    };
    matches!(
        name.as_str(),
        "reloptions" | "attoptions" | "attfdwoptions" | "attacl" | "nspacl"
    )
}

/// Whether an output column is an aggregate; subqueries count for themselves.
fn aggregates(item: &SelectItem) -> bool {
    let (SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) = item else {
        return false;
    };
    let mut expr = expr.clone();
    let mut search = Aggregates { depth: 0 };
    expr.visit(&mut search).is_break()
}

struct Aggregates {
    depth: usize,
}

impl VisitorMut for Aggregates {
    type Break = ();

    fn pre_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        const AGGREGATES: [&str; 12] = [
            "count",
            "sum",
            "min",
            "max",
            "avg",
            "array_agg",
            "string_agg",
            "bool_and",
            "bool_or",
            "every",
            "json_agg",
            "jsonb_agg",
        ];
        match expr {
            Expr::Function(function)
                if self.depth == 0
                    && names(&function.name)
                        .last()
                        .is_some_and(|name| AGGREGATES.contains(&name.as_str())) =>
            {
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        }
    }
}

/// Whether a query is `SELECT count(…)` of a relation without rows.
fn counts_nothing(query: &Query) -> bool {
    let SetExpr::Select(select) = query.body.as_ref() else {
        return false;
    };
    let [SelectItem::UnnamedExpr(Expr::Function(function))] = select.projection.as_slice() else {
        return false;
    };
    let counts = names(&function.name)
        .last()
        .is_some_and(|name| name == "count");
    let mut rows = select.as_ref().clone();
    rows.projection.clear();
    counts && function.over.is_none() && rows.having.is_none() && self::select(&rows)
}

/// The constant that a subquery without rows stands for.
pub(crate) fn constant(expr: &Expr) -> Option<Expr> {
    let null = || Expr::Value(Value::Null.into());
    let boolean = |value| Expr::Value(Value::Boolean(value).into());
    match expr {
        Expr::Subquery(subquery) if query(subquery) => Some(null()),
        Expr::Subquery(subquery) if counts_nothing(subquery) => {
            Some(Expr::Value(Value::Number("0".to_owned(), false).into()))
        }
        Expr::Exists { subquery, negated } if query(subquery) => Some(boolean(*negated)),
        Expr::InSubquery {
            subquery, negated, ..
        } if query(subquery) => Some(boolean(*negated)),
        Expr::Function(Function {
            name,
            args: FunctionArguments::Subquery(subquery),
            ..
        }) if is_array(name) && query(subquery) => Some(super::rewrite::no_texts()),
        _ => None,
    }
}

/// Takes the subqueries out of what a SELECT without rows computes.
pub(crate) fn simplify(select: &mut Select) {
    let _ = select.projection.visit(&mut Blank);
    let _ = select.selection.visit(&mut Blank);
}

struct Blank;

impl VisitorMut for Blank {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        let blank = match expr {
            Expr::Subquery(_) | Expr::AnyOp { .. } | Expr::AllOp { .. } => {
                Expr::Value(Value::Null.into())
            }
            Expr::Exists { .. } | Expr::InSubquery { .. } => {
                Expr::Value(Value::Boolean(false).into())
            }
            Expr::Function(Function {
                name,
                args: FunctionArguments::Subquery(_),
                ..
            }) if is_array(name) => super::rewrite::no_texts(),
            _ => return ControlFlow::Continue(()),
        };
        *expr = blank;
        ControlFlow::Continue(())
    }
}
