//! The catalog on the memory engine: who sees what when, and which changes conflict.

use std::sync::Arc;

use cairn_storage::clock::Clock;
use cairn_storage::memory::Memory;
use cairn_storage::{Engine, Snapshot, Transaction, Version};

use crate::*;

struct Store {
    engine: Arc<dyn Engine>,
    catalog: Catalog,
}

impl Store {
    async fn new() -> Store {
        let (clock, _) = Clock::manual(1_000_000);
        let engine: Arc<dyn Engine> = Arc::new(Memory::new(clock));
        let store = Store {
            engine: engine.clone(),
            catalog: Catalog::new(engine),
        };
        let txn = store.begin().await;
        assert!(bootstrap(&txn).await.unwrap());
        txn.commit().await.unwrap();
        store
    }

    async fn begin(&self) -> Transaction {
        Transaction::begin(self.engine.clone()).await.unwrap()
    }

    async fn view(&self) -> Arc<View> {
        self.catalog.view(&self.now().await).await.unwrap()
    }

    async fn now(&self) -> Snapshot {
        Snapshot::now(self.engine.clone()).await.unwrap()
    }

    async fn database(&self) -> DatabaseId {
        self.view().await.database("defaultdb").unwrap().id
    }

    /// A table in defaultdb, and the version at which it is there.
    async fn table(&self, name: &str) -> (TableDescriptor, Version) {
        let txn = self.begin().await;
        let table = create_table(&txn, people(self.database().await, name))
            .await
            .unwrap();
        (table, txn.commit().await.unwrap())
    }
}

fn people(database: DatabaseId, name: &str) -> TableDescriptor {
    let column = |id, name: &str, ty| ColumnDescriptor::new(ColumnId(id), name, ty);
    let columns = vec![
        column(1, "id", ColumnType::Int8),
        column(2, "name", ColumnType::String { max: None }),
    ];
    TableDescriptor::new(database, name, columns, by(1))
}

fn by(id: u32) -> Vec<IndexColumn> {
    vec![IndexColumn {
        column: ColumnId(id),
        direction: Direction::Ascending,
    }]
}

fn offline(job: Option<i64>) -> Offline {
    Offline {
        reason: "restoring".into(),
        job,
    }
}

#[track_caller]
fn conflicts(result: cairn_storage::Result<Version>) {
    assert!(
        matches!(result, Err(cairn_storage::Error::Conflict)),
        "{result:?}"
    );
}

#[tokio::test]
async fn every_store_has_the_same_beginning() {
    let store = Store::new().await;
    let view = store.view().await;
    let names: Vec<_> = view
        .databases()
        .map(|database| database.name.as_str())
        .collect();
    assert_eq!(names, ["system", "defaultdb", "postgres"]);
    let users = view.table(SYSTEM_DATABASE, "users").unwrap();
    assert_eq!(
        (users.id, users.public_since.is_some()),
        (USERS_TABLE, true)
    );

    // A second start changes nothing.
    let txn = store.begin().await;
    assert!(!bootstrap(&txn).await.unwrap());
    assert!(!txn.has_writes());

    let txn = store.begin().await;
    let error = drop_relations(&txn, &[USERS_TABLE].into())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "table \"users\" belongs to the system and cannot be changed"
    );
    assert!(drop_database(&txn, SYSTEM_DATABASE).await.is_err());
    assert!(
        rename_database(&txn, SYSTEM_DATABASE, "other")
            .await
            .is_err()
    );
}

/// A view of the past has the names and columns of its time, also when it comes from the cache.
#[tokio::test]
async fn views_are_of_their_instant() {
    let store = Store::new().await;
    let before = store.now().await;
    let database = store.database().await;
    let (table, created) = store.table("t").await;
    assert!(table.id.0 >= FIRST_USER_ID);
    let then = store.now().await;

    let txn = store.begin().await;
    rename_table(&txn, table.id, database, "u").await.unwrap();
    // Its own change is seen by the transaction alone.
    assert!(
        store
            .catalog
            .view_in(&txn)
            .await
            .unwrap()
            .table(database, "u")
            .is_some()
    );
    assert!(
        store
            .catalog
            .view(&txn)
            .await
            .unwrap()
            .table(database, "u")
            .is_none()
    );
    txn.commit().await.unwrap();

    for _ in 0..2 {
        assert!(
            store
                .catalog
                .view(&before)
                .await
                .unwrap()
                .table(database, "t")
                .is_none()
        );
        let view = store.catalog.view(&then).await.unwrap();
        assert_eq!(
            view.table(database, "t").unwrap().public_since,
            Some(created)
        );
        let view = store.view().await;
        assert!(view.table(database, "t").is_none());
        // A renamed table is public since it was created.
        assert_eq!(
            view.table(database, "u").unwrap().public_since,
            Some(created)
        );
        assert_eq!(view.tables_of(database).len(), 1);
    }
}

#[tokio::test]
async fn views_are_kept_between_changes() {
    let store = Store::new().await;
    let (table, _) = store.table("t").await;
    let view = store.view().await;
    assert!(Arc::ptr_eq(&view, &store.view().await));
    for name in 0..20 {
        store.table(&format!("t{name}")).await;
        assert!(
            store
                .view()
                .await
                .table(table.database, &format!("t{name}"))
                .is_some()
        );
    }
    assert!(!Arc::ptr_eq(&view, &store.view().await));
}

#[tokio::test]
async fn a_name_stands_for_one_object() {
    let store = Store::new().await;
    let database = store.database().await;
    store.table("t").await;
    let txn = store.begin().await;
    let error = create_table(&txn, people(database, "t")).await.unwrap_err();
    assert_eq!(
        (error.to_string().as_str(), error.kind()),
        ("relation \"t\" already exists", ErrorKind::Exists)
    );
    let error = create_database(&txn, "defaultdb").await.unwrap_err();
    assert_eq!(error.to_string(), "database \"defaultdb\" already exists");
    for name in ["", "a\0", &"x".repeat(256)] {
        assert_eq!(
            create_database(&txn, name).await.unwrap_err().kind(),
            ErrorKind::Invalid
        );
    }

    // Of two transactions that want one name, one gets it.
    let (one, two) = (store.begin().await, store.begin().await);
    for txn in [&one, &two] {
        create_table(txn, people(database, "fresh")).await.unwrap();
    }
    one.commit().await.unwrap();
    conflicts(two.commit().await);

    // Of two that want different ones, both do; an id that was rolled back is not used again.
    let (one, two, three) = (
        store.begin().await,
        store.begin().await,
        store.begin().await,
    );
    let mut ids = Vec::new();
    for (txn, name) in [(&one, "left"), (&two, "right"), (&three, "gone")] {
        ids.push(create_table(txn, people(database, name)).await.unwrap().id);
    }
    three.rollback();
    one.commit().await.unwrap();
    two.commit().await.unwrap();
    ids.push(store.table("later").await.0.id);
    assert!(ids.is_sorted_by(|one, next| one < next), "{ids:?}");

    // A table cannot be made in a database that is dropped meanwhile.
    let txn = store.begin().await;
    let gone = create_database(&txn, "gone").await.unwrap().id;
    txn.commit().await.unwrap();
    let (one, two) = (store.begin().await, store.begin().await);
    create_table(&one, people(gone, "t")).await.unwrap();
    drop_database(&two, gone).await.unwrap();
    two.commit().await.unwrap();
    conflicts(one.commit().await);
}

/// The first step of an index over the second column.
async fn begin_index(txn: &Transaction, table: TableId) -> IndexId {
    let mut table = read_table(txn, table).await.unwrap();
    let index = table.push_index("by_name", false, by(2), StepState::WriteOnly);
    put_table(txn, &table).await.unwrap();
    index.unwrap().id
}

/// A writer that has looked at the table before a step of a schema change must not commit after it.
#[tokio::test]
async fn steps_conflict_with_older_writers() {
    let store = Store::new().await;
    let (table, _) = store.table("t").await;
    let writer = store.begin().await;
    read_table(&writer, table.id).await.unwrap();
    writer
        .put(
            cairn_storage::Prefix::new(table.id, PRIMARY_INDEX).key(&[0x80]),
            "row",
        )
        .unwrap();

    let step = store.begin().await;
    let index = begin_index(&step, table.id).await;
    assert_eq!(index, IndexId(2));
    step.commit().await.unwrap();
    conflicts(writer.commit().await);

    // A change of another table is no conflict.
    let writer = store.begin().await;
    read_table(&writer, table.id).await.unwrap();
    writer
        .put(
            cairn_storage::Prefix::new(table.id, PRIMARY_INDEX).key(&[0x80]),
            "row",
        )
        .unwrap();
    store.table("other").await;
    writer.commit().await.unwrap();

    let txn = store.begin().await;
    let mut changed = read_table(&txn, table.id).await.unwrap();
    let change = SchemaChange {
        table: table.id,
        parts: vec![Part::Index { index }],
    };
    change.publish(&mut changed);
    put_table(&txn, &changed).await.unwrap();
    txn.commit().await.unwrap();
    assert!(
        store
            .view()
            .await
            .table_by_id(table.id)
            .unwrap()
            .index(index)
            .is_some()
    );
    let txn = store.begin().await;
    changed.indexes.clear();
    put_table(&txn, &changed).await.unwrap();
    // The id is not used again.
    assert_eq!(begin_index(&txn, table.id).await, IndexId(3));
    let dropped_at = txn.commit().await.unwrap();
    let queue = removals(&store.now().await).await.unwrap();
    let prefixes = vec![cairn_storage::Prefix::new(table.id, index)];
    assert_eq!(
        queue,
        [Removal {
            table: table.id,
            index: Some(index),
            dropped_at,
            prefixes
        }]
    );
}

#[tokio::test]
async fn what_is_dropped_waits_for_its_removal() {
    let store = Store::new().await;
    let (table, _) = store.table("t").await;
    let before = store.now().await;
    let txn = store.begin().await;
    drop_relations(&txn, &[table.id].into()).await.unwrap();
    // The name is free at once, the id never.
    let again = create_table(&txn, people(table.database, "t"))
        .await
        .unwrap();
    assert!(again.id > table.id);
    assert!(removals(&txn).await.unwrap().is_empty());
    let dropped_at = txn.commit().await.unwrap();
    let view = store.view().await;
    assert_eq!(view.table(table.database, "t").unwrap().id, again.id);
    assert!(view.table_by_id(table.id).is_none());
    assert!(
        store
            .catalog
            .view(&before)
            .await
            .unwrap()
            .table_by_id(table.id)
            .is_some()
    );

    let txn = store.begin().await;
    let error = read_table(&txn, table.id).await.unwrap_err();
    assert_eq!(error.to_string(), "relation \"t\" does not exist");
    let [removal]: [Removal; 1] = removals(&txn).await.unwrap().try_into().unwrap();
    assert_eq!(
        (removal.table, removal.index, removal.dropped_at),
        (table.id, None, dropped_at)
    );
    assert_eq!(
        removal.prefixes,
        [cairn_storage::Prefix::new(table.id, PRIMARY_INDEX)]
    );
    finish_removal(&txn, &removal).await.unwrap();
    txn.commit().await.unwrap();
    let txn = store.begin().await;
    assert!(removals(&txn).await.unwrap().is_empty());
    assert!(matches!(
        read_table(&txn, table.id).await,
        Err(Error::UnknownTableId { .. })
    ));
    // Repeating it, as after a crash, does no harm.
    finish_removal(&txn, &removal).await.unwrap();
}

/// A restore's tables are nobody's until they are everybody's, all in one commit.
#[tokio::test]
async fn offline_objects_are_published_or_abandoned() {
    for publish in [true, false] {
        let store = Store::new().await;
        let txn = store.begin().await;
        let database = create_offline_database(&txn, "bank", None, offline(Some(7)))
            .await
            .unwrap()
            .id;
        let table = TableDescriptor {
            state: State::Offline(offline(Some(7))),
            ..people(database, "t")
        };
        let table = create_table(&txn, table).await.unwrap().id;
        txn.commit().await.unwrap();

        let view = store.view().await;
        assert!(view.database("bank").is_none() && view.table(database, "t").is_none());
        assert!(view.table_by_id(table).is_none() && view.tables_of(database).is_empty());
        assert_eq!(
            view.offline_tables()
                .map(|table| table.id)
                .collect::<Vec<_>>(),
            [table]
        );
        assert_eq!(view.offline_databases().count(), 1);
        assert!(view.offline_table(database, "t").is_some());
        let txn = store.begin().await;
        let error = read_table(&txn, table).await.unwrap_err();
        assert_eq!(error.to_string(), "relation \"t\" is offline: restoring");
        // Another job's claim does nothing.
        assert!(
            publish_table(&txn, table, 8, Audience::OfDatabase)
                .await
                .is_err()
        );
        assert!(abandon_table(&txn, table, Some(8)).await.is_err());
        assert!(abandon_database(&txn, database, 8).await.is_err());
        assert!(!txn.has_writes());
        let other = store.begin().await;
        assert!(
            create_database(&other, "bank").await.is_err(),
            "the name is taken"
        );

        if publish {
            publish_table(&txn, table, 7, Audience::OfDatabase)
                .await
                .unwrap();
            publish_database(&txn, database, 7).await.unwrap();
            let published = txn.commit().await.unwrap();
            let view = store.view().await;
            let found = view.table(view.database("bank").unwrap().id, "t").unwrap();
            assert_eq!(found.public_since, Some(published));
            assert!(
                abandon_table(&store.begin().await, table, Some(7))
                    .await
                    .is_err()
            );
        } else {
            for _ in 0..2 {
                let txn = store.begin().await;
                abandon_table(&txn, table, Some(7)).await.unwrap();
                abandon_database(&txn, database, 7).await.unwrap();
                txn.commit().await.unwrap();
            }
            let view = store.view().await;
            assert_eq!(
                view.offline_tables().count() + view.offline_databases().count(),
                0
            );
            let txn = store.begin().await;
            create_database(&txn, "bank").await.unwrap();
            assert_eq!(removals(&txn).await.unwrap().len(), 1);
        }
    }
}

/// Dropping a database takes the offline tables in it along; the job that fills them then finds nothing to publish.
#[tokio::test]
async fn a_dropped_database_takes_everything_along() {
    let store = Store::new().await;
    let txn = store.begin().await;
    let database = create_database(&txn, "bank").await.unwrap().id;
    create_table(&txn, people(database, "a")).await.unwrap();
    let table = TableDescriptor {
        state: State::Offline(offline(Some(7))),
        ..people(database, "b")
    };
    let table = create_table(&txn, table).await.unwrap().id;
    txn.commit().await.unwrap();
    let txn = store.begin().await;
    drop_database(&txn, database).await.unwrap();
    txn.commit().await.unwrap();
    assert!(store.view().await.database("bank").is_none());
    let txn = store.begin().await;
    assert_eq!(removals(&txn).await.unwrap().len(), 2);
    assert!(
        publish_table(&txn, table, 7, Audience::OfDatabase)
            .await
            .is_err()
    );
    abandon_table(&txn, table, Some(7)).await.unwrap();
    create_database(&txn, "bank").await.unwrap();
}

/// COPY into an empty table: what was written under a fresh id takes the table's place in one commit.
#[tokio::test]
async fn a_successor_takes_the_place() {
    let store = Store::new().await;
    let (old, _) = store.table("t").await;
    let txn = store.begin().await;
    let new = create_successor(&txn, old.id, offline(None)).await.unwrap();
    let lost = create_successor(&txn, old.id, offline(None)).await.unwrap();
    txn.commit().await.unwrap();
    assert_eq!(
        store.view().await.table(old.database, "t").unwrap().id,
        old.id
    );

    let txn = store.begin().await;
    abandon_table(&txn, lost.id, None).await.unwrap();
    txn.commit().await.unwrap();
    assert_eq!(
        store.view().await.table(old.database, "t").unwrap().id,
        old.id
    );

    // Writers of the old table conflict with the change.
    let writer = store.begin().await;
    read_table(&writer, old.id).await.unwrap();
    writer
        .put(
            cairn_storage::Prefix::new(old.id, PRIMARY_INDEX).key(&[0x80]),
            "row",
        )
        .unwrap();
    let txn = store.begin().await;
    replace_table(&txn, old.id, new.id).await.unwrap();
    let version = txn.commit().await.unwrap();
    conflicts(writer.commit().await);
    let view = store.view().await;
    let found = view.table(old.database, "t").unwrap();
    assert_eq!((found.id, found.public_since), (new.id, Some(version)));
    let replaced_by = |id| view.any_table(id).unwrap().replaced_by;
    assert_eq!(
        [replaced_by(old.id), replaced_by(lost.id)],
        [Some(new.id), None]
    );
    let dropped: Vec<_> = removals(&store.now().await)
        .await
        .unwrap()
        .iter()
        .map(|entry| entry.table)
        .collect();
    assert_eq!(dropped, [old.id, lost.id]);

    // Not after the definition has changed.
    let txn = store.begin().await;
    let next = create_successor(&txn, new.id, offline(None)).await.unwrap();
    begin_index(&txn, new.id).await;
    let error = replace_table(&txn, new.id, next.id).await.unwrap_err();
    assert!(
        error.to_string().contains("has changed in the meantime"),
        "{error}"
    );
}

#[tokio::test]
async fn definitions_are_checked() {
    let store = Store::new().await;
    let (table, _) = store.table("t").await;
    assert!(!table.columns[0].nullable, "a primary key is not null");
    let txn = store.begin().await;
    let refused = |change: fn(&mut TableDescriptor)| {
        let mut table = table.clone();
        change(&mut table);
        let txn = &txn;
        async move { put_table(txn, &table).await.unwrap_err().kind() }
    };
    for change in [
        (|table| table.columns[1].name = "id".into()) as fn(&mut TableDescriptor),
        |table| table.columns[1].id = ColumnId(1),
        |table| table.columns[1].id = ColumnId(3),
        |table| table.columns[0].nullable = true,
        |table| {
            table.columns[1].ty = ColumnType::Decimal {
                precision: 39,
                scale: 0,
            }
        },
        |table| table.primary.columns.clear(),
        |table| table.primary.columns[0].column = ColumnId(9),
        |table| table.name = "other".into(),
        |table| drop(table.push_index("t_pkey", false, by(1), StepState::Public)),
    ] {
        assert_eq!(refused(change).await, ErrorKind::Invalid);
    }
    put_table(&txn, &table).await.unwrap();
}

/// Descriptors are in stores and manifests for ever.
#[test]
fn the_stored_form() {
    let mut table = people(DatabaseId(101), "t");
    table.id = TableId(102);
    table.columns[1].ty = ColumnType::Decimal {
        precision: 12,
        scale: 2,
    };
    table
        .push_index(
            "i",
            true,
            vec![IndexColumn {
                column: ColumnId(2),
                direction: Direction::Descending,
            }],
            StepState::WriteOnly,
        )
        .unwrap();
    let stored = r#"{"format_version":2,"kind":"table","id":102,"database":101,"name":"t","state":"public","columns":[{"id":1,"name":"id","type":"int8","nullable":false},{"id":2,"name":"name","type":{"decimal":{"precision":12,"scale":2}},"nullable":true}],"primary":{"id":1,"name":"t_pkey","unique":true,"columns":[{"column":1}],"state":"public"},"indexes":[{"id":2,"name":"i","unique":true,"columns":[{"column":2,"direction":"descending"}],"state":"write_only"}],"next_column":3,"next_index":3}"#;
    assert_eq!(String::from_utf8(table.to_json().unwrap()).unwrap(), stored);
    assert_eq!(
        TableDescriptor::from_json(stored.as_bytes()).unwrap(),
        table
    );

    let newer = stored.replace("\"format_version\":2", "\"format_version\":3");
    let error = TableDescriptor::from_json(newer.as_bytes()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the table descriptor has format version 3, but this version of cairn reads up to 2: use a newer one"
    );
    let error = TableDescriptor::from_json(&stored.as_bytes()[..100]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Damaged);
}

#[test]
fn names_of_types() {
    for (ty, name, postgres) in [
        (ColumnType::Int8, "INT8", "bigint"),
        (
            ColumnType::Decimal {
                precision: 12,
                scale: 2,
            },
            "DECIMAL(12, 2)",
            "numeric",
        ),
        (ColumnType::String { max: None }, "STRING", "text"),
        (
            ColumnType::String { max: Some(5) },
            "VARCHAR(5)",
            "character varying",
        ),
        (
            ColumnType::TimestampTz,
            "TIMESTAMPTZ",
            "timestamp with time zone",
        ),
    ] {
        assert_eq!(
            (ty.to_string().as_str(), ty.postgres_name()),
            (name, postgres)
        );
    }
    assert!(
        !ColumnType::Decimal {
            precision: 5,
            scale: 6
        }
        .is_valid()
    );
}
