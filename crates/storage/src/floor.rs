//! Floors and protections: below a table's floor history may be gone; a protection keeps the floor
//! from rising above it.
//!
//! INVARIANTS
//!   `protect` fails when a floor is already above; `raise` reads the protections. Both are
//!   serialisable transactions over the same rows, so one of two that race must see the other.
//!   An engine deletes nothing above a floor that is not stored yet: `Engine::collect`.
//! CRASH
//!   A protection outlives its job's process on purpose; whoever ends the job releases it.

use std::sync::Arc;

use bytes::Bytes;

use crate::{Engine, Error, IndexId, Prefix, Read, Result, Span, TableId, Transaction, Version};

/// The table of storage's own rows.
pub const SYSTEM_TABLE: TableId = TableId(3);
const FLOORS: Prefix = Prefix::new(SYSTEM_TABLE, IndexId(1));
const PROTECTIONS: Prefix = Prefix::new(SYSTEM_TABLE, IndexId(2));

/// Who protects: the id of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProtectionId(pub u64);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protection {
    pub id: ProtectionId,
    pub table: TableId,
    /// Reads at and above this stay possible.
    pub at: Version,
}

/// Keeps what reads of a table at and above `at` need. Fails with `BelowFloor` where it is already too late.
pub async fn protect(
    txn: &Transaction,
    id: ProtectionId,
    table: TableId,
    at: Version,
) -> Result<()> {
    let floor = floor_of(txn, table).await?;
    if floor > at {
        return Err(Error::BelowFloor { table, at, floor });
    }
    txn.put(protection_key(id, table), encode(at))
}

/// Lets go of everything a job protects.
pub async fn release(txn: &Transaction, id: ProtectionId) -> Result<()> {
    let start = PROTECTIONS.key(&id.0.to_be_bytes());
    let end = PROTECTIONS.key(&id.0.saturating_add(1).to_be_bytes());
    for (key, _) in txn.scan_all(&Span { start, end }).await? {
        txn.delete(key)?;
    }
    Ok(())
}

/// Raises a table's floor towards `to`, as far as protections allow, and says how far it is now.
pub async fn raise(engine: &Arc<dyn Engine>, table: TableId, to: Version) -> Result<Version> {
    loop {
        let txn = Transaction::begin(engine.clone()).await?;
        let now = floor_of(&txn, table).await?;
        let held = protections(&txn).await?;
        let held = held
            .iter()
            .filter(|held| held.table == table)
            .map(|held| held.at);
        let allowed = held.fold(to.min(txn.at().version()), Version::min);
        if allowed <= now {
            return Ok(now);
        }
        txn.put(floor_key(table), encode(allowed))?;
        match txn.commit().await {
            Ok(_) => return Ok(allowed),
            Err(Error::Conflict) => continue,
            Err(error) => return Err(error),
        }
    }
}

/// The version below which a table's history may be gone.
pub async fn floor_of(read: &dyn Read, table: TableId) -> Result<Version> {
    let found = read.get(&floor_key(table)).await?;
    found.map_or(Ok(Version::ZERO), |found| decode(&found.value))
}

/// Every floor ever raised.
pub async fn floors(read: &dyn Read) -> Result<Vec<(TableId, Version)>> {
    let rows = read.scan_all(&FLOORS.span()).await?;
    rows.iter()
        .map(|(key, found)| Ok((floor_table(key)?, decode(&found.value)?)))
        .collect()
}

pub async fn protections(read: &dyn Read) -> Result<Vec<Protection>> {
    let rows = read.scan_all(&PROTECTIONS.span()).await?;
    rows.iter()
        .map(|(key, found)| decode_protection(key, &found.value))
        .collect()
}

pub(crate) fn floor_key(table: TableId) -> Bytes {
    FLOORS.key(&table.0.to_be_bytes())
}

/// The floor a write to storage's own rows sets, if it sets one.
pub(crate) fn floor_write(key: &[u8], value: Option<&[u8]>) -> Option<(TableId, Version)> {
    if !key.starts_with(&FLOORS.to_bytes()) {
        return None;
    }
    Some((floor_table(key).ok()?, decode(value?).ok()?))
}

pub(crate) fn floors_span() -> Span {
    FLOORS.span()
}

fn floor_table(key: &[u8]) -> Result<TableId> {
    let id = key.get(Prefix::LEN..).and_then(|rest| rest.try_into().ok());
    id.map(|id| TableId(u32::from_be_bytes(id)))
        .ok_or_else(|| damaged("floor", key))
}

/// Key: job id, `03`, table id.
fn protection_key(id: ProtectionId, table: TableId) -> Bytes {
    let mut rest = id.0.to_be_bytes().to_vec();
    rest.push(3);
    rest.extend_from_slice(&table.0.to_be_bytes());
    PROTECTIONS.key(&rest)
}

fn decode_protection(key: &[u8], value: &[u8]) -> Result<Protection> {
    let decoded = || {
        let (id, rest) = key.get(Prefix::LEN..)?.split_first_chunk::<8>()?;
        let table = rest.strip_prefix(&[3])?.try_into().ok()?;
        let table = TableId(u32::from_be_bytes(table));
        Some((ProtectionId(u64::from_be_bytes(*id)), table))
    };
    let (id, table) = decoded().ok_or_else(|| damaged("protection", key))?;
    Ok(Protection {
        id,
        table,
        at: decode(value)?,
    })
}

fn encode(version: Version) -> Bytes {
    Bytes::copy_from_slice(&version.0.to_be_bytes())
}

fn decode(value: &[u8]) -> Result<Version> {
    let bytes = value.try_into().map_err(|_| damaged("version", value))?;
    Ok(Version(u64::from_be_bytes(bytes)))
}

fn damaged(what: &str, bytes: &[u8]) -> Error {
    Error::Damaged {
        what: format!("unreadable {what}: {bytes:02x?}"),
    }
}
