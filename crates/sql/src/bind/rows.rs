//! Rows compared with rows: field by field, as SQL defines it. DataFusion would compare them as values of one type.
//!
//! A subquery's rows get names (`ROWS`) that no column of a user's has, and stand in the FROM of another: `(a, b) IN (SELECT x, y …)` asks
//! whether there are any that are equal, and whether there are any of which that hangs on a NULL.

use std::ops::ControlFlow;

use cairn_syntax::ast::{
    BinaryOperator, CaseWhen, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, Query,
    Select, SelectItem, TableAlias, TableFactor, UnaryOperator, Value, Visit, Visitor, VisitorMut,
    helpers::attached_token::AttachedToken,
};

use super::{null, select_of, sets, walk};
use crate::{Result, SqlError, SqlState};

/// The name of a subquery whose rows are compared.
const ROWS: &str = "\u{2}rows";

/// So deep rows may be looked for in subqueries of subqueries.
const DEEPEST: usize = 4;

/// Rewrites a comparison whose operands are ready, if it is one of rows.
pub(super) fn rewrite(expr: &mut Expr) {
    match expr {
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
        _ => {}
    }
}

/// What must be so of each field: a row of which some are NULL neither IS NULL nor IS NOT NULL. One without fields is both.
fn all(fields: Vec<Expr>, is: fn(Box<Expr>) -> Expr) -> Expr {
    let each = fields.into_iter().map(|field| is(Box::new(field)));
    let both = each.reduce(|all, one| binary(all, BinaryOperator::And, one));
    both.unwrap_or_else(|| boolean(true))
}

fn boolean(value: bool) -> Expr {
    Expr::Value(Value::Boolean(value).into())
}

/// The same for a row and a subquery.
///
/// # Errors
/// None that is the user's.
pub(super) fn rewrite_subquery(expr: &mut Expr) -> Result<()> {
    let compared = match &*expr {
        Expr::InSubquery {
            expr: value,
            subquery,
            negated,
        } => match row(value) {
            Some(values) => Some(within(values, subquery, *negated)?),
            None => None,
        },
        Expr::BinaryOp { left, op, right } => match (row(left), right.as_ref()) {
            (Some(values), Expr::Subquery(rows)) => {
                let fields = fields_of(values.len());
                match compare_rows(op, values, &fields) {
                    Some(compared) => {
                        let shown = SelectItem::UnnamedExpr(compared);
                        let query = select(shown, rows, fields.len(), None)?;
                        Some(Expr::Subquery(Box::new(query)))
                    }
                    None => None,
                }
            }
            _ => None,
        },
        _ => None,
    };
    if let Some(compared) = compared {
        *expr = compared;
    }
    Ok(())
}

/// In conditions a NULL is as good as false: `(a, b) IN (SELECT …)` that is one by itself only asks for equal rows, and NOT IN that there
/// be none of either kind.
///
/// # Errors
/// 54001 for such conditions within each other too often: what is asked in them stands there twice afterwards.
pub(super) fn rewrite_conditions(query: &mut Query) -> Result<()> {
    if Visit::visit(query, &mut Nesting::default()).is_break() {
        let message = format!("rows are looked for in subqueries more than {DEEPEST} deep");
        return Err(SqlError::new(SqlState::StatementTooComplex, message));
    }
    walk(query, &mut Conditions)
}

/// How deep rows are looked for in subqueries of subqueries.
#[derive(Default)]
struct Nesting(usize);

impl Visitor for Nesting {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        self.0 += usize::from(looks_for_row(expr));
        match self.0 > DEEPEST {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    }

    fn post_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        self.0 -= usize::from(looks_for_row(expr));
        ControlFlow::Continue(())
    }
}

fn looks_for_row(expr: &Expr) -> bool {
    matches!(expr, Expr::InSubquery { expr: value, .. } if row(value).is_some())
}

struct Conditions;

impl VisitorMut for Conditions {
    type Break = SqlError;

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<SqlError> {
        match select.selection.as_mut().map_or(Ok(()), condition) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        }
    }
}

fn condition(expr: &mut Expr) -> Result<()> {
    match expr {
        Expr::BinaryOp {
            left,
            op: BinaryOperator::And,
            right,
        } => {
            condition(left)?;
            condition(right)
        }
        Expr::Nested(inner) => condition(inner),
        Expr::InSubquery {
            expr: value,
            subquery,
            negated,
        } => {
            if let Some(values) = row(value) {
                let equal = exists(equal_fields(values), subquery, values.len(), *negated)?;
                *expr = match negated {
                    true => {
                        let hangs = hanging(values, subquery, true)?;
                        binary(equal, BinaryOperator::And, hangs)
                    }
                    false => equal,
                };
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// `values IN (rows)`, which may be NULL.
fn within(values: &[Expr], rows: &Query, negated: bool) -> Result<Expr> {
    let case = |condition: Expr, result: Expr| CaseWhen { condition, result };
    Ok(Expr::Case {
        case_token: AttachedToken::empty(),
        end_token: AttachedToken::empty(),
        operand: None,
        conditions: vec![
            case(
                exists(equal_fields(values), rows, values.len(), false)?,
                boolean(!negated),
            ),
            case(hanging(values, rows, false)?, null()),
        ],
        else_result: Some(Box::new(boolean(negated))),
    })
}

/// Whether there are rows of which a NULL keeps from knowing whether they are equal.
fn hanging(values: &[Expr], rows: &Query, negated: bool) -> Result<Expr> {
    let unknown = equal_fields(values).map(|equal| Expr::IsNull(Box::new(equal)));
    exists(unknown, rows, values.len(), negated)
}

fn equal_fields(values: &[Expr]) -> Option<Expr> {
    compare_rows(&BinaryOperator::Eq, values, &fields_of(values.len()))
}

/// Whether a subquery has rows of so many columns that fulfil a condition.
fn exists(condition: Option<Expr>, rows: &Query, width: usize, negated: bool) -> Result<Expr> {
    let one = SelectItem::UnnamedExpr(super::number("1"));
    Ok(Expr::Exists {
        subquery: Box::new(select(one, rows, width, condition)?),
        negated,
    })
}

/// `SELECT shown FROM (rows) WHERE condition`.
fn select(shown: SelectItem, rows: &Query, width: usize, condition: Option<Expr>) -> Result<Query> {
    let mut query = cairn_syntax::parse_query("SELECT 1 FROM (SELECT 1) AS given")?;
    let select = select_of(&mut query)?;
    select.projection = vec![shown];
    select.selection = condition;
    for item in &mut select.from {
        if let TableFactor::Derived {
            subquery, alias, ..
        } = &mut item.relation
        {
            **subquery = rows.clone();
            *alias = Some(TableAlias {
                explicit: true,
                name: marked(ROWS.to_owned()),
                columns: (0..width)
                    .map(|place| sets::column(name_of(place)))
                    .collect(),
                at: None,
            });
        }
    }
    Ok(query)
}

fn fields_of(width: usize) -> Vec<Expr> {
    let names = (0..width).map(name_of);
    names
        .map(|name| Expr::CompoundIdentifier(vec![marked(ROWS.to_owned()), name]))
        .collect()
}

fn name_of(place: usize) -> Ident {
    marked(format!("\u{2}field {place}"))
}

fn marked(name: String) -> Ident {
    Ident::with_quote('"', name)
}

/// The fields of a row that is asked for NULLs; `ROW(…)` is still a call then.
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

/// The fields of `(a, b)`.
pub(super) fn row(expr: &Expr) -> Option<&[Expr]> {
    match expr {
        Expr::Tuple(fields) => Some(fields),
        _ => None,
    }
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
