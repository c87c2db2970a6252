//! The job hall: durable records of long work, and the fence that keeps two runs of one job apart.
//!
//! WHAT
//!   A BACKUP or RESTORE becomes a job once its checks passed. Its record says everything that is
//!   needed to go on with it or to clean up after it; the process that runs it is replaceable. The
//!   hall knows no kind of job: what a kind owes the store at its end is an [`Ending`].
//!
//! HOW DATA FLOWS
//!   1. [`Registry::create`] writes a pending [`Record`] in the transaction that also lays the job's
//!      protection and names.
//!   2. [`Registry::claim`] raises the epoch and makes it running.
//!   3. [`Running::start`] runs it apart from its client; [`Crew::start`] runs its pieces on a
//!      bounded number of threads; after each, the job calls [`Claim::progress`].
//!      Between them, [`Crew::next_of`] looks each second whether the job still counts.
//!   4. [`Claim::succeed_in`] joins the commit that makes the work count; [`Claim::fail`] or
//!      [`Registry::cancel`] ends it in one commit and sweeps its bytes afterwards.
//!
//! INVARIANTS
//!   Every commit of a running job has read the record: `Claim::guard`. An ended job never changes
//!   again, except that its debris flag falls. Bytes are swept once no thread of the run can write
//!   any more: `Claim::stop`. Ids are never used again: `Registry::free_id`.
//!
//! ERRORS, RETRIES
//!   Conflicts are retried here, since job commits are small and cheap. Everything else is the
//!   caller's to judge, by [`Error::kind`].
//!
//! CRASH
//!   A dead job stays pending or running in the store until [`Registry::adopt_orphans`], at the next
//!   start, ends it as failed, or as succeeded if it was sealing and its seal is there. One that
//!   cannot be ended then, or whose own end could not be written, is ended by [`Registry::sweep_all`].
//!
//! LEFT OUT
//!   PAUSE, RESUME, leases between nodes, deletion of old records.

mod claim;
mod crew;
mod ending;
mod error;
mod record;
mod registry;
mod running;
mod transact;

pub use claim::Claim;
pub use crew::{Crew, Stop};
pub use ending::Ending;
pub use error::{BoxError, Error, ErrorKind, Result};
pub use record::{JobId, JobResult, Kind, NewJob, Record, Status};
pub use registry::{Registry, TABLE};
pub use running::Running;
pub use transact::transact;
