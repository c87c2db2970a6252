//! Whether rows that came, moved and went while an index was filled ever had one of its keys at once.
//!
//! Writers of that time could not see the entries that were still being filled in. An entry that stands for another row than the one
//! before it says little alone: a row takes its entries along to another primary key, and may come where one leaves in the same commit.
//! So it is asked whether the row of before was still there, with that key, when the entry was written.

use std::collections::BTreeMap;

use bytes::Bytes;
use cairn_storage::{RevisionChunk, ScanLimit, Span, Version, Window};

use crate::{Node, Result};

/// What an index says of rows, and rows of it.
pub(super) struct Keys<R, K> {
    /// The key of the row that an entry, a key and a value, stands for.
    pub row_of: R,
    /// The key of the entry that a row, a key and a value, has.
    pub key_of: K,
}

/// An entry, in whose history the one that it replaced comes next.
struct Newer {
    key: Bytes,
    version: Version,
    row: Bytes,
}

/// A row that was replaced in an entry.
struct Replaced {
    row: Bytes,
    key: Bytes,
}

impl<R, K> Keys<R, K>
where
    R: Fn(&[u8], &[u8]) -> Result<Bytes> + Send + Sync,
    K: Fn(&[u8], &[u8]) -> Result<Bytes> + Send + Sync,
{
    /// Looks at every change of the entries in a span: whether a row took the key of one that was still there.
    pub async fn were_taken(&self, node: &Node, span: &Span, window: Window) -> Result<bool> {
        let mut from = None;
        let mut newer: Option<Newer> = None;
        loop {
            let RevisionChunk { items, resume } = node
                .engine()
                .history(span, window, from, true, ScanLimit::default())
                .await?;
            let mut replaced: BTreeMap<Version, Vec<Replaced>> = BTreeMap::new();
            // Revisions come key up, version down: each is followed by the one it replaced.
            for revision in items.iter() {
                let row = revision
                    .value
                    .map(|value| (self.row_of)(revision.key, value));
                let row = row.transpose()?;
                if let (Some(newer), Some(row)) = (&newer, &row)
                    && newer.key == revision.key
                    && newer.row != *row
                {
                    replaced.entry(newer.version).or_default().push(Replaced {
                        row: row.clone(),
                        key: newer.key.clone(),
                    });
                }
                newer = row.map(|row| Newer {
                    key: Bytes::copy_from_slice(revision.key),
                    version: revision.version,
                    row,
                });
            }
            for (version, replaced) in replaced {
                if self.any_was_there(node, version, &replaced).await? {
                    return Ok(true);
                }
            }
            match resume {
                Some(cursor) => from = Some(cursor),
                None => return Ok(false),
            }
        }
    }

    /// Whether one of the rows was there, and had its key, at a version.
    async fn any_was_there(
        &self,
        node: &Node,
        version: Version,
        replaced: &[Replaced],
    ) -> Result<bool> {
        let at = node.engine().close(version).await?;
        let rows: Vec<Bytes> = replaced
            .iter()
            .map(|replaced| replaced.row.clone())
            .collect();
        let found = node.engine().get(&rows, at).await?;
        for (replaced, found) in replaced.iter().zip(found) {
            if let Some(found) = found
                && (self.key_of)(&replaced.row, &found.value)? == replaced.key
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
