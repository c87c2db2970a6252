//! ALTER TABLE: a table's definition changed, action by action.
//!
//! HOW DATA FLOWS
//!   1. `choose_pace` looks whether an action needs more than one commit: rows have to be filled or looked at, and there are some.
//!   2. If none does, `Alteration::apply` changes the descriptor by each action in turn, and `finish` stores it: all in the caller's
//!      transaction, which may be the client's own.
//!   3. Otherwise the actions that add something are applied as write-only in a first commit, `online` fills and checks what they
//!      added as a job, and its last commit applies the other actions and makes all of it public.
//!
//! INVARIANTS
//!   Nothing is written before `finish`: an action that fails leaves nothing behind.
//!   The order of actions is that of the statement, except that a stepwise statement adds first (`is_additive`).

pub(crate) mod columns;
pub(crate) mod constraints;
pub(crate) mod names;
pub(crate) mod primary_key;

use std::{collections::BTreeSet, sync::Arc};

use cairn_catalog::{
    ColumnId, FIRST_USER_ID, ForeignKey, Part, Privilege, SchemaChange, TableDescriptor, TableId,
};
use cairn_rows::primary_span;
use cairn_storage::{Read, ScanLimit, Transaction};
use cairn_syntax::ast::{AlterTable, AlterTableOperation};

use crate::{
    Notice, Result, SqlError, SqlState,
    change::name_parts,
    query::{Scope, names::resolve_table},
    schema::generated,
};

/// A table's definition on its way to another one.
pub(crate) struct Alteration<'a> {
    pub scope: &'a Scope,
    pub transaction: &'a Arc<Transaction>,
    /// As it is so far.
    pub table: TableDescriptor,
    /// Whether what is added has to be filled or checked before it is public.
    pub stepwise: bool,
    /// Whether there are rows.
    pub has_rows: bool,
    /// What a stepwise change has begun.
    pub parts: Vec<Part>,
    /// Foreign keys that come, and those that go with the tables that have them: stored at both ends by `finish`.
    pub new_keys: Vec<ForeignKey>,
    pub dropped_keys: Vec<(TableId, String)>,
    /// Views that go with a column, and sequences that it owned.
    pub dropped: BTreeSet<TableId>,
    /// Columns whose DEFAULT uses sequences no more.
    pub forgetting: Vec<ColumnId>,
    /// Columns whose DEFAULT uses sequences from now on.
    pub using: Vec<(ColumnId, Vec<TableId>)>,
    pub notices: Vec<Notice>,
}

impl<'a> Alteration<'a> {
    /// Reads the table that a statement names; None: there is none, and nobody minds.
    pub async fn of(
        scope: &'a Scope,
        transaction: &'a Arc<Transaction>,
        statement: &AlterTable,
    ) -> Result<Option<Self>> {
        check_form(statement)?;
        let parts = name_parts(&statement.name)?;
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let need = match names::new_table_name(statement) {
            Some(_) => Privilege::Drop,
            None => Privilege::Create,
        };
        match resolve_table(scope, &parts, need) {
            Err(error) if statement.if_exists && error.sqlstate == SqlState::UndefinedTable => {
                Ok(None)
            }
            Err(error) => Err(error),
            Ok(found) => Self::of_table(scope, transaction, &found).await.map(Some),
        }
    }

    /// Reads the table that was found again, so that the transaction conflicts with other changes of it.
    ///
    /// # Errors
    /// `ObjectInUse` while another change of it is under way.
    pub async fn of_table(
        scope: &'a Scope,
        transaction: &'a Arc<Transaction>,
        found: &TableDescriptor,
    ) -> Result<Self> {
        let table = cairn_catalog::read_table(transaction, found.id).await?;
        let alteration = Self::new(scope, transaction, table)?;
        refuse_second(&alteration.table)?;
        Ok(alteration)
    }

    /// `table` is as the transaction itself read it.
    pub fn new(
        scope: &'a Scope,
        transaction: &'a Arc<Transaction>,
        found: TableDescriptor,
    ) -> Result<Self> {
        if found.id.0 < FIRST_USER_ID {
            return Err(cairn_catalog::Error::System {
                object: format!("table {:?}", found.name),
            }
            .into());
        }
        Ok(Alteration {
            scope,
            transaction,
            table: found,
            stepwise: false,
            has_rows: true,
            parts: Vec::new(),
            new_keys: Vec::new(),
            dropped_keys: Vec::new(),
            dropped: BTreeSet::new(),
            forgetting: Vec::new(),
            using: Vec::new(),
            notices: Vec::new(),
        })
    }

    /// Finds out how the statement can be run.
    async fn choose_pace(&mut self, operations: &[AlterTableOperation]) -> Result<()> {
        let mut asks_rows = false;
        let mut fills = false;
        for operation in operations {
            asks_rows |= is_additive(operation);
            fills |= self.fills(operation)?;
        }
        if asks_rows {
            self.has_rows = !is_empty(self.transaction.as_ref(), &self.table).await?;
        }
        self.stepwise = fills && self.has_rows;
        if self.stepwise
            && let Some(other) = operations.iter().find(|other| !may_wait(other))
        {
            return Err(SqlError::unsupported(format_args!(
                "{other} in one statement with a change that takes several steps"
            ))
            .hint("use two statements"));
        }
        Ok(())
    }

    /// Changes the definition by all actions, or begins to: the answer is what waits for the last commit.
    pub async fn run(
        &mut self,
        operations: &[AlterTableOperation],
    ) -> Result<Vec<AlterTableOperation>> {
        if !self.table.is_table() {
            return Err(not_a_table(&self.table));
        }
        if let Some(key) = primary_key::replaces_key(&self.table, operations) {
            self.look_for_rows().await?;
            self.replace_primary_key(&key).await?;
            return Ok(Vec::new());
        }
        if operations.len() > 1 && operations.iter().any(primary_key::is_key) {
            return Err(SqlError::unsupported(
                "ADD PRIMARY KEY beside other actions of one ALTER TABLE",
            )
            .hint("use two statements"));
        }
        self.choose_pace(operations).await?;
        let (now, waiting): (Vec<_>, Vec<_>) = operations
            .iter()
            .cloned()
            .partition(|operation| !self.stepwise || is_additive(operation));
        for operation in &now {
            self.apply(operation).await?;
        }
        self.rehearse(&waiting).await?;
        Ok(waiting)
    }

    /// So that what must fail in the last commit fails before the first.
    async fn rehearse(&mut self, waiting: &[AlterTableOperation]) -> Result<()> {
        let mut rehearsal = Alteration::new(self.scope, self.transaction, self.table.clone())?;
        for operation in waiting {
            rehearsal.apply(operation).await?;
        }
        self.notices.append(&mut rehearsal.notices);
        Ok(())
    }

    /// Whether what is added needs several steps: it does if there are rows.
    pub async fn look_for_rows(&mut self) -> Result<()> {
        self.has_rows = !is_empty(self.transaction.as_ref(), &self.table).await?;
        self.stepwise = self.has_rows;
        Ok(())
    }

    /// Applies one action to the definition.
    pub async fn apply(&mut self, operation: &AlterTableOperation) -> Result<()> {
        use AlterTableOperation as O;
        match operation {
            O::AddColumn {
                if_not_exists,
                column_def,
                column_position: None,
                ..
            } => self.add_column(column_def, *if_not_exists).await,
            O::DropColumn {
                column_names,
                if_exists,
                drop_behavior,
                ..
            } => {
                for name in column_names {
                    self.drop_column(name, *if_exists, *drop_behavior)?;
                }
                Ok(())
            }
            O::RenameColumn {
                old_column_name,
                new_column_name,
            } => self.rename_column(old_column_name, new_column_name),
            O::AlterColumn { column_name, op } => self.alter_column(column_name, op).await,
            O::AddConstraint {
                constraint,
                not_valid,
            } => self.add_constraint(constraint, *not_valid).await,
            O::DropConstraint {
                if_exists,
                name,
                drop_behavior,
            } => self.drop_constraint(name, *if_exists, *drop_behavior),
            O::RenameConstraint { old_name, new_name } => {
                self.rename_constraint(old_name, new_name)
            }
            O::ValidateConstraint { name } => self.validate_constraint(name),
            other => Err(SqlError::unsupported(format_args!("ALTER TABLE … {other}"))),
        }
    }

    /// Stores the definition, and both ends of every reference that changed.
    pub async fn finish(&mut self) -> Result<()> {
        let (transaction, id) = (self.transaction, self.table.id);
        if !self.dropped.is_empty() {
            cairn_catalog::drop_relations(transaction, &self.dropped).await?;
        }
        for (table, key) in &self.dropped_keys {
            cairn_catalog::drop_foreign_key(transaction, *table, key).await?;
        }
        for column in &self.forgetting {
            let mut stored = cairn_catalog::read_table(transaction, id).await?;
            cairn_catalog::use_sequences(transaction, &mut stored, *column, Vec::new()).await?;
        }
        let stored = cairn_catalog::read_table(transaction, id).await?;
        self.table.referenced_by = stored.referenced_by;
        self.table.dependents = stored.dependents;
        cairn_catalog::put_table(transaction, &self.table).await?;
        if !self.using.is_empty() {
            let mut stored = cairn_catalog::read_table(transaction, id).await?;
            let using = std::mem::take(&mut self.using);
            generated::link_defaults(transaction, &mut stored, using).await?;
        }
        for key in std::mem::take(&mut self.new_keys) {
            cairn_catalog::add_foreign_key(transaction, id, key).await?;
        }
        self.succeed_at_once().await
    }

    /// Without rows another primary key needs no steps.
    async fn succeed_at_once(&mut self) -> Result<()> {
        if self.table.successor.is_none() || self.has_rows {
            return Ok(());
        }
        let change = SchemaChange {
            table: self.table.id,
            parts: std::mem::take(&mut self.parts),
        };
        let mut table = cairn_catalog::read_table(self.transaction, self.table.id).await?;
        change.publish(&mut table);
        let after = primary_key::successor_of(&table)?;
        Ok(cairn_catalog::publish_successor(self.transaction, table.id, after).await?)
    }
}

/// One change at a time may be under way.
pub(crate) fn refuse_second(table: &TableDescriptor) -> Result<()> {
    if table.published().is_none() {
        return Ok(());
    }
    Err(SqlError::new(
        SqlState::ObjectInUse,
        format!(
            "relation {:?} is being changed by another schema change",
            table.name
        ),
    )
    .hint("wait until it has ended; SHOW JOBS lists it"))
}

pub(crate) fn not_a_table(table: &TableDescriptor) -> SqlError {
    SqlError::new(
        SqlState::WrongObjectType,
        format!("{:?} is not a table", table.name),
    )
}

fn check_form(statement: &AlterTable) -> Result<()> {
    let unsupported = [
        (statement.only, "ALTER TABLE ONLY"),
        (statement.location.is_some(), "SET LOCATION"),
        (statement.on_cluster.is_some(), "ON CLUSTER"),
        (statement.table_type.is_some(), "this kind of table"),
    ];
    match unsupported.iter().find(|(given, _)| *given) {
        Some((_, what)) => Err(SqlError::unsupported(what)),
        None => Ok(()),
    }
}

/// Whether an action adds something that rows have to bear out.
pub(crate) fn is_additive(operation: &AlterTableOperation) -> bool {
    use AlterTableOperation as O;
    use cairn_syntax::ast::AlterColumnOperation as C;
    matches!(
        operation,
        O::AddColumn { .. }
            | O::AddConstraint { .. }
            | O::ValidateConstraint { .. }
            | O::AlterColumn {
                op: C::SetNotNull,
                ..
            }
    )
}

/// Whether an action can stand beside one that takes several steps: it adds, or it waits for the last commit.
fn may_wait(operation: &AlterTableOperation) -> bool {
    use AlterTableOperation as O;
    is_additive(operation)
        && !matches!(
            operation,
            O::AddConstraint {
                not_valid: true,
                ..
            }
        )
        || matches!(
            operation,
            O::DropColumn { .. } | O::AlterColumn { .. } | O::DropConstraint { .. }
        )
}

/// Whether a table has no rows; a transaction that was told so conflicts with whoever writes one.
pub(crate) async fn is_empty(read: &dyn Read, table: &TableDescriptor) -> Result<bool> {
    let mut rest = Some(primary_span(table));
    while let Some(span) = rest {
        let chunk = read.scan(&span, ScanLimit::rows(1)).await?;
        if !chunk.items.is_empty() {
            return Ok(false);
        }
        rest = chunk.resume.map(|start| span.from(start));
    }
    Ok(true)
}
