//! A file that has no name yet.

use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use cap_std::fs::{Dir, File, MetadataExt, OpenOptions};

use super::store::{Place, WRITE};
use crate::error::Result;
use crate::name::PARTIAL;
use crate::store::{Put, Upload};
use crate::threads::IO;

/// Hands each call's work, with the file itself, to an I/O thread and takes the file back.
pub(super) struct NodeLocalUpload {
    place: Arc<Place>,
    name: String,
    /// `None` after an error: then the file is gone.
    partial: Option<Partial>,
}

impl NodeLocalUpload {
    pub(super) fn new(place: Arc<Place>, name: String, partial: Partial) -> NodeLocalUpload {
        NodeLocalUpload {
            place,
            name,
            partial: Some(partial),
        }
    }

    async fn on_thread<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(Partial) -> io::Result<T> + Send + 'static,
    ) -> Result<T> {
        let failed = || io::Error::other("the upload failed before");
        let done = match self.partial.take() {
            Some(partial) => IO.run(move || work(partial)).await?,
            None => Err(failed()),
        };
        done.map_err(|source| self.place.error(WRITE, &self.name, source))
    }
}

#[async_trait]
impl Upload for NodeLocalUpload {
    async fn write(&mut self, part: Bytes) -> Result<()> {
        let partial = self.on_thread(move |mut partial| {
            partial.append(&part)?;
            Ok(partial)
        });
        self.partial = Some(partial.await?);
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<()> {
        match self.on_thread(Partial::publish).await? {
            Put::Created => Ok(()),
            Put::AlreadyThere => Err(self.place.call(WRITE, &self.name).already_exists()),
        }
    }

    async fn abort(mut self: Box<Self>) -> Result<()> {
        if self.partial.is_none() {
            return Ok(());
        }
        self.on_thread(Partial::remove).await
    }
}

/// An open file under a name that nobody reads. Dropping it removes the file, as well as that goes.
pub(super) struct Partial {
    place: Arc<Place>,
    root: Dir,
    /// The directory of both names, below `root`.
    directory: PathBuf,
    file: File,
    partial_name: PathBuf,
    final_name: PathBuf,
    removed: bool,
}

impl Partial {
    /// Makes the directories of `name` and an empty file among them.
    pub(super) fn create(place: &Arc<Place>, name: &str) -> io::Result<Partial> {
        let root = place.make_root()?;
        let final_name = place.path(name);
        let directory = final_name
            .parent()
            .map_or_else(PathBuf::new, ToOwned::to_owned);
        make_directory(&root, &directory)?;
        let partial_name = directory.join(partial_name());
        let file = root.open_with(
            &partial_name,
            OpenOptions::new().write(true).create_new(true),
        )?;
        Ok(Partial {
            place: Arc::clone(place),
            root,
            directory,
            file,
            partial_name,
            final_name,
            removed: false,
        })
    }

    pub(super) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    /// Gives the file its name, durably, unless something else has it.
    ///
    /// No other step of an upload may say `AlreadyThere`: an `AlreadyExists` of the system can mean many things.
    pub(super) fn publish(self) -> io::Result<Put> {
        self.file.sync_all()?;
        let put = match self
            .root
            .hard_link(&self.partial_name, &self.root, &self.final_name)
        {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                // A network file system may repeat a link whose answer was lost: then the name that exists is ours.
                match self.file.metadata()?.nlink() {
                    2 => Put::Created,
                    _ => Put::AlreadyThere,
                }
            }
            linked => linked.map(|()| Put::Created)?,
        };
        let (root, place, directory) = (
            self.root.try_clone()?,
            Arc::clone(&self.place),
            self.directory.clone(),
        );
        self.remove()?;
        // Also what was there: an earlier try of ours may have failed here, and a caller that finds its own counts on it.
        place.sync_directories(&root, &directory)?;
        Ok(put)
    }

    pub(super) fn remove(mut self) -> io::Result<()> {
        self.removed = true;
        match self.root.remove_file(&self.partial_name) {
            // Somebody cleaned up before us.
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.removed
            && let Err(error) = self.root.remove_file(&self.partial_name)
        {
            tracing::warn!(file = %self.partial_name.display(), %error, "an unfinished file is left behind");
        }
    }
}

fn make_directory(root: &Dir, directory: &Path) -> io::Result<()> {
    if directory.as_os_str().is_empty() {
        return Ok(());
    }
    match root.create_dir_all(directory) {
        // Something of that name is there and is not plainly a directory. Opening it tells what is wrong; passed on as it is,
        // the error would say that the object exists.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            root.open_dir(directory).map(|_| ())
        }
        made => made,
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a name that no other process and no earlier run has drawn"
)]
fn partial_name() -> String {
    format!("{PARTIAL}{:032x}", rand::random::<u128>())
}
