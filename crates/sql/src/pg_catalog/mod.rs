//! The system catalogs `pg_catalog` and `information_schema`, as tools ask for them.
//!
//! WHAT
//!   Tables made anew for each statement that names one, from the catalog's `View` of that statement; nothing of them is stored.
//!   They show one database: the session's, or the one that a name of three parts says. What Cairn has none of (triggers,
//!   policies, sequences, …) is an empty table with PostgreSQL's columns.
//!
//! HOW DATA FLOWS
//!   1. `rewrite` turns what only catalog queries write into what DataFusion plans: OPERATOR(), casts to regclass and
//!      `to_regclass`, ARRAY(SELECT …).
//!   2. `table` answers a relation's name with a table: `relation` knows the columns, the files named after relations fill them.
//!   3. `functions` answers the names of functions, `planner` gives literals the types of oids and arrays.
//!   4. `lookup` joins what stands in a scalar subquery on catalogs, which DataFusion wants to be an aggregate; what it shows may look
//!      at the row outside.
//!
//! INVARIANTS
//!   An oid stands for one object for ever: `oid` makes it of ids that are never used again.
//!   Relations, columns, types and functions are those of PostgreSQL 15, with its oids: `relations.txt`, `types.txt`, `functions.txt`.
//!   Expressions and queries are shown so that PostgreSQL reads them: `spelling`.
//!
//! LEFT OUT
//!   Sizes are unknown (NULL). Functions of types, operators and casts are not listed in `pg_proc`: nobody can call them here.

mod activity;
mod class;
mod comment;
mod constraint;
mod database;
mod definition;
mod depend;
mod directory;
mod empty;
mod functions;
mod index;
mod information_schema;
mod internal;
mod keywords;
mod lookup;
mod objects;
mod oid;
mod planner;
mod privileges;
mod procedure;
mod relation;
mod rewrite;
mod rows;
mod spelling;
mod tableoid;
mod types;
mod users;

use std::sync::Arc;

use cairn_catalog::{ColumnId, TableDescriptor, TableId};
use datafusion::{catalog::memory::MemTable, datasource::TableProvider};

use crate::{
    Result, SqlError, SqlState,
    query::{Scope, names::PUBLIC},
};
use directory::Directory;
pub(crate) use functions::function;
pub(crate) use lookup::JoinLookups;
pub(crate) use planner::CatalogPlanner;
pub(crate) use procedure::kind_of as kind_of_function;
pub(crate) use relation::PG_CATALOG;
use relation::Relation;
pub(crate) use rewrite::rewrite;

/// The system's relation of that name, if it is one.
///
/// # Errors
/// `UndefinedTable` for a name that can only be the system's and is not.
pub(crate) fn table(
    scope: &Scope,
    database: Option<&str>,
    schema: Option<&str>,
    name: &str,
) -> Result<Option<Arc<dyn TableProvider>>> {
    if schema == Some(internal::CRDB_INTERNAL)
        && let Some(found) = internal::table(scope, name)
    {
        return Ok(Some(found));
    }
    let Some(relation) = relation::find(schema, name) else {
        return match schema {
            Some(relation::PG_CATALOG | relation::INFORMATION_SCHEMA | internal::CRDB_INTERNAL) => {
                Err(SqlError::new(
                    SqlState::UndefinedTable,
                    format!(
                        "relation \"{}.{name}\" does not exist",
                        schema.unwrap_or(PUBLIC)
                    ),
                ))
            }
            _ => Ok(None),
        };
    };
    let database = database.unwrap_or(&scope.facts.database);
    let directory = Directory::new(&scope.view, database);
    if let Some(users) = users::table(scope, relation)? {
        return Ok(Some(users));
    }
    let filled = match relation.schema {
        relation::INFORMATION_SCHEMA if relation.name == "table_privileges" => {
            Some(privileges::granted(scope, &directory, relation)?)
        }
        relation::INFORMATION_SCHEMA => information_schema::table(&directory, relation)?,
        _ => filler(relation.name)
            .map(|fill| fill(scope, &directory, relation))
            .transpose()?,
    };
    let filled = match filled {
        None => objects::table(&directory, relation)?,
        filled => filled,
    };
    Ok(Some(match filled {
        Some(table) => Arc::new(table),
        None => rows::empty(relation)?,
    }))
}

/// The oid of a relation.
pub(crate) fn oid_of(table: TableId) -> u32 {
    oid::table(table)
}

/// A column's number in `pg_attribute`; a hidden one has none.
pub(crate) fn number_of(table: &TableDescriptor, id: ColumnId) -> Option<i16> {
    let mut columns = class::shown_columns(table);
    columns
        .find(|(_, column)| column.id == id)
        .map(|(number, _)| number)
}

/// The rows of the function of that name, if a FROM list may call one of these.
pub(crate) fn table_function(name: &str) -> Option<Result<Arc<dyn TableProvider>>> {
    match name {
        "pg_get_keywords" => Some(keywords::table().map(|table| Arc::new(table) as _)),
        _ => None,
    }
}

/// What fills a relation.
type Filler = fn(&Scope, &Directory, &'static Relation) -> Result<MemTable>;

/// What fills the relation of `pg_catalog` of that name; `None`: it is another file's, or Cairn has nothing to put in it.
fn filler(name: &str) -> Option<Filler> {
    let filler: Filler = match name {
        "pg_class" => |_, directory, relation| class::classes(directory, relation),
        "pg_attribute" => |_, directory, relation| class::attributes(directory, relation),
        "pg_attrdef" => |_, directory, relation| class::defaults(directory, relation),
        "pg_tables" => |_, directory, relation| class::tables(directory, relation),
        "pg_index" => |_, directory, relation| index::indexes(directory, relation),
        "pg_indexes" => |_, directory, relation| index::definitions(directory, relation),
        "pg_constraint" => |_, directory, relation| constraint::constraints(directory, relation),
        "pg_depend" => |_, directory, relation| depend::dependencies(directory, relation),
        "pg_description" => |_, directory, relation| comment::descriptions(directory, relation),
        "pg_am" => |_, _, relation| database::access_methods(relation),
        "pg_collation" => |_, _, relation| database::collations(relation),
        "pg_database" => |scope, _, relation| database::databases(&scope.view, relation),
        "pg_namespace" => |_, _, relation| database::namespaces(relation),
        "pg_language" => |_, _, relation| procedure::languages(relation),
        "pg_proc" => |_, _, relation| procedure::procedures(relation),
        "pg_rewrite" => |_, directory, relation| depend::rules(directory, relation),
        "pg_stat_activity" => |scope, _, relation| activity::sessions(scope, relation),
        "pg_settings" => |scope, _, relation| database::settings(&scope.facts.settings, relation),
        "pg_tablespace" => |_, _, relation| database::tablespaces(relation),
        "pg_type" => |_, _, relation| database::types(relation),
        _ => return None,
    };
    Some(filler)
}

/// Whether the relation has no rows, ever.
fn is_always_empty(relation: &Relation) -> bool {
    relation.schema == relation::PG_CATALOG
        && filler(relation.name).is_none()
        && !objects::IN_PG_CATALOG.contains(&relation.name)
        && !users::NAMES.contains(&relation.name)
}
