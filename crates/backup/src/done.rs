//! Pieces that are exported and proved, as a job's record keeps them: a set, since they are done in no order.
//!
//! A piece is what it covers, not which one it was: a job that goes on cuts the rest anew, as the store is by then.

use std::collections::{BTreeMap, HashSet};

use bytes::Bytes;
use cairn_archive::DataFile;
use cairn_jobs::DonePiece;
use cairn_rows::Fingerprint;
use cairn_storage::{Span, TableId};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::export::Exported;

/// A piece as it is stored, in JSON; keys in hexadecimal.
#[derive(Serialize, Deserialize)]
struct Stored {
    table: u32,
    start: String,
    end: String,
    files: Vec<DataFile>,
    fingerprint: String,
    rows: i64,
}

/// The pieces that earlier runs have proved, by table, in the order of their keys.
#[derive(Debug, Default)]
pub struct Done(BTreeMap<TableId, Vec<Exported>>);

impl Done {
    /// # Errors
    /// [`Error::Piece`] when one cannot be read.
    pub fn parse(pieces: Vec<DonePiece>) -> Result<Done> {
        let mut tables: BTreeMap<TableId, Vec<Exported>> = BTreeMap::new();
        for piece in pieces {
            let piece = Exported::of_done(&piece).ok_or(Error::Piece)?;
            tables.entry(piece.table).or_default().push(piece);
        }
        for pieces in tables.values_mut() {
            pieces.sort_by(|a, b| a.span.start.cmp(&b.span.start));
        }
        Ok(Done(tables))
    }

    /// What they cover.
    pub fn spans(&self) -> BTreeMap<TableId, Vec<Span>> {
        let tables = self.0.iter();
        tables
            .map(|(table, pieces)| {
                (
                    *table,
                    pieces.iter().map(|piece| piece.span.clone()).collect(),
                )
            })
            .collect()
    }

    pub fn files(&self) -> impl Iterator<Item = &DataFile> {
        let pieces = self.0.values().flatten();
        pieces.flat_map(|piece| &piece.files)
    }

    /// Takes out, and answers, the pieces of which a file is among those that are `gone`.
    pub fn take_lost(&mut self, gone: &HashSet<String>) -> Vec<Exported> {
        let is_lost =
            |piece: &mut Exported| piece.files.iter().any(|file| gone.contains(&file.path));
        let tables = self.0.values_mut();
        tables
            .flat_map(|pieces| pieces.extract_if(.., is_lost))
            .collect()
    }

    pub fn into_pieces(self) -> Vec<Exported> {
        self.0.into_values().flatten().collect()
    }
}

impl Exported {
    /// What the job notes it under: short whatever the length of the row's key.
    pub fn done_key(&self) -> Bytes {
        let mut key = self.table.0.to_be_bytes().to_vec();
        let start = blake3::hash(&self.span.start);
        key.extend_from_slice(start.as_bytes().get(..16).unwrap_or_default());
        key.into()
    }

    /// As the job notes it.
    ///
    /// # Errors
    /// [`Error::Payload`].
    pub fn to_done(&self) -> Result<DonePiece> {
        let stored = Stored {
            table: self.table.0,
            start: hex::encode(&self.span.start),
            end: hex::encode(&self.span.end),
            files: self.files.clone(),
            fingerprint: self.fingerprint.to_string(),
            rows: self.rows,
        };
        Ok(DonePiece {
            key: self.done_key(),
            value: serde_json::to_vec(&stored).map_err(Error::Payload)?.into(),
        })
    }

    fn of_done(piece: &DonePiece) -> Option<Exported> {
        let stored: Stored = serde_json::from_slice(&piece.value).ok()?;
        Some(Exported {
            table: TableId(stored.table),
            span: Span {
                start: hex::decode(stored.start).ok()?.into(),
                end: hex::decode(stored.end).ok()?.into(),
            },
            files: stored.files,
            fingerprint: stored.fingerprint.parse::<Fingerprint>().ok()?,
            rows: stored.rows,
        })
    }
}
