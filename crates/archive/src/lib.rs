//! The bindery and the seal: the bytes of a backup.
//!
//! WHAT
//!   Turns batches of rows into immutable Parquet files and back, and writes and reads the manifest that makes a set of files
//!   a backup. `docs/format.md` is the norm for every byte. This crate knows object stores, Arrow and Parquet; it knows
//!   neither storage nor catalog, so descriptors pass through it as opaque JSON and keys as opaque bytes.
//!
//! HOW DATA FLOWS
//!   Out: 1. `destination::claim` proves that a location is free and leaves a lock there.
//!        2. `DataFileWriter` takes batches in key order, encodes them on `data::encoders`, hashes, uploads in parts, and
//!           ends with the [`DataFile`] that the manifest will name.
//!        3. `Manifest::seal` writes the large lists, then `manifest.json`, last and only if absent.
//!   In:  1. `Manifest::read` checks the manifest and its parts before it says anything.
//!        2. `open_verified` fetches a data file whole into scratch space and compares length and hash before a row leaves;
//!           `DataFileReader::next` then gives batches, checking schema, order and count.
//!   By hand: `verify`, `list` and `cat` serve `cairn backup` and need no server.
//!
//! INVARIANTS
//!   A backup exists if and only if its `manifest.json` does, and everything it names was durable before: `Manifest::seal`.
//!   Every byte of every object that a manifest names, and of the manifest, is covered by a BLAKE3 hash: `envelope`,
//!   `data::fetch`. Readers refuse what they do not know: `manifest::stored`, all types of which deny unknown fields.
//!   Keys ascend in a file and between the chunks given to it: `order::Order`, `DataFileWriter::write`.
//!   Memory is bounded by a few parts and pages, whatever the size of a file.
//!
//! ERRORS, RETRIES
//!   [`Error::kind`] says what the user must do. Damage names the object and what is wrong with it, and is what two readings
//!   agree on (`cairn_blob::agreed`): a byte may have changed on its way here.
//!
//! CRASH
//!   Before the manifest is written, a backup is some files and a lock that nobody reads. The next attempt takes the next lock
//!   and other file names.
//!
//! LEFT OUT
//!   Fingerprints are carried, not computed: that needs the canonical row encoding of `cairn-rows`.

mod cat;
pub mod chain;
mod data;
pub mod destination;
mod envelope;
mod error;
mod list;
mod manifest;
mod names;
mod order;
mod verify;

pub use cat::cat;
pub use data::{
    Chunk, DELETED_COLUMN_ID, DataFileReader, DataFileWriter, FileShape, Scratch, TIME_COLUMN_ID,
    VERSION_COLUMN_ID, open_verified, open_verified_in,
};
pub use error::{Error, Fault, Kind, Result};
pub use list::Listing;
pub use manifest::{
    ArchivedDatabase, ArchivedTable, BackupKind, Coverage, DataFile, DescriptorRevision, Instant,
    KeyColumn, Manifest, ObjectRef, ObjectType, OutsideColumn, OutsideObject, Sealed, Totals,
    VersionWindow, Window, shapes,
};
pub use names::{MANIFEST, data_file_path, new_seal, system_file_path};
pub use verify::{Depth, Problem, Report, missing, verify, verify_but};

#[cfg(test)]
mod tests;
