//! Incrementals and histories: their cost, their size, and what must be refused.

use std::collections::BTreeSet;
use std::sync::Arc;

use cairn_archive::Manifest;
use cairn_backup::ErrorKind;
use cairn_blob::Store;
use cairn_blob::testing::memory::Memory as Objects;
use cairn_catalog::{
    CATALOG, ColumnType, Direction, TableDescriptor, drop_relations, rename_table,
};
use cairn_restore::Proved;
use cairn_rows::{Datum, TableCodec};
use cairn_storage::clock::Clock;
use cairn_storage::{Read, Version, floor};

use crate::tables::{account, accounts, column, part, some_accounts};
use crate::world::{SMALL_PIECE, World, files_below};

async fn bank(world: World, rows: i64) -> (World, TableDescriptor) {
    let database = world.database("bank").await;
    let table = world.table(&accounts(database.id)).await;
    world.insert(&table, &some_accounts(rows)).await;
    world
        .backup("BACKUP DATABASE bank TO 'nodelocal:///full'")
        .await
        .unwrap();
    (world, table)
}

/// One row of a large table: neither reads nor objects follow the table's size, be it loaded a moment before.
#[tokio::test(flavor = "multi_thread")]
async fn cost_follows_the_change() {
    // The clock stands still: the load and all backups are within one epoch.
    let (clock, _hand) = Clock::manual(1_790_000_000_000_000);
    let (world, table) = bank(World::lsm_by(clock).await, 100_000).await;
    let read_of_nothing = examined(&world, "nothing", "'nodelocal:///full'").await;
    world
        .insert(&table, &[account(50_000, "somebody", 1)])
        .await;
    let read_of_one = examined(&world, "one", "'nodelocal:///full', 'nodelocal:///nothing'").await;
    println!("keys examined: {read_of_nothing} for nothing, {read_of_one} for one row");
    assert!(read_of_one - read_of_nothing < 50);
    assert_eq!(
        files_below(&world.extern_dir("nothing")).len(),
        3,
        "manifest, lock, users"
    );
    assert_eq!(files_below(&world.extern_dir("one")).len(), 4);
}

/// How many keys a backup examines, beyond those of its job's own records.
async fn examined(world: &World, to: &str, from: &str) -> u64 {
    let before = world.engine.counters().keys_examined;
    let statement = format!("BACKUP DATABASE bank TO 'nodelocal:///{to}' INCREMENTAL FROM {from}");
    world.backup(&statement).await.unwrap();
    let read = world.engine.counters().keys_examined - before;
    assert!(read < 400, "{read} keys were examined");
    read
}

/// More layers than are merged at once.
#[tokio::test]
async fn a_hundred_layers() {
    let (world, table) = bank(World::memory().await, 200).await;
    let mut chain = "'nodelocal:///full'".to_owned();
    for layer in 0..100 {
        let id = layer % 37 + 1;
        world.insert(&table, &[account(id, "changed", layer)]).await;
        delete(&world, &table, 100 + layer % 50).await;
        let statement =
            format!("BACKUP DATABASE bank TO 'nodelocal:///{layer}' INCREMENTAL FROM {chain}");
        world.backup(&statement).await.unwrap();
        chain += &format!(", 'nodelocal:///{layer}'");
    }
    let statement = format!("RESTORE DATABASE bank FROM {chain} WITH new_db_name = 'again'");
    let back = world.restore(&statement).await.unwrap();
    let again = world.find("again", "accounts").await.unwrap();
    assert_eq!(world.rows(&again).await, world.rows(&table).await);
    assert_eq!((back.rows, back.index_entries), (150, 300));
    world.assert_clean().await;
}

async fn delete(world: &World, table: &TableDescriptor, id: i64) {
    let codec = TableCodec::new(table).unwrap();
    let (key, _) = codec.encode(&account(id, "", 0)).unwrap();
    world
        .commit(async |txn| txn.delete(key.clone()).unwrap())
        .await;
}

/// One row with so many revisions that they fill several files: each begins in the middle of the row's history.
#[tokio::test]
async fn the_history_of_one_row_in_many_files() {
    let world = World::memory().await;
    let database = world.database("bank").await;
    let columns = vec![
        column(1, "id", ColumnType::Int8),
        column(2, "text", ColumnType::Bytes),
    ];
    let key = vec![part(1, Direction::Ascending)];
    let table = world
        .table(&TableDescriptor::new(database.id, "large", columns, key))
        .await;
    let row = |id, number: u8| vec![Datum::Int8(id), Datum::Bytes(vec![number; 1 << 20])];
    let mut instants = Vec::new();
    for number in 0..70 {
        world
            .insert(
                &table,
                &[
                    row(2, number),
                    vec![Datum::Int8(1 + i64::from(number % 3)), Datum::Null],
                ],
            )
            .await;
        world.insert(&table, &[row(2, number)]).await;
        instants.push((number, world.now().await.at().version()));
    }
    let store: Arc<dyn Store> = Arc::new(Objects::new());
    let statement = "BACKUP DATABASE bank TO 'nodelocal:///x' WITH revision_history";
    world
        .backup_to(Arc::clone(&store), statement)
        .await
        .unwrap();
    let manifest = Manifest::read(store.as_ref()).await.unwrap();
    let files = &manifest
        .tables
        .iter()
        .find(|table| table.name == "large")
        .unwrap()
        .files;
    let inside = files
        .windows(2)
        .filter(|pair| pair[0].last_key == pair[1].first_key)
        .count();
    assert!(
        inside > 20,
        "only {inside} of {} files go on in the middle of a row",
        files.len()
    );
    for (number, at) in instants.iter().filter(|(number, _)| number % 9 == 0) {
        let name = format!("r{number}");
        let request = cairn_restore::Request {
            as_of: Some(*at),
            ..world.restore_request(&format!(
                "RESTORE DATABASE bank FROM 'nodelocal:///x' WITH new_db_name = '{name}'"
            ))
        };
        let running =
            cairn_restore::start_from(&world.restore, request, vec![Arc::clone(&store)]).await;
        running.unwrap().wait().await.unwrap();
        let back = world.rows(&world.find(&name, "large").await.unwrap()).await;
        let found = back
            .iter()
            .find(|found| found[0] == Datum::Int8(2))
            .unwrap();
        assert_eq!(*found, row(2, *number));
    }
}

/// The store was put back from an older copy: it does not know the future that it lost, and does not go on from it.
#[tokio::test]
async fn a_base_that_this_store_has_not_made() {
    let (world, _) = bank(World::memory().await, 3).await;
    let engine = Arc::new(cairn_storage::memory::Memory::default());
    let other = World::over(engine, Arc::clone(&world.folder)).await;
    let database = other.database("bank").await;
    other.table(&accounts(database.id)).await;
    let statement =
        "BACKUP DATABASE bank TO 'nodelocal:///inc' INCREMENTAL FROM 'nodelocal:///full'";
    let error = other.backup(statement).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Chain);
    assert!(
        error
            .to_string()
            .contains("this store has not made the previous backup nodelocal:///full"),
        "{error}"
    );
    assert_eq!(other.job_records().await, []);
}

#[tokio::test]
async fn a_base_of_another_cluster() {
    let (world, _) = bank(World::memory().await, 3).await;
    let context = cairn_backup::Context {
        engine: world.engine.clone(),
        catalog: world.catalog.clone(),
        jobs: world.jobs.clone(),
        settings: world.backup.settings.clone(),
        cluster: uuid::Uuid::from_u128(8),
        workers: 1,
    };
    let request = world.backup_request(
        "BACKUP DATABASE bank TO 'nodelocal:///x' INCREMENTAL FROM 'nodelocal:///full'",
    );
    let outcome = cairn_backup::start(&Arc::new(context), request).await;
    let error = outcome.err().unwrap().to_string();
    let cluster = uuid::Uuid::from_u128(7);
    let expected = format!("previous BACKUP \"nodelocal:///full\" belongs to cluster {cluster}");
    assert!(error.contains(&expected), "{error}");
}

/// What the base does not have was collected since: refused before there is a job, and a new full backup works.
#[tokio::test]
async fn a_base_that_ended_too_long_ago() {
    for only_the_table in [false, true] {
        let (world, table) = bank(World::memory().await, 3).await;
        world.insert(&table, &[account(9, "late", 1)]).await;
        let now = world.now().await.at().version();
        floor::raise(&world.engine, table.id, now).await.unwrap();
        if !only_the_table {
            floor::raise(&world.engine, CATALOG, now).await.unwrap();
        }
        let jobs = world.job_records().await.len();
        let statement =
            "BACKUP DATABASE bank TO 'nodelocal:///inc' INCREMENTAL FROM 'nodelocal:///full'";
        let error = world.backup(statement).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BaseCollected);
        assert!(
            error
                .to_string()
                .contains("must be after replica GC threshold"),
            "{error}"
        );
        assert_eq!(world.job_records().await.len(), jobs);
        world
            .backup("BACKUP DATABASE bank TO 'nodelocal:///again'")
            .await
            .unwrap();
        world.assert_clean().await;
    }
}

/// Another table had the listed name for a while. The layer before need not have that one, and it comes back from that time.
#[tokio::test]
async fn a_listed_name_that_another_table_had() {
    let (world, table) = bank(World::memory().await, 3).await;
    let list = "BACKUP TABLE bank.accounts TO 'nodelocal:///list'";
    world.backup(list).await.unwrap();
    let other = TableDescriptor {
        name: "books".into(),
        ..accounts(table.database)
    };
    let other = world.table(&other).await;
    world.insert(&other, &[account(7, "somebody", 1)]).await;
    let meanwhile = world.now().await;
    world
        .commit(async |txn| drop_relations(txn, &[other.id].into()).await.unwrap())
        .await;
    world
        .commit(async |txn| {
            rename_table(txn, table.id, table.database, "books")
                .await
                .unwrap();
        })
        .await;
    let next = "BACKUP TABLE bank.books TO 'nodelocal:///next' INCREMENTAL FROM 'nodelocal:///list' WITH revision_history";
    world.backup(next).await.unwrap();
    for database in ["late", "early"] {
        world.database(database).await;
    }
    let restore = |into| {
        format!(
            "RESTORE bank.books FROM 'nodelocal:///list', 'nodelocal:///next' WITH into_db = '{into}'"
        )
    };
    world.restore(&restore("late")).await.unwrap();
    let version = meanwhile.at().version();
    world.restore_at(&restore("early"), version).await.unwrap();
    let late = world.find("late", "books").await.unwrap();
    assert_eq!(world.rows(&late).await, world.rows(&table).await);
    let early = world.find("early", "books").await.unwrap();
    assert_eq!(
        world.rows(&early).await,
        world.rows_at(&other, &meanwhile).await
    );
}

/// A full history begins where collection has left it, and says so.
#[tokio::test]
async fn a_history_begins_at_the_floor() {
    let (world, table) = bank(World::memory().await, 3).await;
    let before = world.now().await.at().version();
    world.insert(&table, &[account(9, "late", 1)]).await;
    let floor = world.now().await.at().version();
    floor::raise(&world.engine, table.id, floor).await.unwrap();
    world.engine.collect(table.id, floor).await.unwrap();
    world.insert(&table, &[account(10, "later", 1)]).await;
    world
        .backup("BACKUP DATABASE bank TO 'nodelocal:///h' WITH revision_history")
        .await
        .unwrap();
    let statement = "RESTORE DATABASE bank FROM 'nodelocal:///h' WITH new_db_name = 'b2'";
    let error = world.restore_at(statement, before).await.unwrap_err();
    assert_eq!(error.kind(), cairn_restore::ErrorKind::Invalid);
    let message = error.to_string();
    let from = world.engine.timeline().decimal(floor);
    assert!(
        message.contains("only has revision history from") && message.contains(&from),
        "{message}"
    );
    assert!(message.contains("bank.accounts"), "{message}");
    world.restore_at(statement, floor).await.unwrap();
    let back = world.find("b2", "accounts").await.unwrap();
    assert_eq!(world.rows(&back).await.len(), 4);
}

/// Collection may go on between the look at where a history begins and the reading of it.
#[tokio::test]
async fn collection_goes_on_while_a_history_is_looked_up() {
    let (world, table) = bank(World::memory().await, 3).await;
    for yields in 0..100 {
        world
            .insert(&table, &[account(10 + yields, "new", 1)])
            .await;
        let (engine, now) = (world.engine.clone(), world.now().await.at().version());
        let collection = tokio::spawn(async move {
            for _ in 0..yields {
                tokio::task::yield_now().await;
            }
            floor::raise(&engine, CATALOG, now).await.unwrap();
        });
        let backup =
            format!("BACKUP DATABASE bank TO 'nodelocal:///h{yields}' WITH revision_history");
        world.backup(&backup).await.unwrap();
        collection.await.unwrap();
    }
}

/// A full backup in memory, an incremental and one with history; the instants in between.
async fn three_layers() -> (World, [Objects; 3], Version) {
    let world = World::memory().await;
    let database = world.database("bank").await;
    let table = world.table(&accounts(database.id)).await;
    world.insert(&table, &some_accounts(40)).await;
    let stores = [Objects::new(), Objects::new(), Objects::new()];
    let mut inside = Version::ZERO;
    for (layer, options) in ["", "", " WITH revision_history"].iter().enumerate() {
        let request = world.backup_request(&format!(
            "BACKUP DATABASE bank TO 'nodelocal:///{layer}'{options}"
        ));
        let bases: Vec<Arc<dyn Store>> = stores[..layer]
            .iter()
            .map(|store| Arc::new(store.clone()) as _)
            .collect();
        let to = Arc::new(stores[layer].clone());
        let running = cairn_backup::start_on(&world.backup, request, bases, to, SMALL_PIECE).await;
        running.unwrap().wait().await.unwrap();
        world
            .insert(
                &table,
                &[
                    account(layer as i64 + 1, "changed", 5),
                    account(100, "new", 7),
                ],
            )
            .await;
        inside = if layer == 1 {
            world.now().await.at().version()
        } else {
            inside
        };
        delete(&world, &table, 20 + layer as i64).await;
    }
    (world, stores, inside)
}

/// What SHOW BACKUP … WITH check_files says of a chain.
async fn check_layers(
    world: &World,
    stores: &[Objects],
) -> Result<cairn_restore::Checked, cairn_restore::Error> {
    let stores = stores.iter().map(|store| Arc::new(store.clone()) as _);
    cairn_restore::check(&world.restore, stores.collect()).await
}

async fn restore_layers(
    world: &World,
    stores: &[Objects],
    as_of: Option<Version>,
) -> Result<(), cairn_restore::Error> {
    let stores: Vec<Arc<dyn Store>> = stores
        .iter()
        .map(|store| Arc::new(store.clone()) as _)
        .collect();
    let request = cairn_restore::Request {
        as_of,
        ..world.restore_request(
            "RESTORE DATABASE bank FROM 'nodelocal:///x' WITH new_db_name = 'again'",
        )
    };
    cairn_restore::start_from(&world.restore, request, stores)
        .await?
        .wait()
        .await?;
    world.drop_for_good("again").await;
    Ok(())
}

/// Every object of every layer, damaged: named, and nothing is published. Locks and users are not needed for the tables.
#[tokio::test]
async fn damage_in_any_layer_is_named() {
    let (world, stores, _) = three_layers().await;
    restore_layers(&world, &stores, None).await.unwrap();
    for layer in 0..stores.len() {
        for name in stores[layer].names() {
            let mut bytes = stores[layer].object(&name).unwrap().to_vec();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x10;
            let mut damaged = stores.clone();
            damaged[layer] = stores[layer].copy();
            damaged[layer].replace(&name, bytes);
            let restored = restore_layers(&world, &damaged, None).await;
            match name.starts_with("lock-") || name.starts_with("system/") {
                true => restored.unwrap(),
                false => {
                    let error = restored.unwrap_err().to_string();
                    assert!(error.contains(&name), "layer {layer}, {name}: {error}");
                }
            }
            let found = check_layers(&world, &damaged)
                .await
                .err()
                .unwrap()
                .to_string();
            assert!(found.contains(&name), "layer {layer}, {name}: {found}");
            assert!(world.view().await.database("again").is_none());
        }
    }
    world.assert_clean().await;
}

/// A layer that says something else of its end than its rows give: a restore inside the history finds it in whichever layer it is,
/// and so does a check of the chain. An incremental alone has nothing to compare its end with.
#[tokio::test]
async fn the_ends_of_all_layers_are_proved_inside_a_history() {
    let (world, stores, inside) = three_layers().await;
    restore_layers(&world, &stores, Some(inside)).await.unwrap();
    let mut places = BTreeSet::new();
    for layer in 0..stores.len() {
        let mut manifest = Manifest::read(&stores[layer]).await.unwrap();
        let table = manifest
            .tables
            .iter_mut()
            .find(|table| table.name == "accounts")
            .unwrap();
        table.fingerprint = Some("0".repeat(32));
        let mut wrong = stores.clone();
        wrong[layer] = stores[layer].copy();
        wrong[layer].remove("manifest.json");
        manifest.seal(&wrong[layer]).await.unwrap();
        let error = restore_layers(&world, &wrong, Some(inside))
            .await
            .unwrap_err()
            .to_string();
        assert!(error.contains("the fingerprint should be 000"), "{error}");
        let found = check_layers(&world, &wrong)
            .await
            .err()
            .unwrap()
            .to_string();
        assert_eq!(
            found.replace("bank", "again"),
            error.replace("bank", "again")
        );
        let alone = check_layers(&world, &wrong[layer..=layer]).await;
        assert_eq!(alone.is_ok(), layer > 0);
        places.insert(error);
    }
    assert_eq!(places.len(), stores.len());
    let sound = check_layers(&world, &stores).await.unwrap();
    for proved in &sound.proved {
        assert!(proved.values().all(|proved| *proved == Proved::Fingerprint));
    }
    let alone = check_layers(&world, &stores[2..]).await.unwrap();
    let counts = |wanted| {
        alone.proved[0]
            .values()
            .filter(|proved| **proved == wanted)
            .count()
    };
    assert_eq!((counts(Proved::Files), counts(Proved::Fingerprint)), (1, 1));
    world.assert_clean().await;
}
