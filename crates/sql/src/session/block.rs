//! Where transactions begin and end: BEGIN, COMMIT, ROLLBACK, savepoints, and texts of several statements.
//!
//! Several statements in one message of the simple protocol are one transaction, as in PostgreSQL, unless they say BEGIN themselves:
//! `join_text` opens it before each statement that finds none, `end_text` commits it before the last one is answered. BEGIN makes it an
//! ordinary one, with what was done so far; COMMIT and ROLLBACK end it, with a warning, and the statements behind them are the next one.

use std::sync::Arc;

use cairn_storage::Transaction;
use cairn_syntax::{Name, Statement, ast};

use super::{Session, dispatch::done, transaction::Open};
use crate::{Answer, Notice, Result, SqlError, SqlState};

/// For statements that are a transaction of their own.
const BY_ITSELF: &str =
    "the statements of one message are one transaction: send this one by itself";

impl Session {
    /// Before a statement of a text that has several.
    pub async fn join_text(&mut self) -> Result<()> {
        if self.open.is_none() {
            let mut open = self.new_transaction().await?;
            open.implicit = true;
            self.open = Some(open);
        }
        Ok(())
    }

    /// After the last statement of a text: commits what it did outside BEGIN.
    pub async fn end_text(&mut self) -> Result<()> {
        match &self.open {
            Some(open) if open.implicit => self.commit_open().await.map(drop),
            _ => Ok(()),
        }
    }

    async fn new_transaction(&self) -> Result<Open> {
        let transaction = Arc::new(Transaction::begin(self.node.engine().clone()).await?);
        Ok(Open::new(transaction, self.now(), self.settings()))
    }

    pub(super) async fn begin(&mut self, statement: &ast::Statement) -> Result<Answer> {
        let ast::Statement::StartTransaction { modes, .. } = statement else {
            return Err(SqlError::internal("not a BEGIN"));
        };
        for mode in modes {
            check_mode(mode)?;
        }
        match &mut self.open {
            Some(open) if open.implicit => open.implicit = false,
            Some(_) => self.notices.push(Notice::warning(
                SqlState::ActiveSqlTransaction,
                "there is already a transaction in progress",
            )),
            None => self.open = Some(self.new_transaction().await?),
        }
        for mode in modes {
            if let Some(read_only) = read_only(mode) {
                self.set_read_only(read_only)?;
            }
        }
        done("BEGIN")
    }

    pub(super) async fn commit(&mut self) -> Result<Answer> {
        if self.open.as_ref().is_none_or(|open| open.implicit) {
            self.warn_of_no_transaction();
        }
        done(match self.commit_open().await? {
            true => "COMMIT",
            false => "ROLLBACK",
        })
    }

    /// Commits what is open, if anything is; a failed transaction is rolled back, and that is the answer.
    async fn commit_open(&mut self) -> Result<bool> {
        let Some(open) = self.open.take() else {
            return Ok(true);
        };
        if open.failed {
            self.undo(open);
            return Ok(false);
        }
        // Up to the answer: the jobs are among what is committed.
        let committing = self.progress.commit();
        if let Err(error) = self.commit_transaction(&open.transaction).await {
            self.settle(open.before);
            return Err(error);
        }
        self.settle(open.lasting);
        for job in open.created_jobs {
            match self.node.jobs().begin(job).await {
                // Created, and rolled back to a savepoint.
                Ok(()) | Err(cairn_jobs::Error::Unknown(_)) => {}
                Err(error) => tracing::warn!(%error, "a job cannot begin now; it is tried again"),
            }
        }
        drop(committing);
        for job in open.jobs {
            self.node.jobs().carry_out(job).await;
        }
        Ok(true)
    }

    pub(super) fn rollback(&mut self) -> Result<Answer> {
        if self.open.as_ref().is_none_or(|open| open.implicit) {
            self.warn_of_no_transaction();
        }
        if let Some(open) = self.open.take() {
            self.undo(open);
        }
        done("ROLLBACK")
    }

    /// An error came up outside `execute` (a failed stream of rows, an aborted COPY): an open transaction becomes a failed one.
    /// That of a text without BEGIN is over.
    pub fn fail(&mut self) {
        match self.open.take() {
            Some(open) if open.implicit => self.undo(open),
            Some(mut open) => {
                open.failed = true;
                self.open = Some(open);
            }
            None => {}
        }
    }

    fn undo(&mut self, open: Open) {
        open.transaction.rollback();
        self.settle(open.before);
    }

    fn warn_of_no_transaction(&mut self) {
        self.notices.push(Notice::warning(
            SqlState::NoActiveSqlTransaction,
            "there is no transaction in progress",
        ));
    }

    pub(super) fn savepoint(&mut self, name: &ast::Ident) -> Result<Answer> {
        let settings = self.settings();
        let open = self.block("SAVEPOINT")?;
        open.check()?;
        open.savepoint(Name::folded(name).0, settings);
        done("SAVEPOINT")
    }

    pub(super) fn rollback_to(&mut self, name: &ast::Ident) -> Result<Answer> {
        let name = Name::folded(name).0;
        let settings = self.block("ROLLBACK TO SAVEPOINT")?.rollback_to(&name)?;
        self.settle(settings);
        done("ROLLBACK")
    }

    pub(super) fn release(&mut self, name: &ast::Ident) -> Result<Answer> {
        let open = self.block("RELEASE SAVEPOINT")?;
        open.check()?;
        open.release(&Name::folded(name).0)?;
        done("RELEASE")
    }

    /// The transaction that BEGIN opened.
    fn block(&mut self, what: &str) -> Result<&mut Open> {
        self.open
            .as_mut()
            .filter(|open| !open.implicit)
            .ok_or_else(|| {
                SqlError::new(
                    SqlState::NoActiveSqlTransaction,
                    format!("{what} can only be used in transaction blocks"),
                )
            })
    }

    /// SET TRANSACTION, and SET SESSION CHARACTERISTICS AS TRANSACTION.
    pub(super) fn set_transaction(
        &mut self,
        modes: &[ast::TransactionMode],
        session: bool,
    ) -> Result<()> {
        for mode in modes {
            check_mode(mode)?;
        }
        if !session && self.open.as_ref().is_none_or(|open| open.implicit) {
            self.notices.push(Notice::warning(
                SqlState::NoActiveSqlTransaction,
                "SET TRANSACTION can only be used in transaction blocks",
            ));
        }
        for read_only in modes.iter().filter_map(read_only) {
            match session {
                true => self.assign_default_read_only(read_only)?,
                false => self.set_read_only(read_only)?,
            }
        }
        Ok(())
    }

    fn assign_default_read_only(&mut self, read_only: bool) -> Result<()> {
        let value = Some(if read_only { "on" } else { "off" });
        let name = "default_transaction_read_only";
        self.variables.set(name, value)?;
        match &mut self.open {
            Some(open) => open.lasting.variables.set(name, value),
            None => Ok(()),
        }
    }

    /// Nothing outside a transaction. A read-only one stays so once it has read.
    pub(super) fn set_read_only(&mut self, read_only: bool) -> Result<()> {
        let Some(open) = &mut self.open else {
            return Ok(());
        };
        if open.read_only && !read_only && open.transaction.has_reads() {
            return Err(SqlError::new(
                SqlState::ActiveSqlTransaction,
                "transaction read-write mode must be set before any query",
            ));
        }
        open.read_only = read_only;
        Ok(())
    }

    /// Whether a statement may write now.
    pub(super) fn is_read_only(&self) -> bool {
        match &self.open {
            Some(open) => open.read_only,
            None => self.variables.is_on("default_transaction_read_only"),
        }
    }

    /// Refuses what a read-only transaction must not run.
    pub(super) fn check_read_only(&self, statement: &Statement) -> Result<()> {
        match writing(statement) {
            Some(what) if self.is_read_only() => Err(SqlError::read_only(&what)),
            _ => Ok(()),
        }
    }

    /// Refuses a statement that must not stand in a transaction.
    pub(crate) fn outside_transaction(&self, what: &str) -> Result<()> {
        match &self.open {
            Some(open) => {
                let error = SqlError::new(
                    SqlState::ActiveSqlTransaction,
                    format!("{what} cannot be used inside a transaction"),
                );
                Err(match open.implicit {
                    true => error.hint(BY_ITSELF),
                    false => error,
                })
            }
            None => Ok(()),
        }
    }

    /// A change that fills or checks rows commits several times.
    pub(super) fn takes_steps(&self, tag: &str) -> SqlError {
        let implicit = self.open.as_ref().is_some_and(|open| open.implicit);
        SqlError::new(
            SqlState::ActiveSqlTransaction,
            format!("{tag} of a table with rows cannot be used inside a transaction here: it takes several commits"),
        )
        .hint(match implicit {
            true => BY_ITSELF,
            false => "COMMIT first, or change the table while it is empty",
        })
    }
}

/// The verb of a statement that writes, unless it is a query: functions answer for themselves there.
fn writing(statement: &Statement) -> Option<String> {
    use ast::Statement as S;
    Some(match statement {
        Statement::Sql(query) => match query.statement() {
            S::Insert(_) => "INSERT".to_owned(),
            S::Update(_) => "UPDATE".to_owned(),
            S::Delete(_) => "DELETE".to_owned(),
            S::CreateTable(_) => "CREATE TABLE".to_owned(),
            S::CreateDatabase { .. } => "CREATE DATABASE".to_owned(),
            S::CreateIndex(_) => "CREATE INDEX".to_owned(),
            S::CreateView(_) => "CREATE VIEW".to_owned(),
            S::AlterTable(_) => "ALTER TABLE".to_owned(),
            S::Truncate(_) => "TRUNCATE TABLE".to_owned(),
            S::Drop { object_type, .. } => format!("DROP {object_type}"),
            _ => return None,
        },
        Statement::Copy(copy) if copy.direction == cairn_syntax::CopyDirection::FromStdin => {
            "COPY FROM".to_owned()
        }
        Statement::Upsert(_) => "UPSERT".to_owned(),
        Statement::Comment(_) => "COMMENT".to_owned(),
        Statement::Alter(_) | Statement::Rename(_) => "ALTER".to_owned(),
        Statement::AlterSequence(_) => "ALTER SEQUENCE".to_owned(),
        Statement::CreateSequence(_) => "CREATE SEQUENCE".to_owned(),
        Statement::CreateInterleaved(_) => "CREATE TABLE".to_owned(),
        Statement::User(_) => "CREATE, ALTER or DROP USER".to_owned(),
        Statement::Grant(_) => "GRANT or REVOKE".to_owned(),
        Statement::SetClusterSetting(_) => "SET CLUSTER SETTING".to_owned(),
        Statement::ConfigureZone(_) => "CONFIGURE ZONE".to_owned(),
        Statement::Job { .. } => "PAUSE, RESUME or CANCEL JOB".to_owned(),
        Statement::Restore(_) => "RESTORE".to_owned(),
        Statement::Backup(_) => "BACKUP".to_owned(),
        _ => return None,
    })
}

fn read_only(mode: &ast::TransactionMode) -> Option<bool> {
    use ast::{TransactionAccessMode, TransactionMode};
    match mode {
        TransactionMode::AccessMode(TransactionAccessMode::ReadOnly) => Some(true),
        TransactionMode::AccessMode(TransactionAccessMode::ReadWrite) => Some(false),
        TransactionMode::IsolationLevel(_) => None,
    }
}

fn check_mode(mode: &ast::TransactionMode) -> Result<()> {
    use ast::{TransactionIsolationLevel, TransactionMode};
    match mode {
        // Every weaker level is kept by keeping the strongest.
        TransactionMode::IsolationLevel(TransactionIsolationLevel::Snapshot) => {
            Err(SqlError::unsupported("ISOLATION LEVEL SNAPSHOT"))
        }
        _ => Ok(()),
    }
}
