//! An object created at most once, on stores that know a condition for it and on those that do not.
//!
//! HOW DATA FLOWS
//!   1. A store that keeps the condition `If-None-Match: *` gets one PUT.
//!   2. One of which nothing is known is looked at first, gets that PUT, and then the same PUT again: who refuses the second keeps
//!      the condition. The bytes are the same, so nothing changes where it is ignored.
//!   3. One that refuses or ignores the condition is looked at, written to, and read back: what is there then has won.
//!
//! INVARIANTS
//!   A create whose answer was lost is repeated, and "already exists" then counts as success only if the object there holds our bytes.
//!   Nothing counts as stored that the store, asked again, does not have: `crate::kept`.
//!
//! LEFT OUT
//!   Of two that create in the same moment on a store of the third kind, both may believe to have won: `Store::caution` says so.

use std::io;
use std::sync::atomic::{AtomicU8, Ordering};

use async_trait::async_trait;
use bytes::Bytes;

use crate::error::{Call, Error, Kind, Result};
use crate::kept::{Digest, Owner, Sight, kept_whole, not_kept, owner, read_back};
use crate::patience::Trial;
use crate::store::{Put, Store};

/// What is known of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Knowledge {
    Nothing,
    Keeps,
    /// What is there cannot be written again, which it says by 403.
    WritesOnce,
    Ignores,
}

/// The same, learned on the way.
#[derive(Debug)]
pub(crate) struct Condition(AtomicU8);

impl Condition {
    pub(crate) fn new(knowledge: Knowledge) -> Condition {
        Condition(AtomicU8::new(knowledge as u8))
    }

    pub(crate) fn known(&self) -> Knowledge {
        match self.0.load(Ordering::Relaxed) {
            known if known == Knowledge::Keeps as u8 => Knowledge::Keeps,
            known if known == Knowledge::WritesOnce as u8 => Knowledge::WritesOnce,
            known if known == Knowledge::Ignores as u8 => Knowledge::Ignores,
            _ => Knowledge::Nothing,
        }
    }

    fn learn(&self, knowledge: Knowledge) {
        self.0.store(knowledge as u8, Ordering::Relaxed);
    }

    /// What a user should know of a store that keeps no condition.
    pub(crate) fn caution(&self, location: &str) -> Option<String> {
        let text = || {
            format!(
                "{location} cannot create an object only where there is none: two backups that begin there in the same moment \
                 could go unnoticed"
            )
        };
        (self.known() == Knowledge::Ignores).then(text)
    }
}

/// What a store said to a conditional PUT.
pub(crate) enum Answer {
    Stored,
    Taken,
    /// It does not know the condition, and stored nothing.
    NoCondition,
}

/// What creating needs of a store.
#[async_trait]
pub(crate) trait Creating: Store {
    fn condition(&self) -> &Condition;
    fn sight(&self) -> &Sight;

    /// Begins a call.
    fn begin(&self) -> Trial<'_>;

    /// For errors of a write.
    fn writing<'a>(&'a self, name: &'a str) -> Call<'a>;

    /// One PUT with the condition, tried once.
    async fn put_if_none_match(&self, name: &str, bytes: Bytes) -> Result<Answer>;

    /// One PUT without, tried once.
    async fn put_anyway(&self, name: &str, bytes: Bytes) -> Result<()>;
}

pub(crate) async fn create(store: &impl Creating, name: &str, bytes: Bytes) -> Result<Put> {
    let known = store.condition().known();
    if known != Knowledge::Keeps && is_there(store, name).await? {
        return Ok(Put::AlreadyThere);
    }
    if known == Knowledge::Ignores {
        return write_and_read(store, name, bytes).await;
    }
    match conditionally(store, name, &bytes).await? {
        Answer::Taken => {
            store.condition().learn(Knowledge::Keeps);
            return Ok(Put::AlreadyThere);
        }
        Answer::NoCondition => {
            ignores(store);
            // A store that was said to keep it was not looked at.
            return match is_there(store, name).await? {
                true => Ok(Put::AlreadyThere),
                false => write_and_read(store, name, bytes).await,
            };
        }
        Answer::Stored if known != Knowledge::Nothing => return Ok(Put::Created),
        Answer::Stored => {}
    }
    match store.put_if_none_match(name, bytes.clone()).await {
        Ok(Answer::Taken) => {
            store.condition().learn(Knowledge::Keeps);
            Ok(Put::Created)
        }
        Err(error) if error.kind() == Kind::Denied => {
            store.condition().learn(Knowledge::WritesOnce);
            Ok(Put::Created)
        }
        Ok(_) => {
            ignores(store);
            who_won(store, name, &bytes).await
        }
        Err(_) => who_won(store, name, &bytes).await,
    }
}

/// Creates an object whose name nobody else draws. One that is there already came from us, by a way that delivers twice, if it holds
/// our bytes.
pub(crate) async fn create_at_random_name(
    store: &impl Creating,
    name: &str,
    bytes: Bytes,
) -> Result<()> {
    let sent = Digest::of(&bytes);
    if create(store, name, bytes).await? == Put::Created {
        return Ok(());
    }
    match owner(store, name, &sent).await? {
        Owner::Us => Ok(()),
        Owner::Unknown => Err(untold(store, name)),
        Owner::Another | Owner::Nobody => Err(store.writing(name).already_exists()),
    }
}

/// Of an object whose answer was lost, in a place where only writing is allowed.
pub(crate) fn untold(store: &impl Creating, name: &str) -> Error {
    let why = "the answer was lost, and without permission to read it cannot be told whether the object is there";
    store.writing(name).astray(io::Error::other(why))
}

/// What a user should know of a store, as far as it was learned on the way.
pub(crate) fn caution(store: &impl Creating) -> Option<String> {
    let location = store.to_string();
    let cautions = [
        store.condition().caution(&location),
        store.sight().caution(&location),
    ];
    cautions
        .into_iter()
        .flatten()
        .reduce(|one, other| format!("{one}; {other}"))
}

fn ignores(store: &impl Creating) {
    store.condition().learn(Knowledge::Ignores);
    if let Some(caution) = store.caution() {
        tracing::warn!("{caution}");
    }
}

/// Who may only write does not know, and goes on.
async fn is_there(store: &impl Creating, name: &str) -> Result<bool> {
    match store.size(name).await {
        Ok(size) => Ok(size.is_some()),
        Err(error) if error.kind() == Kind::Denied => Ok(false),
        Err(error) => Err(error),
    }
}

/// With the condition, and again while the outcome is not known.
async fn conditionally(store: &impl Creating, name: &str, bytes: &Bytes) -> Result<Answer> {
    let mut trial = store.begin();
    let mut lost = false;
    loop {
        let answer = match store.put_if_none_match(name, bytes.clone()).await {
            Ok(Answer::Stored) => kept_whole(store, name, bytes)
                .await
                .map(|()| Answer::Stored),
            answer => answer,
        };
        // A store that lets nothing be written twice may say so by 403.
        let is_refused = match &answer {
            Ok(answer) => matches!(answer, Answer::Taken),
            Err(error) => error.kind() == Kind::Denied,
        };
        if lost && is_refused {
            return match owner(store, name, &Digest::of(bytes)).await? {
                Owner::Us => Ok(Answer::Stored),
                Owner::Another => Ok(Answer::Taken),
                Owner::Unknown => Err(untold(store, name)),
                Owner::Nobody => answer,
            };
        }
        match answer {
            Err(error) if trial.again(&error).await => lost = true,
            answer => return answer,
        }
    }
}

async fn write_and_read(store: &impl Creating, name: &str, bytes: Bytes) -> Result<Put> {
    let bytes = &bytes;
    let write = || async move {
        store.put_anyway(name, bytes.clone()).await?;
        who_won(store, name, bytes).await
    };
    store.begin().repeat(write).await
}

async fn who_won(store: &impl Creating, name: &str, bytes: &Bytes) -> Result<Put> {
    match read_back(store, name, bytes).await {
        Ok(true) => Ok(Put::Created),
        Ok(false) => Ok(Put::AlreadyThere),
        Err(error) => match error.kind() {
            Kind::Denied => Ok(Put::Created),
            Kind::NotFound => Err(not_kept(store, name)),
            _ => Err(error),
        },
    }
}

#[cfg(test)]
mod tests;
