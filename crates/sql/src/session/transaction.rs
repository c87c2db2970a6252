//! The session's transaction: open, failed, or none; BEGIN's own, or the one that a text of several statements is.

use std::sync::Arc;

use cairn_jobs::JobId;
use cairn_storage::{Savepoint, Transaction};

use super::variables::Variables;
use crate::{Result, SqlError, SqlState, TransactionStatus};

/// A transaction of several statements, from BEGIN to COMMIT or ROLLBACK, or over a text without BEGIN.
pub(crate) struct Open {
    pub transaction: Arc<Transaction>,
    /// now() for all of its statements.
    pub now: i64,
    /// After an error nothing but the end, or a way back, is allowed.
    pub failed: bool,
    /// No BEGIN was said: it ends with the text.
    pub implicit: bool,
    /// Whether it refuses to write.
    pub read_only: bool,
    /// The session's settings as they are to be after COMMIT: without those of SET LOCAL.
    pub lasting: Settings,
    /// The session's settings as they are to be after ROLLBACK.
    pub before: Settings,
    savepoints: Vec<Mark>,
    /// Jobs that are paused, resumed or canceled once this commits.
    pub jobs: Vec<JobId>,
    /// Jobs that begin then.
    pub created_jobs: Vec<JobId>,
}

/// What SET changes.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub variables: Variables,
    pub database: String,
}

/// A named savepoint, with the settings of that moment.
struct Mark {
    name: String,
    savepoint: Savepoint,
    settings: Settings,
    lasting: Settings,
}

impl Open {
    /// `settings` are the session's as it begins.
    pub fn new(transaction: Arc<Transaction>, now: i64, settings: Settings) -> Self {
        Open {
            transaction,
            now,
            failed: false,
            implicit: false,
            read_only: settings.variables.is_on("default_transaction_read_only"),
            lasting: settings.clone(),
            before: settings,
            savepoints: Vec::new(),
            jobs: Vec::new(),
            created_jobs: Vec::new(),
        }
    }

    pub fn status(&self) -> TransactionStatus {
        if self.failed {
            TransactionStatus::Failed
        } else {
            TransactionStatus::InTransaction
        }
    }

    /// Refuses everything in a failed transaction.
    pub fn check(&self) -> Result<()> {
        match self.failed {
            true => Err(SqlError::new(
                SqlState::InFailedSqlTransaction,
                "current transaction is aborted, commands ignored until end of transaction block",
            )),
            false => Ok(()),
        }
    }

    /// `settings` are the session's now.
    pub fn savepoint(&mut self, name: String, settings: Settings) {
        self.savepoints.push(Mark {
            name,
            savepoint: self.transaction.savepoint(),
            settings,
            lasting: self.lasting.clone(),
        });
    }

    /// Back to the newest savepoint of that name, which stays. The settings of that moment hold again.
    pub fn rollback_to(&mut self, name: &str) -> Result<Settings> {
        let place = self.find(name)?;
        self.savepoints.truncate(place + 1);
        let Some(mark) = self.savepoints.last() else {
            return Err(SqlError::internal("a savepoint that was found is gone"));
        };
        self.transaction.rollback_to(&mark.savepoint);
        self.failed = false;
        self.lasting = mark.lasting.clone();
        Ok(mark.settings.clone())
    }

    /// Forgets the newest savepoint of that name and those after it.
    pub fn release(&mut self, name: &str) -> Result<()> {
        let place = self.find(name)?;
        self.savepoints.truncate(place);
        Ok(())
    }

    fn find(&self, name: &str) -> Result<usize> {
        self.savepoints
            .iter()
            .rposition(|mark| mark.name == name)
            .ok_or_else(|| {
                SqlError::new(
                    SqlState::InvalidSavepoint,
                    format!("savepoint {name:?} does not exist"),
                )
            })
    }
}
