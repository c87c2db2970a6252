//! `generate_series` in a FROM list, as PostgreSQL names and types it.

use std::{ops::ControlFlow, sync::Arc};

use arrow::datatypes::DataType;
use cairn_syntax::ast::{
    Query, TableAlias, TableAliasColumnDef, TableFactor, VisitMut, VisitorMut,
};
use datafusion::{
    catalog::TableFunctionArgs,
    common::{DFSchema, Result},
    datasource::TableProvider,
    logical_expr::{Expr, ExprSchemable, cast, simplify::SimplifyContext},
    optimizer::simplify_expressions::ExprSimplifier,
};

use super::Scope;
use crate::{SqlError, SqlState};

/// Gives a function's one column the name of its alias, or its own.
pub(crate) fn name_columns(query: &mut Query) {
    struct Namer;
    impl VisitorMut for Namer {
        type Break = ();
        fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
            if let TableFactor::Table {
                name,
                args: Some(_),
                alias,
                ..
            } = factor
                && let Some(function) = name.0.last().and_then(|part| part.as_ident())
                && function.value.eq_ignore_ascii_case("generate_series")
            {
                let alias = alias.get_or_insert_with(|| TableAlias {
                    explicit: true,
                    name: function.clone(),
                    columns: Vec::new(),
                    at: None,
                });
                if alias.columns.is_empty() {
                    alias.columns.push(TableAliasColumnDef {
                        name: alias.name.clone(),
                        data_type: None,
                    });
                }
            }
            ControlFlow::Continue(())
        }
    }
    let _ = VisitMut::visit(query, &mut Namer);
}

/// The rows of a function in a FROM list. Its arguments are constants.
pub(super) fn provider(
    scope: &Scope,
    name: &str,
    arguments: Vec<Expr>,
) -> Result<Arc<dyn TableProvider>> {
    let Some(function) = scope.state.table_functions().get(name) else {
        return Err(SqlError::new(
            SqlState::UndefinedFunction,
            format!("function {name} does not exist"),
        )
        .into());
    };
    let arguments = arguments
        .into_iter()
        .map(constant)
        .collect::<Result<Vec<Expr>>>()?;
    function
        .create_table_provider_with_args(TableFunctionArgs::new(&arguments, scope.state.as_ref()))
}

/// An argument as a literal; every integer is a BIGINT.
fn constant(argument: Expr) -> Result<Expr> {
    let wide = match argument.get_type(&DFSchema::empty())? {
        DataType::Int16 | DataType::Int32 => cast(argument, DataType::Int64),
        DataType::Int64 | DataType::Null => argument,
        _ => return Err(SqlError::unsupported("generate_series of anything but integers").into()),
    };
    match ExprSimplifier::new(SimplifyContext::default()).simplify(wide)? {
        literal @ Expr::Literal(..) => Ok(literal),
        _ => Err(
            SqlError::unsupported("a function in FROM whose arguments are not constants").into(),
        ),
    }
}
