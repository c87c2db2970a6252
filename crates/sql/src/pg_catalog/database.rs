//! What is the same in every database: databases, schemas, types, settings.

use std::collections::BTreeMap;

use cairn_catalog::View;
use datafusion::{catalog::memory::MemTable, scalar::ScalarValue as Scalar};

use super::{
    directory::SCHEMAS, oid, privileges::access_list, relation::Relation, rows::Rows, types,
};
use crate::Result;

/// PostgreSQL's number of UTF8.
pub(crate) const UTF8: i32 = 6;

pub(crate) fn databases(view: &View, relation: &'static Relation) -> Result<MemTable> {
    let mut rows = Rows::new(relation);
    for database in view.databases() {
        rows.push([
            ("oid", Scalar::from(oid::database(database.id))),
            ("datname", Scalar::from(database.name.as_str())),
            ("datdba", Scalar::from(oid::ROOT)),
            ("encoding", Scalar::from(UTF8)),
            ("datlocprovider", Scalar::from("c")),
            ("datallowconn", Scalar::from(true)),
            ("datconnlimit", Scalar::from(-1_i32)),
            ("dattablespace", Scalar::from(oid::DEFAULT_TABLESPACE)),
            ("datcollate", Scalar::from("C")),
            ("datctype", Scalar::from("C.UTF-8")),
            ("datacl", access_list(&database.grants)),
        ])?;
    }
    rows.table()
}

pub(crate) fn namespaces(relation: &'static Relation) -> Result<MemTable> {
    let mut rows = Rows::new(relation);
    for (oid, name) in SCHEMAS {
        let cells = [
            ("oid", Scalar::from(oid)),
            ("nspname", Scalar::from(name)),
            ("nspowner", Scalar::from(oid::ROOT)),
        ];
        rows.push(cells)?;
    }
    rows.table()
}

pub(crate) fn tablespaces(relation: &'static Relation) -> Result<MemTable> {
    let mut rows = Rows::new(relation);
    for (oid, name) in [(oid::DEFAULT_TABLESPACE, "pg_default"), (1664, "pg_global")] {
        let cells = [
            ("oid", Scalar::from(oid)),
            ("spcname", Scalar::from(name)),
            ("spcowner", Scalar::from(oid::ROOT)),
        ];
        rows.push(cells)?;
    }
    rows.table()
}

pub(crate) fn access_methods(relation: &'static Relation) -> Result<MemTable> {
    let mut rows = Rows::new(relation);
    let methods = [
        (oid::HEAP, "heap", "heap_tableam_handler", "t"),
        (oid::BTREE, "btree", "bthandler", "i"),
    ];
    for (oid, name, handler, kind) in methods {
        rows.push([
            ("oid", Scalar::from(oid)),
            ("amname", Scalar::from(name)),
            ("amhandler", Scalar::from(handler)),
            ("amtype", Scalar::from(kind)),
        ])?;
    }
    rows.table()
}

/// Texts are compared byte by byte, which is what C means.
pub(crate) fn collations(relation: &'static Relation) -> Result<MemTable> {
    let mut rows = Rows::new(relation);
    for (oid, name, provider) in [
        (oid::DEFAULT_COLLATION, "default", "d"),
        (950, "C", "c"),
        (951, "POSIX", "c"),
    ] {
        rows.push([
            ("oid", Scalar::from(oid)),
            ("collname", Scalar::from(name)),
            ("collnamespace", Scalar::from(oid::PG_CATALOG)),
            ("collowner", Scalar::from(oid::ROOT)),
            ("collprovider", Scalar::from(provider)),
            ("collisdeterministic", Scalar::from(true)),
            ("collencoding", Scalar::from(-1_i32)),
        ])?;
    }
    rows.table()
}

pub(crate) fn settings(
    settings: &BTreeMap<String, String>,
    relation: &'static Relation,
) -> Result<MemTable> {
    let mut rows = Rows::new(relation);
    for (name, value) in settings {
        rows.push([
            ("name", Scalar::from(name.as_str())),
            ("setting", Scalar::from(value.as_str())),
            ("category", Scalar::from("Client Connection Defaults")),
            ("context", Scalar::from("user")),
            ("vartype", Scalar::from("string")),
            ("source", Scalar::from("default")),
            ("boot_val", Scalar::from(value.as_str())),
            ("reset_val", Scalar::from(value.as_str())),
            ("pending_restart", Scalar::from(false)),
        ])?;
    }
    rows.table()
}

pub(crate) fn types(relation: &'static Relation) -> Result<MemTable> {
    let mut rows = Rows::new(relation);
    for ty in types::all() {
        rows.push([
            ("oid", Scalar::from(ty.oid)),
            ("typname", Scalar::from(ty.name)),
            ("typnamespace", Scalar::from(oid::PG_CATALOG)),
            ("typowner", Scalar::from(oid::ROOT)),
            ("typlen", Scalar::from(ty.length)),
            ("typbyval", Scalar::from(ty.by_value)),
            ("typtype", Scalar::from(ty.kind)),
            ("typcategory", Scalar::from(ty.category)),
            ("typispreferred", Scalar::from(ty.preferred)),
            ("typisdefined", Scalar::from(true)),
            ("typdelim", Scalar::from(",")),
            ("typelem", Scalar::from(ty.element)),
            ("typarray", Scalar::from(ty.array)),
            ("typinput", Scalar::from(ty.input)),
            ("typoutput", Scalar::from(ty.output)),
            ("typreceive", Scalar::from(ty.receive)),
            ("typsend", Scalar::from(ty.send)),
            ("typalign", Scalar::from(ty.align)),
            ("typstorage", Scalar::from(ty.storage)),
            ("typtypmod", Scalar::from(-1_i32)),
            ("typcollation", Scalar::from(ty.collation)),
        ])?;
    }
    rows.table()
}
