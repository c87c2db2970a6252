//! The office: users and their privileges, cluster settings, zones.
//!
//! HOW DATA FLOWS
//!   1. `Session::administer` runs such a statement in the open transaction, or in one of its own that is tried again on a conflict.
//!   2. `users` changes rows of `system.users`; `grants`, `settings` and `zones` change descriptors and records of the catalog.
//!   3. Every statement reads what they wrote with its view of the catalog: nothing has to be told to anyone.
//!
//! INVARIANTS
//!   Nobody holds a privilege without being a user: DROP USER reads the whole catalog, GRANT reads the user's row, so one of two that
//!   race must see the other. Who writes `system.users` as a table is held to the same: `user_rows`.
//!   A setting or zone key that would do nothing is refused: `settings::set`, `zones::change`.

pub(crate) mod grants;
pub(crate) mod settings;
pub(crate) mod user_rows;
mod users;
pub(crate) mod zones;

use std::sync::Arc;

use cairn_blob::Settings;
use cairn_storage::Transaction;
use cairn_syntax::Statement;
use datafusion::scalar::ScalarValue;

pub use users::Login;

use crate::{Answer, Notice, Result, Session, SqlError, query::Scope};

/// How often a statement outside BEGIN is tried when it meets other commits.
const ATTEMPTS: usize = 20;

/// One try of a statement, and what it has to say.
struct Attempt<'a> {
    scope: &'a Scope,
    transaction: &'a Transaction,
    values: &'a [ScalarValue],
    storage: &'a Settings,
    notices: Vec<Notice>,
}

impl Session {
    /// Runs a statement about users, privileges, settings or zones.
    pub(crate) async fn administer(
        &mut self,
        statement: &Statement,
        values: &[ScalarValue],
    ) -> Result<Answer> {
        if let Statement::SetClusterSetting(_) = statement {
            self.outside_transaction("SET CLUSTER SETTING")?;
        }
        let mut attempt = 1;
        loop {
            let own = match self.open_work() {
                Some(_) => None,
                None => Some(Arc::new(
                    Transaction::begin(self.node().engine().clone()).await?,
                )),
            };
            let (transaction, now) = match (&own, self.open_work()) {
                (Some(own), _) => (own.clone(), self.now()),
                (None, Some(open)) => open,
                (None, None) => return Err(SqlError::internal("no transaction")),
            };
            let done = self.attempt(&transaction, now, statement, values).await;
            let done = match (done, &own) {
                (Ok(done), Some(own)) => self.commit_transaction(own).await.map(|_| done),
                (done, _) => done,
            };
            match done {
                Err(error) if own.is_some() && error.is_retryable() && attempt < ATTEMPTS => {
                    attempt += 1;
                }
                Err(error) => return Err(error),
                Ok((tag, notices)) => {
                    self.note(notices);
                    return Ok(Answer::Done {
                        tag: tag.to_owned(),
                    });
                }
            }
        }
    }

    async fn attempt(
        &self,
        transaction: &Arc<Transaction>,
        now: i64,
        statement: &Statement,
        values: &[ScalarValue],
    ) -> Result<(&'static str, Vec<Notice>)> {
        let scope = self.scope_in(transaction, now).await?;
        let mut attempt = Attempt {
            scope: &scope,
            transaction,
            values,
            storage: &self.node().backups().settings,
            notices: Vec::new(),
        };
        let tag = match statement {
            Statement::User(statement) => users::change(&mut attempt, statement).await?,
            Statement::Grant(statement) => grants::change(&mut attempt, statement).await?,
            Statement::SetClusterSetting(statement) => settings::set(&mut attempt, statement)?,
            Statement::ConfigureZone(statement) => zones::change(&mut attempt, statement).await?,
            _ => return Err(SqlError::internal("not a statement of administration")),
        };
        Ok((tag, attempt.notices))
    }
}
