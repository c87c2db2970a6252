//! A number that stands for a table's content, whatever order its rows are met in.
//!
//! WHAT
//!   The sum modulo 2^128 of the XXH3-128 of every row's canonical bytes: the key without its prefix (a restored
//!   table has other ids), then the value with every column present. It finds faults, not forgers.
//!
//! INVARIANTS
//!   Equal rows of equal shape give equal numbers on every machine and version: canonical forms are those of
//!   `element` and `value`, and the test vectors in `fingerprint/tests.rs` and `docs/keys.md` hold them fast.

use std::fmt;
use std::str::FromStr;

use cairn_catalog::{ColumnId, TableDescriptor};
use cairn_storage::{Entries, Prefix, Revisions};
use xxhash_rust::xxh3::xxh3_128;

use crate::Result;
use crate::shape::Shape;
use crate::value::{Raw, ValueWriter, Values};

/// The fingerprint of a set of rows; the empty set's is zero. `Display` gives 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub u128);

impl Fingerprint {
    /// Joins the rows of another set, none of which is in this one.
    pub fn add(&mut self, other: Self) {
        self.0 = self.0.wrapping_add(other.0);
    }

    /// Takes away the rows of another set, all of which are in this one.
    pub fn subtract(&mut self, other: Self) {
        self.0 = self.0.wrapping_sub(other.0);
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for Fingerprint {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        u128::from_str_radix(text, 16).map(Self)
    }
}

/// Computes fingerprints of one table's rows.
#[derive(Debug)]
pub struct Fingerprinter {
    shape: Shape,
    prefix: [u8; Prefix::LEN],
    /// The columns outside the key, by id, with their positions.
    columns: Vec<(ColumnId, usize)>,
}

impl Fingerprinter {
    pub fn new(table: &TableDescriptor) -> Result<Self> {
        let shape = Shape::new(table)?;
        let columns = shape
            .value_columns()
            .map(|(position, column)| (column.id, position))
            .collect();
        Ok(Self {
            prefix: shape.prefix.to_bytes(),
            shape,
            columns,
        })
    }

    /// # Errors
    /// `Damaged` for bytes that are no row of this table.
    pub fn entries(&self, entries: &Entries) -> Result<Fingerprint> {
        self.rows(entries.iter().map(|entry| (entry.key, entry.value)))
    }

    /// As if these revisions were rows; deletions count nothing.
    pub fn revisions(&self, revisions: &Revisions) -> Result<Fingerprint> {
        self.rows(
            revisions
                .iter()
                .filter_map(|revision| Some((revision.key, revision.value?))),
        )
    }

    pub fn rows<'a>(
        &self,
        rows: impl Iterator<Item = (&'a [u8], &'a [u8])>,
    ) -> Result<Fingerprint> {
        let mut sum = Fingerprint::default();
        let mut canonical = Vec::new();
        for (key, value) in rows {
            canonical.clear();
            let Some(suffix) = key.strip_prefix(self.prefix.as_slice()) else {
                return Err(self.shape.damaged("a key of another table or index"));
            };
            canonical.extend_from_slice(suffix);
            self.fill(value, &mut canonical)?;
            sum.add(Fingerprint(xxh3_128(&canonical)));
        }
        Ok(sum)
    }

    /// One row's.
    pub fn row(&self, key: &[u8], value: &[u8]) -> Result<Fingerprint> {
        self.rows(std::iter::once((key, value)))
    }

    /// Appends the value as it is if it has exactly the table's columns, else rewritten so that it has: with missing values, and
    /// without what was dropped.
    pub fn fill(&self, value: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let mut stored = Values::new(value);
        let mut columns = self.columns.iter();
        loop {
            let next = stored
                .next()
                .map_err(|problem| self.shape.damaged(problem))?;
            match (next, columns.next()) {
                (None, None) => {
                    out.extend_from_slice(value);
                    return Ok(());
                }
                (Some((id, _)), Some((wanted, _))) if id == *wanted => {}
                _ => return self.push_filled(value, out),
            }
        }
    }

    fn push_filled(&self, value: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let mut stored = Values::new(value);
        let mut ahead: Option<(ColumnId, Raw<'_>)> = None;
        let mut writer = ValueWriter::new(out);
        for (wanted, position) in &self.columns {
            while ahead.is_none_or(|(id, _)| id < *wanted) {
                ahead = stored
                    .next()
                    .map_err(|problem| self.shape.damaged(problem))?;
                if ahead.is_none() {
                    break;
                }
            }
            match ahead {
                Some((id, raw)) if id == *wanted => writer.raw(id, &raw),
                _ => writer.datum(*wanted, &self.shape.column(*position)?.missing),
            }
        }
        Ok(())
    }

    /// Appends the value without what reads the same when it is absent: no longer than the row was in any store, however long its
    /// missing values are.
    pub fn thin(&self, value: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let mut stored = Values::new(value);
        let mut writer = ValueWriter::new(out);
        while let Some((id, raw)) = stored
            .next()
            .map_err(|problem| self.shape.damaged(problem))?
        {
            if !self.is_missing_value(id, &raw)? {
                writer.raw(id, &raw);
            }
        }
        Ok(())
    }

    fn is_missing_value(&self, id: ColumnId, raw: &Raw<'_>) -> Result<bool> {
        let Some((_, position)) = self.columns.iter().find(|(known, _)| *known == id) else {
            return Ok(false);
        };
        let (mut stored, mut missing) = (Vec::new(), Vec::new());
        ValueWriter::new(&mut stored).raw(id, raw);
        ValueWriter::new(&mut missing).datum(id, &self.shape.column(*position)?.missing);
        Ok(stored == missing)
    }
}

#[cfg(test)]
mod tests;
