//! A bucket, or a folder in it, as a store.

use std::fmt;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::TryStreamExt;
use futures::future::BoxFuture;
use object_store::path::Path;
use object_store::{
    Error as StoreError, GetOptions, GetRange, ObjectStore, ObjectStoreExt, PutMode, PutOptions,
};
use tokio::sync::OnceCell;

use super::client::Provider;
use super::place::Place;
use super::upload::CloudUpload;
use crate::create::{self, Answer, Condition, Creating, Knowledge};
use crate::error::{Call, Error, Result};
use crate::kept::Sight;
use crate::location::Location;
use crate::patience::{Met, Trial};
use crate::settings::Settings;
use crate::store::{Put, Store, Upload};

/// What a call does, as messages have it.
pub(super) const WRITE: &str = "write";
const READ: &str = "read";
const LOOK_AT: &str = "look at";
const DELETE: &str = "delete";

pub(crate) type Client = object_store::Result<Arc<dyn Provider>>;

/// Makes the client when it is first needed: for that a provider may have to ask for the bucket's region.
pub(crate) type Connect = Box<dyn Fn() -> BoxFuture<'static, Client> + Send + Sync>;

/// A store of a location whose client `connect` makes, over connections that `met` watches. Its `secrets` are kept out of errors.
pub(crate) fn open(
    location: &Location,
    settings: &Settings,
    met: Arc<Met>,
    secrets: Vec<String>,
    condition: Knowledge,
    connect: Connect,
) -> Arc<dyn Store> {
    let place = Place::new(location, settings, met, secrets, condition);
    Arc::new(CloudStore {
        place: Arc::new(place),
        connection: Arc::new(Connection {
            client: OnceCell::new(),
            connect,
        }),
    })
}

#[derive(Clone)]
pub(super) struct CloudStore {
    pub(super) place: Arc<Place>,
    connection: Arc<Connection>,
}

struct Connection {
    client: OnceCell<Arc<dyn Provider>>,
    connect: Connect,
}

impl CloudStore {
    pub(super) async fn client(
        &self,
        action: &'static str,
        name: &str,
    ) -> Result<&Arc<dyn Provider>> {
        let Connection { client, connect } = self.connection.as_ref();
        let client = client.get_or_try_init(connect).await;
        client.map_err(|error| self.place.error(action, name, error))
    }

    /// Goes on reading behind what `read` has, to its end.
    async fn read_on(&self, path: &Path, name: &str, read: &mut Reading) -> Result<()> {
        let failed = |error| self.place.error(READ, name, error);
        let client = self.client(READ, name).await?;
        let got = client.get_opts(path, read.options()).await;
        let answer = match got.map_err(failed) {
            Ok(answer) => answer,
            // Servers refuse a range that begins behind the end.
            Err(error @ Error::Io { .. }) => match self.size(name).await {
                Ok(Some(size)) if size <= read.at() => return Ok(()),
                _ => return Err(error),
            },
            Err(error) => return Err(error),
        };
        let tag = answer.meta.e_tag.clone();
        if *read.tag.get_or_insert_with(|| tag.clone()) != tag {
            let why = io::Error::other("another object came while it was read");
            return Err(self.place.call(READ, name).failed(why));
        }
        read.expect(answer.range.end - answer.range.start);
        let mut frames = answer.into_stream();
        while let Some(frame) = frames.try_next().await.map_err(failed)? {
            read.bytes.extend_from_slice(&frame);
        }
        Ok(())
    }
}

/// What was read of a range, over one request or several.
struct Reading {
    wanted: Range<u64>,
    bytes: Vec<u8>,
    /// Of the object that the bytes are from; some services give none.
    tag: Option<Option<String>>,
}

impl Reading {
    fn at(&self) -> u64 {
        self.wanted.start + self.bytes.len() as u64
    }

    fn options(&self) -> GetOptions {
        let range = match (self.at(), self.wanted.end) {
            (0, u64::MAX) => None,
            (at, u64::MAX) => Some(GetRange::Offset(at)),
            (at, end) => Some(GetRange::Bounded(at..end)),
        };
        GetOptions {
            range,
            ..GetOptions::default()
        }
    }

    fn expect(&mut self, more: u64) {
        self.bytes.reserve(usize::try_from(more).unwrap_or(0));
    }
}

/// Whether the store says that it does not know the condition of a create.
fn is_unconditional(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::NotImplemented { .. } | StoreError::NotSupported { .. }
    ) || matches!(error, StoreError::Generic { source, .. }
            if source.to_string().contains("501 Not Implemented"))
}

#[async_trait]
impl Creating for CloudStore {
    fn condition(&self) -> &Condition {
        &self.place.condition
    }

    fn sight(&self) -> &Sight {
        &self.place.sight
    }

    fn begin(&self) -> Trial<'_> {
        self.place.begin()
    }

    fn writing<'a>(&'a self, name: &'a str) -> Call<'a> {
        self.place.call(WRITE, name)
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
        create::create(self, name, bytes).await
    }

    async fn upload(&self, name: &str) -> Result<Box<dyn Upload>> {
        let path = self.place.path(name)?;
        Ok(Box::new(CloudUpload::new(self.clone(), name, path)))
    }

    async fn get(&self, name: &str, range: Range<u64>) -> Result<Bytes> {
        let path = self.place.path(name)?;
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        let mut read = Reading {
            wanted: range,
            bytes: Vec::new(),
            tag: None,
        };
        let mut trial = self.begin();
        loop {
            match self.read_on(&path, name, &mut read).await {
                Ok(()) => return Ok(read.bytes.into()),
                Err(error) if trial.again(&error).await => {}
                Err(error) => return Err(error),
            }
        }
    }

    async fn size(&self, name: &str) -> Result<Option<u64>> {
        let path = self.place.path(name)?;
        let look = || async {
            let client = self.client(LOOK_AT, name).await?;
            match client.head(&path).await {
                Ok(meta) => Ok(Some(meta.size)),
                Err(StoreError::NotFound { .. }) => Ok(None),
                Err(error) => Err(self.place.error(LOOK_AT, name, error)),
            }
        };
        self.begin().repeat(look).await
    }

    async fn delete(&self, name: &str) -> Result<()> {
        let path = self.place.path(name)?;
        let delete = || async {
            let client = self.client(DELETE, name).await?;
            let deleted = client.delete(&path).await;
            deleted.map_err(|error| self.place.error(DELETE, name, error))
        };
        self.begin().repeat(delete).await
    }

    fn is_remote(&self) -> bool {
        true
    }

    fn caution(&self) -> Option<String> {
        create::caution(self)
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
