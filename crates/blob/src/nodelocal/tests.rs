//! Files below the external I/O directory: the contract, and every way out of the directory that we could think of.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::store::NodeLocal;
use crate::testing::conformance;
use crate::testing::faults::{Fault, Faulty};
use crate::testing::memory::Memory;
use crate::{Kind, Location, Put, Settings, Store};
use bytes::Bytes;
use tempfile::TempDir;

/// A directory that holds `extern`, which is the external I/O directory, and what must stay out of reach.
struct Yard {
    top: TempDir,
}

impl Yard {
    fn new() -> Yard {
        let top = TempDir::new().unwrap();
        fs::create_dir(top.path().join("extern")).unwrap();
        fs::create_dir(top.path().join("extern2")).unwrap();
        fs::write(top.path().join("extern2/secret"), "secret").unwrap();
        fs::write(top.path().join("secret"), "secret").unwrap();
        Yard { top }
    }

    fn path(&self, below: &str) -> PathBuf {
        self.top.path().join(below)
    }

    fn settings(&self) -> Settings {
        Settings::new(Some(self.path("extern")))
    }

    fn open(&self, url: &str) -> Arc<dyn Store> {
        Location::parse(url)
            .unwrap()
            .open(&self.settings())
            .unwrap()
    }
}

/// All files below `directory`, relative.
fn files(directory: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut waiting = vec![directory.to_owned()];
    while let Some(next) = waiting.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                found.push(path.strip_prefix(directory).unwrap().display().to_string());
            }
        }
    }
    found.sort();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn nodelocal_conforms_and_leaves_no_unfinished_files() {
    let yard = Yard::new();
    conformance::check(yard.open("nodelocal:///base/of/it")).await;
    let left: Vec<String> = files(&yard.path("extern"))
        .into_iter()
        .filter(|name| name.contains(".partial-"))
        .collect();
    assert_eq!(left, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_and_a_faulty_store_without_faults_conform() {
    conformance::check(Arc::new(Memory::new())).await;
    conformance::check(Arc::new(Faulty::new(
        Arc::new(Memory::new()),
        0,
        Fault::Before,
    )))
    .await;
}

#[tokio::test]
async fn the_directory_is_made_when_it_is_first_written_to() {
    let yard = Yard::new();
    let settings = Settings::new(Some(yard.path("new/extern")));
    let store = Location::parse("nodelocal:///w13")
        .unwrap()
        .open(&settings)
        .unwrap();
    assert_eq!(
        store.get("a", 0..1).await.unwrap_err().kind(),
        Kind::NotFound
    );
    assert_eq!(store.size("a").await.unwrap(), None);
    assert!(!yard.path("new").exists(), "reading makes nothing");
    assert_eq!(
        store
            .put_if_absent("a", Bytes::from_static(b"x"))
            .await
            .unwrap(),
        Put::Created
    );
    assert_eq!(fs::read(yard.path("new/extern/w13/a")).unwrap(), b"x");
}

#[tokio::test]
async fn the_directory_may_be_a_link_and_links_below_are_followed_while_they_stay() {
    let yard = Yard::new();
    fs::create_dir(yard.path("extern/real")).unwrap();
    symlink("real", yard.path("extern/alias")).unwrap();
    symlink("../extern/real", yard.path("extern/roundabout")).unwrap();
    symlink(yard.path("extern"), yard.path("link")).unwrap();
    let settings = Settings::new(Some(yard.path("link")));
    let store = Location::parse("nodelocal:///alias")
        .unwrap()
        .open(&settings)
        .unwrap();
    assert_eq!(
        store
            .put_if_absent("a", Bytes::from_static(b"x"))
            .await
            .unwrap(),
        Put::Created
    );
    assert_eq!(fs::read(yard.path("extern/real/a")).unwrap(), b"x");
    // It comes back in the end, but it does leave: the directory beside is not ours to walk through.
    let store = Location::parse("nodelocal:///roundabout")
        .unwrap()
        .open(&settings)
        .unwrap();
    assert_eq!(
        store.get("a", 0..1).await.unwrap_err().kind(),
        Kind::Refused
    );
}

#[tokio::test]
async fn links_that_leave_are_refused_for_reading_and_writing() {
    let yard = Yard::new();
    symlink("../extern2", yard.path("extern/relative")).unwrap();
    symlink(yard.path("extern2"), yard.path("extern/absolute")).unwrap();
    symlink("/", yard.path("extern/root")).unwrap();
    fs::create_dir(yard.path("extern/files")).unwrap();
    symlink("../../secret", yard.path("extern/files/secret")).unwrap();
    symlink("../../planted", yard.path("extern/files/planted")).unwrap();
    for base in ["relative", "absolute", "root"] {
        let store = yard.open(&format!("nodelocal:///{base}"));
        assert_eq!(
            store.get("secret", 0..9).await.unwrap_err().kind(),
            Kind::Refused,
            "{base}"
        );
        assert_eq!(
            store.size("secret").await.unwrap_err().kind(),
            Kind::Refused,
            "{base}"
        );
        let put = store.put_if_absent("new", Bytes::from_static(b"x")).await;
        assert_eq!(put.unwrap_err().kind(), Kind::Refused, "{base}");
        let put = store
            .put_if_absent("deeper/new", Bytes::from_static(b"x"))
            .await;
        assert_eq!(put.unwrap_err().kind(), Kind::Refused, "{base}");
    }
    let store = yard.open("nodelocal:///files");
    assert_eq!(
        store.get("secret", 0..9).await.unwrap_err().kind(),
        Kind::Refused
    );
    // The name is taken, by a link: an object is never written through it.
    assert_eq!(
        store
            .put_if_absent("planted", Bytes::from_static(b"x"))
            .await
            .unwrap(),
        Put::AlreadyThere
    );
    assert!(!yard.path("planted").exists());
    assert_eq!(files(&yard.path("extern2")), ["secret"]);
}

// Both systems' calls on the way answer "exists", which must never be read as: the object is there.
#[tokio::test]
async fn a_broken_directory_is_an_error_and_not_an_object() {
    let yard = Yard::new();
    symlink("nowhere", yard.path("dangling")).unwrap();
    let settings = Settings::new(Some(yard.path("dangling")));
    let store = Location::parse("nodelocal:///base")
        .unwrap()
        .open(&settings)
        .unwrap();
    let error = store.put_if_absent("a", Bytes::new()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Io);
    fs::write(yard.path("extern/file"), "x").unwrap();
    symlink("nowhere", yard.path("extern/dangling")).unwrap();
    for base in ["file", "dangling"] {
        let store = yard.open(&format!("nodelocal:///{base}"));
        let error = store.put_if_absent("a", Bytes::new()).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Io, "{base}");
        let error = store.upload("deep/a").await.err().unwrap();
        assert_eq!(error.kind(), Kind::Io, "{base}");
    }
}

// Who finds its own object after a failed sync takes it for durable, so it must be.
#[tokio::test]
async fn what_is_there_already_is_synced_all_the_same() {
    let yard = Yard::new();
    fs::create_dir(yard.path("extern/base")).unwrap();
    fs::write(yard.path("extern/base/manifest.json"), "x").unwrap();
    let store = NodeLocal::new(yard.path("extern"), "base".to_owned(), String::new());
    let put = store.put_if_absent("manifest.json", Bytes::new()).await;
    assert_eq!(put.unwrap(), Put::AlreadyThere);
    assert!(store.has_synced("base"));
    assert_eq!(files(&yard.path("extern")), ["base/manifest.json"]);
}

#[tokio::test]
async fn what_is_not_a_file_is_not_an_object() {
    let yard = Yard::new();
    fs::create_dir_all(yard.path("extern/base/directory")).unwrap();
    let store = yard.open("nodelocal:///base");
    assert_eq!(
        store.get("directory", 0..1).await.unwrap_err().kind(),
        Kind::Io
    );
    assert_eq!(store.size("directory").await.unwrap_err().kind(), Kind::Io);
    assert_eq!(
        store
            .put_if_absent("directory", Bytes::new())
            .await
            .unwrap(),
        Put::AlreadyThere
    );
}

#[tokio::test]
async fn a_disabled_directory_refuses_to_open() {
    let location = Location::parse("nodelocal:///w13").unwrap();
    let error = location.open(&Settings::new(None)).unwrap_err();
    assert_eq!(error.kind(), Kind::Refused);
    assert!(
        error.to_string().contains("local file access is disabled"),
        "{error}"
    );
}

#[tokio::test]
async fn faults_strike_at_the_call_they_were_ordered_for() {
    let memory = Memory::new();
    let store = Faulty::new(Arc::new(memory.clone()), 2, Fault::After);
    assert_eq!(
        store.put_if_absent("a", Bytes::new()).await.unwrap(),
        Put::Created
    );
    store.put_if_absent("b", Bytes::new()).await.unwrap_err();
    assert!(store.struck());
    assert_eq!(memory.names(), ["a", "b"], "the lost answer was a success");
    assert_eq!(
        store.put_if_absent("c", Bytes::new()).await.unwrap(),
        Put::Created
    );
    assert_eq!(store.calls(), 3);
}
