//! Every store has its root user, once.

use cairn_catalog::{Catalog, SYSTEM_DATABASE};
use cairn_storage::Snapshot;
use cairn_storage::clock::Clock;
use cairn_storage::memory::Memory;

use super::*;

#[tokio::test]
async fn root_is_there_from_the_beginning() {
    let (clock, _) = Clock::manual(1_000_000);
    let engine: Arc<dyn Engine> = Arc::new(Memory::new(clock));
    bootstrap(&engine).await.unwrap();
    bootstrap(&engine).await.unwrap();
    let now = Snapshot::now(engine.clone()).await.unwrap();
    let view = Catalog::new(engine.clone()).view(&now).await.unwrap();
    let users = view.table(SYSTEM_DATABASE, "users").unwrap();
    let root = User {
        name: ROOT.into(),
        hashed_password: None,
    };
    assert_eq!(
        list(&now, users).await.unwrap(),
        std::slice::from_ref(&root)
    );

    let ada = User {
        name: "ada".into(),
        hashed_password: Some(b"SCRAM-SHA-256$4096:...".to_vec()),
    };
    let txn = Transaction::begin(engine.clone()).await.unwrap();
    put_user(&txn, &ada).await.unwrap();
    assert_eq!(find(&txn, users, "ada").await.unwrap(), Some(ada.clone()));
    txn.commit().await.unwrap();
    let now = Snapshot::now(engine).await.unwrap();
    assert_eq!(list(&now, users).await.unwrap(), [ada, root]);
    assert_eq!(find(&now, users, "eve").await.unwrap(), None);
}
