//! External sort: rows or index entries of any number, in any order, become one sorted stream.
//!
//! HOW DATA FLOWS
//!   1. Any number of writers ([`Runs::writer`]) collect entries and write them out as sorted runs.
//!   2. Once all are finished, [`Runs::merge`] reads the runs with a page of memory per run; more than `FAN_IN` are
//!      merged in several passes.
//!
//! INVARIANTS
//!   Keys ascend strictly in a merge: two equal ones are `Duplicate`. In a unique index they are a violation, in any
//!   other a bug.
//!
//! CRASH
//!   A run is a sequence of `key length u32 LE, value length u32 LE, key, value`, and means nothing after a crash:
//!   whoever names the folder empties it at the next start.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use parking_lot::Mutex;

/// Runs merged at once; with [`PAGE`] it bounds the memory of a merge to 16 MiB.
const FAN_IN: usize = 128;
/// What is buffered of each run.
const PAGE: usize = 128 * 1024;

#[derive(Debug, thiserror::Error)]
pub enum SortError {
    #[error("two entries have the same key")]
    Duplicate { key: Vec<u8> },
    #[error("temporary file {path:?}")]
    Io { path: PathBuf, source: io::Error },
}

type Result<T> = std::result::Result<T, SortError>;

/// The sorted runs of one index, filled by many writers.
#[derive(Debug)]
pub struct Runs {
    folder: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    runs: Vec<PathBuf>,
    entries: u64,
}

impl Runs {
    /// Runs below `folder`, which is made if it is not there.
    pub fn create(folder: PathBuf) -> Result<Self> {
        std::fs::create_dir_all(&folder).map_err(|source| SortError::Io {
            path: folder.clone(),
            source,
        })?;
        Ok(Runs {
            folder,
            state: Mutex::default(),
        })
    }

    /// Entries in all runs so far.
    pub fn entries(&self) -> u64 {
        self.state.lock().entries
    }

    /// A writer that holds at most about `memory` bytes.
    pub fn writer(&self, memory: usize) -> RunWriter<'_> {
        RunWriter {
            runs: self,
            memory,
            bytes: Vec::new(),
            slots: Vec::new(),
        }
    }

    fn new_path(&self) -> PathBuf {
        let mut state = self.state.lock();
        state.next += 1;
        self.folder.join(format!("run-{}", state.next))
    }

    /// Everything in key order. Call it when no writer is left.
    pub fn merge(&self) -> Result<Merge> {
        loop {
            let batch: Vec<PathBuf> = {
                let mut state = self.state.lock();
                if state.runs.len() <= FAN_IN {
                    return Merge::open(&state.runs);
                }
                state.runs.drain(..FAN_IN).collect()
            };
            let merged = self.merge_to_run(&batch)?;
            self.state.lock().runs.push(merged);
        }
    }

    fn merge_to_run(&self, runs: &[PathBuf]) -> Result<PathBuf> {
        let mut run = OpenRun::create(self.new_path())?;
        let mut merge = Merge::open(runs)?;
        loop {
            let mut failed = None;
            let filled = merge.fill(PAGE, |key, value| {
                if failed.is_none() {
                    failed = run.write(key, value).err();
                }
            })?;
            if let Some(error) = failed {
                return Err(error);
            }
            if filled == 0 {
                break;
            }
        }
        for path in runs {
            std::fs::remove_file(path).map_err(|source| SortError::Io {
                path: path.clone(),
                source,
            })?;
        }
        run.finish()
    }
}

/// Collects entries in memory and writes them out as a sorted run whenever memory is full.
#[derive(Debug)]
pub struct RunWriter<'a> {
    runs: &'a Runs,
    memory: usize,
    bytes: Vec<u8>,
    slots: Vec<Slot>,
}

/// Where an entry lies in the arena; `head` decides most comparisons without touching it.
#[derive(Debug, Clone, Copy)]
struct Slot {
    head: u64,
    start: u32,
    key: u32,
    value: u32,
}

/// The prefix (table, index) is the same in all keys of an index: the head begins after it.
const SHARED_PREFIX: usize = 8;

fn head_of(key: &[u8]) -> u64 {
    let mut head = [0; 8];
    for (to, from) in head.iter_mut().zip(key.iter().skip(SHARED_PREFIX)) {
        *to = *from;
    }
    u64::from_be_bytes(head)
}

impl RunWriter<'_> {
    pub fn push(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        let slot = Slot {
            head: head_of(key),
            start: narrow(self.bytes.len()),
            key: narrow(key.len()),
            value: narrow(value.len()),
        };
        self.bytes.extend_from_slice(key);
        self.bytes.extend_from_slice(value);
        self.slots.push(slot);
        if self.bytes.len() + self.slots.len() * size_of::<Slot>() >= self.memory {
            self.spill()?;
        }
        Ok(())
    }

    /// Writes what is left. A writer that is dropped instead loses it, as a failed piece should.
    pub fn finish(mut self) -> Result<()> {
        self.spill()
    }

    fn spill(&mut self) -> Result<()> {
        if self.slots.is_empty() {
            return Ok(());
        }
        let bytes = &self.bytes;
        self.slots.sort_unstable_by(|a, b| {
            a.head
                .cmp(&b.head)
                .then_with(|| key_in(bytes, a).cmp(key_in(bytes, b)))
        });
        let mut run = OpenRun::create(self.runs.new_path())?;
        for slot in &self.slots {
            run.write(key_in(bytes, slot), value_in(bytes, slot))?;
        }
        let path = run.finish()?;
        let mut state = self.runs.state.lock();
        state.entries += self.slots.len() as u64;
        state.runs.push(path);
        drop(state);
        self.bytes.clear();
        self.slots.clear();
        Ok(())
    }
}

/// Lengths here are bounded by `memory`, far below 4 GiB.
fn narrow(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn key_in<'b>(bytes: &'b [u8], slot: &Slot) -> &'b [u8] {
    let start = slot.start as usize;
    bytes
        .get(start..start + slot.key as usize)
        .unwrap_or_default()
}

fn value_in<'b>(bytes: &'b [u8], slot: &Slot) -> &'b [u8] {
    let start = slot.start as usize + slot.key as usize;
    bytes
        .get(start..start + slot.value as usize)
        .unwrap_or_default()
}

struct OpenRun {
    path: PathBuf,
    file: BufWriter<File>,
}

impl OpenRun {
    fn create(path: PathBuf) -> Result<Self> {
        match File::create_new(&path) {
            Ok(file) => Ok(OpenRun {
                path,
                file: BufWriter::with_capacity(PAGE, file),
            }),
            Err(source) => Err(SortError::Io { path, source }),
        }
    }

    fn write(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        self.try_write(key, value).map_err(|source| SortError::Io {
            path: self.path.clone(),
            source,
        })
    }

    fn try_write(&mut self, key: &[u8], value: &[u8]) -> io::Result<()> {
        self.file.write_all(&narrow(key.len()).to_le_bytes())?;
        self.file.write_all(&narrow(value.len()).to_le_bytes())?;
        self.file.write_all(key)?;
        self.file.write_all(value)
    }

    fn finish(mut self) -> Result<PathBuf> {
        match self.file.flush() {
            Ok(()) => Ok(self.path),
            Err(source) => Err(SortError::Io {
                path: self.path,
                source,
            }),
        }
    }
}

/// The entries of several runs, in key order.
#[derive(Debug)]
pub struct Merge {
    heads: BinaryHeap<Head>,
    previous: Option<Vec<u8>>,
}

impl Merge {
    fn open(runs: &[PathBuf]) -> Result<Self> {
        let mut heads = BinaryHeap::with_capacity(runs.len());
        for path in runs {
            heads.extend(Head::open(path)?);
        }
        Ok(Merge {
            heads,
            previous: None,
        })
    }

    /// Hands out entries worth about `bytes`; answers how many, 0 at the end.
    ///
    /// # Errors
    /// [`SortError::Duplicate`] when two keys are the same.
    pub fn fill(&mut self, bytes: usize, mut emit: impl FnMut(&[u8], &[u8])) -> Result<usize> {
        let (mut entries, mut filled) = (0, 0);
        while filled < bytes {
            let Some(mut top) = self.heads.peek_mut() else {
                break;
            };
            let previous = self.previous.get_or_insert_default();
            if *previous == top.key {
                return Err(SortError::Duplicate {
                    key: top.key.clone(),
                });
            }
            emit(&top.key, &top.value);
            entries += 1;
            filled += top.key.len() + top.value.len();
            previous.clear();
            previous.extend_from_slice(&top.key);
            if !top.advance()? {
                PeekMut::pop(top);
            }
        }
        Ok(entries)
    }
}

/// A run being read, at its current entry.
#[derive(Debug)]
struct Head {
    path: PathBuf,
    file: BufReader<File>,
    key: Vec<u8>,
    value: Vec<u8>,
}

impl Head {
    /// `None` for an empty run.
    fn open(path: &Path) -> Result<Option<Self>> {
        let file = File::open(path).map_err(|source| SortError::Io {
            path: path.to_owned(),
            source,
        })?;
        let file = BufReader::with_capacity(PAGE, file);
        let mut head = Head {
            path: path.to_owned(),
            file,
            key: Vec::new(),
            value: Vec::new(),
        };
        Ok(head.advance()?.then_some(head))
    }

    /// Moves to the next entry; false at the end of the run.
    fn advance(&mut self) -> Result<bool> {
        self.try_advance().map_err(|source| SortError::Io {
            path: self.path.clone(),
            source,
        })
    }

    fn try_advance(&mut self) -> io::Result<bool> {
        let mut lengths = [0; 8];
        let mut first = [0; 1];
        if self.file.read(&mut first)? == 0 {
            return Ok(false);
        }
        let [start, rest @ ..] = &mut lengths;
        *start = first[0];
        self.file.read_exact(rest)?;
        let lengths = u64::from_le_bytes(lengths);
        let key = usize::try_from(lengths & u64::from(u32::MAX)).unwrap_or(usize::MAX);
        let value = usize::try_from(lengths >> 32).unwrap_or(usize::MAX);
        self.key.resize(key, 0);
        self.value.resize(value, 0);
        self.file.read_exact(&mut self.key)?;
        self.file.read_exact(&mut self.value)?;
        Ok(true)
    }
}

impl Ord for Head {
    /// Reversed, since the heap gives its greatest first.
    fn cmp(&self, other: &Self) -> Ordering {
        other.key.cmp(&self.key)
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Head {}

#[cfg(test)]
mod tests;
