//! Is what was loaded what was backed up? Rows, fingerprints and index entries, before anything is visible.

use std::collections::HashMap;

use cairn_archive::{Manifest, Scratch, open_verified};
use cairn_blob::Store;
use cairn_rows::Fingerprint;
use cairn_storage::TableId;

use crate::error::Result;
use crate::load::{Loaded, expect};
use crate::select::SelectedTable;

/// What was loaded of a table.
#[derive(Debug, Default, Clone, Copy)]
struct Counted {
    rows: u64,
    index_entries: u64,
    fingerprint: Fingerprint,
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
        counted.fingerprint.add(loaded.fingerprint);
        self.rows += loaded.rows;
    }

    /// Compares a table's rows with the manifest.
    ///
    /// # Errors
    /// [`crate::Error::Mismatch`], naming the table.
    pub fn prove_rows(&self, selected: &SelectedTable, id: TableId) -> Result<()> {
        let Counted {
            rows, fingerprint, ..
        } = self.counted(id);
        let name = selected.qualified_name();
        expect(&name, "the number of rows", selected.archived.rows, rows)?;
        match &selected.archived.fingerprint {
            Some(expected) => expect(
                &name,
                "the fingerprint",
                expected.clone(),
                fingerprint.to_string(),
            ),
            None => Ok(()),
        }
    }

    /// Compares the entries of a table's indexes with the manifest.
    ///
    /// # Errors
    /// [`crate::Error::Mismatch`], naming the table.
    pub fn prove_indexes(&self, selected: &SelectedTable, id: TableId) -> Result<()> {
        expect(
            &selected.qualified_name(),
            "the number of index entries",
            selected.archived.index_entries,
            self.counted(id).index_entries,
        )
    }

    fn counted(&self, id: TableId) -> Counted {
        self.tables.get(&id).copied().unwrap_or_default()
    }
}

/// Reads the system tables of a backup to their end, so that a damaged one is named even by a
/// restore that has no use for it.
///
/// # Errors
/// Damage, named.
pub async fn read_system_tables(
    store: &dyn Store,
    manifest: &Manifest,
    scratch: &Scratch,
) -> Result<()> {
    for table in &manifest.tables {
        if manifest.database_name(table.database) != "system" {
            continue;
        }
        for file in &table.files {
            let mut reader = open_verified(store, file, &table.primary_key, scratch).await?;
            while reader.next().await?.is_some() {}
        }
    }
    Ok(())
}
