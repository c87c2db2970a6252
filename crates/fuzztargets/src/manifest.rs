//! The manifest of a backup.

use std::sync::Arc;

use cairn_archive::chain::{self, Layer};
use cairn_archive::{ArchivedTable, BackupKind, Depth, Kind, Listing, Manifest, Scratch, verify};
use cairn_blob::testing::memory::Memory;
use cairn_catalog::TableDescriptor;
use cairn_rows::TableCodec;
use futures::executor::block_on;

use crate::object::of_backup;

/// Reads a manifest and the objects that it names, looks at the backup as of instants and as a chain, lists it and verifies it.
pub fn manifest(bytes: &[u8]) {
    let store = Memory::new();
    for (name, object) in of_backup(bytes) {
        store.replace(&name, object);
    }
    let report = block_on(verify(&store, Depth::Presence, &Scratch::new("/")));
    let Ok(manifest) = block_on(Manifest::read(&store)) else {
        return;
    };
    // The lock is not read with the manifest, and may say what is not known.
    let refused = report.err().map(|error| error.kind());
    assert!(
        matches!(refused, None | Some(Kind::Unsupported)),
        "{refused:?}"
    );
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
    manifest.tables.iter().for_each(describe);
    join(&store, manifest);
}

/// What a restore takes of a table's descriptors.
fn describe(table: &ArchivedTable) {
    let revisions = table.descriptor_revisions.iter();
    let revisions = revisions.filter_map(|revision| revision.descriptor.as_ref());
    for descriptor in revisions.chain([&table.descriptor]) {
        if let Ok(table) = TableDescriptor::from_json(descriptor.to_string().as_bytes()) {
            drop(TableCodec::new(&table.public_part()));
        }
    }
}

/// The backup as the layers of a chain: alone, and behind itself as it would be if it were another.
fn join(store: &Memory, manifest: Manifest) {
    let alone = Layer {
        store: Arc::new(store.clone()),
        manifest,
    };
    let mut next = alone.clone();
    // Any id but its own.
    next.manifest.backup = alone.manifest.cluster;
    next.manifest.kind = BackupKind::Incremental;
    next.manifest.window.start = Some(alone.end());
    for layers in [vec![alone.clone()], vec![alone, next]] {
        drop(chain::check(&layers).map_err(|error| error.to_string()));
        for table in layers.iter().flat_map(|layer| &layer.manifest.tables) {
            drop(chain::layers_of(&layers, table.id).map_err(|error| error.to_string()));
        }
    }
}
