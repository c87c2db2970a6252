//! Where the catalog's records lie: table id 1, one index id per kind of record.
//!
//! No suffix begins with 00 or FF, and none is the beginning of another (`docs/keys.md`).

use bytes::Bytes;
use cairn_storage::{IndexId, Prefix, Span, TableId};

use crate::{DatabaseId, Error, Result};

/// The catalog's table.
pub const CATALOG: TableId = TableId(1);

/// Ids below are the system's.
pub const FIRST_USER_ID: u32 = 100;

const GENERATION: IndexId = IndexId(1);
const NEXT_IDS: IndexId = IndexId(2);
const DATABASES: IndexId = IndexId(3);
const TABLES: IndexId = IndexId(4);
const NAMES: IndexId = IndexId(5);
const PUBLIC_SINCE: IndexId = IndexId(6);
const REMOVALS: IndexId = IndexId(7);
const SETTINGS: IndexId = IndexId(8);
const ZONES: IndexId = IndexId(9);

/// Begins every suffix.
const MARK: u8 = 0x10;

/// Rewritten by every change, so that its version tells whether a cached view is still right.
pub fn generation() -> Bytes {
    key(GENERATION, &[])
}

/// The next free database id.
pub fn next_database() -> Bytes {
    key(NEXT_IDS, b"d")
}

/// The next free table id.
pub fn next_table() -> Bytes {
    key(NEXT_IDS, b"t")
}

/// A database's descriptor, as JSON.
pub fn database(id: DatabaseId) -> Bytes {
    key(DATABASES, &id.0.to_be_bytes())
}

pub fn databases() -> Span {
    span(DATABASES)
}

/// A table's descriptor, as JSON. Every transaction that touches the table reads this key.
pub fn table(id: TableId) -> Bytes {
    key(TABLES, &id.0.to_be_bytes())
}

pub fn tables() -> Span {
    span(TABLES)
}

/// The id a database's name stands for.
pub fn database_name(name: &str) -> Bytes {
    name_key(DatabaseId(0), name)
}

/// The id a relation's name stands for, within its database.
pub fn relation_name(database: DatabaseId, name: &str) -> Bytes {
    name_key(database, name)
}

/// Empty; its version is the one at which the table became public.
pub fn public_since(id: TableId) -> Bytes {
    key(PUBLIC_SINCE, &id.0.to_be_bytes())
}

pub fn public_sinces() -> Span {
    span(PUBLIC_SINCE)
}

/// Empty; its version is that of the drop. Index 0: the whole table.
pub fn removal(table: TableId, index: Option<IndexId>) -> Bytes {
    let index = index.map_or(0, |index| index.0);
    key(
        REMOVALS,
        &[table.0.to_be_bytes(), index.to_be_bytes()].concat(),
    )
}

pub fn removals() -> Span {
    span(REMOVALS)
}

/// A cluster setting's value, as text.
pub fn setting(name: &str) -> Bytes {
    // Names hold no NUL, as above.
    key(SETTINGS, &[name.as_bytes(), &[0]].concat())
}

pub fn settings() -> Span {
    span(SETTINGS)
}

/// The name in a `setting` key.
pub fn setting_of(key: &[u8]) -> Result<String> {
    let name = key.get(9..).and_then(|rest| rest.strip_suffix(&[0]));
    name.and_then(|name| String::from_utf8(name.to_vec()).ok())
        .ok_or_else(damaged_key)
}

/// The zone of what has none of its own, as JSON.
pub fn default_zone() -> Bytes {
    key(ZONES, b"default")
}

pub fn zones() -> Span {
    span(ZONES)
}

/// The id at the end of a `database`, `table` or `public_since` key.
pub fn table_of(key: &[u8]) -> Result<TableId> {
    match suffix(key) {
        Some(id) => Ok(TableId(u32::from_be_bytes(id))),
        None => Err(damaged_key()),
    }
}

/// What a `removal` key names.
pub fn removal_of(key: &[u8]) -> Result<(TableId, Option<IndexId>)> {
    let suffix: [u8; 8] = suffix(key).ok_or_else(damaged_key)?;
    let [a, b, c, d, index @ ..] = suffix;
    let index = u32::from_be_bytes(index);
    Ok((
        TableId(u32::from_be_bytes([a, b, c, d])),
        (index != 0).then_some(IndexId(index)),
    ))
}

/// The id stored under a name or as the next free one.
pub fn id_of(value: &[u8]) -> Result<u32> {
    value
        .try_into()
        .map(u32::from_be_bytes)
        .map_err(|_| Error::Damaged {
            what: "catalog id".into(),
            source: None,
        })
}

fn damaged_key() -> Error {
    Error::Damaged {
        what: "catalog key".into(),
        source: None,
    }
}

fn suffix<const N: usize>(key: &[u8]) -> Option<[u8; N]> {
    key.get(9..)?.try_into().ok()
}

fn name_key(parent: DatabaseId, name: &str) -> Bytes {
    // Names hold no NUL (`check_name`), so the terminator keeps one name from being the beginning of another.
    key(
        NAMES,
        &[
            parent.0.to_be_bytes().as_slice(),
            &[MARK],
            name.as_bytes(),
            &[0],
        ]
        .concat(),
    )
}

fn prefix(index: IndexId) -> Prefix {
    Prefix {
        table: CATALOG,
        index,
    }
}

fn span(index: IndexId) -> Span {
    prefix(index).span()
}

fn key(index: IndexId, suffix: &[u8]) -> Bytes {
    let mut key = Vec::with_capacity(9 + suffix.len());
    key.extend_from_slice(&prefix(index).to_bytes());
    key.push(MARK);
    key.extend_from_slice(suffix);
    key.into()
}
