use std::sync::Arc;

use cairn_catalog::{
    ColumnDescriptor, ColumnId, ColumnType, Direction, IndexColumn, create_database, create_table,
};
use cairn_storage::clock::Clock;
use cairn_storage::memory::Memory;
use cairn_storage::{Engine, Snapshot, Transaction};
use cairn_syntax::{Statement, parse_one};

use super::*;

/// Databases `bank` with `accounts` and `Odd`, `empty`, `shop` with `accounts`.
async fn view() -> View {
    let engine: Arc<dyn Engine> = Arc::new(Memory::new(Clock::system()));
    cairn_rows::users::bootstrap(&engine).await.unwrap();
    let txn = Transaction::begin(engine.clone()).await.unwrap();
    for (database, tables) in [
        ("bank", vec!["accounts", "Odd"]),
        ("empty", vec![]),
        ("shop", vec!["accounts"]),
    ] {
        let database = create_database(&txn, database).await.unwrap();
        for name in tables {
            let column = ColumnDescriptor {
                nullable: false,
                ..ColumnDescriptor::new(ColumnId(1), "k", ColumnType::Int8)
            };
            let key = vec![IndexColumn {
                column: ColumnId(1),
                direction: Direction::Ascending,
            }];
            create_table(
                &txn,
                TableDescriptor::new(database.id, name, vec![column], key),
            )
            .await
            .unwrap();
        }
    }
    txn.commit().await.unwrap();
    View::load(&Snapshot::now(engine).await.unwrap())
        .await
        .unwrap()
}

fn targets(text: &str) -> Targets {
    let statement = parse_one(&format!("BACKUP {text} TO 'x'"))
        .unwrap()
        .unwrap()
        .statement;
    let Statement::Backup(backup) = statement else {
        panic!("{statement:?}")
    };
    backup.targets
}

/// The tables' names, then the names of complete databases.
async fn resolved(text: &str) -> String {
    let view = view().await;
    match resolve(&view, &targets(text), Some("bank")) {
        Err(error) => error.to_string(),
        Ok(resolved) => {
            let tables: Vec<String> = resolved.tables.iter().map(Target::qualified_name).collect();
            let complete = resolved
                .complete
                .iter()
                .map(|id| resolved.databases[id].name.clone());
            format!(
                "{} | {}",
                tables.join(" "),
                complete.collect::<Vec<_>>().join(" ")
            )
        }
    }
}

#[tokio::test]
async fn names_and_patterns() {
    for (text, expected) in [
        ("accounts", "bank.accounts system.users | "),
        (
            "bank.accounts, bank.public.accounts, public.accounts",
            "bank.accounts system.users | ",
        ),
        ("BANK.Accounts", "bank.accounts system.users | "),
        ("bank.\"Odd\"", "bank.\"Odd\" system.users | "),
        ("bank.*", "bank.\"Odd\" bank.accounts system.users | bank"),
        (
            "*, shop.accounts",
            "bank.\"Odd\" bank.accounts shop.accounts system.users | bank",
        ),
        (
            "DATABASE shop, bank",
            "bank.\"Odd\" bank.accounts shop.accounts system.users | bank shop",
        ),
        ("DATABASE empty", "system.users | empty"),
        ("empty.*", "system.users | empty"),
        ("system.users", "system.users | "),
        ("SyStEm.UsErS, shop.*", "shop.accounts system.users | shop"),
        ("bank.odd", "table \"bank.odd\" does not exist"),
        ("nope.accounts", "table \"nope.accounts\" does not exist"),
        (
            "bank.other.accounts",
            "table \"bank.other.accounts\" does not exist",
        ),
        (
            "nope.*",
            "\"nope.*\" does not match any valid database or schema",
        ),
        ("DATABASE bank, nope", "unknown database \"nope\""),
    ] {
        assert_eq!(resolved(text).await, expected, "{text}");
    }
}

#[tokio::test]
async fn a_star_without_a_current_database() {
    let error = resolve(&view().await, &targets("*"), None).unwrap_err();
    assert_eq!(
        error.to_string(),
        "\"*\" does not match any valid database or schema"
    );
}
