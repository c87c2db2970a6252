//! `generate_series` in a FROM list, as PostgreSQL names and types it: integers are DataFusion's, all else is ours.

mod table;
pub(crate) mod values;

use std::{ops::ControlFlow, sync::Arc};

use arrow::datatypes::DataType;
use cairn_catalog::ColumnType;
use cairn_syntax::ast::{
    Query, TableAlias, TableAliasColumnDef, TableFactor, VisitMut, VisitorMut,
};
use datafusion::{
    catalog::TableFunctionArgs,
    common::{DFSchema, Result, ScalarValue},
    datasource::TableProvider,
    logical_expr::{Expr, ExprSchemable, simplify::SimplifyContext},
    optimizer::simplify_expressions::ExprSimplifier,
};

use super::Scope;
use super::convert::{Purpose, convert};
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
        .map(|argument| constant(scope, argument))
        .collect::<Result<Vec<ScalarValue>>>()?;
    let types: Vec<DataType> = arguments.iter().map(ScalarValue::data_type).collect();
    let is_known = |ty: &DataType| {
        let known = cairn_rows::column_type(ty);
        !matches!(
            known,
            Some(ColumnType::Float4 | ColumnType::Float8 | ColumnType::Bool)
        )
    };
    if !types.iter().all(is_known) {
        let problem = format!("function {name} does not exist for these types");
        return Err(SqlError::new(SqlState::UndefinedFunction, problem).into());
    }
    let Some((ends, step)) = types_of(&types) else {
        let whole = |value: ScalarValue| {
            let whole = if value.is_null() {
                ScalarValue::Null
            } else {
                value.cast_to(&DataType::Int64)?
            };
            Ok(Expr::Literal(whole, None))
        };
        let arguments = arguments
            .into_iter()
            .map(whole)
            .collect::<Result<Vec<Expr>>>()?;
        return function.create_table_provider_with_args(TableFunctionArgs::new(
            &arguments,
            scope.state.as_ref(),
        ));
    };
    let zone = scope.facts.zone;
    let values = arguments.iter().enumerate().map(|(place, value)| {
        let ty = if place == 2 { step } else { ends };
        let array = convert(&value.to_array()?, &ty, Purpose::Cast, zone)?;
        Ok(cairn_rows::datum_at(&array, 0, &ty).map_err(SqlError::from)?)
    });
    table::provider(values.collect::<Result<_>>()?, ends, zone)
}

/// The type of the values of a series of such arguments, and of its step; None for integers.
fn types_of(arguments: &[DataType]) -> Option<(ColumnType, ColumnType)> {
    let types: Vec<ColumnType> = arguments
        .iter()
        .filter_map(cairn_rows::column_type)
        .collect();
    let is_number =
        |ty: &ColumnType| matches!(ty, ColumnType::Decimal { .. } | ColumnType::Numeric);
    let ends = types.get(..types.len().min(2)).unwrap_or_default();
    if types.iter().any(is_number) {
        Some((ColumnType::Numeric, ColumnType::Numeric))
    } else if ends.contains(&ColumnType::Timestamp) {
        Some((ColumnType::Timestamp, ColumnType::Interval))
    } else if ends
        .iter()
        .any(|ty| matches!(ty, ColumnType::Date | ColumnType::TimestampTz))
    {
        Some((ColumnType::TimestampTz, ColumnType::Interval))
    } else {
        None
    }
}

/// What an argument is.
fn constant(scope: &Scope, argument: Expr) -> Result<ScalarValue> {
    argument.get_type(&DFSchema::empty())?;
    let context = SimplifyContext::builder()
        .with_config_options(scope.state.config_options().clone())
        .build();
    match ExprSimplifier::new(context).simplify(argument)? {
        Expr::Literal(value, _) => Ok(value),
        _ => Err(
            SqlError::unsupported("a function in FROM whose arguments are not constants").into(),
        ),
    }
}
