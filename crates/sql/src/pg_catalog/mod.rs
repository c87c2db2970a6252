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

use datafusion::{catalog::memory::MemTable, datasource::TableProvider};

use crate::{
    Result, SqlError, SqlState,
    query::{Scope, names::PUBLIC},
};
use directory::Directory;
pub(crate) use functions::function;
pub(crate) use lookup::JoinLookups;
pub(crate) use planner::CatalogPlanner;
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
        _ => catalog(scope, &directory, relation)?,
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

/// The rows of the function of that name, if a FROM list may call one of these.
pub(crate) fn table_function(name: &str) -> Option<Result<Arc<dyn TableProvider>>> {
    match name {
        "pg_get_keywords" => Some(keywords::table().map(|table| Arc::new(table) as _)),
        _ => None,
    }
}

/// A relation of `pg_catalog`; `None`: Cairn has nothing to put in it.
fn catalog(
    scope: &Scope,
    directory: &Directory,
    relation: &'static Relation,
) -> Result<Option<MemTable>> {
    Ok(Some(match relation.name {
        "pg_class" => class::classes(directory, relation)?,
        "pg_attribute" => class::attributes(directory, relation)?,
        "pg_attrdef" => class::defaults(directory, relation)?,
        "pg_tables" => class::tables(directory, relation)?,
        "pg_index" => index::indexes(directory, relation)?,
        "pg_indexes" => index::definitions(directory, relation)?,
        "pg_constraint" => constraint::constraints(directory, relation)?,
        "pg_depend" => depend::dependencies(directory, relation)?,
        "pg_description" => comment::descriptions(directory, relation)?,
        "pg_am" => database::access_methods(relation)?,
        "pg_collation" => database::collations(relation)?,
        "pg_database" => database::databases(&scope.view, relation)?,
        "pg_namespace" => database::namespaces(relation)?,
        "pg_language" => procedure::languages(relation)?,
        "pg_proc" => procedure::procedures(relation)?,
        "pg_rewrite" => depend::rules(directory, relation)?,
        "pg_stat_activity" => activity::sessions(scope, relation)?,
        "pg_settings" => database::settings(&scope.facts.settings, relation)?,
        "pg_tablespace" => database::tablespaces(relation)?,
        "pg_type" => database::types(relation)?,
        _ => return Ok(None),
    }))
}

/// Whether the relation has no rows, ever. The names are those that `catalog`, `users` and `information_schema` fill.
fn is_always_empty(relation: &Relation) -> bool {
    !matches!(
        relation.name,
        "pg_class"
            | "pg_attribute"
            | "pg_attrdef"
            | "pg_tables"
            | "pg_index"
            | "pg_indexes"
            | "pg_constraint"
            | "pg_depend"
            | "pg_description"
            | "pg_am"
            | "pg_collation"
            | "pg_database"
            | "pg_language"
            | "pg_namespace"
            | "pg_proc"
            | "pg_rewrite"
            | "pg_settings"
            | "pg_stat_activity"
            | "pg_tablespace"
            | "pg_type"
            | "pg_views"
            | "pg_sequence"
            | "pg_sequences"
    ) && !users::NAMES.contains(&relation.name)
        && relation.schema == relation::PG_CATALOG
}
