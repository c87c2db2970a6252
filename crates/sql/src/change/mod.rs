//! Changes of rows by SQL: INSERT, UPSERT, UPDATE, DELETE.
//!
//! HOW DATA FLOWS
//!   1. `insert`, `update`, `delete` turn a statement into a query for the rows to write (or to remove), and take its batches as they
//!      come. The query reads through a `StatementView`: a statement never sees its own writes.
//!   2. `assign` turns batches into datums of the columns' types, or errors.
//!   3. `conflict` decides about new rows whose keys are taken.
//!   4. `writer::Writer` checks uniqueness and writes rows and index entries into the transaction.
//!   5. `returning` makes the rows of a RETURNING clause of what was written.
//!
//! INVARIANTS
//!   Every index of the descriptor that the transaction itself read is kept up: `Writer::new` takes no other descriptor.
//!   A row that violates a constraint leaves nothing of its statement behind: the caller rolls the transaction back.
//!
//! MEMORY
//!   A batch at a time, the writes themselves (the commit limit bounds them), and the rows for RETURNING.

pub(crate) mod assign;
pub(crate) mod conflict;
pub(crate) mod defaults;
pub(crate) mod delete;
pub(crate) mod identity;
pub(crate) mod insert;
mod mirror;
pub(crate) mod returning;
pub(crate) mod update;
pub(crate) mod writer;

use std::sync::Arc;

use arrow::array::RecordBatch;
use cairn_catalog::{Privilege, TableDescriptor};
use cairn_rows::{Datum, batch_from_rows};
use cairn_storage::{StatementView, Transaction};
use cairn_syntax::ast::{Ident, ObjectName, ObjectNamePart};
use datafusion::{
    common::ParamValues, execution::SendableRecordBatchStream, logical_expr::LogicalPlan,
    scalar::ScalarValue,
};

use crate::{
    Result, SqlError, SqlState,
    access::Need,
    query::{
        Scope,
        names::{check_writable, resolve_table},
    },
};

/// What a change works with.
pub(crate) struct Change<'a> {
    /// Reads through `view`.
    pub scope: &'a Scope,
    pub transaction: &'a Arc<Transaction>,
    pub view: &'a StatementView,
    pub row_ids: &'a cairn_rows::RowIds,
    /// The values of $1, $2, …
    pub values: &'a [ScalarValue],
    /// What an INSERT says about identity columns.
    pub overriding: Option<cairn_syntax::Overriding>,
}

impl Change<'_> {
    /// The table as the transaction itself reads it, so that schema changes conflict with this one. `needs` is all that the
    /// statement does with it.
    async fn table(&self, name: &ObjectName, needs: &[Privilege]) -> Result<TableDescriptor> {
        let parts = name_parts(name)?;
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let found = resolve_table(self.scope, &parts, Need::Nothing)?;
        for need in needs {
            self.scope.access.relation(&found, *need)?;
        }
        check_writable(&found, "change rows of")?;
        Ok(cairn_catalog::read_table(self.transaction, found.id).await?)
    }

    /// Starts a query.
    async fn rows(&self, plan: LogicalPlan) -> Result<SendableRecordBatchStream> {
        let stream = self.scope.run(&self.with_values(plan)?).await?;
        for id in self.scope.touched_tables() {
            cairn_catalog::read_table(self.transaction, id).await?;
        }
        Ok(stream)
    }

    fn with_values(&self, plan: LogicalPlan) -> Result<LogicalPlan> {
        match self.values.is_empty() {
            true => Ok(plan),
            false => Ok(plan.with_param_values(ParamValues::from(self.values.to_vec()))?),
        }
    }
}

/// What a change has done.
pub(crate) struct Written {
    pub table: TableDescriptor,
    /// Rows inserted, updated or deleted.
    pub count: u64,
    /// Those rows, all columns of the table, if they are wanted.
    pub batches: Option<Vec<RecordBatch>>,
}

impl Written {
    fn new(table: &TableDescriptor, is_returning: bool) -> Self {
        Written {
            table: table.clone(),
            count: 0,
            batches: is_returning.then(Vec::new),
        }
    }

    fn add<R: AsRef<[Datum]>>(&mut self, rows: &[R]) -> Result<()> {
        self.count += rows.len() as u64;
        if let Some(batches) = &mut self.batches
            && !rows.is_empty()
        {
            batches.push(batch_from_rows(&self.table.columns, rows)?);
        }
        Ok(())
    }
}

/// The parts of a name, folded.
pub(crate) fn name_parts(name: &ObjectName) -> Result<Vec<String>> {
    name.0
        .iter()
        .map(|part| match part {
            ObjectNamePart::Identifier(ident) => Ok(cairn_syntax::Name::folded(ident).0),
            ObjectNamePart::Function(_) => Err(SqlError::new(
                SqlState::SyntaxError,
                format!("syntax error: {name} is no name"),
            )),
        })
        .collect()
}

/// An identifier for a name that is already folded.
pub(crate) fn ident(name: &str) -> Ident {
    Ident::with_quote('"', name)
}
