//! Changes of rows by SQL: INSERT, UPSERT, UPDATE, DELETE.
//!
//! HOW DATA FLOWS
//!   1. `insert`, `update`, `delete` turn a statement into a query for the rows to write (or to remove), and run it to its end:
//!      a statement never sees its own writes.
//!   2. `assign` turns batches into datums of the columns' types, or errors.
//!   3. `writer::Writer` checks uniqueness and writes rows and index entries into the transaction.
//!
//! INVARIANTS
//!   Every index of the descriptor that the transaction itself read is kept up: `Writer::new` takes no other descriptor.
//!   A row that violates a constraint leaves nothing of its statement behind: the caller rolls the transaction back.

pub(crate) mod assign;
pub(crate) mod defaults;
pub(crate) mod delete;
pub(crate) mod insert;
pub(crate) mod update;
pub(crate) mod writer;

use std::sync::Arc;

use arrow::array::RecordBatch;
use cairn_catalog::{Privilege, TableDescriptor};
use cairn_storage::Transaction;
use cairn_syntax::ast::{Ident, ObjectName, ObjectNamePart};
use datafusion::logical_expr::LogicalPlan;
use futures::TryStreamExt;

use crate::{
    Result, SqlError, SqlState,
    access::Need,
    query::{Scope, names::resolve_table},
};

/// What a change works with.
pub(crate) struct Change<'a> {
    pub scope: &'a Scope,
    pub transaction: &'a Arc<Transaction>,
    pub row_ids: &'a cairn_rows::RowIds,
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
        Ok(cairn_catalog::read_table(self.transaction, found.id).await?)
    }

    /// Runs a query to its end.
    async fn rows(&self, plan: &LogicalPlan) -> Result<Vec<RecordBatch>> {
        let stream = self.scope.run(plan).await?;
        for id in self.scope.touched_tables() {
            cairn_catalog::read_table(self.transaction, id).await?;
        }
        Ok(stream.try_collect().await?)
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
