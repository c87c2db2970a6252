//! Instants: the end of a layer is there without history, every other one is refused with the nearest.

use cairn_restore::ErrorKind;
use cairn_storage::{Read, Version};

use crate::tables::{accounts, some_accounts};
use crate::world::World;

#[tokio::test]
async fn as_of_the_end_and_beside_it() {
    let world = World::memory().await;
    let database = world.database("bank").await;
    let table = world.table(&accounts(database.id)).await;
    world.insert(&table, &some_accounts(3)).await;
    let end = world.now().await.at();
    world
        .backup_at("BACKUP DATABASE bank TO 'nodelocal:///db'", end)
        .await
        .unwrap();
    let statement = "RESTORE DATABASE bank FROM 'nodelocal:///db' WITH new_db_name = 'b2'";
    let nearest = world.engine.timeline().decimal(end.version());
    for (version, phrase) in [
        (
            Version(end.version().0 - 1),
            "requires that BACKUP for requested time be created with 'revision_history'",
        ),
        (end.version().next(), "do not cover requested time"),
    ] {
        let error = world.restore_at(statement, version).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(
            error.to_string().contains(phrase) && error.to_string().contains(&nearest),
            "{error}"
        );
    }
    world.restore_at(statement, end.version()).await.unwrap();
}
