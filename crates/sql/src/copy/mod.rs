//! COPY: bytes from the client into a table, and rows out to the client, in PostgreSQL's text and csv formats.
//!
//! HOW DATA FLOWS, IN
//!   1. `cairn_copy` cuts what arrives into blocks of whole records and takes a record apart, `target` makes rows of
//!      its fields, of DEFAULTs and of row ids.
//!   2. `input::CopyIn` decides where the rows go. Inside BEGIN: into that transaction. Else the first few MiB are held
//!      back; if that was all, they are written by one ordinary transaction.
//!   3. If more comes and the table is empty, `bulk` takes over: threads parse and sort (`load`), the runs are merged and
//!      ingested under a fresh table id, and one commit puts that table in the place of the empty one.
//!   4. If more comes and the table has rows, one transaction takes them up to its limit; with
//!      `copy_from_atomic_enabled = off` there is a commit every few MiB instead.
//!
//! HOW DATA FLOWS, OUT
//!   `output::CopyOut` runs the query and writes its batches as lines (`line`).
//!
//! INVARIANTS
//!   What is sent is copied wholly or not at all, but for `copy_from_atomic_enabled = off`, which says how much is in.
//!   The table's definition is the one the rows were made for: `input::check_table` in ordinary transactions,
//!   `cairn_catalog::replace_table` in bulk, which also looks that the table is still empty: `bulk::publish`.
//!   Rows keep the table's constraints on every way: `Target::rows` fills computed columns and checks CHECKs block by block; foreign keys
//!   are looked at by the transaction that writes or shows the rows (`constraint::consequences`, `references`).
//!   A merge that ends early is noticed: `Load::ingest` compares its count with that of the runs.
//!
//! ERRORS, RETRIES
//!   22P04 for what is no row, 22P02 and its kin for what is no value, 23502, 23505; the context names table, line and
//!   column. Ordinary transactions that meet others are run again as long as their rows are still held back; after that
//!   40001.
//!
//! CRASH
//!   An offline table without a job, which `abandon_leftovers` drops at the next start, and files in the temporary
//!   folder, which is emptied then. Dropping a `CopyIn` half-way leaves the same for a moment: `bulk::Successor`.
//!
//! LEFT OUT
//!   FORMAT binary, files on the server, FORCE_QUOTE and its kin, ON_ERROR, WHERE.

mod bind;
mod bulk;
pub(crate) mod defaults;
mod input;
mod line;
mod load;
mod output;
mod references;
mod target;

pub use input::CopyIn;
pub use output::CopyOut;

pub(crate) use bind::{from_stdin, to_stdout};
pub(crate) use bulk::abandon_leftovers;
