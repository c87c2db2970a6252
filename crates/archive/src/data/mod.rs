//! Data files: rows to Parquet and back.
//!
//! HOW DATA FLOWS
//!   Out: `DataFileWriter::write` checks the chunk's place, `Encoder::write` (on the encoder threads) checks the order inside,
//!   encodes and hashes; what has gathered goes to the upload in parts of `PART_BYTES`. `finish` gives the `DataFile`.
//!   In: `fetch` copies the object into a `Spool`, in memory when it is small and else in scratch space, and compares length and
//!   hash. `DataFileReader` decodes the spool, so what was verified is what is read, and the store is read once.
//!
//! INVARIANTS
//!   The bytes of a file follow from its rows, schema and key alone: `properties` fixes the rest.
//!   Encoding and decoding run on `encoders`, as many threads as cores: the async executor never waits for them.
//!
//! CRASH
//!   A half-written file is never named by a manifest, so it is harmless. Scratch files have no name and vanish.

mod encoder;
mod fetch;
mod properties;
mod reader;
mod scratch;
mod shape;
mod writer;

use std::sync::LazyLock;

use cairn_blob::threads::Pool;

pub(crate) use fetch::look_at;
pub use reader::{DataFileReader, open_verified, open_verified_in};
pub use scratch::Scratch;
pub use shape::FileShape;
pub use writer::{Chunk, DataFileWriter};

/// The ids of the columns that a file of revisions has behind the table's: far above any that a table gives.
pub const VERSION_COLUMN_ID: u32 = 0x7FFF_FFFD;
pub const TIME_COLUMN_ID: u32 = 0x7FFF_FFFE;
pub const DELETED_COLUMN_ID: u32 = 0x7FFF_FFFF;

pub(crate) const REVISION_COLUMNS: [u32; 3] =
    [VERSION_COLUMN_ID, TIME_COLUMN_ID, DELETED_COLUMN_ID];

/// Size of the parts in which files travel to and from a store.
const PART_BYTES: usize = 8 << 20;

/// The threads that encode, hash and decode: one per core.
fn encoders() -> &'static Pool {
    static POOL: LazyLock<Pool> = LazyLock::new(|| {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Pool::new("cairn-encoder", cores)
    });
    &POOL
}
