//! The backups a restore reads, and whether they cover the instant it asks for.
//!
//! A chain is a full backup and its incrementals. Until incrementals come, it has one layer; the
//! checks are written for its ends, so that more layers fit between.

use std::sync::Arc;

use cairn_archive::{BackupKind, Instant, Manifest};
use cairn_blob::Store;
use cairn_storage::{Timeline, Version};

use crate::error::{Error, Result};

/// One backup of the chain, opened.
pub struct Layer {
    pub store: Arc<dyn Store>,
    pub manifest: Manifest,
}

/// Reads the manifest at every location, and checks that together they reach from the beginning to
/// the instant asked for.
///
/// # Errors
/// Each says which location or instant is wrong and what would do.
pub async fn open(
    stores: Vec<Arc<dyn Store>>,
    as_of: Option<Version>,
    timeline: &Timeline,
) -> Result<Layer> {
    let mut stores = stores.into_iter();
    let Some(store) = stores.next() else {
        return Err(Error::Unsupported {
            form: "RESTORE without a location".to_owned(),
        });
    };
    if stores.next().is_some() {
        return Err(Error::Unsupported {
            form: "RESTORE from a full backup with incremental ones".to_owned(),
        });
    }
    let manifest = Manifest::read(store.as_ref())
        .await
        .map_err(Error::Manifest)?;
    if let (BackupKind::Incremental, start) = (manifest.kind, manifest.window.start) {
        let start = start
            .map(|start| shown(start, timeline))
            .unwrap_or_default();
        return Err(Error::NotFull {
            location: store.to_string(),
            start,
        });
    }
    check_instant(manifest.window.end, as_of, timeline)?;
    Ok(Layer { store, manifest })
}

/// The end of a layer needs no history; any other instant would.
fn check_instant(end: Instant, as_of: Option<Version>, timeline: &Timeline) -> Result<()> {
    let Some(as_of) = as_of else { return Ok(()) };
    // A backup of another store has that store's versions; times are the same for all.
    let at_end = as_of.0 == end.version || timeline.micros(as_of) == end.unix_micros;
    if at_end {
        return Ok(());
    }
    let nearest = shown(end, timeline);
    if timeline.micros(as_of) > end.unix_micros {
        Err(Error::BeyondChain { nearest })
    } else {
        Err(Error::InsideLayer { nearest })
    }
}

/// An instant in both forms that AS OF SYSTEM TIME takes.
fn shown(instant: Instant, timeline: &Timeline) -> String {
    let mut text = String::new();
    cairn_rows::text::write_timestamptz(instant.unix_micros, &mut text);
    format!("{text} ({})", timeline.decimal(Version(instant.version)))
}
