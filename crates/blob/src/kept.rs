//! Whether a store has what it said that it took.
//!
//! A server that answers 200 and keeps nothing, or half, would turn a backup into a promise. So what was written is looked at: a small
//! object is read back, of a larger one the length is compared. That costs one request per object. Contents of large objects are
//! covered on their way by the payload's hash in the signature (S3) and by TLS, and by RESTORE and `cairn backup verify` at last.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use ring::digest::{Context, SHA256};

use crate::agreement::agreed;
use crate::create::Creating;
use crate::error::{Error, Kind, Result};

/// What is no longer is read back after it was written.
const READ_BACK_BYTES: u64 = 1 << 20;
const PART_BYTES: u64 = 8 << 20;

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

    /// In words: equal if and only if what was sent is.
    fn words(&self) -> String {
        let hash = hex::encode(self.hash.clone().finish());
        format!("{} bytes with SHA-256 {hash}", self.length)
    }
}

/// Reads back what the store said that it took; of what is large it looks at the length only.
pub(crate) async fn kept_whole(store: &impl Creating, name: &str, bytes: &Bytes) -> Result<()> {
    let length = bytes.len() as u64;
    if length > READ_BACK_BYTES || !store.sight().may_read() {
        return is_kept(store, name, length).await;
    }
    match read_back(store, name, bytes).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(store.writing(name).astray(io::Error::other(OTHER_BYTES))),
        Err(error) => match error.kind() {
            Kind::NotFound => Err(not_kept(store, name)),
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
        Ok(Some(_)) => Err(store.writing(name).astray(io::Error::other(OTHER_BYTES))),
        Ok(None) => Err(not_kept(store, name)),
        Err(error) if error.kind() == Kind::Denied => {
            store.sight().blind();
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// Of an object that was promised: writing it again may help.
pub(crate) fn not_kept(store: &impl Creating, name: &str) -> Error {
    let why = "the store said that it took the object, and does not have it";
    store.writing(name).unavailable(io::Error::other(why))
}

/// Whether these bytes are there, and nothing else.
pub(crate) async fn read_back(store: &impl Creating, name: &str, bytes: &Bytes) -> Result<bool> {
    let read = || store.get(name, 0..bytes.len() as u64 + 1);
    let other = |there: &Result<Bytes>| match there {
        Ok(there) if there != bytes => Some(format!("{name}: {}", Digest::of(there).words())),
        _ => None,
    };
    Ok(agreed(read, other).await? == *bytes)
}

/// Of whom an object is that was there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// It holds what was sent.
    Us,
    Another,
    Nobody,
    /// Only writing is allowed.
    Unknown,
}

/// Of whom the object is that has this name, of which this was sent.
pub(crate) async fn owner(store: &impl Creating, name: &str, sent: &Digest) -> Result<Owner> {
    let other = |there: &Result<Digest>| match there {
        Ok(there) if there.words() != sent.words() => Some(format!("{name}: {}", there.words())),
        _ => None,
    };
    match agreed(|| digest(store, name, sent.length()), other).await {
        Ok(there) if there.words() == sent.words() => Ok(Owner::Us),
        Ok(_) => Ok(Owner::Another),
        Err(error) => match error.kind() {
            Kind::NotFound => Ok(Owner::Nobody),
            Kind::Denied => Ok(Owner::Unknown),
            _ => Err(error),
        },
    }
}

/// Of an object that ends soon behind `length`, if at all.
async fn digest(store: &impl Creating, name: &str, length: u64) -> Result<Digest> {
    let mut there = Digest::default();
    while there.length() <= length {
        let at = there.length();
        let part = store.get(name, at..at + PART_BYTES).await?;
        if part.is_empty() {
            break;
        }
        there.add(&part);
    }
    Ok(there)
}
