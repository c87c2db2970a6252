//! Whether a store has what it said that it took.
//!
//! A server that answers 200 and keeps nothing, or half, would turn a backup into a promise. So what was written is looked at: a small
//! object is read back, of a larger one the length is compared. That costs one request per object. Contents of large objects are
//! covered on their way by the payload's hash in the signature (S3) and by TLS, and by RESTORE and `cairn backup verify` at last.

use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use ring::digest::{Context, SHA256};

use crate::create::Creating;
use crate::error::{Kind, Result};

/// What is no longer is read back after it was written.
const READ_BACK_BYTES: u64 = 1 << 20;
const PART_BYTES: u64 = 8 << 20;

const NOT_KEPT: &str = "the store said that it took the object, and does not have it";
const OTHER_BYTES: &str = "the store holds other bytes than were sent";

/// What a store let nobody do with an object that it had just taken.
#[derive(Debug, Default)]
pub(crate) struct Sight {
    no_bytes: AtomicBool,
    nothing: AtomicBool,
}

impl Sight {
    fn may_read(&self) -> bool {
        !self.no_bytes.load(Ordering::Relaxed)
    }

    fn may_look(&self) -> bool {
        !self.nothing.load(Ordering::Relaxed)
    }

    fn blind_to_bytes(&self) {
        self.no_bytes.store(true, Ordering::Relaxed);
    }

    fn blind(&self) {
        self.nothing.store(true, Ordering::Relaxed);
    }

    /// What a user should know of a store that is believed.
    pub(crate) fn caution(&self, location: &str) -> Option<String> {
        let text = || {
            format!(
                "{location} may only be written to: that it keeps what it took could not be looked at"
            )
        };
        (!self.may_look()).then(text)
    }
}

/// Length and SHA-256 of what was sent.
#[derive(Clone)]
pub(crate) struct Digest {
    hash: Context,
    length: u64,
}

impl Default for Digest {
    fn default() -> Digest {
        Digest {
            hash: Context::new(&SHA256),
            length: 0,
        }
    }
}

impl Digest {
    pub(crate) fn of(bytes: &[u8]) -> Digest {
        let mut digest = Digest::default();
        digest.add(bytes);
        digest
    }

    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.length += bytes.len() as u64;
    }

    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    fn is(self, other: Digest) -> bool {
        self.length == other.length && self.hash.finish().as_ref() == other.hash.finish().as_ref()
    }
}

/// Reads back what the store said that it took; of what is large it looks at the length only.
pub(crate) async fn kept_whole(store: &impl Creating, name: &str, bytes: &Bytes) -> Result<()> {
    let length = bytes.len() as u64;
    if length > READ_BACK_BYTES || !store.sight().may_read() {
        return is_kept(store, name, length).await;
    }
    match store.get(name, 0..length + 1).await {
        Ok(there) if there == *bytes => Ok(()),
        Ok(_) => Err(store.broken(name, OTHER_BYTES)),
        Err(error) => match error.kind() {
            Kind::NotFound => Err(store.unavailable(name, NOT_KEPT)),
            Kind::Denied => {
                store.sight().blind_to_bytes();
                is_kept(store, name, length).await
            }
            _ => Err(error),
        },
    }
}

/// Whether the store has an object of this length, which it said that it took. One that does not let itself be looked at is believed,
/// and `Store::caution` says so.
pub(crate) async fn is_kept(store: &impl Creating, name: &str, length: u64) -> Result<()> {
    if !store.sight().may_look() {
        return Ok(());
    }
    match store.size(name).await {
        Ok(Some(there)) if there == length => Ok(()),
        Ok(Some(_)) => Err(store.broken(name, OTHER_BYTES)),
        Ok(None) => Err(store.unavailable(name, NOT_KEPT)),
        Err(error) if error.kind() == Kind::Denied => {
            store.sight().blind();
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// Whether the object that is there holds what was sent. Where nobody may read, it is not known, and counts as not.
pub(crate) async fn is_ours(store: &impl Creating, name: &str, sent: Digest) -> Result<bool> {
    let mut there = Digest::default();
    while there.length() <= sent.length() {
        let at = there.length();
        let part = match store.get(name, at..at + PART_BYTES).await {
            Ok(part) => part,
            Err(error) if matches!(error.kind(), Kind::Denied | Kind::NotFound) => {
                return Ok(false);
            }
            Err(error) => return Err(error),
        };
        if part.is_empty() {
            break;
        }
        there.add(&part);
    }
    Ok(there.is(sent))
}
