//! Oids: numbers for what has ids. An id is never used again, so an oid is not either.
//!
//! Oids below `FIRST` are PostgreSQL's own: those of types, of the system's relations, of what is fixed in every database.

use cairn_catalog::{ColumnId, DatabaseId, IndexId, TableId};

/// PostgreSQL's first oid of a user's object.
const FIRST: u32 = 16_384;

/// Oids from here on are hashes.
const HASHED: u32 = 1 << 31;

/// How many oids are set aside for a table and its indexes.
const STRIDE: u32 = 256;

pub(crate) const ROOT: u32 = 10;
pub(crate) const PG_CLASS: u32 = 1259;
pub(crate) const PG_CONSTRAINT: u32 = 2606;
pub(crate) const PG_ATTRDEF: u32 = 2604;
pub(crate) const PG_REWRITE: u32 = 2618;
pub(crate) const PG_CATALOG: u32 = 11;
pub(crate) const PUBLIC: u32 = 2200;
pub(crate) const INFORMATION_SCHEMA: u32 = 13_207;
pub(crate) const BTREE: u32 = 403;
pub(crate) const HEAP: u32 = 2;
pub(crate) const DEFAULT_TABLESPACE: u32 = 1663;
pub(crate) const DEFAULT_COLLATION: u32 = 100;

pub(crate) fn database(id: DatabaseId) -> u32 {
    FIRST.saturating_add(id.0)
}

pub(crate) fn table(id: TableId) -> u32 {
    packed(id, 0)
}

/// Also that of the constraint it stands for.
pub(crate) fn index(table: TableId, id: IndexId) -> u32 {
    packed(table, id.0)
}

/// Of a column's default.
pub(crate) fn default(table: TableId, column: ColumnId) -> u32 {
    hashed(&[table.0, column.0])
}

/// Of the rule that makes a view; no column has this id.
pub(crate) fn rule(view: TableId) -> u32 {
    hashed(&[view.0, u32::MAX])
}

/// Of a CHECK or a foreign key, which have names within their table but no ids.
pub(crate) fn constraint(table: TableId, name: &str) -> u32 {
    let mut bytes = table.0.to_be_bytes().to_vec();
    bytes.extend_from_slice(name.as_bytes());
    hash(&bytes)
}

/// Users have names but no ids. Root's is that of PostgreSQL's first user.
pub(crate) fn user(name: &str) -> u32 {
    match name {
        cairn_rows::users::ROOT => ROOT,
        _ => hash(name.as_bytes()),
    }
}

/// The table whose oid or whose index's oid this may be; hashed oids say nothing.
pub(crate) fn table_of(oid: u32) -> Option<TableId> {
    let packed = oid.checked_sub(FIRST).filter(|_| oid < HASHED)?;
    Some(TableId(packed / STRIDE))
}

/// Side by side while the ids are small, else a hash.
fn packed(table: TableId, index: u32) -> u32 {
    let packed = table
        .0
        .checked_mul(STRIDE)
        .and_then(|first| first.checked_add(FIRST + index));
    packed
        .filter(|oid| index < STRIDE && *oid < HASHED)
        .unwrap_or_else(|| hashed(&[table.0, index]))
}

fn hashed(ids: &[u32]) -> u32 {
    let bytes: Vec<u8> = ids.iter().flat_map(|id| id.to_be_bytes()).collect();
    hash(&bytes)
}

/// FNV-1a, which every build computes alike, into the upper half.
fn hash(bytes: &[u8]) -> u32 {
    let folded = bytes.iter().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    });
    folded | HASHED
}
