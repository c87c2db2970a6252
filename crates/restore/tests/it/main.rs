//! BACKUP and RESTORE together, on both engines, with everything that can go wrong on the way.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

mod chain;
mod conflicts;
mod crash;
mod damage;
mod faults;
mod golden;
mod hanging;
mod incremental;
mod model;
mod round_trip;
mod slow;
mod stopping;
mod tables;
mod world;
mod writers;
