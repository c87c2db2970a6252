//! Changes of the catalog by SQL: CREATE, ALTER and DROP.
//!
//! WHAT
//!   Each statement becomes a change of descriptors in the caller's transaction (`catalog` does the storing). What has to fill or
//!   check the rows of a table begins there and is brought to its end by a job (`online`).
//!
//! INVARIANTS
//!   A DEFAULT is stored as text that was parsed and planned against its column: `default::evaluate`.

pub(crate) mod alter;
pub(crate) mod comment;
pub(crate) mod constraint;
pub(crate) mod default;
pub(crate) mod dependents;
pub(crate) mod drop;
pub(crate) mod generated;
pub(crate) mod index;
pub(crate) mod index_name;
pub(crate) mod interleave;
pub(crate) mod online;
pub(crate) mod rename;
pub(crate) mod sequence;
pub(crate) mod table;
pub(crate) mod truncate;
pub(crate) mod types;
pub(crate) mod view;
pub(crate) mod view_text;

use cairn_catalog::{DatabaseDescriptor, State, View};

use crate::{
    Result, SqlError, SqlState,
    access::Need,
    query::{Scope, names::PUBLIC},
};

/// The database and the last part of a relation's name; `need` is what the statement needs of the database.
pub(crate) fn place<'a>(
    scope: &'a Scope,
    parts: &'a [String],
    need: impl Into<Need>,
) -> Result<(&'a DatabaseDescriptor, &'a str)> {
    let (database, name) = match parts {
        [name] => (scope.facts.database.as_str(), name),
        [first, name] if first == PUBLIC => (scope.facts.database.as_str(), name),
        [database, name] => (database.as_str(), name),
        [database, schema, name] if schema == PUBLIC => (database.as_str(), name),
        [_, schema, _] => {
            return Err(SqlError::new(
                SqlState::InvalidSchemaName,
                format!("schema {schema:?} does not exist"),
            )
            .hint("every database has one schema, public"));
        }
        _ => {
            return Err(SqlError::new(
                SqlState::SyntaxError,
                "a relation's name has at most three parts",
            ));
        }
    };
    Ok((self::database(scope, database, need)?, name))
}

/// A database by name; `need` is what the statement needs of it.
pub(crate) fn database<'a>(
    scope: &'a Scope,
    name: &str,
    need: impl Into<Need>,
) -> Result<&'a DatabaseDescriptor> {
    match scope.view.database(name) {
        Some(database) => {
            scope.access.database(database, need)?;
            Ok(database)
        }
        None => Err(missing_database(&scope.view, name)),
    }
}

/// Refuses to drop or rename a database while a job fills relations in it: its work would be lost, or have texts with the old name.
pub(crate) fn check_not_filled(
    view: &View,
    database: &DatabaseDescriptor,
    verb: &str,
) -> Result<()> {
    for table in view.offline_tables() {
        if table.database == database.id
            && let Some(offline) = table.state.offline()
            && offline.job.is_some()
        {
            return Err(SqlError::offline(format!(
                "cannot {verb} database {:?}: relation {:?} is offline: {}",
                database.name, table.name, offline.reason
            )));
        }
    }
    Ok(())
}

/// Why there is no such database to be seen.
pub(crate) fn missing_database(view: &View, name: &str) -> SqlError {
    match view.offline_database(name).map(|database| &database.state) {
        Some(State::Offline(offline)) => {
            SqlError::offline(format!("database {name:?} is offline: {}", offline.reason))
        }
        _ => unknown_database(name),
    }
}

/// 3D000.
pub(crate) fn unknown_database(name: &str) -> SqlError {
    SqlError::new(
        SqlState::InvalidCatalogName,
        format!("database {name:?} does not exist"),
    )
}
