//! Where the rows of a selected table lie in a chain, and what is known of them at the ends of its layers.

use cairn_archive::chain::{self, Layer};
use cairn_archive::{ArchivedTable, DataFile};
use cairn_catalog::TableDescriptor;
use cairn_storage::{TableId, Timeline, Version};

use crate::chain::{Chain, version_shown};
use crate::error::{Error, Result};
use crate::select::{SelectedTable, checked};

/// One layer's part of a table.
#[derive(Debug, Clone)]
pub struct Part {
    /// The layer's place in the chain.
    pub layer: usize,
    pub location: String,
    pub archived: ArchivedTable,
    /// The layer's end: the version of rows that do not tell theirs.
    pub end: Version,
    /// The descriptors under which its rows were written, each with the version from which on it held.
    pub shapes: Vec<(Version, TableDescriptor)>,
    /// How the table was at the layer's end.
    pub at_end: TableDescriptor,
}

impl Part {
    /// Its rows, as they are in `file`, are the table's at the layer's end.
    #[must_use]
    pub fn is_plain(file: &DataFile) -> bool {
        !file.has_revisions()
    }
}

/// Finds each selected table in the chain: from the layer that introduces it to the one that covers the instant.
///
/// # Errors
/// [`Error::Chain`] when a layer lacks it, [`Error::BeforeTable`] when its history begins after the instant.
pub fn parts(chain: &Chain, selected: &SelectedTable, timeline: &Timeline) -> Result<Vec<Part>> {
    let parts = parts_of(&chain.layers, selected.archived.id)?;
    let covering = parts.last().filter(|_| chain.inside);
    let from = covering
        .and_then(|part| part.archived.history_from)
        .map(Version);
    if let Some(from) = from.filter(|from| chain.at < *from) {
        return Err(Error::BeforeTable {
            table: selected.qualified_name(),
            from: version_shown(from, timeline),
        });
    }
    Ok(parts)
}

/// Finds a table in layers: from the one that introduces it to the last.
///
/// # Errors
/// [`Error::Chain`] when a layer lacks it.
pub fn parts_of(layers: &[Layer], table: u32) -> Result<Vec<Part>> {
    let found = chain::layers_of(layers, table).map_err(Error::Chain)?;
    let parts = found
        .into_iter()
        .filter_map(|(position, archived)| Some(part(position, layers.get(position)?, archived)));
    parts.collect()
}

fn part(position: usize, layer: &Layer, archived: &ArchivedTable) -> Result<Part> {
    let mut shapes = Vec::new();
    for (version, descriptor) in layer.manifest.shapes(archived) {
        shapes.push((Version(version), checked(archived, descriptor)?));
    }
    Ok(Part {
        layer: position,
        location: layer.location(),
        archived: archived.clone(),
        end: Version(layer.end().version),
        shapes,
        at_end: checked(archived, &archived.descriptor)?.public_part(),
    })
}

/// What must be found at an instant of a table's past, as a layer of the chain says.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    /// For messages.
    pub place: String,
    pub at: Version,
    pub rows: Option<u64>,
    pub fingerprint: Option<String>,
    /// The columns that the fingerprint sums, under the new id.
    pub shape: TableDescriptor,
}

/// The layers' ends that a restore compares, newest first: that of its instant; inside a history the ends of all layers that it
/// reads, of the one that covers the instant too.
#[must_use]
pub fn checkpoints(
    parts: &[Part],
    selected: &SelectedTable,
    inside: bool,
    id: TableId,
) -> Vec<Checkpoint> {
    let name = selected.qualified_name();
    let ends = parts
        .iter()
        .rev()
        .take(if inside { parts.len() } else { 1 });
    let ends = ends.map(|part| Checkpoint {
        place: if parts.len() == 1 {
            name.clone()
        } else {
            format!("{name} at the end of {}", part.location)
        },
        at: part.end,
        rows: part
            .archived
            .rows_at_end
            .or_else(|| plain_rows(&part.archived)),
        fingerprint: part.archived.fingerprint.clone(),
        shape: TableDescriptor {
            id,
            ..part.at_end.clone()
        },
    });
    ends.collect()
}

/// Where files hold rows and not revisions, their number is the table's.
fn plain_rows(archived: &ArchivedTable) -> Option<u64> {
    archived
        .files
        .iter()
        .all(Part::is_plain)
        .then_some(archived.rows)
}
