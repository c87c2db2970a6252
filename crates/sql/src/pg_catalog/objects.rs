//! `pg_views`, `pg_sequence`, `pg_sequences` and their like in `information_schema`: views and sequences.

use cairn_catalog::{SequenceOptions, TableDescriptor};
use datafusion::{catalog::memory::MemTable, scalar::ScalarValue as Scalar};

use super::{
    directory::Directory,
    oid,
    relation::Relation,
    rows::{Rows, text},
    spelling,
};
use crate::{Result, query::names::PUBLIC, sequence::relation_parts};

/// Those of `pg_catalog`.
pub(crate) const IN_PG_CATALOG: [&str; 3] = ["pg_views", "pg_sequence", "pg_sequences"];

/// One of these relations; `None`: it is another.
pub(crate) fn table(
    directory: &Directory,
    relation: &'static Relation,
) -> Result<Option<MemTable>> {
    let rows = Rows::new(relation);
    Ok(Some(match relation.name {
        "pg_views" => pg_views(directory, rows)?,
        "pg_sequence" => pg_sequence(directory, rows)?,
        "pg_sequences" => pg_sequences(directory, rows)?,
        "views" => views(directory, rows)?,
        "sequences" => sequences(directory, rows)?,
        _ => return Ok(None),
    }))
}

/// Every view and its query.
fn of_views(directory: &Directory) -> impl Iterator<Item = (&TableDescriptor, String)> {
    directory.tables().into_iter().filter_map(|table| {
        let definition = table.view_definition()?;
        let query = spelling::query(&definition.query, directory.database_name());
        Some((table.as_ref(), query))
    })
}

fn of_sequences(
    directory: &Directory,
) -> impl Iterator<Item = (&TableDescriptor, &SequenceOptions)> {
    directory
        .tables()
        .into_iter()
        .filter_map(|table| Some((table.as_ref(), table.sequence_options()?)))
}

fn pg_views(directory: &Directory, mut rows: Rows) -> Result<MemTable> {
    for (view, query) in of_views(directory) {
        rows.push([
            ("schemaname", Scalar::from(PUBLIC)),
            ("viewname", Scalar::from(view.name.as_str())),
            ("viewowner", Scalar::from(cairn_rows::users::ROOT)),
            ("definition", Scalar::from(query)),
        ])?;
    }
    rows.table()
}

fn views(directory: &Directory, mut rows: Rows) -> Result<MemTable> {
    for (view, query) in of_views(directory) {
        rows.push([
            ("table_catalog", Scalar::from(directory.database_name())),
            ("table_schema", Scalar::from(PUBLIC)),
            ("table_name", Scalar::from(view.name.as_str())),
            ("view_definition", Scalar::from(query)),
            ("check_option", Scalar::from("NONE")),
            ("is_updatable", Scalar::from("NO")),
            ("is_insertable_into", Scalar::from("NO")),
        ])?;
    }
    rows.table()
}

fn pg_sequence(directory: &Directory, mut rows: Rows) -> Result<MemTable> {
    for (sequence, options) in of_sequences(directory) {
        rows.push([
            ("seqrelid", Scalar::from(oid::table(sequence.id))),
            ("seqtypid", Scalar::from(20_u32)),
            ("seqstart", Scalar::from(options.start)),
            ("seqincrement", Scalar::from(options.increment)),
            ("seqmax", Scalar::from(options.max)),
            ("seqmin", Scalar::from(options.min)),
            ("seqcache", Scalar::from(options.cache)),
            ("seqcycle", Scalar::from(false)),
        ])?;
    }
    rows.table()
}

fn pg_sequences(directory: &Directory, mut rows: Rows) -> Result<MemTable> {
    for (sequence, options) in of_sequences(directory) {
        rows.push([
            ("schemaname", Scalar::from(PUBLIC)),
            ("sequencename", Scalar::from(sequence.name.as_str())),
            ("sequenceowner", Scalar::from(cairn_rows::users::ROOT)),
            ("start_value", Scalar::from(options.start)),
            ("min_value", Scalar::from(options.min)),
            ("max_value", Scalar::from(options.max)),
            ("increment_by", Scalar::from(options.increment)),
            ("cycle", Scalar::from(false)),
            ("cache_size", Scalar::from(options.cache)),
        ])?;
    }
    rows.table()
}

fn sequences(directory: &Directory, mut rows: Rows) -> Result<MemTable> {
    for (sequence, options) in of_sequences(directory) {
        let number = |value: i64| Scalar::from(value.to_string().as_str());
        rows.push([
            ("sequence_catalog", Scalar::from(directory.database_name())),
            ("sequence_schema", Scalar::from(PUBLIC)),
            ("sequence_name", Scalar::from(sequence.name.as_str())),
            ("data_type", Scalar::from("bigint")),
            ("numeric_precision", Scalar::from(64_i32)),
            ("numeric_precision_radix", Scalar::from(2_i32)),
            ("numeric_scale", Scalar::from(0_i32)),
            ("start_value", number(options.start)),
            ("minimum_value", number(options.min)),
            ("maximum_value", number(options.max)),
            ("increment", number(options.increment)),
            ("cycle_option", Scalar::from("NO")),
        ])?;
    }
    rows.table()
}

/// What `pg_get_viewdef` says.
pub(crate) fn view_definition(directory: &Directory, oid: u32) -> Option<String> {
    let tables = directory.tables();
    let view = tables.iter().find(|view| oid::table(view.id) == oid)?;
    let definition = view.view_definition()?;
    let query = spelling::query(&definition.query, directory.database_name());
    Some(format!(" {query};"))
}

/// What `pg_get_serial_sequence` says: the sequence that a column owns, `public.t_id_seq`.
pub(crate) fn serial_sequence(directory: &Directory, table: &str, column: &str) -> Result<Scalar> {
    let name = relation_parts(table)?.pop().unwrap_or_default();
    let tables = directory.tables();
    let found = tables.iter().find(|known| known.name == name);
    let own = found.and_then(|table| {
        let column = table.column_named(column)?.id;
        let id = table.id;
        of_sequences(directory).find(|(_, options)| {
            options
                .owner
                .is_some_and(|owner| (owner.table, owner.column) == (id, column))
        })
    });
    Ok(text(own.map(|(sequence, _)| {
        format!("{PUBLIC}.{}", cairn_syntax::quote(&sequence.name))
    })))
}
