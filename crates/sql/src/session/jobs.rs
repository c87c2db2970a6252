//! PAUSE, RESUME and CANCEL JOB: in the open transaction, where they count from COMMIT on, or at once.

use cairn_jobs::{Control, JobId};
use cairn_syntax::{JobVerb, Query};
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
        let Answer::Rows { stream, .. } = self.select(job, job.statement(), call).await? else {
            return Err(SqlError::internal("a query has no rows"));
        };
        let batches: Vec<_> = stream.try_collect().await?;
        let column = batches.first().and_then(|batch| batch.columns().first());
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
