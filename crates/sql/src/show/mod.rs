//! The SHOW family: each is one batch of rows with fixed columns, answered as it is or used as a row source.

pub(crate) mod backup;
mod catalog;
pub(crate) mod connection;
pub(crate) mod jobs;
mod objects;
mod table;
mod values;

use arrow::{array::RecordBatch, datatypes::SchemaRef};
use cairn_syntax::{Show, WithOption};
use datafusion::{
    execution::SendableRecordBatchStream, physical_plan::stream::RecordBatchStreamAdapter,
    scalar::ScalarValue,
};

pub(crate) use jobs::{job_begun, job_result, job_schema};
pub(crate) use values::{Columns, text, whole};

use crate::{Result, Session, SqlError, admin};

/// The columns of a SHOW.
pub(crate) fn schema(show: &Show) -> SchemaRef {
    columns(show).schema()
}

fn columns(show: &Show) -> Columns {
    match show {
        Show::Databases => catalog::databases(),
        Show::Schemas { .. } => catalog::schemas(),
        Show::Tables { .. } => catalog::tables(),
        Show::Columns { .. } => catalog::columns(),
        Show::Indexes { .. } => catalog::indexes(),
        Show::Constraints { .. } => catalog::constraints(),
        Show::Create { .. } => catalog::create_table(),
        Show::CreateDatabase(_) => Columns::texts(&["database_name", "create_statement"]),
        Show::Sequences { .. } => Columns::texts(&["sequence_schema", "sequence_name"]),
        Show::Users => catalog::users(),
        Show::Grants { .. } => admin::grants::columns(),
        Show::ClusterSetting(name) => Columns::texts(&[name.as_str()]),
        Show::ClusterSettings => admin::settings::columns(),
        Show::Zone { experimental, .. } | Show::Zones { experimental } => {
            admin::zones::columns(*experimental)
        }
        Show::Variable(name) => Columns::texts(&[name.as_str()]),
        Show::Variables => Columns::texts(&["variable", "value"]),
        Show::Jobs | Show::Job(_) => jobs::jobs(),
        Show::BackupConnection(_) => connection::columns(),
        Show::Backup { form, options, .. } => backup::columns(*form, checks_files(options)),
    }
}

/// Whether a SHOW BACKUP reads everything: it has more columns then.
pub(crate) fn checks_files(options: &[WithOption]) -> bool {
    options.iter().any(|option| option.key == "check_files")
}

/// One batch as a stream.
pub(crate) fn stream(batch: RecordBatch) -> SendableRecordBatchStream {
    let schema = batch.schema();
    Box::pin(RecordBatchStreamAdapter::new(
        schema,
        futures::stream::iter([Ok(batch)]),
    ))
}

impl Session {
    /// Runs a SHOW.
    pub(crate) async fn show_batch(
        &mut self,
        show: &Show,
        values: &[ScalarValue],
    ) -> Result<RecordBatch> {
        let mut rows = columns(show);
        match show {
            Show::Databases => self.show_databases(&mut rows).await?,
            Show::Schemas { database } => self.show_schemas(database.as_ref(), &mut rows).await?,
            Show::Tables { from } => self.show_tables(from, &mut rows).await?,
            Show::Columns { table } => self.show_columns(table, &mut rows).await?,
            Show::Indexes { table } => self.show_indexes(table, &mut rows).await?,
            Show::Constraints { table } => self.show_constraints(table, &mut rows).await?,
            Show::Create { kind, name } => self.show_create(*kind, name, &mut rows).await?,
            Show::CreateDatabase(name) => self.show_create_database(name, &mut rows).await?,
            Show::Sequences { from } => self.show_sequences(from, &mut rows).await?,
            Show::Users => self.show_users(&mut rows).await?,
            Show::Grants { on, users } => self.show_grants(on.as_ref(), users, &mut rows).await?,
            Show::ClusterSetting(name) => self.show_cluster_setting(name, &mut rows).await?,
            Show::ClusterSettings => self.show_cluster_settings(&mut rows).await?,
            Show::Zone {
                object,
                experimental,
            } => self.show_zone(object, *experimental, &mut rows).await?,
            Show::Zones { experimental } => self.show_zones(*experimental, &mut rows).await?,
            Show::Variable(name) => {
                let value = self.variable(name.as_str()).ok_or_else(|| {
                    SqlError::new(
                        crate::SqlState::UndefinedObject,
                        format!("unrecognized configuration parameter {:?}", name.as_str()),
                    )
                })?;
                rows.push(vec![value.into()])?;
            }
            Show::Variables => {
                for (name, value) in self.all_variables() {
                    rows.push(vec![name.into(), value.into()])?;
                }
            }
            Show::Jobs => self.show_jobs(None, &mut rows).await?,
            Show::Job(id) => self.show_jobs(Some(id), &mut rows).await?,
            Show::BackupConnection(location) => {
                self.show_backup_connection(location, values, &mut rows)
                    .await?
            }
            Show::Backup {
                form,
                locations,
                options,
            } => {
                self.show_backup(*form, locations, options, values, &mut rows)
                    .await?
            }
        }
        rows.finish()
    }
}
