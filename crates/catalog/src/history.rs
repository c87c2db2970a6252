//! How the catalog changed in a window: what a backup needs to know about the versions between its start and its end.

use std::collections::BTreeMap;
use std::sync::Arc;

use cairn_storage::{Engine, Revisions, ScanLimit, Span, TableId, Version, Window};

use crate::{DatabaseDescriptor, DatabaseId, Result, TableDescriptor, layout};

/// The descriptors that one commit wrote. `None`: it removed the descriptor.
#[derive(Clone, Debug, Default)]
pub struct Change {
    pub databases: Vec<(DatabaseId, Option<Arc<DatabaseDescriptor>>)>,
    /// In any state. [`TableDescriptor::public_since`] is not filled in.
    pub tables: Vec<(TableId, Option<Arc<TableDescriptor>>)>,
}

/// All changes in the window by their versions. Costs what changed, not what there is.
///
/// # Errors
/// `Format` or `Damaged` for a descriptor that cannot be understood; the storage's when the window begins below the catalog's floor.
pub async fn changes(engine: &dyn Engine, window: Window) -> Result<BTreeMap<Version, Change>> {
    let mut changes: BTreeMap<Version, Change> = BTreeMap::new();
    for_each(
        engine,
        layout::databases(),
        window,
        |key, version, value| {
            let database = value.map(DatabaseDescriptor::from_json).transpose()?;
            let id = DatabaseId(layout::table_of(key)?.0);
            let change = changes.entry(version).or_default();
            change.databases.push((id, database.map(Arc::new)));
            Ok(())
        },
    )
    .await?;
    for_each(engine, layout::tables(), window, |key, version, value| {
        let table = value.map(TableDescriptor::from_json).transpose()?;
        let change = changes.entry(version).or_default();
        change
            .tables
            .push((layout::table_of(key)?, table.map(Arc::new)));
        Ok(())
    })
    .await?;
    Ok(changes)
}

async fn for_each(
    engine: &dyn Engine,
    span: Span,
    window: Window,
    mut visit: impl FnMut(&[u8], Version, Option<&[u8]>) -> Result<()> + Send,
) -> Result<()> {
    let mut from = None;
    loop {
        let chunk = engine
            .history(&span, window, from, false, ScanLimit::default())
            .await?;
        let items: &Revisions = &chunk.items;
        for revision in items.iter() {
            visit(revision.key, revision.version, revision.value)?;
        }
        match chunk.resume {
            Some(cursor) => from = Some(cursor),
            None => return Ok(()),
        }
    }
}

impl TableDescriptor {
    /// What of the table everybody sees: `published`, or the table itself where it is finished.
    #[must_use]
    pub fn public_part(&self) -> TableDescriptor {
        self.published().unwrap_or_else(|| self.clone())
    }
}
