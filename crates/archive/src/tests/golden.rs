//! The golden backups: every later reader must read them. `tests/golden/v1` was made here, the later ones, chains, by the tests of
//! `cairn-restore`, which also restore them. Never change one.

use std::path::PathBuf;

use cairn_blob::{Location, Settings, Store};

use super::sample::{JOB, scratch};
use crate::{Depth, Manifest, cat, chain, verify};

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn open(version: &str) -> std::sync::Arc<dyn Store> {
    let settings = Settings::new(Some(directory()));
    Location::parse(&format!("nodelocal:///{version}"))
        .unwrap()
        .open(&settings)
        .unwrap()
}

#[tokio::test]
async fn version_1_is_read() {
    let store = open("v1");
    let manifest = Manifest::read(&*store).await.unwrap();
    assert_eq!((manifest.job, manifest.seal), (JOB, u64::MAX));
    let report = verify(&*store, Depth::Content, &scratch()).await.unwrap();
    assert!(report.is_sound(), "{report}");
    assert_eq!(report.rows, 273);
    let mut text = Vec::new();
    cat(&*store, "bank.accounts", &scratch(), &mut text)
        .await
        .unwrap();
    cat(&*store, "users", &scratch(), &mut text).await.unwrap();
    let expected = std::fs::read_to_string(directory().join("v1.csv")).unwrap();
    assert_eq!(String::from_utf8(text).unwrap(), expected);
}

#[tokio::test]
async fn version_2_is_read() {
    is_read("v2").await;
}

#[tokio::test]
async fn version_3_is_read() {
    is_read("v3").await;
    let manifest = Manifest::read(&*open("v3/outside")).await.unwrap();
    let outside: Vec<_> = manifest
        .outside
        .iter()
        .map(|object| (object.database.as_str(), object.name.as_str()))
        .collect();
    assert_eq!(outside, [("shop", "customers")]);
}

/// The chain is the same in all versions.
async fn is_read(version: &str) {
    let stores: Vec<_> = ["full", "inc", "history"]
        .map(|name| open(&format!("{version}/{name}")))
        .into();
    let layers = chain::read(stores.clone()).await.unwrap();
    chain::check(&layers).unwrap();
    let mut text = Vec::new();
    for (store, rows) in stores.iter().zip([8, 3, 3]) {
        let report = verify(&**store, Depth::Content, &scratch()).await.unwrap();
        assert!(report.is_sound(), "{report}");
        assert_eq!(report.rows, rows);
        let manifest = Manifest::read(&**store).await.unwrap();
        let table = manifest
            .tables
            .iter()
            .find(|table| table.id == 100)
            .unwrap();
        cat(&**store, &table.name, &scratch(), &mut text)
            .await
            .unwrap();
    }
    let expected = std::fs::read_to_string(directory().join("v2.csv")).unwrap();
    assert_eq!(String::from_utf8(text).unwrap(), expected);
}
