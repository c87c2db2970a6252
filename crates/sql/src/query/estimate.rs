//! A scan that knows about how large it is, so that joins build on their smaller side.

use std::{fmt, sync::Arc};

use datafusion::{
    common::{Result, Statistics, stats::Precision, tree_node::TreeNodeRecursion},
    execution::{SendableRecordBatchStream, TaskContext},
    physical_expr::PhysicalExpr,
    physical_plan::{
        DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties, streaming::StreamingTableExec,
    },
};

/// What a row takes in the store, for lack of a better guess. Only the ratio between tables matters.
pub(super) const ROW_BYTES: u64 = 40;

/// A scan, with the number of rows it will probably give.
#[derive(Debug)]
pub(super) struct EstimatedScan {
    scan: Arc<StreamingTableExec>,
    rows: usize,
}

impl EstimatedScan {
    /// `stored` is what the scanned spans take in the store, in bytes.
    pub fn new(scan: StreamingTableExec, stored: u64) -> Self {
        EstimatedScan {
            scan: Arc::new(scan),
            rows: usize::try_from(stored / ROW_BYTES).unwrap_or(usize::MAX),
        }
    }
}

impl DisplayAs for EstimatedScan {
    fn fmt_as(&self, format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.scan.fmt_as(format, f)
    }
}

impl ExecutionPlan for EstimatedScan {
    fn name(&self) -> &'static str {
        "EstimatedScan"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.scan.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        apply: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.scan.apply_expressions(apply)
    }

    fn with_new_children(
        self: Arc<Self>,
        _children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn fetch(&self) -> Option<usize> {
        self.scan.fetch()
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        self.scan.execute(partition, context)
    }

    fn partition_statistics(&self, partition: Option<usize>) -> Result<Arc<Statistics>> {
        let partitions = match partition {
            Some(_) => self.properties().partitioning.partition_count().max(1),
            None => 1,
        };
        let mut statistics = Statistics::new_unknown(&self.schema());
        statistics.num_rows = Precision::Inexact(self.rows / partitions);
        Ok(Arc::new(statistics))
    }
}
