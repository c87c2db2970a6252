//! The revisions of one piece, in the order of its data file: key up, version down.
//!
//! HOW DATA FLOWS
//!   `Revised::next` gives chunks as they come from the store: of a continued table the window's revisions, behind each key's its
//!   row at the window's start where a fingerprint is derived from that; of one carried whole its rows at `since` merged with all
//!   revisions after. `Picked` then decides for each revision whether it is carried, and sums up the rows at the end.

use std::sync::Arc;

use cairn_faults::{Fault, is_planted};
use cairn_rows::{Fingerprint, Fingerprinter};
use cairn_storage::{
    Closed, Cursor, Engine, Entries, Revision, Revisions, ScanLimit, Span, Version, Window,
};

use crate::error::Result;
use crate::plan::{Content, Fingerprinting, Piece};

/// About how many bytes a merged chunk holds.
const CHUNK_BYTES: usize = 2 << 20;

/// A piece's revisions.
pub struct Revised {
    changes: Changes,
    /// The rows that a table carried whole begins with.
    rows: Option<Rows>,
}

impl Revised {
    /// # Errors
    /// Those of the store.
    pub async fn open(engine: &Arc<dyn Engine>, piece: &Piece, end: Closed) -> Result<Revised> {
        let (after, rows) = match piece.content {
            Content::History { since } if is_planted(Fault::PreWindowRowOmitted) => (since, None),
            Content::History { since } => {
                let at = engine.close(since).await?;
                let rows = Rows {
                    engine: Arc::clone(engine),
                    at,
                    rest: Some(piece.span.clone()),
                    chunk: Entries::new(),
                    next: 0,
                };
                (since, Some(rows))
            }
            Content::Whole | Content::Changes | Content::Revisions => {
                (piece.window.after.unwrap_or_default(), None)
            }
        };
        let changes = Changes {
            engine: Arc::clone(engine),
            span: piece.span.clone(),
            window: Window { after, upto: end },
            base: piece.fingerprint == Fingerprinting::Derived,
            from: Some(None),
            chunk: Revisions::new(),
            next: 0,
        };
        Ok(Revised { changes, rows })
    }

    /// The next revisions; `None` at the end.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn next(&mut self) -> Result<Option<Revisions>> {
        let Some(rows) = &mut self.rows else {
            return self.changes.chunk().await;
        };
        let mut merged = Revisions::with_capacity(0, CHUNK_BYTES);
        while merged.bytes() < CHUNK_BYTES {
            self.changes.fill().await?;
            rows.fill().await?;
            let change = self.changes.peek();
            let row = rows.chunk.get(rows.next);
            match (change, row) {
                (None, None) => break,
                // A row is older than all changes of its key.
                (Some(change), row) if row.is_none_or(|row| change.key <= row.key) => {
                    merged.push(change.key, change.version, change.value);
                    self.changes.next += 1;
                }
                (_, Some(row)) => {
                    merged.push(row.key, row.version, Some(row.value));
                    rows.next += 1;
                }
                (Some(_), None) => break,
            }
        }
        Ok((!merged.is_empty()).then_some(merged))
    }
}

/// The revisions of a window, chunk by chunk.
struct Changes {
    engine: Arc<dyn Engine>,
    span: Span,
    window: Window,
    base: bool,
    /// Where to go on; `None` at the end.
    from: Option<Option<Cursor>>,
    chunk: Revisions,
    next: usize,
}

impl Changes {
    async fn chunk(&mut self) -> Result<Option<Revisions>> {
        while let Some(from) = self.from.take() {
            let limit = ScanLimit::default();
            let chunk = self
                .engine
                .history(&self.span, self.window, from, self.base, limit)
                .await?;
            self.from = chunk.resume.map(Some);
            if !chunk.items.is_empty() {
                return Ok(Some(chunk.items));
            }
        }
        Ok(None)
    }

    /// Makes sure that there is a next revision, unless all are taken.
    async fn fill(&mut self) -> Result<()> {
        if self.next >= self.chunk.len() {
            self.chunk = self.chunk().await?.unwrap_or_default();
            self.next = 0;
        }
        Ok(())
    }

    fn peek(&self) -> Option<Revision<'_>> {
        self.chunk.get(self.next)
    }
}

/// The rows at one instant, chunk by chunk.
struct Rows {
    engine: Arc<dyn Engine>,
    at: Closed,
    rest: Option<Span>,
    chunk: Entries,
    next: usize,
}

impl Rows {
    async fn fill(&mut self) -> Result<()> {
        while self.next >= self.chunk.len()
            && let Some(span) = self.rest.take()
        {
            let chunk = self
                .engine
                .scan(&span, self.at, ScanLimit::default())
                .await?;
            self.rest = chunk.resume.map(|start| span.from(start));
            self.chunk = chunk.items;
            self.next = 0;
        }
        Ok(())
    }
}

/// Decides which revisions are carried, and sums up what the table has at the end.
pub struct Picked {
    content: Content,
    fingerprint: Fingerprinting,
    /// Revisions up to here are of the window's start.
    after: Option<Version>,
    upto: Version,
    fingerprinter: Fingerprinter,
    last: Option<Vec<u8>>,
    pub sum: Fingerprint,
    pub rows: i64,
}

impl Picked {
    pub fn new(piece: &Piece, fingerprinter: Fingerprinter) -> Self {
        Picked {
            content: piece.content,
            fingerprint: piece.fingerprint,
            after: piece.window.after,
            upto: piece.window.upto,
            fingerprinter,
            last: None,
            sum: Fingerprint::default(),
            rows: 0,
        }
    }

    /// What of a chunk is carried.
    ///
    /// # Errors
    /// Damage.
    pub fn pick(&mut self, chunk: Revisions) -> Result<Revisions> {
        let mut carried = Revisions::with_capacity(chunk.len(), chunk.bytes());
        for revision in chunk.iter() {
            if is_planted(Fault::WindowEnd) && revision.version == self.upto {
                continue;
            }
            let newest = self.last.as_deref() != Some(revision.key);
            if newest {
                let last = self.last.get_or_insert_default();
                last.clear();
                last.extend_from_slice(revision.key);
            }
            if self.after.is_some_and(|after| revision.version <= after) {
                self.take_away(&revision)?;
                continue;
            }
            if newest {
                self.add(&revision)?;
            }
            if is_planted(Fault::TombstonesSkipped) && revision.value.is_none() {
                continue;
            }
            if newest || self.content != Content::Changes {
                carried.push(revision.key, revision.version, revision.value);
            }
        }
        Ok(carried)
    }

    /// A key's newest revision is its row at the end.
    fn add(&mut self, revision: &Revision<'_>) -> Result<()> {
        if self.fingerprint == Fingerprinting::Scan {
            return Ok(());
        }
        if let Some(value) = revision.value {
            self.sum.add(self.fingerprinter.row(revision.key, value)?);
            self.rows += 1;
        }
        Ok(())
    }

    /// What the row was at the window's start, it is no more.
    fn take_away(&mut self, revision: &Revision<'_>) -> Result<()> {
        if is_planted(Fault::FingerprintOldRow) {
            return Ok(());
        }
        if let Some(value) = revision.value {
            self.sum
                .subtract(self.fingerprinter.row(revision.key, value)?);
            self.rows -= 1;
        }
        Ok(())
    }
}
