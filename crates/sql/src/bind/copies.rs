//! `EXCEPT ALL` and `INTERSECT ALL`: `EXCEPT` and `INTERSECT` of rows that are numbered among their equals.
//!
//! Of n equal rows and m on the other side, n - m have a number that no row there has, and as many as the lesser of both one that a row
//! there has. DataFusion takes the two for joins, which do not count.

use std::ops::ControlFlow;

use cairn_syntax::ast::{
    ExcludeSelectItem, Ident, ObjectName, Query, Select, SelectItem, SetExpr, SetOperator,
    SetQuantifier, TableFactor, VisitorMut,
};

use super::walk;
use crate::query::copies::EVERY_COLUMN;
use crate::{Result, SqlError};

/// The column of the numbers. No name that a user gives begins so.
const NUMBER: &str = "\u{2}number";

/// Rewrites all set operations.
///
/// # Errors
/// None that is the user's.
pub(super) fn rewrite(query: &mut Query) -> Result<()> {
    walk(query, &mut Copies)
}

struct Copies;

impl VisitorMut for Copies {
    type Break = SqlError;

    fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<SqlError> {
        match settle(&mut query.body) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        }
    }
}

fn settle(body: &mut SetExpr) -> Result<()> {
    let SetExpr::SetOperation {
        op,
        set_quantifier,
        left,
        right,
    } = body
    else {
        return Ok(());
    };
    settle(left)?;
    settle(right)?;
    if *op == SetOperator::Union || !matches!(set_quantifier, SetQuantifier::All) {
        return Ok(());
    }
    let numbered = SetExpr::SetOperation {
        op: *op,
        set_quantifier: SetQuantifier::None,
        left: Box::new(numbered(left, "left")?),
        right: Box::new(numbered(right, "right")?),
    };
    let mut shown = select("*", "numbered", numbered)?;
    if let Some(SelectItem::Wildcard(options)) = shown.projection.first_mut() {
        let number = ObjectName::from(vec![Ident::with_quote('"', NUMBER)]);
        options.opt_exclude = Some(ExcludeSelectItem::Single(number));
    }
    *body = SetExpr::Select(shown);
    Ok(())
}

fn numbered(rows: &SetExpr, alias: &str) -> Result<SetExpr> {
    let columns =
        format!("*, row_number() OVER (PARTITION BY \"{EVERY_COLUMN}\"()) AS \"{NUMBER}\"");
    Ok(SetExpr::Select(select(&columns, alias, rows.clone())?))
}

/// Columns of some rows.
fn select(columns: &str, alias: &str, rows: SetExpr) -> Result<Box<Select>> {
    let text = format!("SELECT {columns} FROM (SELECT 1) AS \"{alias}\"");
    let SetExpr::Select(mut select) = *cairn_syntax::parse_query(&text)?.body else {
        return Err(SqlError::internal("a SELECT is none"));
    };
    for item in &mut select.from {
        if let TableFactor::Derived { subquery, .. } = &mut item.relation {
            *subquery.body = rows.clone();
        }
    }
    Ok(select)
}
