//! What comes back is what was there: rows, indexes, counts.

use cairn_archive::Manifest;
use cairn_blob::{Location, Settings};
use cairn_catalog::{Direction, StepState};
use cairn_jobs::Status;
use cairn_rows::Datum;
use cairn_storage::Read;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::tables::{accounts, any_table, column, part, some_accounts};
use crate::world::World;

async fn bank(world: &World, rows: i64) {
    let database = world.database("bank").await;
    let table = world.table(&accounts(database.id)).await;
    world.insert(&table, &some_accounts(rows)).await;
}

async fn whole_database(world: World) {
    bank(&world, 5_000).await;
    let before = world.find("bank", "accounts").await.unwrap();
    let made = world
        .backup("BACKUP DATABASE bank TO 'nodelocal:///full'")
        .await
        .unwrap();
    assert_eq!(
        (made.rows, made.index_entries, made.system_records),
        (5_000, 10_000, 1)
    );
    let back = world
        .restore("RESTORE DATABASE bank FROM 'nodelocal:///full' WITH new_db_name = 'again'")
        .await
        .unwrap();
    assert_eq!(back, made);
    let after = world.find("again", "accounts").await.unwrap();
    assert_ne!(after.id, before.id);
    assert_eq!(after.columns, before.columns);
    assert_eq!(world.rows(&after).await, world.rows(&before).await);
    assert_eq!(world.entries(&after).await, world.entries(&before).await);
    world.assert_clean().await;
}

#[tokio::test]
async fn a_database_on_memory() {
    whole_database(World::memory().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_on_lsm() {
    whole_database(World::lsm().await).await;
}

/// Tables of every shape, with rows of every type: a case is a backup and a restore of three.
#[test]
fn tables_of_any_shape() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let world = runtime.block_on(World::memory());
    let config = Config {
        cases: 48,
        ..Config::default()
    };
    let mut runner = TestRunner::new(config);
    let number = std::cell::Cell::new(0);
    let result = runner.run(&proptest::collection::vec(any_table(), 3), |tables| {
        number.set(number.get() + 1);
        runtime.block_on(any_shape(&world, number.get(), tables))
    });
    result.unwrap();
}

async fn any_shape(
    world: &World,
    number: u32,
    tables: Vec<crate::tables::AnyTable>,
) -> Result<(), TestCaseError> {
    let database = world.database(&format!("db{number}")).await;
    let mut expected = Vec::new();
    for (position, any) in (0..).zip(tables) {
        let mut table = any.table.clone();
        table.database = database.id;
        table.name = format!("t{position}");
        let table = world.table(&table).await;
        world.insert(&table, &any.rows).await;
        expected.push((table, any.rows.len() as u64));
    }
    let place = format!("'nodelocal:///any/{number}'");
    let made = world
        .backup(&format!("BACKUP DATABASE db{number} TO {place}"))
        .await
        .unwrap();
    let back = world
        .restore(&format!(
            "RESTORE DATABASE db{number} FROM {place} WITH new_db_name = 'r{number}'"
        ))
        .await
        .unwrap();
    prop_assert_eq!(back, made);
    prop_assert_eq!(
        made.rows,
        expected.iter().map(|(_, rows)| rows).sum::<u64>()
    );
    for (before, rows) in expected {
        let after = world
            .find(&format!("r{number}"), &before.name)
            .await
            .unwrap();
        let found = world.rows(&after).await;
        prop_assert_eq!(found.len() as u64, rows);
        prop_assert_eq!(
            format!("{found:?}"),
            format!("{:?}", world.rows(&before).await)
        );
        prop_assert_eq!(world.entries(&after).await, world.entries(&before).await);
    }
    Ok(())
}

/// A table list brings single tables, into their own database or another; the rest stays away.
#[tokio::test]
async fn single_tables_into_another_database() {
    let world = World::memory().await;
    bank(&world, 10).await;
    let database = world.view().await.database("bank").unwrap().id;
    let columns = vec![column(1, "k", cairn_catalog::ColumnType::Int8)];
    let other = cairn_catalog::TableDescriptor::new(
        database,
        "empty",
        columns,
        vec![part(1, Direction::Descending)],
    );
    world.table(&other).await;
    world
        .backup("BACKUP bank.* TO 'nodelocal:///all'")
        .await
        .unwrap();
    world.database("inspect").await;
    let back = world
        .restore("RESTORE bank.accounts FROM 'nodelocal:///all' WITH into_db = 'inspect'")
        .await
        .unwrap();
    assert_eq!(
        (back.rows, back.index_entries, back.system_records),
        (10, 20, 1)
    );
    assert!(world.find("inspect", "empty").await.is_none());
    let back = world
        .restore("RESTORE bank.empty FROM 'nodelocal:///all' WITH into_db = 'inspect'")
        .await
        .unwrap();
    assert_eq!(back.rows, 0);
    assert_eq!(
        world
            .rows(&world.find("inspect", "empty").await.unwrap())
            .await,
        Vec::<Vec<Datum>>::new()
    );
}

/// Every backup carries the users, and they come back when named.
#[tokio::test]
async fn users_are_always_carried() {
    let world = World::memory().await;
    bank(&world, 1).await;
    world
        .backup("BACKUP bank.accounts TO 'nodelocal:///one'")
        .await
        .unwrap();
    world.database("newdb").await;
    let back = world
        .restore("RESTORE system.users FROM 'nodelocal:///one' WITH into_db = 'newdb'")
        .await
        .unwrap();
    assert_eq!((back.rows, back.system_records), (1, 1));
    let users = world.find("newdb", "users").await.unwrap();
    assert_eq!(world.rows(&users).await[0][0], Datum::String("root".into()));
    let explicit = world
        .backup("BACKUP system.users TO 'nodelocal:///users'")
        .await
        .unwrap();
    assert_eq!((explicit.rows, explicit.system_records), (0, 1));
}

/// What a backup says of itself.
#[tokio::test]
async fn the_manifest_and_show_backup_agree() {
    let world = World::memory().await;
    bank(&world, 100).await;
    let made = world
        .backup("BACKUP DATABASE bank TO 'nodelocal:///w'")
        .await
        .unwrap();
    let settings = Settings::new(Some(world.folder.path().join("extern")));
    let store = Location::parse("nodelocal:///w")
        .unwrap()
        .open(&settings)
        .unwrap();
    let manifest = cairn_archive::Manifest::read(store.as_ref()).await.unwrap();
    let shown = cairn_backup::show::tables(&manifest);
    let names: Vec<_> = shown
        .iter()
        .map(|row| (row.database.as_str(), row.table.as_str(), row.rows))
        .collect();
    assert_eq!(names, [("bank", "accounts", 100), ("system", "users", 1)]);
    assert_eq!(
        shown.iter().map(|row| row.size_bytes).sum::<u64>(),
        made.bytes
    );
    assert!(shown.iter().all(|row| {
        row.start_time.is_none()
            && row
                .fingerprint
                .as_ref()
                .is_some_and(|text| text.len() == 32)
    }));
    let manifest = Manifest::read(store.as_ref()).await.unwrap();
    assert_eq!(manifest.targets, ["DATABASE bank"]);
    assert_eq!(manifest.complete_databases.len(), 1);
    let job = &world.job_records().await[0];
    assert_eq!(
        (job.id.0, job.status, job.fraction),
        (manifest.job, Status::Succeeded, 1.0)
    );
    assert_eq!(job.result, Some(made));
}

/// The backup of an instant holds that instant, whatever came later.
#[tokio::test]
async fn as_of_an_earlier_instant() {
    let world = World::memory().await;
    bank(&world, 10).await;
    let then = world.now().await;
    let table = world.find("bank", "accounts").await.unwrap();
    let expected = world.rows(&table).await;
    world.insert(&table, &some_accounts(50)).await;
    world
        .commit(async |txn| {
            cairn_catalog::drop_relations(txn, &[table.id].into())
                .await
                .unwrap()
        })
        .await;
    world
        .backup_at("BACKUP bank.accounts TO 'nodelocal:///then'", then.at())
        .await
        .unwrap();
    assert!(
        world
            .backup("BACKUP bank.accounts TO 'nodelocal:///now'")
            .await
            .is_err()
    );
    world
        .restore("RESTORE bank.accounts FROM 'nodelocal:///then'")
        .await
        .unwrap();
    assert_eq!(
        world
            .rows(&world.find("bank", "accounts").await.unwrap())
            .await,
        expected
    );
}

/// Rows written before a column was added read as its missing value, then and after a restore.
#[tokio::test]
async fn missing_values_come_back_as_values() {
    let world = World::memory().await;
    bank(&world, 3).await;
    let mut table = world.find("bank", "accounts").await.unwrap();
    let mut added = column(4, "note", cairn_catalog::ColumnType::String { max: None });
    added.missing_value = Some("none yet".into());
    table.columns.push(added);
    table.next_column = cairn_catalog::ColumnId(5);
    world
        .commit(async |txn| cairn_catalog::put_table(txn, &table).await.unwrap())
        .await;
    let made = world
        .backup("BACKUP DATABASE bank TO 'nodelocal:///m'")
        .await
        .unwrap();
    let back = world
        .restore("RESTORE DATABASE bank FROM 'nodelocal:///m' WITH new_db_name = 'again'")
        .await
        .unwrap();
    assert_eq!(back, made);
    let rows = world
        .rows(&world.find("again", "accounts").await.unwrap())
        .await;
    assert!(
        rows.iter()
            .all(|row| row[3] == Datum::String("none yet".into()))
    );
}

/// A table of many pieces: files in order, loaded side by side, one table again. An index with more
/// entries than a run holds is merged.
async fn many_pieces(world: World) {
    bank(&world, 20_000).await;
    let before = world.find("bank", "accounts").await.unwrap();
    let store = cairn_blob::testing::memory::Memory::new();
    let statement = "BACKUP DATABASE bank TO 'nodelocal:///x'";
    let made = world
        .backup_to(std::sync::Arc::new(store.clone()), statement)
        .await
        .unwrap();
    let manifest = Manifest::read(&store).await.unwrap();
    let files = &manifest.tables[0].files;
    assert!(files.len() > 5, "{} files", files.len());
    assert!(
        files
            .windows(2)
            .all(|pair| pair[0].last_key < pair[1].first_key)
    );
    let statement = "RESTORE DATABASE bank FROM 'nodelocal:///x' WITH new_db_name = 'again'";
    let back = world
        .restore_from(std::sync::Arc::new(store), statement)
        .await
        .unwrap();
    assert_eq!(back, made);
    let after = world.find("again", "accounts").await.unwrap();
    assert_eq!(world.rows(&after).await, world.rows(&before).await);
    assert_eq!(world.entries(&after).await, world.entries(&before).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_pieces_on_memory() {
    many_pieces(World::memory().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_pieces_on_lsm() {
    many_pieces(World::lsm().await).await;
}

/// An index that is still being built is not in the backup.
#[tokio::test]
async fn only_public_indexes_are_carried() {
    let world = World::memory().await;
    bank(&world, 10).await;
    let mut table = world.find("bank", "accounts").await.unwrap();
    let columns = vec![part(3, Direction::Ascending)];
    table
        .push_index("half", false, columns, StepState::WriteOnly)
        .unwrap();
    world
        .commit(async |txn| cairn_catalog::put_table(txn, &table).await.unwrap())
        .await;
    let made = world
        .backup("BACKUP DATABASE bank TO 'nodelocal:///h'")
        .await
        .unwrap();
    assert_eq!(made.index_entries, 20);
    let restore = "RESTORE DATABASE bank FROM 'nodelocal:///h' WITH new_db_name = 'again'";
    assert_eq!(world.restore(restore).await.unwrap(), made);
    assert!(
        world
            .find("again", "accounts")
            .await
            .unwrap()
            .index_named("half")
            .is_none()
    );
}
