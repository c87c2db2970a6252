//! A bucket, or a folder in it, as a store.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::future::BoxFuture;
use object_store::{
    Error as StoreError, GetOptions, GetRange, ObjectStore, ObjectStoreExt, PutMode, PutOptions,
};
use tokio::sync::OnceCell;

use super::place::Place;
use super::upload::CloudUpload;
use crate::create::{Answer, Condition, Creating, Knowledge, create};
use crate::error::{Error, Result};
use crate::location::Location;
use crate::store::{Put, Store, Upload};

/// What a call does, as messages have it.
pub(super) const WRITE: &str = "write";
const READ: &str = "read";
const LOOK_AT: &str = "look at";
const DELETE: &str = "delete";

pub(crate) type Client = object_store::Result<Arc<dyn ObjectStore>>;

/// Makes the client when it is first needed: for that a provider may have to ask for the bucket's region.
pub(crate) type Connect = Box<dyn Fn() -> BoxFuture<'static, Client> + Send + Sync>;

/// A store of a location whose client `connect` makes. Its `secrets` are kept out of errors.
pub(crate) fn open(
    location: &Location,
    secrets: Vec<String>,
    condition: Knowledge,
    connect: Connect,
) -> Arc<dyn Store> {
    let place = Place::new(&location.path, location.to_string(), secrets, condition);
    Arc::new(CloudStore {
        place: Arc::new(place),
        client: OnceCell::new(),
        connect,
    })
}

pub(super) struct CloudStore {
    place: Arc<Place>,
    client: OnceCell<Arc<dyn ObjectStore>>,
    connect: Connect,
}

impl CloudStore {
    async fn client(&self, action: &'static str, name: &str) -> Result<&Arc<dyn ObjectStore>> {
        let client = self.client.get_or_try_init(|| (self.connect)()).await;
        client.map_err(|error| self.place.error(action, name, error))
    }
}

/// Whether the store says that it does not know the condition of a create.
fn is_unconditional(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::NotImplemented { .. } | StoreError::NotSupported { .. }
    ) || matches!(error, StoreError::Generic { source, .. }
            if source.to_string().contains("405 Method Not Allowed"))
}

#[async_trait]
impl Creating for CloudStore {
    fn condition(&self) -> &Condition {
        &self.place.condition
    }

    async fn put_if_none_match(&self, name: &str, bytes: Bytes) -> Result<Answer> {
        let path = self.place.path(name)?;
        let client = self.client(WRITE, name).await?;
        let put = client.put_opts(&path, bytes.into(), PutOptions::from(PutMode::Create));
        match put.await {
            Ok(_) => Ok(Answer::Stored),
            Err(StoreError::AlreadyExists { .. }) => Ok(Answer::Taken),
            Err(error) if is_unconditional(&error) => Ok(Answer::NoCondition),
            Err(error) => Err(self.place.error(WRITE, name, error)),
        }
    }

    async fn put_anyway(&self, name: &str, bytes: Bytes) -> Result<()> {
        let path = self.place.path(name)?;
        let client = self.client(WRITE, name).await?;
        let put = client.put(&path, bytes.into()).await;
        put.map(|_| ())
            .map_err(|error| self.place.error(WRITE, name, error))
    }
}

#[async_trait]
impl Store for CloudStore {
    async fn put_if_absent(&self, name: &str, bytes: Bytes) -> Result<Put> {
        create(self, name, bytes).await
    }

    async fn upload(&self, name: &str) -> Result<Box<dyn Upload>> {
        let path = self.place.path(name)?;
        let client = Arc::clone(self.client(WRITE, name).await?);
        let whole = CloudStore {
            place: Arc::clone(&self.place),
            client: OnceCell::new_with(Some(Arc::clone(&client))),
            connect: Box::new(move || {
                let client = Arc::clone(&client);
                Box::pin(async move { Ok(client) })
            }),
        };
        Ok(Box::new(CloudUpload::new(whole, name, path)))
    }

    async fn get(&self, name: &str, range: Range<u64>) -> Result<Bytes> {
        let path = self.place.path(name)?;
        let client = self.client(READ, name).await?;
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        let wanted = match (range.start, range.end) {
            (0, u64::MAX) => None,
            (start, u64::MAX) => Some(GetRange::Offset(start)),
            _ => Some(GetRange::Bounded(range.clone())),
        };
        let options = GetOptions {
            range: wanted,
            ..GetOptions::default()
        };
        let read = async { client.get_opts(&path, options).await?.bytes().await };
        match read.await {
            Ok(bytes) => Ok(bytes),
            Err(error) => match self.place.error(READ, name, error) {
                // Servers refuse a range that begins behind the end.
                error @ Error::Io { .. } => match self.size(name).await {
                    Ok(Some(size)) if size <= range.start => Ok(Bytes::new()),
                    _ => Err(error),
                },
                error => Err(error),
            },
        }
    }

    async fn size(&self, name: &str) -> Result<Option<u64>> {
        let path = self.place.path(name)?;
        let client = self.client(LOOK_AT, name).await?;
        match client.head(&path).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(StoreError::NotFound { .. }) => Ok(None),
            Err(error) => Err(self.place.error(LOOK_AT, name, error)),
        }
    }

    async fn delete(&self, name: &str) -> Result<()> {
        let path = self.place.path(name)?;
        let client = self.client(DELETE, name).await?;
        let deleted = client.delete(&path).await;
        deleted.map_err(|error| self.place.error(DELETE, name, error))
    }

    fn caution(&self) -> Option<String> {
        self.place.condition.caution(&self.place.location)
    }
}

impl CloudStore {
    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// The client, once an upload has it.
    pub(super) fn connected(&self) -> Option<&Arc<dyn ObjectStore>> {
        self.client.get()
    }
}

impl fmt::Display for CloudStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place.location)
    }
}

impl fmt::Debug for CloudStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CloudStore({self})")
    }
}
