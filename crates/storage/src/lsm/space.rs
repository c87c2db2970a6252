//! Refuses writes before the disk is full, because fjall cannot go on after a failed write.
//!
//! The reserve leaves room for what is already promised: flushing memtables, compaction, and the
//! commits to system tables (half of the reserve is theirs) that drop something or end a job.

use std::path::PathBuf;

use parking_lot::Mutex;

use crate::clock::Clock;
use crate::{Error, Result};

const MEASURE_EVERY_MICROS: u64 = 1_000_000;
const MEASURE_EVERY_BYTES: u64 = 16 << 20;

pub(super) struct Space {
    dir: PathBuf,
    reserve: u64,
    measured: Mutex<Option<Measured>>,
}

struct Measured {
    free: u64,
    at: u64,
    written: u64,
}

impl Space {
    pub(super) fn new(dir: PathBuf, reserve: u64) -> Space {
        Space {
            dir,
            reserve,
            measured: Mutex::new(None),
        }
    }

    /// Fails with `DiskFull` when writing `bytes` would eat into the reserve.
    pub(super) fn check(&self, bytes: u64, clock: &Clock) -> Result<()> {
        self.check_against(self.reserve, bytes, clock)
    }

    /// The same for the system's own writes, which may use half of the reserve.
    pub(super) fn check_system(&self, bytes: u64, clock: &Clock) -> Result<()> {
        self.check_against(self.reserve / 2, bytes, clock)
    }

    fn check_against(&self, reserve: u64, bytes: u64, clock: &Clock) -> Result<()> {
        let mut measured = self.measured.lock();
        let now = clock.running();
        let fresh = measured.take().filter(|last| {
            now - last.at < MEASURE_EVERY_MICROS && last.written < MEASURE_EVERY_BYTES
        });
        let last = match fresh {
            Some(last) => last,
            None => Measured {
                free: self.measure()?,
                at: now,
                written: 0,
            },
        };
        let last = measured.insert(last);
        let free = last.free.saturating_sub(last.written);
        // Written twice: to the journal now, and to a table later.
        if free < reserve.saturating_add(2 * bytes) {
            return Err(Error::DiskFull {
                dir: self.dir.clone(),
                free,
                reserve,
            });
        }
        last.written += 2 * bytes;
        Ok(())
    }

    fn measure(&self) -> Result<u64> {
        let disk = rustix::fs::statvfs(&self.dir).map_err(std::io::Error::from)?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    }
}
