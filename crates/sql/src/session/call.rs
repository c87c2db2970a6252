//! What a prepared statement is run with, and what its client was told of it.

use arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::{common::ParamValues, logical_expr::LogicalPlan, scalar::ScalarValue};

use crate::{Prepared, Result, SqlError, SqlState, query::convert::postgres_name};

/// One run of a statement.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Call<'a> {
    /// The values of $1, $2, …
    pub values: &'a [ScalarValue],
    /// The types that the client declared for them: `id * $1` is another operator with each.
    pub declared: &'a [Option<DataType>],
    /// The columns that the client was told of; `None`: it is told when the rows come.
    pub columns: Option<&'a SchemaRef>,
}

impl<'a> Call<'a> {
    pub fn of(prepared: &'a Prepared, values: &'a [ScalarValue]) -> Self {
        Call {
            values,
            declared: &prepared.declared,
            columns: prepared.columns.as_ref(),
        }
    }

    /// The plan with the values in their places.
    pub fn fill(&self, plan: LogicalPlan) -> Result<LogicalPlan> {
        match self.values.is_empty() {
            true => Ok(plan),
            false => Ok(plan.with_param_values(ParamValues::from(self.values.to_vec()))?),
        }
    }

    /// Refuses rows that do not fit the columns that the client was told of: it would read the bytes of one type as another's. To be
    /// asked before anything is committed, since drivers prepare such a statement again and run it once more.
    pub fn check_columns(&self, found: &Schema) -> Result<()> {
        match self.columns {
            Some(told) if !are_alike(told, found) => Err(SqlError::new(
                SqlState::FeatureNotSupported,
                "cached plan must not change result type",
            )
            .hint("prepare the statement again")),
            _ => Ok(()),
        }
    }
}

/// Whether two answers have the same columns, as a client sees them.
fn are_alike(left: &Schema, right: &Schema) -> bool {
    let pairs = left.fields().iter().zip(right.fields());
    left.fields().len() == right.fields().len()
        && pairs.into_iter().all(|(left, right)| {
            left.name() == right.name() && shown(left.data_type()) == shown(right.data_type())
        })
}

/// The name of a type as clients know it.
fn shown(ty: &DataType) -> String {
    match ty {
        DataType::Null | DataType::Utf8View => postgres_name(&DataType::Utf8),
        other => postgres_name(other),
    }
}
