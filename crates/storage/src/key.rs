//! Where a key belongs: table, index, and spans of keys.

use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// A table, for ever: an id is never used again. Ids below 100 are the system's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TableId(pub u32);

/// One index of a table. The primary index holds the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IndexId(pub u32);

impl fmt::Display for TableId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for IndexId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The first eight bytes of every key: table and index, both big-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix {
    pub table: TableId,
    pub index: IndexId,
}

impl Prefix {
    pub const LEN: usize = 8;

    pub const fn new(table: TableId, index: IndexId) -> Prefix {
        Prefix { table, index }
    }

    pub fn to_bytes(self) -> [u8; Self::LEN] {
        self.to_u64().to_be_bytes()
    }

    /// The prefix a key begins with; `None` when the key is shorter than a prefix.
    pub fn of(key: &[u8]) -> Option<Prefix> {
        let bytes = key.first_chunk::<{ Self::LEN }>()?;
        let both = u64::from_be_bytes(*bytes);
        let (table, index) = ((both >> 32) as u32, (both & 0xFFFF_FFFF) as u32);
        Some(Prefix {
            table: TableId(table),
            index: IndexId(index),
        })
    }

    /// Every key with this prefix.
    pub fn span(self) -> Span {
        let end = self.to_u64().saturating_add(1).to_be_bytes();
        Span {
            start: Bytes::copy_from_slice(&self.to_bytes()),
            end: Bytes::copy_from_slice(&end),
        }
    }

    /// The key made of this prefix and `rest`.
    pub fn key(self, rest: &[u8]) -> Bytes {
        let mut key = Vec::with_capacity(Self::LEN + rest.len());
        key.extend_from_slice(&self.to_bytes());
        key.extend_from_slice(rest);
        key.into()
    }

    fn to_u64(self) -> u64 {
        (u64::from(self.table.0) << 32) | u64::from(self.index.0)
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.table, self.index)
    }
}

/// The keys in `[start, end)`. A span handed to an engine lies within one prefix.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub start: Bytes,
    pub end: Bytes,
}

impl Span {
    pub fn new(start: impl Into<Bytes>, end: impl Into<Bytes>) -> Span {
        Span {
            start: start.into(),
            end: end.into(),
        }
    }

    /// Exactly one key.
    pub fn point(key: &[u8]) -> Span {
        Span {
            start: Bytes::copy_from_slice(key),
            end: after(key),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.start >= self.end
    }

    pub fn contains(&self, key: &[u8]) -> bool {
        *self.start <= *key && *key < *self.end
    }

    pub fn overlaps(&self, other: &Span) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// What is left of this span from `start` on.
    pub fn from(&self, start: Bytes) -> Span {
        Span {
            start: start.max(self.start.clone()),
            end: self.end.clone(),
        }
    }

    /// The one prefix this span lies in; a span across prefixes is refused, because floors,
    /// keyspaces and the change index all belong to a prefix.
    pub fn prefix(&self) -> Result<Prefix> {
        Prefix::of(&self.start)
            .filter(|prefix| self.end <= prefix.span().end)
            .ok_or_else(|| Error::Span {
                start: self.start.clone(),
                end: self.end.clone(),
            })
    }
}

/// The least bound above `key`.
pub fn after(key: &[u8]) -> Bytes {
    let mut bound = Vec::with_capacity(key.len() + 1);
    bound.extend_from_slice(key);
    bound.push(0);
    bound.into()
}
