//! Is what was loaded what was backed up? Rows, fingerprints and index entries, before anything is visible.

use std::collections::HashMap;

use cairn_rows::Fingerprint;
use cairn_storage::TableId;

use crate::error::Result;
use crate::history::{Checkpoint, Part};
use crate::load::{Loaded, expect};
use crate::select::SelectedTable;

/// What was loaded of a table.
#[derive(Debug, Default, Clone)]
struct Counted {
    rows: u64,
    bytes: u64,
    index_entries: u64,
    /// Per checkpoint.
    proofs: Vec<Proof>,
}

/// What was found at a checkpoint.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Proof {
    pub rows: u64,
    pub fingerprint: Fingerprint,
}

/// What was loaded so far, per table.
#[derive(Debug, Default)]
pub struct Tally {
    tables: HashMap<TableId, Counted>,
    pub rows: u64,
    pub index_entries: u64,
}

impl Tally {
    pub fn add(&mut self, loaded: Loaded) {
        let counted = self.tables.entry(loaded.table).or_default();
        if loaded.index.is_some() {
            counted.index_entries += loaded.rows;
            self.index_entries += loaded.rows;
            return;
        }
        counted.rows += loaded.rows;
        counted.bytes += loaded.bytes;
        let more = loaded.proofs.len().max(counted.proofs.len());
        counted.proofs.resize(more, Proof::default());
        for (sum, proof) in counted.proofs.iter_mut().zip(loaded.proofs) {
            sum.rows += proof.rows;
            sum.fingerprint.add(proof.fingerprint);
        }
        self.rows += loaded.rows;
    }

    /// Logical bytes of the rows that were written.
    pub fn bytes(&self, id: TableId) -> u64 {
        self.tables.get(&id).map_or(0, |counted| counted.bytes)
    }

    /// Compares a table's rows with what the layers say of their ends.
    ///
    /// # Errors
    /// [`crate::Error::Mismatch`], naming the table.
    pub fn prove_rows(&self, checkpoints: &[Checkpoint], id: TableId) -> Result<()> {
        let counted = self.tables.get(&id);
        for (position, checkpoint) in checkpoints.iter().enumerate() {
            let found = counted.and_then(|counted| counted.proofs.get(position));
            let found = found.copied().unwrap_or_default();
            let name = &checkpoint.place;
            if let Some(rows) = checkpoint.rows {
                expect(name, "the number of rows", rows, found.rows)?;
            }
            if let Some(fingerprint) = &checkpoint.fingerprint {
                let found = found.fingerprint.to_string();
                expect(name, "the fingerprint", fingerprint.clone(), found)?;
            }
        }
        Ok(())
    }

    /// Compares the entries of a table's indexes with the manifest: each row has one in each index.
    ///
    /// # Errors
    /// [`crate::Error::Mismatch`], naming the table.
    pub fn prove_indexes(
        &self,
        selected: &SelectedTable,
        parts: &[Part],
        id: TableId,
    ) -> Result<()> {
        let counted = self.tables.get(&id).cloned().unwrap_or_default();
        let expected = match parts {
            [only] if only.archived.files.iter().all(Part::is_plain) => only.archived.index_entries,
            _ => counted.rows * selected.descriptor.indexes.len() as u64,
        };
        expect(
            &selected.qualified_name(),
            "the number of index entries",
            expected,
            counted.index_entries,
        )
    }
}
