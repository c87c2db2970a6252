//! What every store has from its first start on.

use cairn_storage::{Read, TableId, Transaction};

use crate::descriptor::{ColumnDescriptor, IndexColumn};
use crate::{
    ColumnId, ColumnType, DatabaseDescriptor, DatabaseId, Direction, Result, TableDescriptor,
    database, layout, table,
};

/// The database of the system's own SQL tables.
pub const SYSTEM_DATABASE: DatabaseId = DatabaseId(1);

/// `system.users`, which authentication reads and every backup carries.
pub const USERS_TABLE: TableId = TableId(11);

/// The columns of `system.users`.
pub const USERNAME: ColumnId = ColumnId(1);
pub const HASHED_PASSWORD: ColumnId = ColumnId(2);

/// Makes the databases `system`, `defaultdb` and `postgres` and the table `system.users`, unless they were made
/// already. True if they were made now; who makes them also adds the user `root`.
pub async fn bootstrap(txn: &Transaction) -> Result<bool> {
    if txn.get(&layout::generation()).await?.is_some() {
        return Ok(false);
    }
    let system = DatabaseDescriptor::new(SYSTEM_DATABASE, "system");
    database::put_new(txn, &system).await?;
    table::put_new(txn, &users_table()).await?;
    database::create_database(txn, "defaultdb").await?;
    database::create_database(txn, "postgres").await?;
    Ok(true)
}

/// `CREATE TABLE system.users (username STRING PRIMARY KEY, "hashedPassword" BYTES)`
pub fn users_table() -> TableDescriptor {
    let column = |id, name: &str, ty, nullable| ColumnDescriptor {
        nullable,
        ..ColumnDescriptor::new(id, name, ty)
    };
    let columns = vec![
        column(
            USERNAME,
            "username",
            ColumnType::String { max: None },
            false,
        ),
        column(HASHED_PASSWORD, "hashedPassword", ColumnType::Bytes, true),
    ];
    let key = vec![IndexColumn {
        column: USERNAME,
        direction: Direction::Ascending,
    }];
    TableDescriptor {
        id: USERS_TABLE,
        ..TableDescriptor::new(SYSTEM_DATABASE, "users", columns, key)
    }
}
