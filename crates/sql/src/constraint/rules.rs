//! What must hold of each single row of a table, and the columns computed from others.

use arrow::{
    array::{Array, AsArray, RecordBatch, RecordBatchOptions},
    datatypes::{Field, Schema},
};
use cairn_catalog::{ColumnDescriptor, ColumnId, TableDescriptor};
use cairn_rows::{Datum, Zone, batch_from_rows};
use cairn_syntax::ast;
use std::{collections::BTreeSet, sync::Arc};

use super::expression::{Purpose, RowExpression, columns_of, field};
use crate::{Result, SqlError, SqlState, change::assign, query::Scope};

/// NOT NULL, CHECKs and computed columns of one table, planned.
pub(crate) struct RowRules {
    table: TableDescriptor,
    /// The columns that expressions read, with their places in a row.
    reads: Vec<(usize, ColumnDescriptor)>,
    computed: Vec<Computed>,
    checks: Vec<Check>,
}

struct Computed {
    place: usize,
    column: ColumnDescriptor,
    expression: RowExpression,
}

struct Check {
    name: String,
    condition: RowExpression,
}

/// The first row that breaks a rule, and which.
pub(crate) struct Violation {
    /// Its place among the rows; `None` when an expression could not be evaluated: for which row, is not known.
    pub row: Option<usize>,
    pub error: SqlError,
}

impl From<SqlError> for Violation {
    fn from(error: SqlError) -> Self {
        Violation { row: None, error }
    }
}

impl RowRules {
    pub fn new(scope: &Scope, table: &TableDescriptor) -> Result<Self> {
        let mut computed = Vec::new();
        let mut named: BTreeSet<ColumnId> = BTreeSet::new();
        for (place, column) in table.columns.iter().enumerate() {
            if let Some(text) = &column.computed {
                let expression = cairn_syntax::parse_expression(text)?;
                named.extend(columns_of(table, &expression)?);
                computed.push((place, column, expression));
            }
        }
        let mut checks = Vec::new();
        for check in &table.checks {
            let condition = cairn_syntax::parse_expression(&check.condition)?;
            named.extend(columns_of(table, &condition)?);
            checks.push((check.name.clone(), condition));
        }
        let reads: Vec<(usize, ColumnDescriptor)> = table
            .columns
            .iter()
            .enumerate()
            .filter(|(_, column)| named.contains(&column.id))
            .map(|(place, column)| (place, column.clone()))
            .collect();
        let columns: Vec<&ColumnDescriptor> = reads.iter().map(|(_, column)| column).collect();
        let plan = |expression: &ast::Expr, purpose| {
            RowExpression::plan(scope, &columns, expression, purpose)
        };
        let computed = computed
            .into_iter()
            .map(|(place, column, expression)| {
                Ok(Computed {
                    place,
                    column: column.clone(),
                    expression: plan(&expression, Purpose::Computed)?,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        let checks = checks
            .into_iter()
            .map(|(name, condition)| {
                Ok(Check {
                    name,
                    condition: plan(&condition, Purpose::Check)?,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(RowRules {
            table: table.clone(),
            reads,
            computed,
            checks,
        })
    }

    /// Whether there is more to do than to look for NULLs.
    pub fn has_expressions(&self) -> bool {
        !self.computed.is_empty() || !self.checks.is_empty()
    }

    /// Fills in the computed columns, then checks everything.
    ///
    /// # Errors
    /// 23502 and 23514, of the first row that breaks a rule; what evaluating an expression fails with.
    pub fn apply<R: AsRef<[Datum]> + AsMut<[Datum]>>(
        &self,
        rows: &mut [R],
    ) -> Result<(), Violation> {
        self.compute(rows)?;
        self.check(rows)
    }

    fn compute<R: AsRef<[Datum]> + AsMut<[Datum]>>(&self, rows: &mut [R]) -> Result<()> {
        if self.computed.is_empty() {
            return Ok(());
        }
        let batch = self.batch(rows)?;
        for computed in &self.computed {
            let values = computed.expression.evaluate(&batch)?;
            let field = Field::new("computed", values.data_type().clone(), true);
            let values = RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![values])?;
            let values = assign::rows(&values, &[&computed.column], Zone::UTC)?;
            for (row, value) in rows.iter_mut().zip(values) {
                let value = value.into_iter().next().unwrap_or(Datum::Null);
                if let Some(cell) = row.as_mut().get_mut(computed.place) {
                    *cell = value;
                }
            }
        }
        Ok(())
    }

    /// The same for rows whose computed columns are right.
    pub fn check<R: AsRef<[Datum]>>(&self, rows: &[R]) -> Result<(), Violation> {
        let hole = rows.iter().enumerate().find_map(|(place, row)| {
            let column = null_where_none_may_be(&self.table, row.as_ref())?;
            Some((place, column, row.as_ref()))
        });
        let upto = hole.map_or(rows.len(), |(place, ..)| place);
        if let Some(violation) = self.violated(rows.get(..upto).unwrap_or_default())? {
            return Err(violation);
        }
        match hole {
            Some((row, column, values)) => Err(Violation {
                row: Some(row),
                error: not_null(&self.table, column).detail(failing_row(&self.table, values)),
            }),
            None => Ok(()),
        }
    }

    fn violated<R: AsRef<[Datum]>>(&self, rows: &[R]) -> Result<Option<Violation>> {
        if self.checks.is_empty() || rows.is_empty() {
            return Ok(None);
        }
        let batch = self.batch(rows)?;
        let mut first: Option<(usize, &Check)> = None;
        for check in &self.checks {
            let held = check.condition.evaluate(&batch)?;
            let held = held.as_boolean();
            let fails = (0..held.len()).find(|row| held.is_valid(*row) && !held.value(*row));
            if let Some(row) = fails
                && first.is_none_or(|(earlier, _)| row < earlier)
            {
                first = Some((row, check));
            }
        }
        Ok(first.map(|(row, check)| {
            let values = rows.get(row).map_or(&[][..], AsRef::as_ref);
            Violation {
                row: Some(row),
                error: check_violation(&self.table, &check.name)
                    .detail(failing_row(&self.table, values)),
            }
        }))
    }

    /// The columns that expressions read.
    fn batch<R: AsRef<[Datum]>>(&self, rows: &[R]) -> Result<RecordBatch> {
        let columns: Vec<ColumnDescriptor> = self
            .reads
            .iter()
            .map(|(_, column)| ColumnDescriptor {
                nullable: true,
                ..column.clone()
            })
            .collect();
        let cells = |row: &R| -> Vec<Datum> {
            self.reads
                .iter()
                .map(|(place, _)| row.as_ref().get(*place).cloned().unwrap_or(Datum::Null))
                .collect()
        };
        let rows: Vec<Vec<Datum>> = rows.iter().map(cells).collect();
        let batch = batch_from_rows(&columns, &rows)?;
        let fields: Vec<Field> = columns.iter().map(field).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        Ok(RecordBatch::try_new_with_options(
            Arc::new(Schema::new(fields)),
            batch.columns().to_vec(),
            &options,
        )?)
    }
}

fn null_where_none_may_be<'a>(
    table: &'a TableDescriptor,
    row: &[Datum],
) -> Option<&'a ColumnDescriptor> {
    table
        .columns
        .iter()
        .zip(row)
        .find(|(column, value)| value.is_null() && !column.nullable)
        .map(|(column, _)| column)
}

/// 23502.
pub(crate) fn not_null(table: &TableDescriptor, column: &ColumnDescriptor) -> SqlError {
    SqlError::new(
        SqlState::NotNullViolation,
        format!(
            "null value in column {:?} of relation {:?} violates not-null constraint",
            column.name, table.name
        ),
    )
    .relation(&table.name)
    .column(&column.name)
}

/// 23514.
pub(crate) fn check_violation(table: &TableDescriptor, name: &str) -> SqlError {
    SqlError::new(
        SqlState::CheckViolation,
        format!(
            "new row for relation {:?} violates check constraint {name:?}",
            table.name
        ),
    )
    .relation(&table.name)
    .constraint(name)
}

/// `Failing row contains (1, null, x).`
fn failing_row(table: &TableDescriptor, row: &[Datum]) -> String {
    let shown: Vec<String> = table
        .columns
        .iter()
        .zip(row)
        .filter(|(column, _)| column.is_visible())
        .map(|(column, value)| text(value, column))
        .collect();
    format!("Failing row contains ({}).", shown.join(", "))
}

/// A value as details of errors show it, at most 64 characters of it.
pub(crate) fn text(value: &Datum, column: &ColumnDescriptor) -> String {
    if value.is_null() {
        return "null".to_owned();
    }
    let mut text = String::new();
    value.write_text(&column.ty, &mut text);
    match text.char_indices().nth(64) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
