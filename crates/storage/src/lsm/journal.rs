//! Looks at fjall's journals before fjall does.
//!
//! WHAT
//!   Every batch is written and synced under fjall's journal lock (we never write one without
//!   `SyncData`), so a power cut can tear the last batch of the last journal and nothing else. fjall
//!   refuses to open some torn batches, and silently drops everything behind a damaged one. Here a
//!   torn end is cut off, and damage before the end refuses the store.
//! INVARIANTS
//!   Only bytes behind the last whole batch are ever cut, and only when no whole batch follows them.
//! LEFT OUT
//!   Damage in table files: fjall's block checksums find it when the block is read.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::Xxh3;

use crate::{Error, Result};

const TRAILER: [u8; 4] = *b"FJL\x03";
const START: u8 = 1;
const ITEM: u8 = 2;
const END: u8 = 3;
const CLEAR: u8 = 4;
/// fjall stops at 2^63.
const NUMBERS: u64 = 1 << 62;

/// Cuts the torn end off the last journal, or says which journal is damaged.
pub(super) fn check(data: &Path) -> Result<()> {
    let mut journals = journals(data)?;
    let Some(last) = journals.pop() else {
        return Ok(());
    };
    for journal in journals {
        if let Found::Bad { at } = Journal::open(&journal)?.read_to_end()? {
            return Err(damaged(&journal, at));
        }
    }
    let mut journal = Journal::open(&last)?;
    if let Found::Bad { at } = journal.read_to_end()? {
        if journal.has_whole_batch_behind(at)? {
            return Err(damaged(&last, at));
        }
        tracing::warn!(journal = %last.display(), at, "cutting off a batch that a crash left unfinished");
        let file = File::options().write(true).open(&last)?;
        file.set_len(at)?;
        file.sync_all()?;
    }
    Ok(())
}

/// Journals in the order they were written.
fn journals(data: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(data)? {
        let path = entry?.path();
        let is_journal = path.extension().is_some_and(|extension| extension == "jnl");
        let number = path
            .file_stem()
            .and_then(|stem| stem.to_str()?.parse::<u64>().ok());
        if let (true, Some(number)) = (is_journal, number) {
            found.push((number, path));
        }
    }
    found.sort();
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

fn damaged(journal: &Path, at: u64) -> Error {
    Error::Damaged {
        what: format!(
            "{} is unreadable from byte {at} on, and more follows",
            journal.display()
        ),
    }
}

/// How a journal ends.
enum Found {
    /// With whole batches, and perhaps space never written to.
    Whole,
    /// No batch begins at `at`, though something is there.
    Bad { at: u64 },
}

struct Batch {
    length: u64,
    number: u64,
}

struct Journal {
    reader: BufReader<File>,
    buffer: Vec<u8>,
}

impl Journal {
    fn open(path: &Path) -> Result<Journal> {
        let reader = BufReader::with_capacity(1 << 20, File::open(path)?);
        Ok(Journal {
            reader,
            buffer: Vec::new(),
        })
    }

    fn read_to_end(&mut self) -> Result<Found> {
        let mut at = 0;
        let mut last = None;
        loop {
            match self.reader.fill_buf()?.first() {
                None => return Ok(Found::Whole),
                Some(0) => {
                    return Ok(if self.only_zeros_follow()? {
                        Found::Whole
                    } else {
                        Found::Bad { at }
                    });
                }
                Some(_) => {}
            }
            match self.batch()? {
                // The checksum does not cover the number, but numbers ascend.
                Some(batch) if last < Some(batch.number) && batch.number < NUMBERS => {
                    at += batch.length;
                    last = Some(batch.number);
                }
                _ => return Ok(Found::Bad { at }),
            }
        }
    }

    fn only_zeros_follow(&mut self) -> Result<bool> {
        loop {
            let bytes = self.reader.fill_buf()?;
            if bytes.is_empty() {
                return Ok(true);
            }
            if bytes.iter().any(|byte| *byte != 0) {
                return Ok(false);
            }
            let length = bytes.len();
            self.reader.consume(length);
        }
    }

    /// Whether a whole batch begins behind any trailer after `at`.
    fn has_whole_batch_behind(&mut self, at: u64) -> Result<bool> {
        self.reader.seek(SeekFrom::Start(at))?;
        let mut position = at;
        let mut window = [0; TRAILER.len()];
        loop {
            let Some(byte) = self.reader.fill_buf()?.first().copied() else {
                return Ok(false);
            };
            self.reader.consume(1);
            position += 1;
            window.rotate_left(1);
            let [.., last] = &mut window;
            *last = byte;
            if window == TRAILER {
                if self.batch()?.is_some() {
                    return Ok(true);
                }
                self.reader.seek(SeekFrom::Start(position))?;
            }
        }
    }

    /// The batch that begins here; `None` when there is no whole one.
    fn batch(&mut self) -> Result<Option<Batch>> {
        match self.try_batch() {
            Ok(batch) => Ok(batch),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// `start, count u32, number u64`, the items, `end, checksum u64, trailer`; all little-endian.
    fn try_batch(&mut self) -> io::Result<Option<Batch>> {
        if self.take::<1>()? != [START] {
            return Ok(None);
        }
        let count = u32::from_le_bytes(self.take()?);
        let number = u64::from_le_bytes(self.take()?);
        let mut length = 13;
        let mut hash = Xxh3::new();
        for _ in 0..count {
            match self.item(&mut hash)? {
                Some(item) => length += item,
                None => return Ok(None),
            }
        }
        let is_end = self.take::<1>()? == [END];
        let checksum = u64::from_le_bytes(self.take()?);
        let whole = is_end && checksum == hash.digest() && self.take()? == TRAILER;
        Ok(whole.then_some(Batch {
            length: length + 13,
            number,
        }))
    }

    /// `item, kind u8, compression u8, keyspace u64, key length u16, value length u32, stored length
    /// u32, key, value`, or `clear, keyspace u64`.
    fn item(&mut self, hash: &mut Xxh3) -> io::Result<Option<u64>> {
        match self.take()? {
            [ITEM] => {
                let head: [u8; 20] = self.take()?;
                let [.., k0, k1, _, _, _, _, v0, v1, v2, v3] = head;
                let body = u64::from(u16::from_le_bytes([k0, k1]))
                    + u64::from(u32::from_le_bytes([v0, v1, v2, v3]));
                self.buffer.clear();
                let read = (&mut self.reader)
                    .take(body)
                    .read_to_end(&mut self.buffer)? as u64;
                hash.update(&[ITEM]);
                hash.update(&head);
                hash.update(&self.buffer);
                Ok((read == body).then_some(21 + body))
            }
            [CLEAR] => {
                let keyspace: [u8; 8] = self.take()?;
                hash.update(&[CLEAR]);
                hash.update(&keyspace);
                Ok(Some(9))
            }
            _ => Ok(None),
        }
    }

    fn take<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.reader.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}
