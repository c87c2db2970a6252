//! Binding: what must be done to a statement's tree before DataFusion plans it.

use std::ops::ControlFlow;

use arrow::datatypes::DataType as ArrowType;
use cairn_syntax::ast::{
    self, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList,
    FunctionArguments, Ident, ObjectName, Query, Value, VisitMut, visit_expressions,
    visit_expressions_mut,
};

use crate::{Result, SqlError};

/// Puts functions of ours in the place of what DataFusion cannot plan.
pub(crate) fn prepare_query(query: &mut Query) -> Result<()> {
    crate::pg_catalog::rewrite(query);
    crate::query::series::name_columns(query);
    prepare(query)
}

/// The same for any part of a tree.
pub(crate) fn prepare<T: VisitMut>(tree: &mut T) -> Result<()> {
    let mut failure = None;
    let _ = visit_expressions_mut(tree, |expr| match rewrite(expr) {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => {
            failure = Some(error);
            ControlFlow::Break(())
        }
    });
    failure.map_or(Ok(()), Err)
}

fn rewrite(expr: &mut Expr) -> Result<()> {
    match expr {
        Expr::Cast {
            data_type: DataType::Uuid,
            expr: inner,
            ..
        } => {
            let argument = std::mem::replace(inner.as_mut(), null());
            *expr = call("to_uuid", argument);
        }
        Expr::TypedString(typed) if typed.data_type == DataType::Uuid => {
            *expr = call("to_uuid", Expr::Value(typed.value.clone()));
        }
        // `x COLLATE pg_catalog.default` is what psql writes; it changes nothing.
        Expr::Collate {
            expr: inner,
            collation,
        } => {
            let name = collation.to_string().to_lowercase().replace('"', "");
            if !matches!(
                name.as_str(),
                "pg_catalog.default" | "default" | "c" | "pg_catalog.c"
            ) {
                return Err(SqlError::unsupported(format_args!("COLLATE {collation}")));
            }
            *expr = std::mem::replace(inner.as_mut(), null());
        }
        _ => {}
    }
    Ok(())
}

fn null() -> Expr {
    Expr::Value(Value::Null.into())
}

fn call(name: &str, argument: Expr) -> Expr {
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new(name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args: vec![FunctionArg::Unnamed(FunctionArgExpr::Expr(argument))],
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

/// Notes the type of a parameter that stands where a value of that type is wanted.
pub(crate) fn note_parameter(expr: &Expr, ty: &ArrowType, parameters: &mut Vec<Option<ArrowType>>) {
    let Expr::Value(value) = expr else { return };
    let Value::Placeholder(text) = &value.value else {
        return;
    };
    let Some(number) = placeholder(text) else {
        return;
    };
    if parameters.len() < number {
        parameters.resize(number, None);
    }
    if let Some(parameter) = parameters.get_mut(number - 1) {
        parameter.get_or_insert_with(|| ty.clone());
    }
}

/// The number of `$n`, at most what the wire protocol can carry.
fn placeholder(text: &str) -> Option<usize> {
    text.strip_prefix('$')?
        .parse()
        .ok()
        .filter(|number| (1..=65_535).contains(number))
}

/// The types of the parameters whose place says it: `$1::INT8`, `LIMIT $1`.
pub(crate) fn stated_parameters(statement: &ast::Statement) -> Vec<Option<ArrowType>> {
    let mut parameters = Vec::new();
    let _: ControlFlow<()> = visit_expressions(statement, |expr| {
        if let Expr::Cast {
            expr: inner,
            data_type,
            ..
        } = expr
            && let Ok(ty) = crate::schema::table::parameter_type(data_type)
        {
            note_parameter(inner, &ty, &mut parameters);
        }
        ControlFlow::Continue(())
    });
    if let ast::Statement::Query(query) = statement
        && let Some(ast::LimitClause::LimitOffset { limit, offset, .. }) = &query.limit_clause
    {
        for expr in limit
            .iter()
            .chain(offset.as_ref().map(|offset| &offset.value))
        {
            note_parameter(expr, &ArrowType::Int64, &mut parameters);
        }
    }
    parameters
}

/// The highest `$n` in a tree.
pub(crate) fn highest_parameter(statement: &ast::Statement) -> usize {
    let mut highest = 0;
    let _: ControlFlow<()> = visit_expressions(statement, |expr| {
        if let Expr::Value(value) = expr
            && let Value::Placeholder(text) = &value.value
        {
            highest = highest.max(placeholder(text).unwrap_or(0));
        }
        ControlFlow::Continue(())
    });
    highest
}
