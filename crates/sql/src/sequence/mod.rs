//! Sequences: numbers that are handed out once.
//!
//! WHAT
//!   A sequence is stored as a table of one row: `last_value`, `log_cnt`, `is_called`. The stored `last_value` is the high end of what
//!   is reserved; the values up to it are handed out from memory. So one commit serves many values, as PostgreSQL's log does, and
//!   a crash loses at most what was reserved: gaps, never repeats.
//!
//! HOW DATA FLOWS
//!   1. `functions` are what a query calls: nextval, currval, lastval, setval. They hold the statement's `Numbers`.
//!   2. `Numbers` finds the sequence by name, asks for privileges, and keeps the session's memory for currval and lastval.
//!   3. `Reserve`, one in a node, hands out values of its blocks; when one is empty it commits the next (`row`).
//!
//! INVARIANTS
//!   No value is handed out before the commit that reserved it was acknowledged: `Reserve::next`.
//!   A block belongs to one revision of the sequence's options: after ALTER SEQUENCE nothing older is handed out.
//!   Values are not part of any transaction: a rollback takes none back. The one exception is a sequence that the open transaction made
//!   itself: nobody else sees it, and its row is written in that transaction.
//!
//! ERRORS, RETRIES
//!   A reservation that meets another node's commit is tried again. When its outcome is unknown its values are given up.
//!
//! CRASH
//!   What was reserved and not handed out is a gap.
//!
//! LEFT OUT
//!   CYCLE. A function of DataFusion's cannot wait, so the thread that evaluates it waits for the reserving commit: once in `RESERVED`
//!   values, or once a batch.

mod functions;
mod numbers;
mod reserve;
mod row;

pub(crate) use functions::function;
pub(crate) use numbers::{Memory, Numbers, relation_parts};
pub(crate) use reserve::Reserve;
pub(crate) use row::{State, options, read as read_row, write as write_row};
