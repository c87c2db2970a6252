//! The golden backup of format version 1: every later reader must read it. It lies in `tests/golden/v1`.
//!
//! To write a golden backup of a new version: `CAIRN_WRITE_GOLDEN=1 cargo test -p cairn-archive golden`. Never change an old one.

use std::path::PathBuf;

use cairn_blob::{Location, Settings, Store};

use super::sample::{JOB, WHOLE, fixed_names, scratch, write_files};
use crate::{Depth, Manifest, cat, verify};

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
    if std::env::var_os("CAIRN_WRITE_GOLDEN").is_some() {
        write_files(&*store, fixed_names)
            .await
            .unwrap()
            .seal_cut(&*store, WHOLE)
            .await
            .unwrap();
    }
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
    let expected = std::fs::read_to_string(directory().join("v1.csv")).unwrap_or_default();
    if std::env::var_os("CAIRN_WRITE_GOLDEN").is_some() {
        std::fs::write(directory().join("v1.csv"), &text).unwrap();
    } else {
        assert_eq!(String::from_utf8(text).unwrap(), expected);
    }
}
