//! Every object of a backup, damaged in every way: named by who proves the backup, and by who restores what it holds, and nothing is
//! published. What a restore does not need does not stop it.

use std::sync::Arc;

use cairn_archive::Manifest;
use cairn_blob::testing::memory::Memory;
use cairn_restore::Proved;

use crate::tables::{accounts, some_accounts};
use crate::world::World;

const RESTORE: &str = "RESTORE DATABASE bank FROM 'nodelocal:///x' WITH new_db_name = 'again'";

async fn backed_up() -> (World, Memory) {
    let world = World::memory().await;
    let database = world.database("bank").await;
    for (name, rows) in [("accounts", 200), ("sisters", 201)] {
        let mut table = accounts(database.id);
        table.name = name.into();
        let table = world.table(&table).await;
        world.insert(&table, &some_accounts(rows)).await;
    }
    let store = Memory::new();
    world
        .backup_to(
            Arc::new(store.clone()),
            "BACKUP DATABASE bank TO 'nodelocal:///x'",
        )
        .await
        .unwrap();
    (world, store)
}

async fn is_named(world: &World, store: Memory, object: &str, how: &str) {
    let error = world
        .restore_from(Arc::new(store.clone()), RESTORE)
        .await
        .expect_err(how);
    let message = error.to_string();
    assert!(
        message.contains(object),
        "{how} of {object} gave: {message}"
    );
    assert!(world.view().await.database("again").is_none());
    world.assert_clean().await;
}

/// Damage to what the restore needs is named; without the rest, the lock and the users, it brings back everything it was asked for.
async fn is_named_if_needed(world: &World, store: Memory, object: &str, how: &str) {
    if !object.starts_with("lock-") && !object.starts_with("system/") {
        return is_named(world, store, object, how).await;
    }
    let restored = world.restore_from(Arc::new(store), RESTORE).await;
    restored.unwrap_or_else(|error| panic!("{how} of {object} gave: {error}"));
    for (name, rows) in [("accounts", 200), ("sisters", 201)] {
        let table = world.find("again", name).await.unwrap();
        assert_eq!(world.rows(&table).await.len(), rows);
    }
    world.drop_for_good("again").await;
}

/// What SHOW BACKUP … WITH check_files says.
async fn checked(world: &World, store: Memory) -> Result<cairn_restore::Checked, String> {
    let checked = cairn_restore::check(&world.restore, vec![Arc::new(store)]).await;
    world.assert_clean().await;
    checked.map_err(|error| error.to_string())
}

#[tokio::test]
async fn flipped_cut_grown_removed() {
    let (world, store) = backed_up().await;
    let names = store.names();
    assert!(names.len() >= 5, "{names:?}");
    for name in &names {
        let bytes = store.object(name).unwrap();
        for at in [0, bytes.len() / 2, bytes.len() - 1] {
            let mut flipped = bytes.to_vec();
            flipped[at] ^= 0x10;
            let damaged = store.copy();
            damaged.replace(name, flipped);
            let found = checked(&world, damaged.clone()).await.err().unwrap();
            assert!(found.contains(name), "flip at {at} of {name}: {found}");
            is_named_if_needed(&world, damaged, name, &format!("flip at {at}")).await;
        }
        for length in [0, bytes.len() / 2, bytes.len() - 1] {
            let damaged = store.copy();
            damaged.replace(name, bytes.slice(..length));
            is_named_if_needed(&world, damaged, name, &format!("cut to {length}")).await;
        }
        let grown = store.copy();
        grown.replace(name, [&bytes[..], b" "].concat());
        is_named_if_needed(&world, grown, name, "growth").await;
        let damaged = store.copy();
        damaged.remove(name);
        let found = checked(&world, damaged.clone()).await.err().unwrap();
        assert!(found.contains(name), "removal of {name}: {found}");
        is_named_if_needed(&world, damaged, name, "removal").await;
    }
    // All of it at once.
    let damaged = store.copy();
    let files: Vec<&String> = names
        .iter()
        .filter(|name| name.ends_with("parquet"))
        .collect();
    for name in &files {
        damaged.remove(name);
    }
    let found = checked(&world, damaged).await.err().unwrap();
    assert!(files.iter().all(|name| found.contains(*name)), "{found}");
    let sound = checked(&world, store.clone()).await.unwrap();
    assert!(
        sound.proved[0]
            .values()
            .all(|proved| *proved == Proved::Fingerprint)
    );
    world.restore_from(Arc::new(store), RESTORE).await.unwrap();
}

/// Two files that are both whole, each in the other's place.
#[tokio::test]
async fn swapped_with_a_sister() {
    let (world, store) = backed_up().await;
    let files: Vec<String> = store
        .names()
        .into_iter()
        .filter(|name| name.starts_with("data/"))
        .collect();
    assert!(files.len() > 3);
    for (position, first) in files.iter().enumerate() {
        for second in files.iter().skip(position + 1) {
            let damaged = store.copy();
            damaged.replace(first, store.object(second).unwrap());
            damaged.replace(second, store.object(first).unwrap());
            let outcome = world.restore_from(Arc::new(damaged), RESTORE).await;
            let error = outcome.unwrap_err().to_string();
            assert!(
                error.contains(first.as_str()) || error.contains(second.as_str()),
                "{error}"
            );
        }
    }
    world.assert_clean().await;
}

/// A manifest that promises more index entries than its rows give.
#[tokio::test]
async fn index_entries_are_compared_with_the_manifest() {
    let (world, store) = backed_up().await;
    let mut manifest = Manifest::read(&store).await.unwrap();
    let table = manifest
        .tables
        .iter_mut()
        .find(|table| table.name == "sisters")
        .unwrap();
    assert!(table.index_entries > 0);
    table.index_entries += 1;
    store.remove("manifest.json");
    manifest.seal(&store).await.unwrap();
    is_named(&world, store, "the number of index entries", "one more").await;
}

/// What this Cairn does not know of a table stops the restore before it begins, and is not passed over.
#[tokio::test]
async fn what_is_not_understood_is_refused() {
    let (world, store) = backed_up().await;
    let manifest = Manifest::read(&store).await.unwrap();
    for (path, value) in [
        ("/format_version", serde_json::json!(99)),
        ("/columns/1/type", serde_json::json!("geometry")),
        ("/indexes/0/state", serde_json::json!("half")),
        ("/kind", serde_json::json!("materialized_view")),
    ] {
        let mut newer = manifest.clone();
        let table = newer
            .tables
            .iter_mut()
            .find(|table| table.name == "sisters")
            .unwrap();
        *table.descriptor.pointer_mut(path).expect(path) = value;
        let changed = store.copy();
        changed.remove("manifest.json");
        newer.seal(&changed).await.unwrap();
        let jobs = world.job_records().await.len();
        let error = world.restore_from(Arc::new(changed), RESTORE).await;
        let error = error.expect_err(path).to_string();
        assert!(
            error.contains("\"sisters\" in a way that this cairn does not understand"),
            "{error}"
        );
        assert_eq!(world.job_records().await.len(), jobs);
    }
}

/// A unique index over rows that are not unique: the restore says which index, and publishes nothing.
#[tokio::test]
async fn rows_that_break_a_unique_index() {
    let world = World::memory().await;
    let database = world.database("bank").await;
    let mut table = accounts(database.id);
    table.indexes.clear();
    let unique = vec![crate::tables::part(2, cairn_catalog::Direction::Ascending)];
    table
        .push_index("one_owner", true, unique, cairn_catalog::StepState::Public)
        .unwrap();
    let table = world.table(&table).await;
    world.insert(&table, &some_accounts(20)).await;
    let store = Memory::new();
    world
        .backup_to(
            Arc::new(store.clone()),
            "BACKUP DATABASE bank TO 'nodelocal:///x'",
        )
        .await
        .unwrap();
    is_named(&world, store, "one_owner", "duplicate").await;
}
