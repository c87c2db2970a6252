//! Joins that give way: a join may work for minutes without giving a row, and meanwhile nobody could cancel it, and a thread of the
//! runtime would be its own.
//!
//! DataFusion's own rule (`EnsureCooperative`) counts the batches that leaves give, 128 of them to a turn. A join multiplies: from one
//! batch of a leaf it makes any number, and to a filter that lets nothing pass it may take minutes for one batch of its input.
//!
//! HOW DATA FLOWS
//!   1. `GiveWay::optimize` puts a `Yielding` under and above every join.
//!   2. A `Yielding` returns to the executor once after every batch.
//!   3. Above the probed side of a nested loop join it also cuts batches, so that one of them meets at most `PAIRS` pairs of rows. How
//!      many rows the other side has is counted while it is collected, which is before the first batch is asked for here.
//!
//! LEFT OUT
//!   A hash join whose filter throws away nearly all of what equal keys find goes through one batch of its input without a pause.

use std::{
    collections::VecDeque,
    fmt,
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
};

use arrow::{array::RecordBatch, datatypes::SchemaRef};
use datafusion::{
    common::{
        Result,
        config::ConfigOptions,
        tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion},
    },
    execution::{RecordBatchStream, SendableRecordBatchStream, TaskContext},
    physical_expr::PhysicalExpr,
    physical_optimizer::PhysicalOptimizerRule,
    physical_plan::{
        DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties,
        execution_plan::replace_children_if_necessary,
        joins::{
            CrossJoinExec, HashJoinExec, NestedLoopJoinExec, PiecewiseMergeJoinExec,
            SortMergeJoinExec,
        },
    },
};
use futures::Stream;

/// Pairs of rows that a nested loop join looks at between two turns: some ten milliseconds.
const PAIRS: usize = 1 << 22;

/// The rule that makes joins give way. It must be the last: it looks for joins as they will run.
#[derive(Debug, Default)]
pub(super) struct GiveWay;

impl PhysicalOptimizerRule for GiveWay {
    fn name(&self) -> &'static str {
        "give_way"
    }

    fn schema_check(&self) -> bool {
        true
    }

    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            if !is_join(&node) {
                return Ok(Transformed::no(node));
            }
            let inputs: Vec<Arc<dyn ExecutionPlan>> =
                node.children().into_iter().cloned().collect();
            let inputs = match (node.is::<NestedLoopJoinExec>(), inputs.as_slice()) {
                (true, [built, probed]) => {
                    let rows = Arc::new(AtomicUsize::new(0));
                    vec![
                        Yielding::over(built.clone(), Role::Count(rows.clone())),
                        Yielding::over(probed.clone(), Role::Cut(rows)),
                    ]
                }
                _ => inputs
                    .into_iter()
                    .map(|input| Yielding::over(input, Role::Pass))
                    .collect(),
            };
            let join = replace_children_if_necessary(node, inputs)?;
            Ok(Transformed::yes(Yielding::over(join, Role::Pass)))
        })
        .data()
    }
}

fn is_join(node: &Arc<dyn ExecutionPlan>) -> bool {
    node.is::<NestedLoopJoinExec>()
        || node.is::<CrossJoinExec>()
        || node.is::<HashJoinExec>()
        || node.is::<SortMergeJoinExec>()
        || node.is::<PiecewiseMergeJoinExec>()
}

/// What a `Yielding` does besides.
#[derive(Debug, Clone)]
enum Role {
    Pass,
    /// Counts the rows of a nested loop join's collected side.
    Count(Arc<AtomicUsize>),
    /// Cuts the batches of its other side by that count.
    Cut(Arc<AtomicUsize>),
}

/// Its input, with a pause after every batch.
#[derive(Debug)]
struct Yielding {
    input: Arc<dyn ExecutionPlan>,
    role: Role,
}

impl Yielding {
    fn over(input: Arc<dyn ExecutionPlan>, role: Role) -> Arc<dyn ExecutionPlan> {
        match (input.downcast_ref::<Yielding>(), &role) {
            (Some(_), Role::Pass) => input,
            _ => Arc::new(Yielding { input, role }),
        }
    }
}

impl DisplayAs for Yielding {
    fn fmt_as(&self, _format: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Yielding")
    }
}

impl ExecutionPlan for Yielding {
    fn name(&self) -> &'static str {
        "Yielding"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn apply_expressions(
        &self,
        _apply: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(match children.into_iter().next() {
            Some(input) => Arc::new(Yielding {
                input,
                role: self.role.clone(),
            }),
            None => self,
        })
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        Ok(Box::pin(Pauses {
            input: self.input.execute(partition, context)?,
            role: self.role.clone(),
            cut: VecDeque::new(),
            pause: None,
        }))
    }
}

struct Pauses {
    input: SendableRecordBatchStream,
    role: Role,
    /// The rest of the batch that is being given out in parts.
    cut: VecDeque<RecordBatch>,
    pause: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Stream for Pauses {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(cx));
            self.pause = None;
        }
        let batch = match self.cut.pop_front() {
            Some(part) => part,
            None => match ready!(self.input.as_mut().poll_next(cx)) {
                Some(Ok(batch)) => self.take(batch),
                end => return Poll::Ready(end),
            },
        };
        self.pause = Some(Box::pin(tokio::task::yield_now()));
        Poll::Ready(Some(Ok(batch)))
    }
}

impl Pauses {
    /// A new batch of the input: all of it, or its first part.
    fn take(&mut self, batch: RecordBatch) -> RecordBatch {
        let opposite = match &self.role {
            Role::Pass => return batch,
            Role::Count(rows) => {
                rows.fetch_add(batch.num_rows(), Ordering::Relaxed);
                return batch;
            }
            Role::Cut(rows) => rows.load(Ordering::Relaxed),
        };
        let rows = (PAIRS / opposite.max(1)).max(1);
        let total = batch.num_rows();
        self.cut = (rows..total)
            .step_by(rows)
            .map(|start| batch.slice(start, rows.min(total - start)))
            .collect();
        batch.slice(0, rows.min(total))
    }
}

impl RecordBatchStream for Pauses {
    fn schema(&self) -> SchemaRef {
        self.input.schema()
    }
}
