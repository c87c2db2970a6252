//! Who may do what: the one place that decides.
//!
//! WHAT
//!   `root` may do everything. Others need a privilege on the table or database that a statement is about, or any privilege on it
//!   to look at its definition. There is no ownership: who creates a table is granted ALL on it.
//!
//! HOW DATA FLOWS
//!   1. A statement finds what it is about by name. Each way to do that (`names::resolve_table`, `schema::place`,
//!      `schema::database`) takes a `Need`, so that no statement can forget to state one.
//!   2. `Access` compares the need with the grants in the descriptor, as they are today: a statement that reads the past gets no
//!      rights back that were revoked since.
//!   3. What is reached through an object that the user may use is not asked about again: the tables that a view reads, the rows
//!      that a foreign key looks up or cascades to (`Scope::trusted`).
//!
//! INVARIANTS
//!   A transaction reads the descriptor of every table it touches, so a REVOKE in between conflicts with it.

use std::{fmt, sync::Arc};

use cairn_catalog::{DatabaseDescriptor, Grant, Privilege, SYSTEM_DATABASE, TableDescriptor, View};
use cairn_rows::users::ROOT;

use crate::{Result, SqlError, SqlState};

/// What a statement needs of the object it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    Of(Privilege),
    /// One privilege, whichever: to see how the object is defined.
    Any,
    /// Nothing of this object: what is found with its help is checked instead.
    Nothing,
}

impl From<Privilege> for Need {
    fn from(privilege: Privilege) -> Self {
        Need::Of(privilege)
    }
}

/// A user, and the grants of today.
#[derive(Debug, Clone)]
pub(crate) struct Access {
    user: String,
    /// What is reached through another object is allowed.
    trusted: bool,
    today: Arc<View>,
}

impl Access {
    pub fn new(user: &str, today: Arc<View>) -> Self {
        Access {
            user: user.to_owned(),
            trusted: user == ROOT,
            today,
        }
    }

    /// Another user's rights.
    pub fn of(&self, user: &str) -> Self {
        Access::new(&user.to_lowercase(), self.today.clone())
    }

    /// The same, with all rights.
    pub fn trusted(&self) -> Self {
        Access {
            trusted: true,
            ..self.clone()
        }
    }

    pub fn is_root(&self) -> bool {
        self.user == ROOT
    }

    /// # Errors
    /// 42501, naming user, privilege and relation.
    pub fn relation(&self, table: &TableDescriptor, need: impl Into<Need>) -> Result<()> {
        let need = need.into();
        let Some(today) = self.today.table_by_id(table.id) else {
            return self.dropped(table, need);
        };
        self.decide(&today.grants, need, format_args!("relation {}", table.name))
    }

    /// A table of the past that is no more. Nobody could revoke anything on it since; therefore the right is needed today as well, on
    /// what now has its name (TRUNCATE and COPY into an empty table make such a successor), or else on its database.
    fn dropped(&self, table: &TableDescriptor, need: Need) -> Result<()> {
        let place = format!("relation {}", table.name);
        self.decide(&table.grants, need, format_args!("{place}"))?;
        let successor = self.today.table(table.database, &table.name);
        let database = self.today.database_by_id(table.database);
        let grants = match (successor, database) {
            (Some(successor), _) => successor.grants.as_slice(),
            (None, Some(database)) => database.grants.as_slice(),
            (None, None) => &[],
        };
        self.decide(grants, need, format_args!("{place}"))
    }

    /// # Errors
    /// 42501, naming user, privilege and database. Nobody may put anything into the system's own.
    pub fn database(&self, database: &DatabaseDescriptor, need: impl Into<Need>) -> Result<()> {
        let need = need.into();
        let place = format_args!("database {}", database.name);
        if database.id == SYSTEM_DATABASE && need == Need::Of(Privilege::Create) {
            let problem = format_args!("does not have CREATE privilege");
            return Err(self
                .refusal(problem, place)
                .hint("choose another database: this one is the system's own"));
        }
        let today = self.today.database_by_id(database.id);
        let grants = today.map_or(&database.grants, |today| &today.grants);
        self.decide(grants, need, place)
    }

    /// Whether a list of relations shows this one.
    pub fn sees(&self, table: &TableDescriptor) -> bool {
        self.relation(table, Need::Any).is_ok()
    }

    /// Whether a list of databases shows this one: also for a right on something in it.
    pub fn sees_database(&self, database: &DatabaseDescriptor) -> bool {
        self.database(database, Need::Any).is_ok()
            || self
                .today
                .tables_of(database.id)
                .into_iter()
                .any(|table| self.sees(table))
    }

    /// # Errors
    /// 42501 for everyone but root.
    pub fn root(&self, what: &str) -> Result<()> {
        match self.is_root() {
            true => Ok(()),
            false => Err(SqlError::new(
                SqlState::InsufficientPrivilege,
                format!("only superusers are allowed to {what}"),
            )),
        }
    }

    /// The grants that a relation begins with: those of its database, and ALL for who makes it.
    pub fn of_new_relation(&self, database: &DatabaseDescriptor) -> Vec<Grant> {
        let mut grants = database.grants.clone();
        if !self.is_root() {
            grants.retain(|grant| grant.user != self.user);
            grants.push(Grant {
                user: self.user.clone(),
                privileges: Privilege::ALL.to_vec(),
            });
            grants.sort_by(|a, b| a.user.cmp(&b.user));
        }
        grants
    }

    fn decide(&self, grants: &[Grant], need: Need, object: fmt::Arguments<'_>) -> Result<()> {
        let held = grants.iter().find(|grant| grant.user == self.user);
        let problem = match need {
            _ if self.trusted => return Ok(()),
            Need::Nothing => return Ok(()),
            Need::Any if held.is_some() => return Ok(()),
            Need::Any => "has no privileges".to_owned(),
            Need::Of(privilege)
                if held.is_some_and(|held| held.privileges.contains(&privilege)) =>
            {
                return Ok(());
            }
            Need::Of(privilege) => format!("does not have {privilege} privilege"),
        };
        Err(self.refusal(format_args!("{problem}"), object))
    }

    fn refusal(&self, problem: fmt::Arguments<'_>, object: fmt::Arguments<'_>) -> SqlError {
        SqlError::new(
            SqlState::InsufficientPrivilege,
            format!("user {} {problem} on {object}", self.user),
        )
    }
}

#[cfg(test)]
mod tests;
