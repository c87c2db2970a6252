//! Rows and revisions on their way through memory: one buffer for a whole chunk, so that a scan
//! allocates per chunk and not per row.

use bytes::Bytes;

use crate::Version;

/// The newest value of each key of a chunk, in key order, without tombstones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entries(Arena);

/// One row as it was at the read's version. `version` is that of the commit that wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    pub key: &'a [u8],
    pub version: Version,
    pub value: &'a [u8],
}

/// Versions of keys: keys ascend, and the versions of one key descend. A tombstone has no value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revisions(Arena);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revision<'a> {
    pub key: &'a [u8],
    pub version: Version,
    pub value: Option<&'a [u8]>,
}

impl Entries {
    pub fn new() -> Entries {
        Entries::default()
    }

    pub fn with_capacity(rows: usize, bytes: usize) -> Entries {
        Entries(Arena::with_capacity(rows, bytes))
    }

    pub fn push(&mut self, key: &[u8], version: Version, value: &[u8]) {
        self.0.push(key, version, Some(value));
    }

    pub fn len(&self) -> usize {
        self.0.slots.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.slots.is_empty()
    }

    /// Bytes of all keys and values.
    pub fn bytes(&self) -> usize {
        self.0.bytes.len()
    }

    pub fn get(&self, row: usize) -> Option<Entry<'_>> {
        self.0.slots.get(row).map(|slot| self.0.entry(slot))
    }

    pub fn last(&self) -> Option<Entry<'_>> {
        self.0.slots.last().map(|slot| self.0.entry(slot))
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = Entry<'_>> + DoubleEndedIterator + Clone {
        self.0.slots.iter().map(|slot| self.0.entry(slot))
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }
}

impl Revisions {
    pub fn new() -> Revisions {
        Revisions::default()
    }

    pub fn with_capacity(rows: usize, bytes: usize) -> Revisions {
        Revisions(Arena::with_capacity(rows, bytes))
    }

    pub fn push(&mut self, key: &[u8], version: Version, value: Option<&[u8]>) {
        self.0.push(key, version, value);
    }

    pub fn len(&self) -> usize {
        self.0.slots.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.slots.is_empty()
    }

    /// Bytes of all keys and values.
    pub fn bytes(&self) -> usize {
        self.0.bytes.len()
    }

    pub fn get(&self, row: usize) -> Option<Revision<'_>> {
        self.0.slots.get(row).map(|slot| self.0.revision(slot))
    }

    pub fn last(&self) -> Option<Revision<'_>> {
        self.0.slots.last().map(|slot| self.0.revision(slot))
    }

    pub fn iter(
        &self,
    ) -> impl ExactSizeIterator<Item = Revision<'_>> + DoubleEndedIterator + Clone {
        self.0.slots.iter().map(|slot| self.0.revision(slot))
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }
}

/// Keys and values one after the other; a slot says where a row lies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Arena {
    bytes: Vec<u8>,
    slots: Vec<Slot>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slot {
    start: usize,
    key_len: u32,
    /// [`Slot::TOMBSTONE`] for none.
    value_len: u32,
    version: Version,
}

impl Slot {
    const TOMBSTONE: u32 = u32::MAX;
}

impl Arena {
    fn with_capacity(rows: usize, bytes: usize) -> Arena {
        Arena {
            bytes: Vec::with_capacity(bytes),
            slots: Vec::with_capacity(rows),
        }
    }

    /// Keys and values are far below 4 GiB each (see [`Limits`](crate::Limits)), so the lengths fit.
    fn push(&mut self, key: &[u8], version: Version, value: Option<&[u8]>) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(key);
        self.bytes.extend_from_slice(value.unwrap_or_default());
        let value_len = value.map_or(Slot::TOMBSTONE, |value| value.len() as u32);
        self.slots.push(Slot {
            start,
            key_len: key.len() as u32,
            value_len,
            version,
        });
    }

    fn key(&self, slot: &Slot) -> &[u8] {
        let end = slot.start + slot.key_len as usize;
        self.bytes.get(slot.start..end).unwrap_or_default()
    }

    fn value(&self, slot: &Slot) -> &[u8] {
        let start = slot.start + slot.key_len as usize;
        self.bytes
            .get(start..start + slot.value_len as usize)
            .unwrap_or_default()
    }

    fn entry(&self, slot: &Slot) -> Entry<'_> {
        Entry {
            key: self.key(slot),
            version: slot.version,
            value: self.value(slot),
        }
    }

    fn revision(&self, slot: &Slot) -> Revision<'_> {
        let value = (slot.value_len != Slot::TOMBSTONE).then(|| self.value(slot));
        Revision {
            key: self.key(slot),
            version: slot.version,
            value,
        }
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.slots.clear();
    }
}

/// Part of an answer, and where the rest begins.
#[derive(Clone, Debug)]
pub struct Chunk<T> {
    pub items: T,
    /// The start key of the rest; `None` when the span is exhausted.
    pub resume: Option<Bytes>,
}

/// A place in a history: the revisions of `key` at or below `version`, then the keys after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub key: Bytes,
    pub version: Version,
}

#[derive(Clone, Debug)]
pub struct RevisionChunk {
    pub items: Revisions,
    pub resume: Option<Cursor>,
}

/// How much one chunk may hold. At least one row is always given.
#[derive(Clone, Copy, Debug)]
pub struct ScanLimit {
    pub rows: usize,
    pub bytes: usize,
}

impl ScanLimit {
    pub fn rows(rows: usize) -> ScanLimit {
        ScanLimit {
            rows,
            ..ScanLimit::default()
        }
    }

    pub(crate) fn reached(&self, rows: usize, bytes: usize) -> bool {
        rows >= self.rows.max(1) || bytes >= self.bytes.max(1)
    }
}

impl Default for ScanLimit {
    fn default() -> ScanLimit {
        ScanLimit {
            rows: usize::MAX,
            bytes: 2 << 20,
        }
    }
}
