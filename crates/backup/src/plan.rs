//! The map of a backup: which pieces of which tables over which window. A pure value that prints
//! itself and can be checked before anything is read.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use bytes::Bytes;
use cairn_archive::Coverage;
use cairn_rows::primary_span;
use cairn_storage::{Span, TableId, Version};

use crate::target::Target;

/// What a piece should hold, in bytes of raw rows.
pub const PIECE_BYTES: u64 = 128 << 20;

/// Everything that a backup will read, in the order of its manifest.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub window: PlannedWindow,
    pub tables: Vec<PlannedTable>,
}

/// `(after, upto]`; a full backup has no lower bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedWindow {
    pub after: Option<Version>,
    pub upto: Version,
}

/// What a backup takes of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Its rows at the end.
    Whole,
    /// The newest revision in the window of each row that changed in it.
    Changes,
    /// Its rows at `since`, and every revision after.
    History { since: Version },
    /// Every revision in the window.
    Revisions,
}

/// How a table's fingerprint at the end comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fingerprinting {
    /// From the rows, which are read anyway.
    Read,
    /// From the layer before and the changes.
    Derived,
    /// By reading all rows at the end, for nothing else: its columns are not those of the layer before.
    Scan,
}

/// One table: its whole primary index, cut into pieces.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedTable {
    pub id: TableId,
    /// `database.table`, for people.
    pub name: String,
    pub content: Content,
    pub fingerprint: Fingerprinting,
    pub window: PlannedWindow,
    pub span: Span,
    /// The store's estimate; no decision of correctness hangs on it.
    pub estimated_bytes: u64,
    pub pieces: Vec<Piece>,
}

/// One unit of work, which becomes one data file, or none when it is empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    pub table: TableId,
    pub content: Content,
    pub fingerprint: Fingerprinting,
    /// From 1, ascending with the keys.
    pub number: u32,
    pub span: Span,
    pub window: PlannedWindow,
    /// By an earlier run of the job.
    pub done: bool,
}

/// What the store says about a table's size and where to cut it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Survey {
    pub estimated_bytes: u64,
    pub cuts: Vec<Bytes>,
    /// With history: the first instant at which the rows of a table carried whole can be told.
    pub since: Version,
}

/// Pieces are not made smaller than this to give every worker something to do.
const LEAST_PIECE_BYTES: u64 = 8 << 20;

/// Pieces that each worker should get, so that none waits long for the last one.
const PIECES_PER_WORKER: usize = 4;

/// The size of pieces for a backup of `total` bytes: at most `most`, less where that would leave
/// workers without work.
#[must_use]
pub fn piece_size(total: u64, workers: usize, most: u64) -> u64 {
    let shared = total / ((workers * PIECES_PER_WORKER) as u64).max(1);
    shared.clamp(LEAST_PIECE_BYTES.min(most), most)
}

/// How many pieces a table of this size is cut into.
#[must_use]
pub fn piece_count(estimated_bytes: u64, piece_bytes: u64) -> usize {
    let pieces = estimated_bytes.div_ceil(piece_bytes.max(1)).max(1);
    usize::try_from(pieces).unwrap_or(usize::MAX)
}

/// Pieces of what changed in a table hold at least so many keys, but the last.
pub const LEAST_PIECE_KEYS: usize = 20_000;

/// And hardly more than so many.
const MOST_PIECE_KEYS: usize = 1_000_000;

/// Of cuts behind every [`LEAST_PIECE_KEYS`] changed keys, as many as give every worker something to do.
#[must_use]
pub fn enough_cuts(cuts: Vec<Bytes>, workers: usize) -> Vec<Bytes> {
    let pieces = (workers * PIECES_PER_WORKER).max(1);
    let most = MOST_PIECE_KEYS / LEAST_PIECE_KEYS;
    let step = (cuts.len() + 1).div_ceil(pieces).min(most);
    cuts.into_iter().skip(step - 1).step_by(step).collect()
}

impl Plan {
    /// Cuts every target's primary index at the surveyed keys, around what is `done`. Cuts outside the span, and those that
    /// do not ascend, are left out: a cut is a hint.
    #[must_use]
    pub fn new(
        targets: &[Target],
        window: PlannedWindow,
        history: bool,
        surveys: &HashMap<TableId, Survey>,
        done: &BTreeMap<TableId, Vec<Span>>,
    ) -> Self {
        let tables = targets.iter().filter(|target| target.has_rows());
        let tables = tables.map(|target| {
            let survey = surveys.get(&target.table.id).cloned().unwrap_or_default();
            let mut table = PlannedTable::new(target, window, history, survey.since);
            table.estimated_bytes = survey.estimated_bytes;
            let done = done.get(&table.id).map_or(&[][..], Vec::as_slice);
            table.pieces = cut(&table, &survey.cuts, done);
            table
        });
        Plan {
            window,
            tables: tables.collect(),
        }
    }

    pub fn pieces(&self) -> impl Iterator<Item = &Piece> {
        self.tables.iter().flat_map(|table| &table.pieces)
    }

    /// Proves that the pieces of each table tile its span without gap or overlap.
    ///
    /// # Errors
    /// What does not fit, for the bug report.
    pub fn check(&self) -> Result<(), String> {
        for table in &self.tables {
            let mut reached = &table.span.start;
            for piece in &table.pieces {
                if piece.span.start != *reached {
                    return Err(format!(
                        "piece {} of {} does not begin where the one before ends",
                        piece.number, table.name
                    ));
                }
                if piece.span.start >= piece.span.end {
                    return Err(format!(
                        "piece {} of {} is empty or upside down",
                        piece.number, table.name
                    ));
                }
                let window = (piece.window.after, piece.window.upto);
                if window != (table.window.after, self.window.upto) || piece.table != table.id {
                    return Err(format!(
                        "piece {} of {} belongs to another window or table",
                        piece.number, table.name
                    ));
                }
                reached = &piece.span.end;
            }
            if *reached != table.span.end {
                return Err(format!("the pieces of {} end before it does", table.name));
            }
        }
        Ok(())
    }
}

impl PlannedTable {
    /// Without pieces yet.
    fn new(target: &Target, window: PlannedWindow, history: bool, since: Version) -> Self {
        let content = match (target.coverage, history) {
            (Coverage::Introduced, false) => Content::Whole,
            (Coverage::Continued, false) => Content::Changes,
            (Coverage::Introduced, true) => Content::History { since },
            (Coverage::Continued, true) => Content::Revisions,
        };
        let fingerprint = match (target.coverage, &target.before) {
            (Coverage::Introduced, _) => Fingerprinting::Read,
            (Coverage::Continued, Some(_)) => Fingerprinting::Derived,
            (Coverage::Continued, None) => Fingerprinting::Scan,
        };
        let after = window
            .after
            .filter(|_| target.coverage == Coverage::Continued);
        PlannedTable {
            id: target.table.id,
            name: target.qualified_name(),
            content,
            fingerprint,
            window: PlannedWindow { after, ..window },
            span: primary_span(&target.table),
            estimated_bytes: 0,
            pieces: Vec::new(),
        }
    }
}

/// The spans that are done, in order, and the gaps between them cut up.
fn cut(table: &PlannedTable, cuts: &[Bytes], done: &[Span]) -> Vec<Piece> {
    let mut cuts = cuts.iter().peekable();
    let mut spans = Vec::new();
    let mut reached = table.span.start.clone();
    let mut fill = |reached: Bytes, end: &Bytes, spans: &mut Vec<(Span, bool)>| {
        let mut start = reached;
        while let Some(cut) = cuts.next_if(|cut| *cut < end) {
            if start < *cut {
                let span = Span {
                    start: std::mem::replace(&mut start, cut.clone()),
                    end: cut.clone(),
                };
                spans.push((span, false));
            }
        }
        if start < *end {
            let end = end.clone();
            spans.push((Span { start, end }, false));
        }
    };
    for span in done {
        fill(reached, &span.start, &mut spans);
        reached = span.end.clone();
        spans.push((span.clone(), true));
    }
    fill(reached, &table.span.end, &mut spans);
    (1..)
        .zip(spans)
        .map(|(number, (span, done))| Piece {
            table: table.id,
            content: table.content,
            fingerprint: table.fingerprint,
            number,
            span,
            window: table.window,
            done,
        })
        .collect()
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.window)?;
        for table in &self.tables {
            let megabytes = table.estimated_bytes.div_ceil(1 << 20);
            write!(f, "  {} {}", table.name, table.content)?;
            match table.fingerprint {
                Fingerprinting::Read => writeln!(f, ", about {megabytes} MiB")?,
                Fingerprinting::Derived => writeln!(f)?,
                Fingerprinting::Scan => writeln!(f, ", fingerprint by a scan")?,
            }
            for piece in &table.pieces {
                writeln!(f, "    {piece}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Content::Whole => f.write_str("whole"),
            Content::Changes => f.write_str("changes"),
            Content::History { since } => write!(f, "whole with history since {since}"),
            Content::Revisions => f.write_str("changes with history"),
        }
    }
}

impl fmt::Display for PlannedWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.after {
            None => write!(f, "full at {}", self.upto.0),
            Some(after) => write!(f, "changes in ({}, {}]", after.0, self.upto.0),
        }
    }
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "piece {} [{}, {}){}",
            self.number,
            hex::encode(&self.span.start),
            hex::encode(&self.span.end),
            if self.done { " done" } else { "" }
        )
    }
}

#[cfg(test)]
mod tests;
