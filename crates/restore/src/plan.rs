//! The map of a restore: which files go where, in which pieces. A pure value that prints itself and
//! can be checked before anything is read.

use std::collections::BTreeSet;
use std::fmt;

use bytes::Bytes;
use cairn_archive::DataFile;
use cairn_catalog::TableDescriptor;
use cairn_rows::primary_span;
use cairn_storage::{Prefix, Span, TableId, Version};

use crate::error::{Error, Result};
use crate::history::Part;
use crate::select::SelectedTable;

/// Everything a restore will write.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The version all rows get.
    pub version: Version,
    pub tables: Vec<PlannedTable>,
}

/// One table: its files as pieces, and the indexes to be built.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedTable {
    /// The new id.
    pub id: TableId,
    /// Where it comes from, for people.
    pub name: String,
    pub span: Span,
    pub pieces: Vec<Piece>,
    pub indexes: Vec<String>,
}

/// One unit of work: a range of keys, and all files of the table's layers that have some of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    pub table: TableId,
    pub span: Span,
    /// By the place of their layer among the table's, oldest first; within a layer in key order.
    pub files: Vec<(usize, DataFile)>,
}

impl Piece {
    /// How many layers it is merged from.
    #[must_use]
    pub fn width(&self) -> usize {
        let layers: BTreeSet<usize> = self.files.iter().map(|(layer, _)| *layer).collect();
        layers.len()
    }
}

/// A table to be restored, as the plan needs it.
pub struct Planned<'a> {
    pub selected: &'a SelectedTable,
    pub parts: &'a [Part],
    pub created: &'a TableDescriptor,
}

impl Plan {
    /// Cuts each table where the files of its largest layer begin.
    ///
    /// # Errors
    /// A key in the manifest that is not hexadecimal.
    pub fn new<'a>(version: Version, tables: impl Iterator<Item = Planned<'a>>) -> Result<Self> {
        let tables = tables.map(|table| {
            let Planned {
                selected,
                parts,
                created,
            } = table;
            let prefix = Prefix::new(created.id, created.primary.id);
            let layers: Vec<&[DataFile]> = parts
                .iter()
                .map(|part| part.archived.files.as_slice())
                .collect();
            Ok(PlannedTable {
                id: created.id,
                name: selected.qualified_name(),
                span: primary_span(created),
                pieces: pieces(prefix, &primary_span(created), &layers)?,
                indexes: created
                    .indexes
                    .iter()
                    .map(|index| index.name.clone())
                    .collect(),
            })
        });
        Ok(Plan {
            version,
            tables: tables.collect::<Result<_>>()?,
        })
    }

    pub fn pieces(&self) -> impl Iterator<Item = &Piece> {
        self.tables.iter().flat_map(|table| &table.pieces)
    }

    /// Proves that the pieces of each table lie in its span, in order and disjoint, so that they can
    /// be written at once.
    ///
    /// # Errors
    /// What does not fit.
    pub fn check(&self) -> Result<()> {
        for table in &self.tables {
            let mut reached = &table.span.start;
            for piece in &table.pieces {
                let fits = piece.span.start >= *reached && piece.span.start < piece.span.end;
                if !fits || piece.span.end > table.span.end || piece.table != table.id {
                    let problem = format!("the keys of two pieces of {} overlap", table.name);
                    return Err(Error::Plan { problem });
                }
                reached = &piece.span.end;
            }
        }
        Ok(())
    }
}

/// A file and the keys of its first and its last row, under the new ids.
struct Keyed<'a> {
    layer: usize,
    file: &'a DataFile,
    first: Bytes,
    last: Bytes,
}

impl Keyed<'_> {
    fn meets(&self, span: &Span) -> bool {
        self.first < span.end && span.start <= self.last
    }
}

/// The table's keys, cut at the files of the layer that has most; each piece with the files that it needs, of all layers. Ranges
/// that no layer has anything of are left out.
fn pieces(prefix: Prefix, span: &Span, layers: &[&[DataFile]]) -> Result<Vec<Piece>> {
    let mut files = Vec::new();
    for (layer, of_layer) in layers.iter().enumerate() {
        for file in *of_layer {
            files.push(Keyed {
                layer,
                file,
                first: bound(prefix, file, &file.first_key)?,
                last: bound(prefix, file, &file.last_key)?,
            });
        }
    }
    let bytes = |layer: &usize| {
        let of_layer = files.iter().filter(|file| file.layer == *layer);
        of_layer.map(|file| file.file.bytes).sum::<u64>()
    };
    let largest = (0..layers.len()).rev().max_by_key(bytes).unwrap_or(0);
    let cuts = files.iter().filter(|file| file.layer == largest).skip(1);
    let mut starts = vec![span.start.clone()];
    for cut in cuts.map(|file| &file.first) {
        if starts.last().is_some_and(|last| last < cut) {
            starts.push(cut.clone());
        }
    }
    let ends: Vec<Bytes> = starts
        .iter()
        .skip(1)
        .cloned()
        .chain([span.end.clone()])
        .collect();
    let mut pieces = Vec::with_capacity(starts.len());
    for (start, end) in starts.into_iter().zip(ends) {
        let span = Span { start, end };
        let met = files.iter().filter(|file| file.meets(&span));
        let met: Vec<(usize, DataFile)> = met.map(|file| (file.layer, file.file.clone())).collect();
        if !met.is_empty() {
            pieces.push(Piece {
                table: prefix.table,
                span,
                files: met,
            });
        }
    }
    Ok(pieces)
}

fn bound(prefix: Prefix, file: &DataFile, digits: &str) -> Result<Bytes> {
    let problem = |_| Error::Plan {
        problem: format!("{} has a key that is not hexadecimal", file.path),
    };
    hex::decode(digits)
        .map(|key| prefix.key(&key))
        .map_err(problem)
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "restore at {}", self.version)?;
        for table in &self.tables {
            writeln!(f, "  {} as table {}", table.name, table.id)?;
            for piece in &table.pieces {
                writeln!(f, "    {piece}")?;
            }
            for index in &table.indexes {
                writeln!(f, "    build index {index}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = self.files.iter().take(SHOWN_FILES);
        let named: Vec<String> = named
            .map(|(_, file)| {
                format!(
                    "{}: {} rows [{}, {}]",
                    file.path, file.rows, file.first_key, file.last_key
                )
            })
            .collect();
        f.write_str(&named.join(" + "))?;
        match self.files.len().checked_sub(SHOWN_FILES) {
            Some(more) if more > 0 => write!(f, " + {more} more files"),
            _ => Ok(()),
        }
    }
}

/// A plan stays readable.
const SHOWN_FILES: usize = 8;

#[cfg(test)]
mod tests;
