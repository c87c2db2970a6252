//! A sequence's one row.

use bytes::Bytes;
use cairn_catalog::{SequenceOptions, TableDescriptor};
use cairn_rows::{Datum, TableCodec};
use cairn_storage::{Read, Transaction};

use crate::{Result, SqlError, SqlState};

/// Where a sequence stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct State {
    /// As stored: the last value that is reserved.
    pub last_value: i64,
    /// False: `last_value` itself is the next one.
    pub is_called: bool,
}

impl State {
    /// Before the first call.
    pub fn initial(options: &SequenceOptions) -> Self {
        State {
            last_value: options.start,
            is_called: false,
        }
    }

    /// The first value after this state, and how many there are; `None` when there is none.
    pub fn following(&self, options: &SequenceOptions) -> Option<(i64, u64)> {
        let first = match self.is_called {
            true => self.last_value.checked_add(options.increment)?,
            false => self.last_value,
        };
        if !(options.min..=options.max).contains(&first) {
            return None;
        }
        let end = match options.increment > 0 {
            true => options.max,
            false => options.min,
        };
        let steps = end.abs_diff(first) / options.increment.unsigned_abs();
        Some((first, steps.saturating_add(1)))
    }
}

/// Writes a sequence's row, whatever it was.
pub(crate) fn write(
    transaction: &Transaction,
    sequence: &TableDescriptor,
    state: State,
) -> Result<()> {
    let (key, value) = encode(sequence, state)?;
    Ok(transaction.put(key, value)?)
}

/// Reads a sequence's row; in a transaction, so that it conflicts with others that take values.
pub(crate) async fn read(read: &dyn Read, sequence: &TableDescriptor) -> Result<State> {
    let missing = || {
        SqlError::new(
            SqlState::DataCorrupted,
            format!("sequence {:?} has no value", sequence.name),
        )
    };
    let codec = TableCodec::new(sequence)?;
    // The key does not depend on the values.
    let (key, _) = encode(
        sequence,
        State {
            last_value: 0,
            is_called: false,
        },
    )?;
    let found = read.get(&key).await?.ok_or_else(missing)?;
    match codec.decode(&key, &found.value)?.as_slice() {
        [Datum::Int8(last_value), _, Datum::Bool(is_called), _] => Ok(State {
            last_value: *last_value,
            is_called: *is_called,
        }),
        _ => Err(missing()),
    }
}

fn encode(sequence: &TableDescriptor, state: State) -> Result<(Bytes, Bytes)> {
    Ok(TableCodec::new(sequence)?.encode(&[
        Datum::Int8(state.last_value),
        Datum::Int8(0),
        Datum::Bool(state.is_called),
        Datum::Int8(0),
    ])?)
}

/// The options of a relation that must be a sequence.
pub(crate) fn options(relation: &TableDescriptor) -> Result<&SequenceOptions> {
    relation.sequence_options().ok_or_else(|| {
        SqlError::new(
            SqlState::WrongObjectType,
            format!("{:?} is not a sequence", relation.name),
        )
    })
}
