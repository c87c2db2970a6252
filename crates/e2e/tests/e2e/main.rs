//! Tests that need programs from outside: `psql`, PostgreSQL, `strace`, DuckDB, Azurite, moto, nginx, a small file
//! system.
//!
//! HOW A TEST FINDS ITS PROGRAM
//!   `tools::find` looks for it once. Without it a test prints `skipped: NAME` and passes, so that `cargo test` needs Rust and a C
//!   compiler only; where the variable CI is `true`, `.ci/install` has run and absence is a failure.
//! LEFT OUT
//!   Storage faults below the server are in crate `storage`; these tests see the server as its users do.

mod answers;
mod canary;
mod clients;
mod crowds;
mod describe;
mod drill;
mod dump;
mod durability;
mod faults;
mod isolation;
mod jobs;
mod locations;
mod login;
mod main_job;
mod postgres;
mod s3;
mod schema_changes;
mod schema_kills;
mod security;
mod terminal;
mod tools;
mod tpch;
mod watching;
