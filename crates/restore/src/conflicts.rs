//! What stands in a restore's way in the catalog, all of it at once.

use std::collections::BTreeMap;
use std::fmt;

use cairn_catalog::{SYSTEM_DATABASE, State, View, is_schema};

use crate::error::ErrorKind;
use crate::select::Selection;

/// One reason why the selected objects cannot be restored now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conflict {
    DatabaseExists {
        name: String,
    },
    /// No database can be called so, though one was when it was backed up, or is to be.
    NameReserved {
        name: String,
    },
    DatabaseMissing {
        database: String,
        table: String,
    },
    /// The database that a table is to go to is being filled by another job.
    DatabaseOffline {
        database: String,
        table: String,
        reason: String,
    },
    NoCreate {
        user: String,
        database: String,
    },
    RelationExists {
        name: String,
    },
    /// Two of the selected tables would have the same name.
    SameName {
        name: String,
        tables: [String; 2],
    },
    /// The name is taken by a database or a table that another job is filling.
    Offline {
        object: String,
        reason: String,
    },
}

impl Conflict {
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Conflict::DatabaseExists { .. } => ErrorKind::DatabaseExists,
            Conflict::NameReserved { .. } => ErrorKind::NameReserved,
            Conflict::DatabaseMissing { .. } => ErrorKind::DatabaseMissing,
            Conflict::NoCreate { .. } => ErrorKind::Denied,
            Conflict::RelationExists { .. } | Conflict::SameName { .. } => {
                ErrorKind::RelationExists
            }
            Conflict::DatabaseOffline { .. } | Conflict::Offline { .. } => ErrorKind::Offline,
        }
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Conflict::DatabaseExists { name } => write!(f, "database {name:?} already exists"),
            Conflict::NameReserved { name } => {
                let name = name.clone();
                cairn_catalog::Error::ReservedName { name }.fmt(f)
            }
            Conflict::DatabaseMissing { database, table } => {
                write!(
                    f,
                    "a database named {database:?} needs to exist to restore table {table:?}"
                )
            }
            Conflict::DatabaseOffline {
                database,
                table,
                reason,
            } => {
                write!(
                    f,
                    "database {database:?}, which table {table:?} is to go to, is offline: {reason}"
                )
            }
            Conflict::NoCreate { user, database } => {
                write!(
                    f,
                    "user {user} does not have CREATE privilege on database {database}"
                )
            }
            Conflict::RelationExists { name } => write!(f, "relation {name:?} already exists"),
            Conflict::SameName {
                name,
                tables: [one, other],
            } => write!(
                f,
                "relation {name:?} already exists: {one} and {other} would both have this name"
            ),
            Conflict::Offline { object, reason } => {
                write!(f, "{object} already exists and is offline: {reason}")
            }
        }
    }
}

fn offline(object: String, state: &State) -> Conflict {
    let reason = reason(state);
    Conflict::Offline { object, reason }
}

/// Why something is offline.
fn reason(state: &State) -> String {
    let offline = state.offline();
    offline.map_or_else(String::new, |offline| offline.reason.clone())
}

/// All conflicts in one message.
pub(crate) fn listed(conflicts: &[Conflict]) -> String {
    conflicts
        .iter()
        .map(Conflict::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}

/// Everything that stands in the way: databases first, then the databases that are missing, then
/// tables.
pub fn find(selection: &Selection, view: &View, user: &str) -> Vec<Conflict> {
    let mut conflicts: Vec<Conflict> = selection
        .databases
        .iter()
        .filter_map(|name| match view.offline_database(name) {
            _ if is_schema(name) => Some(Conflict::NameReserved { name: name.clone() }),
            Some(other) => Some(offline(format!("database {name:?}"), &other.state)),
            None => view
                .database(name)
                .map(|_| Conflict::DatabaseExists { name: name.clone() }),
        })
        .collect();
    let mut tables = Vec::new();
    let mut taken = BTreeMap::new();
    for table in &selection.tables {
        let name = &table.archived.name;
        if let Some(other) = taken.insert((&table.into, name), table) {
            tables.push(Conflict::SameName {
                name: name.clone(),
                tables: [other.qualified_name(), table.qualified_name()],
            });
        }
        if selection.databases.contains(&table.into) {
            continue;
        }
        let Some(database) = view.database(&table.into) else {
            let (database, table) = (table.into.clone(), name.clone());
            conflicts.push(match view.offline_database(&database) {
                Some(filled) => Conflict::DatabaseOffline {
                    database,
                    table,
                    reason: reason(&filled.state),
                },
                None => Conflict::DatabaseMissing { database, table },
            });
            continue;
        };
        if view.table(database.id, name).is_some() {
            tables.push(Conflict::RelationExists { name: name.clone() });
        } else if let Some(other) = view.offline_table(database.id, name) {
            tables.push(offline(format!("relation {name:?}"), &other.state));
        } else if database.id == SYSTEM_DATABASE {
            tables.push(Conflict::NoCreate {
                user: user.to_owned(),
                database: database.name.clone(),
            });
        }
    }
    conflicts.extend(tables);
    conflicts
}
