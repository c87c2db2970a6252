//! The store's directory: one process at a time, and a format version that older programs refuse.
//!
//! ```text
//! <store>/lock      locked while a process has the store open
//! <store>/FORMAT    "cairn store format 2"
//! <store>/data/     fjall's files
//! ```
//!
//! CRASH
//!   A new store is made under `data.new` and renamed when it is whole, so that a start that died
//!   half-way is begun again.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::layout::{FORMAT_BEFORE, FORMAT_VERSION};
use crate::{Error, Result};

const FORMAT_TEXT: &str = "cairn store format ";

pub(super) struct Directory {
    path: PathBuf,
    /// Unlocked when dropped.
    _lock: File,
}

impl Directory {
    pub(super) fn open(path: &Path) -> Result<Directory> {
        fs::create_dir_all(path)?;
        let path = path.canonicalize()?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::Locked { dir: path }),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        let directory = Directory { path, _lock: lock };
        directory.check_format()?;
        Ok(directory)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn data(&self) -> PathBuf {
        self.path.join("data")
    }

    /// Makes `data` by `create` if there is none yet.
    pub(super) fn ensure_data(&self, create: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
        if self.data().try_exists()? {
            return Ok(());
        }
        let unfinished = self.path.join("data.new");
        match fs::remove_dir_all(&unfinished) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        create(&unfinished)?;
        fs::rename(&unfinished, self.data())?;
        Ok(sync_directory(&self.path)?)
    }

    fn check_format(&self) -> Result<()> {
        let file = self.path.join("FORMAT");
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if self.data().try_exists()? {
                    return Err(self.not_a_store("it has data but no file FORMAT"));
                }
                return self.write_format(&file);
            }
            Err(error) => return Err(error.into()),
        };
        let found = text
            .trim_end()
            .strip_prefix(FORMAT_TEXT)
            .and_then(|number| number.parse::<u32>().ok());
        match found {
            Some(FORMAT_VERSION) => Ok(()),
            // From here on the server before refuses it: it would call what is written damaged.
            Some(FORMAT_BEFORE) => self.write_format(&file),
            Some(found) => Err(Error::Format {
                dir: self.path.clone(),
                found,
                supported: FORMAT_VERSION,
            }),
            None => Err(self.not_a_store("its file FORMAT is not Cairn's")),
        }
    }

    fn write_format(&self, file: &Path) -> Result<()> {
        let unfinished = file.with_extension("new");
        let mut new = File::create(&unfinished)?;
        writeln!(new, "{FORMAT_TEXT}{FORMAT_VERSION}")?;
        new.sync_all()?;
        fs::rename(&unfinished, file)?;
        Ok(sync_directory(&self.path)?)
    }

    fn not_a_store(&self, reason: &str) -> Error {
        Error::NotAStore {
            dir: self.path.clone(),
            reason: reason.to_owned(),
        }
    }
}

fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}
