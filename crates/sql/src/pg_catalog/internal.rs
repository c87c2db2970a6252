//! `crdb_internal.jobs`: what SHOW JOBS lists, under the names that CockroachDB's table has.

use std::{fmt, sync::Arc};

use arrow::{
    array::RecordBatch,
    datatypes::{Schema, SchemaRef},
};
use async_trait::async_trait;
use cairn_storage::Read;
use datafusion::{
    catalog::memory::MemTable,
    datasource::{TableProvider, TableType},
};

use crate::query::late::{Late, LateTable};
use crate::{Result, node::Node, query::Scope, show::jobs};

/// The schema's name.
pub(crate) const CRDB_INTERNAL: &str = "crdb_internal";

/// Columns that have another name in SHOW JOBS.
const RENAMED: [(&str, &str); 3] = [
    ("id", "job_id"),
    ("type", "job_type"),
    ("username", "user_name"),
];

/// The relation of that name.
pub(crate) fn table(scope: &Scope, name: &str) -> Option<Arc<dyn TableProvider>> {
    (name == "jobs").then(|| {
        Arc::new(LateTable(Jobs {
            node: scope.node.clone(),
            read: scope.read.clone(),
            user: (!scope.access.is_root()).then(|| scope.facts.user.clone()),
            schema: schema(),
        })) as Arc<dyn TableProvider>
    })
}

fn schema() -> SchemaRef {
    let shown = jobs::jobs().schema();
    let fields = shown.fields().iter().map(|field| {
        let renamed = RENAMED.iter().find(|(shown, _)| shown == field.name());
        let name = renamed.map_or(field.name().as_str(), |(_, name)| name);
        field.as_ref().clone().with_name(name)
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The jobs, read when the query runs, at the statement's instant.
struct Jobs {
    node: Arc<Node>,
    read: Arc<dyn Read>,
    /// Whose jobs are seen; `None`: everybody's.
    user: Option<String>,
    schema: SchemaRef,
}

impl fmt::Debug for Jobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("jobs")
    }
}

#[async_trait]
impl Late for Jobs {
    const TYPE: TableType = TableType::View;

    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    async fn rows(&self) -> Result<MemTable> {
        let registry = self.node.jobs();
        let mut rows = jobs::jobs();
        for job in registry.list(self.read.as_ref()).await? {
            if self.user.as_ref().is_none_or(|user| *user == job.user) {
                let here = registry.is_running_here(job.id);
                jobs::push(&mut rows, job, here)?;
            }
        }
        let shown = rows.finish()?;
        let batch = RecordBatch::try_new(self.schema.clone(), shown.columns().to_vec())?;
        Ok(MemTable::try_new(self.schema.clone(), vec![vec![batch]])?)
    }
}
