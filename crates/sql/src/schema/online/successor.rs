//! All rows under another primary key: filled as the indexes of a new table are, and checked to be unique.

use bytes::Bytes;
use cairn_catalog::TableDescriptor;
use cairn_rows::{TableCodec, primary_span};
use cairn_storage::{Closed, Window};

use super::{Work, entries, unique::Keys};
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

/// Looks at every row written in `(at, upto]`: none may have taken a key that another row held. What the other indexes hold is unique
/// because it is in the old table.
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
    let keys = Keys {
        row_of: |key: &[u8], value: &[u8]| -> Result<Bytes> {
            Ok(old.key(&new.decode(key, value)?)?)
        },
        key_of: |key: &[u8], value: &[u8]| -> Result<Bytes> {
            Ok(new.key(&old.decode(key, value)?)?)
        },
    };
    let window = Window {
        after: at.version(),
        upto,
    };
    let span = primary_span(after);
    match keys.were_taken(&work.node, &span, window).await? {
        true => Err(duplicate(after, &after.primary, &[])),
        false => Ok(()),
    }
}
