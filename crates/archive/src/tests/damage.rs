//! Every object of a backup, damaged in every way we could think of, is named by `verify` and by whoever opens it.

use cairn_blob::Store;
use cairn_blob::testing::memory::Memory;

use super::sample::{IN_PARTS, WHOLE, backup, fixed_names, scratch, write_files};
use crate::manifest::seal::Cut;
use crate::{
    DataFile, Depth, Error, Fault, KeyColumn, Kind, Manifest, Report, Result, cat, open_verified,
    verify,
};

/// Reads a backup as RESTORE does.
async fn restore(store: &dyn Store) -> Result<u64> {
    let manifest = Manifest::read(store).await?;
    let mut rows = 0;
    for table in &manifest.tables {
        for file in &table.files {
            rows += read(store, file, &table.primary_key).await?;
        }
    }
    Ok(rows)
}

async fn read(store: &dyn Store, file: &DataFile, key: &[KeyColumn]) -> Result<u64> {
    let mut reader = open_verified(store, file, key, &scratch()).await?;
    let mut rows = 0;
    while let Some(batch) = reader.next().await? {
        rows += batch.num_rows() as u64;
    }
    Ok(rows)
}

/// Asserts that the damage to `name` is named, by both ways in, and nothing else is. The lock is no obstacle to who reads the rows.
async fn must_name(store: &Memory, name: &str, what: &str) -> Report {
    match restore(store).await {
        Ok(273) if name == "lock-1.json" => {}
        Err(Error::Damaged { object, .. }) => {
            assert_eq!(object, name, "{what}: restore names another")
        }
        Err(Error::NoBackup { .. }) if name == "manifest.json" => {}
        Err(other) => panic!("{what} {name}: {other}"),
        Ok(rows) => panic!("{what} {name}: restored {rows} rows"),
    }
    let report = verify(store, Depth::Content, &scratch()).await;
    let report = match report {
        Err(Error::NoBackup { .. }) if name == "manifest.json" => {
            return Report {
                location: String::new(),
                objects: 0,
                bytes: 0,
                rows: 0,
                problems: vec![],
            };
        }
        report => report.unwrap(),
    };
    assert!(!report.is_sound(), "{what} {name}");
    assert!(
        report.problems.iter().any(|problem| problem.object == name),
        "{what} {name}: {report}"
    );
    assert!(report.to_string().contains(name), "{what}: {report}");
    report
}

async fn damage_everything(cut: Cut) {
    let sound = Memory::new();
    backup(&sound, cut).await;
    assert_eq!(restore(&sound).await.unwrap(), 273);
    let report = verify(&sound, Depth::Content, &scratch()).await.unwrap();
    assert!(report.is_sound(), "{report}");
    assert_eq!(
        (report.objects, report.rows),
        (sound.names().len() as u64, 273)
    );
    for name in sound.names() {
        let bytes = sound.object(&name).unwrap();
        for at in [0, bytes.len() / 2, bytes.len() - 1] {
            for bit in [0x01, 0x80] {
                let store = sound.copy();
                let mut flipped = bytes.to_vec();
                flipped[at] ^= bit;
                store.replace(&name, flipped);
                must_name(&store, &name, &format!("flipped at {at}")).await;
            }
        }
        for length in [0, 1, bytes.len() / 2, bytes.len() - 1] {
            let store = sound.copy();
            store.replace(&name, bytes.slice(..length));
            must_name(&store, &name, &format!("cut to {length}")).await;
        }
        let store = sound.copy();
        store.replace(&name, [&bytes[..], b"\n"].concat());
        must_name(&store, &name, "lengthened").await;
        let store = sound.copy();
        store.remove(&name);
        must_name(&store, &name, "removed").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_is_named() {
    damage_everything(WHOLE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_is_named_in_a_manifest_in_parts() {
    damage_everything(IN_PARTS).await;
}

/// Whoever makes a file makes its checksum too: what it says is then all that can be wrong with it, and Parquet's reader panics on
/// some of that.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_right_checksum_stands_on_is_named_all_the_same() {
    let store = Memory::new();
    let mut manifest = write_files(&store, fixed_names).await.unwrap();
    let users = manifest.tables.last_mut().unwrap();
    let file = users.files.first_mut().unwrap();
    let sound = store.object(&file.path).unwrap();
    let mut panics = None;
    for at in 0..sound.len() {
        for bit in [0x01, 0x10, 0x80] {
            let mut crafted = sound.to_vec();
            crafted[at] ^= bit;
            file.blake3 = blake3::hash(&crafted).to_hex().to_string();
            store.replace(&file.path, crafted.clone());
            match read(&store, file, &users.primary_key).await {
                Ok(_) => {}
                Err(Error::Damaged { object, fault, .. }) => {
                    assert_eq!(object, file.path, "{at}: {fault}");
                    if fault.to_string().contains("panics") {
                        panics = Some(crafted);
                    }
                }
                Err(other) => panic!("{at}: {other}"),
            }
        }
    }
    let crafted = panics.expect("something that the reader panics on");
    file.blake3 = blake3::hash(&crafted).to_hex().to_string();
    store.replace(&file.path, crafted);
    let path = file.path.clone();
    manifest.seal_cut(&store, WHOLE).await.unwrap();
    must_name(&store, &path, "crafted").await;
    let shown = cat(&store, "system.users", &scratch(), &mut Vec::new()).await;
    assert!(
        matches!(&shown, Err(Error::Damaged { object, .. }) if *object == path),
        "{shown:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn swapped_objects_are_named_with_each_other() {
    let sound = Memory::new();
    let manifest = backup(&sound, IN_PARTS).await;
    let names = sound.names();
    for (at, one) in names.iter().enumerate() {
        for other in names.iter().skip(at + 1) {
            let store = sound.copy();
            store.replace(one, sound.object(other).unwrap());
            store.replace(other, sound.object(one).unwrap());
            let what = format!("swapped {one} and {other}");
            assert!(restore(&store).await.is_err(), "{what}");
            let report = verify(&store, Depth::Content, &scratch()).await.unwrap();
            assert!(!report.is_sound(), "{what}");
            if one == "manifest.json" || other == "manifest.json" {
                assert_eq!(report.problems[0].object, "manifest.json", "{what}");
                continue;
            }
            // With a part of the manifest gone, the objects that it names may be unknown.
            let parts = one.starts_with("parts/") || other.starts_with("parts/");
            for (object, with) in [(one, other), (other, one)] {
                let problem = report
                    .problems
                    .iter()
                    .find(|problem| problem.object == *object);
                assert!(parts || problem.is_some(), "{what}: {report}");
                if !parts {
                    assert_eq!(
                        problem.unwrap().fault,
                        Fault::Swapped { with: with.clone() },
                        "{what}"
                    );
                }
            }
        }
    }
    assert!(manifest.tables.len() > 3);
}

#[tokio::test]
async fn one_report_names_all_damage() {
    let store = Memory::new();
    let manifest = backup(&store, WHOLE).await;
    let files: Vec<String> = manifest
        .tables
        .iter()
        .flat_map(|table| &table.files)
        .map(|file| file.path.clone())
        .collect();
    for file in &files {
        store.remove(file);
    }
    store.replace("lock-1.json", "{}");
    let report = verify(&store, Depth::Presence, &scratch()).await.unwrap();
    assert_eq!(report.problems.len(), files.len() + 1, "{report}");
    assert!(
        report.to_string().contains("(bank.accounts): missing"),
        "{report}"
    );
}

#[tokio::test]
async fn presence_sees_lengths_but_not_contents() {
    let store = Memory::new();
    let manifest = backup(&store, WHOLE).await;
    let file = &manifest.tables[0].files[0];
    let mut bytes = store.object(&file.path).unwrap().to_vec();
    bytes[100] ^= 1;
    store.replace(&file.path, bytes.clone());
    assert!(
        verify(&store, Depth::Presence, &scratch())
            .await
            .unwrap()
            .is_sound()
    );
    bytes.pop();
    store.replace(&file.path, bytes);
    assert!(
        !verify(&store, Depth::Presence, &scratch())
            .await
            .unwrap()
            .is_sound()
    );
}

#[tokio::test]
async fn no_backup_is_not_damage() {
    let store = Memory::new();
    let error = verify(&store, Depth::Content, &scratch())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), Kind::NotFound);
    assert!(
        error.to_string().contains("does not contain a backup"),
        "{error}"
    );
}
