//! What there is: databases, tables, columns and indexes, with their names, ids and states.
//!
//! WHAT
//!   Descriptors are versioned JSON in the versioned store itself, so the catalog of any instant is there to be
//!   read: a backup and an AS OF query see the names and columns of their time. Rows are not known here.
//!
//! HOW DATA FLOWS
//!   1. A statement takes a `View` (all descriptors at one instant) from `Catalog`, which keeps views between
//!      changes, and looks names up in it without waiting.
//!   2. A transaction that touches a table also calls `read_table`, so that it conflicts with the table's changes.
//!   3. A change is a function on a `Transaction` (`database`, `table`, `references`, `dependents`, `offline`): it reads what it
//!      depends on, writes descriptors and names, and rewrites the generation key.
//!   4. A backup with history reads the descriptors of all versions in its window (`history`).
//!   5. What is dropped waits in a queue until no read can want it (`removal`).
//!
//! INVARIANTS
//!   Ids are never used again: `allocation` only counts up, in commits of its own, and drops do not touch it.
//!   A name stands for one object: `record::take_relation_name` reads the name's key before it writes it, so of two
//!   transactions that want one name the second conflicts. Offline objects hold their names, dropped ones do not.
//!   A stored descriptor does not contradict itself: `TableDescriptor::check`, on writing and on reading.
//!   A cached view is never stale: every change writes the generation key (`record::changed`), whose version is the
//!   view's name in the cache.
//!
//! ERRORS, RETRIES
//!   `Error::kind` says what the user must do. Conflicts come out as the storage's; nothing is retried here. A change
//!   that fails may have written a part of itself: its caller rolls back, the transaction or to a savepoint.
//!
//! CRASH
//!   Nothing is left half-done: every change is part of its caller's one commit.
//!
//! LEFT OUT
//!   Schemas other than `public`, which is not stored.

mod allocation;
mod cache;
mod change;
mod column_type;
mod constraint;
mod database;
mod dependents;
mod descriptor;
mod error;
mod foreign_key;
mod history;
mod index;
mod layout;
mod object;
mod offline;
mod privilege;
mod record;
mod references;
mod relation;
mod removal;
mod setting;
mod step;
mod system;
mod table;
mod view;
mod zone;

pub use cache::Catalog;
pub use cairn_storage::{IndexId, TableId};
pub use change::{Part, SchemaChange};
pub use column_type::{ColumnType, ElementType, MAX_CHARACTERS, MAX_PRECISION, NotAType};
pub use constraint::{CheckConstraint, ConstraintState, ForeignKey, ReferentialAction};
pub use database::{
    comment_on_database, create_database, create_offline_database, drop_database, is_schema,
    put_database, read_database, rename_database,
};
pub use dependents::{Obstacle, drop_relations, obstacles, taken_along};
pub use descriptor::{
    ColumnDescriptor, ColumnId, DatabaseDescriptor, DatabaseId, Direction, FORMAT_VERSION,
    Identity, IndexColumn, IndexDescriptor, Offline, PRIMARY_INDEX, State, StepState,
    TableDescriptor,
};
pub use error::{Error, ErrorKind, Result};
pub use foreign_key::{add_foreign_key, drop_foreign_key};
pub use history::{Change, changes};
pub use layout::{CATALOG, FIRST_USER_ID};
pub use object::{ColumnRef, Dependency, Interleave, ObjectKind, SequenceOptions, ViewDefinition};
pub use offline::{
    Audience, abandon_database, abandon_table, publish_database, publish_table, put_offline_table,
};
pub use privilege::{Grant, Privilege, grant, revoke};
pub use record::read_table;
pub use references::{create_view, interleave, replace_view, use_sequences};
pub use relation::{IS_CALLED, LAST_VALUE, LOG_COUNT};
pub use removal::{Removal, finish_removal, removals};
pub use setting::put_setting;
pub use step::Successor;
pub use system::{HASHED_PASSWORD, SYSTEM_DATABASE, USERNAME, USERS_TABLE, bootstrap, users_table};
pub use table::{
    create_successor, create_table, create_tables, publish_successor, put_successor, put_table,
    rename_table, replace_table, reserve_successor, tables_in,
};
pub use view::View;
pub use zone::{Zone, set_default_zone};

#[cfg(test)]
mod tests;
