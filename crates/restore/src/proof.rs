//! Is what was loaded what was backed up? Rows and fingerprints, before anything is visible.

use std::collections::HashMap;

use cairn_archive::{Manifest, Scratch, open_verified};
use cairn_blob::Store;
use cairn_rows::Fingerprint;
use cairn_storage::TableId;

use crate::error::Result;
use crate::load::{Loaded, expect};
use crate::select::SelectedTable;

/// What was loaded so far, per table.
#[derive(Debug, Default)]
pub struct Tally {
    tables: HashMap<TableId, (u64, Fingerprint)>,
    pub rows: u64,
    pub index_entries: u64,
}

impl Tally {
    pub fn add(&mut self, loaded: Loaded) {
        if loaded.index.is_some() {
            self.index_entries += loaded.rows;
            return;
        }
        let (rows, fingerprint) = self.tables.entry(loaded.table).or_default();
        *rows += loaded.rows;
        fingerprint.add(loaded.fingerprint);
        self.rows += loaded.rows;
    }

    /// Compares a table with the manifest.
    ///
    /// # Errors
    /// [`crate::Error::Mismatch`], naming the table.
    pub fn prove(&self, selected: &SelectedTable, id: TableId) -> Result<()> {
        let (rows, fingerprint) = self.tables.get(&id).copied().unwrap_or_default();
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
