//! Functions of one value in a FROM list: `FROM upper(x) AS u` is `FROM (SELECT upper(x)) AS u(u)`.

use std::ops::ControlFlow;

use cairn_syntax::ast::{
    Expr, Function, FunctionArg, FunctionArgumentList, FunctionArguments, ObjectName, Query,
    Select, SelectItem, SetExpr, TableAlias, TableFactor, VisitorMut,
};

use super::{number, sets, walk};
use crate::pg_catalog::{PG_CATALOG, kind_of_function};
use crate::{Result, SqlError, SqlState};

/// Rewrites all FROM lists.
///
/// # Errors
/// 42803 and 42809 for functions that need the rows of a query.
pub(super) fn rewrite(query: &mut Query) -> Result<()> {
    walk(query, &mut Calls)
}

struct Calls;

impl VisitorMut for Calls {
    type Break = SqlError;

    /// What stands first in a FROM list has no table before it.
    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<SqlError> {
        match select.from.first_mut() {
            Some(first) => replace(&mut first.relation, true),
            None => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<SqlError> {
        replace(factor, false)
    }
}

/// Puts the query in the place of a call.
fn replace(factor: &mut TableFactor, is_first: bool) -> ControlFlow<SqlError> {
    match Call::of(factor).map(|call| call.into_query(is_first)) {
        None => {}
        Some(Ok(query)) => *factor = query,
        Some(Err(error)) => return ControlFlow::Break(error),
    }
    ControlFlow::Continue(())
}

/// A call of a function that is not known to give rows.
struct Call {
    name: ObjectName,
    /// The name's last part, folded.
    folded: String,
    arguments: Vec<FunctionArg>,
    alias: Option<TableAlias>,
    with_ordinality: bool,
}

impl Call {
    fn of(factor: &TableFactor) -> Option<Call> {
        let (name, arguments, alias, with_ordinality) = match factor {
            TableFactor::Table {
                name,
                args: Some(arguments),
                alias,
                with_ordinality,
                ..
            } => (name, &arguments.args, alias, *with_ordinality),
            TableFactor::Function {
                name,
                args,
                alias,
                with_ordinality,
                ..
            } => (name, args, alias, *with_ordinality),
            _ => return None,
        };
        let folded = match cairn_syntax::parts(name).as_slice() {
            [schema, name] if schema == PG_CATALOG => name.clone(),
            [name] => name.clone(),
            _ => return None,
        };
        let gives_value = !sets::gives_rows(&folded);
        gives_value.then(|| Call {
            name: name.clone(),
            folded,
            arguments: arguments.clone(),
            alias: alias.clone(),
            with_ordinality,
        })
    }

    /// The one row of it, under the names that PostgreSQL gives its columns.
    fn into_query(self, is_first: bool) -> Result<TableFactor> {
        self.check()?;
        let mut alias = self.alias.unwrap_or_else(|| TableAlias {
            explicit: true,
            name: cairn_syntax::identifier(&self.folded),
            columns: Vec::new(),
            at: None,
        });
        if alias.columns.is_empty() {
            alias.columns.push(sets::column(alias.name.clone()));
        }
        let lateral = !is_first && self.arguments.iter().any(sets::names_columns);
        let mut columns = vec![call(self.name, self.arguments)];
        if self.with_ordinality {
            if alias.columns.len() == 1 {
                alias.columns.push(sets::column("ordinality".into()));
            }
            columns.push(number("1"));
        }
        Ok(TableFactor::Derived {
            lateral,
            subquery: Box::new(row(columns)?),
            alias: Some(alias),
            sample: None,
        })
    }

    fn check(&self) -> Result<()> {
        match kind_of_function(&self.folded) {
            Some("a") => Err(SqlError::new(
                SqlState::GroupingError,
                "aggregate functions are not allowed in functions in FROM",
            )),
            Some("w") => Err(SqlError::new(
                SqlState::WrongObjectType,
                format!("window function {} requires an OVER clause", self.folded),
            )),
            _ => Ok(()),
        }
    }
}

fn call(name: ObjectName, args: Vec<FunctionArg>) -> Expr {
    Expr::Function(Function {
        name,
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args,
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

/// `SELECT columns`, each under a name of its own.
fn row(columns: Vec<Expr>) -> Result<Query> {
    let mut query = cairn_syntax::parse_query("SELECT 1")?;
    if let SetExpr::Select(select) = query.body.as_mut() {
        let named = columns.into_iter().enumerate();
        let named = named.map(|(place, expr)| SelectItem::ExprWithAlias {
            expr,
            alias: cairn_syntax::identifier(&format!("column{place}")),
        });
        select.projection = named.collect();
    }
    Ok(query)
}
