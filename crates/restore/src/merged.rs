//! The rows of a piece that several layers know something of.
//!
//! HOW DATA FLOWS
//!   1. `Merge` gives all revisions of the piece, of one key from the newest to the oldest.
//!   2. The newest at or below the instant is the row, unless it is a deletion; it is filled up to the columns of the instant.
//!   3. For each checkpoint the newest at or below it is the row of that time, and goes into its proof (`prover`).
//!   4. The rows' index entries are made a batch at a time.

use cairn_rows::{BatchDecoder, BatchEncoder, Fingerprinter};
use cairn_storage::{Revision, Revisions, Version};

use crate::error::Result;
use crate::load::{Destination, Feed, Gathered, Loader, set_aside};
use crate::merge::Merge;
use crate::proof::Proof;
use crate::prover::Prover;
use crate::thin;
use cairn_rows::sort::RunWriter;

/// About how many bytes of rows are handed to the engine at once.
const CHUNK_BYTES: usize = 1 << 20;

/// Revisions between two looks at whether the job still counts.
const LOOK: usize = 10_000;

/// Rows as they are merged.
pub struct MergedFeed<'a> {
    loader: &'a Loader,
    merge: Merge,
    picker: Picker<'a>,
    decoder: BatchDecoder,
    encoder: BatchEncoder,
    pub writers: Vec<(&'a Gathered, RunWriter<'a>)>,
    entries: Revisions,
    pub rows: u64,
    pub bytes: u64,
}

impl<'a> MergedFeed<'a> {
    pub fn new(
        loader: &'a Loader,
        destination: &'a Destination,
        merge: Merge,
    ) -> Result<MergedFeed<'a>> {
        Ok(MergedFeed {
            loader,
            merge,
            picker: Picker::new(destination, loader.at)?,
            decoder: BatchDecoder::all(&destination.table)?,
            encoder: BatchEncoder::new(&destination.table)?,
            writers: destination.writers(),
            entries: Revisions::new(),
            rows: 0,
            bytes: 0,
        })
    }

    /// What was found at each checkpoint.
    pub fn proofs(self) -> Vec<Proof> {
        self.picker.prover.proofs
    }

    /// Looks at the next revision; false when there is none.
    fn pick(&mut self, chosen: &mut Revisions) -> Result<bool> {
        let Some(revision) = self.merge.peek() else {
            return Ok(false);
        };
        self.picker.pick(&revision, self.loader.version, chosen)?;
        Ok(true)
    }

    /// Sets the rows' index entries aside. Reading the rows as a batch also checks them.
    fn index(&mut self, rows: &Revisions) -> Result<()> {
        if self.writers.is_empty() {
            return Ok(());
        }
        let pairs = rows
            .iter()
            .map(|row| (row.key, row.value.unwrap_or_default()));
        let batch = self.decoder.decode_rows(pairs)?;
        let version = self.loader.version;
        let (writers, entries) = (&mut self.writers, &mut self.entries);
        set_aside(writers, &self.encoder, &batch, version, entries)
    }
}

impl Feed for MergedFeed<'_> {
    async fn next(&mut self) -> Result<Option<Revisions>> {
        let mut chosen = Revisions::with_capacity(0, CHUNK_BYTES);
        let mut seen = 0;
        while chosen.bytes() < CHUNK_BYTES && self.pick(&mut chosen)? {
            if seen % LOOK == 0 {
                self.loader.stop.check()?;
            }
            seen += 1;
            self.merge.take().await?;
        }
        if chosen.is_empty() {
            return Ok(None);
        }
        self.index(&chosen)?;
        self.rows += chosen.len() as u64;
        self.bytes += chosen.bytes() as u64;
        let limits = self.loader.engine.limits();
        thin::within(limits, chosen, &self.picker.filler).map(Some)
    }
}

/// Chooses among the revisions of each key.
struct Picker<'a> {
    at: Version,
    /// Fills a row up to the columns of the instant.
    filler: Fingerprinter,
    prover: Prover<'a>,
    /// The row at the instant was found, or that there is none.
    decided: bool,
    filled: Vec<u8>,
}

impl<'a> Picker<'a> {
    fn new(destination: &'a Destination, at: Version) -> Result<Self> {
        Ok(Picker {
            at,
            filler: Fingerprinter::new(&destination.table)?,
            prover: Prover::new(&destination.checkpoints)?,
            decided: false,
            filled: Vec::new(),
        })
    }

    fn pick(
        &mut self,
        revision: &Revision<'_>,
        version: Version,
        out: &mut Revisions,
    ) -> Result<()> {
        if self.prover.look(revision)? {
            self.decided = false;
        }
        if !self.decided && revision.version <= self.at {
            self.decided = true;
            if let Some(value) = revision.value {
                self.filled.clear();
                self.filler.fill(value, &mut self.filled)?;
                out.push(revision.key, version, Some(&self.filled));
            }
        }
        Ok(())
    }
}
