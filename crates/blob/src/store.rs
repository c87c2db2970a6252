//! The contract of every object store, and the conveniences beside it.

use std::fmt::{Debug, Display};
use std::ops::Range;

use async_trait::async_trait;
use bytes::Bytes;

use crate::error::Result;

/// A place that holds immutable objects. `Display` names it, redacted, for messages.
///
/// Names are relative paths such as `data/104/3-9f2c.parquet`; `name::check` gives their rules.
#[async_trait]
pub trait Store: Debug + Display + Send + Sync + 'static {
    /// Creates a small object in one call, durably, unless something of that name is there already.
    async fn put_if_absent(&self, name: &str, bytes: Bytes) -> Result<Put>;

    /// Begins a large object. Nothing is visible under `name` before [`Upload::finish`].
    async fn upload(&self, name: &str) -> Result<Box<dyn Upload>>;

    /// The bytes of `range`, in object order; fewer when the object ends inside it, none when it ends before.
    ///
    /// Allocates for what the object holds, not for what was asked.
    async fn get(&self, name: &str, range: Range<u64>) -> Result<Bytes>;

    /// The object's length in bytes, `None` when it is not there. A store that may not tell answers `Denied`.
    async fn size(&self, name: &str) -> Result<Option<u64>>;

    /// Removes an object. Backups need no such thing; who tries a place out cleans up with it.
    async fn delete(&self, name: &str) -> Result<()>;

    /// Whether a writer mostly waits for it, so that a processor has time for more than one.
    fn is_remote(&self) -> bool {
        false
    }

    /// What a user should know of a place that turned out, while it was written to, not to keep all of this contract.
    fn caution(&self) -> Option<String> {
        None
    }
}

/// Whether [`Store::put_if_absent`] created the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Put {
    Created,
    /// The object that was there is untouched, and may hold anything.
    AlreadyThere,
}

/// A large object on its way. Dropping it without [`finish`](Upload::finish) abandons it.
#[async_trait]
pub trait Upload: Send {
    /// Appends a part. After an error the upload can only be aborted or dropped.
    async fn write(&mut self, part: Bytes) -> Result<()>;

    /// Makes the object visible and durable. `Error::AlreadyExists` when the name was taken meanwhile.
    ///
    /// After any other error the object may or may not be there: never use its name again.
    async fn finish(self: Box<Self>) -> Result<()>;

    /// Gives up, and removes what was stored so far.
    async fn abort(self: Box<Self>) -> Result<()>;
}
