//! PostgreSQL's wire protocol as bytes: what a client sends becomes messages, and the binary forms of values become values.
//!
//! No sockets and no sessions: `cairn-server` has those. So a fuzzer reaches all of it without either.
//!
//! HOW DATA FLOWS
//!   1. `Decoder::opening` takes what a client says first out of a buffer, `Decoder::message` each message behind it.
//!   2. `binary::read` makes a value of the bytes of a parameter; `numeric` is its hardest form, in both directions.
//! INVARIANTS
//!   What is decoded does not depend on how the bytes arrive: the fuzz target `wire`.
//!   Frames are cut by their length, and their inside is looked at (`shape`), before pgwire reads it: a message that lies about its
//!   contents can then spoil only itself.
//!   What a client calls text is UTF-8, or refused; nothing stands in for what is not: `shape`, `binary::read`.
//!   A client cannot make the server hold more than the limit of a message, nor a statement above its own: `Decoder::message`.

pub mod binary;
mod decoder;
mod error;
pub mod numeric;
mod shape;

pub use decoder::{Decoder, MAX_MESSAGE_BYTES, MAX_STARTUP_BYTES, Opening};
pub use error::{Error, Result};
