//! RESTORE: tables from a backup, under new ids, visible all at once or not at all.
//!
//! WHAT
//!   Reads the manifest and data files that `cairn-backup` wrote and brings tables back by bulk
//!   ingest; no row goes through SQL. The two crates meet only in the bytes of `cairn-archive`.
//!
//! HOW DATA FLOWS
//!   1. [`prepare`] reads the chain of manifests and finds the layer that covers the instant (`chain`),
//!      matches the targets against what that one held then (`select`), finds each table's layers
//!      (`history`); who no longer waits ends that. [`Prepared::begin`] in one commit checks names (`conflicts`), writes the job and creates
//!      databases and tables, offline and named by the job (`offline`).
//!   2. The job (`work`) makes a [`Plan`]: per table ranges of keys as pieces, each with the files of all
//!      layers that have some of them. A crew loads them (`load`): a single file as it is, several
//!      layers merged (`merge`), of each key the newest revision at or below the instant (`merged`);
//!      rows under the new id at the version of the commit of step 1 go into `Engine::ingest`, index
//!      entries to sorted runs ([`cairn_rows::sort`]).
//!   3. Rows and fingerprints are compared with what the layers say of their ends (`proof`).
//!   4. Each index is merged from its runs and ingested (`load`).
//!   5. One commit publishes tables and databases and marks success.
//!   [`check`] does steps 1 to 3 for a whole backup and keeps nothing: `SHOW BACKUP … WITH check_files`.
//!
//! INVARIANTS
//!   No object is used before its length and hash were compared: `cairn_archive::open_verified`.
//!   Nothing is visible before it is proved: `work::Work::load`. An instant that the chain does not tell
//!   is refused, never replaced by another: `chain::covering`, `history::parts`. A layer's file is
//!   opened only for pieces whose keys it has: `plan::pieces`. Memory does not grow with the number
//!   of layers: `merge::FAN_IN`. Names are taken from the first commit
//!   on, so what was free at the beginning is free at the end. Pieces of a table are disjoint and in
//!   order: [`Plan::check`]. Loading a piece again would write the same keys at the same version.
//!
//! ERRORS, RETRIES
//!   [`Error::kind`] says what the user must do. All name conflicts are reported at once, before the
//!   job exists. Any failure ends the job in one commit that frees every name; the rows go after it.
//!
//! CRASH
//!   Offline tables name their job. The next start goes on with it ([`RestoreDuty`]) from its `record` and what was proved, as after
//!   a pause: under the same ids, at the same version, so that what is loaded once more is the same. Sorted runs are gone then: the
//!   entries of indexes that were not built are gathered from the stored rows. A job that failed or was canceled gives up its names
//!   in the commit that ends it; its rows go after it.

mod chain;
mod check;
mod conflicts;
mod context;
mod dependencies;
mod done;
mod duty;
mod error;
mod history;
mod load;
mod merge;
mod merged;
mod offline;
mod plan;
mod proof;
mod prover;
mod record;
mod runs;
mod select;
mod start;
mod thin;
mod work;

pub use check::{Checked, Proved, check};
pub use conflicts::Conflict;
pub use context::{Context, Options, Request};
pub use duty::RestoreDuty;
pub use error::{Error, ErrorKind, Result};
pub use plan::{Piece, Plan, PlannedTable};
pub use select::{SelectedTable, Selection, select};
pub use start::{Prepared, create, prepare, start, start_from};
