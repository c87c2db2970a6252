//! Statements against a node on the memory engine.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on stops"
)]

mod catalog;
mod changes;
mod common;
mod constraints;
mod copy;
mod garbage;
mod interrupted;
mod lookups;
mod privileges;
mod psql;
mod schema_changes;
mod statements;
