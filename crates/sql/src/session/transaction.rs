//! The session's explicit transaction: open, failed, or none.

use std::sync::Arc;

use cairn_jobs::JobId;
use cairn_storage::{Savepoint, Transaction};

use crate::{Result, SqlError, SqlState, TransactionStatus};

/// An explicit transaction, from BEGIN to COMMIT or ROLLBACK.
pub(crate) struct Open {
    pub transaction: Arc<Transaction>,
    /// now() for all of its statements.
    pub now: i64,
    /// After an error nothing but the end, or a way back, is allowed.
    pub failed: bool,
    savepoints: Vec<(String, Savepoint)>,
    /// Jobs that are paused, resumed or canceled once this commits.
    pub jobs: Vec<JobId>,
}

impl Open {
    pub fn new(transaction: Arc<Transaction>, now: i64) -> Self {
        Open {
            transaction,
            now,
            failed: false,
            savepoints: Vec::new(),
            jobs: Vec::new(),
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

    pub fn savepoint(&mut self, name: String) {
        self.savepoints.push((name, self.transaction.savepoint()));
    }

    /// Back to the newest savepoint of that name, which stays.
    pub fn rollback_to(&mut self, name: &str) -> Result<()> {
        let place = self.find(name)?;
        self.savepoints.truncate(place + 1);
        if let Some((_, savepoint)) = self.savepoints.last() {
            self.transaction.rollback_to(savepoint);
        }
        self.failed = false;
        Ok(())
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
            .rposition(|(known, _)| known == name)
            .ok_or_else(|| {
                SqlError::new(
                    SqlState::InvalidSavepoint,
                    format!("savepoint {name:?} does not exist"),
                )
            })
    }
}
