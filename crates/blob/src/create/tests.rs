//! Stores that keep the condition, refuse it, ignore it, and that may only be written to.

use std::fmt;
use std::ops::Range;

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;

use super::{Answer, Condition, Creating, Knowledge, create, create_at_random_name};
use crate::error::{Call, Error, Kind, Result};
use crate::kept::Sight;
use crate::patience::{Met, Patience, Trial};
use crate::store::{Put, Store, Upload};
use crate::testing::memory::Memory;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Manners {
    Keeps,
    Ignores,
    Refuses,
    /// What is there may not be written again, and that is said as 403.
    WritesOnce,
}

/// A server with manners; others may write in the moment before the next PUT.
#[derive(Debug)]
struct Server {
    memory: Memory,
    manners: Manners,
    may_read: bool,
    condition: Condition,
    sight: Sight,
    met: Met,
    rival: Mutex<Option<Bytes>>,
    loses_answers: Mutex<usize>,
    /// PUTs without the condition that are answered with success, and do nothing.
    idle: Mutex<usize>,
    puts: Mutex<usize>,
}

impl Server {
    fn new(manners: Manners, may_read: bool) -> Server {
        Server {
            memory: Memory::new(),
            manners,
            may_read,
            condition: Condition::new(Knowledge::Nothing),
            sight: Sight::default(),
            met: Met::default(),
            rival: Mutex::default(),
            loses_answers: Mutex::default(),
            idle: Mutex::default(),
            puts: Mutex::default(),
        }
    }

    fn denied(&self, name: &str) -> Error {
        Error::Denied {
            location: "server".to_owned(),
            action: "touch",
            name: name.to_owned(),
            source: std::io::Error::other("403"),
        }
    }

    fn may_read(&self, name: &str) -> Result<()> {
        self.may_read.then_some(()).ok_or_else(|| self.denied(name))
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("server")
    }
}

#[async_trait]
impl Store for Server {
    async fn put_if_absent(&self, name: &str, bytes: Bytes) -> Result<Put> {
        create(self, name, bytes).await
    }

    async fn upload(&self, name: &str) -> Result<Box<dyn Upload>> {
        self.memory.upload(name).await
    }

    async fn get(&self, name: &str, range: Range<u64>) -> Result<Bytes> {
        self.may_read(name)?;
        self.memory.get(name, range).await
    }

    async fn size(&self, name: &str) -> Result<Option<u64>> {
        self.may_read(name)?;
        self.memory.size(name).await
    }

    async fn delete(&self, name: &str) -> Result<()> {
        self.memory.delete(name).await
    }

    fn caution(&self) -> Option<String> {
        self.condition.caution("server")
    }
}

#[async_trait]
impl Creating for Server {
    fn condition(&self) -> &Condition {
        &self.condition
    }

    fn sight(&self) -> &Sight {
        &self.sight
    }

    fn begin(&self) -> Trial<'_> {
        Patience::default().begin(&self.met)
    }

    fn writing<'a>(&'a self, name: &'a str) -> Call<'a> {
        Call {
            location: "server",
            action: "write",
            name,
        }
    }

    async fn put_if_none_match(&self, name: &str, bytes: Bytes) -> Result<Answer> {
        *self.puts.lock() += 1;
        if let Some(rival) = self.rival.lock().take() {
            self.memory.replace(name, rival);
        }
        match (self.manners, self.memory.object(name)) {
            (Manners::Refuses, _) => return Ok(Answer::NoCondition),
            (Manners::Keeps, Some(_)) => return Ok(Answer::Taken),
            (Manners::WritesOnce, Some(_)) => return Err(self.denied(name)),
            _ => self.memory.replace(name, bytes),
        }
        let mut lost = self.loses_answers.lock();
        if *lost > 0 {
            *lost -= 1;
            let why = std::io::ErrorKind::ConnectionReset.into();
            return Err(self.writing(name).unavailable(why));
        }
        Ok(Answer::Stored)
    }

    async fn put_anyway(&self, name: &str, bytes: Bytes) -> Result<()> {
        if let Some(rival) = self.rival.lock().take() {
            self.memory.replace(name, rival);
        }
        let mut idle = self.idle.lock();
        match idle.checked_sub(1) {
            Some(left) => *idle = left,
            None => self.memory.replace(name, bytes),
        }
        Ok(())
    }
}

const OURS: Bytes = Bytes::from_static(b"ours");
const THEIRS: Bytes = Bytes::from_static(b"theirs");

async fn put(server: &Server, name: &str) -> Put {
    server.put_if_absent(name, OURS).await.unwrap()
}

#[tokio::test]
async fn whatever_the_manners_a_name_is_created_once() {
    for manners in [
        Manners::Keeps,
        Manners::Ignores,
        Manners::Refuses,
        Manners::WritesOnce,
    ] {
        let server = Server::new(manners, true);
        assert_eq!(put(&server, "a").await, Put::Created, "{manners:?}");
        assert_eq!(put(&server, "b").await, Put::Created, "{manners:?}");
        server.memory.replace("c", THEIRS);
        for name in ["a", "c"] {
            assert_eq!(put(&server, name).await, Put::AlreadyThere, "{manners:?}");
        }
        assert_eq!(server.memory.object("c").unwrap(), THEIRS, "{manners:?}");
        let lacks = matches!(manners, Manners::Ignores | Manners::Refuses);
        assert_eq!(server.caution().is_some(), lacks, "{manners:?}");
    }
}

// The second PUT that finds out is made once, not with every object.
#[tokio::test]
async fn a_store_is_asked_once() {
    for manners in [Manners::Keeps, Manners::WritesOnce] {
        let server = Server::new(manners, true);
        for name in ["a", "b", "c"] {
            assert_eq!(put(&server, name).await, Put::Created);
        }
        assert_eq!(*server.puts.lock(), 4, "{manners:?}");
    }
}

// Between the look and the write somebody else writes: who is overwritten finds out.
#[tokio::test]
async fn a_rival_is_not_overwritten_where_the_condition_is_kept() {
    let server = Server::new(Manners::Keeps, true);
    *server.rival.lock() = Some(THEIRS);
    assert_eq!(put(&server, "a").await, Put::AlreadyThere);
    assert_eq!(server.memory.object("a").unwrap(), THEIRS);
}

// PUT alone: neither the look nor the reading back is allowed.
#[tokio::test]
async fn writing_alone_is_enough() {
    for manners in [
        Manners::Keeps,
        Manners::Ignores,
        Manners::Refuses,
        Manners::WritesOnce,
    ] {
        let server = Server::new(manners, false);
        assert_eq!(put(&server, "a").await, Put::Created, "{manners:?}");
        assert_eq!(server.memory.object("a").unwrap(), OURS, "{manners:?}");
    }
    let server = Server::new(Manners::Keeps, false);
    server.memory.replace("a", THEIRS);
    assert_eq!(put(&server, "a").await, Put::AlreadyThere);
}

#[tokio::test]
async fn a_lost_answer_is_success_only_if_our_bytes_are_there() {
    for manners in [Manners::Keeps, Manners::Ignores] {
        let server = Server::new(manners, true);
        *server.loses_answers.lock() = 2;
        assert_eq!(put(&server, "a").await, Put::Created, "{manners:?}");
    }
    let server = Server::new(Manners::Keeps, true);
    *server.loses_answers.lock() = 1;
    // Theirs came first, but it is the answer to ours that was lost.
    assert_eq!(put(&server, "x").await, Put::Created);
    *server.rival.lock() = Some(THEIRS);
    assert_eq!(put(&server, "y").await, Put::AlreadyThere);
}

// The repetition meets what the first try has written, and is refused by 403.
#[tokio::test]
async fn a_lost_answer_of_a_store_that_writes_once_is_success_if_our_bytes_are_there() {
    for before in [false, true] {
        let server = Server::new(Manners::WritesOnce, true);
        if before {
            assert_eq!(put(&server, "a").await, Put::Created);
        }
        *server.loses_answers.lock() = 1;
        assert_eq!(put(&server, "b").await, Put::Created, "{before}");
    }
}

#[tokio::test]
async fn what_a_store_without_the_condition_took_and_does_not_have_is_written_again() {
    let server = Server::new(Manners::Refuses, true);
    *server.idle.lock() = 2;
    assert_eq!(put(&server, "a").await, Put::Created);
    assert_eq!(server.memory.object("a").unwrap(), OURS);
}

// Neither success nor failure can be said of it; whoever draws names at random takes another.
#[tokio::test]
async fn a_lost_answer_where_nobody_may_read_is_an_object_astray() {
    for manners in [Manners::Keeps, Manners::WritesOnce] {
        let server = Server::new(manners, false);
        *server.loses_answers.lock() = 1;
        let error = server.put_if_absent("a", OURS).await.unwrap_err();
        assert!(matches!(error, Error::Astray { .. }), "{error}");
        assert_eq!(error.kind(), Kind::Io);
        let said = error.to_string();
        assert!(said.contains("without permission to read"), "{said}");
    }
}

// What a proxy delivers twice is refused the second time, and the first time is ours.
#[tokio::test]
async fn a_random_name_that_is_taken_is_ours_or_anothers_or_astray() {
    for (there, may_read) in [(OURS, true), (THEIRS, true), (OURS, false)] {
        let server = Server::new(Manners::Keeps, may_read);
        server.memory.replace("a", there.clone());
        let created = create_at_random_name(&server, "a", OURS).await;
        match created {
            Ok(()) => assert_eq!((there, may_read), (OURS, true)),
            Err(Error::AlreadyExists { .. }) => assert_eq!(there, THEIRS),
            Err(error) => {
                assert!(
                    !may_read && matches!(error, Error::Astray { .. }),
                    "{error}"
                );
            }
        }
    }
}
