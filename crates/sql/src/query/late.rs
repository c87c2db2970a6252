//! Relations whose few rows are read when the query runs, at the statement's instant: planning alone reads nothing.

use std::{fmt::Debug, sync::Arc};

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::{
    catalog::{MemTable, Session},
    common::Result as PlanResult,
    datasource::TableProvider,
    logical_expr::{Expr, TableType},
    physical_plan::ExecutionPlan,
};

/// What such a relation is.
#[async_trait]
pub(crate) trait Late: Debug + Send + Sync + 'static {
    const TYPE: TableType;

    fn schema(&self) -> SchemaRef;

    async fn rows(&self) -> crate::Result<MemTable>;
}

/// The same, as queries take it.
#[derive(Debug)]
pub(crate) struct LateTable<T>(pub T);

#[async_trait]
impl<T: Late> TableProvider for LateTable<T> {
    fn schema(&self) -> SchemaRef {
        self.0.schema()
    }

    fn table_type(&self) -> TableType {
        T::TYPE
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> PlanResult<Arc<dyn ExecutionPlan>> {
        let rows = self.0.rows().await?;
        rows.scan(state, projection, filters, limit).await
    }
}
