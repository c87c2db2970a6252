//! The rows of `system.users`: an ordinary table, read and written here without SQL.

use std::sync::Arc;

use cairn_catalog::{TableDescriptor, USERS_TABLE, read_table};
use cairn_storage::{Engine, Read, Transaction};

use crate::{Datum, Result, TableCodec, primary_span};

/// The user that may do everything, and the only one at first.
pub const ROOT: &str = "root";

/// One user who can log in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub name: String,
    /// A SCRAM verifier; None: no password will do.
    pub hashed_password: Option<Vec<u8>>,
}

/// Makes what every store has: the system's databases and tables (`cairn_catalog::bootstrap`) and the user `root`.
/// Does nothing on a store that has them.
pub async fn bootstrap(engine: &Arc<dyn Engine>) -> Result<()> {
    let txn = Transaction::begin(engine.clone()).await?;
    if cairn_catalog::bootstrap(&txn).await? {
        let users = cairn_catalog::users_table();
        put(
            &txn,
            &users,
            &User {
                name: ROOT.into(),
                hashed_password: None,
            },
        )?;
        txn.commit().await?;
    }
    Ok(())
}

/// All users, by name.
pub async fn list(read: &dyn Read, users: &TableDescriptor) -> Result<Vec<User>> {
    let codec = TableCodec::new(users)?;
    let rows = read.scan_all(&primary_span(users)).await?;
    rows.iter()
        .map(|(key, found)| user(&codec.decode(key, &found.value)?))
        .collect()
}

/// The user of that name.
pub async fn find(read: &dyn Read, users: &TableDescriptor, name: &str) -> Result<Option<User>> {
    let codec = TableCodec::new(users)?;
    let (key, _) = codec.encode(&[Datum::String(name.to_owned()), Datum::Null])?;
    let found = read.get(&key).await?;
    found
        .map(|found| user(&codec.decode(&key, &found.value)?))
        .transpose()
}

/// Adds a user, or gives one another password.
pub async fn put_user(txn: &Transaction, user: &User) -> Result<()> {
    put(txn, &read_table(txn, USERS_TABLE).await?, user)
}

/// Removes a user; nothing happens if there is none of that name.
pub async fn remove_user(txn: &Transaction, name: &str) -> Result<()> {
    let codec = TableCodec::new(&read_table(txn, USERS_TABLE).await?)?;
    let (key, _) = codec.encode(&[Datum::String(name.to_owned()), Datum::Null])?;
    Ok(txn.delete(key)?)
}

fn put(txn: &Transaction, users: &TableDescriptor, user: &User) -> Result<()> {
    let password = user
        .hashed_password
        .clone()
        .map_or(Datum::Null, Datum::Bytes);
    let (key, value) =
        TableCodec::new(users)?.encode(&[Datum::String(user.name.clone()), password])?;
    Ok(txn.put(key, value)?)
}

fn user(row: &[Datum]) -> Result<User> {
    match row {
        [Datum::String(name), Datum::Bytes(password)] => Ok(User {
            name: name.clone(),
            hashed_password: Some(password.clone()),
        }),
        [Datum::String(name), _] => Ok(User {
            name: name.clone(),
            hashed_password: None,
        }),
        _ => Err(crate::Error::Damaged {
            table: "users".into(),
            column: None,
            problem: "a row without a name",
        }),
    }
}

#[cfg(test)]
mod tests;
