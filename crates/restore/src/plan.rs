//! The map of a restore: which files go where, in which pieces. A pure value that prints itself and
//! can be checked before anything is read.

use std::fmt;

use cairn_archive::DataFile;
use cairn_catalog::TableDescriptor;
use cairn_rows::primary_span;
use cairn_storage::{Prefix, Span, TableId, Version, after};

use crate::error::{Error, Result};
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

/// One unit of work: a data file and the keys its rows will have.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    pub table: TableId,
    pub file: DataFile,
    pub span: Span,
}

impl Plan {
    /// Pairs selected tables with what was created for them.
    ///
    /// # Errors
    /// A key in the manifest that is not hexadecimal.
    pub fn new(
        version: Version,
        selected: &[SelectedTable],
        created: &[TableDescriptor],
    ) -> Result<Self> {
        let tables = selected.iter().zip(created).map(|(selected, created)| {
            let prefix = Prefix::new(created.id, created.primary.id);
            let pieces = selected
                .archived
                .files
                .iter()
                .map(|file| piece(prefix, file));
            Ok(PlannedTable {
                id: created.id,
                name: selected.qualified_name(),
                span: primary_span(created),
                pieces: pieces.collect::<Result<_>>()?,
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
                    let problem = format!(
                        "the keys of {} overlap another file's of {}",
                        piece.file.path, table.name
                    );
                    return Err(Error::Plan { problem });
                }
                reached = &piece.span.end;
            }
        }
        Ok(())
    }
}

fn piece(prefix: Prefix, file: &DataFile) -> Result<Piece> {
    let bound = |hex: &str| {
        let problem = || Error::Plan {
            problem: format!("{} has a key that is not hexadecimal", file.path),
        };
        unhex(hex).map(|key| prefix.key(&key)).ok_or_else(problem)
    };
    let span = Span {
        start: bound(&file.first_key)?,
        end: after(&bound(&file.last_key)?),
    };
    Ok(Piece {
        table: prefix.table,
        file: file.clone(),
        span,
    })
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|digit| {
            digit
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        })
        .collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    let (pairs, _) = digits.as_chunks::<2>();
    Some(pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "restore at {}", self.version)?;
        for table in &self.tables {
            let rows: u64 = table.pieces.iter().map(|piece| piece.file.rows).sum();
            writeln!(f, "  {} as table {}: {rows} rows", table.name, table.id)?;
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
        let DataFile {
            path,
            rows,
            first_key,
            last_key,
            ..
        } = &self.file;
        write!(f, "{path}: {rows} rows [{first_key}, {last_key}]")
    }
}

#[cfg(test)]
mod tests;
