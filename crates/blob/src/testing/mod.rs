//! Stores for tests, and the test of stores.
//!
//! `memory` is the model; `faults` wraps any store and fails on demand; `conformance` is what every store must pass.

pub mod conformance;
pub mod faults;
pub mod memory;
