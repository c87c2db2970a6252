//! INSERT, UPSERT, UPDATE, DELETE, with their RETURNING.

use std::sync::Arc;

use arrow::{array::RecordBatch, datatypes::SchemaRef};
use cairn_storage::Transaction;
use cairn_syntax::{Overriding, ast};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{TryStreamExt, stream};

use super::{ATTEMPTS, Session, call::Call};
use crate::{
    Answer, Result, SqlError,
    change::{Change, delete, insert, returning, update},
    query::{origin, output},
};

/// What a statement says that its tree does not.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Verb {
    /// It is an UPSERT, in the form of an INSERT.
    pub upsert: bool,
    pub overriding: Option<Overriding>,
}

/// What a statement has done, before it is answered.
struct Outcome {
    count: u64,
    returned: Option<Returned>,
}

/// The rows of a RETURNING clause.
struct Returned {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
}

impl Session {
    /// Changes rows in the open transaction, or in one of its own.
    pub(super) async fn write(
        &mut self,
        statement: &ast::Statement,
        verb: Verb,
        call: Call<'_>,
    ) -> Result<Answer> {
        let outcome = if let Some(open) = &self.open {
            let (transaction, now) = (open.transaction.clone(), open.now);
            self.write_in(&transaction, now, statement, verb, call)
                .await?
        } else {
            self.write_alone(statement, verb, call).await?
        };
        answer(statement, outcome)
    }

    /// In a transaction of its own, again as long as it meets other commits.
    async fn write_alone(
        &self,
        statement: &ast::Statement,
        verb: Verb,
        call: Call<'_>,
    ) -> Result<Outcome> {
        let mut attempt = 1;
        loop {
            let transaction = Arc::new(Transaction::begin(self.node.engine().clone()).await?);
            let written = match self
                .write_in(&transaction, self.now(), statement, verb, call)
                .await
            {
                Ok(outcome) => self.commit_transaction(&transaction).await.map(|_| outcome),
                Err(error) => Err(error),
            };
            match written {
                Err(error) if error.is_retryable() && attempt < ATTEMPTS => attempt += 1,
                other => return other,
            }
        }
    }

    async fn write_in(
        &self,
        transaction: &Arc<Transaction>,
        now: i64,
        statement: &ast::Statement,
        verb: Verb,
        call: Call<'_>,
    ) -> Result<Outcome> {
        let returning = returning::of(statement)?;
        let mut scope = self.scope_in(transaction, now).await?;
        let view = Arc::new(transaction.begin_statement());
        scope.read = view.clone();
        scope.declared = call.declared.to_vec();
        scope.hidden = !matches!(statement, ast::Statement::Insert(_));
        let change = Change {
            scope: &scope,
            transaction,
            view: &view,
            row_ids: self.node.row_ids(),
            values: call.values,
            overriding: verb.overriding,
        };
        let written = match statement {
            ast::Statement::Insert(statement) => {
                insert::run(&change, statement, verb.upsert).await?
            }
            ast::Statement::Update(statement) => update::run(&change, statement).await?,
            ast::Statement::Delete(statement) => delete::run(&change, statement).await?,
            other => return Err(SqlError::internal(format!("not a change of rows: {other}"))),
        };
        let Some(returning) = returning else {
            return Ok(Outcome {
                count: written.count,
                returned: None,
            });
        };
        let plan = returning.plan(&mut scope, &written.table, Some(&written))?;
        let plan = call.fill(plan)?;
        let origins = origin::of_plan(&plan, Some(&written.table));
        let rows = output::shown_stream(scope.run(&plan).await?, &origins);
        call.check_columns(&rows.schema())?;
        Ok(Outcome {
            count: written.count,
            returned: Some(Returned {
                schema: rows.schema(),
                batches: rows.try_collect().await?,
            }),
        })
    }
}

fn answer(statement: &ast::Statement, outcome: Outcome) -> Result<Answer> {
    let tag = match statement {
        ast::Statement::Insert(_) => "INSERT 0",
        ast::Statement::Update(_) => "UPDATE",
        _ => "DELETE",
    };
    Ok(match outcome.returned {
        None => Answer::Done {
            tag: format!("{tag} {}", outcome.count),
        },
        Some(Returned { schema, batches }) => Answer::Rows {
            stream: Box::pin(RecordBatchStreamAdapter::new(
                schema,
                stream::iter(batches.into_iter().map(Ok)),
            )),
            tag,
        },
    })
}
