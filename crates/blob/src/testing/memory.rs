//! A store in memory: the simplest thing that keeps the contract, and an object's bytes open to a test's hands.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use parking_lot::Mutex;

use crate::error::{Error, Result};
use crate::name;
use crate::store::{Put, Store, Upload};

const LOCATION: &str = "memory:///";

/// Clones share their objects.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    objects: Arc<Mutex<BTreeMap<String, Bytes>>>,
}

impl Memory {
    #[must_use]
    pub fn new() -> Memory {
        Memory::default()
    }

    /// Names of all objects, in order.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.objects.lock().keys().cloned().collect()
    }

    #[must_use]
    pub fn object(&self, name: &str) -> Option<Bytes> {
        self.objects.lock().get(name).cloned()
    }

    /// Puts `bytes` where they would never come by the contract.
    pub fn replace(&self, name: &str, bytes: impl Into<Bytes>) {
        self.objects.lock().insert(name.to_owned(), bytes.into());
    }

    pub fn remove(&self, name: &str) {
        self.objects.lock().remove(name);
    }

    /// A store with the same objects that shares none of its changes.
    #[must_use]
    pub fn copy(&self) -> Memory {
        Memory {
            objects: Arc::new(Mutex::new(self.objects.lock().clone())),
        }
    }

    fn create(&self, name: &str, bytes: Bytes) -> Put {
        let mut objects = self.objects.lock();
        if objects.contains_key(name) {
            return Put::AlreadyThere;
        }
        objects.insert(name.to_owned(), bytes);
        Put::Created
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(LOCATION)
    }
}

#[async_trait]
impl Store for Memory {
    async fn put_if_absent(&self, name: &str, bytes: Bytes) -> Result<Put> {
        name::check(name)?;
        Ok(self.create(name, bytes))
    }

    async fn upload(&self, name: &str) -> Result<Box<dyn Upload>> {
        name::check(name)?;
        Ok(Box::new(MemoryUpload {
            store: self.clone(),
            name: name.to_owned(),
            bytes: BytesMut::new(),
        }))
    }

    async fn get(&self, name: &str, range: Range<u64>) -> Result<Bytes> {
        name::check(name)?;
        let object = self.object(name).ok_or_else(|| Error::NotFound {
            location: LOCATION.to_owned(),
            name: name.to_owned(),
        })?;
        let clamp = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(object.len());
        let (start, end) = (clamp(range.start), clamp(range.end));
        Ok(object.slice(start.min(end)..end))
    }

    async fn size(&self, name: &str) -> Result<Option<u64>> {
        name::check(name)?;
        Ok(self.object(name).map(|object| object.len() as u64))
    }

    async fn delete(&self, name: &str) -> Result<()> {
        name::check(name)?;
        self.remove(name);
        Ok(())
    }
}

struct MemoryUpload {
    store: Memory,
    name: String,
    bytes: BytesMut,
}

#[async_trait]
impl Upload for MemoryUpload {
    async fn write(&mut self, part: Bytes) -> Result<()> {
        self.bytes.extend_from_slice(&part);
        Ok(())
    }

    async fn finish(self: Box<Self>) -> Result<()> {
        match self.store.create(&self.name, self.bytes.freeze()) {
            Put::Created => Ok(()),
            Put::AlreadyThere => Err(Error::AlreadyExists {
                location: LOCATION.to_owned(),
                name: self.name,
            }),
        }
    }

    async fn abort(self: Box<Self>) -> Result<()> {
        Ok(())
    }
}
