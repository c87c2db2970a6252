//! Fetching an object whole, and comparing it with what the manifest says of it.

use cairn_blob::{Kind, Store, agreed};

use super::scratch::{Scratch, Spool};
use super::{PART_BYTES, encoders};
use crate::envelope::Source;
use crate::error::{Error, Fault, Result, mismatch};
use crate::manifest::DataFile;

/// A verified copy of a data file.
///
/// # Errors
/// `Damaged` when it is missing or not what was written.
pub(super) async fn fetch(store: &dyn Store, file: &DataFile, scratch: &Scratch) -> Result<Spool> {
    agreed(|| fetch_once(store, file, scratch), mismatch).await
}

async fn fetch_once(store: &dyn Store, file: &DataFile, scratch: &Scratch) -> Result<Spool> {
    let source = Source {
        store,
        object: &file.path,
    };
    let mut spool = scratch.spool(file.file_bytes)?;
    let mut hasher = blake3::Hasher::new();
    let mut at = 0;
    loop {
        // One byte more than there should be, so that a longer object is noticed.
        let end = file
            .file_bytes
            .saturating_add(1)
            .min(at + PART_BYTES as u64);
        let part = match store.get(&file.path, at..end).await {
            Ok(part) => part,
            Err(error) if error.kind() == Kind::NotFound => {
                return Err(source.damaged(Fault::Missing));
            }
            Err(error) => return Err(error.into()),
        };
        let length = part.len() as u64;
        at += length;
        if at > file.file_bytes {
            break;
        }
        let copied;
        (spool, hasher, copied) = encoders()
            .run(move || {
                hasher.update(&part);
                let copied = spool.append(&part);
                (spool, hasher, copied)
            })
            .await?;
        copied.map_err(|error| scratch.failed(error))?;
        if at < end {
            break;
        }
    }
    if at != file.file_bytes {
        let found = length_of(store, file, at).await;
        return Err(source.damaged(Fault::Length {
            expected: file.file_bytes,
            found,
        }));
    }
    let found = hasher.finalize().to_hex().to_string();
    if found != file.blake3 {
        return Err(source.damaged(Fault::Checksum {
            expected: file.blake3.clone(),
            found,
        }));
    }
    Ok(spool.finish())
}

/// The object's length for a message; what was read of it when the store does not tell.
async fn length_of(store: &dyn Store, file: &DataFile, read: u64) -> u64 {
    match store.size(&file.path).await {
        Ok(Some(bytes)) => bytes,
        Ok(None) | Err(_) => read,
    }
}

/// Compares presence and length only.
pub(crate) async fn look_at(store: &dyn Store, file: &DataFile) -> Result<()> {
    let source = Source {
        store,
        object: &file.path,
    };
    match store.size(&file.path).await.map_err(Error::from)? {
        None => Err(source.damaged(Fault::Missing)),
        Some(found) if found != file.file_bytes => Err(source.damaged(Fault::Length {
            expected: file.file_bytes,
            found,
        })),
        Some(_) => Ok(()),
    }
}
