//! The values that this node has reserved, by sequence.

use std::{collections::HashMap, sync::Arc};

use cairn_catalog::{TableDescriptor, TableId};
use cairn_storage::{Engine, Error as StorageError, Transaction};
use parking_lot::Mutex;

use super::row::{self, State};
use crate::{Result, SqlError, SqlState};

/// How many values one commit reserves, when there are enough left.
const RESERVED: u64 = 32;

/// A reservation takes at most this part of what is left, or what is wanted: it may be lost, to a crash or in a copy that is
/// restored, and the end of a small sequence must not come with it.
const PART: u64 = 64;

/// How often a reservation is tried when it meets other commits.
const ATTEMPTS: usize = 100;

/// Values of one block that are not handed out yet lie between `handed` and `last`.
#[derive(Debug, Clone, Copy)]
struct Block {
    /// `SequenceOptions::revision` under which it was reserved.
    revision: u32,
    increment: i64,
    /// The value handed out last.
    handed: i64,
    /// The value reserved last.
    last: i64,
}

impl Block {
    fn left(&self) -> u64 {
        self.last.abs_diff(self.handed) / self.increment.unsigned_abs()
    }

    /// The next values, as many as are wanted and there.
    fn take(&mut self, wanted: u64, values: &mut Vec<i64>) {
        for _ in 0..wanted.min(self.left()) {
            // It stays between the bounds of the sequence.
            self.handed = self.handed.saturating_add(self.increment);
            values.push(self.handed);
        }
    }
}

/// Hands out the values of all sequences of a node.
pub(crate) struct Reserve {
    engine: Arc<dyn Engine>,
    /// A sequence's lock is held while its next block is committed: values go out in their order.
    blocks: Mutex<HashMap<TableId, Arc<Mutex<Option<Block>>>>>,
}

impl Reserve {
    pub fn new(engine: Arc<dyn Engine>) -> Self {
        Reserve {
            engine,
            blocks: Mutex::default(),
        }
    }

    fn block(&self, id: TableId) -> Arc<Mutex<Option<Block>>> {
        self.blocks.lock().entry(id).or_default().clone()
    }

    /// The next values of a committed sequence. Waits for the store when none are reserved.
    ///
    /// # Errors
    /// 2200H when there are not so many left; then none is handed out.
    pub fn next(&self, sequence: &TableDescriptor, wanted: u64) -> Result<Vec<i64>> {
        let slot = self.block(sequence.id);
        let mut slot = slot.lock();
        let revision = row::options(sequence)?.revision;
        let mut values = Vec::new();
        if let Some(block) = slot.as_mut().filter(|block| block.revision == revision) {
            block.take(wanted, &mut values);
        }
        let missing = wanted - values.len() as u64;
        if missing > 0 {
            let (first, mut block) = wait(self.reserve(sequence.id, missing))?;
            values.push(first);
            block.take(missing - 1, &mut values);
            *slot = Some(block);
        }
        Ok(values)
    }

    /// Commits the next block; its first value counts as handed out.
    async fn reserve(&self, id: TableId, wanted: u64) -> Result<(i64, Block)> {
        for _ in 0..ATTEMPTS {
            let transaction = Transaction::begin(self.engine.clone()).await?;
            let sequence = cairn_catalog::read_table(&transaction, id).await?;
            let (first, last) = advance(&transaction, &sequence, wanted, Ahead::Reserve).await?;
            match transaction.commit().await {
                Ok(_) => {
                    let options = row::options(&sequence)?;
                    let block = Block {
                        revision: options.revision,
                        increment: options.increment,
                        handed: first,
                        last,
                    };
                    return Ok((first, block));
                }
                // Values whose reservation may have been lost are given up: the next try reads what is stored.
                Err(StorageError::Conflict | StorageError::OutcomeUnknown { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StorageError::Conflict.into())
    }

    /// Puts a committed sequence somewhere else, in a commit of its own.
    pub fn set(&self, id: TableId, state: State) -> Result<()> {
        let slot = self.block(id);
        let mut slot = slot.lock();
        *slot = None;
        wait(self.commit_state(id, state))
    }

    async fn commit_state(&self, id: TableId, state: State) -> Result<()> {
        for _ in 0..ATTEMPTS {
            let transaction = Transaction::begin(self.engine.clone()).await?;
            let sequence = cairn_catalog::read_table(&transaction, id).await?;
            row::read(&transaction, &sequence).await?;
            row::write(&transaction, &sequence, state)?;
            match transaction.commit().await {
                Ok(_) => return Ok(()),
                Err(StorageError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StorageError::Conflict.into())
    }

    /// How a sequence whose stored state is this looks to users: the value handed out last, and how many more are
    /// reserved.
    pub fn shown(&self, id: TableId, stored: State) -> (State, u64) {
        let slot = self.blocks.lock().get(&id).cloned();
        let block = slot.and_then(|slot| *slot.lock());
        match block {
            Some(block) if stored.is_called && block.last == stored.last_value => {
                let state = State {
                    last_value: block.handed,
                    is_called: true,
                };
                (state, block.left())
            }
            _ => (stored, 0),
        }
    }
}

/// Whether more values are taken than are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ahead {
    /// So that the next calls need no commit.
    Reserve,
    Nothing,
}

/// Takes values in a transaction, as many as are wanted at least. Answers the first and the last.
pub(super) async fn advance(
    transaction: &Transaction,
    sequence: &TableDescriptor,
    wanted: u64,
    ahead: Ahead,
) -> Result<(i64, i64)> {
    let options = row::options(sequence)?;
    let state = row::read(transaction, sequence).await?;
    let exhausted = || {
        let (end, value) = match options.increment > 0 {
            true => ("maximum", options.max),
            false => ("minimum", options.min),
        };
        SqlError::new(
            SqlState::SequenceGeneratorLimitExceeded,
            format!(
                "nextval: reached {end} value of sequence {:?} ({value})",
                sequence.name
            ),
        )
    };
    let (first, available) = state.following(options).ok_or_else(exhausted)?;
    if available < wanted {
        return Err(exhausted());
    }
    let taken = match ahead {
        Ahead::Reserve => wanted.max(RESERVED.min(available / PART)),
        Ahead::Nothing => wanted,
    };
    let steps = taken - 1;
    let distance = i128::from(options.increment) * i128::from(steps);
    let last = i64::try_from(i128::from(first) + distance).map_err(|_| exhausted())?;
    row::write(
        transaction,
        sequence,
        State {
            last_value: last,
            is_called: true,
        },
    )?;
    Ok((first, last))
}

/// Waits on this thread. The store answers from threads of its own, so this ends whatever else runs here; without a
/// budget, since a task that never yields would use it up.
pub(super) fn wait<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    futures::executor::block_on(tokio::task::unconstrained(work))
}
