//! BACKUP: what was true at one instant, written to a place where it stays.
//!
//! WHAT
//!   Takes a resolved request, reads the store at one closed instant and writes data files, then a
//!   manifest. Writers are never blocked, and never seen. Restoring is `cairn-restore`'s; the two
//!   meet only in the bytes of `cairn-archive`.
//!
//! HOW DATA FLOWS
//!   1. [`prepare`] has the statement checked (`check`): the chain that it goes on from (`base`), the targets in the catalog
//!      of the end ([`resolve`]), with history in that of every version of the window (`window`), which tables are carried
//!      whole and which by their changes (`coverage`), all of it by `reading`; and the destination. Who no longer waits
//!      ends that. [`Prepared::begin`] writes job and protection in one commit (`protect`), whoever waits.
//!   2. The job (`work`) claims the destination, asks the store for sizes and cuts, and makes a [`Plan`] around what an earlier
//!      run of it has proved (`done`).
//!   3. A crew of threads exports the pieces (`export`): rows of the end, or revisions of the window
//!      (`revisions`), decoded, fingerprinted and written to a data file. Each holds a few chunks, so
//!      a slow store slows the reading down instead of filling memory.
//!   4. `seal` turns the pieces into a manifest; it is written last; then one commit marks success
//!      and lets go of the protection.
//!
//! INVARIANTS
//!   Everything is read at the same [`cairn_storage::Closed`] instant, which the protection keeps
//!   readable: `protect::create_job`. A chain is continued only where this store's history made its
//!   last layer: `sealed`. What changes cost follows the changes: only the change index is read of a
//!   continued table. Pieces tile their tables: [`Plan::check`]. Rows are counted when
//!   read and when written, and the counts agree: `export::Exporter::export`. The manifest is written
//!   only by a job that still has its claim, after which it cannot be canceled: `Claim::seal`.
//!   Every backup carries `system.users`: `resolve::Resolver::finish`.
//!
//! ERRORS, RETRIES
//!   [`Error::kind`] says what the user must do. A piece that fails fails the job, but for one whose file
//!   did not arrive: it is exported again (`export::Exporter::export`). The files it left are named by nobody. Only the manifest is written a second time, to find out how the first
//!   attempt ended.
//!
//! CRASH
//!   The next start has the job go on ([`BackupDuty`]): it has succeeded if its manifest is there; else it goes on from its `record` and
//!   the pieces that were proved, as it does after a pause: at its end, in its destination, under the lock it has. Of those pieces it looks
//!   whether their files are still there, as far as the destination tells, before it counts on them and before it names them
//!   (`work`). What a dead run left half-done is named by nobody.

mod base;
mod check;
mod context;
mod coverage;
mod done;
mod duty;
mod error;
mod export;
mod hierarchy;
mod plan;
mod protect;
mod reading;
mod record;
mod resolve;
mod revisions;
mod seal;
mod sealed;
pub mod show;
mod start;
mod target;
mod time;
mod window;
mod work;

pub use context::{Context, Request};
pub use duty::BackupDuty;
pub use error::{Error, ErrorKind, Result};
pub use plan::{Content, Fingerprinting, Piece, Plan, PlannedTable, PlannedWindow, Survey};
pub use resolve::resolve;
pub use sealed::TABLE;
pub use start::{Prepared, Started, create, prepare, start, start_at, start_on};
pub use target::{Before, Resolved, Target};
