//! What the crate promises, on a sample backup: round trips, damage, faults, locks, the golden backup.

mod damage;
mod faults;
mod files;
mod golden;
mod locks;
mod manifests;
mod sample;
