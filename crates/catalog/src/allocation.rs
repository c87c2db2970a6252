//! New ids. They are taken in a commit of their own, as the values of sequences are: transactions that make objects do not conflict
//! for it, a rollback leaves a gap, and no id is ever used again.

use std::ops::Range;

use bytes::Bytes;
use cairn_storage::{Error as StorageError, Read, Transaction};

use crate::layout::{self, FIRST_USER_ID};
use crate::{Error, Result};

/// How often others may take ids at the same moment before the caller is told to try again.
const ATTEMPTS: usize = 64;

/// Hands out the next id under `counter`.
pub(crate) async fn allocate(txn: &Transaction, counter: Bytes, what: &'static str) -> Result<u32> {
    Ok(allocate_many(txn, counter, what, 1).await?.start)
}

/// Hands out as many ids at once.
pub(crate) async fn allocate_many(
    txn: &Transaction,
    counter: Bytes,
    what: &'static str,
    count: usize,
) -> Result<Range<u32>> {
    let exhausted = || Error::IdsExhausted { what };
    let count = u32::try_from(count).map_err(|_| exhausted())?;
    for _ in 0..ATTEMPTS {
        let own = Transaction::begin(txn.engine().clone()).await?;
        let first = match own.get(&counter).await? {
            Some(found) => layout::id_of(&found.value)?,
            None => FIRST_USER_ID,
        };
        let next = first.checked_add(count).ok_or_else(exhausted)?;
        own.put(counter.clone(), next.to_be_bytes().to_vec())?;
        match own.commit().await {
            Ok(_) => return Ok(first..next),
            // Ids that may have been taken are given up: the next try reads what is stored.
            Err(StorageError::Conflict | StorageError::OutcomeUnknown { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StorageError::Conflict.into())
}
