//! The rules of `system.users` where it is written as a table, which is how users are brought back: they are those of CREATE, ALTER and
//! DROP USER.

use std::collections::BTreeSet;

use cairn_catalog::{TableDescriptor, USERS_TABLE};
use cairn_rows::Datum;
use cairn_storage::Transaction;

use super::users;
use crate::{Result, SqlError, SqlState};

/// What a statement does to the names of users.
#[derive(Debug, Default)]
pub(crate) struct UserRows {
    left: BTreeSet<String>,
    come: BTreeSet<String>,
}

impl UserRows {
    /// `None` for every other table.
    pub(crate) fn of(table: &TableDescriptor) -> Option<UserRows> {
        (table.id == USERS_TABLE).then(UserRows::default)
    }

    /// Takes a row that comes, goes or changes.
    ///
    /// # Errors
    /// 42602 for a name that CREATE USER would refuse, 28P01 for a password that is no verifier.
    pub(crate) fn note(&mut self, old: Option<&[Datum]>, new: Option<&[Datum]>) -> Result<()> {
        let (before, after) = (name(old), name(new));
        if let Some(after) = after
            && before != Some(after)
        {
            users::check_name(after)?;
        }
        if password(new) != password(old) {
            check_verifier(after.unwrap_or_default(), password(new))?;
        }
        self.left.extend(before.map(str::to_owned));
        self.come.extend(after.map(str::to_owned));
        Ok(())
    }

    /// At the statement's end: nobody is gone who must stay.
    ///
    /// # Errors
    /// 2BP01 for root and for who holds privileges.
    pub(crate) async fn settle(self, transaction: &Transaction) -> Result<()> {
        let gone: Vec<&str> = self
            .left
            .difference(&self.come)
            .map(String::as_str)
            .collect();
        users::check_droppable(transaction, &gone).await
    }
}

fn name(row: Option<&[Datum]>) -> Option<&str> {
    match row? {
        [Datum::String(name), ..] => Some(name),
        _ => None,
    }
}

fn password(row: Option<&[Datum]>) -> Option<&[u8]> {
    match row? {
        [_, Datum::Bytes(password), ..] => Some(password),
        _ => None,
    }
}

fn check_verifier(user: &str, password: Option<&[u8]>) -> Result<()> {
    if password.is_none_or(users::is_verifier) {
        return Ok(());
    }
    Err(SqlError::new(
        SqlState::InvalidPassword,
        format!("\"hashedPassword\" of user {user} must be NULL or a SCRAM-SHA-256 verifier"),
    )
    .hint("CREATE USER and ALTER USER … WITH PASSWORD make one of a password"))
}
