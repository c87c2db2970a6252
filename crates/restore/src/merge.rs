//! Several layers of a table as one stream of revisions: key up, version down.
//!
//! HOW DATA FLOWS
//!   1. Each layer's files for a piece are a `Source`: read one after the other, a page of each at a time, cut to the piece's keys.
//!   2. Above [`FAN_IN`] sources, the smallest are merged into runs on the local disk first (`Merge::open`): a full backup under many
//!      incrementals is not written there.
//!   3. `Merge::take` gives the least revision of all heads.
//!
//! INVARIANTS
//!   Versions of one key differ between layers, since windows do not overlap: `Merge::take` refuses two that are the same.

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::sync::Arc;

use cairn_archive::chain::Layer;
use cairn_archive::{DataFile, DataFileReader, KeyColumn, Scratch, open_verified_in};
use cairn_blob::Store;
use cairn_catalog::TableDescriptor;
use cairn_rows::RevisionEncoder;
use cairn_storage::{Prefix, Revision, Revisions, Span, Version};

use crate::error::{Error, Result};
use crate::history::Part;
use crate::runs::{RunReader, RunWriter};

/// Layers merged at once: so few that more than one worker fits into what all may hold.
pub const FAN_IN: usize = 16;

/// What a merge holds of each source: a batch as Arrow and as rows, and a page per column.
pub const SOURCE_BYTES: usize = 1536 << 10;

/// What the batches of all sources together have.
const BATCHES_BYTES: u64 = 4 << 20;
const LEAST_BATCH_BYTES: u64 = 64 << 10;

/// A small object is held in memory while it is read.
const HELD_BYTES: u64 = 256 << 10;

/// One layer's files for a piece.
pub struct PartFiles<'a> {
    pub layer: &'a Layer,
    pub part: &'a Part,
    pub files: Vec<DataFile>,
}

/// Revisions of one place, in order.
struct Source {
    from: From,
    /// What it comes from has so many, of rows outside the span too.
    bytes: u64,
    span: Span,
    chunk: Revisions,
    next: usize,
}

enum From {
    Files(Box<Files>),
    Run(RunReader),
}

struct Files {
    store: Arc<dyn Store>,
    scratch: Scratch,
    key: Vec<KeyColumn>,
    prefix: Prefix,
    end: Version,
    shapes: Vec<(Version, TableDescriptor)>,
    batch_bytes: u64,
    rest: VecDeque<DataFile>,
    open: Option<(DataFileReader, RevisionEncoder)>,
}

/// Sources by their heads: the least key first, and of one key the newest version.
pub struct Merge {
    sources: Vec<Source>,
    /// Places in `sources` of those that are not at their end.
    order: VecDeque<usize>,
    last: Option<(Vec<u8>, Version)>,
}

impl Merge {
    /// # Errors
    /// Damage, named; those of store and disk.
    pub async fn open(
        parts: Vec<PartFiles<'_>>,
        prefix: Prefix,
        span: &Span,
        scratch: &Scratch,
    ) -> Result<Merge> {
        let width = parts.len().min(FAN_IN) as u64;
        let batch_bytes = (BATCHES_BYTES / width.max(1)).max(LEAST_BATCH_BYTES);
        let mut sources: Vec<Source> = Vec::with_capacity(parts.len());
        for part in parts {
            let bytes = part.files.iter().map(|file| file.bytes).sum();
            let files = Files {
                store: Arc::clone(&part.layer.store),
                scratch: scratch.holding(HELD_BYTES),
                key: part.part.archived.primary_key.clone(),
                prefix,
                end: part.part.end,
                shapes: part.part.shapes.clone(),
                batch_bytes,
                rest: part.files.into(),
                open: None,
            };
            sources.push(Source::new(From::Files(Box::new(files)), bytes, span));
        }
        while let Some(group) = too_many(&mut sources, |source| source.bytes) {
            let bytes = group.iter().map(|source| source.bytes).sum();
            let run = Merge::of(group).await?.into_run(scratch).await?;
            sources.push(Source::new(From::Run(run), bytes, span));
        }
        Merge::of(sources).await
    }

    async fn of(mut sources: Vec<Source>) -> Result<Merge> {
        let mut heads = Vec::with_capacity(sources.len());
        for (place, source) in sources.iter_mut().enumerate() {
            if source.fill().await? {
                heads.push(place);
            }
        }
        let mut merge = Merge {
            sources,
            order: VecDeque::with_capacity(heads.len()),
            last: None,
        };
        for place in heads {
            merge.put(place);
        }
        Ok(merge)
    }

    /// The least revision that was not taken yet.
    pub fn peek(&self) -> Option<Revision<'_>> {
        self.sources.get(*self.order.front()?)?.peek()
    }

    /// Takes it.
    ///
    /// # Errors
    /// [`Error::Plan`] when two layers have the same version of a key.
    pub async fn take(&mut self) -> Result<()> {
        let Some(place) = self.order.pop_front() else {
            return Ok(());
        };
        let Some(source) = self.sources.get_mut(place) else {
            return Ok(());
        };
        if let Some(taken) = source.peek() {
            let (key, version) = self.last.get_or_insert_default();
            if key == taken.key && *version == taken.version {
                return Err(Error::Plan {
                    problem: format!("two layers have version {version} of one key"),
                });
            }
            key.clear();
            key.extend_from_slice(taken.key);
            *version = taken.version;
        }
        source.next += 1;
        if source.fill().await? {
            self.put(place);
        }
        Ok(())
    }

    fn put(&mut self, place: usize) {
        let position = match self.sources.get(place).and_then(Source::peek) {
            Some(head) => self.order.partition_point(|other| {
                let other = self.sources.get(*other).and_then(Source::peek);
                other.is_some_and(|other| (other.key, head.version) < (head.key, other.version))
            }),
            None => return,
        };
        self.order.insert(position, place);
    }

    async fn into_run(mut self, scratch: &Scratch) -> Result<RunReader> {
        let mut run = RunWriter::create(scratch.directory())?;
        while self.copy_head(&mut run)? {
            self.take().await?;
        }
        run.finish()
    }

    fn copy_head(&self, run: &mut RunWriter) -> Result<bool> {
        let Some(revision) = self.peek() else {
            return Ok(false);
        };
        run.push(revision.key, revision.version, revision.value)?;
        Ok(true)
    }
}

/// Takes out the smallest of more than [`FAN_IN`], as many as leave that many together with what becomes of them.
fn too_many<T>(sources: &mut Vec<T>, bytes: impl Fn(&T) -> u64) -> Option<Vec<T>> {
    let more = sources.len().checked_sub(FAN_IN).filter(|more| *more > 0)?;
    sources.sort_by_key(|source| Reverse(bytes(source)));
    Some(sources.split_off(sources.len() - FAN_IN.min(more + 1)))
}

impl Source {
    fn new(from: From, bytes: u64, span: &Span) -> Self {
        Source {
            from,
            bytes,
            span: span.clone(),
            chunk: Revisions::new(),
            next: 0,
        }
    }

    fn peek(&self) -> Option<Revision<'_>> {
        self.chunk.get(self.next)
    }

    /// Makes sure that there is a head inside the span; false at the end.
    async fn fill(&mut self) -> Result<bool> {
        loop {
            while let Some(head) = self.chunk.get(self.next) {
                if *head.key >= *self.span.end {
                    self.chunk.clear();
                    self.from.close();
                    return Ok(false);
                }
                if *head.key >= *self.span.start {
                    return Ok(true);
                }
                self.next += 1;
            }
            self.chunk = self.from.next().await?;
            self.next = 0;
            if self.chunk.is_empty() {
                return Ok(false);
            }
        }
    }
}

impl From {
    /// More revisions; nothing at the end.
    async fn next(&mut self) -> Result<Revisions> {
        match self {
            From::Files(files) => files.next().await,
            From::Run(run) => run.next(usize::try_from(LEAST_BATCH_BYTES).unwrap_or(usize::MAX)),
        }
    }

    /// What follows lies behind the span.
    fn close(&mut self) {
        if let From::Files(files) = self {
            files.rest.clear();
            files.open = None;
        }
    }
}

impl Files {
    async fn next(&mut self) -> Result<Revisions> {
        let mut chunk = Revisions::new();
        while chunk.is_empty() {
            let (mut reader, encoder) = match self.open.take() {
                Some(open) => open,
                None => match self.rest.pop_front() {
                    Some(file) => self.open(&file).await?,
                    None => break,
                },
            };
            if let Some(batch) = reader.next().await? {
                encoder.encode(&batch, self.end, &mut chunk)?;
                self.open = Some((reader, encoder));
            }
        }
        Ok(chunk)
    }

    async fn open(&mut self, file: &DataFile) -> Result<(DataFileReader, RevisionEncoder)> {
        let store = self.store.as_ref();
        let reader =
            open_verified_in(store, file, &self.key, &self.scratch, self.batch_bytes).await?;
        let shapes: Vec<_> = self
            .shapes
            .iter()
            .map(|(from, table)| (*from, table))
            .collect();
        let encoder = RevisionEncoder::new(self.prefix, &shapes, &reader.schema())?;
        Ok((reader, encoder))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_are_merged_last() {
        let mut sources: Vec<u64> = (1..=100).chain([1_000_000]).collect();
        let mut sizes = Vec::new();
        while let Some(group) = too_many(&mut sources, |bytes| *bytes) {
            sizes.push(group.len());
            sources.push(group.into_iter().sum());
        }
        assert_eq!(sizes, [16, 16, 16, 16, 16, 11]);
        assert_eq!(sources.len(), FAN_IN);
        assert!(sources.contains(&1_000_000));
        assert_eq!(sources.iter().sum::<u64>(), 1_005_050);
    }
}
