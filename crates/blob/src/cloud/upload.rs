//! A large object on its way, in parts.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use object_store::MultipartId;
use object_store::multipart::PartId;
use object_store::path::Path;
use tokio::task::JoinHandle;

use super::store::{CloudStore, WRITE};
use crate::create::{Creating, create_at_random_name, untold};
use crate::error::{Error, Result};
use crate::kept::{Digest, Owner, is_kept, owner};
use crate::store::{Store, Upload};

/// The size of a part, but the last one's: all alike, as some stores demand.
const PART_BYTES: usize = 8 << 20;
/// After so many parts they double, so that 10,000 are enough for any object.
const PARTS_OF_A_SIZE: usize = 1_000;
/// Parts that an upload holds while they are under way, or wait for it.
const UNDER_WAY: usize = 2;

pub(super) struct CloudUpload {
    target: Arc<Target>,
    gathered: BytesMut,
    /// Begun with the second part.
    multipart: Option<Multipart>,
    failed: bool,
}

/// Where the object goes.
struct Target {
    store: CloudStore,
    name: String,
    path: Path,
}

/// An upload in parts, of which the store knows.
struct Multipart {
    id: MultipartId,
    /// Those that the store has, in order.
    parts: Vec<PartId>,
    under_way: VecDeque<JoinHandle<Result<PartId>>>,
    sent: Digest,
}

impl Target {
    fn failed(&self, error: object_store::Error) -> Error {
        self.store.place.error(WRITE, &self.name, error)
    }

    /// Begins the upload in parts, unless something of that name is there.
    async fn begin(&self) -> Result<MultipartId> {
        match self.store.size(&self.name).await {
            Ok(Some(_)) => return Err(self.store.writing(&self.name).already_exists()),
            // Who may only write may not look: the name is random.
            Ok(None) | Err(Error::Denied { .. }) => {}
            Err(error) => return Err(error),
        }
        // One whose answer is lost stays as an upload without parts.
        let begin = || async {
            let client = self.store.client(WRITE, &self.name).await?;
            let begun = client.create_multipart(&self.path).await;
            begun.map_err(|error| self.failed(error))
        };
        self.store.begin().repeat(begin).await
    }

    async fn put_part(&self, id: &MultipartId, number: usize, part: Bytes) -> Result<PartId> {
        let put = || async {
            let client = self.store.client(WRITE, &self.name).await?;
            let put = client.put_part(&self.path, id, number, part.clone().into());
            let put = async { put.await.map_err(|error| self.failed(error)) };
            self.store.place.lanes.run(put).await
        };
        self.store.begin().repeat(put).await
    }

    /// Makes an object of the parts. When an answer was lost the store may not know the upload any more, since it has completed it.
    async fn complete(&self, id: &MultipartId, parts: Vec<PartId>, sent: Digest) -> Result<()> {
        let client = self.store.client(WRITE, &self.name).await?;
        let mut trial = self.store.begin();
        let mut lost = false;
        loop {
            let completed = client
                .complete_multipart(&self.path, id, parts.clone())
                .await;
            let error = match completed.map_err(|error| self.failed(error)) {
                Ok(_) => match is_kept(&self.store, &self.name, sent.length()).await {
                    Ok(()) => return Ok(()),
                    Err(error) => error,
                },
                Err(error) => error,
            };
            lost |= matches!(error, Error::Unavailable { .. });
            if trial.again(&error).await {
                continue;
            }
            if !lost {
                return Err(error);
            }
            return match owner(&self.store, &self.name, &sent).await? {
                Owner::Us => Ok(()),
                Owner::Unknown => Err(untold(&self.store, &self.name)),
                Owner::Another | Owner::Nobody => Err(error),
            };
        }
    }

    async fn abort(&self, id: &MultipartId) -> Result<()> {
        let abort = || async {
            let client = self.store.client(WRITE, &self.name).await?;
            match client.abort_multipart(&self.path, id).await {
                // An earlier try came through.
                Err(object_store::Error::NotFound { .. }) => Ok(()),
                aborted => aborted.map_err(|error| self.failed(error)),
            }
        };
        self.store.begin().repeat(abort).await
    }
}

impl Multipart {
    fn stop(&mut self) {
        for part in self.under_way.drain(..) {
            part.abort();
        }
    }

    async fn settle_one(&mut self) -> Result<()> {
        let Some(oldest) = self.under_way.pop_front() else {
            return Ok(());
        };
        let part = oldest
            .await
            .map_err(|_| Error::Panicked { pool: "upload" })??;
        self.parts.push(part);
        Ok(())
    }
}

impl CloudUpload {
    pub(super) fn new(store: CloudStore, name: &str, path: Path) -> CloudUpload {
        let name = name.to_owned();
        CloudUpload {
            target: Arc::new(Target { store, name, path }),
            gathered: BytesMut::new(),
            multipart: None,
            failed: false,
        }
    }

    fn part_bytes(&self) -> usize {
        let multipart = self.multipart.as_ref();
        part_bytes(multipart.map_or(0, |begun| begun.parts.len() + begun.under_way.len()))
    }

    fn broken(&self) -> Error {
        let why = io::Error::other("the upload failed before");
        self.target.store.writing(&self.target.name).failed(why)
    }

    /// Sends a part; waits while too many are under way, so that a slow store slows the writer down.
    async fn send(&mut self, part: Bytes) -> Result<()> {
        let multipart = match &mut self.multipart {
            Some(multipart) => multipart,
            none => none.insert(Multipart {
                id: self.target.begin().await?,
                parts: Vec::new(),
                under_way: VecDeque::new(),
                sent: Digest::default(),
            }),
        };
        while multipart.under_way.len() >= UNDER_WAY {
            multipart.settle_one().await?;
        }
        multipart.sent.add(&part);
        let number = multipart.parts.len() + multipart.under_way.len();
        let (target, id) = (Arc::clone(&self.target), multipart.id.clone());
        let put = async move { target.put_part(&id, number, part).await };
        multipart.under_way.push_back(tokio::spawn(put));
        Ok(())
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
            return create_at_random_name(&self.target.store, &self.target.name, last).await;
        }
        self.send(last).await?;
        let Some(multipart) = &mut self.multipart else {
            return Err(self.broken());
        };
        while !multipart.under_way.is_empty() {
            multipart.settle_one().await?;
        }
        let (parts, sent) = (multipart.parts.clone(), multipart.sent.clone());
        self.target.complete(&multipart.id, parts, sent).await?;
        self.multipart = None;
        Ok(())
    }
}

/// The size of the part that follows so many.
fn part_bytes(parts: usize) -> usize {
    PART_BYTES << (parts / PARTS_OF_A_SIZE)
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
        match self.multipart.take() {
            Some(mut multipart) => {
                multipart.stop();
                self.target.abort(&multipart.id).await
            }
            None => Ok(()),
        }
    }
}

impl Drop for CloudUpload {
    /// Gives up what was not finished; who may not delete leaves it to the bucket's lifecycle.
    fn drop(&mut self) {
        let Some(mut multipart) = self.multipart.take() else {
            return;
        };
        multipart.stop();
        let target = Arc::clone(&self.target);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                if let Err(error) = target.abort(&multipart.id).await {
                    tracing::warn!(%error, "an unfinished upload stays until the bucket removes it");
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{PART_BYTES, part_bytes};

    /// How many parts an object of this size has, and how large the largest is.
    fn parts_of(bytes: usize) -> (usize, usize) {
        let (mut left, mut parts) = (bytes, 0);
        while left > part_bytes(parts) {
            left -= part_bytes(parts);
            parts += 1;
        }
        (parts + 1, part_bytes(parts))
    }

    /// S3's limits: an object of 5 TiB at most, in 10,000 parts of 5 GiB at most.
    #[test]
    fn parts_stay_few_and_small() {
        assert_eq!(parts_of(PART_BYTES + 1), (2, PART_BYTES));
        // What one PUT could not carry any more.
        assert_eq!(parts_of((5 << 30) + 1), (641, PART_BYTES));
        assert_eq!(parts_of(8 << 30), (1012, 2 * PART_BYTES));
        let (parts, largest) = parts_of(5 << 40);
        assert!(parts <= 10_000 && largest <= 5 << 30, "{parts} {largest}");
    }
}
