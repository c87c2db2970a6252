//! The external I/O directory as a store.

use std::collections::HashSet;
use std::fmt;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use cap_std::ambient_authority;
use cap_std::fs::{Dir, File};
use parking_lot::Mutex;

use super::upload::{NodeLocalUpload, Partial};
use crate::error::{Call, Error, Result};
use crate::name;
use crate::store::{Put, Store, Upload};
use crate::threads::IO;

/// What a call does, as messages have it.
pub(super) const WRITE: &str = "write";
const READ: &str = "read";
const LOOK_AT: &str = "look at";
const DELETE: &str = "delete";

/// Objects below `base` in the external I/O directory. Directories come into being with their first object.
#[derive(Debug)]
pub(super) struct NodeLocal {
    place: Arc<Place>,
}

/// Where the objects are, and how messages call it.
#[derive(Debug)]
pub(super) struct Place {
    /// The external I/O directory, as the operator gave it.
    root: PathBuf,
    /// Clean relative path below `root`; empty for `root` itself.
    base: String,
    /// The redacted URL.
    location: String,
    /// Directories below `root` whose own entries were synced by this store.
    durable: Mutex<HashSet<PathBuf>>,
}

impl NodeLocal {
    pub(super) fn new(root: PathBuf, base: String, location: String) -> NodeLocal {
        NodeLocal {
            place: Arc::new(Place {
                root,
                base,
                location,
                durable: Mutex::default(),
            }),
        }
    }

    /// Whether the entry of this directory, relative to the external I/O directory, was synced.
    #[cfg(test)]
    pub(super) fn has_synced(&self, directory: &str) -> bool {
        self.place.durable.lock().contains(Path::new(directory))
    }

    /// Runs a file call with the object's place and name on the I/O threads.
    async fn on_thread<T: Send + 'static>(
        &self,
        action: &'static str,
        name: &str,
        work: impl FnOnce(&Arc<Place>, &str) -> io::Result<T> + Send + 'static,
    ) -> Result<T> {
        name::check(name)?;
        let place = Arc::clone(&self.place);
        let name = name.to_owned();
        IO.run(move || work(&place, &name).map_err(|source| place.error(action, &name, source)))
            .await?
    }
}

#[async_trait]
impl Store for NodeLocal {
    async fn put_if_absent(&self, name: &str, bytes: Bytes) -> Result<Put> {
        self.on_thread(WRITE, name, move |place, name| {
            let mut partial = Partial::create(place, name)?;
            partial.append(&bytes)?;
            partial.publish()
        })
        .await
    }

    async fn upload(&self, name: &str) -> Result<Box<dyn Upload>> {
        let partial = self.on_thread(WRITE, name, Partial::create).await?;
        Ok(Box::new(NodeLocalUpload::new(
            Arc::clone(&self.place),
            name.to_owned(),
            partial,
        )))
    }

    async fn get(&self, name: &str, range: Range<u64>) -> Result<Bytes> {
        self.on_thread(READ, name, move |place, name| {
            let mut file = place.open_file(name)?;
            read_range(&mut file, &range)
        })
        .await
    }

    async fn size(&self, name: &str) -> Result<Option<u64>> {
        let size = self.on_thread(LOOK_AT, name, |place, name| {
            let metadata = place.open_root()?.metadata(place.path(name))?;
            if metadata.is_file() {
                Ok(metadata.len())
            } else {
                Err(not_a_file())
            }
        });
        match size.await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn delete(&self, name: &str) -> Result<()> {
        self.on_thread(DELETE, name, |place, name| {
            place.open_root()?.remove_file(place.path(name))
        })
        .await
    }
}

impl fmt::Display for NodeLocal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place.location)
    }
}

impl Place {
    /// The object's path below the external I/O directory.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        Path::new(&self.base).join(name)
    }

    pub(super) fn open_root(&self) -> io::Result<Dir> {
        Dir::open_ambient_dir(&self.root, ambient_authority())
    }

    /// Opens the external I/O directory, made durably if it was not there.
    pub(super) fn make_root(&self) -> io::Result<Dir> {
        match self.open_root() {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let missing: Vec<&Path> = self
                    .root
                    .ancestors()
                    .take_while(|directory| !directory.exists())
                    .collect();
                std::fs::create_dir_all(&self.root)?;
                for parent in missing.into_iter().filter_map(Path::parent) {
                    let parent = if parent.as_os_str().is_empty() {
                        Path::new(".")
                    } else {
                        parent
                    };
                    std::fs::File::open(parent)?.sync_all()?;
                }
                self.open_root()
            }
            opened => opened,
        }
    }

    /// Makes the entries of `directory`, and its own and its parents' entries, durable.
    ///
    /// Directories are synced also where this store did not make them: who made them may not have come so far.
    pub(super) fn sync_directories(&self, root: &Dir, directory: &Path) -> io::Result<()> {
        sync(root, directory)?;
        for made in directory
            .ancestors()
            .filter(|made| !made.as_os_str().is_empty())
        {
            if self.durable.lock().contains(made) {
                break;
            }
            sync(root, made.parent().unwrap_or(Path::new("")))?;
        }
        let made = directory.ancestors().map(ToOwned::to_owned);
        self.durable.lock().extend(made);
        Ok(())
    }

    fn open_file(&self, name: &str) -> io::Result<File> {
        let file = self.open_root()?.open(self.path(name))?;
        if file.metadata()?.is_file() {
            Ok(file)
        } else {
            Err(not_a_file())
        }
    }

    pub(super) fn call<'a>(&'a self, action: &'static str, name: &'a str) -> Call<'a> {
        Call {
            location: &self.location,
            action,
            name,
        }
    }

    /// Says what an error of the system means here.
    pub(super) fn error(&self, action: &'static str, name: &str, source: io::Error) -> Error {
        let call = self.call(action, name);
        match source.kind() {
            // While writing, it is not the object that is missing.
            ErrorKind::NotFound if action != WRITE => call.not_found(),
            // cap-std answers this, without a system's error number, when a link leads outside.
            ErrorKind::PermissionDenied if source.raw_os_error().is_none() => Error::Outside {
                location: self.location.clone(),
            },
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => call.denied(source),
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => call.full(source),
            _ => call.failed(source),
        }
    }
}

/// Syncs a directory below `root`; the empty path is `root` itself.
fn sync(root: &Dir, directory: &Path) -> io::Result<()> {
    let directory = if directory.as_os_str().is_empty() {
        Path::new(".")
    } else {
        directory
    };
    root.open(directory)?.sync_all()
}

fn not_a_file() -> io::Error {
    io::Error::other("it is not a regular file")
}

/// Reads what there is of `range`.
fn read_range(file: &mut File, range: &Range<u64>) -> io::Result<Bytes> {
    let end = file.metadata()?.len().min(range.end);
    let Some(wanted) = end.checked_sub(range.start) else {
        return Ok(Bytes::new());
    };
    let capacity = usize::try_from(wanted).map_err(|_| io::Error::from(ErrorKind::OutOfMemory))?;
    let mut bytes = Vec::with_capacity(capacity);
    file.seek(SeekFrom::Start(range.start))?;
    file.take(wanted).read_to_end(&mut bytes)?;
    Ok(Bytes::from(bytes))
}
