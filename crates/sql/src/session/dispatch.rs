//! Which part of the room runs which statement.

use std::sync::Arc;

use cairn_syntax::{
    Query, RenamedKind, Show, Statement,
    ast::{self, ObjectType},
};
use datafusion::{
    catalog::memory::MemTable,
    logical_expr::{Explain, ExplainOption, LogicalPlan},
    scalar::ScalarValue,
};
use futures::future::BoxFuture;

use super::{Session, alter::Change as Alteration, call::Call, write::Verb};
use crate::{
    Answer, Result, SqlError, SqlState, bind,
    query::{Scope, origin, output},
    show,
};

/// Whether a failed transaction takes the statement.
pub(super) fn ends_transaction(statement: &Statement) -> bool {
    let Statement::Sql(query) = statement else {
        return false;
    };
    matches!(
        query.statement(),
        ast::Statement::Commit { .. } | ast::Statement::Rollback { .. }
    )
}

/// Whether the statement is about the transaction itself.
pub(super) fn controls_transaction(statement: &Statement) -> bool {
    let Statement::Sql(query) = statement else {
        return false;
    };
    matches!(
        query.statement(),
        ast::Statement::Commit { .. }
            | ast::Statement::Rollback { .. }
            | ast::Statement::StartTransaction { .. }
            | ast::Statement::Savepoint { .. }
            | ast::Statement::ReleaseSavepoint { .. }
    )
}

impl Session {
    /// Boxed, since a statement may hold another one (EXECUTE).
    pub(super) fn dispatch<'a>(
        &'a mut self,
        statement: &'a Statement,
        call: Call<'a>,
    ) -> BoxFuture<'a, Result<Answer>> {
        Box::pin(self.dispatch_to(statement, call))
    }

    async fn dispatch_to(&mut self, statement: &Statement, call: Call<'_>) -> Result<Answer> {
        let values = call.values;
        self.check_read_only(statement)?;
        match statement {
            Statement::Sql(query) => self.sql(statement, query, call).await,
            Statement::Upsert(query) => {
                let verb = Verb {
                    upsert: true,
                    overriding: query.overriding(),
                };
                self.write(&query.statement(), verb, call).await
            }
            Statement::Show(show) => self.show(show, values).await,
            Statement::Copy(copy) => self.copy(copy).await,
            Statement::Comment(comment) => self.comment(comment).await,
            Statement::Alter(alter) => self.alter(Alteration::Own(alter)).await,
            Statement::Backup(backup) => self.backup(statement, backup, values).await,
            Statement::Restore(restore) => self.restore(statement, restore, values).await,
            Statement::Prepare {
                name,
                types,
                statement,
            } => {
                self.prepare_named(name.as_str(), types, statement).await?;
                done("PREPARE")
            }
            Statement::Job { verb, job } => self.control_job(*verb, job, call).await,
            Statement::User(_)
            | Statement::Grant(_)
            | Statement::SetClusterSetting(_)
            | Statement::ConfigureZone(_) => self.administer(statement, values).await,
            Statement::Vacuum(vacuum) => self.vacuum(vacuum).await,
            Statement::CreateSequence(_) => self.define(statement, "CREATE SEQUENCE").await,
            Statement::AlterSequence(_) => self.define(statement, "ALTER SEQUENCE").await,
            Statement::CreateInterleaved(_) => self.define(statement, "CREATE TABLE").await,
            Statement::Rename(rename) if rename.kind == RenamedKind::Database => {
                self.alter(Alteration::Database(rename)).await
            }
            Statement::Rename(rename) => {
                let tag = format!("ALTER {}", rename.kind.word());
                self.define(statement, &tag).await
            }
            Statement::Later { what, .. } => Err(SqlError::unsupported(what)),
        }
    }

    async fn sql(&mut self, whole: &Statement, query: &Query, call: Call<'_>) -> Result<Answer> {
        use ast::Statement as S;
        let statement = query.statement();
        match &statement {
            S::Query(_) | S::Explain { .. } => self.select(query, statement, call).await,
            S::Insert(_) | S::Update(_) | S::Delete(_) => {
                let verb = Verb {
                    upsert: false,
                    overriding: query.overriding(),
                };
                self.write(&statement, verb, call).await
            }
            S::CreateTable(_) => self.define(whole, "CREATE TABLE").await,
            S::CreateDatabase { .. } => self.define(whole, "CREATE DATABASE").await,
            S::Drop { object_type, .. } => self.define(whole, drop_tag(object_type)?).await,
            S::CreateIndex(create) => self.alter(Alteration::Index(create)).await,
            S::AlterTable(alter) => self.alter(Alteration::Table(alter)).await,
            S::StartTransaction { .. } => self.begin(&statement).await,
            S::Commit { chain: false, .. } => self.commit().await,
            S::Rollback {
                chain: false,
                savepoint: None,
            } => self.rollback(),
            S::Rollback {
                chain: false,
                savepoint: Some(name),
            } => self.rollback_to(name),
            S::Savepoint { name } => self.savepoint(name),
            S::ReleaseSavepoint { name } => self.release(name),
            S::Set(set) => self.set(set).await,
            S::Reset(reset) => self.reset(reset),
            S::Use(ast::Use::Object(name)) => {
                let name = crate::change::name_parts(name)?.join(".");
                self.use_database(&name).await
            }
            S::Discard {
                object_type: ast::DiscardObject::ALL,
            } => {
                self.outside_transaction("DISCARD ALL")?;
                self.variables.reset();
                self.prepared.clear();
                done("DISCARD ALL")
            }
            S::Execute { .. } => self.execute_named(&statement, call).await,
            S::Deallocate { name, .. } => self.deallocate(name),
            S::Truncate(truncate) => self.alter(Alteration::Truncate(truncate)).await,
            S::CreateView { .. } if query.sources().next().is_some() => {
                Err(SqlError::unsupported("[SHOW …] in a view"))
            }
            S::CreateView { .. } => self.define(whole, "CREATE VIEW").await,
            S::CreateSchema { .. } => Err(SqlError::unsupported("CREATE SCHEMA")
                .hint("every database has one schema, public")),
            other => Err(SqlError::unsupported(first_words(&other.to_string()))),
        }
    }

    /// A query: of the open transaction, of an instant, or of all that is committed.
    pub(super) async fn select(
        &mut self,
        query: &Query,
        statement: ast::Statement,
        call: Call<'_>,
    ) -> Result<Answer> {
        let mut scope = self.query_scope(query).await?;
        if let Some(open) = &self.open
            && query.as_of().is_none()
        {
            // What later statements write is not for it: its rows may be fetched between them.
            scope.read = Arc::new(open.transaction.begin_statement());
        }
        scope.declared = call.declared.to_vec();
        self.add_sources(query, &mut scope, call.values).await?;
        let explain = matches!(statement, ast::Statement::Explain { .. });
        let plan = call.fill(plan_select(&scope, statement)?)?;
        if let Some(open) = &self.open
            && query.as_of().is_none()
        {
            // So that a change of these tables' definitions conflicts with this transaction.
            for id in scope.touched_tables() {
                cairn_catalog::read_table(&open.transaction, id).await?;
            }
        }
        let stream = scope.run(&plan).await?;
        let stream = output::shown_stream(stream, &origin::of_plan(&plan, None));
        call.check_columns(&stream.schema())?;
        let tag = if explain { "EXPLAIN" } else { "SELECT" };
        Ok(Answer::Rows { stream, tag })
    }

    /// What a query sees, at its AS OF if it has one.
    pub(super) async fn query_scope(&self, query: &Query) -> Result<Scope> {
        match query.as_of() {
            None => self.scope_now().await,
            Some(_) if self.open.as_ref().is_some_and(|open| !open.implicit) => Err(SqlError::new(
                SqlState::FeatureNotSupported,
                "AS OF SYSTEM TIME must be provided on a top-level statement: not inside a transaction",
            )),
            Some(as_of) => {
                let version = self.version_of(as_of).await?;
                let at = self.node.engine().close(version).await?;
                self.scope_at(at).await
            }
        }
    }

    /// Runs the bracketed SHOWs of a query.
    pub(super) async fn add_sources(
        &mut self,
        query: &Query,
        scope: &mut Scope,
        values: &[ScalarValue],
    ) -> Result<()> {
        let sources: Vec<_> = query.sources().collect();
        for (name, source) in sources {
            let Statement::Show(show) = source else {
                return self.dispatch_source(source);
            };
            let batch = self.show_batch(show, values).await?;
            let table = MemTable::try_new(batch.schema(), vec![vec![batch]])?;
            scope.sources.insert(name, Arc::new(table));
        }
        Ok(())
    }

    fn dispatch_source(&self, source: &Statement) -> Result<()> {
        match source {
            Statement::Later { what, .. } => Err(SqlError::unsupported(what)),
            _ => Err(SqlError::new(
                SqlState::SyntaxError,
                "only SHOW statements may stand in [ ]",
            )),
        }
    }

    async fn show(&mut self, show: &Show, values: &[ScalarValue]) -> Result<Answer> {
        let batch = self.show_batch(show, values).await?;
        Ok(Answer::Rows {
            stream: show::stream(batch),
            tag: "SHOW",
        })
    }
}

/// Plans a query or EXPLAIN.
pub(super) fn plan_select(scope: &Scope, statement: ast::Statement) -> Result<LogicalPlan> {
    match statement {
        ast::Statement::Query(mut query) => {
            output::name_columns(&mut query);
            bind::prepare_query(&mut query)?;
            scope.plan_query(*query, &[])
        }
        ast::Statement::Explain {
            statement,
            analyze,
            options,
            ..
        } => {
            if analyze || options.iter().flatten().any(is_analyze) {
                return Err(SqlError::unsupported("EXPLAIN ANALYZE"));
            }
            let ast::Statement::Query(_) = *statement else {
                return Err(SqlError::unsupported("EXPLAIN of anything but a query"));
            };
            let plan = plan_select(scope, *statement)?;
            explain(plan)
        }
        other => Err(SqlError::internal(format!("not a query: {other}"))),
    }
}

/// Whether an option in brackets is ANALYZE, and not turned off.
fn is_analyze(option: &ast::UtilityOption) -> bool {
    let value = option
        .arg
        .as_ref()
        .map(|value| value.to_string().to_lowercase());
    let is_off = matches!(
        value.as_deref(),
        Some("false" | "off" | "0" | "'false'" | "'off'")
    );
    option.name.value.eq_ignore_ascii_case("analyze") && !is_off
}

fn explain(plan: LogicalPlan) -> Result<LogicalPlan> {
    let builder = datafusion::logical_expr::LogicalPlanBuilder::from(plan);
    let options = ExplainOption::default();
    match builder.explain_option_format(options)?.build()? {
        LogicalPlan::Explain(explain) => Ok(LogicalPlan::Explain(Explain {
            logical_optimization_succeeded: false,
            ..explain
        })),
        other => Ok(other),
    }
}

fn drop_tag(object: &ObjectType) -> Result<&'static str> {
    match object {
        ObjectType::Database => Ok("DROP DATABASE"),
        ObjectType::Table => Ok("DROP TABLE"),
        ObjectType::View => Ok("DROP VIEW"),
        ObjectType::Sequence => Ok("DROP SEQUENCE"),
        other => Err(SqlError::unsupported(format_args!("DROP {other}"))),
    }
}

pub(super) fn done(tag: &str) -> Result<Answer> {
    Ok(Answer::Done {
        tag: tag.to_owned(),
    })
}

/// The verb of a statement that has no place here.
fn first_words(text: &str) -> String {
    text.split_whitespace()
        .take_while(|word| word.chars().all(|c| c.is_ascii_uppercase()))
        .take(3)
        .collect::<Vec<_>>()
        .join(" ")
}
