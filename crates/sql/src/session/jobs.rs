//! PAUSE, RESUME and CANCEL JOB: in the open transaction, where they count from COMMIT on, or at once.

use arrow::array::RecordBatch;
use cairn_jobs::{Control, JobId};
use cairn_syntax::{JobVerb, Query, ast};
use datafusion::scalar::ScalarValue;
use futures::TryStreamExt;

use super::{Session, call::Call, dispatch::done};
use crate::{Answer, Result, SqlError, SqlState};

impl Session {
    pub(super) async fn control_job(
        &mut self,
        verb: JobVerb,
        job: &Query,
        call: Call<'_>,
    ) -> Result<Answer> {
        let (control, tag) = match verb {
            JobVerb::Pause => (Control::Pause, "PAUSE JOB"),
            JobVerb::Resume => (Control::Resume, "RESUME JOB"),
            JobVerb::Cancel => (Control::Cancel, "CANCEL JOB"),
        };
        self.only_root(tag)?;
        let id = self.job_id(job, call).await?;
        let registry = self.node.jobs().clone();
        match &mut self.open {
            Some(open) => {
                registry.control_in(&open.transaction, id, control).await?;
                open.jobs.push(id);
            }
            None => registry.control(id, control).await?,
        }
        done(tag)
    }

    async fn job_id(&mut self, job: &Query, call: Call<'_>) -> Result<JobId> {
        let Answer::Rows { stream, .. } = self.select(job, asked(job), call).await? else {
            return Err(SqlError::internal("a query has no rows"));
        };
        if stream.schema().fields().len() != 1 {
            return Err(SqlError::new(
                SqlState::SyntaxError,
                "subquery must return only one column",
            ));
        }
        let batches: Vec<_> = stream.try_collect().await?;
        let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
        if rows != 1 {
            return Err(not_one(rows));
        }
        let batch = batches.iter().find(|batch| batch.num_rows() > 0);
        let column = batch.and_then(|batch| batch.columns().first());
        let value = column.map(|column| ScalarValue::try_from_array(column, 0));
        let not_an_id = || {
            SqlError::new(
                SqlState::DatatypeMismatch,
                "a job's id is an INT: SHOW JOBS lists them",
            )
        };
        match value.transpose()? {
            Some(ScalarValue::Int64(Some(id))) => Ok(JobId(id)),
            Some(ScalarValue::Int32(Some(id))) => Ok(JobId(id.into())),
            // `'123'` has no type of its own.
            Some(ScalarValue::Utf8(Some(text))) => text.parse().map(JobId).map_err(|_| not_an_id()),
            Some(other) if !other.is_null() => Err(not_an_id()),
            _ => Err(SqlError::new(
                SqlState::InvalidParameterValue,
                "a job's id must not be NULL",
            )),
        }
    }
}

/// The query for a job's id. A query in brackets is asked itself: whether it finds a job is seen by its rows.
fn asked(job: &Query) -> ast::Statement {
    let statement = job.statement();
    if let ast::Statement::Query(query) = &statement
        && let ast::SetExpr::Select(select) = query.body.as_ref()
        && let [ast::SelectItem::UnnamedExpr(ast::Expr::Subquery(inner))] =
            select.projection.as_slice()
    {
        return ast::Statement::Query(inner.clone());
    }
    statement
}

fn not_one(rows: usize) -> SqlError {
    match rows {
        0 => SqlError::new(
            SqlState::UndefinedObject,
            "there is no such job: the query finds none",
        ),
        _ => SqlError::new(
            SqlState::CardinalityViolation,
            format!("the query finds {rows} jobs, and one is needed"),
        )
        .hint("name one of them: SHOW JOBS lists their ids"),
    }
}
