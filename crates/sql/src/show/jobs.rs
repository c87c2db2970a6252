//! SHOW JOBS, and the row that a finished BACKUP or RESTORE answers with.

use arrow::{array::RecordBatch, datatypes::SchemaRef};
use cairn_catalog::ColumnType;
use cairn_jobs::{JobId, JobResult, Record, Status};

use super::{Columns, values::time};
use crate::{Result, Session, SqlError, SqlState};

const TEXT: ColumnType = ColumnType::String { max: None };
const INT: ColumnType = ColumnType::Int8;
const TIME: ColumnType = ColumnType::Timestamp;

/// The columns of the answer to a BACKUP or RESTORE.
pub(crate) fn job_schema(detached: bool) -> SchemaRef {
    match detached {
        true => begun().schema(),
        false => answer().schema(),
    }
}

fn begun() -> Columns {
    Columns::new(&[("job_id", INT)])
}

/// The one row of a job that nobody waits for.
pub(crate) fn job_begun(id: JobId) -> Result<RecordBatch> {
    let mut rows = begun();
    rows.push(vec![id.0.into()])?;
    rows.finish()
}

fn answer() -> Columns {
    Columns::new(&[
        ("job_id", INT),
        ("status", TEXT),
        ("fraction_completed", ColumnType::Float8),
        ("rows", INT),
        ("index_entries", INT),
        ("system_records", INT),
        ("bytes", INT),
    ])
}

/// The one row of a job that succeeded.
pub(crate) fn job_result(id: JobId, result: &JobResult) -> Result<RecordBatch> {
    let mut rows = answer();
    rows.push(vec![
        id.0.into(),
        "succeeded".into(),
        1.0.into(),
        result.rows.into(),
        result.index_entries.into(),
        result.system_records.into(),
        result.bytes.into(),
    ])?;
    rows.finish()
}

pub(crate) fn jobs() -> Columns {
    Columns::new(&[
        ("id", INT),
        ("type", TEXT),
        ("description", TEXT),
        ("username", TEXT),
        ("status", TEXT),
        ("created", TIME),
        ("started", TIME),
        ("finished", TIME),
        ("modified", TIME),
        ("fraction_completed", ColumnType::Float8),
        ("error", TEXT),
        ("coordinator_id", INT),
        ("running_status", TEXT),
    ])
}

/// What a living job does or waits for, and from when on it keeps data.
fn running_status(job: &Record) -> Option<String> {
    let doing = match job.status {
        Status::Paused => Some(format!("waiting for RESUME JOB {}", job.id)),
        status if status.is_terminal() => return None,
        _ => job.running_status.clone(),
    };
    let protecting = job.protects_since.map(|since| {
        let mut text = "protects data since ".to_owned();
        cairn_rows::text::write_timestamptz(since, &mut text);
        text
    });
    let parts: Vec<String> = doing.into_iter().chain(protecting).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// A job's row; `here`: this node runs it.
pub(crate) fn push(rows: &mut Columns, job: Record, here: bool) -> Result<()> {
    let status = running_status(&job);
    rows.push(vec![
        job.id.0.into(),
        job.kind.to_string().into(),
        job.description.into(),
        job.user.into(),
        job.status.to_string().into(),
        time(job.created),
        job.started.map_or_else(|| None::<i64>.into(), time),
        job.finished.map_or_else(|| None::<i64>.into(), time),
        time(job.modified),
        job.fraction.into(),
        job.error.unwrap_or_default().into(),
        i64::from(here).into(),
        status.into(),
    ])
}

impl Session {
    /// All jobs, or the one whose id is written.
    pub(super) async fn show_jobs(&self, id: Option<&str>, rows: &mut Columns) -> Result<()> {
        let scope = self.current_scope().await?;
        let registry = self.node().jobs();
        let records = match id {
            None => registry.list(scope.read.as_ref()).await?,
            Some(text) => {
                let id = text.parse().map_err(|_| {
                    SqlError::new(
                        SqlState::DatatypeMismatch,
                        format!("a job's id is an INT, got {text}"),
                    )
                })?;
                vec![registry.get(scope.read.as_ref(), JobId(id)).await?]
            }
        };
        // Everyone sees his own; only root sees them all.
        let own = |job: &Record| scope.access.is_root() || job.user == scope.facts.user;
        for job in records.into_iter().filter(own) {
            let here = registry.is_running_here(job.id);
            push(rows, job, here)?;
        }
        Ok(())
    }
}
