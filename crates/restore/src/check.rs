//! Is a backup what it says it is? Everything is read as a restore would, and nothing is written.
//!
//! HOW DATA FLOWS
//!   1. From the last layer back, each table that was there at a layer's end is merged with its layers before (`Merge`), and number and
//!      fingerprint of its rows are compared at the end of each of them (`Prover`, `Tally::prove_rows`).
//!   2. What no table needed is read for itself: the lock, files of tables that were dropped, changes whose base was not listed.
//!
//! ERRORS
//!   Damage found in 1 ends it: then everything is read for itself, so that one error names all that is damaged.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use cairn_archive::chain::{self, Layer};
use cairn_archive::{ArchivedTable, Coverage, DataFile, Depth, Report, Scratch, verify_but};
use cairn_blob::Store;
use cairn_catalog::TableId;
use cairn_jobs::{Crew, Stop};
use cairn_storage::{Prefix, Version};

use crate::context::Context;
use crate::error::{Error, Result};
use crate::history::{Checkpoint, Part, checkpoints, parts_of};
use crate::load::Loaded;
use crate::merge::{Merge, PartFiles};
use crate::plan::{Piece, Plan, Planned};
use crate::proof::Tally;
use crate::prover::Prover;
use crate::select::whole;

/// Threads that read at once: each merges a piece.
const READERS: usize = 4;

/// How much of a table in a layer was proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proved {
    /// Its files are, byte for byte, what was written, and hold as many rows as they should.
    Files,
    /// Its rows at the layer's end, too: their number and their fingerprint.
    Fingerprint,
}

/// A backup, or a chain of them, with what was proved of each layer's tables, by id.
pub struct Checked {
    pub layers: Vec<Layer>,
    pub proved: Vec<HashMap<u32, Proved>>,
}

/// Reads backups and proves what they say. A single incremental one may be given too: of tables of which it has only changes, the files
/// are proved. Several must be a chain.
///
/// # Errors
/// [`Error::Manifest`], [`Error::Chain`]; [`Error::Unsound`] with all that is damaged; [`Error::Mismatch`].
pub async fn check(context: &Context, stores: Vec<Arc<dyn Store>>) -> Result<Checked> {
    let layers = chain::read(stores)
        .await
        .map_err(|error| Error::Manifest(error.source))?;
    if layers.len() > 1 {
        chain::check(&layers).map_err(Error::Chain)?;
    }
    std::fs::create_dir_all(&context.scratch).map_err(|source| Error::Scratch {
        path: context.scratch.clone(),
        source,
    })?;
    let scratch = Scratch::new(&context.scratch);
    let tables = tables_of(&layers)?;
    let proved = match prove(context, &layers, tables, &scratch).await {
        Ok(proved) => proved,
        Err(error) => {
            report(&layers, &vec![HashSet::new(); layers.len()], &scratch).await?;
            return Err(error);
        }
    };
    report(&layers, &proved.read, &scratch).await?;
    Ok(Checked {
        proved: proved.tables,
        layers,
    })
}

/// Reads what was not read yet.
async fn report(layers: &[Layer], read: &[HashSet<String>], scratch: &Scratch) -> Result<()> {
    let mut unsound = Vec::new();
    for (layer, read) in layers.iter().zip(read) {
        let store = layer.store.as_ref();
        let report = verify_but(store, Depth::Content, read, scratch).await?;
        if !report.is_sound() {
            unsound.push(report);
        }
    }
    match unsound.is_empty() {
        true => Ok(()),
        false => Err(Error::Unsound(unsound)),
    }
}

/// All that is damaged, in one line.
pub(crate) fn listed(reports: &[Report]) -> String {
    let damaged = reports.iter().flat_map(|report| {
        report.problems.iter().map(|problem| {
            let table = problem.table.as_ref();
            let table = table.map(|name| format!(" ({name})")).unwrap_or_default();
            format!(
                "{}: {}{table}: {}",
                report.location, problem.object, problem.fault
            )
        })
    });
    damaged.collect::<Vec<_>>().join("; ")
}

/// A table with all layers that its rows at the end of the last of them come from.
struct Table {
    parts: Vec<Part>,
    checkpoints: Vec<Checkpoint>,
    pieces: Vec<Piece>,
    prefix: Prefix,
}

/// The tables that can be proved: each from the last layer that has it.
fn tables_of(layers: &[Layer]) -> Result<Vec<Table>> {
    let mut tables = Vec::new();
    let mut seen: Vec<HashSet<u32>> = vec![HashSet::new(); layers.len()];
    for last in (0..layers.len()).rev() {
        let Some(layer) = layers.get(last) else {
            continue;
        };
        for archived in &layer.manifest.tables {
            let known = seen
                .get(last)
                .is_some_and(|seen| seen.contains(&archived.id));
            if known || archived.fingerprint.is_none() || !layer.manifest.has_at_end(archived) {
                continue;
            }
            let upto = layers.get(..=last).unwrap_or_default();
            // Changes alone prove nothing; a chain that should have the rest and does not is broken.
            if layers.len() == 1 && archived.coverage == Coverage::Continued {
                continue;
            }
            let table = table(upto, layer, archived)?;
            for part in &table.parts {
                if let Some(seen) = seen.get_mut(part.layer) {
                    seen.insert(archived.id);
                }
            }
            tables.push(table);
        }
    }
    Ok(tables)
}

fn table(layers: &[Layer], layer: &Layer, archived: &ArchivedTable) -> Result<Table> {
    let selected = whole(&layer.manifest, archived)?;
    let parts = parts_of(layers, archived.id)?;
    let id = TableId(archived.id);
    let planned = Planned {
        selected: &selected,
        parts: &parts,
        created: &selected.descriptor,
    };
    // Nothing is written, so the version that a restore would give to rows does not matter.
    let plan = Plan::new(Version::PENDING, std::iter::once(planned))?;
    plan.check()?;
    Ok(Table {
        checkpoints: checkpoints(&parts, &selected, true, id),
        pieces: plan.pieces().cloned().collect(),
        prefix: Prefix::new(id, selected.descriptor.primary.id),
        parts,
    })
}

/// What [`prove`] found.
struct ProvedTables {
    /// Per layer.
    tables: Vec<HashMap<u32, Proved>>,
    /// Per layer the names of the files that were read.
    read: Vec<HashSet<String>>,
}

async fn prove(
    context: &Context,
    layers: &[Layer],
    tables: Vec<Table>,
    scratch: &Scratch,
) -> Result<ProvedTables> {
    let mut proved = ProvedTables {
        tables: layers.iter().map(all_files).collect(),
        read: vec![HashSet::new(); layers.len()],
    };
    let tasks: Vec<(usize, Piece)> = tables
        .iter()
        .enumerate()
        .flat_map(|(place, table)| table.pieces.iter().map(move |piece| (place, piece.clone())))
        .collect();
    let shared = Arc::new(Reading {
        layers: layers.to_vec(),
        tables,
        scratch: scratch.clone(),
        stop: Stop::default(),
    });
    let (reading, stop) = (Arc::clone(&shared), shared.stop.clone());
    let workers = context.workers.min(READERS);
    let mut crew = Crew::start("check", workers, tasks, stop, move |(place, piece)| {
        let reading = Arc::clone(&reading);
        async move { reading.piece(place, &piece).await }
    })?;
    let mut tallies: HashMap<usize, Tally> = HashMap::new();
    while let Some(done) = crew.next().await {
        let (place, loaded) = done?;
        tallies.entry(place).or_default().add(loaded);
    }
    for (place, table) in shared.tables.iter().enumerate() {
        let tally = tallies.remove(&place).unwrap_or_default();
        tally.prove_rows(&table.checkpoints, table.prefix.table)?;
        for part in &table.parts {
            if let Some(proved) = proved.tables.get_mut(part.layer) {
                proved.insert(part.archived.id, Proved::Fingerprint);
            }
            if let Some(read) = proved.read.get_mut(part.layer) {
                read.extend(part.archived.files.iter().map(|file| file.path.clone()));
            }
        }
    }
    Ok(proved)
}

fn all_files(layer: &Layer) -> HashMap<u32, Proved> {
    let tables = layer.manifest.tables.iter();
    tables.map(|table| (table.id, Proved::Files)).collect()
}

/// What the threads share.
struct Reading {
    layers: Vec<Layer>,
    tables: Vec<Table>,
    scratch: Scratch,
    stop: Stop,
}

/// Revisions between two looks at whether anybody still waits.
const LOOK: u64 = 10_000;

impl Reading {
    /// What a piece amounts to at each checkpoint of its table.
    async fn piece(&self, place: usize, piece: &Piece) -> Result<(usize, Loaded)> {
        let missing = || Error::Plan {
            problem: format!("there is no table {place} to be checked"),
        };
        let table = self.tables.get(place).ok_or_else(missing)?;
        let mut of_parts: BTreeMap<usize, Vec<DataFile>> = BTreeMap::new();
        for (part, file) in &piece.files {
            of_parts.entry(*part).or_default().push(file.clone());
        }
        let mut sources = Vec::with_capacity(of_parts.len());
        for (part, files) in of_parts {
            let part = table.parts.get(part).ok_or_else(missing)?;
            let layer = self.layers.get(part.layer).ok_or_else(missing)?;
            sources.push(PartFiles { layer, part, files });
        }
        let mut merge = Merge::open(sources, table.prefix, &piece.span, &self.scratch).await?;
        let mut prover = Prover::new(&table.checkpoints)?;
        let mut seen = 0;
        while let Some(revision) = merge.peek() {
            if seen % LOOK == 0 {
                self.stop.check()?;
            }
            seen += 1;
            prover.look(&revision)?;
            merge.take().await?;
        }
        let loaded = Loaded {
            table: piece.table,
            index: None,
            rows: 0,
            bytes: 0,
            proofs: prover.proofs,
        };
        Ok((place, loaded))
    }
}
