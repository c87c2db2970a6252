//! What every engine must do, run on each of them; and what the engine on disk must survive.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod bulk;
mod contract;
mod crash;
mod floors;
mod history;
mod model;
mod operations;
mod support;
mod time;
