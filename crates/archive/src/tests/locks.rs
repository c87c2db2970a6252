//! Claims: one job at a time, and never where something may still be written.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use cairn_blob::testing::faults::{Fault, Faulty};
use cairn_blob::testing::memory::Memory;
use cairn_blob::{Put, Store, Upload};
use futures::future::join_all;
use uuid::Uuid;

use super::sample::{CLUSTER, SomeJobs, WHOLE, backup, random_names, write_files};
use crate::destination::{check, claim, holds};
use crate::{Kind, Manifest, missing};

async fn refused(store: &Memory, cluster: Uuid, job: i64) -> String {
    let before = store.names();
    let error = check(store, cluster, &SomeJobs).await.unwrap_err();
    assert_eq!(error.kind(), Kind::InUse);
    assert_eq!(store.names(), before, "a check writes nothing");
    let error = claim(store, cluster, job, &SomeJobs)
        .await
        .unwrap_err()
        .to_string();
    assert_eq!(store.names(), before);
    assert!(error.contains("already contains a"), "{error}");
    error
}

#[tokio::test]
async fn a_free_destination_is_claimed_and_an_ended_job_makes_way() {
    let store = Memory::new();
    check(&store, CLUSTER, &SomeJobs).await.unwrap();
    assert_eq!(
        claim(&store, CLUSTER, 1, &SomeJobs).await.unwrap().path,
        "lock-1.json"
    );
    check(&store, CLUSTER, &SomeJobs).await.unwrap();
    assert_eq!(
        claim(&store, CLUSTER, 2, &SomeJobs).await.unwrap().path,
        "lock-2.json"
    );
    assert_eq!(
        claim(&store, CLUSTER, 3, &SomeJobs).await.unwrap().path,
        "lock-3.json"
    );
    assert_eq!(
        store.names(),
        ["lock-1.json", "lock-2.json", "lock-3.json"],
        "nothing is removed"
    );
}

#[tokio::test]
async fn a_job_gets_its_own_lock_again() {
    let store = Memory::new();
    claim(&store, CLUSTER, 1, &SomeJobs).await.unwrap();
    let first = claim(&store, CLUSTER, 100, &SomeJobs).await.unwrap();
    assert_eq!(claim(&store, CLUSTER, 100, &SomeJobs).await.unwrap(), first);
    assert_eq!(
        first.bytes,
        store.object("lock-2.json").unwrap().len() as u64
    );
}

/// A job may have been begun by an older Cairn: its lock is named as it is, not as it would be written now.
#[tokio::test]
async fn a_job_gets_the_lock_of_an_older_format_as_it_is() {
    let store = Memory::new();
    let body = format!("\"content\":{{\"cluster\":\"{CLUSTER}\",\"job\":\"100\"}}}}\n");
    let checksum = blake3::hash(format!("cairn lock 1\n{body}").as_bytes());
    let first = format!("{{\"cairn\":\"lock\",\"format_version\":1,\"blake3\":\"{checksum}\",\n");
    let bytes = Bytes::from(first + &body);
    store.replace("lock-1.json", bytes.clone());
    let lock = claim(&store, CLUSTER, 100, &SomeJobs).await.unwrap();
    assert_eq!(lock.path, "lock-1.json");
    assert_eq!(lock.bytes, bytes.len() as u64);
    assert_eq!(lock.blake3, blake3::hash(&bytes).to_hex().to_string());
}

#[tokio::test]
async fn living_unknown_and_foreign_locks_are_refused_with_the_way_out() {
    for (holder, cluster, phrase) in [
        (
            100,
            CLUSTER,
            "lock of job 100 (lock-1.json; is another operation already in progress?)",
        ),
        (
            300,
            CLUSTER,
            "lock of job 300 (lock-1.json), which this cluster does not know",
        ),
        (1, Uuid::from_u128(9), "lock of another cluster"),
    ] {
        let store = Memory::new();
        claim(&store, cluster, holder, &SomeJobs).await.unwrap();
        let error = refused(&store, CLUSTER, 101).await;
        assert!(error.contains(phrase), "{error}");
        assert!(error.contains("choose another destination"), "{error}");
    }
}

#[tokio::test]
async fn a_lock_that_cannot_be_understood_is_refused() {
    let store = Memory::new();
    claim(&store, CLUSTER, 1, &SomeJobs).await.unwrap();
    let mut bytes = store.object("lock-1.json").unwrap().to_vec();
    bytes[90] ^= 1;
    for bytes in [bytes, Vec::new(), b"{}".to_vec()] {
        store.replace("lock-1.json", bytes);
        let error = refused(&store, CLUSTER, 101).await;
        assert!(error.contains("lock-1.json"), "{error}");
    }
}

#[tokio::test]
async fn a_destination_with_a_backup_is_in_use() {
    let store = Memory::new();
    backup(&store, WHOLE).await;
    let error = refused(&store, CLUSTER, 2).await;
    assert!(error.contains("already contains a backup"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_claims_at_once_one_wins() {
    for _ in 0..50 {
        let store = Memory::new();
        claim(&store, CLUSTER, 1, &SomeJobs).await.unwrap();
        let shared: Arc<dyn Store> = Arc::new(store.clone());
        let claims = (100..108).map(|job| {
            let store = Arc::clone(&shared);
            tokio::spawn(async move { claim(&*store, CLUSTER, job, &SomeJobs).await.is_ok() })
        });
        let won = join_all(claims)
            .await
            .into_iter()
            .filter(|claim| *claim.as_ref().unwrap())
            .count();
        assert_eq!(won, 1);
        assert_eq!(store.names(), ["lock-1.json", "lock-2.json"]);
    }
}

/// Takes what is put, and says nothing of what it has.
#[derive(Debug)]
struct PutAlone(Memory);

impl std::fmt::Display for PutAlone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

fn denied(name: &str) -> cairn_blob::Error {
    cairn_blob::Error::Denied {
        location: "memory:///".to_owned(),
        action: "read",
        name: name.to_owned(),
        source: std::io::ErrorKind::PermissionDenied.into(),
    }
}

#[async_trait::async_trait]
impl Store for PutAlone {
    async fn put_if_absent(&self, name: &str, bytes: Bytes) -> cairn_blob::Result<Put> {
        self.0.put_if_absent(name, bytes).await
    }

    async fn upload(&self, name: &str) -> cairn_blob::Result<Box<dyn Upload>> {
        self.0.upload(name).await
    }

    async fn get(&self, name: &str, _: Range<u64>) -> cairn_blob::Result<Bytes> {
        Err(denied(name))
    }

    async fn size(&self, name: &str) -> cairn_blob::Result<Option<u64>> {
        Err(denied(name))
    }

    async fn delete(&self, name: &str) -> cairn_blob::Result<()> {
        Err(denied(name))
    }
}

#[tokio::test]
async fn a_place_that_can_only_be_written_takes_one_full_backup() {
    let memory = Memory::new();
    let store = PutAlone(memory.clone());
    check(&store, CLUSTER, &SomeJobs).await.unwrap();
    let manifest = write_files(&store, random_names).await.unwrap();
    assert!(memory.object("lock-1.json").is_some());
    manifest.seal(&store).await.unwrap();
    Manifest::read(&memory).await.unwrap();

    check(&store, CLUSTER, &SomeJobs).await.unwrap();
    let error = claim(&store, CLUSTER, 2, &SomeJobs).await.unwrap_err();
    assert_eq!(error.kind(), Kind::InUse, "{error}");
}

/// What a job has written may go while it is paused. A place that does not tell is no obstacle.
#[tokio::test]
async fn what_went_is_found_where_it_can_be_seen() {
    let memory = Memory::new();
    let manifest = write_files(&memory, random_names).await.unwrap();
    let lock = manifest.lock.clone().unwrap();
    let files: Vec<_> = manifest
        .tables
        .iter()
        .flat_map(|table| &table.files)
        .collect();
    assert!(files.len() > 2, "{files:?}");
    assert_eq!(missing(&memory, &files).await.unwrap(), HashSet::new());
    assert!(holds(&memory, &lock).await.unwrap());

    let (gone, cut) = (files[0].path.clone(), files[1].path.clone());
    memory.remove(&gone);
    let bytes = memory.object(&cut).unwrap();
    memory.replace(&cut, bytes.slice(1..));
    let found = missing(&memory, &files).await.unwrap();
    assert_eq!(found, HashSet::from([gone, cut]));
    memory.remove(&lock.path);
    assert!(!holds(&memory, &lock).await.unwrap());
    claim(&memory, CLUSTER, 2, &SomeJobs).await.unwrap();
    assert!(!holds(&memory, &lock).await.unwrap(), "it is another job's");

    let store = PutAlone(memory);
    assert_eq!(missing(&store, &files).await.unwrap(), HashSet::new());
    assert!(holds(&store, &lock).await.unwrap());
}

#[tokio::test]
async fn a_destination_that_cannot_be_written_says_so() {
    let store = Faulty::new(Arc::new(Memory::new()), 2, Fault::Before);
    let error = claim(&store, CLUSTER, 1, &SomeJobs).await.unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("cannot write to memory:///: "),
        "{error}"
    );
}
