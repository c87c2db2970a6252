//! The backups a restore reads, and what they hold at the instant it asks for.

use std::sync::Arc;

use cairn_archive::chain::{self, Layer, Shown};
use cairn_archive::{Instant, Manifest};
use cairn_blob::Store;
use cairn_storage::{Timeline, Version};

use crate::error::{Error, Result};

/// A chain up to the layer that covers the instant asked for.
pub struct Chain {
    pub layers: Vec<Layer>,
    /// The instant, as a version of the cluster that made the backups.
    pub at: Version,
    /// The instant is not the last layer's end, but inside its window.
    pub inside: bool,
    /// The last layer's manifest as of the instant.
    pub picture: Manifest,
}

/// Reads the manifest at every location, and checks that together they reach from the beginning to the instant asked for.
///
/// # Errors
/// Each says which location or instant is wrong and what would do.
pub async fn open(
    stores: Vec<Arc<dyn Store>>,
    as_of: Option<Version>,
    timeline: &Timeline,
) -> Result<Chain> {
    let mut layers = chain::read(stores)
        .await
        .map_err(|error| Error::Manifest(error.source))?;
    chain::check(&layers).map_err(Error::Chain)?;
    let covering = match as_of {
        None => Covering {
            layers: layers.len(),
            inside: None,
        },
        Some(as_of) => covering(&layers, as_of, timeline)?,
    };
    layers.truncate(covering.layers);
    let last = layers.last().ok_or(Error::Chain(chain::Break::Empty))?;
    let at = covering.inside.unwrap_or(Version(last.end().version));
    Ok(Chain {
        at,
        inside: covering.inside.is_some(),
        picture: last.manifest.as_of(at.0),
        layers,
    })
}

/// How many layers reach to an instant; the version, if it is inside the last one's window.
#[derive(Debug, PartialEq)]
struct Covering {
    layers: usize,
    inside: Option<Version>,
}

/// The end of a layer needs no history; any other instant does.
fn covering(layers: &[Layer], as_of: Version, timeline: &Timeline) -> Result<Covering> {
    let micros = timeline.micros(as_of);
    // A backup of another store has that store's versions; times are the same for all.
    let is_end = |layer: &Layer| {
        let end = layer.end();
        as_of.0 == end.version || micros == end.unix_micros
    };
    if let Some(position) = layers.iter().position(is_end) {
        return Ok(Covering {
            layers: position + 1,
            inside: None,
        });
    }
    let passed = layers
        .iter()
        .take_while(|layer| layer.end().unix_micros < micros)
        .count();
    let before = passed
        .checked_sub(1)
        .and_then(|last| layers.get(last))
        .map(Layer::end);
    let Some(layer) = layers.get(passed) else {
        let nearest = before.map(|end| shown(end, timeline)).unwrap_or_default();
        return Err(Error::BeyondChain { nearest });
    };
    if !layer.manifest.revision_history {
        let ends = before.into_iter().chain([layer.end()]);
        let ends: Vec<String> = ends.map(|end| shown(end, timeline)).collect();
        let plural = if ends.len() > 1 {
            "times are"
        } else {
            "time is"
        };
        return Err(Error::InsideLayer {
            nearest: format!("{plural} {}", ends.join(" or ")),
        });
    }
    let from = layer.manifest.history_from.map(Version).unwrap_or_default();
    if as_of < from {
        return Err(Error::BeforeHistory {
            from: version_shown(from, timeline),
            of: layer.location(),
        });
    }
    Ok(Covering {
        layers: passed + 1,
        inside: Some(as_of),
    })
}

/// An instant in both forms that AS OF SYSTEM TIME takes.
fn shown(instant: Instant, timeline: &Timeline) -> String {
    format!(
        "{} ({})",
        Shown(instant),
        timeline.decimal(Version(instant.version))
    )
}

pub fn version_shown(version: Version, timeline: &Timeline) -> String {
    let instant = Instant {
        version: version.0,
        unix_micros: timeline.micros(version),
    };
    shown(instant, timeline)
}
