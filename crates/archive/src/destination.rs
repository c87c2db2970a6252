//! Claiming a destination, so that no two jobs ever write one backup.
//!
//! WHAT
//!   A destination is in use if it has a manifest, or if a lock in it names a job that is alive. Locks are `lock-1.json`,
//!   `lock-2.json`, …; each names a job and its cluster. A claim takes the first number that is free. Nothing is deleted: a
//!   lock whose job has ended in this cluster no longer holds.
//!
//! HOW DATA FLOWS
//!   `claim`: 1. no manifest; 2. for n = 1, 2, …: create `lock-n`; if it is there, read it: alive, foreign and unknown ones refuse
//!   the claim, ended ones make way for n + 1; 3. again no manifest, since a job that ended between may have sealed one.
//!
//! INVARIANTS
//!   Of two jobs that claim at once, one creates `lock-n` and the other finds it: `Store::put_if_absent`.
//!   A store that does not tell whether manifest or lock are there (403) is no obstacle: a place with PUT alone takes a full
//!   backup, since claiming and sealing create only what is absent. A lock that is there and cannot be read is refused.
//!
//! CRASH
//!   A lock may stay of a job that is not in the store any more. It is refused as unknown, and the message says what to do.

use async_trait::async_trait;
use cairn_blob::Store;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::envelope::{self, Form};
use crate::error::{Error, Result};
use crate::manifest::{ObjectRef, decimal};
use crate::names::{MANIFEST, lock_path};

/// What this cluster knows of a job that left a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// Pending, running or paused: it may still write.
    Alive,
    /// Succeeded, failed or cancelled: it never writes again.
    Ended,
    /// There is no such job.
    Unknown,
}

/// Answers for the jobs of this cluster.
#[async_trait]
pub trait Jobs: Send + Sync {
    async fn state(
        &self,
        job: i64,
    ) -> std::result::Result<JobState, Box<dyn std::error::Error + Send + Sync>>;
}

/// Most locks that a destination may have: more failed attempts than that want another destination.
const MAX_LOCKS: u32 = 1000;

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lock {
    cluster: Uuid,
    #[serde(with = "decimal")]
    job: i64,
}

/// Refuses a destination that is in use, without writing anything.
///
/// # Errors
/// `InUse`, saying by what and what to do.
pub async fn check(store: &dyn Store, cluster: Uuid, jobs: &dyn Jobs) -> Result<()> {
    refuse_manifest(store).await?;
    for number in 1..=MAX_LOCKS {
        let lock = match read_lock(store, number).await {
            Ok(Some((lock, _))) => lock,
            Ok(None) => return Ok(()),
            // Only writing is allowed here: the claim finds out whether the lock is there.
            Err(Error::Store(error)) if error.kind() == cairn_blob::Kind::Denied => return Ok(()),
            Err(error) => return Err(error),
        };
        refuse_holder(store, number, lock, cluster, jobs).await?;
    }
    Err(too_many(store))
}

/// Claims a destination for `job`. The lock belongs into the manifest.
///
/// A job that claims again what it holds gets the same lock.
///
/// # Errors
/// As [`check`], and of the store when the lock cannot be written.
pub async fn claim(
    store: &dyn Store,
    cluster: Uuid,
    job: i64,
    jobs: &dyn Jobs,
) -> Result<ObjectRef> {
    refuse_manifest(store).await?;
    for number in 1..=MAX_LOCKS {
        let path = lock_path(number);
        let created = envelope::create(store, Form::Lock, &path, &Lock { cluster, job }).await;
        let created = created.map_err(|error| unwritable(store, error))?;
        if let Some(created) = created {
            refuse_manifest(store).await?;
            return Ok(created);
        }
        // Locks are never removed, so one that was there is there, or the store is lying.
        let (there, object) = match read_lock(store, number).await {
            Ok(Some(there)) => there,
            Ok(None) => return Err(unreadable(store, number, "it cannot be read")),
            Err(Error::Store(error)) if error.kind() == cairn_blob::Kind::Denied => {
                return Err(unreadable(store, number, &error.to_string()));
            }
            Err(error) => return Err(error),
        };
        if (there.cluster, there.job) == (cluster, job) {
            return Ok(object);
        }
        refuse_holder(store, number, there, cluster, jobs).await?;
    }
    Err(too_many(store))
}

/// Whether a lock is there as it was written. A store that does not tell (403) is believed.
///
/// # Errors
/// Of the store.
pub async fn holds(store: &dyn Store, lock: &ObjectRef) -> Result<bool> {
    match envelope::check_ref(store, Form::Lock, lock).await {
        Err(Error::Damaged { .. }) => Ok(false),
        Err(Error::Store(error)) if error.kind() == cairn_blob::Kind::Denied => Ok(true),
        compared => compared.map(|()| true),
    }
}

async fn refuse_manifest(store: &dyn Store) -> Result<()> {
    match store.size(MANIFEST).await {
        Ok(None) => Ok(()),
        Ok(Some(_)) => Err(Error::InUse {
            location: store.to_string(),
            what: "backup: choose another destination".to_owned(),
        }),
        Err(error) if error.kind() == cairn_blob::Kind::Denied => Ok(()),
        Err(error) => Err(error.into()),
    }
}

async fn read_lock(store: &dyn Store, number: u32) -> Result<Option<(Lock, ObjectRef)>> {
    match envelope::read(store, Form::Lock, &lock_path(number)).await {
        Err(error @ (Error::Damaged { .. } | Error::Newer { .. } | Error::Unknown { .. })) => {
            Err(unreadable(store, number, &error.to_string()))
        }
        read => read,
    }
}

async fn refuse_holder(
    store: &dyn Store,
    number: u32,
    lock: Lock,
    cluster: Uuid,
    jobs: &dyn Jobs,
) -> Result<()> {
    let path = lock_path(number);
    let refuse = |what: String| {
        Err(Error::InUse {
            location: store.to_string(),
            what,
        })
    };
    if lock.cluster != cluster {
        return refuse(format!(
            "lock of another cluster ({path}: cluster {}, job {}): choose another destination, or delete the lock if that \
             job no longer runs",
            lock.cluster, lock.job
        ));
    }
    let state = jobs.state(lock.job).await.map_err(|source| Error::Jobs {
        job: lock.job,
        source,
    })?;
    match state {
        JobState::Ended => Ok(()),
        JobState::Alive => refuse(format!(
            "lock of job {} ({path}; is another operation already in progress?): wait for that job or cancel it, or choose \
             another destination",
            lock.job
        )),
        JobState::Unknown => refuse(format!(
            "lock of job {} ({path}), which this cluster does not know: choose another destination, or delete the lock if no \
             such job runs",
            lock.job
        )),
    }
}

fn unreadable(store: &dyn Store, number: u32, why: &str) -> Error {
    let path = lock_path(number);
    let what =
        format!("lock that cannot be understood ({path}: {why}): choose another destination");
    Error::InUse {
        location: store.to_string(),
        what,
    }
}

/// The first write to a destination is where a wrong one shows.
fn unwritable(store: &dyn Store, error: Error) -> Error {
    match error {
        Error::Store(source) => Error::Unwritable {
            location: store.to_string(),
            source,
        },
        other => other,
    }
}

fn too_many(store: &dyn Store) -> Error {
    let what = format!("number of locks above {MAX_LOCKS}: choose another destination");
    Error::InUse {
        location: store.to_string(),
        what,
    }
}
