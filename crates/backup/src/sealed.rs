//! What this store remembers of the backups it sealed: a chain is continued only on a base that its own history made.
//!
//! A store that was put back from a copy of its disk has the same name and may give the same versions to other commits. The
//! backups it made in the future that it lost are then not its own any more: it does not remember them.

use cairn_archive::Manifest;
use cairn_catalog::CATALOG;
use cairn_storage::{IndexId, Prefix, Read, TableId, Transaction, Version, floor};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Where the memory lies.
pub const TABLE: TableId = TableId(5);

const SEALED: Prefix = Prefix::new(TABLE, IndexId(1));

/// A key never ends where another goes on.
const MARK: u8 = 0x10;

#[derive(Serialize, Deserialize)]
struct Memory {
    end: u64,
    seal: u64,
}

fn key(manifest: &Manifest) -> bytes::Bytes {
    let mut rest = vec![MARK];
    rest.extend_from_slice(manifest.backup.as_bytes());
    SEALED.key(&rest)
}

/// Notes a backup that is about to be sealed, and forgets those that nothing can be made on any more.
///
/// # Errors
/// Those of the store.
pub async fn remember(txn: &Transaction, manifest: &Manifest) -> Result<()> {
    let floor = floor::floor_of(txn, CATALOG).await?;
    for (key, found) in txn.scan_all(&SEALED.span()).await? {
        let old: Memory = serde_json::from_slice(&found.value).map_err(Error::Payload)?;
        if Version(old.end) < floor {
            txn.delete(key)?;
        }
    }
    let memory = Memory {
        end: manifest.window.end.version,
        seal: manifest.seal,
    };
    let memory = serde_json::to_vec(&memory).map_err(Error::Payload)?;
    Ok(txn.put(key(manifest), memory)?)
}

/// Whether this store made the backup.
///
/// # Errors
/// Those of the store.
pub async fn is_ours(read: &dyn Read, manifest: &Manifest) -> Result<bool> {
    let Some(found) = read.get(&key(manifest)).await? else {
        return Ok(false);
    };
    let memory: Memory = serde_json::from_slice(&found.value).map_err(Error::Payload)?;
    Ok((memory.end, memory.seal) == (manifest.window.end.version, manifest.seal))
}
