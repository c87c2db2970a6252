//! The job hall: durable records of long work, and the fence that keeps two runs of one job apart.
//!
//! WHAT
//!   A BACKUP or RESTORE becomes a job once its checks passed. Its record says everything that is
//!   needed to go on with it or to clean up after it; the process that runs it is replaceable. The
//!   hall knows no kind of job: what a kind owes the store is its [`Duty`].
//!
//! HOW DATA FLOWS
//!   1. [`Registry::create`] writes a pending [`Record`] in the transaction that also lays the job's
//!      protection and names.
//!   2. [`Registry::claim`] raises the epoch and makes it running.
//!   3. [`Running::start`] runs it apart from its client; [`Crew::start`] runs its pieces on a
//!      bounded number of threads; after each, the job calls [`Claim::done`] and [`Claim::progress`].
//!      Meanwhile each second a look is taken whether the job still counts.
//!   4. [`Claim::succeed_in`] joins the commit that makes the work count; [`Claim::fail`] or a cancel
//!      ends it in one commit and sweeps its bytes afterwards.
//!   5. [`Registry::control`] pauses, resumes and cancels. A resumed job, and one whose process is
//!      gone, goes on by [`Duty::resume`] from the pieces that [`Registry::pieces`] has.
//!
//! INVARIANTS
//!   Every commit of a running job has read the record: `Claim::guard`. An ended job never changes
//!   again, except that its debris flags fall. Bytes are swept once no thread of the run can write
//!   any more, and a job is not run again before: `Claim::stop`, `Registry::is_running_here`. Ids are
//!   never used again: `Registry::free_id`. A piece is noted after it is durable, in a commit that
//!   has read the record.
//!
//! ERRORS, RETRIES
//!   Conflicts are retried here, since job commits are small and cheap. Everything else is the
//!   caller's to judge, by [`Error::kind`].
//!
//! CRASH
//!   A dead job stays pending or running in the store until [`Registry::adopt_orphans`], at the next
//!   start, lets it go on, or ends it: as succeeded if it was sealing and its seal is there, as failed
//!   if its kind cannot go on. One that cannot be taken then is taken by [`Registry::sweep_all`].
//!
//! LEFT OUT
//!   Leases between nodes, deletion of old records.

mod adoption;
mod apart;
mod claim;
mod control;
mod crew;
mod duty;
mod error;
mod pieces;
mod record;
mod registry;
mod running;
mod transact;

pub use apart::{to_the_end, while_awaited};
pub use claim::Claim;
pub use control::Control;
pub use crew::{Crew, Stop};
pub use duty::{Duty, Resume, resume_by};
pub use error::{BoxError, Error, ErrorKind, Result};
pub use pieces::DonePiece;
pub use record::{JobId, JobResult, Kind, NewJob, Record, Status};
pub use registry::{Registry, TABLE};
pub use running::Running;
pub use transact::transact;
