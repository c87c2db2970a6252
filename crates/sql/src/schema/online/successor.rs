//! All rows under another primary key: filled as the indexes of a new table are, and checked to be unique.

use cairn_catalog::TableDescriptor;
use cairn_rows::{TableCodec, primary_span};
use cairn_storage::{Closed, RevisionChunk, Revisions, ScanLimit, Window};

use super::{Work, entries};
use crate::{Result, change::writer::duplicate};

/// Writes what `table` held at `at` under the keys of `after`, with that version.
pub(super) async fn fill(
    work: &Work,
    table: &TableDescriptor,
    after: &TableDescriptor,
    at: Closed,
) -> Result<()> {
    let count = after.indexes.len() + 1;
    for (place, index) in after.all_indexes().enumerate() {
        let status = format!("writing index {:?} anew", index.name);
        let fraction = 0.9 * place as f64 / count as f64;
        work.claim.checkpoint(fraction, Some(&status)).await?;
        entries::fill(&work.node, table, after, index, at).await?;
    }
    Ok(())
}

/// Looks at every row written in `(at, upto]`: none may have taken a key that another row held. Writers of that time could not see
/// the rows that were still being filled in. What the other indexes hold is unique because it is in the old table.
pub(super) async fn check(
    work: &Work,
    table: &TableDescriptor,
    after: &TableDescriptor,
    at: Closed,
    upto: Closed,
) -> Result<()> {
    work.claim
        .checkpoint(0.95, Some("checking that the primary key is unique"))
        .await?;
    let (old, new) = (TableCodec::new(table)?, TableCodec::new(after)?);
    let window = Window {
        after: at.version(),
        upto,
    };
    let span = primary_span(after);
    let mut from = None;
    loop {
        let RevisionChunk { items, resume } = work
            .node
            .engine()
            .history(&span, window, from, true, ScanLimit::default())
            .await?;
        if replaces_another(&old, &new, &items)? {
            return Err(duplicate(after, &after.primary, &[]));
        }
        match resume {
            Some(cursor) => from = Some(cursor),
            None => return Ok(()),
        }
    }
}

/// Whether a revision took the place of one with another old key. They come key up, version down.
fn replaces_another(old: &TableCodec, new: &TableCodec, items: &Revisions) -> Result<bool> {
    let mut newer: Option<(&[u8], &[u8])> = None;
    for revision in items.iter() {
        let Some(value) = revision.value else {
            newer = None;
            continue;
        };
        if let Some((key, newer)) = newer
            && key == revision.key
            && old.key(&new.decode(key, newer)?)? != old.key(&new.decode(key, value)?)?
        {
            return Ok(true);
        }
        newer = Some((revision.key, value));
    }
    Ok(false)
}
