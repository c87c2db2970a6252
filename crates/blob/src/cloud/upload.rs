//! A large object on its way, in parts.

use std::collections::VecDeque;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStoreExt, UploadPart};
use tokio::task::JoinHandle;

use super::store::{CloudStore, WRITE};
use crate::error::{Error, Result};
use crate::store::{Put, Store, Upload};

/// The size of a part, but the last one's: all alike, as some stores demand.
const PART_BYTES: usize = 8 << 20;
/// After so many parts they double, so that 10,000 are enough for any object.
const PARTS_OF_A_SIZE: usize = 2_000;
/// Parts under way at once: what the most timid store takes.
const UNDER_WAY: usize = 2;

pub(super) struct CloudUpload {
    store: CloudStore,
    name: String,
    path: Path,
    gathered: BytesMut,
    /// Begun with the second part.
    multipart: Option<Box<dyn MultipartUpload>>,
    parts: usize,
    under_way: VecDeque<JoinHandle<object_store::Result<()>>>,
    failed: bool,
}

impl CloudUpload {
    pub(super) fn new(store: CloudStore, name: &str, path: Path) -> CloudUpload {
        CloudUpload {
            store,
            name: name.to_owned(),
            path,
            gathered: BytesMut::new(),
            multipart: None,
            parts: 0,
            under_way: VecDeque::new(),
            failed: false,
        }
    }

    fn part_bytes(&self) -> usize {
        PART_BYTES << (self.parts / PARTS_OF_A_SIZE)
    }

    fn error(&self, error: object_store::Error) -> Error {
        self.store.place().error(WRITE, &self.name, error)
    }

    fn broken(&self) -> Error {
        self.error(object_store::Error::Generic {
            store: "upload",
            source: "the upload failed before".into(),
        })
    }

    /// Sends a part; waits while too many are under way, so that a slow store slows the writer down.
    async fn send(&mut self, part: Bytes) -> Result<()> {
        while self.under_way.len() >= UNDER_WAY {
            self.settle_one().await?;
        }
        let put: UploadPart = match &mut self.multipart {
            Some(multipart) => multipart.put_part(part.into()),
            None => self.begin().await?.put_part(part.into()),
        };
        self.parts += 1;
        self.under_way.push_back(tokio::spawn(put));
        Ok(())
    }

    /// Begins the multipart upload, unless something of that name is there.
    async fn begin(&mut self) -> Result<&mut Box<dyn MultipartUpload>> {
        match self.store.size(&self.name).await {
            Ok(Some(_)) => return Err(self.store.place().already_exists(&self.name)),
            // Who may only write may not look: the name is random.
            Ok(None) | Err(Error::Denied { .. }) => {}
            Err(error) => return Err(error),
        }
        let Some(client) = self.store.connected() else {
            return Err(self.broken());
        };
        let begun = client.put_multipart(&self.path).await;
        let begun = begun.map_err(|error| self.error(error))?;
        Ok(self.multipart.insert(begun))
    }

    async fn settle_one(&mut self) -> Result<()> {
        let Some(oldest) = self.under_way.pop_front() else {
            return Ok(());
        };
        match oldest.await {
            Ok(sent) => sent.map_err(|error| self.error(error)),
            Err(_) => Err(Error::Panicked { pool: "upload" }),
        }
    }

    async fn write_all(&mut self, part: &[u8]) -> Result<()> {
        self.gathered.extend_from_slice(part);
        while self.gathered.len() > self.part_bytes() {
            let part = self.gathered.split_to(self.part_bytes()).freeze();
            self.send(part).await?;
        }
        Ok(())
    }

    async fn complete(&mut self) -> Result<()> {
        let last = std::mem::take(&mut self.gathered).freeze();
        if self.multipart.is_none() {
            return match self.store.put_if_absent(&self.name, last).await? {
                Put::Created => Ok(()),
                Put::AlreadyThere => Err(self.store.place().already_exists(&self.name)),
            };
        }
        self.send(last).await?;
        while !self.under_way.is_empty() {
            self.settle_one().await?;
        }
        let Some(mut multipart) = self.multipart.take() else {
            return Err(self.broken());
        };
        let completed = multipart.complete().await;
        if completed.is_err() {
            // So that `drop` gives it up.
            self.multipart = Some(multipart);
        }
        completed.map(|_| ()).map_err(|error| self.error(error))
    }
}

#[async_trait]
impl Upload for CloudUpload {
    async fn write(&mut self, part: Bytes) -> Result<()> {
        if self.failed {
            return Err(self.broken());
        }
        self.failed = true;
        self.write_all(&part).await?;
        self.failed = false;
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<()> {
        if self.failed {
            return Err(self.broken());
        }
        self.complete().await
    }

    async fn abort(mut self: Box<Self>) -> Result<()> {
        for part in self.under_way.drain(..) {
            part.abort();
        }
        match self.multipart.take() {
            Some(mut multipart) => {
                let aborted = multipart.abort().await;
                aborted.map_err(|error| self.error(error))
            }
            None => Ok(()),
        }
    }
}

impl Drop for CloudUpload {
    /// Gives up what was not finished; who may not delete leaves it to the bucket's lifecycle.
    fn drop(&mut self) {
        for part in self.under_way.drain(..) {
            part.abort();
        }
        if let (Some(mut multipart), Ok(runtime)) =
            (self.multipart.take(), tokio::runtime::Handle::try_current())
        {
            let location = self.store.to_string();
            runtime.spawn(async move {
                if let Err(error) = multipart.abort().await {
                    tracing::warn!(location, %error, "an unfinished upload stays until the bucket removes it");
                }
            });
        }
    }
}
