//! COPY's bytes: records and fields in PostgreSQL's text and csv formats, without tables and types.
//!
//! HOW DATA FLOWS
//!   In: 1. `Splitter` cuts what arrives into blocks of whole records. 2. `Fields` takes a record apart: escapes and quotes go,
//!       NULLs are told from texts.
//!   Out: `Format::write_field` puts a value's text on a line so that it is read back as that text.
//! INVARIANTS
//!   What is read does not depend on how the bytes arrive: the tests of `splitter` cut them everywhere.
//!   A field that was written comes back as itself: the fuzz target `copy`, and the tests of `sql::copy::line`.
//!   No record is held that is longer than a bound: `Splitter::push`.
//! ERRORS
//!   `Error` says what is wrong with the bytes or the options; who reads knows the table and the line's number.
//! LEFT OUT
//!   FORMAT binary.

mod error;
mod fields;
mod format;
mod splitter;
mod write;

pub use error::{Error, Result};
pub use fields::Fields;
pub use format::{Format, Quotes};
pub use splitter::{Block, Splitter};
