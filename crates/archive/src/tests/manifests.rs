//! Manifests: round trips, one form only, and refusal of what is not known.

use cairn_blob::testing::memory::Memory;
use serde_json::Value;

use super::sample::{
    END, IN_PARTS, WHOLE, backup, manifest, random_names, scratch, table, write_files,
};
use crate::cat::find;
use crate::envelope::{Form, wrap};
use crate::manifest::seal::Cut;
use crate::{
    ArchivedTable, BackupKind, Depth, Error, Instant, Kind, Listing, MANIFEST, Manifest, Sealed,
    Totals, verify,
};

#[tokio::test]
async fn a_manifest_comes_back_as_it_was() {
    for cut in [WHOLE, IN_PARTS] {
        let store = Memory::new();
        let written = backup(&store, cut).await;
        assert_eq!(Manifest::read(&store).await.unwrap(), written);
        let totals = Totals {
            rows: 271,
            index_entries: 12,
            system_records: 3,
            bytes: 273 * 80,
        };
        assert_eq!(written.totals(), totals);
    }
}

#[tokio::test]
async fn a_manifest_is_json_that_others_can_read() {
    let store = Memory::new();
    backup(&store, WHOLE).await;
    let bytes = store.object("manifest.json").unwrap();
    let json: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(json["format_version"], 3);
    assert_eq!(
        json["content"]["backup"]["window"]["end"]["version"],
        END.to_string()
    );
    assert_eq!(json["content"]["tables"]["inline"][0]["name"], "accounts");
    assert_eq!(json["content"]["files"]["inline"][0]["table"], 104);
}

#[tokio::test]
async fn another_jobs_backup_is_not_ours() {
    let store = Memory::new();
    let written = backup(&store, WHOLE).await;
    let before = store.object("manifest.json");
    let error = Manifest {
        job: 5,
        ..written.clone()
    }
    .seal(&store)
    .await
    .unwrap_err();
    assert!(matches!(&error, Error::InUse { .. }), "{error}");
    assert!(matches!(
        written.seal(&store).await.unwrap(),
        Sealed::Before(_)
    ));
    assert_eq!(
        store.object("manifest.json"),
        before,
        "a manifest is written once"
    );
}

/// Rewrites the content of a sound manifest, with a right checksum.
async fn with_content(change: impl FnOnce(&mut Value)) -> Memory {
    let store = Memory::new();
    backup(&store, WHOLE).await;
    let mut json: Value = serde_json::from_slice(&store.object("manifest.json").unwrap()).unwrap();
    change(&mut json["content"]);
    store.replace(
        "manifest.json",
        wrap(Form::Manifest, &json["content"].to_string()),
    );
    store
}

/// Files of one table that overlap, or come in another order, would be restored to other rows.
#[tokio::test]
async fn files_follow_each_other_in_key_order() {
    let unordered = with_content(|content| {
        content["files"]["inline"]
            .as_array_mut()
            .unwrap()
            .swap(0, 1);
    });
    let overlapping = with_content(|content| {
        let next = content["files"]["inline"][1]["file"]["first_key"].clone();
        content["files"]["inline"][0]["file"]["last_key"] = next;
    });
    for store in [unordered.await, overlapping.await] {
        let error = Manifest::read(&store).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Damaged, "{error}");
        assert!(
            error.to_string().contains("does not begin after"),
            "{error}"
        );
        let report = verify(&store, Depth::Presence, &scratch()).await.unwrap();
        let named = report
            .problems
            .iter()
            .map(|problem| problem.fault.to_string());
        let named: Vec<String> = named.collect();
        assert!(named[0].contains("does not begin after"), "{named:?}");
    }
}

/// What no reader would take is refused before it is a backup.
#[tokio::test]
async fn a_list_that_is_too_large_to_be_read_is_not_sealed() {
    let store = Memory::new();
    let manifest = write_files(&store, random_names).await.unwrap();
    let cut = Cut {
        list_bytes: 500,
        ..IN_PARTS
    };
    let error = manifest.seal_cut(&store, cut).await.unwrap_err();
    assert_eq!(error.kind(), Kind::TooLarge, "{error}");
    assert!(store.object("manifest.json").is_none());
}

#[tokio::test]
async fn what_a_reader_does_not_know_it_refuses() {
    for (what, path, value) in [
        ("field of the content", "", Value::from(1)),
        ("field of the backup", "/backup", Value::from(1)),
        ("field of a table", "/tables/inline/0", Value::from(1)),
        ("field of a file", "/files/inline/0/file", Value::from(1)),
        ("field of a window", "/backup/window", Value::Null),
    ] {
        let store =
            with_content(|content| content.pointer_mut(path).unwrap()["encryption"] = value).await;
        let error = Manifest::read(&store).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Unsupported, "{what}: {error}");
        assert!(
            error.to_string().contains("manifest.json"),
            "{what}: {error}"
        );
    }
    let store = with_content(|content| content["backup"]["kind"] = "differential".into()).await;
    assert_eq!(
        Manifest::read(&store).await.unwrap_err().kind(),
        Kind::Unsupported
    );
    let store = with_content(|content| content["backup"]["seal"] = "+1".into()).await;
    assert_eq!(
        Manifest::read(&store).await.unwrap_err().kind(),
        Kind::Unsupported
    );
}

#[tokio::test]
async fn a_newer_manifest_is_told_from_a_damaged_one() {
    let store = Memory::new();
    let body = "\"content\":{\"anything\":1}}\n";
    let checksum = blake3::hash(format!("cairn manifest 7\n{body}").as_bytes()).to_hex();
    let newer =
        format!("{{\"cairn\":\"manifest\",\"format_version\":7,\"blake3\":\"{checksum}\",\n{body}");
    store.replace("manifest.json", newer.clone());
    let error = Manifest::read(&store).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unsupported);
    assert!(error.to_string().contains("format version 7"), "{error}");
    store.replace(
        "manifest.json",
        newer.replace("format_version\":7", "format_version\":8"),
    );
    assert_eq!(
        Manifest::read(&store).await.unwrap_err().kind(),
        Kind::Damaged
    );
}

#[tokio::test]
async fn one_kind_of_object_is_never_taken_for_another() {
    let store = Memory::new();
    backup(&store, WHOLE).await;
    let content: Value = serde_json::from_slice(&store.object("manifest.json").unwrap()).unwrap();
    store.replace(
        "manifest.json",
        wrap(Form::Lock, &content["content"].to_string()),
    );
    assert_eq!(
        Manifest::read(&store).await.unwrap_err().kind(),
        Kind::Damaged
    );
}

#[tokio::test]
async fn a_manifest_that_contradicts_itself_is_neither_written_nor_read() {
    let store = Memory::new();
    let sound = backup(&store, WHOLE).await;
    type Change = fn(&mut Manifest);
    let changes: [(&str, Change); 10] = [
        ("a full with a start", |m| {
            m.window.start = Some(Instant {
                version: 1,
                unix_micros: 1,
            })
        }),
        ("an incremental without", |m| {
            m.kind = BackupKind::Incremental
        }),
        ("rows", |m| m.tables[0].rows += 1),
        ("bytes", |m| m.tables[0].bytes += 1),
        ("a table twice", |m| m.tables[1].id = m.tables[0].id),
        ("no such database", |m| m.tables[0].database = 7),
        ("a file twice", |m| {
            m.tables[1].files[0].path = m.tables[0].files[0].path.clone()
        }),
        ("a hash", |m| m.tables[0].files[0].blake3 = "xyz".to_owned()),
        ("a fingerprint", |m| {
            m.tables[0].fingerprint = Some("12".to_owned())
        }),
        ("a window", |m| m.tables[0].files[0].window.upto = END + 1),
    ];
    for (what, change) in changes {
        let mut wrong = sound.clone();
        change(&mut wrong);
        let fresh = Memory::new();
        let error = wrong.seal(&fresh).await.unwrap_err();
        assert!(
            matches!(error, Error::Inconsistent { .. }),
            "{what}: {error}"
        );
        assert_eq!(fresh.names(), Vec::<String>::new(), "{what}");
    }
    let store = with_content(|content| content["tables"]["inline"][0]["rows"] = 1.into()).await;
    let error = Manifest::read(&store).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Damaged);
}

#[tokio::test]
async fn hostile_sizes_are_refused_before_they_are_read() {
    let huge = serde_json::json!({"parts": [
        {"path": "parts/tables-1-a.json", "bytes": u64::MAX, "blake3": "0".repeat(64)},
        {"path": "parts/tables-2-a.json", "bytes": u64::MAX, "blake3": "0".repeat(64)},
    ]});
    let store = with_content(|content| content["tables"] = huge).await;
    assert_eq!(
        Manifest::read(&store).await.unwrap_err().kind(),
        Kind::TooLarge
    );
}

/// The manifest is damaged then, and not what somebody has asked for.
#[tokio::test]
async fn names_that_no_object_can_have_are_damage() {
    let parts = serde_json::json!({"parts": [
        {"path": "../other/x.json", "bytes": 10, "blake3": "0".repeat(64)},
    ]});
    let impossible = [
        with_content(|content| content["tables"] = parts).await,
        with_content(|content| content["backup"]["lock"]["path"] = "lock\u{7f}.json".into()).await,
        with_content(|content| content["files"]["inline"][0]["file"]["path"] = "data/".into())
            .await,
    ];
    for store in impossible {
        let error = Manifest::read(&store).await.unwrap_err();
        assert!(error.to_string().contains("invalid object name"), "{error}");
        assert_eq!(error.kind(), Kind::Damaged, "{error}");
        let report = verify(&store, Depth::Presence, &scratch()).await.unwrap();
        let named: Vec<&str> = report
            .problems
            .iter()
            .map(|it| it.object.as_str())
            .collect();
        assert_eq!(named, [MANIFEST], "{report}");
    }
}

#[test]
fn a_listing_names_every_table() {
    let listing = Listing(&manifest(vec![super::sample::table(
        104,
        100,
        "accounts",
        vec![],
        vec![],
    )]))
    .to_string();
    insta::assert_snapshot!(listing, @"
    backup   00000000-0000-0000-0000-0000000000b1 (full), by cairn 0.1.0
    cluster  00000000-0000-0000-0000-0000000000c1, job 900719925474099301
    as of    2025-11-22 18:40:00 UTC (version 1763836800000000)
    targets  DATABASE bank

    table          rows  bytes  files  file bytes  fingerprint
    bank.accounts     0      0      0           0  00112233445566778899aabbccddeeff
    ");
}

#[test]
fn a_name_means_the_table_that_has_it_last() {
    let at_end = |table: ArchivedTable| ArchivedTable {
        descriptor_revisions: Vec::new(),
        ..table
    };
    let manifest = manifest(vec![
        table(110, 100, "truncated", vec![], vec![]),
        at_end(table(111, 100, "truncated", vec![], vec![])),
        table(112, 100, "truncated", vec![], vec![]),
        table(113, 100, "dropped", vec![], vec![]),
        table(114, 100, "dropped", vec![], vec![]),
        table(115, 100, "users", vec![], vec![]),
        table(11, 1, "users", vec![], vec![]),
    ]);
    let store = Memory::new();
    let id = |name| find(&store, &manifest, name).map(|table| table.id);
    assert_eq!(id("truncated").unwrap(), 111);
    assert_eq!(id("bank.truncated").unwrap(), 111);
    assert_eq!(id("dropped").unwrap(), 114);
    assert_eq!(id("bank.users").unwrap(), 115);
    let error = id("users").unwrap_err();
    assert!(
        matches!(&error, Error::SeveralTables { present, .. } if present == "bank.users, system.users")
    );
    assert!(matches!(id("nothing").unwrap_err(), Error::NoTable { .. }));
}
