//! Files below the node's external I/O directory.
//!
//! HOW DATA FLOWS
//!   An upload is a file named `.partial-<random>` in the directory where the object will be. `finish` syncs it, gives it its
//!   name by a hard link, which fails when the name is taken, removes the first name, and syncs every directory from there
//!   up to the external I/O directory.
//!
//! INVARIANTS
//!   No path leaves the directory: `parameters::components` resolves `..` by whole components before anything is
//!   opened, and `cap-std` follows a symbolic link only while its target, relative, stays below. The directory itself may be
//!   reached through links: the operator chose it. A link with an absolute target counts as leaving.
//!   All file calls run on `threads::IO`.
//!
//! ERRORS, RETRIES
//!   A failed sync fails the upload. Its object may be there; its name is not used again, but for a small object that the
//!   caller looks for: so `put_if_absent` syncs the directories also when it finds one.
//!
//! CRASH
//!   Leaves `.partial-…` files, which nothing reads.
//!
//! LEFT OUT
//!   File systems without hard links (FAT): every write fails there, with the system's error.

pub(crate) mod parameters;
mod store;
mod upload;

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::location::Location;
use crate::settings::Settings;
use crate::store::Store;

pub(crate) fn open(location: &Location, settings: &Settings) -> Result<Arc<dyn Store>> {
    let root = settings.external_io_dir.clone().ok_or(Error::Disabled)?;
    let base = parameters::components(location)?.join("/");
    Ok(Arc::new(store::NodeLocal::new(
        root,
        base,
        location.to_string(),
    )))
}

#[cfg(test)]
mod tests;
