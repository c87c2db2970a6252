//! What tests need: servers to talk to, and scripts that say what they answer.
//!
//! WHAT IS WHERE
//!   `server`: a server inside the test's process, over the memory engine with a clock that the test turns, or over
//!   an lsm store in a directory. `process`: the real binary, started, killed and started again. `script`: golden
//!   scripts of statements and answers, run against a `server`. `agreement`: whether the tables and indexes of a store
//!   agree. `isolation`: whether what concurrent clients saw can be explained by one order of their transactions.
//!   `http`: what a server says over HTTP.
//! ERRORS
//!   A test that cannot go on panics, with the reason. Nothing here is used outside tests.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "only tests use this crate, and a test that cannot go on panics"
)]

pub mod agreement;
mod http;
pub mod isolation;
pub mod process;
pub mod script;
pub mod server;

pub use process::CairnProcess;
pub use script::run_script;
pub use server::TestServer;
