//! The backups that an incremental is made on, checked before its job exists.

use std::sync::Arc;

use cairn_archive::chain::{self, Layer};
use cairn_archive::{Instant, Manifest};
use cairn_blob::Store;
use cairn_catalog::CATALOG;
use cairn_storage::{Closed, Snapshot, Version, floor};

use crate::context::Context;
use crate::error::{Error, Result};
use crate::sealed;
use crate::time::utc;

/// The end of the last backup listed, from which an incremental goes on.
pub struct Base {
    pub location: String,
    pub start: Closed,
    pub manifest: Manifest,
}

/// Reads the chain in `INCREMENTAL FROM`; `None` for a full backup.
///
/// # Errors
/// Each names the location that is wrong, and says what to do.
pub async fn open(
    context: &Context,
    stores: Vec<Arc<dyn Store>>,
    end: Closed,
) -> Result<Option<Base>> {
    if stores.is_empty() {
        return Ok(None);
    }
    let layers = chain::read(stores).await.map_err(Error::Base)?;
    for layer in &layers {
        if layer.manifest.cluster != context.cluster {
            return Err(Error::ForeignBase {
                location: layer.location(),
                cluster: layer.manifest.cluster,
            });
        }
    }
    chain::check(&layers).map_err(Error::Chain)?;
    let Some(Layer { store, manifest }) = layers.into_iter().next_back() else {
        return Ok(None);
    };
    let (location, start) = (store.to_string(), manifest.window.end);
    let version = Version(start.version);
    if version > end.version() {
        return Err(Error::BeforeBase {
            location,
            base: shown(start),
            end: utc(context.engine.timeline().micros(end.version())),
        });
    }
    let read = Snapshot::now(Arc::clone(&context.engine)).await?;
    let floor = floor::floor_of(&read, CATALOG).await?;
    if floor > version {
        return Err(base_collected(
            context,
            &location,
            version,
            floor,
            "the catalog",
        ));
    }
    if !sealed::is_ours(&read, &manifest).await? {
        return Err(Error::StrangeBase { location });
    }
    let start = context.engine.close(version).await?;
    Ok(Some(Base {
        location,
        start,
        manifest,
    }))
}

pub fn base_collected(
    context: &Context,
    location: &str,
    start: Version,
    floor: Version,
    what: &str,
) -> Error {
    let timeline = context.engine.timeline();
    Error::BaseCollected {
        location: location.to_owned(),
        what: what.to_owned(),
        start: timeline.decimal(start),
        floor: timeline.decimal(floor),
    }
}

fn shown(instant: Instant) -> String {
    chain::Shown(instant).to_string()
}
