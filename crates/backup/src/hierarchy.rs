//! Interleaved tables are carried together or not at all.

use std::collections::BTreeSet;

use cairn_catalog::{TableId, View};

use crate::error::{Error, Result};
use crate::target::Resolved;

/// Looks at what is carried and there at the end. What was different earlier in the window is for a RESTORE of that time to find.
///
/// # Errors
/// [`Error::Interleaved`] with everything that is missing of a hierarchy.
pub fn check(resolved: &Resolved, end: &View) -> Result<()> {
    let tables = || resolved.tables.iter().filter(|target| target.is_at_end());
    let carried: BTreeSet<TableId> = tables().map(|target| target.table.id).collect();
    let mut missing = Vec::new();
    for target in tables() {
        let mut note = |id: TableId, what: &str| {
            if !carried.contains(&id) {
                let table = format!("{}.{}", target.database.name, target.table.name);
                let other = name_of(end, id);
                missing.push(format!(
                    "cannot backup table {table:?} without interleave {what} {other:?}"
                ));
            }
        };
        if let Some(interleave) = &target.table.interleave {
            note(interleave.parent, "parent");
        }
        for child in &target.table.interleaved_children {
            note(*child, "child table");
        }
    }
    match missing.is_empty() {
        true => Ok(()),
        false => Err(Error::Interleaved { missing }),
    }
}

fn name_of(view: &View, id: TableId) -> String {
    let found = view.table_by_id(id).and_then(|table| {
        let database = view.database_by_id(table.database)?;
        Some(format!("{}.{}", database.name, table.name))
    });
    found.unwrap_or_else(|| id.to_string())
}
