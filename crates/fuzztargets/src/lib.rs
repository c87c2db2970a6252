//! What strangers send, as functions of any bytes: each reads them as a reader of Cairn's does, and stops the process when something
//! does not hold.
//!
//! HOW IT IS USED
//!   The fuzzers in `fuzz/`, a workspace of their own, call one target each, millions of times. `tests/replay.rs` calls every target
//!   with every file below `fuzz/corpus/NAME`, so that what was found once is tried in every run of the tests.
//! INVARIANTS
//!   No target reads a clock, draws a number, or touches a disk or a network: the same bytes do the same again.
//!   Checksums are mended before they are compared (`object`, `data_file`), or nothing behind them would ever be tried.
//!   Parquet's reader panics on some data files that Cairn does not write. That is damage to the file, and no finding (`data_file`): the
//!   fuzzer lets such panics pass, and no other.
//! LEFT OUT
//!   What needs DataFusion: binding, planning. Building it for a fuzzer takes longer than an hour of fuzzing is worth.

mod copy;
mod data_file;
mod location;
mod manifest;
mod object;
mod statement;
mod value;
mod wire;

/// A reader of what strangers send.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Also of its corpus and of its fuzzer.
    pub name: &'static str,
    pub read: fn(&[u8]),
}

pub const TARGETS: [Target; 6] = [
    Target {
        name: "copy",
        read: copy,
    },
    Target {
        name: "data_file",
        read: data_file,
    },
    Target {
        name: "location",
        read: location,
    },
    Target {
        name: "manifest",
        read: manifest,
    },
    Target {
        name: "statement",
        read: statement,
    },
    Target {
        name: "wire",
        read: wire,
    },
];

pub use copy::copy;
pub use data_file::data_file;
pub use location::location;
pub use manifest::manifest;
pub use statement::statement;
pub use wire::wire;
