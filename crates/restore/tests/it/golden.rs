//! The golden chains of format versions 2 and 3: a full backup, an incremental and one with history, made once and read for ever, and
//! from version 3 on a table whose foreign key leads out of its backup. They lie in `crates/archive/tests/golden`.
//!
//! To write that of a new version: `CAIRN_WRITE_GOLDEN=1 cargo test -p cairn-restore golden`. Never change an old one.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cairn_blob::Settings;
use cairn_catalog::{
    ColumnDescriptor, ColumnType, ConstraintState, ForeignKey, ReferentialAction, TableDescriptor,
    add_foreign_key, drop_relations, put_table, rename_table,
};
use cairn_rows::{Datum, TableCodec};
use cairn_storage::Version;
use cairn_storage::clock::Clock;

use crate::tables::{account, accounts, some_accounts};
use crate::world::World;

/// When the last change was made.
const LAST: u64 = 8;
const START: u64 = 1_795_000_000_000_000;
const CHAIN: &str = "'nodelocal:///full', 'nodelocal:///inc', 'nodelocal:///history'";

/// The version that is written now.
const NEWEST: u32 = 3;

fn directory(version: u32) -> PathBuf {
    let golden = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../archive/tests/golden");
    golden.join(format!("v{version}"))
}

async fn over_golden(world: World, version: u32) -> World {
    let settings = Settings::new(Some(directory(version)));
    let backup = cairn_backup::Context {
        engine: world.engine.clone(),
        catalog: world.catalog.clone(),
        jobs: world.jobs.clone(),
        settings: settings.clone(),
        cluster: world.backup.cluster,
        workers: 1,
    };
    let restore = cairn_restore::Context {
        engine: world.engine.clone(),
        catalog: world.catalog.clone(),
        jobs: world.jobs.clone(),
        settings,
        scratch: world.restore.scratch.clone(),
        workers: 1,
    };
    World {
        backup: Arc::new(backup),
        restore: Arc::new(restore),
        ..world
    }
}

/// Every change a minute after the one before, every backup half a minute after that.
async fn write() {
    let (clock, hand) = Clock::manual(START);
    let world = over_golden(World::memory_by(clock).await, NEWEST).await;
    let minute = || hand.advance(Duration::from_secs(60));
    let database = world.database("bank").await;
    let table = world.table(&accounts(database.id)).await;
    let gone = TableDescriptor {
        name: "gone".into(),
        ..accounts(database.id)
    };
    let gone = world.table(&gone).await;
    world.insert(&table, &some_accounts(5)).await;
    world.insert(&gone, &some_accounts(2)).await;
    minute();
    world
        .backup("BACKUP DATABASE bank TO 'nodelocal:///full'")
        .await
        .unwrap();
    minute();
    world
        .insert(&table, &[account(2, "changed", 7), account(6, "new", 8)])
        .await;
    minute();
    world
        .backup("BACKUP DATABASE bank TO 'nodelocal:///inc' INCREMENTAL FROM 'nodelocal:///full'")
        .await
        .unwrap();
    minute();
    let (key, _) = TableCodec::new(&table)
        .unwrap()
        .encode(&account(1, "", 0))
        .unwrap();
    world
        .commit(async |txn| txn.delete(key.clone()).unwrap())
        .await;
    minute();
    world
        .commit(async |txn| drop_relations(txn, &[gone.id].into()).await.unwrap())
        .await;
    minute();
    let mut wider = table.clone();
    wider.columns.push(ColumnDescriptor {
        missing_value: Some("9".into()),
        ..ColumnDescriptor::new(wider.next_column, "more", ColumnType::Int8)
    });
    wider.next_column.0 += 1;
    world
        .commit(async |txn| put_table(txn, &wider).await.unwrap())
        .await;
    minute();
    let mut row = account(3, "wider", 3);
    row.push(Datum::Null);
    world.insert(&wider, &[row]).await;
    minute();
    world
        .commit(async |txn| {
            rename_table(txn, table.id, database.id, "renamed")
                .await
                .unwrap()
        })
        .await;
    minute();
    let statement = "BACKUP DATABASE bank TO 'nodelocal:///history' INCREMENTAL FROM 'nodelocal:///full', 'nodelocal:///inc' WITH revision_history";
    world.backup(statement).await.unwrap();
    write_outside(&world).await;
}

/// A table that refers to one of another database, alone.
async fn write_outside(world: &World) {
    let database = world.database("shop").await;
    let customers = TableDescriptor {
        name: "customers".into(),
        ..accounts(database.id)
    };
    let customers = world.table(&customers).await;
    let database = world.database("out").await;
    let orders = world.table(&accounts(database.id)).await;
    let key = ForeignKey {
        name: "of_customer".into(),
        columns: vec![orders.columns[0].id],
        referenced: customers.id,
        referenced_columns: vec![customers.columns[0].id],
        on_delete: ReferentialAction::NoAction,
        on_update: ReferentialAction::NoAction,
        state: ConstraintState::Public,
        comment: None,
    };
    world
        .commit(async |txn| {
            add_foreign_key(txn, orders.id, key.clone()).await.unwrap();
        })
        .await;
    world
        .backup("BACKUP out.accounts TO 'nodelocal:///outside'")
        .await
        .unwrap();
}

/// What a restore half a minute after a number of minutes gives, of the last minute one of the end: each table with the rows'
/// first and last columns.
async fn at(world: &World, minutes: u64) -> Vec<String> {
    let name = format!("at{minutes}");
    let statement = format!("RESTORE DATABASE bank FROM {CHAIN} WITH new_db_name = '{name}'");
    let inside = Version(START + minutes * 60_000_000 + 30_000_000);
    match minutes {
        LAST => world.restore(&statement).await.unwrap(),
        _ => world.restore_at(&statement, inside).await.unwrap(),
    };
    let view = world.view().await;
    let mut found = Vec::new();
    for table in view.tables_of(view.database(&name).unwrap().id) {
        let rows = world.rows(table).await;
        let rows: Vec<String> = rows
            .iter()
            .map(|row| format!("{:?}", (&row[0], row.last().unwrap())))
            .collect();
        found.push(format!(
            "{}({}): {}",
            table.name,
            table.columns.len(),
            rows.join(" ")
        ));
    }
    found
}

#[tokio::test]
async fn version_2_is_restored() {
    is_restored(2).await;
}

#[tokio::test]
async fn version_3_is_restored() {
    if std::env::var_os("CAIRN_WRITE_GOLDEN").is_some() {
        std::fs::create_dir_all(directory(NEWEST)).unwrap();
        write().await;
    }
    let world = is_restored(3).await;
    world.database("out").await;
    let error = world
        .restore("RESTORE out.accounts FROM 'nodelocal:///outside'")
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot restore table \"out.accounts\" without referenced table \"shop.customers\" (or \"skip_missing_foreign_keys\" option)"
    );
}

async fn is_restored(version: u32) -> World {
    let (clock, _) = Clock::manual(START + 3_600_000_000);
    let world = over_golden(World::memory_by(clock).await, version).await;
    let (gone, first) = (
        "gone(3): (Int8(1), Int8(10)) (Int8(2), Int8(20))",
        "(Int8(1), Int8(10)) (Int8(2), Int8(7)) (Int8(3), Int8(30))",
    );
    let rest = "(Int8(4), Int8(40)) (Int8(5), Int8(50)) (Int8(6), Int8(8))";
    assert_eq!(
        at(&world, 3).await,
        [format!("accounts(3): {first} {rest}"), gone.to_owned()]
    );
    let first = "(Int8(2), Int8(7)) (Int8(3), Int8(30))";
    assert_eq!(
        at(&world, 4).await,
        [format!("accounts(3): {first} {rest}"), gone.to_owned()]
    );
    assert_eq!(
        at(&world, 5).await,
        [format!("accounts(3): {first} {rest}")]
    );
    let wide = "(Int8(4), Int8(9)) (Int8(5), Int8(9)) (Int8(6), Int8(9))";
    assert_eq!(
        at(&world, 6).await,
        [format!(
            "accounts(4): (Int8(2), Int8(9)) (Int8(3), Int8(9)) {wide}"
        )]
    );
    assert_eq!(
        at(&world, 7).await,
        [format!(
            "accounts(4): (Int8(2), Int8(9)) (Int8(3), Null) {wide}"
        )]
    );
    assert_eq!(
        at(&world, 8).await,
        [format!(
            "renamed(4): (Int8(2), Int8(9)) (Int8(3), Null) {wide}"
        )]
    );
    let error = world
        .restore_at(
            &format!("RESTORE DATABASE bank FROM {CHAIN} WITH new_db_name = 'x'"),
            Version(START + 90_000_000),
        )
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("nearest backup times are"),
        "{error}"
    );
    world
}
