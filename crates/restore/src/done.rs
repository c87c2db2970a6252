//! What is loaded and proved, as a job's record keeps it: a set, since pieces are done in no order.

use std::collections::HashMap;

use bytes::Bytes;
use cairn_catalog::IndexId;
use cairn_jobs::DonePiece;
use cairn_storage::{Span, TableId};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::load::Loaded;
use crate::plan::Piece;
use crate::proof::Proof;

/// Marks in keys: rows or an index.
const ROWS: u8 = 0x10;
const INDEX: u8 = 0x20;

/// A unit of work as it is stored, in JSON; keys in hexadecimal.
#[derive(Serialize, Deserialize)]
struct Stored {
    table: TableId,
    /// `None` for rows.
    index: Option<IndexId>,
    /// Of rows, the keys that were loaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    span: Option<(String, String)>,
    rows: u64,
    bytes: u64,
    proofs: Vec<(u64, String)>,
}

/// What earlier runs of the job have proved.
#[derive(Debug, Default)]
pub struct Done {
    rows: HashMap<(TableId, String, String), Loaded>,
    indexes: HashMap<(TableId, IndexId), Loaded>,
}

impl Done {
    /// # Errors
    /// [`Error::Plan`] when one cannot be read.
    pub fn parse(pieces: Vec<DonePiece>) -> Result<Done> {
        let mut done = Done::default();
        for piece in pieces {
            done.add(&piece.value).ok_or_else(|| Error::Plan {
                problem: "the job's record of a finished piece cannot be read".to_owned(),
            })?;
        }
        Ok(done)
    }

    fn add(&mut self, value: &[u8]) -> Option<()> {
        let stored: Stored = serde_json::from_slice(value).ok()?;
        let proofs = stored.proofs.into_iter().map(|(rows, fingerprint)| {
            let fingerprint = fingerprint.parse().ok()?;
            Some(Proof { rows, fingerprint })
        });
        let loaded = Loaded {
            table: stored.table,
            index: stored.index,
            rows: stored.rows,
            bytes: stored.bytes,
            proofs: proofs.collect::<Option<_>>()?,
        };
        match (stored.index, stored.span) {
            (Some(index), None) => self.indexes.insert((stored.table, index), loaded),
            (None, Some((start, end))) => self.rows.insert((stored.table, start, end), loaded),
            _ => return None,
        };
        Some(())
    }

    /// What was loaded of just this piece.
    pub fn piece(&self, piece: &Piece) -> Option<&Loaded> {
        let (start, end) = (hex::encode(&piece.span.start), hex::encode(&piece.span.end));
        self.rows.get(&(piece.table, start, end))
    }

    pub fn index(&self, table: TableId, index: IndexId) -> Option<&Loaded> {
        self.indexes.get(&(table, index))
    }
}

impl Loaded {
    /// As the job notes it; `span` is that of rows. Its key is short whatever the length of the rows'.
    ///
    /// # Errors
    /// [`Error::Payload`].
    pub fn to_done(&self, span: Option<&Span>) -> Result<DonePiece> {
        let mut key = self.table.0.to_be_bytes().to_vec();
        match self.index {
            Some(index) => {
                key.push(INDEX);
                key.extend_from_slice(&index.0.to_be_bytes());
            }
            None => {
                key.push(ROWS);
                let start = blake3::hash(span.map_or(&[], |span| &span.start));
                key.extend_from_slice(start.as_bytes().get(..16).unwrap_or_default());
            }
        }
        let proofs = self.proofs.iter();
        let stored = Stored {
            table: self.table,
            index: self.index,
            span: span.map(|span| (hex::encode(&span.start), hex::encode(&span.end))),
            rows: self.rows,
            bytes: self.bytes,
            proofs: proofs
                .map(|proof| (proof.rows, proof.fingerprint.to_string()))
                .collect(),
        };
        let value = serde_json::to_vec(&stored).map_err(Error::Payload)?;
        Ok(DonePiece {
            key: Bytes::from(key),
            value: Bytes::from(value),
        })
    }
}
