//! What oids and names stand for, in one database.

use std::sync::Arc;

use cairn_catalog::{DatabaseDescriptor, IndexDescriptor, TableDescriptor, View};

use super::{
    oid,
    relation::{self, Relation},
    types,
};
use crate::query::names::PUBLIC;

/// One database's relations, found by oid and by name.
#[derive(Debug, Clone)]
pub(crate) struct Directory {
    view: Arc<View>,
    database: Option<Arc<DatabaseDescriptor>>,
}

/// What an oid of `pg_class` stands for.
#[derive(Debug)]
pub(crate) enum Found<'a> {
    Table(&'a TableDescriptor),
    Index(&'a TableDescriptor, &'a IndexDescriptor),
    System(&'static Relation),
}

impl Directory {
    pub fn new(view: &Arc<View>, database: &str) -> Self {
        Directory {
            view: view.clone(),
            database: view.database(database).cloned(),
        }
    }

    pub fn view(&self) -> &View {
        &self.view
    }

    pub fn database_name(&self) -> &str {
        self.database.as_ref().map_or("", |database| &database.name)
    }

    pub fn tables(&self) -> Vec<&Arc<TableDescriptor>> {
        self.database
            .as_ref()
            .map_or_else(Vec::new, |database| self.view.tables_of(database.id))
    }

    /// The relation with that oid in `pg_class`.
    pub fn find(&self, oid: u32) -> Option<Found<'_>> {
        let likely = oid::table_of(oid).and_then(|id| self.view.table_by_id(id));
        let tables = self.tables();
        likely
            .into_iter()
            .chain(tables)
            .find_map(|table| within(table, oid))
            .or_else(|| {
                relation::all()
                    .find(|relation| relation.oid == oid)
                    .map(Found::System)
            })
    }

    /// The oid of a relation by the name that a user writes: `t`, `public.t`, `pg_catalog.pg_class`, `"T"`.
    pub fn find_name(&self, name: &str) -> Option<u32> {
        let parts = parts(name)?;
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let (schema, name) = match parts.as_slice() {
            [name] => (None, *name),
            [schema, name] => (Some(*schema), *name),
            [database, schema, name] if *database == self.database_name() => (Some(*schema), *name),
            _ => return None,
        };
        if let Some(relation) = relation::find(schema, name) {
            return Some(relation.oid);
        }
        if schema.is_some_and(|schema| schema != PUBLIC) {
            return None;
        }
        self.tables().into_iter().find_map(|table| {
            if table.name == name {
                return Some(oid::table(table.id));
            }
            shown_indexes(table)
                .find(|index| index.name == name)
                .map(|index| oid::index(table.id, index.id))
        })
    }

    /// The name that `regclass` shows: with its schema only where that is not searched.
    pub fn name_of(&self, oid: u32) -> Option<String> {
        Some(match self.find(oid)? {
            Found::Table(table) => cairn_syntax::quote(&table.name),
            Found::Index(_, index) => cairn_syntax::quote(&index.name),
            Found::System(relation) if relation.schema == relation::PG_CATALOG => {
                relation.name.to_owned()
            }
            Found::System(relation) => format!("{}.{}", relation.schema, relation.name),
        })
    }

    /// Whether a relation is found by its name alone.
    pub fn is_visible(&self, oid: u32) -> bool {
        match self.find(oid) {
            Some(Found::System(relation)) => relation.schema == relation::PG_CATALOG,
            Some(_) => true,
            None => false,
        }
    }
}

fn within(table: &TableDescriptor, oid: u32) -> Option<Found<'_>> {
    if oid::table(table.id) == oid {
        return Some(Found::Table(table));
    }
    shown_indexes(table)
        .find(|index| oid::index(table.id, index.id) == oid)
        .map(|index| Found::Index(table, index))
}

/// The indexes that a user made: all but the primary one over the hidden row id, and that of a view, which has no columns.
pub(crate) fn shown_indexes(table: &TableDescriptor) -> impl Iterator<Item = &IndexDescriptor> {
    let shown = table
        .all_indexes()
        .filter(|index| !index.columns.is_empty());
    shown.filter(|index| {
        index.columns.iter().all(|part| {
            table
                .column(part.column)
                .is_some_and(|column| !column.hidden)
        })
    })
}

/// `a.b` as its names, folded unless quoted.
pub(super) fn parts(name: &str) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    let mut rest = name.trim();
    loop {
        let part;
        (part, rest) = match rest.strip_prefix('"') {
            Some(quoted) => {
                let mut end = quoted.find('"')?;
                // A quote that is doubled is one of the name's own.
                while quoted.get(end + 1..)?.starts_with('"') {
                    end += 2 + quoted.get(end + 2..)?.find('"')?;
                }
                let name = quoted.get(..end)?.replace("\"\"", "\"");
                (name, quoted.get(end + 1..)?)
            }
            None => {
                let end = rest.find('.').unwrap_or(rest.len());
                (rest.get(..end)?.to_lowercase(), rest.get(end..)?)
            }
        };
        parts.push(part);
        match rest.strip_prefix('.') {
            Some(more) => rest = more,
            None => return rest.is_empty().then_some(parts),
        }
    }
}

/// The oid and the name of one of the schemas.
pub(crate) const SCHEMAS: [(u32, &str); 3] = [
    (oid::PG_CATALOG, relation::PG_CATALOG),
    (oid::PUBLIC, PUBLIC),
    (oid::INFORMATION_SCHEMA, relation::INFORMATION_SCHEMA),
];

pub(crate) fn schema_oid(name: &str) -> Option<u32> {
    SCHEMAS
        .iter()
        .find(|(_, schema)| *schema == name)
        .map(|(oid, _)| *oid)
}

pub(crate) fn schema_name(oid: u32) -> Option<&'static str> {
    SCHEMAS
        .iter()
        .find(|(schema, _)| *schema == oid)
        .map(|(_, name)| *name)
}

/// The type of a column of the system's relations.
pub(crate) fn system_type(column: &relation::Column) -> u32 {
    let oid = types::by_name(column.type_name).map_or(25, |ty| ty.oid);
    match column.array {
        true => types::by_oid(oid).map_or(1009, |ty| ty.array),
        false => oid,
    }
}
