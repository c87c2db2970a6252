//! The manifest of a backup.

use cairn_archive::{Depth, Listing, MANIFEST, Manifest, Scratch, verify};
use cairn_blob::testing::memory::Memory;
use futures::executor::block_on;

use crate::object::mended;

/// Reads a manifest, alone in its location, looks at the backup as of instants, lists it and verifies it.
pub fn manifest(bytes: &[u8]) {
    let store = Memory::new();
    store.replace(MANIFEST, mended(bytes));
    let report = block_on(verify(&store, Depth::Presence, &Scratch::new("/")));
    let Ok(manifest) = block_on(Manifest::read(&store)) else {
        return;
    };
    assert!(report.is_ok(), "{report:?}");
    for version in [
        0,
        manifest.window.end.version / 2,
        manifest.window.end.version,
    ] {
        let then = manifest.as_of(version);
        drop((then.totals(), Listing(&then).to_string()));
        for table in &then.tables {
            drop((then.shapes(table), then.has_at_end(table)));
        }
    }
}
