//! The versioned store: every commit has a version, every read an instant, and nothing read at an
//! instant ever changes.
//!
//! WHAT
//!   [`Engine`] is the contract. [`lsm`] keeps it on a local disk, [`memory`] is its model; [`hooked`] disturbs either in tests.
//!   [`Transaction`] and [`Snapshot`] are how everybody above reads and writes; backup and restore
//!   also use `history`, `ingest` and `split` directly. Rows and SQL are not known here.
//!
//! HOW DATA FLOWS
//!   1. A transaction reads at a [`Closed`] instant and buffers its writes (`transaction`).
//!   2. The engine's committer checks what was read, hands out a version (`timeline::Sequencer`),
//!      writes rows and change index in one durable batch, then moves the read version.
//!   3. Scans and histories come in chunks ([`Entries`], [`Revisions`]): no state between chunks, and
//!      none held open in the store.
//!
//! INVARIANTS
//!   An instant is closed before it is read: only the sequencer makes a [`Closed`].
//!   Below a table's floor nothing is readable, and a protection holds the floor down (`floor`).
//!   Time comes from `clock` only, and becomes a version in [`Timeline`] only.
//!
//! ERRORS, RETRIES
//!   [`Error::kind`] says what the user must do. Nothing is retried here except raising a floor.
//!
//! CRASH
//!   A store opens with exactly the commits whose durability was awaited, and none in part.

pub mod clock;
mod engine;
mod entries;
mod error;
pub mod floor;
pub mod hooked;
mod ingest;
mod key;
pub mod lsm;
pub mod memory;
mod snapshot;
mod timeline;
mod transaction;
mod version;

pub use engine::{
    Collected, Commit, Counters, Engine, Found, Ingested, Limits, ReadSet, TransactionId, Window,
};
pub use entries::{Chunk, Cursor, Entries, Entry, Revision, RevisionChunk, Revisions, ScanLimit};
pub use error::{Error, ErrorKind, Result};
pub use key::{IndexId, Prefix, Span, TableId, after};
pub use snapshot::{Read, Snapshot};
pub use timeline::{Closed, Timeline};
pub use transaction::{Savepoint, StatementView, Transaction};
pub use version::Version;
