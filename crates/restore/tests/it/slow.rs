//! A store that takes its time: who reads for it waits.

use crate::hanging::hanging_at_data;
use crate::tables::{accounts, some_accounts};
use crate::world::{SMALL_PIECE, World};

/// While its store hangs, a backup has read what its workers hold, and not the rest of the table.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_hangs_stops_the_reading() {
    let world = World::lsm().await;
    let database = world.database("bank").await;
    let table = world.table(&accounts(database.id)).await;
    world.insert(&table, &some_accounts(20_000)).await;
    let examined = || world.engine.counters().keys_examined;
    let before = examined();
    let undisturbed = world
        .backup("BACKUP DATABASE bank TO 'nodelocal:///undisturbed'")
        .await
        .unwrap();
    let whole = examined() - before;
    let before = examined();
    let store = hanging_at_data(&world, "slow");
    let request = world.backup_request("BACKUP DATABASE bank TO 'nodelocal:///slow'");
    let running = cairn_backup::start_at(&world.backup, request, store.clone(), SMALL_PIECE)
        .await
        .unwrap();
    store.wait_until_hanging().await;
    // That is time enough to read the table, as this one shows.
    world
        .backup("BACKUP DATABASE bank TO 'nodelocal:///meanwhile'")
        .await
        .unwrap();
    let read = examined() - before - whole;
    assert!(read < whole / 4, "{read} keys of {whole} were examined");
    store.let_go();
    assert_eq!(running.wait().await.unwrap(), undisturbed);
}
