//! Constraints: what must hold of a row, and between rows of two tables.
//!
//! WHAT
//!   CHECKs and computed columns concern one row, foreign keys concern two. NOT NULL is here too; uniqueness is the writer's matter
//!   (`change::writer`), since an index is at hand there. How constraints are declared is `schema::constraint`'s matter.
//!
//! HOW DATA FLOWS
//!   1. `expression` plans a stored text over the columns of one table; `rules::RowRules` is all of a table's, planned.
//!   2. Whoever makes rows calls `RowRules::apply` before they are written: computed columns are filled in, the rest is checked.
//!   3. `log::Log` notes which keys a statement's rows took, left or changed.
//!   4. At the end of the statement `consequences::settle` follows the keys that went: CASCADE and SET NULL change the referring rows,
//!      which is noted in turn, until nothing is left; then what must be there is looked up.
//!   5. `validate` looks at rows that were written before a constraint was.
//!
//! INVARIANTS
//!   No orphan, whoever commits first: a row that refers reads the row it refers to, and a row that goes reads the span where rows
//!   that refer to it would be, both through the transaction that writes.
//!   Every table whose rows change is read as a descriptor through the transaction.
//!   Chains of cascades take no stack: `settle` works a queue off.
//!
//! ERRORS
//!   23502, 23503, 23514, with the table's, the column's and the constraint's name.
//!
//! LEFT OUT
//!   DEFERRABLE, MATCH FULL, SET DEFAULT: refused by name.

pub(crate) mod consequences;
pub(crate) mod definition;
pub(crate) mod expression;
pub(crate) mod link;
pub(crate) mod log;
pub(crate) mod rules;
pub(crate) mod validate;

use std::sync::Arc;

use cairn_catalog::TableDescriptor;
use cairn_rows::Datum;
use cairn_storage::Transaction;

use crate::{Result, change::writer::Writer, query::Scope};
use log::{Log, Tables};
use rules::RowRules;

/// What the new rows of one table meet before they are written.
pub(crate) struct Checks {
    rules: RowRules,
}

impl Checks {
    /// `table` is as the transaction itself read it.
    pub fn new(scope: &Scope, table: &TableDescriptor) -> Result<Self> {
        Ok(Checks {
            rules: RowRules::new(scope, table)?,
        })
    }

    /// Fills in the computed columns of new rows and looks at NOT NULL and the CHECKs. Goes before a row's key is looked at.
    pub fn before(&self, rows: &mut [Vec<Datum>]) -> Result<()> {
        self.rules.apply(rows).map_err(|violation| violation.error)
    }
}

/// A writer that notes what its changes mean for foreign keys; the statement ends with `consequences::settle`.
pub(crate) async fn writer<'a>(
    transaction: &'a Arc<Transaction>,
    table: &TableDescriptor,
) -> Result<Writer<'a>> {
    let log = Log::open(
        transaction,
        &Arc::new(table.clone()),
        &mut Tables::default(),
    )
    .await?;
    Ok(Writer::new(transaction, table.clone())?.noting(log))
}
