//! CREATE, DROP and what else changes the catalog in one commit: in the open transaction, or in one of its own.

use std::sync::Arc;

use cairn_catalog::Privilege;
use cairn_storage::Transaction;
use cairn_syntax::{
    Name, Rename, Statement,
    ast::{self, ObjectName, ObjectType},
};

use super::{ATTEMPTS, Session, dispatch::done};
use crate::{
    Answer, Notice, Result, SqlError, SqlState,
    query::{Scope, names::resolve_table},
    schema::{self, drop::Terms},
};

impl Session {
    pub(super) async fn define(&mut self, statement: &Statement, tag: &str) -> Result<Answer> {
        if let Some(open) = &self.open {
            let (transaction, now) = (open.transaction.clone(), open.now);
            self.define_in(&transaction, now, statement).await?;
            return done(tag);
        }
        let mut attempt = 1;
        loop {
            let transaction = Arc::new(Transaction::begin(self.node.engine().clone()).await?);
            let defined = match self.define_in(&transaction, self.now(), statement).await {
                Ok(()) => self.commit_transaction(&transaction).await.map(|_| ()),
                Err(error) => Err(error),
            };
            match defined {
                Err(error) if error.is_retryable() && attempt < ATTEMPTS => attempt += 1,
                Err(error) => return Err(error),
                Ok(()) => return done(tag),
            }
        }
    }

    async fn define_in(
        &mut self,
        transaction: &Arc<Transaction>,
        now: i64,
        statement: &Statement,
    ) -> Result<()> {
        let scope = self.scope_in(transaction, now).await?;
        match statement {
            Statement::CreateSequence(create) => {
                let made = schema::sequence::create(&scope, transaction, create).await?;
                self.note_relation(made, &dotted(&create.name));
                Ok(())
            }
            Statement::AlterSequence(alter) => {
                let altered = schema::sequence::alter(&scope, transaction, alter).await;
                self.unless_missing(altered, alter.if_exists, &dotted(&alter.name))
            }
            Statement::Rename(rename) => {
                let renamed = renamed(&scope, transaction, rename).await;
                self.unless_missing(renamed, rename.if_exists, &dotted(&rename.name))
            }
            Statement::CreateInterleaved(create) => {
                let made = schema::interleave::create(&scope, transaction, create).await?;
                if let ast::Statement::CreateTable(table) = create.table.statement() {
                    self.note_relation(made, &table.name.to_string());
                }
                Ok(())
            }
            Statement::Sql(query) => {
                self.define_sql(&scope, transaction, &query.statement())
                    .await
            }
            other => Err(SqlError::internal(format!("not a definition: {other}"))),
        }
    }

    async fn define_sql(
        &mut self,
        scope: &Scope,
        transaction: &Arc<Transaction>,
        statement: &ast::Statement,
    ) -> Result<()> {
        match statement {
            ast::Statement::CreateTable(create) => {
                let made = schema::table::create(scope, transaction, create).await?;
                self.note_relation(made, &create.name.to_string());
                Ok(())
            }
            ast::Statement::CreateView(create) => {
                let made = schema::view::create(scope, transaction, create).await?;
                self.note_relation(made, &create.name.to_string());
                Ok(())
            }
            ast::Statement::CreateDatabase {
                db_name,
                if_not_exists,
                ..
            } => {
                self.create_database(scope, transaction, db_name, *if_not_exists)
                    .await
            }
            ast::Statement::Drop {
                object_type,
                if_exists,
                names,
                cascade,
                restrict,
                ..
            } => {
                let terms = Terms {
                    if_exists: *if_exists,
                    cascade: *cascade,
                    restrict: *restrict,
                };
                let notices = &mut self.notices;
                match object_type {
                    ObjectType::Database => {
                        schema::drop::databases(scope, transaction, names, terms, notices).await
                    }
                    kind => {
                        schema::drop::relations(scope, transaction, kind, names, terms, notices)
                            .await
                    }
                }
            }
            other => Err(SqlError::internal(format!("not a definition: {other}"))),
        }
    }

    async fn create_database(
        &mut self,
        scope: &Scope,
        transaction: &Transaction,
        name: &ObjectName,
        if_not_exists: bool,
    ) -> Result<()> {
        let parts = crate::change::name_parts(name)?;
        let [name] = parts.as_slice() else {
            return Err(SqlError::new(
                SqlState::SyntaxError,
                "a database's name has one part",
            ));
        };
        scope.access.root("CREATE DATABASE")?;
        if if_not_exists && scope.view.database(name).is_some() {
            self.notices.push(Notice::skipping(&format!(
                "database {name:?} already exists"
            )));
            return Ok(());
        }
        cairn_catalog::create_database(transaction, name).await?;
        Ok(())
    }

    fn note_relation(&mut self, made: bool, name: &str) {
        if !made {
            self.notices.push(Notice::skipping(&format!(
                "relation \"{name}\" already exists"
            )));
        }
    }

    /// With IF EXISTS, what is missing is only a notice.
    fn unless_missing(&mut self, done: Result<()>, if_exists: bool, name: &str) -> Result<()> {
        match done {
            Err(error)
                if if_exists
                    && matches!(
                        error.sqlstate,
                        SqlState::UndefinedTable | SqlState::InvalidCatalogName
                    ) =>
            {
                self.notices.push(Notice::skipping(&format!(
                    "relation \"{name}\" does not exist"
                )));
                Ok(())
            }
            done => done,
        }
    }
}

fn dotted(name: &[Name]) -> String {
    name.iter().map(Name::as_str).collect::<Vec<_>>().join(".")
}

/// ALTER VIEW or SEQUENCE … RENAME TO.
async fn renamed(scope: &Scope, transaction: &Transaction, rename: &Rename) -> Result<()> {
    let [to] = rename.to.as_slice() else {
        return Err(SqlError::new(
            SqlState::SyntaxError,
            "the new name has one part",
        ));
    };
    let parts: Vec<&str> = rename.name.iter().map(Name::as_str).collect();
    let found = resolve_table(scope, &parts, Privilege::Drop)?;
    let wanted = rename.kind.word().to_lowercase();
    if found.kind.to_string() != wanted {
        return Err(SqlError::new(
            SqlState::WrongObjectType,
            format!("{:?} is not a {wanted}", found.name),
        ));
    }
    schema::rename::rename_relation(transaction, found.id, found.database, to.as_str()).await
}
