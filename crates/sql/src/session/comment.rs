//! COMMENT ON, in the open transaction or in one of its own.

use std::sync::Arc;

use cairn_storage::Transaction;
use cairn_syntax::Comment;

use super::{ATTEMPTS, Session};
use crate::{Answer, Result, schema};

impl Session {
    pub(super) async fn comment(&mut self, comment: &Comment) -> Result<Answer> {
        let done = Answer::Done {
            tag: "COMMENT".to_owned(),
        };
        if let Some(open) = &self.open {
            let (transaction, now) = (open.transaction.clone(), open.now);
            let scope = self.scope_in(&transaction, now).await?;
            schema::comment::set(&scope, &transaction, comment).await?;
            return Ok(done);
        }
        let mut attempt = 1;
        loop {
            let transaction = Arc::new(Transaction::begin(self.node.engine().clone()).await?);
            let scope = self.scope_in(&transaction, self.now()).await?;
            schema::comment::set(&scope, &transaction, comment).await?;
            match self.commit_transaction(&transaction).await {
                Ok(_) => return Ok(done),
                Err(error) if error.is_retryable() && attempt < ATTEMPTS => attempt += 1,
                Err(error) => return Err(error),
            }
        }
    }
}
