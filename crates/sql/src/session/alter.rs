//! ALTER and DROP INDEX: in the open transaction, or in one of their own.

use std::sync::Arc;

use cairn_catalog::{Privilege, SchemaChange};
use cairn_storage::Transaction;
use cairn_syntax::{Alter, Name, Rename, ast};

use super::{ATTEMPTS, Session, dispatch::done};
use crate::{
    Answer, Notice, Result, SqlError, SqlState,
    access::Need,
    change::name_parts,
    query::{Scope, names::resolve_table},
    schema::{
        self,
        alter::{Alteration, names},
        index_name,
        online::{self, Begun},
    },
};

/// What is to be changed.
#[derive(Clone, Copy)]
pub(super) enum Change<'a> {
    /// What only CockroachDB's grammar has.
    Own(&'a Alter),
    Table(&'a ast::AlterTable),
    /// Of a database, another name.
    Database(&'a Rename),
    Index(&'a ast::CreateIndex),
    Truncate(&'a ast::Truncate),
}

impl Session {
    /// Runs a change of definitions. One of several steps begins in its transaction and is then run to its end.
    pub(super) async fn alter(&mut self, change: Change<'_>) -> Result<Answer> {
        let tag = tag(change);
        if let Some(open) = &self.open {
            let (transaction, now) = (open.transaction.clone(), open.now);
            return match self.alter_in(&transaction, now, change).await? {
                None => done(tag),
                Some(_) => Err(self.takes_steps(tag)),
            };
        }
        let mut attempt = 1;
        loop {
            let transaction = Arc::new(Transaction::begin(self.node.engine().clone()).await?);
            let notices = self.notices.len();
            let altered = match self.alter_in(&transaction, self.now(), change).await {
                Ok(begun) => self
                    .commit_transaction(&transaction)
                    .await
                    .map(|at| (begun, at)),
                Err(error) => Err(error),
            };
            match altered {
                Err(error) if error.is_retryable() && attempt < ATTEMPTS => {
                    self.notices.truncate(notices);
                    attempt += 1;
                }
                Err(error) => return Err(error),
                Ok((begun, at)) => {
                    if let Some(begun) = begun {
                        let _waiting = self.progress.wait_for(begun.job);
                        online::run(&self.node, begun, at).await?;
                    }
                    return done(tag);
                }
            }
        }
    }

    async fn alter_in(
        &mut self,
        transaction: &Arc<Transaction>,
        now: i64,
        change: Change<'_>,
    ) -> Result<Option<Begun>> {
        let scope = self.scope_in(transaction, now).await?;
        match change {
            Change::Table(statement) => self.alter_table(scope, transaction, statement).await,
            Change::Index(create) => self.create_index(scope, transaction, create).await,
            Change::Database(rename) => {
                self.rename_database(&scope, transaction, rename).await?;
                Ok(None)
            }
            Change::Truncate(statement) => {
                schema::truncate::run(&scope, transaction, statement).await?;
                Ok(None)
            }
            Change::Own(alter) => self.alter_primary_key(scope, transaction, alter).await,
        }
    }

    async fn alter_table(
        &mut self,
        scope: Scope,
        transaction: &Arc<Transaction>,
        statement: &ast::AlterTable,
    ) -> Result<Option<Begun>> {
        let Some(mut alteration) = Alteration::of(&scope, transaction, statement).await? else {
            self.notices.push(Notice::skipping(&format!(
                "relation \"{}\" does not exist",
                statement.name
            )));
            return Ok(None);
        };
        if let Some(to) = names::new_table_name(statement) {
            names::rename_table(&scope, transaction, &alteration.table, to).await?;
            return Ok(None);
        }
        let waiting = alteration.run(&statement.operations).await?;
        alteration.finish().await?;
        let change = self.taken_from(alteration);
        self.begin_change(scope, transaction, change, statement.to_string(), waiting)
            .await
    }

    async fn create_index(
        &mut self,
        scope: Scope,
        transaction: &Arc<Transaction>,
        create: &ast::CreateIndex,
    ) -> Result<Option<Begun>> {
        let parts = name_parts(&create.table_name)?;
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let found = resolve_table(&scope, &parts, Privilege::Create)?;
        let mut alteration = Alteration::of_table(&scope, transaction, &found).await?;
        alteration.create_index(create).await?;
        alteration.finish().await?;
        let change = self.taken_from(alteration);
        self.begin_change(scope, transaction, change, create.to_string(), Vec::new())
            .await
    }

    /// What a change has begun, and what it has to say.
    fn taken_from(&mut self, alteration: Alteration<'_>) -> SchemaChange {
        self.notices.extend(alteration.notices);
        SchemaChange {
            table: alteration.table.id,
            parts: alteration.parts,
        }
    }

    async fn begin_change(
        &self,
        scope: Scope,
        transaction: &Transaction,
        change: SchemaChange,
        description: String,
        waiting: Vec<ast::AlterTableOperation>,
    ) -> Result<Option<Begun>> {
        if change.parts.is_empty() {
            return Ok(None);
        }
        online::begin(&self.node, transaction, scope, change, description, waiting)
            .await
            .map(Some)
    }

    async fn rename_database(
        &mut self,
        scope: &Scope,
        transaction: &Transaction,
        rename: &Rename,
    ) -> Result<()> {
        let ([name], [to]) = (rename.name.as_slice(), rename.to.as_slice()) else {
            return Err(SqlError::new(
                SqlState::SyntaxError,
                "a database's name has one part",
            ));
        };
        match schema::database(scope, name.as_str(), Need::Nothing) {
            Err(error) if rename.if_exists && error.sqlstate == SqlState::InvalidCatalogName => {
                self.notices.push(Notice::skipping(&format!(
                    "database {:?} does not exist",
                    Name::as_str(name)
                )));
                Ok(())
            }
            Err(error) => Err(error),
            Ok(database) => names::rename_database(scope, transaction, database, to.as_str()).await,
        }
    }

    async fn alter_own(
        &mut self,
        scope: &Scope,
        transaction: &Arc<Transaction>,
        alter: &Alter,
    ) -> Result<Option<Begun>> {
        match alter {
            Alter::RenameIndex {
                if_exists,
                index,
                to,
            } => {
                let notices = &mut self.notices;
                index_name::rename(scope, transaction, index, to, *if_exists, notices).await?;
            }
            Alter::DropIndex {
                if_exists,
                indexes,
                cascade,
            } => {
                let notices = &mut self.notices;
                index_name::drop(scope, transaction, indexes, *if_exists, *cascade, notices)
                    .await?;
            }
            Alter::PrimaryKey { .. } => {}
        }
        Ok(None)
    }

    async fn alter_primary_key(
        &mut self,
        scope: Scope,
        transaction: &Arc<Transaction>,
        alter: &Alter,
    ) -> Result<Option<Begun>> {
        let Alter::PrimaryKey {
            if_exists,
            table,
            columns,
        } = alter
        else {
            return self.alter_own(&scope, transaction, alter).await;
        };
        let parts: Vec<&str> = table.iter().map(Name::as_str).collect();
        let found = match resolve_table(&scope, &parts, Privilege::Create) {
            Err(error) if *if_exists && error.sqlstate == SqlState::UndefinedTable => {
                let what = format!("relation \"{}\" does not exist", parts.join("."));
                self.notices.push(Notice::skipping(&what));
                return Ok(None);
            }
            found => found?,
        };
        let mut alteration = Alteration::of_table(&scope, transaction, &found).await?;
        alteration.look_for_rows().await?;
        alteration.alter_primary_key(columns).await?;
        alteration.finish().await?;
        let change = self.taken_from(alteration);
        self.begin_change(scope, transaction, change, alter.to_string(), Vec::new())
            .await
    }
}

fn tag(change: Change<'_>) -> &'static str {
    match change {
        Change::Table(_) | Change::Own(Alter::PrimaryKey { .. }) => "ALTER TABLE",
        Change::Truncate(_) => "TRUNCATE",
        Change::Index(_) => "CREATE INDEX",
        Change::Database(_) => "ALTER DATABASE",
        Change::Own(Alter::RenameIndex { .. }) => "ALTER INDEX",
        Change::Own(Alter::DropIndex { .. }) => "DROP INDEX",
    }
}
