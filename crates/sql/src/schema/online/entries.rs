//! The entries of a new index: sorted and ingested from the rows there are, and checked to be unique.

use bytes::Bytes;
use cairn_catalog::{IndexDescriptor, TableDescriptor};
use cairn_rows::{
    BatchDecoder, BatchEncoder, TableCodec, index_span, primary_span,
    sort::{Merge, Runs, SortError},
};
use cairn_storage::{Chunk, Closed, Read, Revisions, ScanLimit, Snapshot, Span, Version, Window};
use futures::{StreamExt, stream};

use super::unique::Keys;
use crate::{
    Node, Result, SqlError, SqlState, change::writer::duplicate,
    schema::alter::primary_key::null_in_key,
};

/// What the sort holds in memory.
const SORT_BYTES: usize = 32 << 20;

/// What is handed to the store at once.
const CHUNK_BYTES: usize = 1 << 20;

/// Ingests an entry for every row that `source` held at `at`, with that version: into an index of `table`, which is the same table or
/// the one that takes its place.
pub(crate) async fn fill(
    node: &Node,
    source: &TableDescriptor,
    table: &TableDescriptor,
    index: &IndexDescriptor,
    at: Closed,
) -> Result<()> {
    let folder = node
        .temporary_dir()
        .join(format!("index-{}-{}", table.id, index.id));
    let filled = fill_from(node, source, table, index, at, &folder).await;
    match std::fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            tracing::warn!(%error, folder = %folder.display(), "cannot remove sorted runs; the next start does");
        }
        _ => {}
    }
    filled
}

async fn fill_from(
    node: &Node,
    source: &TableDescriptor,
    table: &TableDescriptor,
    index: &IndexDescriptor,
    at: Closed,
    folder: &std::path::Path,
) -> Result<()> {
    let runs = Runs::create(folder.to_owned()).map_err(|error| sort_error(error, table, index))?;
    sort(node, source, table, index, at, &runs).await?;
    let merge = runs
        .merge()
        .map_err(|error| sort_error(error, table, index))?;
    let mut failure = None;
    let chunks = stream::unfold((merge, &mut failure), |(mut merge, failure)| async move {
        match next(&mut merge, at.version()) {
            Ok(None) => None,
            Ok(Some(revisions)) => Some((Ok(revisions), (merge, failure))),
            Err(error) => {
                let stop = cairn_storage::Error::source(SqlError::internal("the sort failed"));
                *failure = Some(error);
                Some((Err(stop), (merge, failure)))
            }
        }
    });
    let ingested = node
        .engine()
        .ingest(&index_span(table.id, index.id), Box::pin(chunks.fuse()))
        .await;
    if let Some(error) = failure {
        return Err(sort_error(error, table, index));
    }
    ingested?;
    Ok(())
}

/// The next entries, in key order.
fn next(merge: &mut Merge, version: Version) -> Result<Option<Revisions>, SortError> {
    let mut revisions = Revisions::new();
    let filled = merge.fill(CHUNK_BYTES, |key, value| {
        revisions.push(key, version, Some(value))
    })?;
    Ok((filled > 0).then_some(revisions))
}

/// Sorts the entries of all rows.
async fn sort(
    node: &Node,
    source: &TableDescriptor,
    table: &TableDescriptor,
    index: &IndexDescriptor,
    at: Closed,
    runs: &Runs,
) -> Result<()> {
    let decoder = BatchDecoder::all(source)?;
    let encoder = BatchEncoder::new(table)?;
    let snapshot = Snapshot::new(node.engine().clone(), at);
    let mut writer = runs.writer(SORT_BYTES);
    let mut span = Some(primary_span(source));
    let mut entries = Revisions::new();
    while let Some(rest) = span {
        let Chunk { items, resume } = snapshot.scan(&rest, ScanLimit::default()).await?;
        entries.clear();
        let batch = decoder.decode(&items)?;
        if index.id == table.primary.id {
            encoder
                .encode(&batch, at.version(), &mut entries)
                .map_err(null_in_key)?;
        } else {
            encoder.encode_index(index, &batch, at.version(), &mut entries)?;
        }
        for entry in entries.iter() {
            let value = entry.value.unwrap_or_default();
            writer
                .push(entry.key, value)
                .map_err(|error| sort_error(error, table, index))?;
        }
        span = resume.map(|start| Span {
            start,
            end: rest.end,
        });
    }
    writer
        .finish()
        .map_err(|error| sort_error(error, table, index))
}

fn sort_error(error: SortError, table: &TableDescriptor, index: &IndexDescriptor) -> SqlError {
    match error {
        SortError::Duplicate { .. } => duplicate(table, index, &[]),
        SortError::Io { path, source } => {
            let state = match source.kind() {
                std::io::ErrorKind::StorageFull => SqlState::DiskFull,
                _ => SqlState::IoError,
            };
            SqlError::new(
                state,
                format!("temporary file {}: {source}", path.display()),
            )
        }
    }
}

/// Looks at every change of the index in `(at, upto]`: no row may have taken a key that another row held.
pub(crate) async fn check(
    node: &Node,
    table: &TableDescriptor,
    index: &IndexDescriptor,
    at: Closed,
    upto: Closed,
) -> Result<()> {
    let codec = TableCodec::new(table)?;
    let keys = Keys {
        row_of: |key: &[u8], value: &[u8]| -> Result<Bytes> {
            Ok(codec.primary_key_of_entry(index, key, value)?)
        },
        key_of: |key: &[u8], value: &[u8]| -> Result<Bytes> {
            Ok(codec.index_entry(index, &codec.decode(key, value)?)?.0)
        },
    };
    let window = Window {
        after: at.version(),
        upto,
    };
    let span = index_span(table.id, index.id);
    match keys.were_taken(node, &span, window).await? {
        true => Err(duplicate(table, index, &[])),
        false => Ok(()),
    }
}
