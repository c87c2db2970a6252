//! BACKUP: what was true at one instant, written to a place where it stays.
//!
//! WHAT
//!   Takes a resolved request, reads the store at one closed instant and writes data files, then a
//!   manifest. Writers are never blocked, and never seen. Restoring is `cairn-restore`'s; the two
//!   meet only in the bytes of `cairn-archive`.
//!
//! HOW DATA FLOWS
//!   1. [`start`] resolves the targets in the catalog of the end ([`resolve`]), looks at the
//!      destination, and writes job and protection in one commit.
//!   2. The job claims the destination, asks the store for sizes and cuts, and makes a [`Plan`].
//!   3. A crew of threads exports the pieces (`export`): scan, decode, fingerprint, data file. Each
//!      holds a few chunks, so a slow store slows the scan down instead of filling memory.
//!   4. `seal` turns the pieces into a manifest; it is written last; then one commit marks success
//!      and lets go of the protection.
//!
//! INVARIANTS
//!   Everything is read at the same [`cairn_storage::Closed`] instant, which the protection keeps
//!   readable: `start::create_job`. Pieces tile their tables: [`Plan::check`]. Rows are counted when
//!   read and when written, and the counts agree: `export::Exporter::export`. The manifest is written
//!   only by a job that still has its claim, after which it cannot be canceled: `Claim::seal`.
//!   Every backup carries `system.users`: `resolve::Resolver::finish`.
//!
//! ERRORS, RETRIES
//!   [`Error::kind`] says what the user must do. A piece that fails fails the job; the files it left
//!   are named by nobody. Only the manifest is written a second time, to find out how the first
//!   attempt ended.
//!
//! CRASH
//!   The next start ends the job ([`BackupEnding`]): as succeeded if the manifest is there, else as
//!   failed. Protection goes, the lock's job is dead, so the destination can be used again.
//!
//! LEFT OUT
//!   INCREMENTAL FROM, revision_history, resuming. Windows, pieces and coverage have their place in
//!   the plan and the manifest.

mod context;
mod ending;
mod error;
mod export;
mod plan;
mod resolve;
mod seal;
mod show;
mod start;
mod time;

pub use context::{Context, Request};
pub use ending::BackupEnding;
pub use error::{Error, ErrorKind, Result};
pub use plan::{Piece, Plan, PlannedTable, PlannedWindow, Survey};
pub use resolve::{Resolved, Target, resolve};
pub use show::{ShownTable, show};
pub use start::{start, start_at};
