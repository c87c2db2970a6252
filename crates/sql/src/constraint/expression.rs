//! One expression over the columns of one table, from its text to the values it has in a batch of rows.

use std::{collections::BTreeSet, ops::ControlFlow, sync::Arc};

use arrow::{
    array::{ArrayRef, RecordBatch},
    datatypes::{DataType, Field, Schema},
};
use cairn_catalog::{ColumnDescriptor, ColumnId, TableDescriptor};
use cairn_syntax::ast::{self, visit_expressions};
use datafusion::{
    common::{
        DFSchema,
        tree_node::{TreeNode, TreeNodeRecursion},
    },
    logical_expr::{
        EmptyRelation, Expr, LogicalPlan, Projection, Volatility, simplify::SimplifyContext,
    },
    optimizer::simplify_expressions::ExprSimplifier,
    physical_expr::PhysicalExpr,
};

use crate::{Result, SqlError, SqlState, bind, query::Scope};

/// What an expression is for: it says what may stand in it, and how a refusal calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Check,
    Computed,
}

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Self::Check => "check constraint",
            Self::Computed => "column generation expression",
        }
    }
}

/// A planned expression.
pub(crate) struct RowExpression {
    expression: Arc<dyn PhysicalExpr>,
    ty: DataType,
}

impl RowExpression {
    /// Plans an expression over these columns, which are all it may name.
    ///
    /// # Errors
    /// 42703 for other names; subqueries, aggregates and functions whose answer is not fixed are refused.
    pub fn plan(
        scope: &Scope,
        columns: &[&ColumnDescriptor],
        expression: &ast::Expr,
        purpose: Purpose,
    ) -> Result<Self> {
        refuse_queries(expression, purpose)?;
        let scope = &scope.of_every_session();
        let mut expression = expression.clone();
        bind::prepare(&mut expression)?;
        let fields: Vec<Field> = columns.iter().map(|column| field(column)).collect();
        let schema = DFSchema::try_from(Schema::new(fields))?;
        let expression = scope.plan_expression(expression, &schema)?;
        refuse_calls(&expression, purpose)?;
        let rows = LogicalPlan::EmptyRelation(EmptyRelation {
            produce_one_row: false,
            schema: Arc::new(schema.clone()),
        });
        let plan = LogicalPlan::Projection(Projection::try_new(vec![expression], Arc::new(rows))?);
        let state = &scope.state;
        let analyzed =
            state
                .analyzer()
                .execute_and_check(plan, state.config_options(), |_, _| {})?;
        let ty = analyzed.schema().field(0).data_type().clone();
        let Some(expression) = analyzed.expressions().into_iter().next() else {
            return Err(SqlError::internal("an expression was planned away"));
        };
        // Some functions, coalesce() among them, stand only for what they are simplified to.
        let context = SimplifyContext::builder()
            .with_schema(Arc::new(schema.clone()))
            .with_config_options(state.config_options().clone())
            .build();
        let expression = ExprSimplifier::new(context).simplify(expression.unalias())?;
        Ok(RowExpression {
            expression: state.create_physical_expr(expression, &schema)?,
            ty,
        })
    }

    pub fn data_type(&self) -> &DataType {
        &self.ty
    }

    /// Its value in each row; the batch has the columns it was planned over.
    pub fn evaluate(&self, batch: &RecordBatch) -> Result<ArrayRef> {
        Ok(self
            .expression
            .evaluate(batch)?
            .into_array(batch.num_rows())?)
    }
}

/// A column as expressions see it: while a row is being made, any of them may be NULL.
pub(crate) fn field(column: &ColumnDescriptor) -> Field {
    Field::new(&column.name, cairn_rows::arrow_type(&column.ty), true)
}

/// The ids of the columns that an expression names.
///
/// # Errors
/// 42703.
pub(crate) fn columns_of(table: &TableDescriptor, expression: &ast::Expr) -> Result<Vec<ColumnId>> {
    let names: BTreeSet<String> = cairn_syntax::columns_of(expression);
    names
        .iter()
        .map(|name| match table.column_named(name) {
            // One that is still being added may have its check already.
            Some(column) if !column.hidden => Ok(column.id),
            _ => Ok(crate::change::insert::column_named(table, name)?.id),
        })
        .collect()
}

fn refuse_queries(expression: &ast::Expr, purpose: Purpose) -> Result<()> {
    let found = visit_expressions(expression, |expr| match expr {
        ast::Expr::Subquery(_) | ast::Expr::Exists { .. } | ast::Expr::InSubquery { .. } => {
            ControlFlow::Break(SqlError::new(
                SqlState::FeatureNotSupported,
                format!("cannot use subquery in {}", purpose.name()),
            ))
        }
        ast::Expr::Value(value) if matches!(value.value, ast::Value::Placeholder(_)) => {
            ControlFlow::Break(SqlError::new(
                SqlState::UndefinedParameter,
                format!("there is no parameter in a {}: {value}", purpose.name()),
            ))
        }
        _ => ControlFlow::Continue(()),
    });
    match found {
        ControlFlow::Break(error) => Err(error),
        ControlFlow::Continue(()) => Ok(()),
    }
}

/// Functions over several rows, and those that answer now this, now that.
fn refuse_calls(expression: &Expr, purpose: Purpose) -> Result<()> {
    let mut refusal = None;
    expression.apply(|expr| {
        refusal = match expr {
            Expr::AggregateFunction(_) => Some(SqlError::new(
                SqlState::GroupingError,
                format!("aggregate functions are not allowed in {}s", purpose.name()),
            )),
            Expr::WindowFunction(_) => Some(SqlError::new(
                SqlState::WindowingError,
                format!("window functions are not allowed in {}s", purpose.name()),
            )),
            Expr::ScalarFunction(call) => {
                let volatility = call.func.signature().volatility;
                let fixed = match purpose {
                    // As in PostgreSQL, a condition may compare with now().
                    Purpose::Check => volatility != Volatility::Volatile,
                    Purpose::Computed => volatility == Volatility::Immutable,
                };
                (!fixed).then(|| {
                    SqlError::new(
                        SqlState::InvalidObjectDefinition,
                        format!(
                            "{} is not immutable: {}() may answer differently each time",
                            purpose.name(),
                            call.func.name()
                        ),
                    )
                })
            }
            _ => None,
        };
        Ok(match refusal {
            Some(_) => TreeNodeRecursion::Stop,
            None => TreeNodeRecursion::Continue,
        })
    })?;
    refusal.map_or(Ok(()), Err)
}
