//! Traces through windows with drops, truncations, renames and moves.

use cairn_catalog::{
    ColumnDescriptor, ColumnId, ColumnType, Direction, IndexColumn, create_database,
    create_successor, create_table, drop_relations, rename_table, replace_table,
};
use cairn_storage::clock::Clock;
use cairn_storage::memory::Memory;
use cairn_storage::{Engine, Transaction};
use cairn_syntax::{Statement, parse_one};

use super::*;

struct World {
    engine: Arc<dyn Engine>,
    catalog: Catalog,
    bank: DatabaseId,
    shop: DatabaseId,
}

async fn world() -> World {
    let engine: Arc<dyn Engine> = Arc::new(Memory::new(Clock::system()));
    cairn_rows::users::bootstrap(&engine).await.unwrap();
    let txn = Transaction::begin(engine.clone()).await.unwrap();
    let bank = create_database(&txn, "bank").await.unwrap().id;
    let shop = create_database(&txn, "shop").await.unwrap().id;
    txn.commit().await.unwrap();
    let catalog = Catalog::new(engine.clone());
    World {
        engine,
        catalog,
        bank,
        shop,
    }
}

impl World {
    async fn change<T>(&self, body: impl AsyncFnOnce(&Transaction) -> T) -> T {
        let txn = Transaction::begin(self.engine.clone()).await.unwrap();
        let answer = body(&txn).await;
        txn.commit().await.unwrap();
        answer
    }

    async fn table(&self, database: DatabaseId, name: &str) -> TableId {
        let column = ColumnDescriptor {
            nullable: false,
            ..ColumnDescriptor::new(ColumnId(1), "k", ColumnType::Int8)
        };
        let key = vec![IndexColumn {
            column: ColumnId(1),
            direction: Direction::Ascending,
        }];
        let table = TableDescriptor::new(database, name, vec![column], key);
        self.change(async |txn| create_table(txn, table).await.unwrap().id)
            .await
    }

    async fn truncate(&self, table: TableId) -> TableId {
        self.change(async |txn| truncate(txn, table).await).await
    }

    async fn now(&self) -> Closed {
        self.engine.read_version().await.unwrap()
    }

    /// Who is a member in the window, and the names it had.
    async fn traced(&self, from: Closed, targets: &str, held: &[TableId]) -> (Traces, Vec<String>) {
        let past = Past::read(&self.catalog, from, self.now().await)
            .await
            .unwrap();
        let members = past.members(&targets_of(targets), Some("bank")).unwrap();
        let traces = past.trace(&members, held.iter().copied().collect());
        let lines = traces.tables.iter().filter(|(id, trace)| {
            **id != USERS_TABLE && trace.revisions.iter().any(|(_, table)| table.is_some())
        });
        let lines = lines.map(|(id, trace)| {
            let names = trace
                .revisions
                .iter()
                .map(|(_, table)| table.as_ref().map_or("-", |table| &table.name).to_owned());
            format!(
                "{id}: {} {}",
                names.collect::<Vec<_>>().join(" "),
                trace.unbroken
            )
        });
        let lines = lines.collect();
        (traces, lines)
    }
}

async fn truncate(txn: &Transaction, table: TableId) -> TableId {
    let offline = cairn_catalog::Offline {
        reason: "truncating".into(),
        job: None,
    };
    let anew = create_successor(txn, table, offline).await.unwrap().id;
    replace_table(txn, table, anew).await.unwrap();
    anew
}

fn targets_of(text: &str) -> Targets {
    let parsed = parse_one(&format!("BACKUP {text} TO 'x'")).unwrap();
    match parsed.unwrap().statement {
        Statement::Backup(backup) => backup.targets,
        _ => panic!(),
    }
}

#[tokio::test]
async fn dropped_truncated_renamed_and_moved() {
    let world = world().await;
    let (bank, shop) = (world.bank, world.shop);
    let dropped = world.table(bank, "dropped").await;
    let truncated = world.table(bank, "truncated").await;
    let renamed = world.table(bank, "renamed").await;
    let moved_out = world.table(bank, "moved_out").await;
    let moved_in = world.table(shop, "moved_in").await;
    let start = world.now().await;
    world
        .change(async |txn| drop_relations(txn, &[dropped].into()).await.unwrap())
        .await;
    let again = world.table(bank, "dropped").await;
    let anew = world.truncate(truncated).await;
    world
        .change(async |txn| rename_table(txn, renamed, bank, "other").await.unwrap())
        .await;
    world
        .change(async |txn| {
            rename_table(txn, moved_out, shop, "moved_out")
                .await
                .unwrap()
        })
        .await;
    world
        .change(async |txn| rename_table(txn, moved_in, bank, "moved_in").await.unwrap())
        .await;
    let held = [dropped, truncated, renamed, moved_out];
    let (traces, lines) = world.traced(start, "DATABASE bank", &held).await;
    let expected = [
        format!("{dropped}: dropped - true"),
        format!("{truncated}: truncated - true"),
        format!("{renamed}: renamed other true"),
        format!("{moved_out}: moved_out - true"),
        format!("{moved_in}: moved_in true"),
        format!("{again}: dropped false"),
        format!("{anew}: truncated false"),
    ];
    assert_eq!(lines, expected);
    assert!(
        traces.held.contains(&anew),
        "a truncated table counts as held"
    );
    assert!(
        !traces.held.contains(&again),
        "a new table of the old name does not"
    );
    let (_, lines) = world.traced(start, "renamed, bank.dropped", &held).await;
    let expected = [
        format!("{dropped}: dropped - true"),
        format!("{renamed}: renamed other true"),
        format!("{again}: dropped false"),
    ];
    assert_eq!(lines, expected);
}

/// In a list it is told from before it was truncated, whatever it is called since.
#[tokio::test]
async fn truncated_and_then_renamed() {
    let world = world().await;
    let old = world.table(world.bank, "t").await;
    let start = world.now().await;
    let once = world.truncate(old).await;
    let twice = world.truncate(once).await;
    world
        .change(async |txn| rename_table(txn, twice, world.bank, "u").await.unwrap())
        .await;
    let (traces, lines) = world.traced(start, "u", &[old]).await;
    let expected = [
        format!("{old}: t - true"),
        format!("{once}: t - false"),
        format!("{twice}: t u false"),
    ];
    assert_eq!(lines, expected);
    assert!(traces.held.contains(&twice));
}

/// In one commit as well.
#[tokio::test]
async fn truncated_and_renamed_at_once() {
    let world = world().await;
    let old = world.table(world.bank, "t").await;
    let start = world.now().await;
    let anew = world
        .change(async |txn| {
            let anew = truncate(txn, old).await;
            rename_table(txn, anew, world.bank, "u").await.unwrap();
            anew
        })
        .await;
    let (traces, lines) = world.traced(start, "u", &[old]).await;
    let expected = [format!("{old}: t - true"), format!("{anew}: u false")];
    assert_eq!(lines, expected);
    assert!(traces.held.contains(&anew));
}

/// A table that is given the name of one dropped in the same commit is not that one emptied.
#[tokio::test]
async fn dropped_and_its_name_given_away_at_once() {
    let world = world().await;
    let dropped = world.table(world.bank, "a").await;
    let renamed = world.table(world.bank, "b").await;
    let start = world.now().await;
    world
        .change(async |txn| {
            drop_relations(txn, &[dropped].into()).await.unwrap();
            rename_table(txn, renamed, world.bank, "a").await.unwrap();
        })
        .await;
    world
        .change(async |txn| rename_table(txn, renamed, world.bank, "c").await.unwrap())
        .await;
    let (traces, lines) = world.traced(start, "c", &[dropped]).await;
    assert_eq!(lines, [format!("{renamed}: b a c true")]);
    assert!(!traces.held.contains(&renamed));
}

/// Only who has a listed name at the end must be in the layer before.
#[tokio::test]
async fn a_name_that_another_table_had_for_a_while() {
    let world = world().await;
    let table = world.table(world.bank, "a").await;
    let start = world.now().await;
    let other = world.table(world.bank, "b").await;
    world
        .change(async |txn| drop_relations(txn, &[other].into()).await.unwrap())
        .await;
    world
        .change(async |txn| rename_table(txn, table, world.bank, "b").await.unwrap())
        .await;
    let past = Past::read(&world.catalog, start, world.now().await)
        .await
        .unwrap();
    let members = past.members(&targets_of("bank.b"), None).unwrap();
    assert_eq!(members.named, BTreeSet::from([table]));
    assert_eq!(members.listed, BTreeSet::from([USERS_TABLE, table, other]));
}

#[tokio::test]
async fn a_name_that_never_matches_is_refused() {
    let world = world().await;
    let past = Past::read(&world.catalog, world.now().await, world.now().await)
        .await
        .unwrap();
    let error = past.members(&targets_of("bank.nope"), None).unwrap_err();
    let error = error.to_string();
    assert_eq!(error, "table \"bank.nope\" does not exist");
}
