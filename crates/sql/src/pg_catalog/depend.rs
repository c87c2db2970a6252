//! `pg_depend` and `pg_rewrite`: what cannot be without what.
//!
//! A view depends on what it reads through its rule, a DEFAULT on its sequences, a column's own sequence on the column, a foreign key
//! on the table that it refers to, an index on its table. An interleaved table depends on its parent, which PostgreSQL does not know.

use cairn_catalog::{ColumnId, PRIMARY_INDEX, TableDescriptor, TableId};
use datafusion::{catalog::memory::MemTable, scalar::ScalarValue as Scalar};

use super::{
    class::shown_columns,
    constraint,
    directory::{Directory, shown_indexes},
    oid,
    relation::Relation,
    rows::{Rows, text},
};
use crate::Result;

/// How strongly one thing depends on another; PostgreSQL's letters.
#[derive(Clone, Copy)]
enum Strength {
    /// It stands in the way of a DROP.
    Normal,
    /// It goes along.
    Automatic,
    /// It is a part.
    Internal,
}

impl Strength {
    fn letter(self) -> &'static str {
        match self {
            Self::Normal => "n",
            Self::Automatic => "a",
            Self::Internal => "i",
        }
    }
}

/// The catalog, the oid in it, and the number of a column, or 0.
type Object = (u32, u32, i16);

pub(crate) fn dependencies(directory: &Directory, relation: &'static Relation) -> Result<MemTable> {
    let mut rows = Rows::new(relation);
    for table in directory.tables() {
        let mut push = |of: Object, on: Object, strength: Strength| {
            rows.push([
                ("classid", Scalar::from(of.0)),
                ("objid", Scalar::from(of.1)),
                ("objsubid", Scalar::from(i32::from(of.2))),
                ("refclassid", Scalar::from(on.0)),
                ("refobjid", Scalar::from(on.1)),
                ("refobjsubid", Scalar::from(i32::from(on.2))),
                ("deptype", Scalar::from(strength.letter())),
            ])
        };
        let whole = (oid::PG_CLASS, oid::table(table.id), 0);
        if let Some(definition) = table.view_definition() {
            let rule = (oid::PG_REWRITE, oid::rule(table.id), 0);
            push(rule, whole, Strength::Internal)?;
            for read in &definition.reads {
                for on in places(directory, read.relation, &read.columns) {
                    push(rule, on, Strength::Normal)?;
                }
            }
        }
        for column in &table.columns {
            let default = (oid::PG_ATTRDEF, oid::default(table.id, column.id), 0);
            let has_default = column.default.is_some() || column.computed.is_some();
            if has_default && column.identity.is_none() {
                let own = columns(table, &[column.id]).next();
                push(default, own.unwrap_or(whole), Strength::Automatic)?;
                for sequence in &column.uses_sequences {
                    let on = (oid::PG_CLASS, oid::table(*sequence), 0);
                    push(default, on, Strength::Normal)?;
                }
            }
        }
        if let Some(owner) = table.sequence_options().and_then(|options| options.owner) {
            let view = directory.view();
            let identity = view.table_by_id(owner.table).is_some_and(|owning| {
                let column = owning.column(owner.column);
                column.is_some_and(|column| column.identity.is_some())
            });
            let strength = match identity {
                true => Strength::Internal,
                false => Strength::Automatic,
            };
            for on in places(directory, owner.table, &[owner.column]) {
                push(whole, on, strength)?;
            }
        }
        for index in shown_indexes(table) {
            let of = (oid::PG_CLASS, oid::index(table.id, index.id), 0);
            match index.constraint || index.id == PRIMARY_INDEX {
                true => push(of, (oid::PG_CONSTRAINT, of.1, 0), Strength::Internal)?,
                false => push(of, whole, Strength::Automatic)?,
            }
        }
        for constraint in constraint::of(table) {
            let of = (oid::PG_CONSTRAINT, constraint.oid(table), 0);
            for on in columns(table, &constraint.columns()) {
                push(of, on, Strength::Automatic)?;
            }
            if let constraint::Constraint::ForeignKey(key) = constraint {
                for on in places(directory, key.referenced, &key.referenced_columns) {
                    push(of, on, Strength::Normal)?;
                }
            }
        }
        if let Some(interleave) = &table.interleave {
            let parent = (oid::PG_CLASS, oid::table(interleave.parent), 0);
            push(whole, parent, Strength::Normal)?;
        }
    }
    rows.table()
}

/// Columns of a relation, or it as a whole where none are named.
fn places(directory: &Directory, relation: TableId, named: &[ColumnId]) -> Vec<Object> {
    let found = directory.view().table_by_id(relation);
    let places: Vec<Object> = found
        .into_iter()
        .flat_map(|relation| columns(relation, named))
        .collect();
    match places.is_empty() {
        true => vec![(oid::PG_CLASS, oid::table(relation), 0)],
        false => places,
    }
}

fn columns(table: &TableDescriptor, named: &[ColumnId]) -> impl Iterator<Item = Object> {
    shown_columns(table)
        .filter(|(_, column)| named.contains(&column.id))
        .map(|(number, _)| (oid::PG_CLASS, oid::table(table.id), number))
}

/// Each view has the one rule that makes it a view.
pub(crate) fn rules(directory: &Directory, relation: &'static Relation) -> Result<MemTable> {
    let mut rows = Rows::new(relation);
    for view in directory
        .tables()
        .into_iter()
        .filter(|table| table.is_view())
    {
        rows.push([
            ("oid", Scalar::from(oid::rule(view.id))),
            ("rulename", Scalar::from("_RETURN")),
            ("ev_class", Scalar::from(oid::table(view.id))),
            ("ev_type", Scalar::from("1")),
            ("ev_enabled", Scalar::from("O")),
            ("is_instead", Scalar::from(true)),
            ("ev_qual", text(Some("<>".to_owned()))),
            ("ev_action", text(Some("<>".to_owned()))),
        ])?;
    }
    rows.table()
}
