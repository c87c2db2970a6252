//! The hidden primary key of a table that was declared without one.
//!
//! WHAT
//!   An id is the time in microseconds, then 11 bits that are this generator's own: 2^52 microseconds last until
//!   2112. Ids grow, so rows lie in the order of their insertion. A generator that gives out more than one id a
//!   microsecond runs ahead of the clock; two that do so at the same time would have to share their 11 bits to meet.
//!   If they do, the primary key says so: an id that is taken is an error, never an overwritten row.
//!
//! LEFT OUT
//!   Nothing here is stored: after a restart the clock has moved on.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicI64, Ordering};

use cairn_storage::Timeline;

const OWN_BITS: u32 = 11;
const STEP: i64 = 1 << OWN_BITS;

/// Gives out row ids; one per process is enough for all tables.
#[derive(Debug)]
pub struct RowIds {
    own: i64,
    last: AtomicI64,
}

impl RowIds {
    /// A generator unlike others, by the randomness that the standard library gives its hash maps.
    pub fn new() -> Self {
        Self::seeded(RandomState::new().hash_one(0u8))
    }

    /// A generator whose ids depend on the seed and the time only.
    pub fn seeded(seed: u64) -> Self {
        // Eleven bits always fit.
        let own = (seed & (STEP as u64 - 1)) as i64;
        Self {
            own,
            last: AtomicI64::new(own),
        }
    }

    /// An id greater than all that this generator gave out before.
    pub fn next(&self, timeline: &Timeline) -> i64 {
        self.next_at(timeline.micros(timeline.now()))
    }

    fn next_at(&self, micros: i64) -> i64 {
        let of_now = micros.clamp(0, i64::MAX >> OWN_BITS) << OWN_BITS | self.own;
        let mut last = self.last.load(Ordering::Relaxed);
        loop {
            let id = of_now.max(last.wrapping_add(STEP));
            match self
                .last
                .compare_exchange_weak(last, id, Ordering::Relaxed, Ordering::Relaxed)
            {
                Ok(_) => return id,
                Err(newer) => last = newer,
            }
        }
    }
}

impl Default for RowIds {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
