//! The pieces of a job that are done: a set, since they are done in no order.
//!
//! Each is a row of its own, so that noting one costs the same however many there are. They go when the job has ended.

use bytes::Bytes;
use cairn_storage::{IndexId, Prefix, Read, Span, Transaction};

use crate::error::Result;
use crate::registry::TABLE;
use crate::{JobId, Registry, transact};

const PIECES: Prefix = Prefix::new(TABLE, IndexId(2));

/// Separates the job from the piece.
const MARK: u8 = 0x10;

/// Removed in one commit.
const REMOVED: usize = 1_000;

/// A piece that is done, as its kind writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DonePiece {
    /// Which one; noting it again replaces it.
    pub key: Bytes,
    /// What must be known of it to go on: what it wrote, and its counts.
    pub value: Bytes,
}

impl Registry {
    /// The pieces that are done, by key.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn pieces(&self, read: &dyn Read, id: JobId) -> Result<Vec<DonePiece>> {
        let rows = read.scan_all(&span(id)).await?;
        let skipped = prefix(id).len();
        Ok(rows
            .into_iter()
            .map(|(key, found)| DonePiece {
                key: key.slice(skipped..),
                value: found.value,
            })
            .collect())
    }

    /// Removes them, some at a time.
    pub(crate) async fn forget_pieces(&self, id: JobId) -> Result<()> {
        loop {
            let (left, _) = transact(self.engine(), |txn| async move {
                let rows = txn.scan_all(&span(id)).await?;
                for (key, _) in rows.iter().take(REMOVED) {
                    txn.delete(key.clone())?;
                }
                Ok::<_, crate::Error>(rows.len() > REMOVED)
            })
            .await?;
            if !left {
                return Ok(());
            }
        }
    }
}

pub(crate) fn put_piece(txn: &Transaction, id: JobId, piece: &DonePiece) -> Result<()> {
    Ok(txn.put(piece_key(id, &piece.key), piece.value.clone())?)
}

pub(crate) fn remove_piece(txn: &Transaction, id: JobId, piece: &[u8]) -> Result<()> {
    Ok(txn.delete(piece_key(id, piece))?)
}

fn piece_key(id: JobId, piece: &[u8]) -> Bytes {
    let mut key = prefix(id);
    key.extend_from_slice(piece);
    key.into()
}

fn prefix(id: JobId) -> Vec<u8> {
    let mut key = PIECES.key(&id.0.to_be_bytes()).to_vec();
    key.push(MARK);
    key
}

fn span(id: JobId) -> Span {
    let start = prefix(id);
    let mut end = start.clone();
    if let Some(last) = end.last_mut() {
        *last += 1;
    }
    Span {
        start: start.into(),
        end: end.into(),
    }
}
