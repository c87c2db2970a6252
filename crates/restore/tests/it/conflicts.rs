//! Mistakes are found before a job exists, all of them at once, in words that name them.

use cairn_catalog::{TableDescriptor, drop_database};
use cairn_restore::ErrorKind;
use cairn_storage::{Read, floor};

use crate::tables::{accounts, some_accounts};
use crate::world::World;

async fn backed_up() -> World {
    let world = World::memory().await;
    let database = world.database("bank").await;
    let table = world.table(&accounts(database.id)).await;
    world.insert(&table, &some_accounts(3)).await;
    world
        .backup("BACKUP DATABASE bank TO 'nodelocal:///db'")
        .await
        .unwrap();
    world
        .backup("BACKUP bank.accounts TO 'nodelocal:///list'")
        .await
        .unwrap();
    world
}

/// The message of a refused restore, and proof that it left no job.
async fn refused(world: &World, statement: &str) -> String {
    let jobs = world.job_records().await.len();
    let error = world.restore(statement).await.expect_err(statement);
    assert_eq!(world.job_records().await.len(), jobs, "{error}");
    error.to_string()
}

async fn refused_backup(world: &World, statement: &str) -> String {
    let jobs = world.job_records().await.len();
    let error = world.backup(statement).await.expect_err(statement);
    assert_eq!(world.job_records().await.len(), jobs, "{error}");
    error.to_string()
}

#[tokio::test]
async fn restores_that_cannot_be() {
    let world = backed_up().await;
    world.database("other").await;
    for (statement, message) in [
        (
            "RESTORE DATABASE bank FROM 'nodelocal:///db'",
            r#"database "bank" already exists"#,
        ),
        (
            "RESTORE DATABASE nope FROM 'nodelocal:///db'",
            r#"unknown database "nope""#,
        ),
        (
            "RESTORE DATABASE nope, neither FROM 'nodelocal:///db'",
            r#"unknown databases "nope", "neither""#,
        ),
        (
            "RESTORE bank.accounts FROM 'nodelocal:///db'",
            r#"relation "accounts" already exists"#,
        ),
        (
            "RESTORE bank.t1, bank.t2 FROM 'nodelocal:///db'",
            r#"tables "bank.t1", "bank.t2" do not exist"#,
        ),
        (
            "RESTORE accounts FROM 'nodelocal:///db'",
            r#"table "accounts" does not exist"#,
        ),
        (
            "RESTORE nope.* FROM 'nodelocal:///db'",
            r#""nope.*" does not match any valid database or schema"#,
        ),
        (
            "RESTORE bank.accounts FROM 'nodelocal:///db' WITH into_db = 'nowhere'",
            r#"a database named "nowhere" needs to exist to restore table "accounts""#,
        ),
        (
            "RESTORE DATABASE bank FROM 'nodelocal:///db' WITH into_db = 'other'",
            r#"cannot use "into_db" option when restoring database(s)"#,
        ),
        (
            "RESTORE bank.accounts FROM 'nodelocal:///db' WITH new_db_name = 'x'",
            "new_db_name can only be used for RESTORE DATABASE with a single target database",
        ),
        (
            "RESTORE DATABASE bank FROM 'nodelocal:///list'",
            "cannot RESTORE DATABASE from a backup of individual tables (use SHOW BACKUP to determine available tables)",
        ),
        (
            "RESTORE bank.* FROM 'nodelocal:///list'",
            "cannot RESTORE bank.* from a backup of individual tables (use SHOW BACKUP to determine available tables)",
        ),
        (
            "RESTORE bank.accounts FROM 'nodelocal:///db' WITH into_db = 'system'",
            "user root does not have CREATE privilege on database system",
        ),
        (
            "RESTORE bank.accounts FROM 'nodelocal:///db', 'nodelocal:///db'",
            "is the same backup as",
        ),
        (
            "RESTORE bank.accounts FROM 'nodelocal:///nothing'",
            "failed to read backup descriptor",
        ),
    ] {
        let found = refused(&world, statement).await;
        assert!(found.contains(message), "{statement}\n  {found}");
    }
    world.assert_clean().await;
}

#[tokio::test]
async fn all_conflicts_at_once() {
    let world = backed_up().await;
    let found = refused(
        &world,
        "RESTORE bank.accounts, system.users FROM 'nodelocal:///db'",
    )
    .await;
    assert_eq!(
        found,
        r#"relation "accounts" already exists; relation "users" already exists"#
    );
}

#[tokio::test]
async fn backups_that_cannot_be() {
    let world = backed_up().await;
    for (statement, message) in [
        (
            "BACKUP DATABASE nope TO 'nodelocal:///x'",
            r#"unknown database "nope""#,
        ),
        (
            "BACKUP bank.t2 TO 'nodelocal:///x'",
            r#"table "bank.t2" does not exist"#,
        ),
        (
            "BACKUP nope.* TO 'nodelocal:///x'",
            r#""nope.*" does not match any valid database or schema"#,
        ),
        (
            "BACKUP DATABASE bank TO 'nodelocal:///db'",
            "already contains a backup",
        ),
        (
            "BACKUP DATABASE bank TO 'nodelocal:///x' INCREMENTAL FROM 'nodelocal:///nothing'",
            "failed to read backup from \"nodelocal:///nothing\"",
        ),
    ] {
        let found = refused_backup(&world, statement).await;
        assert!(found.contains(message), "{statement}\n  {found}");
        assert!(!found.contains("secret"));
    }
    world.assert_clean().await;
}

/// A table that is being restored holds its name, and says why.
#[tokio::test]
async fn names_are_taken_while_a_restore_runs() {
    let world = backed_up().await;
    world.database("into").await;
    let store = crate::hanging::hanging_at_data(&world, "db");
    let request =
        world.restore_request("RESTORE bank.accounts FROM 'nodelocal:///db' WITH into_db = 'into'");
    let running = cairn_restore::start_from(&world.restore, request, vec![store.clone()])
        .await
        .unwrap();
    store.wait_until_hanging().await;
    let error = world
        .restore("RESTORE bank.accounts FROM 'nodelocal:///db' WITH into_db = 'into'")
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"relation "accounts" already exists and is offline: restoring"#
    );
    assert_eq!(error.kind(), ErrorKind::Offline);
    assert!(world.find("into", "accounts").await.is_none());
    // A cancel frees the name at once, and the waiting client hears of it.
    world
        .jobs
        .control(running.id, cairn_jobs::Control::Cancel)
        .await
        .unwrap();
    world
        .restore("RESTORE bank.accounts FROM 'nodelocal:///db' WITH into_db = 'into'")
        .await
        .unwrap();
    store.let_go();
    assert_eq!(
        running.wait().await.unwrap_err().to_string(),
        "job canceled"
    );
    assert_eq!(
        world
            .rows(&world.find("into", "accounts").await.unwrap())
            .await
            .len(),
        3
    );
    world.assert_clean().await;
}

/// What other databases commit while a restore runs is theirs: definitions and rows, of tables that came, changed or went.
#[tokio::test]
async fn other_databases_go_on_under_a_restore() {
    let world = backed_up().await;
    let other = world.database("other").await;
    let gone = TableDescriptor {
        name: "gone".into(),
        ..accounts(other.id)
    };
    let (kept, gone) = (
        world.table(&accounts(other.id)).await,
        world.table(&gone).await,
    );
    let store = crate::hanging::hanging_at_data(&world, "db");
    let request = world
        .restore_request("RESTORE DATABASE bank FROM 'nodelocal:///db' WITH new_db_name = 'again'");
    let running = cairn_restore::start_from(&world.restore, request, vec![store.clone()])
        .await
        .unwrap();
    store.wait_until_hanging().await;
    world.insert(&kept, &some_accounts(2)).await;
    world
        .commit(async |txn| {
            cairn_catalog::drop_relations(txn, &[gone.id].into())
                .await
                .unwrap();
            cairn_catalog::rename_table(txn, kept.id, other.id, "renamed")
                .await
                .unwrap();
        })
        .await;
    let new = TableDescriptor {
        name: "new".into(),
        ..accounts(other.id)
    };
    world.table(&new).await;
    store.let_go();
    running.wait().await.unwrap();
    let view = world.view().await;
    let names = |database: &str| -> Vec<String> {
        let database = view.database(database).unwrap();
        let tables = view.tables_of(database.id);
        tables.iter().map(|table| table.name.clone()).collect()
    };
    assert_eq!(names("other"), ["new", "renamed"]);
    assert!(names("again").contains(&"accounts".to_owned()));
    let renamed = world.find("other", "renamed").await.unwrap();
    assert_eq!(world.rows(&renamed).await.len(), 2);
}

/// The target database goes away under a restore: it fails, and nothing is left.
#[tokio::test]
async fn a_target_dropped_meanwhile() {
    let world = backed_up().await;
    let into = world.database("into").await;
    let store = crate::hanging::hanging_at_data(&world, "db");
    let request =
        world.restore_request("RESTORE bank.accounts FROM 'nodelocal:///db' WITH into_db = 'into'");
    let running = cairn_restore::start_from(&world.restore, request, vec![store.clone()])
        .await
        .unwrap();
    store.wait_until_hanging().await;
    world
        .commit(async |txn| drop_database(txn, into.id).await.unwrap())
        .await;
    store.let_go();
    let error = running.wait().await.unwrap_err();
    assert!(error.to_string().contains("accounts"), "{error}");
    world.assert_clean().await;
}

/// Below a floor, of a table or of the catalog, a backup is refused in the words users know.
#[tokio::test]
async fn instants_that_were_collected() {
    let world = backed_up().await;
    let jobs = world.job_records().await.len();
    let then = world.now().await.at();
    let table = world.find("bank", "accounts").await.unwrap();
    world.database("later").await;
    let now = world.now().await.at().version();
    for (collected, what) in [
        (table.id, "table bank.accounts"),
        (cairn_catalog::CATALOG, "the catalog"),
    ] {
        floor::raise(&world.engine, collected, now).await.unwrap();
        let error = world
            .backup_at("BACKUP bank.accounts TO 'nodelocal:///old'", then)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), cairn_backup::ErrorKind::Collected);
        let text = error.to_string();
        assert!(text.contains("must be after GC threshold"), "{text}");
        assert!(text.contains(what), "{text}");
    }
    assert_eq!(world.job_records().await.len(), jobs);
}
