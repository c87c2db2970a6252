//! Small commits that find out how they ended.

use std::sync::Arc;

use cairn_storage::{Engine, Error, Read, Transaction, Version};

/// A job's commit meets others now and then, never this often.
const MAX_ATTEMPTS: usize = 64;

/// Runs `body` in a transaction, again when it meets another, and answers what it answered and the
/// version it was committed at. So `body` must have no effect outside its transaction.
///
/// # Errors
/// What `body` answers, and those of the store.
pub async fn transact<T, E, F>(
    engine: &Arc<dyn Engine>,
    body: impl Fn(Arc<Transaction>) -> F,
) -> Result<(T, Version), E>
where
    E: From<Error>,
    F: Future<Output = Result<T, E>>,
{
    let mut attempts = 0;
    loop {
        attempts += 1;
        let txn = Arc::new(Transaction::begin(Arc::clone(engine)).await?);
        let answer = body(Arc::clone(&txn)).await?;
        match settle(engine, &txn).await {
            Ok(version) => return Ok((answer, version)),
            Err(Error::Conflict) if attempts < MAX_ATTEMPTS => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Commits; when the answer was lost, looks up what it would have been.
async fn settle(engine: &Arc<dyn Engine>, txn: &Transaction) -> Result<Version, Error> {
    match txn.commit().await {
        Err(Error::OutcomeUnknown { transaction }) => {
            let outcome = engine.outcome(transaction, txn.at().version()).await?;
            outcome.ok_or(Error::Conflict)
        }
        other => other,
    }
}
