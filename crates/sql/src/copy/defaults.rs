//! What the columns that a COPY does not name get: their DEFAULTs, evaluated for each row.

use std::sync::Arc;

use arrow::{
    array::{RecordBatch, RecordBatchOptions},
    datatypes::{Field, Schema},
};
use cairn_catalog::{ColumnDescriptor, TableDescriptor};
use cairn_rows::{Datum, Zone};
use cairn_syntax::{Statement, ast};
use datafusion::{common::DFSchema, logical_expr::LogicalPlan, physical_expr::PhysicalExpr};

use crate::{Result, SqlError, bind, change::assign, query::Scope};

#[derive(Default)]
pub(crate) struct Defaults {
    values: Vec<Default>,
}

struct Default {
    place: usize,
    column: ColumnDescriptor,
    expression: Arc<dyn PhysicalExpr>,
    /// The session's.
    zone: Zone,
}

impl Defaults {
    /// The defaults of the columns that are not among `named`.
    pub fn new(scope: &Scope, table: &TableDescriptor, named: &[ColumnDescriptor]) -> Result<Self> {
        let mut values = Vec::new();
        for (place, column) in table.columns.iter().enumerate() {
            let Some(text) = &column.default else {
                continue;
            };
            if named.iter().all(|named| named.id != column.id) {
                values.push(Default {
                    place,
                    column: column.clone(),
                    expression: expression(scope, text)?,
                    zone: scope.facts.zone,
                });
            }
        }
        Ok(Defaults { values })
    }

    /// The values for so many rows, by their places in a row.
    pub fn evaluate(&self, rows: usize) -> Result<Vec<(usize, Vec<Datum>)>> {
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let nothing =
            RecordBatch::try_new_with_options(Arc::new(Schema::empty()), Vec::new(), &options)?;
        self.values
            .iter()
            .map(|default| Ok((default.place, default.evaluate(&nothing)?)))
            .collect()
    }
}

impl Default {
    fn evaluate(&self, nothing: &RecordBatch) -> Result<Vec<Datum>> {
        let array = self
            .expression
            .evaluate(nothing)?
            .into_array(nothing.num_rows())?;
        let field = Field::new("default", array.data_type().clone(), true);
        let batch = RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![array])?;
        let rows = assign::rows(&batch, &[&self.column], self.zone)?;
        Ok(rows
            .into_iter()
            .filter_map(|row| row.into_iter().next())
            .collect())
    }
}

/// The expression as it is planned in `SELECT <default>`.
fn expression(scope: &Scope, text: &str) -> Result<Arc<dyn PhysicalExpr>> {
    let planless = || SqlError::internal(format!("the default {text} is no expression"));
    let parsed = cairn_syntax::parse_one(&format!("SELECT {text}"))?.map(|parsed| parsed.statement);
    let Some(Statement::Sql(query)) = parsed else {
        return Err(planless());
    };
    let ast::Statement::Query(mut query) = query.statement() else {
        return Err(planless());
    };
    bind::prepare_query(&mut query)?;
    let plan = scope.state.optimize(&scope.plan_query(*query, &[])?)?;
    let LogicalPlan::Projection(projection) = plan else {
        return Err(planless());
    };
    let [expression] = projection.expr.as_slice() else {
        return Err(planless());
    };
    Ok(scope
        .state
        .create_physical_expr(expression.clone().unalias(), &DFSchema::empty())?)
}
